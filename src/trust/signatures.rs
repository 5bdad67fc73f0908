//! Verifies the signatures of certificates and the signature of a server in its handshake.
//!
//! *ring* verifies nearly all signatures. RustCrypto verifies the others that OpenSSL accepts at its default security level:
//! RSA keys of less than 2048 bits, P-521, and combinations of curves and digests of different sizes.

use std::sync::LazyLock;

use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use rustls::{DigitallySignedStruct, SignatureScheme};
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

use super::elements::{Elements, tag};
use super::keys::{Curve, Digest, Key, KeyKind, SignatureKind, modulus_bits};
use super::security;

/// The algorithms that *ring* supports.
static ALGORITHMS: LazyLock<WebPkiSupportedAlgorithms> =
    LazyLock::new(|| rustls::crypto::ring::default_provider().signature_verification_algorithms);

/// The length in bits of the shortest RSA keys that *ring* supports.
const SHORTEST_OF_RING: usize = 2048;

/// The length in bits of the longest RSA keys that are accepted, which is also the limit of *ring*. A hostile server could send
/// a longer key at no cost, but a client would need much time to verify with it.
const LONGEST_RSA: usize = 8192;

/// The content of the `AlgorithmIdentifier` of RSA keys for any padding (`rsaEncryption`).
const RSA_ENCRYPTION: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// The result of verifying a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// The holder of the key signed the message.
    Good,
    /// The signature does not match the key and the message.
    Bad,
    /// The algorithm is not supported here.
    Unknown,
}

impl From<bool> for Verdict {
    fn from(is_good: bool) -> Self {
        if is_good { Self::Good } else { Self::Bad }
    }
}

