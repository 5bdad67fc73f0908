//! Public keys of certificates, and the algorithms of signatures: what OpenSSL asks of them besides verifying.

use super::elements::{Element, Elements, is_integer, tag};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const ED448: &[u8] = &[0x2b, 0x65, 0x71];

/// A curve that OpenSSL knows, of which those of the Brainpool are left out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Curve {
    P192,
    P224,
    P256,
    P384,
    P521,
    Secp256k1,
    /// One that is described instead of named.
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

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyKind {
    /// RSA, with any padding.
    Rsa,
    /// RSA, with the padding of PSS alone.
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
    /// What it is for.
    pub kind: KeyKind,
    /// The content of its AlgorithmIdentifier.
    pub algorithm: Vec<u8>,
    /// The key itself.
    pub bits: Vec<u8>,
    /// How many bits of security it gives.
    pub security: usize,
    /// The curve that it is on.
    pub curve: Option<Curve>,
}

impl Key {
    /// Reads a SubjectPublicKeyInfo. The inner one is none where OpenSSL knows no such keys.
    pub fn read(info: Element) -> Option<Option<Self>> {
        let mut parts = info.expect(tag::SEQUENCE)?;
        let algorithm = parts.value(tag::SEQUENCE)?;
        let bits = parts.value(tag::BIT_STRING)?;
        parts.end()?;
        let mut identifier = Elements(algorithm);
        let kind = identifier.value(tag::OID)?;
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

/// The length of an RSA key's modulus.
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

/// OpenSSL's `ossl_ifc_ffc_compute_security_bits`, as far as levels of security tell its values apart.
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

/// OpenSSL's `BN_security_bits`.
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
        let name = Elements(parameters.whole).value(tag::OID)?;
        let (_, curve) = CURVES.iter().find(|(known, _)| *known == name)?;
        Some(*curve)
    }

    /// OpenSSL's `ec_security_bits`.
    fn security(self) -> usize {
        match self {
            Self::P192 => 80,
            Self::P224 => 112,
            // One that is described is refused, but not for its size.
            Self::P256 | Self::Secp256k1 | Self::Explicit => 128,
            Self::P384 => 192,
            Self::P521 => 256,
        }
    }
}

/// What a signature is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Digest {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    /// The message itself, as EdDSA signs it.
    None,
}

/// What OpenSSL knows of an algorithm of signatures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignatureKind {
    /// The kind of key that makes them; any RSA key makes those of PSS.
    pub key: KeyKind,
    /// What they are over.
    pub digest: Digest,
}

impl SignatureKind {
    /// The kind of what an AlgorithmIdentifier names, where OpenSSL knows it.
    pub fn of(algorithm: &[u8]) -> Option<Self> {
        let mut parts = Elements(algorithm);
        let name = parts.value(tag::OID)?;
        let (key, digest) = match name {
            // 1.2.840.113549.1.1
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
            // 1.2.840.10045.4: with SHA-1, and 3, with those of SHA-2
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01] => (KeyKind::Ec, Digest::Sha1),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last] => (KeyKind::Ec, sha2(*last)?),
            // 1.2.840.10040.4.3 and 2.16.840.1.101.3.4.3
            [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x03] => (KeyKind::Dsa, Digest::Sha1),
            [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, last] => (KeyKind::Dsa, sha2(*last)?),
            ED25519 => (KeyKind::Ed25519, Digest::None),
            ED448 => (KeyKind::Ed448, Digest::None),
            _ => return None,
        };
        Some(Self { key, digest })
    }

    /// Whether a key of this kind can have made it (OpenSSL's `check_sig_alg_match`).
    pub fn is_made_by(self, key: KeyKind) -> bool {
        self.key == key || (self.key == KeyKind::RsaPss && key == KeyKind::Rsa)
    }

    /// How many bits of security its digest gives (OpenSSL's `x509_sig_info_init`).
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

/// The last number of the identifiers of RFC 5758, section 3.
fn sha2(number: u8) -> Option<Digest> {
    match number {
        1 => Some(Digest::Sha224),
        2 => Some(Digest::Sha256),
        3 => Some(Digest::Sha384),
        4 => Some(Digest::Sha512),
        _ => None,
    }
}

/// The digest that the parameters of PSS name, which is SHA-1 unless they do (RFC 4055, section 3.1).
fn pss_digest(mut parameters: Elements) -> Option<Digest> {
    let mut parts = parameters.enter(tag::SEQUENCE)?;
    let Some(digest) = parts.next_if(tag::constructed(0))? else {
        return Some(Digest::Sha1);
    };
    let mut digest = Elements(digest.value).enter(tag::SEQUENCE)?;
    match digest.value(tag::OID)? {
        // 2.16.840.1.101.3.4.2
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last] => match last {
            1 => Some(Digest::Sha256),
            2 => Some(Digest::Sha384),
            3 => Some(Digest::Sha512),
            4 => Some(Digest::Sha224),
            _ => None,
        },
        // 1.3.14.3.2.26
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => Some(Digest::Sha1),
        _ => None,
    }
}
