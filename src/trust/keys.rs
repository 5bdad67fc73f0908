//! Parses the public keys of certificates and the identifiers of signature algorithms, and rates their strength as OpenSSL does.

use super::elements::{Element, Elements, is_integer, tag};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const ED448: &[u8] = &[0x2b, 0x65, 0x71];

/// An elliptic curve that OpenSSL supports. The Brainpool curves are left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Curve {
    P192,
    P224,
    P256,
    P384,
    P521,
    Secp256k1,
    /// A curve that is given by its parameters instead of a name.
    Explicit,
}

const CURVES: [(&[u8], Curve); 6] = [
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01],
        Curve::P192,
    ),
    (&[0x2b, 0x81, 0x04, 0x00, 0x21], Curve::P224),
    (
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
        Curve::P256,
    ),
    (&[0x2b, 0x81, 0x04, 0x00, 0x22], Curve::P384),
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], Curve::P521),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], Curve::Secp256k1),
];

/// The kind of a public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// RSA, with any padding.
    Rsa,
    /// RSA, with PSS padding only.
    RsaPss,
    /// ECDSA.
    Ec,
    /// DSA.
    Dsa,
    /// EdDSA over Curve25519.
    Ed25519,
    /// EdDSA over Curve448.
    Ed448,
}

/// A public key.
#[derive(Clone, Debug)]
pub struct Key {
    /// The kind of the key.
    pub kind: KeyKind,
    /// The content of the key's `AlgorithmIdentifier`.
    pub algorithm: Vec<u8>,
    /// The content of the `subjectPublicKey` bit string.
    pub bits: Vec<u8>,
    /// The strength of the key in bits of security.
    pub security: usize,
    /// The curve of an ECDSA key.
    pub curve: Option<Curve>,
}

impl Key {
    /// Parses a `SubjectPublicKeyInfo`. The outer `None` means that the structure is malformed, the inner `None` that OpenSSL
    /// does not support the key.
    pub fn read(info: Element) -> Option<Option<Self>> {
        let mut parts = info.expect(tag::SEQUENCE)?;
        let algorithm = parts.value(tag::SEQUENCE)?;
        let bits = parts.value(tag::BIT_STRING)?;
        parts.end()?;
        let mut identifier = Elements(algorithm);
        let kind = identifier.oid()?;
        let (&unused, bits) = bits.split_first()?;
        if unused != 0 {
            return Some(None);
        }
        Some(Self::of_kind(kind, algorithm, identifier, bits))
    }

    fn of_kind(kind: &[u8], algorithm: &[u8], parameters: Elements, bits: &[u8]) -> Option<Self> {
        let mut curve = None;
        let (kind, security) = match kind {
            RSA => (KeyKind::Rsa, rsa_security(modulus_bits(bits)?)),
            RSA_PSS => (KeyKind::RsaPss, rsa_security(modulus_bits(bits)?)),
            DSA => (KeyKind::Dsa, dsa_security(parameters)?),
            EC => {
                let named = curve.insert(Curve::read(parameters)?);
                (KeyKind::Ec, named.security())
            }
            ED25519 => (KeyKind::Ed25519, 128),
            ED448 => (KeyKind::Ed448, 224),
            _ => return None,
        };
        Some(Self {
            kind,
            algorithm: algorithm.to_vec(),
            bits: bits.to_vec(),
            security,
            curve,
        })
    }
}

/// Returns the length of an RSA key's modulus in bits.
pub fn modulus_bits(key: &[u8]) -> Option<usize> {
    let mut parts = Elements(key).enter(tag::SEQUENCE)?;
    let modulus = parts.value(tag::INTEGER)?;
    integer_bits(modulus)
}

fn integer_bits(value: &[u8]) -> Option<usize> {
    if !is_integer(value) {
        return None;
    }
    let first = value.iter().position(|octet| *octet != 0)?;
    let length = value.len() - first;
    Some(length * 8 - value[first].leading_zeros() as usize)
}

/// Returns the bits of security of an RSA key (OpenSSL's `ossl_ifc_ffc_compute_security_bits`), rounded down to the minimum of
/// a security level.
fn rsa_security(bits: usize) -> usize {
    match bits {
        0..920 => 0,
        920..1963 => 80,
        1963..2671 => 112,
        2671..6947 => 128,
        6947..13914 => 192,
        _ => 256,
    }
}

/// Returns the bits of security of a DSA key (OpenSSL's `BN_security_bits`).
fn dsa_security(mut parameters: Elements) -> Option<usize> {
    let mut parts = parameters.enter(tag::SEQUENCE)?;
    let field = integer_bits(parts.value(tag::INTEGER)?)?;
    let order = integer_bits(parts.value(tag::INTEGER)?)?;
    let security = match field {
        0..1024 => return Some(0),
        1024..2048 => 80,
        2048..3072 => 112,
        3072..7680 => 128,
        7680..15360 => 192,
        _ => 256,
    };
    Some(if order < 160 {
        0
    } else {
        security.min(order / 2)
    })
}

