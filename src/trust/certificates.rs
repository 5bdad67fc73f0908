//! Parses X.509 certificates as OpenSSL parses them (`ossl_x509v3_cache_extensions` in crypto/x509/v3_purp.c).

use super::elements::{Element, Elements, bits, is_integer, tag};
use super::keys::{Key, KeyKind, SignatureKind};
use super::names::{GeneralName, Name};

/// The bits of `keyUsage` that affect verification (RFC 5280, section 4.2.1.3).
pub mod usage {
    pub const DIGITAL_SIGNATURE: u16 = 0x80;
    pub const KEY_ENCIPHERMENT: u16 = 0x20;
    pub const KEY_AGREEMENT: u16 = 0x08;
    pub const KEY_CERT_SIGN: u16 = 0x04;
}

/// The bits of Netscape's certificate type extension, which is older than `extKeyUsage`.
mod netscape {
    pub const SERVER: u8 = 0x40;
    pub const TLS_AUTHORITY: u8 = 0x04;
    pub const ANY_AUTHORITY: u8 = 0x07;
}

/// The object identifiers of extensions and extended key usages.
mod oid {
    // 2.5.29
    pub const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
    pub const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
    pub const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
    pub const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 18];
    pub const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
    pub const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
    pub const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
    pub const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
    pub const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
    pub const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 35];
    pub const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
    pub const EXT_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
    pub const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
    // 1.3.6.1.5.5.7.1
    pub const PROXY_CERT_INFO: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 14];
    pub const IP_ADDRESS_BLOCKS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 7];
    pub const AUTONOMOUS_SYSTEMS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 8];
    // 1.3.6.1.5.5.7.48.1.5
    pub const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 5];
    // 2.16.840.1.113730.1.1
    pub const NETSCAPE_CERT_TYPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1];

    // Extended key usages: serverAuth (1.3.6.1.5.5.7.3.1), and the two "server gated crypto" usages, which OpenSSL accepts for
    // servers as well.
    pub const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
    pub const MICROSOFT_SGC: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3];
    pub const NETSCAPE_SGC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1];

    /// The extensions that may be critical (`X509_supported_extension`).
    pub const SUPPORTED: [&[u8]; 15] = [
        NETSCAPE_CERT_TYPE,
        KEY_USAGE,
        SUBJECT_ALT_NAME,
        BASIC_CONSTRAINTS,
        CERTIFICATE_POLICIES,
        CRL_DISTRIBUTION_POINTS,
        EXT_KEY_USAGE,
        IP_ADDRESS_BLOCKS,
        AUTONOMOUS_SYSTEMS,
        OCSP_NO_CHECK,
        POLICY_CONSTRAINTS,
        PROXY_CERT_INFO,
        NAME_CONSTRAINTS,
        POLICY_MAPPINGS,
        INHIBIT_ANY_POLICY,
    ];
}

/// A parsed X.509 certificate.
#[derive(Debug)]
pub struct Certificate {
    /// The whole certificate, DER.
    pub der: Vec<u8>,
    /// The encoded `TBSCertificate`, which is the signed part.
    pub to_be_signed: Vec<u8>,
    /// The content of the `AlgorithmIdentifier` inside the signed part.
    pub inner_algorithm: Vec<u8>,
    /// The content of the `AlgorithmIdentifier` outside the signed part, next to the signature.
    pub algorithm: Vec<u8>,
    /// The signature, or `None` if its length in bits is not a multiple of eight.
    pub signature: Option<Vec<u8>>,
    is_version_1: bool,
    serial: Vec<u8>,
    /// The issuer's name.
    pub issuer: Name,
    /// The subject's name.
    pub subject: Name,
    /// The start of the validity period.
    pub not_before: Time,
    /// The end of the validity period.
    pub not_after: Time,
    /// The public key, or `None` if OpenSSL does not support keys of its kind.
    pub key: Option<Key>,
    /// The content of the extensions.
    pub extensions: Extensions,
    /// Whether the subject and the issuer have the same name.
    pub is_self_issued: bool,
    is_self_signed: bool,
}

