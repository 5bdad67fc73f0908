//! Issues and verifies the platform's JSON Web Tokens (RFC 7519), signed with HS256 (RFC 7518, section 3.2).
//!
//! A token equals the original's byte for byte. The order of its claims is instance, iss, iat, exp, sub, su, and then the service
//! claims of the caller. JavaScript handles everything else that `JSON.stringify(Object.assign(standard, serviceClaims))` implies
//! (claims that override others, integer-like keys, `toJSON`), and then passes the whole payload to [`Authenticator::sign`].

use std::cell::RefCell;

use hmac::Mac as _;

use super::HEADER;
use super::base64url;
use super::hmac::{HmacSha256, Mac};
use super::json::{self, Primitive};
use super::refresh_token::{Refusal, Verifier};

/// The number of bytes to reserve for a dot and a signature: padded base64 takes 44 characters, of which 43 are used.
const SIGNATURE: usize = 1 + 44;

/// The claims of an access token.
pub struct AccessClaims<'a> {
    /// The time at which the token is issued, in seconds since the epoch.
    pub issued_at: i64,
    /// The time at which the token expires, in seconds since the epoch.
    pub expires_at: i64,
    /// The ID of the user for whom the token is issued.
    pub user_id: Option<&'a [u16]>,
    /// Whether the token grants all permissions (a superuser token).
    pub su: Option<bool>,
    /// The caller's service claims: the text of a JSON object that overrides none of the claims above.
    pub service_claims: Option<&'a [u8]>,
}

/// Issues and verifies the tokens of one key of one instance.
pub struct Authenticator {
    /// The HMAC under this key. It has already hashed the beginning that all tokens of the key have in common: the header, and
    /// the payload as far as it fills whole groups of three bytes.
    mac: Mac,
    /// The rest of the common beginning of payloads, up to the value of `iat`. It is shorter than a group of three bytes.
    rest: Vec<u8>,
    /// The beginning of the last access token. Most access tokens that are issued within the same second share it.
    recent: RefCell<Option<Recent>>,
    verifier: Verifier,
}

/// The beginning of access tokens that are issued and expire at the same times.
struct Recent {
    issued_at: i64,
    expires_at: i64,
    start: Vec<u8>,
    /// An HMAC that has hashed `start`.
    started: HmacSha256,
    /// The bytes of the payload that follow `start`, and are too few for a group of three.
    rest: Vec<u8>,
}

impl Authenticator {
    /// Creates the authenticator of one key. `secret` is the text after the first colon of an instance key, as UTF-8.
    pub fn new(instance_id: &[u16], key_id: &[u16], secret: &[u8]) -> Self {
        let issuer: Vec<u16> = "api_keys/"
            .encode_utf16()
            .chain(key_id.iter().copied())
            .collect();
        let mut prefix = b"{\"instance\":".to_vec();
        json::push_string(&mut prefix, instance_id);
        prefix.extend(b",\"iss\":");
        json::push_string(&mut prefix, &issuer);
        prefix.extend(b",\"iat\":");

        let rest = prefix.split_off(prefix.len() / 3 * 3);
        let mut start = format!("{HEADER}.").into_bytes();
        base64url::push(&mut start, &prefix);
        Self {
            mac: Mac::new(secret, start),
            rest,
            recent: RefCell::default(),
            verifier: Verifier::new(json::wtf8(&issuer), secret),
        }
    }

    /// Returns an access token with `claims`, as ASCII.
    pub fn access_token(&self, claims: &AccessClaims) -> Vec<u8> {
        let mut recent = self.recent.borrow_mut();
        let recent = match &mut *recent {
            Some(recent) if recent.is_of(claims) => recent,
            outdated => outdated.insert(self.begin(claims)),
        };
        let own = claims.service_claims.unwrap_or_default();
        let mut payload = Vec::with_capacity(256 + own.len());
        payload.extend(&recent.rest);
        if let Some(user_id) = claims.user_id {
            payload.extend(b",\"sub\":");
            json::push_string(&mut payload, user_id);
        }
        if let Some(su) = claims.su {
            payload.extend(if su {
                &b",\"su\":true"[..]
            } else {
                b",\"su\":false"
            });
        }
        // `{}` adds nothing. Longer claims continue the payload after their opening brace.
        if own.len() > 2 {
            payload.push(b',');
            payload.extend_from_slice(&own[1..]);
        } else {
            payload.push(b'}');
        }
        seal(&recent.start, &payload, recent.started.clone())
    }

