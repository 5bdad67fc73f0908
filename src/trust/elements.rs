//! Reads DER elements (X.690), each of which consists of a tag, a length, and that number of octets.
//!
//! OpenSSL accepts certificates that deviate from the profile of RFC 5280 in many harmless ways. The usual parsers of
//! certificates enforce the profile, so they would refuse servers that Node accepts.

/// One-octet tags in their encoded form.
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

    /// Returns the context-specific tag of a primitive element.
    pub const fn primitive(number: u8) -> u8 {
        0x80 | number
    }

    /// Returns the context-specific tag of a constructed element, which contains other elements.
    pub const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// One DER element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The tag octet.
    pub tag: u8,
    /// The content.
    pub value: &'a [u8],
    /// The whole encoded element, with its tag and length.
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// Returns the content as a sequence of elements, which are not checked yet, or `None` if the tag is not `tag`.
    pub fn expect(self, tag: u8) -> Option<Elements<'a>> {
        (self.tag == tag).then_some(Elements(self.value))
    }
}

/// A reader of consecutive elements; the field holds the octets that are not read yet.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a>(pub &'a [u8]);

impl<'a> Elements<'a> {
    /// Reads the next element. Returns `None` if there is none, or if it is malformed.
    pub fn next(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // Tags of several octets and elements of indefinite length are not supported.
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

    /// Reads the next element if its tag is `tag`. The outer `None` means that the element is malformed.
    pub fn next_if(&mut self, tag: u8) -> Option<Option<Element<'a>>> {
        if self.0.first() == Some(&tag) {
            self.next().map(Some)
        } else {
            Some(None)
        }
    }

    /// Reads the next element, whose tag must be `tag`, and returns its content as a sequence of elements.
    pub fn enter(&mut self, tag: u8) -> Option<Elements<'a>> {
        self.next()?.expect(tag)
    }

    /// Reads the next element, whose tag must be `tag`, and returns its content.
    pub fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|element| element.tag == tag)
            .map(|element| element.value)
    }

    /// Reads the next element, which must be a valid object identifier, and returns its content.
    pub fn oid(&mut self) -> Option<&'a [u8]> {
        self.value(tag::OID).filter(|value| is_oid(value))
    }

    /// Reads all remaining elements. Returns `None` if one is malformed.
    pub fn all(mut self) -> Option<Vec<Element<'a>>> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(self.next()?);
        }
        Some(all)
    }

    /// Returns `Some` if no octets remain.
    pub fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Returns the octets of a bit string, with the unused bits cleared (OpenSSL's `c2i_ASN1_BIT_STRING`).
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

/// Returns whether `value` is the shortest encoding of an integer, which DER requires (OpenSSL's `c2i_ibuf`).
pub fn is_integer(value: &[u8]) -> bool {
    match value {
        [] => false,
        [0x00, second, ..] => second & 0x80 != 0,
        [0xff, second, ..] => second & 0x80 == 0,
        _ => true,
    }
}

/// Returns whether `value` encodes an object identifier: its last number is complete, and no number begins with a needless zero
/// (OpenSSL's `ossl_c2i_ASN1_OBJECT`).
fn is_oid(value: &[u8]) -> bool {
    let is_last = |octet: u8| octet & 0x80 == 0;
    let mut starts = true;
    for &octet in value {
        if starts && octet == 0x80 {
            return false;
        }
        starts = is_last(octet);
    }
    value.last().is_some_and(|&octet| is_last(octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_identifier_is_complete_and_has_no_needless_zeros() {
        for good in [
            &[0x2a][..],
            &[0x2a, 0x86, 0x48],
            &[0x00],
            &[0x2a, 0x81, 0x80, 0x00],
        ] {
            assert!(is_oid(good), "{good:?}");
        }
        for bad in [
            &[][..],
            &[0x80],
            &[0x80, 0x01],
            &[0x2a, 0x86],
            &[0x2a, 0x80, 0x01],
        ] {
            assert!(!is_oid(bad), "{bad:?}");
        }
    }
}