/// The content of a certificate's extensions, as far as verification needs it.
#[derive(Debug, Default)]
pub struct Extensions {
    /// Whether an extension that OpenSSL parses is malformed, occurs twice, or contradicts another extension.
    pub are_invalid: bool,
    /// Whether there is a critical extension that OpenSSL does not support.
    pub has_unknown_critical: bool,
    /// The `cA` flag of the basic constraints, or `None` if there are no basic constraints.
    pub is_authority: Option<bool>,
    /// The largest number of intermediate certificates that may follow below this certificate.
    pub path_length: Option<i64>,
    /// The key usage bits, or `None` if the extension is absent.
    pub key_usage: Option<u16>,
    /// Whether the extended key usages include TLS servers, or `None` if the extension is absent.
    pub is_for_servers: Option<bool>,
    netscape_type: Option<u8>,
    subject_key_id: Option<Vec<u8>>,
    authority_key_id: Option<AuthorityKeyId>,
    /// The subject alternative names.
    pub alt_names: Option<Vec<GeneralName>>,
    /// The constraints on the names in the certificates below this certificate.
    pub constraints: Option<Constraints>,
    /// Whether there are extensions for IP addresses or AS numbers (RFC 3779).
    pub has_resources: bool,
    /// `Some` for a proxy certificate (RFC 3820). The inner value limits the number of proxy certificates below it.
    pub proxy: Option<Option<i64>>,
}

/// The content of `authorityKeyIdentifier`, which identifies the issuer's certificate.
#[derive(Debug)]
struct AuthorityKeyId {
    key_id: Option<Vec<u8>>,
    issuer: Option<Name>,
    serial: Option<Vec<u8>>,
}

/// Name constraints (RFC 5280, section 4.2.1.10).
#[derive(Debug, Default)]
pub struct Constraints {
    /// The permitted subtrees: a name must be within one of them if any of them is of the name's kind.
    pub permitted: Vec<Subtree>,
    /// The excluded subtrees: a name must not be within any of them.
    pub excluded: Vec<Subtree>,
}

/// A subtree of the names of one kind (`GeneralSubtree`).
#[derive(Debug)]
pub struct Subtree {
    /// The name at the root of the subtree.
    pub base: GeneralName,
    /// Whether the subtree has a `minimum` or `maximum` distance, which OpenSSL does not support.
    pub has_limits: bool,
}

impl Certificate {
    /// Parses a DER certificate. Returns `None` if the structure is malformed. Malformed content of an extension is only noted.
    pub fn read(der: &[u8]) -> Option<Self> {
        let mut outer = Elements(der);
        let mut parts = outer.enter(tag::SEQUENCE)?;
        outer.end()?;
        let to_be_signed = parts.next()?;
        let algorithm = parts.value(tag::SEQUENCE)?;
        let signature = parts.value(tag::BIT_STRING)?;
        parts.end()?;

        let mut fields = to_be_signed.expect(tag::SEQUENCE)?;
        let version = match fields.next_if(tag::constructed(0))? {
            Some(version) => Elements(version.value).value(tag::INTEGER)?,
            None => &[0],
        };
        let serial = fields.value(tag::INTEGER)?;
        let inner_algorithm = fields.value(tag::SEQUENCE)?;
        let issuer = Name::read(fields.next()?)?;
        let mut validity = fields.enter(tag::SEQUENCE)?;
        let (not_before, not_after) = (validity.next()?, validity.next()?);
        validity.end()?;
        let subject = Name::read(fields.next()?)?;
        let key = Key::read(fields.next()?)?;
        // The unique identifiers of the issuer and the subject are not used.
        fields.next_if(tag::primitive(1))?;
        fields.next_if(tag::primitive(2))?;
        let extensions = match fields.next_if(tag::constructed(3))? {
            Some(extensions) => Extensions::read(Elements(extensions.value))?,
            None => Extensions::default(),
        };
        fields.end()?;

        let mut certificate = Self {
            der: der.to_vec(),
            to_be_signed: to_be_signed.whole.to_vec(),
            inner_algorithm: inner_algorithm.to_vec(),
            algorithm: algorithm.to_vec(),
            signature: signature.strip_prefix(&[0]).map(<[u8]>::to_vec),
            is_version_1: version == [0],
            serial: is_integer(serial).then(|| serial.to_vec())?,
            is_self_issued: issuer == subject,
            issuer,
            subject,
            not_before: Time::read(not_before)?,
            not_after: Time::read(not_after)?,
            key,
            extensions,
            is_self_signed: false,
        };
        certificate.is_self_signed = certificate.is_self_issued
            && certificate.matches_authority_key_id_of(&certificate)
            && certificate.can_have_signed(&certificate);
        Some(certificate)
    }

