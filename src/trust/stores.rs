//! Reads trust stores: the certificates that a client trusts.

use std::collections::HashMap;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificates::Certificate;
use super::names::Name;

/// The sources of a trust store.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct TrustSources {
    /// The root certificates, PEM. `None`, from a runtime that gives no list, selects Mozilla's root certificates.
    pub roots: Option<String>,
    /// Additional certificates, PEM: the content of the file that `NODE_EXTRA_CA_CERTS` names.
    pub extra: Option<String>,
    /// Whether the operating system's certificates replace `roots`, as under `--use-openssl-ca`.
    pub system: bool,
}

/// A trust store: trusted certificates, indexed by subject.
///
/// As in OpenSSL, a chain must end in a self-signed certificate of the store. Other certificates of the store can only be
/// intermediate certificates.
#[derive(Debug, Default)]
pub struct TrustStore {
    certificates: HashMap<Name, Vec<Certificate>>,
}

impl TrustStore {
    /// Reads the certificates of `sources`. Certificates that cannot be parsed are skipped.
    pub fn read(sources: &TrustSources) -> Self {
        let mut store = match &sources.roots {
            _ if sources.system => Self::system(),
            Some(roots) => {
                let mut store = Self::default();
                store.add_pem(roots.as_bytes());
                store
            }
            None => Self::bundled(),
        };
        if let Some(extra) = &sources.extra {
            store.add_pem(extra.as_bytes());
        }
        store
    }

    /// Returns a store with the operating system's certificates, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    fn system() -> Self {
        let mut store = Self::default();
        for certificate in rustls_native_certs::load_native_certs().certs {
            store.add(&certificate);
        }
        store
    }

    /// Returns a store with Mozilla's root certificates, for runtimes that give no list.
    fn bundled() -> Self {
        let mut store = Self::default();
        for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            store.add(certificate);
        }
        store
    }

    /// Adds each certificate of `pem` that can be parsed.
    fn add_pem(&mut self, pem: &[u8]) {
        for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
            self.add(&certificate);
        }
    }

    /// Returns the certificates whose subject is `name`, in the order in which they were added.
    pub fn named(&self, name: &Name) -> &[Certificate] {
        self.certificates.get(name).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, der: &[u8]) {
        let Some(certificate) = Certificate::read(der) else {
            return;
        };
        let owned = self
            .certificates
            .entry(certificate.subject.clone())
            .or_default();
        if owned.iter().all(|known| known.der != certificate.der) {
            owned.push(certificate);
        }
    }
}