    /// Returns a refresh token for `user_id`, as ASCII. As in the original, refresh tokens do not expire.
    pub fn refresh_token(&self, issued_at: i64, user_id: Option<&[u16]>) -> Vec<u8> {
        let mut payload = Vec::with_capacity(256);
        payload.extend(&self.rest);
        push_integer(&mut payload, issued_at);
        payload.extend(b",\"refresh\":true");
        if let Some(user_id) = user_id {
            payload.extend(b",\"sub\":");
            json::push_string(&mut payload, user_id);
        }
        payload.push(b'}');
        seal(self.mac.start(), &payload, self.mac.of(self.mac.start()))
    }

    /// Returns a token whose whole payload is the JSON text `payload`, as ASCII.
    pub fn sign(&self, payload: &[u8]) -> Vec<u8> {
        let start = format!("{HEADER}.").into_bytes();
        seal(&start, payload, self.mac.of(&start))
    }

    /// Returns the subject of `token` if `token` is a refresh token of this key and valid at the time `now`, in seconds since the
    /// epoch.
    pub fn verify_refresh_token(&self, token: &str, now: f64) -> Result<Primitive, Refusal> {
        self.verifier.verify(token, now, &self.mac)
    }

    fn begin(&self, claims: &AccessClaims) -> Recent {
        let mut payload = self.rest.clone();
        push_integer(&mut payload, claims.issued_at);
        payload.extend(b",\"exp\":");
        push_integer(&mut payload, claims.expires_at);

        let rest = payload.split_off(payload.len() / 3 * 3);
        let mut start = self.mac.start().to_vec();
        base64url::push(&mut start, &payload);
        Recent {
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
            started: self.mac.of(&start),
            start,
            rest,
        }
    }
}

impl Recent {
    fn is_of(&self, claims: &AccessClaims) -> bool {
        self.issued_at == claims.issued_at && self.expires_at == claims.expires_at
    }
}

/// Returns the compact serialization of a JWS (RFC 7515, section 7.1). `started` must have hashed `start`.
fn seal(start: &[u8], payload: &[u8], started: HmacSha256) -> Vec<u8> {
    let length = start.len() + payload.len().div_ceil(3) * 4;
    let mut token = Vec::with_capacity(length + SIGNATURE);
    token.extend_from_slice(start);
    base64url::push(&mut token, payload);
    let signature = started.chain_update(&token[start.len()..]).finalize();
    token.push(b'.');
    base64url::push(&mut token, &signature.into_bytes());
    token
}

fn push_integer(out: &mut Vec<u8>, integer: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(integer).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn authenticator() -> Authenticator {
        Authenticator::new(&units("instance"), &units("key"), b"secret")
    }

    fn text(token: Vec<u8>) -> String {
        String::from_utf8(token).unwrap()
    }

    proptest! {
        #[test]
        fn an_access_token_owes_nothing_to_the_one_before(
            times in prop::collection::vec((8i64..12, 98i64..102), 1..20)
        ) {
            let kept = authenticator();
            for (issued_at, expires_at) in times {
                let claims = AccessClaims {
                    issued_at,
                    expires_at,
                    user_id: None,
                    su: None,
                    service_claims: None,
                };
                prop_assert_eq!(kept.access_token(&claims), authenticator().access_token(&claims));
            }
        }

        #[test]
        fn a_refresh_token_is_good_for_its_user_alone(
            user in any::<Vec<u16>>(), other in any::<Vec<u16>>()
        ) {
            let token = text(authenticator().refresh_token(10, Some(&user)));
            let subject = authenticator().verify_refresh_token(&token, 20.0).unwrap();
            let is = |id: &[u16]| subject == Primitive::Text(json::wtf8(id));
            prop_assert!(is(&user));
            prop_assert_eq!(is(&other), user == other);
        }

        #[test]
        fn no_token_but_ones_own_is_good(token in "[A-Za-z0-9_.=-]{0,60}", flip in 0usize..200) {
            prop_assert!(authenticator().verify_refresh_token(&token, 20.0).is_err());
            let mut mine = authenticator().refresh_token(10, None);
            let at = flip % mine.len();
            mine[at] = if mine[at] == b'A' { b'B' } else { b'A' };
            let mine = String::from_utf8(mine).unwrap();
            prop_assert!(authenticator().verify_refresh_token(&mine, 20.0).is_err());
        }
    }
}