    /// Returns whether the certificate looks self-signed, without verifying the signature (`X509_self_signed`). Returns `None`
    /// if the extensions are invalid or the key is not supported.
    pub fn is_self_signed(&self) -> Option<bool> {
        (self.key.is_some() && !self.extensions.are_invalid).then_some(self.is_self_signed)
    }

    /// Returns whether this certificate is likely the issuer of `subject`, judged by everything but the signature
    /// (`ossl_x509_likely_issued`).
    pub fn is_likely_issuer_of(&self, subject: &Self) -> bool {
        self.subject == subject.issuer
            && !self.extensions.are_invalid
            && !subject.extensions.are_invalid
            && self.matches_authority_key_id_of(subject)
            && self.can_have_signed(subject)
    }

    /// Returns whether this certificate matches the authority key identifier of `subject` (`X509_check_akid`).
    fn matches_authority_key_id_of(&self, subject: &Self) -> bool {
        let Some(id) = &subject.extensions.authority_key_id else {
            return true;
        };
        let is_other = match (&id.key_id, &self.extensions.subject_key_id) {
            (Some(named), Some(own)) => named != own,
            _ => false,
        };
        !is_other
            && id
                .serial
                .as_ref()
                .is_none_or(|serial| *serial == self.serial)
            && id
                .issuer
                .as_ref()
                .is_none_or(|issuer| *issuer == self.issuer)
    }

    /// Returns whether this certificate's key is of the kind that makes signatures like that of `subject`
    /// (`check_sig_alg_match`).
    fn can_have_signed(&self, subject: &Self) -> bool {
        let kind = SignatureKind::of(&subject.inner_algorithm);
        match (kind, &self.key) {
            (Some(kind), Some(key)) => kind.is_made_by(key.kind),
            _ => false,
        }
    }

    /// Returns whether there is a key usage extension that allows none of `usages` (`ku_reject`).
    pub fn forbids(&self, usages: u16) -> bool {
        self.extensions
            .key_usage
            .is_some_and(|allowed| allowed & usages == 0)
    }

    /// Returns whether the key is an elliptic curve key.
    pub fn has_curve(&self) -> bool {
        let kind = self.key.as_ref().map(|key| key.kind);
        matches!(kind, Some(KeyKind::Ec | KeyKind::Ed25519 | KeyKind::Ed448))
    }

    /// Returns whether the key may be used for digital signatures (`X509_get_key_usage`).
    pub fn may_sign(&self) -> bool {
        !self.extensions.are_invalid && !self.forbids(usage::DIGITAL_SIGNATURE)
    }

    /// Returns whether, and why, this is a CA certificate (`check_ca`).
    fn authority(&self) -> Authority {
        if self.forbids(usage::KEY_CERT_SIGN) {
            return Authority::No;
        }
        let extensions = &self.extensions;
        match extensions.is_authority {
            Some(true) => Authority::Yes,
            Some(false) => Authority::No,
            None if self.is_version_1 && self.is_self_signed => Authority::Traditional,
            None if extensions.key_usage.is_some() => Authority::Traditional,
            None => match extensions.netscape_type {
                Some(kind) if kind & netscape::ANY_AUTHORITY != 0 => Authority::Netscape(kind),
                _ => Authority::No,
            },
        }
    }

    /// Returns whether, and why, this is a CA certificate; never if its extensions are invalid (`X509_check_ca`).
    pub fn checked_authority(&self) -> Authority {
        if self.extensions.are_invalid {
            Authority::No
        } else {
            self.authority()
        }
    }

