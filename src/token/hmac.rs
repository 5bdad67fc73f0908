//! HMAC with SHA-2. This module signs the tokens of a key, and provides all the cryptography of the `jsonwebtoken` crate.
//!
//! The crate's own `rust_crypto` provider would link RSA and elliptic curves, which no token of the platform uses.

use hmac::{Hmac, KeyInit, Mac as _};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::{Sha256, Sha384, Sha512};
use signature::Verifier;

/// A keyed HMAC with SHA-256. The inner and outer states are computed once, and each clone starts from these states.
pub type HmacSha256 = Hmac<Sha256>;

/// HMAC with SHA-256 under one key, for messages that mostly have the same beginning. The state after this beginning is computed
/// once.
pub struct Mac {
    keyed: HmacSha256,
    start: Vec<u8>,
    /// An HMAC that has hashed `start`.
    started: HmacSha256,
}

impl Mac {
    /// Creates an HMAC under `secret`. `start` is the beginning of most messages.
    pub fn new(secret: &[u8], start: Vec<u8>) -> Self {
        let keyed = HmacSha256::new_from_slice(secret)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        let started = keyed.clone().chain_update(&start);
        Self {
            keyed,
            start,
            started,
        }
    }

    /// Returns the beginning of most messages.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Returns the HMAC of `message`, ready to be finalized or verified.
    pub fn of(&self, message: &[u8]) -> HmacSha256 {
        match message.strip_prefix(&self.start[..]) {
            Some(rest) => self.started.clone().chain_update(rest),
            None => self.keyed.clone().chain_update(message),
        }
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` use this module. Later calls have no effect.
pub fn install() {
    // An error means that a provider is already installed, and only this module installs one.
    let _ = PROVIDER.install_default();
}

/// An HMAC of one algorithm under one key.
struct Keyed<M> {
    algorithm: Algorithm,
    mac: M,
}

impl<M: hmac::Mac + Clone> Verifier<Vec<u8>> for Keyed<M> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let mac = self.mac.clone().chain_update(message);
        // `verify_slice` compares in constant time.
        mac.verify_slice(signature)
            .map_err(|_| signature::Error::new())
    }
}

impl<M: hmac::Mac + Clone> JwtVerifier for Keyed<M> {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Always fails. Tokens are signed in `authenticator.rs`, never through `jsonwebtoken`.
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    let key = key.try_get_as_bytes()?;
    Ok(match algorithm {
        Algorithm::HS256 => Box::new(keyed::<Hmac<Sha256>>(*algorithm, key)?),
        Algorithm::HS384 => Box::new(keyed::<Hmac<Sha384>>(*algorithm, key)?),
        Algorithm::HS512 => Box::new(keyed::<Hmac<Sha512>>(*algorithm, key)?),
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    })
}

fn keyed<M: KeyInit>(algorithm: Algorithm, key: &[u8]) -> Result<Keyed<M>, Error> {
    let mac = M::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?;
    Ok(Keyed { algorithm, mac })
}
