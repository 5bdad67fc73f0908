//! Which servers are trusted: what the running Node trusts, judged as OpenSSL judges it where webpki is stricter.

use std::collections::HashSet;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage};

use crate::failure::Failure;

/// Why a server is not trusted, in the words of OpenSSL.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
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
    #[error("Hostname/IP does not match certificate's altnames")]
    WrongName,
    /// Anything else.
    #[error("certificate rejected")]
    Rejected,
}

impl Distrust {
    /// Node's code for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::SelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
            Self::SelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
            Self::UnknownLeafIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            Self::UnknownIssuer => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            Self::Expired => "CERT_HAS_EXPIRED",
            Self::NotYetValid => "CERT_NOT_YET_VALID",
            Self::BadSignature => "CERT_SIGNATURE_FAILURE",
            Self::WrongPurpose => "INVALID_PURPOSE",
            Self::WrongName => "ERR_TLS_CERT_ALTNAME_INVALID",
            Self::Rejected => "CERT_REJECTED",
        }
    }
}

impl From<&Distrust> for Failure {
    fn from(distrust: &Distrust) -> Self {
        Self::with_code(distrust.code(), distrust.to_string())
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
    certificates: HashSet<CertificateDer<'static>>,
}

impl TrustStore {
    /// Mozilla's roots, for runtimes that give no list of their own.
    pub fn bundled() -> Self {
        Self { anchors: webpki_roots::TLS_SERVER_ROOTS.to_vec(), ..Self::default() }
    }

    /// Adds each certificate of `pem` that can be parsed, and says how many there were.
    pub fn add_pem(&mut self, pem: &[u8]) -> usize {
        let before = self.certificates.len();
        for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
            if let Ok(anchor) = webpki::anchor_from_trusted_cert(&certificate) {
                self.anchors.push(anchor.to_owned());
                self.certificates.insert(certificate.into_owned());
            }
        }
        self.certificates.len() - before
    }
}

/// A TLS configuration that trusts `store`, or without one anybody.
pub fn tls_config(store: Option<Arc<TrustStore>>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier { store, provider: provider.clone() };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // As Node's HTTPS client announces itself.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
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
        let certificate = EndEntityCert::try_from(leaf).map_err(|_| Distrust::Rejected)?;
        certificate
            .verify_for_usage(
                self.provider.signature_verification_algorithms.all,
                &store.anchors,
                intermediates,
                now,
                KeyUsage::server_auth(),
                None,
                None,
            )
            .map_err(|error| explain(&error, &certificate, intermediates))?;
        certificate.verify_is_valid_for_subject_name(name).map_err(|_| Distrust::WrongName)
    }
}

fn explain(
    error: &webpki::Error,
    leaf: &EndEntityCert,
    intermediates: &[CertificateDer],
) -> Distrust {
    match error {
        webpki::Error::CertExpired { .. } => Distrust::Expired,
        webpki::Error::CertNotValidYet { .. } => Distrust::NotYetValid,
        webpki::Error::InvalidSignatureForPublicKey => Distrust::BadSignature,
        webpki::Error::RequiredEkuNotFoundContext(_) => Distrust::WrongPurpose,
        webpki::Error::UnknownIssuer => unknown_issuer(leaf, intermediates),
        _ => Distrust::Rejected,
    }
}

/// Where the chain that the server sent ends.
fn unknown_issuer(leaf: &EndEntityCert, intermediates: &[CertificateDer]) -> Distrust {
    if leaf.issuer() == leaf.subject() {
        return Distrust::SelfSigned;
    }
    let mut issuer = leaf.issuer().to_vec();
    let mut length = 1;
    while length <= intermediates.len() {
        let parsed = intermediates.iter().filter_map(|der| EndEntityCert::try_from(der).ok());
        let Some(next) = parsed.into_iter().find(|candidate| candidate.subject() == issuer) else {
            break;
        };
        if next.issuer() == next.subject() {
            return Distrust::SelfSignedInChain;
        }
        issuer = next.issuer().to_vec();
        length += 1;
    }
    if length == 1 { Distrust::UnknownLeafIssuer } else { Distrust::UnknownIssuer }
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
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