    /// Returns whether the certificate may be used by a TLS server, or, if `as_authority` is set, by an authority above such a
    /// server (`X509_check_purpose`). Invalid extensions forbid nothing here, as in `check_purpose`: a chain with invalid
    /// extensions fails in other checks.
    pub fn is_for_servers(&self, as_authority: bool) -> bool {
        let extensions = &self.extensions;
        if extensions.are_invalid {
            return true;
        }
        if extensions.is_for_servers == Some(false) {
            return false;
        }
        if as_authority {
            return match self.authority() {
                Authority::No => false,
                Authority::Netscape(kind) => kind & netscape::TLS_AUTHORITY != 0,
                Authority::Yes | Authority::Traditional => true,
            };
        }
        let usages = usage::DIGITAL_SIGNATURE | usage::KEY_ENCIPHERMENT | usage::KEY_AGREEMENT;
        let is_netscape = extensions
            .netscape_type
            .is_none_or(|kind| kind & netscape::SERVER != 0);
        is_netscape && !self.forbids(usages)
    }
}

/// Whether, and why, a certificate counts as a CA certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Authority {
    /// The certificate is not a CA certificate.
    No,
    /// The basic constraints say so.
    Yes,
    /// There are no basic constraints, but the certificate is a root certificate of version 1, or its key usage allows
    /// signing certificates.
    Traditional,
    /// There are no basic constraints, but a Netscape certificate type, whose bits this is.
    Netscape(u8),
}

impl Extensions {
    /// Parses a list of extensions. Returns `None` if the list itself is malformed. Malformed content of an extension sets
    /// `are_invalid` instead.
    fn read(mut outer: Elements) -> Option<Self> {
        let list = outer.enter(tag::SEQUENCE)?;
        outer.end()?;
        let mut found = Vec::new();
        let mut extensions = Self::default();
        for extension in list.all()? {
            let mut parts = extension.expect(tag::SEQUENCE)?;
            let id = parts.oid()?;
            let is_critical = match parts.next_if(tag::BOOLEAN)? {
                Some(critical) => boolean(critical.value)?,
                None => false,
            };
            let value = parts.value(tag::OCTET_STRING)?;
            parts.end()?;
            if is_critical && !oid::SUPPORTED.contains(&id) {
                extensions.has_unknown_critical = true;
            }
            found.push((id, value));
        }
        extensions.read_each(&found);
        Some(extensions)
    }

    fn read_each(&mut self, found: &[(&[u8], &[u8])]) {
        let mut is_invalid = false;
        // `X509_get_ext_d2i` fails if an extension occurs twice.
        let mut find = |id: &[u8]| {
            let mut all = found.iter().filter(|(each, _)| *each == id);
            let first = all.next()?;
            is_invalid |= all.next().is_some();
            Some(Elements(first.1))
        };
        let constraints = find(oid::BASIC_CONSTRAINTS).map(basic_constraints);
        let proxy = find(oid::PROXY_CERT_INFO).map(proxy_path_length);
        let key_usage = find(oid::KEY_USAGE).map(key_usage);
        let purposes = find(oid::EXT_KEY_USAGE).map(is_for_servers);
        let netscape = find(oid::NETSCAPE_CERT_TYPE).map(netscape_type);
        let subject_key_id = find(oid::SUBJECT_KEY_ID)
            .map(|mut value| value.value(tag::OCTET_STRING).map(<[u8]>::to_vec));
        let authority_key_id = find(oid::AUTHORITY_KEY_ID).map(AuthorityKeyId::read);
        let alt_names = find(oid::SUBJECT_ALT_NAME)
            .map(|mut value| GeneralName::read_all(value.enter(tag::SEQUENCE)?));
        let name_constraints = find(oid::NAME_CONSTRAINTS).map(Constraints::read);
        let points = find(oid::CRL_DISTRIBUTION_POINTS).map(distribution_points);
        self.are_invalid = is_invalid;

        if let Some((is_authority, path_length)) = self.valid(constraints) {
            self.is_authority = Some(is_authority);
            self.path_length = path_length;
        }
        self.proxy = self.valid(proxy);
        self.key_usage = self.valid(key_usage);
        self.is_for_servers = self.valid(purposes);
        self.netscape_type = self.valid(netscape);
        self.subject_key_id = self.valid(subject_key_id);
        self.authority_key_id = self.valid(authority_key_id);
        self.alt_names = self.valid(alt_names);
        self.constraints = self.valid(name_constraints);
        self.valid(points);

        // Invalid as well: an empty key usage (RFC 5280, section 4.2.1.3), and a proxy certificate that is a CA certificate or
        // has alternative names.
        let has = |id: &[u8]| found.iter().any(|(each, _)| *each == id);
        let is_other = self.is_authority == Some(true)
            || has(oid::SUBJECT_ALT_NAME)
            || has(oid::ISSUER_ALT_NAME);
        self.has_resources = has(oid::IP_ADDRESS_BLOCKS) || has(oid::AUTONOMOUS_SYSTEMS);
        self.are_invalid |= self.key_usage == Some(0) || self.proxy.is_some() && is_other;
    }

