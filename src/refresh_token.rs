//! Verifies refresh tokens as the original did, with the rules of `jsonwebtoken` 8.5.1 for Node.
//!
//! The crate `jsonwebtoken` checks signatures of the algorithms that no token of the platform has but the original accepts. The claims are read here, because the original's rules for them
//! are JavaScript's: strict equality by type, the last of duplicate keys, numbers beyond the range of a double,
//! strings that are not well formed.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::Mac;
use jsonwebtoken::{Algorithm, DecodingKey};

use crate::hmac::HmacSha256;
use crate::json::{self, Primitive};

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
    /// It was issued to somebody else.
    #[error("Refresh token has an invalid user id")]
    WrongUser,
}

/// Whom a good refresh token was issued to.
#[derive(Debug)]
pub struct Subject(Primitive);

impl Subject {
    /// Compares strictly, by type and content.
    pub fn check(&self, user_id: &Primitive) -> Result<(), Refusal> {
        self.0
            .strictly_equals(user_id)
            .then_some(())
            .ok_or(Refusal::WrongUser)
    }
}

/// Verifies the tokens of one key.
pub struct Verifier {
    issuer: Vec<u8>,
    /// None where the original takes the secret for a public key, under which it accepts no HMAC.
    key: Option<DecodingKey>,
    /// Keyed, and fed with nothing: `jsonwebtoken` would key one for each token.
    mac: HmacSha256,
}

impl Verifier {
    /// `issuer` is the only `iss` that is accepted, as WTF-8; `mac` is keyed with `secret`.
    pub fn new(issuer: Vec<u8>, secret: &[u8], mac: HmacSha256) -> Self {
        crate::hmac::install();
        let text = String::from_utf8_lossy(secret);
        let public = [
            "BEGIN CERTIFICATE",
            "BEGIN PUBLIC KEY",
            "BEGIN RSA PUBLIC KEY",
        ];
        let is_public = public.iter().any(|marker| text.contains(marker));
        let key = (!is_public).then(|| DecodingKey::from_secret(secret));
        Self { issuer, key, mac }
    }

    /// Whom `token` was issued to, if it is a refresh token and valid at the time `now`, in seconds since the epoch.
    pub fn verify(&self, token: &str, now: f64) -> Result<Subject, Refusal> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::Invalid)?;

        let Header { algorithm, is_jwt } = Header::parse(header)?;
        let key = self.key.as_ref().ok_or(Refusal::Invalid)?;
        let is_signed = match algorithm {
            Algorithm::HS256 => self.is_signed(message, signature),
            _ => jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm)
                .unwrap_or(false),
        };
        if !is_signed {
            return Err(Refusal::Invalid);
        }

        let payload = decode(payload)?;
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

impl Verifier {
    /// What `jsonwebtoken::crypto::verify` says of HS256.
    fn is_signed(&self, message: &str, signature: &str) -> bool {
        let mac = self.mac.clone().chain_update(message);
        // Compares in constant time.
        URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    }
}

/// Checks the claims of a payload in the original's order: not-before, expiry, issuer, refresh.
fn judge(payload: &str, issuer: &[u8], now: f64) -> Result<Subject, Refusal> {
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
        Primitive::Boolean(true) => Ok(Subject(subject)),
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
        if header == crate::authenticator::HEADER {
            return Ok(Self {
                algorithm: Algorithm::HS256,
                is_jwt: true,
            });
        }
        // The original decodes the header, and only the header, as latin-1.
        let text: String = decode(header)?.into_iter().map(char::from).collect();
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

/// Base64url as Node reads it: of a last group, what does not fill a byte is dropped.
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireNone),
    );
    let digits = part.as_bytes();
    let whole = match digits {
        // A last digit on its own fills no byte, but it has to be one.
        [whole @ .., last] if digits.len() % 4 == 1 => {
            let is_digit = last.is_ascii_alphanumeric() || matches!(last, b'-' | b'_');
            is_digit.then_some(whole).ok_or(Refusal::Invalid)?
        }
        _ => digits,
    };
    LENIENT.decode(whole).map_err(|_| Refusal::Invalid)
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
    fn takes_nothing_but_digits_for_base64url() {
        assert_eq!(decode("YWJj").ok(), Some(b"abc".to_vec()));
        assert_eq!(decode("YWJjA").ok(), Some(b"abc".to_vec()));
        for last in ["=", " ", "\n", "+", "/", "!", ".", "\0", "\u{e9}"] {
            assert_eq!(decode(&format!("YWJj{last}")).err(), Some(Refusal::Invalid));
        }
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
