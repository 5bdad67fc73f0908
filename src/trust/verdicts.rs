//! Defines the reasons not to trust a server, with the texts of OpenSSL and the error codes of Node.

use std::sync::Arc;

use rustls::{CertificateError, OtherError};

/// A reason not to trust a server. The texts are those of `X509_verify_cert_error_string` (crypto/x509/x509_txt.c).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Distrust {
    /// The fault has no specific text.
    #[error("unspecified certificate verification error")]
    Unspecified,
    /// The leaf certificate is self-signed and not trusted.
    #[error("self-signed certificate")]
    SelfSigned,
    /// The last certificate of the chain is self-signed and not trusted.
    #[error("self-signed certificate in certificate chain")]
    SelfSignedInChain,
    /// The issuer of the leaf certificate is not trusted, and the server did not send its certificate.
    #[error("unable to verify the first certificate")]
    UnknownLeafIssuer,
    /// The issuer of the last certificate of the chain, which the server sent, is not trusted.
    #[error("unable to get local issuer certificate")]
    UnknownIssuer,
    /// The issuer of the last certificate of the chain, which is from the trust store, is not trusted.
    #[error("unable to get issuer certificate")]
    UnknownIssuerOfTrusted,
    /// A certificate has expired.
    #[error("certificate has expired")]
    Expired,
    /// A certificate is not valid yet.
    #[error("certificate is not yet valid")]
    NotYetValid,
    /// The start of a certificate's validity period is malformed.
    #[error("format error in certificate's notBefore field")]
    MalformedNotBefore,
    /// The end of a certificate's validity period is malformed.
    #[error("format error in certificate's notAfter field")]
    MalformedNotAfter,
    /// A signature is wrong, or its algorithm is not supported.
    #[error("certificate signature failure")]
    BadSignature,
    /// The key of an issuer is not supported.
    #[error("unable to decode issuer public key")]
    UnreadableIssuerKey,
    /// A certificate is not for TLS servers.
    #[error("unsuitable certificate purpose")]
    WrongPurpose,
    /// A certificate above the leaf certificate is not a CA certificate.
    #[error("invalid CA certificate")]
    NoAuthority,
    /// A certificate above a proxy certificate is a CA certificate.
    #[error("invalid non-CA certificate (has CA markings)")]
    Authority,
    /// There are more intermediate certificates below a CA certificate than it allows.
    #[error("path length constraint exceeded")]
    PathTooLong,
    /// There are more proxy certificates than one of them allows.
    #[error("proxy path length constraint exceeded")]
    ProxyPathTooLong,
    /// A certificate is a proxy certificate.
    #[error("proxy certificates not allowed, please set the appropriate flag")]
    Proxy,
    /// The name of a proxy certificate is not its issuer's name with one more common name.
    #[error("proxy subject name violation")]
    ProxyName,
    /// A certificate has a critical extension that OpenSSL does not support.
    #[error("unhandled critical extension")]
    UnknownCriticalExtension,
    /// The key of the leaf certificate is too weak.
    #[error("EE certificate key too weak")]
    WeakKey,
    /// The key of a CA certificate is too weak.
    #[error("CA certificate key too weak")]
    WeakAuthorityKey,
    /// The digest of a signature is too weak.
    #[error("CA signature digest algorithm too weak")]
    WeakDigest,
    /// A key gives the parameters of its curve instead of a name.
    #[error("Certificate public key has explicit ECC parameters")]
    ExplicitCurve,
    /// The key usage of an issuer does not allow signing certificates.
    #[error("key usage does not include certificate signing")]
    NoCertificateSigning,
    /// The key usage of a proxy certificate's issuer does not allow digital signatures.
    #[error("key usage does not include digital signature")]
    NoDigitalSignature,
    /// A name is not within the permitted subtrees of a name constraint.
    #[error("permitted subtree violation")]
    NotPermitted,
    /// A name is within an excluded subtree of a name constraint.
    #[error("excluded subtree violation")]
    Excluded,
    /// A name constraint has a minimum or maximum distance.
    #[error("name constraints minimum and maximum not supported")]
    ConstraintLimits,
    /// A name constraint is of a kind that OpenSSL does not support.
    #[error("unsupported name constraint type")]
    UnsupportedConstraint,
    /// A name or a name constraint is malformed.
    #[error("unsupported or invalid name syntax")]
    UnsupportedName,
    /// A certificate has IP address or AS number extensions.
    #[error("RFC 3779 resource not subset of parent's resources")]
    Resources,
    /// The leaf certificate is for another host.
    #[error("Hostname/IP does not match certificate's altnames: {reason}")]
    WrongName {
        /// The details, in Node's words.
        reason: String,
        /// The requested host.
        host: String,
        /// The leaf certificate, DER.
        certificate: Vec<u8>,
    },
    /// A certificate that the server sent cannot be parsed.
    #[error("certificate rejected")]
    Rejected,
}

impl Distrust {
    /// Returns Node's error code (`X509ErrorCode` in src/crypto/crypto_common.cc), which is `UNSPECIFIED` for most reasons.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
            Self::SelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
            Self::UnknownLeafIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            Self::UnknownIssuer => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
            Self::UnknownIssuerOfTrusted => "UNABLE_TO_GET_ISSUER_CERT",
            Self::Expired => "CERT_HAS_EXPIRED",
            Self::NotYetValid => "CERT_NOT_YET_VALID",
            Self::MalformedNotBefore => "ERROR_IN_CERT_NOT_BEFORE_FIELD",
            Self::MalformedNotAfter => "ERROR_IN_CERT_NOT_AFTER_FIELD",
            Self::BadSignature => "CERT_SIGNATURE_FAILURE",
            Self::UnreadableIssuerKey => "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
            Self::WrongPurpose => "INVALID_PURPOSE",
            Self::NoAuthority => "INVALID_CA",
            Self::PathTooLong => "PATH_LENGTH_EXCEEDED",
            Self::WrongName { .. } => "ERR_TLS_CERT_ALTNAME_INVALID",
            Self::Rejected => "CERT_REJECTED",
            Self::Unspecified
            | Self::Authority
            | Self::ProxyPathTooLong
            | Self::Proxy
            | Self::ProxyName
            | Self::UnknownCriticalExtension
            | Self::WeakKey
            | Self::WeakAuthorityKey
            | Self::WeakDigest
            | Self::ExplicitCurve
            | Self::NoCertificateSigning
            | Self::NoDigitalSignature
            | Self::NotPermitted
            | Self::Excluded
            | Self::ConstraintLimits
            | Self::UnsupportedConstraint
            | Self::UnsupportedName
            | Self::Resources => "UNSPECIFIED",
        }
    }
}

impl From<Distrust> for rustls::Error {
    fn from(distrust: Distrust) -> Self {
        CertificateError::Other(OtherError(Arc::new(distrust))).into()
    }
}