    /// Returns the content of an extension if it is present and well-formed. Sets `are_invalid` if it is malformed.
    fn valid<T>(&mut self, extension: Option<Option<T>>) -> Option<T> {
        self.are_invalid |= matches!(extension, Some(None));
        extension.flatten()
    }
}

fn boolean(value: &[u8]) -> Option<bool> {
    match value {
        [octet] => Some(*octet != 0),
        _ => None,
    }
}

/// Parses basic constraints: the `cA` flag and the path length, if there is one.
fn basic_constraints(mut value: Elements) -> Option<(bool, Option<i64>)> {
    let mut parts = value.enter(tag::SEQUENCE)?;
    let is_authority = match parts.next_if(tag::BOOLEAN)? {
        Some(authority) => boolean(authority.value)?,
        None => false,
    };
    let path_length = match parts.next_if(tag::INTEGER)? {
        Some(length) => path_length(length.value)?,
        None => None,
    };
    parts.end()?;
    Some((is_authority, path_length))
}

/// Parses a path length, which must not be negative. The inner value is `None`, for no limit, if the number exceeds an `i64`
/// (`ASN1_INTEGER_get`).
fn path_length(value: &[u8]) -> Option<Option<i64>> {
    if !is_integer(value) || value[0] & 0x80 != 0 {
        return None;
    }
    if value.len() > 8 {
        return Some(None);
    }
    let number = value
        .iter()
        .fold(0, |number, octet| number << 8 | i64::from(*octet));
    Some(Some(number))
}

/// Parses `ProxyCertInfo` (RFC 3820, section 3.8) and returns its path length, if there is one.
fn proxy_path_length(mut value: Elements) -> Option<Option<i64>> {
    let mut parts = value.enter(tag::SEQUENCE)?;
    let limit = parts.next_if(tag::INTEGER)?;
    let mut policy = parts.enter(tag::SEQUENCE)?;
    parts.end()?;
    policy.oid()?;
    policy.next_if(tag::OCTET_STRING)?;
    policy.end()?;
    match limit {
        Some(limit) => path_length(limit.value),
        None => Some(None),
    }
}

fn key_usage(mut value: Elements) -> Option<u16> {
    let octets = bits(value.value(tag::BIT_STRING)?)?;
    let octet = |index: usize| u16::from(octets.get(index).copied().unwrap_or(0));
    Some(octet(0) | octet(1) << 8)
}

fn netscape_type(mut value: Elements) -> Option<u8> {
    let octets = bits(value.value(tag::BIT_STRING)?)?;
    Some(octets.first().copied().unwrap_or(0))
}

fn is_for_servers(mut value: Elements) -> Option<bool> {
    let mut is_for_servers = false;
    for purpose in value.enter(tag::SEQUENCE)?.all()? {
        let purpose = Elements(purpose.whole).oid()?;
        is_for_servers |=
            [oid::SERVER_AUTH, oid::MICROSOFT_SGC, oid::NETSCAPE_SGC].contains(&purpose);
    }
    Some(is_for_servers)
}

