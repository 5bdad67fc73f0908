//! Parses distinguished names, which compare as in OpenSSL, and the general names of RFC 5280, section 4.2.1.6.

use super::elements::{Element, Elements, tag};

/// The object identifier of `commonName` (2.5.4.3).
pub const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// The object identifier of `emailAddress` (1.2.840.113549.1.9.1).
pub const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

/// A distinguished name. Names are equal if their canonical forms are equal.
#[derive(Clone, Debug, Default)]
pub struct Name {
    /// The relative distinguished names (RDNs), each in canonical form.
    canonical: Vec<Vec<u8>>,
    /// The attributes of all RDNs, in order.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a distinguished name.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The position of the RDN that the attribute belongs to.
    pub set: usize,
    /// The type of the attribute, an object identifier.
    pub kind: Vec<u8>,
    /// The tag of the value.
    pub tag: u8,
    /// The content of the value.
    pub value: Vec<u8>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Name {}

impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl Name {
    /// Parses a name: a sequence of RDNs, each of which is a set of attributes. Returns `None` if the name is malformed.
    pub fn read(sequence: Element) -> Option<Self> {
        let mut name = Self::default();
        for (set, relative) in sequence.expect(tag::SEQUENCE)?.all()?.iter().enumerate() {
            let mut canonical = Vec::new();
            for attribute in relative.expect(tag::SET)?.all()? {
                let mut parts = attribute.expect(tag::SEQUENCE)?;
                let kind = parts.oid()?.to_vec();
                let value = parts.next()?;
                parts.end()?;
                let attribute = Attribute {
                    set,
                    kind,
                    tag: value.tag,
                    value: value.value.to_vec(),
                };
                canonical.push(attribute.canonical()?);
                name.attributes.push(attribute);
            }
            canonical.sort();
            name.canonical.push(canonical.concat());
        }
        Some(name)
    }

    /// Returns whether the name has no RDNs.
    pub fn is_empty(&self) -> bool {
        self.canonical.is_empty()
    }

    /// Returns whether the name is `other` or starts with the RDNs of `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.canonical.starts_with(&other.canonical)
    }

    /// Returns whether the name is `other` with one more common name, as RFC 3820, section 3.4, requires of a proxy certificate.
    pub fn is_proxy_of(&self, other: &Self) -> bool {
        let [.., before, last] = self.attributes.as_slice() else {
            return false;
        };
        self.attributes.len() == other.attributes.len() + 1
            && before.set != last.set
            && last.kind == COMMON_NAME
            && self.is_within(other)
    }
}

impl Attribute {
    /// Returns the value as text, or `None` if the value is not text or is malformed (OpenSSL's `ASN1_STRING_to_UTF8`).
    pub fn text(&self) -> Option<String> {
        let wide = |octets: usize| {
            let characters = self.value.chunks(octets).map(|character| {
                let number = character
                    .iter()
                    .fold(0, |number, octet| number << 8 | u32::from(*octet));
                (character.len() == octets)
                    .then(|| char::from_u32(number))
                    .flatten()
            });
            characters.collect()
        };
        match self.tag {
            tag::UTF8_STRING => String::from_utf8(self.value.clone()).ok(),
            tag::NUMERIC_STRING
            | tag::PRINTABLE_STRING
            | tag::T61_STRING
            | tag::IA5_STRING
            | tag::VISIBLE_STRING => {
                Some(self.value.iter().map(|octet| char::from(*octet)).collect())
            }
            tag::BMP_STRING => wide(2),
            tag::UNIVERSAL_STRING => wide(4),
            _ => None,
        }
    }

    /// Returns the form in which attributes are compared: text is in lower case and has single spaces (OpenSSL's
    /// `asn1_string_canon`). Returns `None` if a text is malformed.
    fn canonical(&self) -> Option<Vec<u8>> {
        let is_text = matches!(
            self.tag,
            tag::UTF8_STRING
                | tag::PRINTABLE_STRING
                | tag::T61_STRING
                | tag::IA5_STRING
                | tag::VISIBLE_STRING
                | tag::UNIVERSAL_STRING
                | tag::BMP_STRING
        );
        let (tag, value) = if is_text {
            let text = self.text()?;
            let is_space = |character: char| matches!(character, ' ' | '\t'..='\r');
            let words: Vec<_> = text
                .split(is_space)
                .filter(|word| !word.is_empty())
                .map(str::to_ascii_lowercase)
                .collect();
            (tag::UTF8_STRING, words.join(" ").into_bytes())
        } else {
            (self.tag, self.value.clone())
        };
        // The lengths keep the concatenation of attributes unambiguous.
        let mut canonical = (self.kind.len() as u64).to_be_bytes().to_vec();
        canonical.extend(&self.kind);
        canonical.push(tag);
        canonical.extend((value.len() as u64).to_be_bytes());
        canonical.extend(value);
        Some(canonical)
    }
}

/// A general name, as in subject alternative names and in name constraints.
#[derive(Clone, Debug)]
pub enum GeneralName {
    /// A name whose kind is given by an object identifier.
    Other {
        /// The object identifier of the kind.
        kind: Vec<u8>,
        /// The tag and the content of the value.
        value: (u8, Vec<u8>),
    },
    /// An e-mail address.
    Email(Vec<u8>),
    /// A DNS name.
    Dns(Vec<u8>),
    /// An X.400 address, whose content is not used.
    X400,
    /// A distinguished name.
    Directory(Name),
    /// An EDI party name, whose content is not used.
    EdiParty,
    /// A URI.
    Uri(Vec<u8>),
    /// An IP address, or in a constraint an IP address and a mask.
    Ip(Vec<u8>),
    /// A registered object identifier.
    Registered(Vec<u8>),
}

impl GeneralName {
    /// Parses one name. Returns `None` if the name is malformed or of an unknown kind.
    pub fn read(element: Element) -> Option<Self> {
        const OTHER: u8 = tag::constructed(0);
        const EMAIL: u8 = tag::primitive(1);
        const DNS: u8 = tag::primitive(2);
        const X400: u8 = tag::constructed(3);
        const DIRECTORY: u8 = tag::constructed(4);
        const EDI_PARTY: u8 = tag::constructed(5);
        const URI: u8 = tag::primitive(6);
        const IP: u8 = tag::primitive(7);
        const REGISTERED: u8 = tag::primitive(8);
        let value = element.value.to_vec();
        Some(match element.tag {
            OTHER => {
                let mut parts = Elements(element.value);
                let kind = parts.oid()?.to_vec();
                let mut outer = parts.enter(tag::constructed(0))?;
                let inner = outer.next()?;
                outer.end()?;
                parts.end()?;
                Self::Other {
                    kind,
                    value: (inner.tag, inner.value.to_vec()),
                }
            }
            EMAIL => Self::Email(value),
            DNS => Self::Dns(value),
            X400 => Self::X400,
            DIRECTORY => {
                let mut outer = Elements(element.value);
                let name = Name::read(outer.next()?)?;
                outer.end()?;
                Self::Directory(name)
            }
            EDI_PARTY => Self::EdiParty,
            URI => Self::Uri(value),
            IP => Self::Ip(value),
            REGISTERED if !value.is_empty() => Self::Registered(value),
            _ => return None,
        })
    }

    /// Parses consecutive names. Returns `None` if one is malformed.
    pub fn read_all(names: Elements) -> Option<Vec<Self>> {
        names.all()?.into_iter().map(Self::read).collect()
    }
}
