//! The URL of a request: an origin, and a path and query that are sent unchanged.
//!
//! What the `url` crate would write in another way is not ordinary, and is left to Node's own client, which sends it as it is: a
//! caller's id of `..` must not reach another path.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::DnsName;
use url::{ParseError, Position, Url};

const HTTPS_PORT: u16 = 443;

/// The longest URL that the `http` crate, and so the native client, accepts.
const LONGEST_URL: usize = u16::MAX as usize - 1;

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

    /// Resolves `reference` relative to this target.
    pub fn join(&self, reference: &str) -> Result<Url, ParseError> {
        Url::parse(&self.to_string())?.join(reference)
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
        (is_unchanged && url.as_str().len() <= LONGEST_URL).then_some(url)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{}{}{}", self.origin, self.path, self.fragment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordinary(authority: &str, path: &str) -> Option<String> {
        let target = Origin::new(authority).target(path.to_owned());
        target.ordinary_url().map(String::from)
    }

    #[test]
    fn what_the_url_crate_leaves_as_it_is_is_ordinary() {
        for (authority, path, url) in [
            (
                "localhost:8443",
                "/a/b?c=d",
                "https://localhost:8443/a/b?c=d",
            ),
            ("LOCALHOST", "/a//b/%2F", "https://localhost/a//b/%2F"),
            ("[::1]:443", "/?a?b", "https://[::1]/?a?b"),
            ("127.0.0.1:1", "/", "https://127.0.0.1:1/"),
        ] {
            assert_eq!(ordinary(authority, path).as_deref(), Some(url));
        }
    }

    #[test]
    fn everything_else_is_not() {
        for authority in [
            "127.1",
            "0x7f.1",
            "[::g]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[fe80::1]",
            "169.254.0.1",
            "224.0.0.1",
            "[ff02::1]",
            "a..b",
            "a b",
            "b\u{fc}cher.test",
            "127.0.0.1:0",
            "",
        ] {
            assert_eq!(ordinary(authority, "/"), None, "{authority}");
        }
        for path in [
            "/a/../b",
            "/./b",
            "/%2e%2E/b",
            "/a?b'c",
            "/a\"",
            "/a\tb",
            "/a\\b",
        ] {
            assert_eq!(ordinary("localhost", path), None, "{path}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_URL));
        assert_eq!(ordinary("localhost", &long), None);
    }

    #[test]
    fn a_host_loses_one_pair_of_brackets() {
        for (authority, hostname) in [
            ("[::1]:2", "::1"),
            ("[[::1]:2", "[::1"),
            ("[::1]]", "::1]"),
            ("[[::1]:2]:1", "[::1]:2"),
        ] {
            assert_eq!(Origin::new(authority).hostname(), hostname);
        }
    }

    #[test]
    fn is_at_the_default_port_where_none_is_named() {
        let url = Url::parse("https://user:hush@[::1]:443/a#b").unwrap();
        let target = Target::of(&url);
        assert_eq!(target.to_string(), "https://[::1]/a#b");
        assert_eq!(target.without_fragment(), "https://[::1]/a");
        let origin = target.origin();
        assert_eq!((origin.hostname(), origin.port()), ("::1", HTTPS_PORT));
    }
}
