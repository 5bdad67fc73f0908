//! The header lines of a request, as JavaScript passes them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use memchr::memchr_iter;

use super::failure::Failure;

/// A byte that is valid in neither the name nor the value of a header.
const REFUSED: u8 = 1;

/// The highest number of header lines of a request. A `HeaderMap` holds 24 576, among them those that this package adds.
pub const MOST_LINES: usize = 24_000;

/// Header lines in one text: each name and each value is followed by a NUL. The type does not implement `Debug`, because the
/// lines contain a token.
#[derive(Default)]
pub struct HeaderLines {
    /// The text in latin-1.
    packed: Bytes,
    /// The number of lines.
    count: usize,
}

impl HeaderLines {
    /// Creates `count` header lines from the UTF-16 code units of their text.
    pub fn new(packed: &[u16], count: usize) -> Self {
        let union = packed.iter().fold(0, |union, unit| union | unit);
        let packed = if u8::try_from(union).is_ok() {
            // Unlike the conversion below, this one is compiled to vector instructions.
            packed.iter().map(|&unit| unit as u8).collect()
        } else {
            let latin1 = |&unit| u8::try_from(unit).unwrap_or(REFUSED);
            packed.iter().map(latin1).collect()
        };
        Self { packed, count }
    }

    /// Returns the lines as a header map. Successive lines with the same spelling of a name come from an array, and all of them
    /// are kept. A line whose name differs from an earlier one in case only replaces the earlier lines. Fails if a name or a
    /// value is invalid.
    pub fn map(&self) -> Result<HeaderMap, Failure> {
        // A NUL within a name or a value is invalid, and makes the number of NULs wrong.
        let nuls = memchr_iter(0, &self.packed).count();
        if nuls != self.count * 2 || self.packed.last().is_some_and(|&last| last != 0) {
            return Err(invalid(&[REFUSED]));
        }
        check_count(self.count)?;
        let mut headers = HeaderMap::with_capacity(self.count + 4);
        let mut start = 0;
        let mut parts = memchr_iter(0, &self.packed).map(|nul| {
            let part = &self.packed[start..nul];
            start = nul + 1;
            part
        });
        let mut previous = None;
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            let header = HeaderName::from_bytes(name).map_err(|_| invalid(name))?;
            let value = HeaderValue::from_maybe_shared(self.packed.slice_ref(value))
                .map_err(|_| invalid(name))?;
            if previous == Some(name) {
                headers.append(header, value);
            } else {
                headers.insert(header, value);
            }
            previous = Some(name);
        }
        Ok(headers)
    }
}

/// Returns a failure if a request must not have so many header lines.
pub fn check_count(count: usize) -> Result<(), Failure> {
    if count <= MOST_LINES {
        return Ok(());
    }
    Err(Failure::with_code(
        "ERR_OUT_OF_RANGE",
        format!("A request can have at most {MOST_LINES} header lines; this one has {count}"),
    ))
}

/// Returns the failure for the header `name` with an invalid name or value. If the validators of the running Node reject the
/// header, too, the JavaScript layer throws their error instead.
fn invalid(name: &[u8]) -> Failure {
    let name = String::from_utf8_lossy(name);
    Failure::type_error(
        "ERR_INVALID_CHAR",
        format!("Invalid character in header [\"{name}\"]"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(packed: &str, count: usize) -> HeaderLines {
        HeaderLines::new(&packed.encode_utf16().collect::<Vec<_>>(), count)
    }

    #[test]
    fn a_name_set_again_in_other_letters_replaces_and_an_array_appends() {
        let headers = lines("X-A\0one\0x-a\0two\0x-a\0three\0", 3).map().unwrap();
        assert_eq!(
            headers.get_all("x-a").iter().collect::<Vec<_>>(),
            ["two", "three"]
        );
    }

    #[test]
    fn a_value_is_latin1_and_may_be_empty() {
        let headers = lines("a\0\u{e9}\0b\0\0", 2).map().unwrap();
        assert_eq!(headers["a"].as_bytes(), [0xe9]);
        assert_eq!(headers["b"], "");
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for (packed, count) in [
            ("a\0b\0c\0", 1),
            ("a\0b\0c", 1),
            ("a\0b", 1),
            ("a", 0),
            ("a\0\u{100}\0", 1),
            ("\0b\0", 1),
        ] {
            let failure = lines(packed, count).map().unwrap_err();
            assert_eq!(failure.code, Some("ERR_INVALID_CHAR"), "{packed:?}");
        }
    }

    #[test]
    fn too_many_lines_are_refused() {
        let packed = (0..=MOST_LINES).fold(String::new(), |lines, n| format!("{lines}h{n}\0v\0"));
        let failure = lines(&packed, MOST_LINES + 1).map().unwrap_err();
        assert_eq!(failure.code, Some("ERR_OUT_OF_RANGE"));
    }
}
