//! Which servers are trusted: what the running Node trusts, judged as OpenSSL judges it where webpki is stricter.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::Certificate;

use crate::failure::Failure;
use crate::names::{self, Identity};
use crate::trusts::TrustSources;

/// Why a server is not trusted, in the words of OpenSSL.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Distrust {
    /// The server's own certificate is self-signed.
    #[error("self-signed certificate")]
    SelfSigned,
    /// The certificate at the end of its chain is.
    #[error("self-signed certificate in certificate chain")]
    SelfSignedInChain,
    /// The issuer of its certificate is unknown and was not sent.
    #[error("unable to verify the first certificate")]
    UnknownLeafIssuer,
    /// The issuer of a certificate further up is unknown.
    #[error("unable to get local issuer certificate")]
    UnknownIssuer,
    /// A certificate is out of date.
    #[error("certificate has expired")]
    Expired,
    /// A certificate is not valid yet.
    #[error("certificate is not yet valid")]
    NotYetValid,
    /// A signature is wrong.
    #[error("certificate signature failure")]
    BadSignature,
    /// The certificate is for another purpose.
    #[error("unsuitable certificate purpose")]
    WrongPurpose,
    /// The certificate is for another name.
    #[error("Hostname/IP does not match certificate's altnames: {reason}")]
    WrongName {
        /// What is wrong with it.
        reason: String,
        /// The name that was asked for.
        host: String,
        /// The certificate, DER.
        certificate: Vec<u8>,
    },
    /// Anything else.
    #[error("certificate rejected")]
    Rejected,
}

impl Distrust {
    /// Node's code for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
            Self::SelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
            Self::UnknownLeafIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            Self::UnknownIssuer => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            Self::Expired => "CERT_HAS_EXPIRED",
            Self::NotYetValid => "CERT_NOT_YET_VALID",
            Self::BadSignature => "CERT_SIGNATURE_FAILURE",
            Self::WrongPurpose => "INVALID_PURPOSE",
            Self::WrongName { .. } => "ERR_TLS_CERT_ALTNAME_INVALID",
            Self::Rejected => "CERT_REJECTED",
        }
    }
}

impl From<&Distrust> for Failure {
    fn from(distrust: &Distrust) -> Self {
        let failure = Self::with_code(distrust.code(), distrust.to_string());
        match distrust {
            Distrust::WrongName {
                reason,
                host,
                certificate,
            } => Self {
                reason: Some(reason.clone()),
                host: Some(host.clone()),
                certificate: Some(certificate.clone()),
                ..failure
            },
            _ => failure,
        }
    }
}

impl From<Distrust> for rustls::Error {
    fn from(distrust: Distrust) -> Self {
        CertificateError::Other(OtherError(Arc::new(distrust))).into()
    }
}

/// The certificates that a process trusts.
#[derive(Debug, Default)]
pub struct TrustStore {
    anchors: Vec<TrustAnchor<'static>>,
    /// The certificate of each anchor, where there is one.
    certificates: Vec<CertificateDer<'static>>,
    /// Certificates that were issued by others. As for OpenSSL, they complete a chain, but do not end it.
    issued: Vec<CertificateDer<'static>>,
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
            store.add(certificate);
        }
        store
    }

    /// Mozilla's roots, for runtimes that give no list of their own.
    fn bundled() -> Self {
        Self {
            anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            ..Self::default()
        }
    }

    fn certificate_of(&self, anchor: &TrustAnchor) -> Option<Certificate> {
        let index = self
            .anchors
            .iter()
            .position(|candidate| std::ptr::eq(candidate, anchor))?;
        names::parse(self.certificates.get(index)?)
    }

    /// Adds each certificate of `pem` that can be parsed.
    pub fn add_pem(&mut self, pem: &[u8]) {
        for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
            self.add(certificate);
        }
    }

    fn add(&mut self, certificate: CertificateDer) {
        if names::parse(&certificate).is_none_or(|parsed| !is_self_signed(&parsed)) {
            self.issued.push(certificate.into_owned());
        } else if let Ok(anchor) = webpki::anchor_from_trusted_cert(&certificate) {
            self.anchors.push(anchor.to_owned());
            self.certificates.push(certificate.into_owned());
        }
    }
}

