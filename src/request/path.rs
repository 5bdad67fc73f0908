//! Cleans the paths of requests as the original's `sanitizePath` does, and percent-encodes them as its HTTP library does with
//! Node's legacy `url.format` and `url.parse`.

const SLASH: u16 = b'/' as u16;
const SPACE: u16 = b' ' as u16;

/// The error for a path that contains control characters. The message is that of Node's HTTP client.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Request path contains unescaped characters")]
pub struct InvalidPath;

/// Returns the form in which `path` is sent: cleaned by [`clean`] and percent-encoded by [`escape`].
pub fn to_sent(path: &[u16]) -> Result<String, InvalidPath> {
    match unchanged(path) {
        Some(sent) => Ok(sent),
        None => escape(&clean(path)),
    }
}

/// Returns `path` with a slash at the start if cleaning and percent-encoding change nothing else, as for most paths.
fn unchanged(path: &[u16]) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len() + 1);
    if path.first() != Some(&SLASH) {
        bytes.push(b'/');
    }
    let mut previous = 0;
    for &unit in path {
        let byte = u8::try_from(unit).ok()?;
        let is_run = unit == SLASH && previous == SLASH;
        let is_changed = matches!(byte, b'\\' | b'?' | b'#') || is_escaped(byte.into());
        if is_run || is_changed || !byte.is_ascii_graphic() {
            return None;
        }
        bytes.push(byte);
        previous = unit;
    }
    String::from_utf8(bytes).ok().filter(|_| previous != SLASH)
}

/// Cleans a path as the original's `sanitizePath` does: removes one space after each slash, then one space at the end, then
/// repeated slashes, then one slash at the end.
pub fn clean(path: &[u16]) -> Vec<u16> {
    let mut cleaned: Vec<u16> = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [unit, tail @ ..] = rest {
        cleaned.push(*unit);
        rest = match (*unit, tail) {
            (SLASH, [SPACE, tail @ ..]) => tail,
            _ => tail,
        };
    }
    if cleaned.last() == Some(&SPACE) {
        cleaned.pop();
    }
    cleaned.dedup_by(|a, b| *a == SLASH && *b == SLASH);
    if cleaned.last() == Some(&SLASH) {
        cleaned.pop();
    }
    cleaned
}

/// Returns a cleaned path in the form in which it is sent. The result starts with a slash and has no white space at the end.
/// Backslashes become slashes. `?`, `#` and the characters that Node encodes in URLs are percent-encoded.
///
/// Non-ASCII characters become percent-encoded UTF-8 (RFC 3986, section 2.5), whereas the original sends latin-1 or throws.
/// Fails if the path contains a control character other than tab, LF, CR and DEL.
pub fn escape(cleaned: &[u16]) -> Result<String, InvalidPath> {
    let trimmed = trim_end(cleaned);
    let mut escaped = String::with_capacity(trimmed.len() + 8);
    if trimmed.first() != Some(&SLASH) {
        escaped.push('/');
    }
    for character in char::decode_utf16(trimmed.iter().copied()) {
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        match character {
            '\\' => escaped.push('/'),
            // `url.format` encodes the two delimiters. DEL is not allowed in an HTTP request line.
            '?' | '#' | '\u{7f}' => push_percent(&mut escaped, character),
            character if is_escaped(character) => push_percent(&mut escaped, character),
            // Node's HTTP client rejects the remaining control characters.
            control if control < ' ' => return Err(InvalidPath),
            plain if plain.is_ascii() => escaped.push(plain),
            other => push_percent(&mut escaped, other),
        }
    }
    Ok(escaped)
}

/// Removes the characters that `url.parse` removes from the end of a URL: control characters, spaces, U+00A0 and U+FEFF.
fn trim_end(path: &[u16]) -> &[u16] {
    let is_trimmed = |&unit: &u16| unit <= SPACE || unit == 0xa0 || unit == 0xfeff;
    let end = path
        .iter()
        .rposition(|unit| !is_trimmed(unit))
        .map_or(0, |last| last + 1);
    &path[..end]
}

/// Returns the `Location` of a redirect, with percent-encoding for non-ASCII bytes and the characters that `url.parse` encodes.
/// The values of the bytes are preserved, as in browsers and undici, because servers send UTF-8 in this header.
pub fn escape_location(location: &[u8]) -> String {
    let mut escaped = String::with_capacity(location.len());
    for &byte in location {
        let character = char::from(byte);
        if !byte.is_ascii() || is_escaped(character) {
            push_percent_byte(&mut escaped, byte);
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Returns whether `url.parse` percent-encodes `character` (Node's lib/url.js, `autoEscapeStr`).
fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' ' | '"' | '\'' | '<' | '>' | '^' | '`' | '{' | '|' | '}'
    )
}

fn push_percent(out: &mut String, character: char) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        push_percent_byte(out, byte);
    }
}

fn push_percent_byte(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaned(path: &str) -> String {
        String::from_utf16_lossy(&clean(&path.encode_utf16().collect::<Vec<_>>()))
    }

    fn escaped(path: &str) -> Result<String, InvalidPath> {
        escape(&path.encode_utf16().collect::<Vec<_>>())
    }

    #[test]
    fn cleans() {
        assert_eq!(cleaned("a/ b//c/ "), "a/b/c");
        assert_eq!(cleaned("a/  b/"), "a/ b");
        assert_eq!(cleaned("a// "), "a");
        assert_eq!(cleaned("a  "), "a ");
    }

    #[test]
    fn escapes() {
        assert_eq!(
            escaped("a b?c#d\\e%2f").as_deref(),
            Ok("/a%20b%3Fc%23d/e%2f")
        );
        assert_eq!(escaped("é😀").as_deref(), Ok("/%C3%A9%F0%9F%98%80"));
        assert_eq!(escaped("a\u{1}b"), Err(InvalidPath));
        assert_eq!(escaped("a \t\u{a0}\0").as_deref(), Ok("/a"));
    }

    proptest! {
        #[test]
        fn never_leaves_a_run_of_slashes(path in "[ /a]{0,12}") {
            prop_assert!(!cleaned(&path).contains("//"));
        }

        #[test]
        fn is_sent_cleaned_and_escaped(path in "[ -~\t\u{7f}é]{0,3}(/?[a-z0-9_%.:@-]{0,5}){0,4}[ /]?") {
            let path: Vec<u16> = path.encode_utf16().collect();
            prop_assert_eq!(to_sent(&path), escape(&clean(&path)));
        }

        #[test]
        fn is_visible_ascii(path in any::<Vec<u16>>()) {
            if let Ok(path) = escape(&clean(&path)) {
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
