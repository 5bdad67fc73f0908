//! The URL of a request: an origin, and a path and query that are sent unchanged.
//!
//! Paths are cleaned as the original's `sanitizePath` does, and percent-encoded as its HTTP library does with Node's legacy
//! `url.format` and `url.parse`.
//!
//! What the `url` crate would write differently is not ordinary, and is left to Node's own client, which sends it as it is: a
//! caller's id of `..` must not reach another path.

use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, percent_encode, utf8_percent_encode};
use rustls_pki_types::DnsName;
use url::{ParseError, Position, Url};

const HTTPS_PORT: u16 = 443;

const SLASH: u16 = b'/' as u16;
const SPACE: u16 = b' ' as u16;

/// The characters that `url.parse` percent-encodes (Node's lib/url.js, `autoEscapeStr`), but for the backslash, which becomes a
/// slash before the query.
const LOCATION: AsciiSet = with(AsciiSet::EMPTY, b"\t\n\r \"'<>^`{|}");

/// The characters that are percent-encoded in the query and the fragment of a `Location`.
const LOCATION_QUERY: AsciiSet = with(LOCATION, b"\\");

/// The characters that are percent-encoded in a path: also those that `url.format` encodes, and DEL, which is not allowed in an HTTP
/// request line.
const PATH: AsciiSet = with(LOCATION, b"?#\x7f");

const fn with(mut set: AsciiSet, mut characters: &[u8]) -> AsciiSet {
    while let [first, rest @ ..] = characters {
        set = set.add(*first);
        characters = rest;
    }
    set
}

/// The longest URL that the `http` crate, and so the native client, accepts.
const MAX_URL_LENGTH: usize = u16::MAX as usize - 1;

/// The origin of an https URL: the host and the port.
#[derive(Clone, Debug)]
pub struct Origin(Arc<OriginParts>);

#[derive(Debug)]
struct OriginParts {
    /// The scheme, the host and the port, unless it is the default port.
    text: String,
    /// The host; an IPv6 address has no brackets.
    hostname: String,
    port: u16,
    /// The URL of the root, if the native client writes the host as it is here, and TLS can ask for it.
    ordinary: Option<Url>,
}

impl Origin {
    /// Returns the origin for `authority`, which is a host and an optional port; a host with colons is in brackets.
    pub fn new(authority: &str) -> Self {
        let authority = authority.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !authority.ends_with(']') => (host, port.parse().ok()),
            _ => (&*authority, None),
        };
        let port = port.unwrap_or(HTTPS_PORT);
        let text = match port {
            HTTPS_PORT => format!("https://{host}"),
            port => format!("https://{host}:{port}"),
        };
        // Node's errors leave port 0 out.
        let ordinary = Url::parse(&text).ok().filter(|url| {
            port != 0
                && url[..Position::BeforePath] == text
                && url.host().is_some_and(can_be_reached)
        });
        Self(Arc::new(OriginParts {
            hostname: without_brackets(host).to_owned(),
            text,
            port,
            ordinary,
        }))
    }

    /// Returns the target for `path`, which may include a query, at this origin.
    pub fn target(&self, path: String) -> Target {
        Target {
            origin: self.clone(),
            path,
            fragment: String::new(),
        }
    }

    /// Returns the host; an IPv6 address has no brackets.
    pub fn hostname(&self) -> &str {
        &self.0.hostname
    }

    /// Returns the port, even if it is the default port.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Returns the scheme, the host and the port, unless it is the default port.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Returns whether the host is an IPv6 address.
    pub fn is_ipv6(&self) -> bool {
        self.0.text.ends_with(']') || self.0.text.contains("]:")
    }
}

/// Returns `host` without the brackets around it. The brackets of a host that is no address are its own.
fn without_brackets(host: &str) -> &str {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// Returns whether `host` is a name that TLS can ask for (RFC 6066, section 3), or an address of one machine that needs no zone.
fn can_be_reached(host: url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(name) => DnsName::try_from(name).is_ok(),
        url::Host::Ipv4(address) => !address.is_multicast() && !address.is_link_local(),
        url::Host::Ipv6(address) => !address.is_multicast() && !address.is_unicast_link_local(),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The URL of a request.
#[derive(Clone, Debug)]
pub struct Target {
    origin: Origin,
    path: String,
    /// The fragment with the leading `#`, or an empty string.
    fragment: String,
}

impl Target {
    /// Returns the target of the https URL `url`, without credentials.
    pub fn of(url: &Url) -> Self {
        Self {
            origin: Origin::new(&url[Position::BeforeHost..Position::BeforePath]),
            path: url[Position::BeforePath..Position::AfterQuery].to_owned(),
            fragment: url[Position::AfterQuery..].to_owned(),
        }
    }

    /// Returns the origin of the target.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the path and the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the same target with the query and fragment of `url`.
    pub fn with_query_of(&self, url: &Url) -> Self {
        let path = self.path.split('?').next().unwrap_or_default();
        let query = &url[Position::AfterPath..Position::AfterQuery];
        Self {
            origin: self.origin.clone(),
            path: format!("{path}{query}"),
            fragment: url[Position::AfterQuery..].to_owned(),
        }
    }

    /// Returns the URL without the fragment, as a `Referer` header requires (RFC 9110, section 10.1.3).
    pub fn without_fragment(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Returns the URL by the URL standard, which may spell the host in another way.
    pub fn url(&self) -> Result<Url, ParseError> {
        Url::parse(&self.to_string())
    }

    /// Returns the URL as the native client takes it, or `None` if the client would send another one.
    pub fn ordinary_url(&self) -> Option<Url> {
        let mut url = self.origin.0.ordinary.clone()?;
        let (path, query) = match self.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&*self.path, None),
        };
        url.set_path(path);
        url.set_query(query);
        let is_unchanged = url[Position::BeforePath..] == self.path;
        (is_unchanged && url.as_str().len() <= MAX_URL_LENGTH).then_some(url)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}{}{}", self.origin, self.path, self.fragment)
    }
}

