//! The URL of a request: an origin, and a path and query that are sent unchanged.
//!
//! The `url` crate resolves dot segments, as required (WHATWG URL, section 4.4), so a caller's id of `..` would reach another
//! path. The original leaves dot segments to the server. Requests are therefore built from types of the `http` crate, which
//! leaves them unchanged, too.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};
use url::{ParseError, Position, Url};

use super::failure::Failure;

/// The origin of an https URL: the host and the port.
#[derive(Clone, Debug)]
pub struct Origin(Arc<OriginParts>);

#[derive(Debug)]
struct OriginParts {
    url: Url,
    uri: Uri,
    host: HeaderValue,
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Origin {
    /// Returns the origin of the https URL `url`, without credentials, or `None` if TLS cannot request its host or the `http`
    /// crate rejects its authority.
    pub fn of(url: &Url) -> Option<Self> {
        if !has_server_name(url) {
            return None;
        }
        let authority = &url[Position::BeforeHost..Position::BeforePath];
        let text = format!("https://{authority}/");
        Some(Self(Arc::new(OriginParts {
            url: Url::parse(&text).ok()?,
            uri: text.parse().ok()?,
            host: authority.parse().ok()?,
        })))
    }

    /// Returns the target for `path`, which may include a query, at this origin. Fails if the URL is too long or invalid.
    pub fn target(&self, path: &str) -> Result<Target, Failure> {
        /// The longest URL that the `http` crate accepts. Servers accept less.
        const LONGEST: usize = u16::MAX as usize - 1;

        if self.as_str().len() + path.len() > LONGEST {
            let message = format!("The URL is longer than {LONGEST} bytes");
            return Err(Failure::with_code("ERR_INVALID_URL", message));
        }
        let invalid = |_| Failure::new(format!("Invalid URI \"{self}{path}\""));
        Ok(Target {
            origin: self.clone(),
            path: path.parse().map_err(invalid)?,
            fragment: String::new(),
        })
    }

    /// Returns the same origin at another `host`, or `None` if a URL cannot have that host.
    pub fn at_host(&self, host: &str) -> Option<Self> {
        let mut url = self.url().clone();
        url.set_host(Some(host)).ok()?;
        Self::of(&url)
    }

    /// Returns the URL of the origin, whose path is `/`.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// Returns the origin in the form in which connectors take it.
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// Returns the `Host` header of requests to the origin.
    pub fn host(&self) -> &HeaderValue {
        &self.0.host
    }

    /// Returns the scheme, host and port as text.
    pub fn as_str(&self) -> &str {
        &self.url()[..Position::BeforePath]
    }
}

/// Returns whether the host of `url` is an IP address or a name that TLS can request (RFC 6066, section 3).
fn has_server_name(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => rustls::pki_types::DnsName::try_from(name).is_ok(),
        host => host.is_some(),
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
    path: PathAndQuery,
    /// The fragment with the leading `#`, or an empty string.
    fragment: String,
}

impl Target {
    /// Returns the target of the https URL `url`. Fails if the `http` crate rejects the URL.
    pub fn of(url: &Url) -> Result<Self, Failure> {
        let invalid = || Failure::new(format!("Invalid URI \"{url}\""));
        let origin = Origin::of(url).ok_or_else(invalid)?;
        let target = origin.target(&url[Position::BeforePath..Position::AfterQuery])?;
        Ok(Self {
            fragment: url[Position::AfterQuery..].to_owned(),
            ..target
        })
    }

    /// Returns the origin of the target.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the path and the query.
    pub fn path(&self) -> &str {
        self.path.as_str()
    }

    /// Returns the same target with the query and fragment of `url`. Fails if the result is too long or invalid.
    pub fn with_query_of(&self, url: &Url) -> Result<Self, Failure> {
        let path = self.path.path();
        let query = &url[Position::AfterPath..Position::AfterQuery];
        Ok(Self {
            fragment: url[Position::AfterQuery..].to_owned(),
            ..self.origin.target(&format!("{path}{query}"))?
        })
    }

    /// Returns the URL without the fragment, as a `Referer` header requires (RFC 9110, section 10.1.3).
    pub fn without_fragment(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Resolves `reference` relative to this target.
    pub fn join(&self, reference: &str) -> Result<Url, ParseError> {
        Url::parse(&self.to_string())?.join(reference)
    }

    /// Returns the path and the query in the form in which hyper takes them.
    pub fn into_uri(self) -> Uri {
        self.path.into()
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

    fn target(path: &str) -> Target {
        let url = Url::parse("https://localhost:8443").unwrap();
        Origin::of(&url).unwrap().target(path).unwrap()
    }

    #[test]
    fn sends_a_path_as_it_stands() {
        for path in ["/a/../b", "/./%2e%2E/b?x=../1", "/", "/a//b/", "/a?b?c=|'"] {
            let target = target(path);
            assert_eq!(target.origin().uri(), "https://localhost:8443/");
            assert_eq!(target.origin().host(), "localhost:8443");
            assert_eq!(target.clone().into_uri(), path);
            assert_eq!(target.to_string(), format!("https://localhost:8443{path}"));
        }
    }

    #[test]
    fn has_no_origin_without_a_server_name() {
        let url = Url::parse("https://./y").unwrap();
        assert!(Origin::of(&url).is_none());
        let error = Target::of(&url).unwrap_err();
        assert_eq!(error.message, "Invalid URI \"https://./y\"");
    }

    #[test]
    fn refuses_what_http_cannot_hold() {
        let origin = target("/").origin().clone();
        assert_eq!(origin.target("/a b").unwrap_err().code, None);
        let long = format!("/{}", "a".repeat(66_000));
        assert_eq!(
            origin.target(&long).unwrap_err().code,
            Some("ERR_INVALID_URL")
        );
    }

    #[test]
    fn is_at_the_default_port_where_none_is_named() {
        let url = Url::parse("https://user:hush@[::1]:443/a#b").unwrap();
        let target = Target::of(&url).unwrap();
        assert_eq!(target.to_string(), "https://[::1]/a#b");
        assert_eq!(target.without_fragment(), "https://[::1]/a");
        assert_eq!(
            target.origin().at_host("a.test").unwrap().as_str(),
            "https://a.test"
        );
    }
}
