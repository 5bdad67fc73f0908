//! Reads the elements that DER is made of (X.690): a tag, a length, and that many octets.
//!
//! OpenSSL accepts certificates that break the profile of RFC 5280 in many harmless ways, so that the typed parsers of
//! certificates, which hold to the profile, refuse servers that Node reaches.

/// Tags of one octet, as they stand in the encoding.
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const OID: u8 = 0x06;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const NUMERIC_STRING: u8 = 0x12;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const T61_STRING: u8 = 0x14;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const VISIBLE_STRING: u8 = 0x1a;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;

    /// A context-specific tag of what holds no other elements.
    pub const fn primitive(number: u8) -> u8 {
        0x80 | number
    }

    /// A context-specific tag of what holds other elements.
    pub const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The octet of its tag.
    pub tag: u8,
    /// What it holds.
    pub value: &'a [u8],
    /// The element as it stands, tag and length included.
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements in it; none where it has another tag, or where they are malformed.
    pub fn expect(self, tag: u8) -> Option<Elements<'a>> {
        (self.tag == tag).then_some(Elements(self.value))
    }
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a>(pub &'a [u8]);

impl<'a> Elements<'a> {
    /// The next, which there has to be.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // A tag of more than one octet, or a length that is not told in advance.
        if tag & 0x1f == 0x1f || first == 0x80 {
            return None;
        }
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = octets.iter().try_fold(0_usize, |length, &octet| {
                Some(length.checked_mul(0x100)? | usize::from(octet))
            })?;
            (length, rest)
        };
        let (value, after) = rest.split_at_checked(length)?;
        let whole = &self.0[..self.0.len() - after.len()];
        self.0 = after;
        Some(Element { tag, value, whole })
    }

    /// The next, where it has this tag.
    pub fn next_if(&mut self, tag: u8) -> Option<Option<Element<'a>>> {
        if self.0.first() == Some(&tag) {
            self.next().map(Some)
        } else {
            Some(None)
        }
    }

    /// The elements in the next one, which has to have this tag.
    pub fn enter(&mut self, tag: u8) -> Option<Elements<'a>> {
        self.next()?.expect(tag)
    }

    /// What the next one holds, which has to have this tag.
    pub fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|element| element.tag == tag)
            .map(|element| element.value)
    }

    /// All that are left.
    pub fn all(mut self) -> Option<Vec<Element<'a>>> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(self.next()?);
        }
        Some(all)
    }

    /// Whether there are no more.
    pub fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// The octets of a bit string, with the bits that do not count cleared (OpenSSL's `c2i_ASN1_BIT_STRING`).
pub fn bits(value: &[u8]) -> Option<Vec<u8>> {
    let (&unused, octets) = value.split_first()?;
    if unused > 7 {
        return None;
    }
    let mut octets = octets.to_vec();
    if let Some(last) = octets.last_mut() {
        *last &= 0xff << unused;
    }
    Some(octets)
}

/// Whether `value` is the one encoding of an integer (OpenSSL's `c2i_ibuf`).
pub fn is_integer(value: &[u8]) -> bool {
    match value {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}