impl Curve {
    fn read(mut parameters: Elements) -> Option<Self> {
        let parameters = parameters.next()?;
        if parameters.tag == tag::SEQUENCE {
            return Some(Self::Explicit);
        }
        let name = Elements(parameters.whole).oid()?;
        let (_, curve) = CURVES.iter().find(|(known, _)| *known == name)?;
        Some(*curve)
    }

    /// Returns the bits of security of the curve (OpenSSL's `ec_security_bits`).
    fn security(self) -> usize {
        match self {
            Self::P192 => 80,
            Self::P224 => 112,
            // An explicit curve is refused in another check, so it counts as strong enough here.
            Self::P256 | Self::Secp256k1 | Self::Explicit => 128,
            Self::P384 => 192,
            Self::P521 => 256,
        }
    }
}

/// The digest that is signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Digest {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    /// No digest: EdDSA signs the message itself.
    None,
}

/// The kind of key and the digest of a signature algorithm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignatureKind {
    /// The kind of key that makes such signatures. For PSS, this is `RsaPss`, although any RSA key can make them.
    pub key: KeyKind,
    /// The digest that is signed.
    pub digest: Digest,
}

impl SignatureKind {
    /// Parses the content of an `AlgorithmIdentifier`. Returns `None` if OpenSSL does not support the algorithm.
    pub fn of(algorithm: &[u8]) -> Option<Self> {
        let mut parts = Elements(algorithm);
        let name = parts.oid()?;
        let (key, digest) = match name {
            // 1.2.840.113549.1.1 is PKCS #1.
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last] => match last {
                4 => (KeyKind::Rsa, Digest::Md5),
                5 => (KeyKind::Rsa, Digest::Sha1),
                10 => (KeyKind::RsaPss, pss_digest(parts)?),
                11 => (KeyKind::Rsa, Digest::Sha256),
                12 => (KeyKind::Rsa, Digest::Sha384),
                13 => (KeyKind::Rsa, Digest::Sha512),
                14 => (KeyKind::Rsa, Digest::Sha224),
                _ => return None,
            },
            // 1.2.840.10045.4.1 is ECDSA with SHA-1, 1.2.840.10045.4.3 with the digests of SHA-2.
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01] => (KeyKind::Ec, Digest::Sha1),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last] => (KeyKind::Ec, sha2(*last)?),
            // 1.2.840.10040.4.3 is DSA with SHA-1, 2.16.840.1.101.3.4.3 with the digests of SHA-2.
            [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03] => (KeyKind::Dsa, Digest::Sha1),
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, last] => (KeyKind::Dsa, sha2(*last)?),
            ED25519 => (KeyKind::Ed25519, Digest::None),
            ED448 => (KeyKind::Ed448, Digest::None),
            _ => return None,
        };
        Some(Self { key, digest })
    }

    /// Returns whether a key of the kind `key` can make such signatures (OpenSSL's `check_sig_alg_match`).
    pub fn is_made_by(self, key: KeyKind) -> bool {
        self.key == key || (self.key == KeyKind::RsaPss && key == KeyKind::Rsa)
    }

    /// Returns the bits of security of the digest (OpenSSL's `x509_sig_info_init`).
    pub fn security(self) -> usize {
        match self.digest {
            Digest::Md5 => 39,
            Digest::Sha1 => 63,
            Digest::Sha224 => 112,
            Digest::Sha256 => 128,
            Digest::Sha384 => 192,
            Digest::Sha512 => 256,
            Digest::None if self.key == KeyKind::Ed448 => 224,
            Digest::None => 128,
        }
    }
}

/// Returns the SHA-2 digest for the last number of an object identifier in RFC 5758, section 3.
fn sha2(number: u8) -> Option<Digest> {
    match number {
        1 => Some(Digest::Sha224),
        2 => Some(Digest::Sha256),
        3 => Some(Digest::Sha384),
        4 => Some(Digest::Sha512),
        _ => None,
    }
}

/// Returns the digest in the parameters of PSS, which is SHA-1 by default (RFC 4055, section 3.1).
fn pss_digest(mut parameters: Elements) -> Option<Digest> {
    let mut parts = parameters.enter(tag::SEQUENCE)?;
    let Some(digest) = parts.next_if(tag::constructed(0))? else {
        return Some(Digest::Sha1);
    };
    let mut digest = Elements(digest.value).enter(tag::SEQUENCE)?;
    match digest.oid()? {
        // 2.16.840.1.101.3.4.2 is the arc of the digests of SHA-2.
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last] => match last {
            1 => Some(Digest::Sha256),
            2 => Some(Digest::Sha384),
            3 => Some(Digest::Sha512),
            4 => Some(Digest::Sha224),
            _ => None,
        },
        // 1.3.14.3.2.26 is SHA-1.
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => Some(Digest::Sha1),
        _ => None,
    }
}
