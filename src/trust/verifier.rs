//! Connects the verification of certificates to rustls, by way of a TLS configuration with a custom verifier.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, CipherSuite, ClientConfig, DigitallySignedStruct, NamedGroup, SignatureScheme,
};

use super::certificates::Certificate;
use super::server_name::Identity;
use super::stores::TrustStore;
use super::verdicts::Distrust;
use super::{chains, security, signatures};

/// The versions of TLS that may be negotiated.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Versions {
    /// Whether TLS 1.2 may be negotiated.
    pub tls12: bool,
    /// Whether TLS 1.3 may be negotiated.
    pub tls13: bool,
}

impl Default for Versions {
    fn default() -> Self {
        Self {
            tls12: true,
            tls13: true,
        }
    }
}

/// Returns a TLS configuration that trusts the certificates in `store`, or, if `store` is `None`, every server. Fails if
/// `versions` and the security level leave nothing to negotiate.
pub fn tls_config(
    store: Option<Arc<TrustStore>>,
    versions: Versions,
) -> Result<ClientConfig, rustls::Error> {
    let mut provider = rustls::crypto::ring::default_provider();
    provider
        .cipher_suites
        .retain(|suite| security::is_enough(cipher_bits(suite.suite())));
    provider
        .kx_groups
        .retain(|group| security::is_enough(group_bits(group.name())));
    let mut allowed = Vec::new();
    if versions.tls13 {
        allowed.push(&rustls::version::TLS13);
    }
    if versions.tls12 {
        allowed.push(&rustls::version::TLS12);
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&allowed)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { store }))
        .with_no_client_auth())
}

/// Returns the bits of security of a cipher that *ring* supports (`strength_bits` in OpenSSL's ssl/s3_lib.c).
fn cipher_bits(cipher: CipherSuite) -> usize {
    match cipher {
        CipherSuite::TLS13_AES_128_GCM_SHA256
        | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => 128,
        _ => 256,
    }
}

/// Returns the bits of security of a group that *ring* supports (`secbits` in OpenSSL's providers/common/capabilities.c).
fn group_bits(group: NamedGroup) -> usize {
    match group {
        NamedGroup::secp384r1 => 192,
        _ => 128,
    }
}

#[derive(Debug)]
struct Verifier {
    store: Option<Arc<TrustStore>>,
}

/// Judges `leaf`, the certificate of the server `name`, with the certificates that the server `sent` and those in `store`. Returns
/// the reason as an error if the server is not trusted.
pub fn judge(
    store: &TrustStore,
    leaf: &CertificateDer,
    sent: &[CertificateDer],
    name: &ServerName,
    now: UnixTime,
) -> Result<(), Distrust> {
    let certificate = Certificate::read(leaf).ok_or(Distrust::Rejected)?;
    let sent: Option<Vec<_>> = sent.iter().map(|der| Certificate::read(der)).collect();
    let sent = sent.ok_or(Distrust::Rejected)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    chains::judge(&certificate, &sent, store, now)?;
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

/// Verifies that the holder of the key of `leaf` signed the handshake. Returns an error if not.
fn verify_handshake(
    message: &[u8],
    leaf: &CertificateDer,
    signed: &DigitallySignedStruct,
    is_tls13: bool,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let leaf = Certificate::read(leaf).ok_or(CertificateError::BadEncoding)?;
    // OpenSSL's `ssl_check_srvr_ecc_cert_and_alg` applies to TLS 1.2 only.
    if !is_tls13 && leaf.has_curve() && !leaf.may_sign() {
        return Err(rustls::Error::General("ecc cert not for signing".into()));
    }
    match &leaf.key {
        Some(key) if signatures::verify_handshake(key, message, signed, is_tls13) => {
            Ok(HandshakeSignatureValid::assertion())
        }
        _ => Err(CertificateError::BadSignature.into()),
    }
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
            judge(store, leaf, intermediates, name, now)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_handshake(message, leaf, signature, false)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_handshake(message, leaf, signature, true)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        signatures::schemes()
    }
}
