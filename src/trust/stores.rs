//! The certificates that a process trusts.

use std::collections::HashMap;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::certificates::Certificate;
use super::names::Name;

/// Where a JavaScript environment finds whom it trusts.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct TrustSources {
    /// Root certificates, PEM; none where the runtime gives no list, and then Mozilla's are used.
    pub roots: Option<String>,
    /// More of them, PEM: the content of the file that `NODE_EXTRA_CA_CERTS` names.
    pub extra: Option<String>,
    /// Whether the operating system's are to be used instead of the list, as under `--use-openssl-ca`.
    pub system: bool,
}

/// The certificates that a process trusts, by the names of their owners.
///
/// As for OpenSSL, one that was issued by another completes a chain, but does not end it.
#[derive(Debug, Default)]
pub struct TrustStore {
    certificates: HashMap<Name, Vec<Certificate>>,
}

impl TrustStore {
    /// Reads what `sources` name.
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

    /// The operating system's, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    fn system() -> Self {
        let mut store = Self::default();
        for certificate in rustls_native_certs::load_native_certs().certs {
            store.add(&certificate);
        }
        store
    }

    /// Mozilla's roots, for runtimes that give no list of their own.
    fn bundled() -> Self {
        let mut store = Self::default();
        for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            store.add(certificate);
        }
        store
    }

    /// Adds each certificate of `pem` that can be read.
    fn add_pem(&mut self, pem: &[u8]) {
        for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
            self.add(&certificate);
        }
    }

    /// Those of one owner, in the order in which they were added.
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
