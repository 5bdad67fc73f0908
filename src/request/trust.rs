//! The root certificates that are trusted natively.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

/// Trusted root certificates in PEM. Two of them are equal if their texts are.
#[derive(Clone)]
pub struct Trust {
    pem: Arc<str>,
    digest: [u8; 32],
}

impl Trust {
    /// Returns the certificates of a text in PEM.
    pub fn new(pem: String) -> Self {
        Self {
            digest: Sha256::digest(&pem).into(),
            pem: pem.into(),
        }
    }

    /// Returns whether there is no certificate.
    pub fn is_empty(&self) -> bool {
        self.pem.is_empty()
    }

    /// Returns the store with the certificates that webpki can read. A chain that needs another one is refused natively.
    pub fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        let certificates = CertificateDer::pem_slice_iter(self.pem.as_bytes()).flatten();
        store.add_parsable_certificates(certificates);
        store
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "Trust({} bytes)", self.pem.len())
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Trust {}

impl Hash for Trust {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A part of a digest is as good a hash as the whole.
        self.digest[..8].hash(state);
    }
}