/// The error for a path that contains control characters. The message is that of Node's HTTP client.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Request path contains unescaped characters")]
pub struct InvalidPath;

/// Returns the form in which `path` is sent: cleaned by [`clean`] and percent-encoded by [`escape`].
pub fn sent_path(path: &[u16]) -> Result<String, InvalidPath> {
    match unchanged(path) {
        Some(sent) => Ok(sent),
        None => escape(&clean(path)),
    }
}

/// Returns `path` with a slash at the start if it consists of the most usual characters and cleaning changes nothing else.
fn unchanged(path: &[u16]) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len() + 1);
    if path.first() != Some(&SLASH) {
        bytes.push(b'/');
    }
    let mut previous = 0;
    for &unit in path {
        let byte = u8::try_from(unit).ok()?;
        let is_run = unit == SLASH && previous == SLASH;
        let is_plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~' | b'%' | b':' | b'@');
        if is_run || !is_plain {
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
/// Fails if the path contains a control character that is not encoded: Node's HTTP client refuses it.
pub fn escape(cleaned: &[u16]) -> Result<String, InvalidPath> {
    let trimmed = trim_end(cleaned);
    let start = if trimmed.first() == Some(&SLASH) {
        ""
    } else {
        "/"
    };
    let path = String::from_utf16_lossy(trimmed).replace('\\', "/");
    let is_refused = |character| character < ' ' && !matches!(character, '\t' | '\n' | '\r');
    if path.contains(is_refused) {
        return Err(InvalidPath);
    }
    Ok(format!("{start}{}", utf8_percent_encode(&path, &PATH)))
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
    let is_end = |byte: &u8| matches!(byte, b'?' | b'#');
    let end = location.iter().position(is_end).unwrap_or(location.len());
    let (path, query) = location.split_at(end);
    format!(
        "{}{}",
        percent_encode(path, &LOCATION),
        percent_encode(query, &LOCATION_QUERY)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_ordinary(authority: &str, path: &str) -> bool {
        let target = Origin::new(authority).target(path.to_owned());
        let url = target.ordinary_url();
        assert!(url.iter().all(|url| url.as_str() == target.to_string()));
        url.is_some()
    }

    #[test]
    fn what_the_url_crate_writes_unchanged_is_ordinary() {
        for authority in ["localhost:8443", "LOCALHOST", "[::1]:443", "127.0.0.1:1"] {
            for path in ["/", "/a/b?c=d", "/a//b/%2F", "/?a?b"] {
                assert!(is_ordinary(authority, path), "{authority}{path}");
            }
        }
    }

    #[test]
    fn everything_else_is_not() {
        let numbers = "127.1 0x7f.1 [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] 127.0.0.1:0";
        let scopes = "[fe80::1] 169.254.0.1 224.0.0.1 [ff02::1]";
        let names = "[::g] a..b b\u{fc}cher.test";
        let authorities = [numbers, scopes, names]
            .into_iter()
            .flat_map(|all| all.split(' '));
        for authority in authorities.chain(["", "a b"]) {
            assert!(!is_ordinary(authority, "/"), "{authority}");
        }
        let long = format!("/{}", "a".repeat(MAX_URL_LENGTH));
        let paths = "/a/../b /./b /%2e%2E/b /a?b'c /a\" /a\tb /a\\b".split(' ');
        for path in paths.chain([&*long]) {
            assert!(!is_ordinary("localhost", path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn is_sent_cleaned_and_escaped(path in "[ -~\t\u{7f}é]{0,3}(/?[a-z0-9_%.:@-]{0,5}){0,4}[ /]?") {
            let path: Vec<u16> = path.encode_utf16().collect();
            prop_assert_eq!(sent_path(&path), escape(&clean(&path)));
        }

        #[test]
        fn is_visible_ascii(path in any::<Vec<u16>>()) {
            if let Ok(path) = escape(&clean(&path)) {
                prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
