//! Why a server is not trusted, in the words of OpenSSL and under the codes of Node.

use std::sync::Arc;

use rustls::{CertificateError, OtherError};

/// Why a server is not trusted. The texts are those of `X509_verify_cert_error_string` (crypto/x509/x509_txt.c).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Distrust {
    /// Something that has no word of its own.
    #[error("unspecified certificate verification error")]
    Unspecified,
    /// The server's own certificate is self-signed, and not trusted.
    #[error("self-signed certificate")]
    SelfSigned,
    /// The certificate at the end of its chain is.
    #[error("self-signed certificate in certificate chain")]
    SelfSignedInChain,
    /// The issuer of its certificate is unknown and was not sent.
    #[error("unable to verify the first certificate")]
    UnknownLeafIssuer,
    /// The issuer of a certificate that the server sent is unknown.
    #[error("unable to get local issuer certificate")]
    UnknownIssuer,
    /// The issuer of a certificate that is itself among the trusted ones is unknown.
    #[error("unable to get issuer certificate")]
    UnknownIssuerOfTrusted,
    /// A certificate is out of date.
    #[error("certificate has expired")]
    Expired,
    /// A certificate is not valid yet.
    #[error("certificate is not yet valid")]
    NotYetValid,
    /// The beginning of a certificate's validity is no time.
    #[error("format error in certificate's notBefore field")]
    MalformedNotBefore,
    /// The end of it is none.
    #[error("format error in certificate's notAfter field")]
    MalformedNotAfter,
    /// A signature is wrong, or made in a way that cannot be verified.
    #[error("certificate signature failure")]
    BadSignature,
    /// The key of an issuer cannot be read.
    #[error("unable to decode issuer public key")]
    UnreadableIssuerKey,
    /// A certificate is for another purpose.
    #[error("unsuitable certificate purpose")]
    WrongPurpose,
    /// A certificate above the server's is no authority's.
    #[error("invalid CA certificate")]
    NoAuthority,
    /// A certificate above a proxy's is an authority's.
    #[error("invalid non-CA certificate (has CA markings)")]
    Authority,
    /// There are more certificates between it and the server's than an authority's allows.
    #[error("path length constraint exceeded")]
    PathTooLong,
    /// There are more proxies than one of them allows.
    #[error("proxy path length constraint exceeded")]
    ProxyPathTooLong,
    /// A certificate is a proxy's.
    #[error("proxy certificates not allowed, please set the appropriate flag")]
    Proxy,
    /// A proxy has another name than its issuer gives it.
    #[error("proxy subject name violation")]
    ProxyName,
    /// A certificate has a critical extension that is not known.
    #[error("unhandled critical extension")]
    UnknownCriticalExtension,
    /// The server's key is too weak.
    #[error("EE certificate key too weak")]
    WeakKey,
    /// An authority's key is too weak.
    #[error("CA certificate key too weak")]
    WeakAuthorityKey,
    /// A signature is over a digest that is too weak.
    #[error("CA signature digest algorithm too weak")]
    WeakDigest,
    /// A key is on a curve that it describes instead of naming it.
    #[error("Certificate public key has explicit ECC parameters")]
    ExplicitCurve,
    /// An issuer's key is not for signing certificates.
    #[error("key usage does not include certificate signing")]
    NoCertificateSigning,
    /// Nor for signing proxies.
    #[error("key usage does not include digital signature")]
    NoDigitalSignature,
    /// A name is not within those that an authority may certify.
    #[error("permitted subtree violation")]
    NotPermitted,
    /// A name is within those that an authority may not certify.
    #[error("excluded subtree violation")]
    Excluded,
    /// A constraint has limits of depth.
    #[error("name constraints minimum and maximum not supported")]
    ConstraintLimits,
    /// A constraint is of a kind that nobody checks.
    #[error("unsupported name constraint type")]
    UnsupportedConstraint,
    /// A name, or a constraint, cannot be read.
    #[error("unsupported or invalid name syntax")]
    UnsupportedName,
    /// A certificate is for resources of routing.
    #[error("RFC 3779 resource not subset of parent's resources")]
    Resources,
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
    /// A certificate cannot be read.
    #[error("certificate rejected")]
    Rejected,
}

impl Distrust {
    /// Node's code for it (`X509ErrorCode` in src/crypto/crypto_common.cc), which is `UNSPECIFIED` for most.
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
