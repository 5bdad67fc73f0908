//! Verifies refresh tokens as the original did, with the rules of `jsonwebtoken` 8.5.1 for Node.
//!
//! The crate `jsonwebtoken` checks the signature. The claims are read here, because the original's rules for them
//! are JavaScript's: strict equality by type, the last of duplicate keys, numbers beyond the range of a double,
//! strings that are not well formed.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jsonwebtoken::{Algorithm, DecodingKey};

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

/// The claims of a token whose signature, times and issuer are good.
#[derive(Debug)]
pub struct Claims {
    refresh: bool,
    subject: Primitive,
}

/// Checks that verified `claims` are those of a refresh token for `user_id`.
pub fn check(claims: &Claims, user_id: &Primitive) -> Result<(), Refusal> {
    if !claims.refresh {
        return Err(Refusal::NoRefreshClaim);
    }
    if !claims.subject.strictly_equals(user_id) {
        return Err(Refusal::WrongUser);
    }
    Ok(())
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
        crate::hmac::install();
        let text = String::from_utf8_lossy(secret);
        let public = ["BEGIN CERTIFICATE", "BEGIN PUBLIC KEY", "BEGIN RSA PUBLIC KEY"];
        let is_public = public.iter().any(|marker| text.contains(marker));
        let key = (!is_public).then(|| DecodingKey::from_secret(secret));
        Self { issuer, key }
    }

    /// The claims of `token`, if it is valid at the time `now`, in seconds since the epoch.
    pub fn verify(&self, token: &str, now: f64) -> Result<Claims, Refusal> {
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Invalid)?;
        let (header, payload) = message.split_once('.').ok_or(Refusal::Invalid)?;

        let algorithm = algorithm(header)?;
        let key = self.key.as_ref().ok_or(Refusal::Invalid)?;
        match jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(Refusal::Invalid),
        }

        let payload = decode(payload)?;
        judge(&String::from_utf8_lossy(&payload), &self.issuer, now)
    }
}

/// The claims of a payload, once its times and issuer are found good, in the original's order.
fn judge(payload: &str, issuer: &[u8], now: f64) -> Result<Claims, Refusal> {
    let [not_before, expires_at, iss, refresh, subject] =
        json::members(payload, ["nbf", "exp", "iss", "refresh", "sub"]).map_err(|_| Refusal::Invalid)?;
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
    Ok(Claims { refresh: matches!(refresh, Primitive::Boolean(true)), subject })
}

/// The algorithm that a token's header names, if the original takes it with a shared secret.
fn algorithm(header: &str) -> Result<Algorithm, Refusal> {
    // The original decodes the header, and only the header, as latin-1.
    let text: String = decode(header)?.into_iter().map(char::from).collect();
    let [name] = json::members(&text, ["alg"]).map_err(|_| Refusal::Invalid)?;
    match name {
        Primitive::Text(name) if name == b"HS256" => Ok(Algorithm::HS256),
        Primitive::Text(name) if name == b"HS384" => Ok(Algorithm::HS384),
        Primitive::Text(name) if name == b"HS512" => Ok(Algorithm::HS512),
        _ => Err(Refusal::Invalid),
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
    let whole = part.len() - usize::from(part.len() % 4 == 1);
    LENIENT.decode(&part.as_bytes()[..whole]).map_err(|_| Refusal::Invalid)
}
