//! A `CryptoProvider` for the `jsonwebtoken` crate that only knows what the platform uses: HMAC with SHA-2.
//!
//! The crate's own `rust_crypto` provider would link RSA and elliptic curves, which no token of the platform uses.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::{Sha256, Sha384, Sha512};
use signature::Verifier;

/// HMAC with SHA-256, keyed: the inner and outer states are computed once, and a clone starts from them.
pub type HmacSha256 = Hmac<Sha256>;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `jsonwebtoken` use this module. Further calls have no effect.
pub fn install() {
    // An error says that a provider is installed already, which can only be this one.
    let _ = PROVIDER.install_default();
}

/// An HMAC of one algorithm, under one key.
struct Keyed<M> {
    algorithm: Algorithm,
    mac: M,
}

impl<M: Mac + Clone> Verifier<Vec<u8>> for Keyed<M> {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let mac = self.mac.clone().chain_update(message);
        // Compares in constant time.
        mac.verify_slice(signature)
            .map_err(|_| signature::Error::new())
    }
}

impl<M: Mac + Clone> JwtVerifier for Keyed<M> {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// Tokens are signed in `authenticator.rs`, never through `jsonwebtoken`.
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
