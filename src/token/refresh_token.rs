//! Verifies refresh tokens as the original did, with the rules of `jsonwebtoken` 8.5.1 for Node.
//!
//! The crate `jsonwebtoken` checks signatures of the algorithms that no token of the platform has but the original accepts.
//! The claims are read here, because the original's rules for them are JavaScript's: the last of duplicate keys counts,
//! numbers go beyond the range of a double, and strings need not be well formed.

use std::borrow::Cow;

use hmac::Mac as _;
use jsonwebtoken::{Algorithm, DecodingKey};

use super::base64url;
use super::hmac::Mac;
use super::json::{self, Primitive};

/// Why a refresh token is not accepted. Its text is the `error_description` of the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Its `exp` has passed. Checked before the issuer, as the original does.
    #[error("Refresh token has expired")]
    Expired,
    /// It is not a token of this key, or not valid yet, or not a token at all.
    #[error("Refresh token is invalid")]
    Invalid,
    /// It is an access token.
    #[error("Refresh token does not have a refresh claim")]
    NoRefreshClaim,
}

/// Verifies the tokens of one key.
pub struct Verifier {
    issuer: Vec<u8>,
    /// None where the original takes the secret for a public key, under which it accepts no HMAC.
    key: Option<DecodingKey>,
}

impl Verifier {
    /// `issuer` is the only `iss` that is accepted, as WTF-8.
    pub fn new(issuer: Vec<u8>, secret: &[u8]) -> Self {
        crate::token::hmac::install();
        let text = String::from_utf8_lossy(secret);
        let public = [
            "BEGIN CERTIFICATE",
            "BEGIN PUBLIC KEY",
            "BEGIN RSA PUBLIC KEY",
        ];
        let is_public = public.iter().any(|marker| text.contains(marker));
        let key = (!is_public).then(|| DecodingKey::from_secret(secret));
        Self { issuer, key }
    }

    /// Whom `token` was issued to, if it is a refresh token and valid at the time `now`, in seconds since the epoch. `mac` is
    /// of the same secret: `jsonwebtoken` would key one for each token.
    pub fn verify(&self, token: &str, now: f64, mac: &Mac) -> Result<Primitive, Refusal> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::Invalid)?;

        let Header { algorithm, is_jwt } = Header::parse(header)?;
        let key = self.key.as_ref().ok_or(Refusal::Invalid)?;
        let is_signed = match algorithm {
            Algorithm::HS256 => is_signed(message, signature, mac),
            _ => jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm)
                .unwrap_or(false),
        };
        if !is_signed {
            return Err(Refusal::Invalid);
        }

        let payload = base64url::decode_as_node(payload).ok_or(Refusal::Invalid)?;
        // Where it is UTF-8, knowing it is twice as fast as replacing what is not.
        let payload = str::from_utf8(&payload)
            .map_or_else(|_| String::from_utf8_lossy(&payload), Cow::Borrowed);
        // Of a payload that is a JSON string, the original takes the content for the claims.
        match is_jwt.then(|| json::text(&payload)).flatten() {
            Some(inner) => judge(&inner, &self.issuer, now),
            None => judge(&payload, &self.issuer, now),
        }
    }
}

/// What `jsonwebtoken::crypto::verify` says of HS256.
fn is_signed(message: &str, signature: &str, mac: &Mac) -> bool {
    // Compares in constant time.
    base64url::decode(signature)
        .is_some_and(|signature| mac.of(message.as_bytes()).verify_slice(&signature).is_ok())
}

/// Checks the claims of a payload in the original's order: not-before, expiry, issuer, refresh.
fn judge(payload: &str, issuer: &[u8], now: f64) -> Result<Primitive, Refusal> {
    let [not_before, expires_at, iss, refresh, subject] =
        json::members(payload, ["nbf", "exp", "iss", "refresh", "sub"])
            .map_err(|_| Refusal::Invalid)?;
    match not_before {
        Primitive::Undefined => {}
        Primitive::Number(not_before) if not_before <= now => {}
        _ => return Err(Refusal::Invalid),
    }
    match expires_at {
        Primitive::Undefined => {}
        Primitive::Number(expires_at) if now < expires_at => {}
        Primitive::Number(_) => return Err(Refusal::Expired),
        _ => return Err(Refusal::Invalid),
    }
    match iss {
        Primitive::Text(text) if text == issuer => {}
        _ => return Err(Refusal::Invalid),
    }
    match refresh {
        Primitive::Boolean(true) => Ok(subject),
        _ => Err(Refusal::NoRefreshClaim),
    }
}

/// What a token's header says.
struct Header {
    algorithm: Algorithm,
    is_jwt: bool,
}

impl Header {
    fn parse(header: &str) -> Result<Self, Refusal> {
        // What this package and the original give their tokens.
        if header == crate::token::HEADER {
            return Ok(Self {
                algorithm: Algorithm::HS256,
                is_jwt: true,
            });
        }
        // The original decodes the header, and only the header, as latin-1.
        let header = base64url::decode_as_node(header).ok_or(Refusal::Invalid)?;
        let text: String = header.into_iter().map(char::from).collect();
        let [algorithm, kind] =
            json::members(&text, ["alg", "typ"]).map_err(|_| Refusal::Invalid)?;
        let algorithm = match algorithm {
            Primitive::Text(name) if name == b"HS256" => Algorithm::HS256,
            Primitive::Text(name) if name == b"HS384" => Algorithm::HS384,
            Primitive::Text(name) if name == b"HS512" => Algorithm::HS512,
            // With a shared secret the original takes no other.
            _ => return Err(Refusal::Invalid),
        };
        let is_jwt = matches!(kind, Primitive::Text(name) if name == b"JWT");
        Ok(Self { algorithm, is_jwt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &[u8] = b"api_keys/key";

    fn verdict(payload: &str) -> Option<Refusal> {
        judge(payload, ISSUER, 100.0).err()
    }

    #[test]
    fn expiry_outranks_the_issuer_and_not_before_outranks_both() {
        assert_eq!(
            verdict(r#"{"exp":100,"iss":"other"}"#),
            Some(Refusal::Expired)
        );
        assert_eq!(
            verdict(r#"{"exp":101,"iss":"other"}"#),
            Some(Refusal::Invalid)
        );
        assert_eq!(verdict(r#"{"nbf":101,"exp":1}"#), Some(Refusal::Invalid));
        assert_eq!(verdict(r#"{"exp":"101"}"#), Some(Refusal::Invalid));
    }

    #[test]
    fn reads_json_as_javascript_does() {
        let good = r#"{"iss":"api_keys/key","refresh":true,"#;
        assert_eq!(verdict(&format!(r#"{good}"exp":1e400}}"#)), None);
        assert_eq!(verdict(&format!(r#"{good}"exp":1,"exp":101}}"#)), None);
        assert_eq!(verdict(&format!(r#"{good}"sub":"\ud800"}}"#)), None);
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        assert_eq!(verdict(&format!(r#"{good}"x":{deep}}}"#)), None);
        assert_eq!(
            verdict(&format!(r#"{good}"refresh":1}}"#)),
            Some(Refusal::NoRefreshClaim)
        );
        assert_eq!(verdict("[]"), Some(Refusal::Invalid));
    }
}
