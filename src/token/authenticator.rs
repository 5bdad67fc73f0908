//! Issues and verifies the platform's JSON Web Tokens (RFC 7519), signed with HS256 (RFC 7518, section 3.2).
//!
//! A token equals the original's byte for byte. Its claims come in the order instance, iss, iat, exp, sub, su, and
//! then the caller's own. What `JSON.stringify(Object.assign(standard, serviceClaims))` implies beyond that order
//! (claims that override, integer-like keys, `toJSON`) is left to JavaScript, which then hands over the whole
//! payload to [`Authenticator::sign`].

use std::cell::RefCell;

use hmac::Mac as _;

use super::HEADER;
use super::base64url;
use super::hmac::{HmacSha256, Mac};
use super::json::{self, Primitive};
use super::refresh_token::{Refusal, Verifier};

/// How many characters a dot and a signature take, with some of base64's to spare.
const SIGNATURE: usize = 1 + 44;

/// The claims of an access token, as far as they are the same shape for every token.
pub struct AccessClaims<'a> {
    /// When the token is issued, in seconds since the epoch.
    pub issued_at: i64,
    /// When it expires, in seconds since the epoch.
    pub expires_at: i64,
    /// The user whom it is for.
    pub user_id: Option<&'a [u16]>,
    /// Whether it grants everything.
    pub su: Option<bool>,
    /// The caller's own claims: the text of a JSON object that overrides none of the above.
    pub service_claims: Option<&'a [u8]>,
}

/// Issues tokens for one key of one instance.
pub struct Authenticator {
    /// Its messages begin with the tokens of this key up to where they begin to differ: the header, and of the payload
    /// whole groups of three bytes.
    mac: Mac,
    /// What of the common beginning of payloads is too short for a group: up to the value of `iat`.
    rest: Vec<u8>,
    /// What the last access token began with. Most of those that are issued in one second begin alike.
    recent: RefCell<Option<Recent>>,
    verifier: Verifier,
}

/// The beginning of access tokens that are issued and expire at the same times.
struct Recent {
    issued_at: i64,
    expires_at: i64,
    start: Vec<u8>,
    /// Fed with `start`.
    started: HmacSha256,
    /// What follows in the payload and is too short for a group of three bytes.
    rest: Vec<u8>,
}

impl Authenticator {
    /// `secret` is the text after the first colon of an instance key, as UTF-8.
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

    /// An access token with `claims`.
    pub fn access_token(&self, claims: &AccessClaims) -> String {
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
        // `{}` adds nothing; anything longer continues the object in place of its opening brace.
        if own.len() > 2 {
            payload.push(b',');
            payload.extend_from_slice(&own[1..]);
        } else {
            payload.push(b'}');
        }
        seal(&recent.start, &payload, recent.started.clone())
    }

    /// A refresh token for `user_id`. It does not expire, as the original's do not.
    pub fn refresh_token(&self, issued_at: i64, user_id: Option<&[u16]>) -> String {
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

    /// A token whose whole payload, as JSON text, is given.
    pub fn sign(&self, payload: &[u8]) -> String {
        let start = format!("{HEADER}.").into_bytes();
        seal(&start, payload, self.mac.of(&start))
    }

    /// Whom `token` was issued to, if it is a refresh token of this key and valid at the time `now`, in seconds since
    /// the epoch.
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

/// The compact serialization of a JWS (RFC 7515, section 7.1), where `started` has seen `start`.
fn seal(start: &[u8], payload: &[u8], started: HmacSha256) -> String {
    let length = start.len() + payload.len().div_ceil(3) * 4;
    let mut token = Vec::with_capacity(length + SIGNATURE);
    token.extend_from_slice(start);
    base64url::push(&mut token, payload);
    let signature = started.chain_update(&token[start.len()..]).finalize();
    token.push(b'.');
    base64url::push(&mut token, &signature.into_bytes());
    String::from_utf8(token).unwrap_or_else(|_| unreachable!("base64 is ASCII"))
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

    fn payload(token: &str) -> serde_json::Value {
        let part = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap()
    }

    #[test]
    fn an_access_token_has_its_claims_and_is_no_refresh_token() {
        let user = units("zan \"\u{e9}\"");
        let token = authenticator().access_token(&AccessClaims {
            issued_at: 10,
            expires_at: 20,
            user_id: Some(&user),
            su: Some(false),
            service_claims: Some(br#"{"a":[1]}"#),
        });
        let expected = serde_json::json!({
            "instance": "instance", "iss": "api_keys/key", "iat": 10, "exp": 20,
            "sub": "zan \"\u{e9}\"", "su": false, "a": [1],
        });
        assert_eq!(payload(&token), expected);
        assert_eq!(
            authenticator()
                .verify_refresh_token(&token, 15.0)
                .unwrap_err(),
            Refusal::NoRefreshClaim
        );
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
            let token = authenticator().refresh_token(10, Some(&user));
            let subject = authenticator().verify_refresh_token(&token, 20.0).unwrap();
            let is = |id: &[u16]| subject == Primitive::Text(json::wtf8(id));
            prop_assert!(is(&user));
            prop_assert_eq!(is(&other), user == other);
        }

        #[test]
        fn no_token_but_ones_own_is_good(token in "[A-Za-z0-9_.=-]{0,60}", flip in 0usize..200) {
            prop_assert!(authenticator().verify_refresh_token(&token, 20.0).is_err());
            let mut mine = authenticator().refresh_token(10, None).into_bytes();
            let at = flip % mine.len();
            mine[at] = if mine[at] == b'A' { b'B' } else { b'A' };
            let mine = String::from_utf8(mine).unwrap();
            prop_assert!(authenticator().verify_refresh_token(&mine, 20.0).is_err());
        }
    }
}
