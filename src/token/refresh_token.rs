//! Verifies refresh tokens as the original does, by the rules of the npm package `jsonwebtoken` 8.5.1.
//!
//! The crate `jsonwebtoken` checks the signatures of algorithms that the original accepts although no token of the platform uses
//! them. This module reads the claims, because the original reads them by JavaScript's rules: the last of duplicate keys counts,
//! numbers may exceed the range of a double, and strings need not be well formed.

use std::borrow::Cow;

use hmac::Mac as _;
use jsonwebtoken::{Algorithm, DecodingKey};

use super::base64url;
use super::hmac::Mac;
use super::json::{self, Primitive};

/// The reason why a refresh token is refused. Its text is the `error_description` of the response.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The time in the `exp` claim has passed. As in the original, the expiry is checked before the issuer.
    #[error("Refresh token has expired")]
    Expired,
    /// The token was not issued by this key, is not valid yet, or is not a JSON Web Token.
    #[error("Refresh token is invalid")]
    Invalid,
    /// The token is an access token.
    #[error("Refresh token does not have a refresh claim")]
    NoRefreshClaim,
}

/// Verifies the refresh tokens of one key.
pub struct Verifier {
    issuer: Vec<u8>,
    /// The key, or `None` if the original would treat the secret as a public key, with which it accepts no HMAC.
    key: Option<DecodingKey>,
}

impl Verifier {
    /// Creates a verifier for tokens that are signed with `secret`. `issuer` is the only accepted `iss` claim, as WTF-8.
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

    /// Returns the subject of `token` if `token` is a refresh token and valid at the time `now`, in seconds since the epoch.
    /// `mac` must be keyed with the same secret; the crate `jsonwebtoken` would key an HMAC for each token.
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
        // For a payload that is UTF-8, this check is twice as fast as the lossy conversion.
        let payload = str::from_utf8(&payload)
            .map_or_else(|_| String::from_utf8_lossy(&payload), Cow::Borrowed);
        // If the payload is a JSON string, the original parses the content of that string as the claims.
        match is_jwt.then(|| json::text(&payload)).flatten() {
            Some(inner) => judge(&inner, &self.issuer, now),
            None => judge(&payload, &self.issuer, now),
        }
    }
}

/// Returns what `jsonwebtoken::crypto::verify` would return for HS256.
fn is_signed(message: &str, signature: &str, mac: &Mac) -> bool {
    // `verify_slice` compares in constant time.
    base64url::decode(signature)
        .is_some_and(|signature| mac.of(message.as_bytes()).verify_slice(&signature).is_ok())
}

/// Checks the claims of `payload` in the original's order (not-before, expiry, issuer, refresh), and returns the subject. As in
/// the original, no token is too early or too late where a program's own clock has no time, so that `now` is not a number.
fn judge(payload: &str, issuer: &[u8], now: f64) -> Result<Primitive, Refusal> {
    let [not_before, expires_at, iss, refresh, subject] =
        json::members(payload, ["nbf", "exp", "iss", "refresh", "sub"])
            .map_err(|_| Refusal::Invalid)?;
    match not_before {
        Primitive::Undefined => {}
        Primitive::Number(not_before) if not_before > now => return Err(Refusal::Invalid),
        Primitive::Number(_) => {}
        _ => return Err(Refusal::Invalid),
    }
    match expires_at {
        Primitive::Undefined => {}
        Primitive::Number(expires_at) if now >= expires_at => return Err(Refusal::Expired),
        Primitive::Number(_) => {}
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

/// The parts of a token's header that matter for its verification.
struct Header {
    algorithm: Algorithm,
    is_jwt: bool,
}

impl Header {
    fn parse(header: &str) -> Result<Self, Refusal> {
        // All tokens of this package and of the original have this header, so it need not be parsed.
        if header == crate::token::HEADER {
            return Ok(Self {
                algorithm: Algorithm::HS256,
                is_jwt: true,
            });
        }
        // The original decodes only the header as latin-1, and the payload as UTF-8.
        let header = base64url::decode_as_node(header).ok_or(Refusal::Invalid)?;
        let text: String = header.into_iter().map(char::from).collect();
        let [algorithm, kind] =
            json::members(&text, ["alg", "typ"]).map_err(|_| Refusal::Invalid)?;
        let algorithm = match algorithm {
            Primitive::Text(name) if name == b"HS256" => Algorithm::HS256,
            Primitive::Text(name) if name == b"HS384" => Algorithm::HS384,
            Primitive::Text(name) if name == b"HS512" => Algorithm::HS512,
            // With a shared secret, the original accepts no other algorithm.
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