/// A TLS configuration that trusts `store`, or without one anybody.
pub fn tls_config(store: Option<Arc<TrustStore>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier {
        store,
        provider: provider.clone(),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

#[derive(Debug)]
struct Verifier {
    store: Option<Arc<TrustStore>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn judge(
        &self,
        store: &TrustStore,
        leaf: &CertificateDer,
        intermediates: &[CertificateDer],
        name: &ServerName,
        now: UnixTime,
    ) -> Result<(), Distrust> {
        let certificate = names::parse(leaf).ok_or(Distrust::Rejected)?;
        // OpenSSL accepts a self-signed certificate that it is told to trust, even where it says that it is an
        // authority's, as `openssl req -x509` makes them. webpki takes no authority's certificate for a server's.
        if is_self_signed(&certificate) && store.certificates.contains(leaf) {
            check_validity(&certificate, now)?;
        } else {
            let leaf = EndEntityCert::try_from(leaf).map_err(|_| Distrust::Rejected)?;
            let intermediates: Vec<_> =
                intermediates.iter().chain(&store.issued).cloned().collect();
            let path = leaf
                .verify_for_usage(
                    self.provider.signature_verification_algorithms.all,
                    &store.anchors,
                    &intermediates,
                    now,
                    KeyUsage::server_auth(),
                    None,
                    None,
                )
                .map_err(|error| explain(&error, &certificate, &intermediates, now))?;
            // webpki asks an anchor for its name and key only.
            if let Some(anchor) = store.certificate_of(path.anchor()) {
                check_validity(&anchor, now)?;
            }
        }
        let host = name.to_str();
        match Identity::of(&certificate).mismatch(&host) {
            None => Ok(()),
            Some(reason) => Err(Distrust::WrongName {
                reason,
                host: host.into_owned(),
                certificate: leaf.to_vec(),
            }),
        }
    }
}

fn check_validity(certificate: &Certificate, now: UnixTime) -> Result<(), Distrust> {
    let validity = certificate.tbs_certificate().validity();
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(Distrust::NotYetValid);
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(Distrust::Expired);
    }
    Ok(())
}

/// What OpenSSL would say: it looks at everything, and the last that it finds is what Node tells. That is the chain,
/// then the dates from its end to its beginning.
fn explain(
    error: &webpki::Error,
    leaf: &Certificate,
    intermediates: &[CertificateDer],
    now: UnixTime,
) -> Distrust {
    let chain = chain(leaf, intermediates);
    if let Some(untimely) = chain
        .iter()
        .find_map(|certificate| check_validity(certificate, now).err())
    {
        return untimely;
    }
    match error {
        webpki::Error::RequiredEkuNotFoundContext(_) => Distrust::WrongPurpose,
        // The second, where a trusted authority has the issuer's name, but not its key.
        webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => {
            unknown_issuer(&chain)
        }
        webpki::Error::CaUsedAsEndEntity if is_self_signed(leaf) => Distrust::SelfSigned,
        _ => Distrust::Rejected,
    }
}

/// `leaf` and the certificates that were sent with it, each with its issuer behind it.
fn chain(leaf: &Certificate, intermediates: &[CertificateDer]) -> Vec<Certificate> {
    let mut sent: Vec<_> = intermediates
        .iter()
        .filter_map(|der| names::parse(der))
        .collect();
    let mut chain = vec![leaf.clone()];
    while let Some(last) = chain.last().filter(|last| !is_self_signed(last)) {
        let issuer = last.tbs_certificate().issuer();
        let Some(index) = sent
            .iter()
            .position(|candidate| candidate.tbs_certificate().subject() == issuer)
        else {
            break;
        };
        chain.push(sent.swap_remove(index));
    }
    chain
}

fn unknown_issuer(chain: &[Certificate]) -> Distrust {
    match chain {
        [leaf] if is_self_signed(leaf) => Distrust::SelfSigned,
        [_] => Distrust::UnknownLeafIssuer,
        [.., last] if is_self_signed(last) => Distrust::SelfSignedInChain,
        _ => Distrust::UnknownIssuer,
    }
}

fn is_self_signed(certificate: &Certificate) -> bool {
    let certificate = certificate.tbs_certificate();
    certificate.issuer() == certificate.subject()
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer,
        intermediates: &[CertificateDer],
        name: &ServerName,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(store) = &self.store {
            self.judge(store, leaf, intermediates, name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