/// Checks that each CRL distribution point has a name or an issuer (`setup_crldp`).
fn distribution_points(mut value: Elements) -> Option<()> {
    for point in value.enter(tag::SEQUENCE)?.all()? {
        let mut parts = point.expect(tag::SEQUENCE)?;
        let name = parts.next_if(tag::constructed(0))?;
        if let Some(name) = name {
            let mut choice = Elements(name.value);
            let chosen = choice.next()?;
            choice.end()?;
            match chosen.tag {
                tag if tag == tag::constructed(0) => {
                    GeneralName::read_all(Elements(chosen.value))?;
                }
                tag if tag == tag::constructed(1) => {
                    Elements(chosen.value).all()?;
                }
                _ => return None,
            }
        }
        if let Some(reasons) = parts.next_if(tag::primitive(1))? {
            bits(reasons.value)?;
        }
        let issuers = match parts.next_if(tag::constructed(2))? {
            Some(issuers) => GeneralName::read_all(Elements(issuers.value))?,
            None => vec![],
        };
        parts.end()?;
        if name.is_none() && issuers.is_empty() {
            return None;
        }
    }
    Some(())
}

impl AuthorityKeyId {
    fn read(mut value: Elements) -> Option<Self> {
        let mut parts = value.enter(tag::SEQUENCE)?;
        let key_id = parts.next_if(tag::primitive(0))?;
        let issuer = match parts.next_if(tag::constructed(1))? {
            Some(names) => GeneralName::read_all(Elements(names.value))?,
            None => vec![],
        };
        let serial = match parts.next_if(tag::primitive(2))? {
            Some(serial) => Some(is_integer(serial.value).then(|| serial.value.to_vec())?),
            None => None,
        };
        parts.end()?;
        Some(Self {
            key_id: key_id.map(|key_id| key_id.value.to_vec()),
            // Of several directory names, OpenSSL uses the first.
            issuer: issuer.into_iter().find_map(|name| match name {
                GeneralName::Directory(name) => Some(name),
                _ => None,
            }),
            serial,
        })
    }
}

impl Constraints {
    fn read(mut value: Elements) -> Option<Self> {
        let mut parts = value.enter(tag::SEQUENCE)?;
        let permitted = parts.next_if(tag::constructed(0))?;
        let excluded = parts.next_if(tag::constructed(1))?;
        parts.end()?;
        Some(Self {
            permitted: Subtree::read_all(permitted)?,
            excluded: Subtree::read_all(excluded)?,
        })
    }
}

impl Subtree {
    fn read_all(subtrees: Option<Element>) -> Option<Vec<Self>> {
        match subtrees {
            Some(subtrees) => Elements(subtrees.value)
                .all()?
                .into_iter()
                .map(Self::read)
                .collect(),
            None => Some(vec![]),
        }
    }

    fn read(subtree: Element) -> Option<Self> {
        let mut parts = subtree.expect(tag::SEQUENCE)?;
        let base = GeneralName::read(parts.next()?)?;
        let minimum = parts.next_if(tag::primitive(0))?;
        let maximum = parts.next_if(tag::primitive(1))?;
        parts.end()?;
        let is_zero = |minimum: Element| minimum.value == [0];
        Some(Self {
            base,
            has_limits: maximum.is_some() || !minimum.is_none_or(is_zero),
        })
    }
}

/// The start or the end of a validity period.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    /// The time in seconds of Unix time, without fractions of a second, or `None` if it is malformed.
    seconds: Option<i64>,
    is_strict: bool,
}

impl Time {
    /// Returns the time in seconds of Unix time if it has the form of RFC 5280, section 4.1.2.5 (`X509_cmp_time`).
    pub fn strict(self) -> Option<i64> {
        self.seconds.filter(|_| self.is_strict)
    }

    /// Returns whether this time is after `other`, in whatever form each is written (`ASN1_TIME_compare`).
    pub fn is_after(self, other: Self) -> bool {
        matches!((self.seconds, other.seconds), (Some(own), Some(other)) if own > other)
    }