/// Verifies that the holder of `key` signed `message` with `algorithm`, the content of an `AlgorithmIdentifier`.
pub fn verify(key: &Key, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Verdict {
    let Some(kind) = SignatureKind::of(algorithm) else {
        return Verdict::Unknown;
    };
    if !kind.is_made_by(key.kind) || !allows(key, algorithm) {
        return Verdict::Bad;
    }
    let candidates = if is_short(key) { &[] } else { ALGORITHMS.all };
    let known = candidates.iter().find(|candidate| {
        candidate.signature_alg_id().as_ref() == algorithm
            && candidate.public_key_alg_id().as_ref() == identifier(key)
    });
    if let Some(known) = known {
        let verified = known.verify_signature(&key.bits, message, signature);
        return verified.is_ok().into();
    }
    // PSS with other parameters, for example another salt length, is not supported.
    let is_usual = |usual: &AlgorithmIdentifier| usual.as_ref() == algorithm;
    let usual = [
        alg_id::RSA_PSS_SHA256,
        alg_id::RSA_PSS_SHA384,
        alg_id::RSA_PSS_SHA512,
    ];
    if kind.key == KeyKind::RsaPss && !usual.iter().any(is_usual) {
        return Verdict::Unknown;
    }
    verify_kind(key, kind, message, signature)
}

/// The signature schemes that are offered to servers, in order of preference. Each has the algorithm as certificates name it and
/// the curve that TLS 1.3 requires (RFC 8446, section 4.2.3).
const SCHEMES: [(SignatureScheme, AlgorithmIdentifier, Option<Curve>); 13] = [
    (
        SignatureScheme::ECDSA_NISTP384_SHA384,
        alg_id::ECDSA_SHA384,
        Some(Curve::P384),
    ),
    (
        SignatureScheme::ECDSA_NISTP256_SHA256,
        alg_id::ECDSA_SHA256,
        Some(Curve::P256),
    ),
    (
        SignatureScheme::ECDSA_NISTP521_SHA512,
        alg_id::ECDSA_SHA512,
        Some(Curve::P521),
    ),
    (SignatureScheme::ED25519, alg_id::ED25519, None),
    (
        SignatureScheme::RSA_PSS_SHA512,
        alg_id::RSA_PSS_SHA512,
        None,
    ),
    (
        SignatureScheme::RSA_PSS_SHA384,
        alg_id::RSA_PSS_SHA384,
        None,
    ),
    (
        SignatureScheme::RSA_PSS_SHA256,
        alg_id::RSA_PSS_SHA256,
        None,
    ),
    (RSA_PSS_PSS_SHA256, alg_id::RSA_PSS_SHA256, None),
    (RSA_PSS_PSS_SHA384, alg_id::RSA_PSS_SHA384, None),
    (RSA_PSS_PSS_SHA512, alg_id::RSA_PSS_SHA512, None),
    (
        SignatureScheme::RSA_PKCS1_SHA512,
        alg_id::RSA_PKCS1_SHA512,
        None,
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA384,
        alg_id::RSA_PKCS1_SHA384,
        None,
    ),
    (
        SignatureScheme::RSA_PKCS1_SHA256,
        alg_id::RSA_PKCS1_SHA256,
        None,
    ),
];

const RSA_PSS_PSS_SHA256: SignatureScheme = SignatureScheme::Unknown(0x0809);
const RSA_PSS_PSS_SHA384: SignatureScheme = SignatureScheme::Unknown(0x080a);
const RSA_PSS_PSS_SHA512: SignatureScheme = SignatureScheme::Unknown(0x080b);

/// Returns the signature schemes that are offered to servers, in order of preference: those whose digest the security level
/// allows (`tls12_sigalg_allowed`).
pub fn schemes() -> Vec<SignatureScheme> {
    let allowed = SCHEMES
        .iter()
        .filter(|(_, algorithm, _)| is_allowed(algorithm));
    allowed.map(|(scheme, _, _)| *scheme).collect()
}

fn is_allowed(algorithm: &[u8]) -> bool {
    SignatureKind::of(algorithm).is_some_and(|kind| security::is_enough(kind.security()))
}

/// Returns whether the holder of `key` signed `message` in a handshake of TLS 1.3, if `is_tls13`, or else of TLS 1.2.
pub fn verify_handshake(
    key: &Key,
    message: &[u8],
    signed: &DigitallySignedStruct,
    is_tls13: bool,
) -> bool {
    let known = SCHEMES
        .iter()
        .find(|(scheme, _, _)| *scheme == signed.scheme);
    let Some((scheme, algorithm, curve)) = known else {
        return false;
    };
    let is_pkcs1 = SignatureKind::of(algorithm).is_some_and(|kind| kind.key == KeyKind::Rsa);
    let is_wrong_curve = curve.is_some() && key.curve != *curve;
    // Keys for PSS only have their own schemes, `rsa_pss_pss_*`, which are the unnamed schemes here.
    let is_for_pss_alone = matches!(scheme, SignatureScheme::Unknown(_));
    let is_wrong_key = is_for_pss_alone != (key.kind == KeyKind::RsaPss);
    if !is_allowed(algorithm) || is_wrong_key || is_tls13 && (is_pkcs1 || is_wrong_curve) {
        return false;
    }
    verify(key, algorithm, message, signed.signature()) == Verdict::Good
}

/// Returns the `AlgorithmIdentifier` by which *ring* finds the key's algorithm. The allowed padding of an RSA key is checked
/// separately, so all RSA keys share one.
fn identifier(key: &Key) -> &[u8] {
    match key.kind {
        KeyKind::Rsa | KeyKind::RsaPss => RSA_ENCRYPTION,
        _ => &key.algorithm,
    }
}

/// Returns whether `key` allows `algorithm`. A key for PSS only allows only the algorithm of its own parameters, if it has any.
fn allows(key: &Key, algorithm: &[u8]) -> bool {
    let mut parts = Elements(&key.algorithm);
    let has_parameters = parts.oid().is_some() && !parts.0.is_empty();
    key.kind != KeyKind::RsaPss || !has_parameters || key.algorithm == algorithm
}

fn is_short(key: &Key) -> bool {
    matches!(key.kind, KeyKind::Rsa | KeyKind::RsaPss)
        && modulus_bits(&key.bits).is_some_and(|bits| bits < SHORTEST_OF_RING)
}

/// Verifies, with RustCrypto, a signature that *ring* does not support.
fn verify_kind(key: &Key, kind: SignatureKind, message: &[u8], signature: &[u8]) -> Verdict {
    let Some(digest) = digest(kind.digest, message) else {
        return Verdict::Unknown;
    };
    match (key.curve, kind.key) {
        (Some(Curve::P256), _) => verify_p256(key, &digest, signature).into(),
        (Some(Curve::P384), _) => verify_p384(key, &digest, signature).into(),
        (Some(Curve::P521), _) => verify_p521(key, &digest, signature).into(),
        (None, KeyKind::Rsa) => verify_pkcs1(key, kind.digest, &digest, signature),
        (None, KeyKind::RsaPss) => verify_pss(key, kind.digest, &digest, signature),
        _ => Verdict::Unknown,
    }
}

/// Computes a digest. Returns `None` for MD5 and SHA-1, which every security level refuses, and for EdDSA.
fn digest(digest: Digest, message: &[u8]) -> Option<Vec<u8>> {
    match digest {
        Digest::Sha224 => Some(Sha224::digest(message).to_vec()),
        Digest::Sha256 => Some(Sha256::digest(message).to_vec()),
        Digest::Sha384 => Some(Sha384::digest(message).to_vec()),
        Digest::Sha512 => Some(Sha512::digest(message).to_vec()),
        Digest::Md5 | Digest::Sha1 | Digest::None => None,
    }
}

fn verify_p256(key: &Key, digest: &[u8], signature: &[u8]) -> bool {
    use p256::ecdsa::{Signature, VerifyingKey};
    match (
        VerifyingKey::from_sec1_bytes(&key.bits),
        Signature::from_der(signature),
    ) {
        (Ok(key), Ok(signature)) => key.verify_prehash(digest, &signature).is_ok(),
        _ => false,
    }
}

fn verify_p384(key: &Key, digest: &[u8], signature: &[u8]) -> bool {
    use p384::ecdsa::{Signature, VerifyingKey};
    match (
        VerifyingKey::from_sec1_bytes(&key.bits),
        Signature::from_der(signature),
    ) {
        (Ok(key), Ok(signature)) => key.verify_prehash(digest, &signature).is_ok(),
        _ => false,
    }
}

fn verify_p521(key: &Key, digest: &[u8], signature: &[u8]) -> bool {
    use p521::ecdsa::{Signature, VerifyingKey};
    // The digest is padded with zeros to the 66 octets of a field element, which leaves its numeric value the same. The p521
    // crate refuses digests shorter than half a field element.
    let mut number = vec![0; 66 - digest.len()];
    number.extend(digest);
    match (
        VerifyingKey::from_sec1_bytes(&key.bits),
        Signature::from_der(signature),
    ) {
        (Ok(key), Ok(signature)) => key.verify_prehash(&number, &signature).is_ok(),
        _ => false,
    }
}

fn verify_pkcs1(key: &Key, digest: Digest, hashed: &[u8], signature: &[u8]) -> Verdict {
    let scheme = match digest {
        Digest::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
        Digest::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Digest::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Digest::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        _ => return Verdict::Unknown,
    };
    let key = read_rsa(&key.bits);
    key.is_some_and(|key| key.verify(scheme, hashed, signature).is_ok())
        .into()
}

fn verify_pss(key: &Key, digest: Digest, hashed: &[u8], signature: &[u8]) -> Verdict {
    let Some(key) = read_rsa(&key.bits) else {
        return Verdict::Bad;
    };
    let verified = match digest {
        Digest::Sha256 => key.verify(Pss::<Sha256>::new(), hashed, signature),
        Digest::Sha384 => key.verify(Pss::<Sha384>::new(), hashed, signature),
        Digest::Sha512 => key.verify(Pss::<Sha512>::new(), hashed, signature),
        _ => return Verdict::Unknown,
    };
    verified.is_ok().into()
}

/// Parses an `RSAPublicKey`, which consists of a modulus and an exponent (RFC 8017, appendix A.1.1).
fn read_rsa(key: &[u8]) -> Option<PublicKey> {
    let mut outer = Elements(key);
    let mut parts = outer.enter(tag::SEQUENCE)?;
    outer.end()?;
    let modulus = BoxedUint::from_be_slice_vartime(parts.value(tag::INTEGER)?);
    let exponent = BoxedUint::from_be_slice_vartime(parts.value(tag::INTEGER)?);
    parts.end()?;
    PublicKey::new_with_size_limits(modulus, exponent, 0..=LONGEST_RSA).ok()
}