    /// Reads a time. Returns `None` if the element does not have the type of a time.
    fn read(element: Element) -> Option<Self> {
        let digits_of_year = match element.tag {
            tag::UTC_TIME => 2,
            tag::GENERALIZED_TIME => 4,
            _ => return None,
        };
        let text = element.value;
        let is_strict = text.len() == digits_of_year + 11
            && text.ends_with(b"Z")
            && text[..text.len() - 1].iter().all(u8::is_ascii_digit);
        Some(Self {
            seconds: seconds(text, digits_of_year),
            is_strict,
        })
    }
}

/// Parses a date, a time of day with or without seconds, and `Z` or an offset from UTC (`ossl_asn1_time_to_tm`). Returns
/// seconds of Unix time.
fn seconds(text: &[u8], digits_of_year: usize) -> Option<i64> {
    let year = match (digits(text, 0, digits_of_year)?, digits_of_year) {
        // RFC 5280, section 4.1.2.5.1
        (year, 2) if year < 50 => 2000 + year,
        (year, 2) => 1900 + year,
        (year, _) => year,
    };
    let part = |index: usize| digits(text, digits_of_year + index * 2, 2);
    let (month, day, hour, minute) = (part(0)?, part(1)?, part(2)?, part(3)?);
    let mut rest = text.get(digits_of_year + 8..)?;
    let mut second = 0;
    if rest.first()?.is_ascii_digit() {
        second = digits(rest, 0, 2)?;
        rest = &rest[2..];
        if let (4, Some(fraction)) = (digits_of_year, rest.strip_prefix(b".")) {
            let length = fraction.iter().take_while(|digit| digit.is_ascii_digit());
            let length = length.count();
            rest = (length > 0).then(|| &fraction[length..])?;
        }
    }
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days_of_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - minutes_ahead(rest)?;
    Some(minutes * 60 + second)
}

/// Returns the number of minutes by which a time zone is ahead of UTC.
fn minutes_ahead(zone: &[u8]) -> Option<i64> {
    let (sign, difference) = match zone {
        b"Z" => return Some(0),
        [b'+', difference @ ..] => (1, difference),
        [b'-', difference @ ..] => (-1, difference),
        _ => return None,
    };
    let (hours, minutes) = (digits(difference, 0, 2)?, digits(difference, 2, 2)?);
    if difference.len() != 4 || hours > 12 || minutes > 59 {
        return None;
    }
    Some(sign * (hours * 60 + minutes))
}

/// Returns the number of days since 1970-01-01. The computation lets years begin in March, so that a leap day is the last day
/// of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

fn digits(text: &[u8], start: usize, count: usize) -> Option<i64> {
    text.get(start..start + count)?
        .iter()
        .try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mozillas_roots_are_read_and_self_signed() {
        for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let root = Certificate::read(der).unwrap();
            assert_eq!(root.is_self_signed(), Some(true), "{:?}", root.subject);
            assert_eq!(root.checked_authority(), Authority::Yes);
            assert!(root.not_after.is_after(root.not_before));
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(der in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Certificate::read(&der);
        }

        #[test]
        fn changed_certificates_are_read_or_refused(
            index in any::<proptest::sample::Index>(),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut der = index.get(webpki_root_certs::TLS_SERVER_ROOT_CERTS).to_vec();
            for (at, octet) in changes {
                let at = at.index(der.len());
                der[at] = octet;
            }
            let _ = Certificate::read(&der);
        }

        #[test]
        fn times_are_seconds_since_1970(seconds in 0_i64..253_402_300_799) {
            let date = httpdate::fmt_http_date(
                std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.unsigned_abs()),
            );
            // The date has the form `Sun, 06 Nov 1994 08:49:37 GMT`.
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let month = 1 + months.iter().position(|month| *month == &date[8..11]).unwrap();
            let time_of_day = date[17..25].replace(':', "");
            let text = format!("{}{month:02}{}{time_of_day}Z", &date[12..16], &date[5..7]);
            let element = Element { tag: tag::GENERALIZED_TIME, value: text.as_bytes(), whole: &[] };
            prop_assert_eq!(Time::read(element).unwrap().strict(), Some(seconds));
        }
    }
}
