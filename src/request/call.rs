//! A call as JavaScript hands it over, and the HTTP request that the original would send for it.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use memchr::memchr_iter;
use sha2::{Digest, Sha256};

use super::failure::Failure;
use super::target::{self, Origin, Target};

/// The names of the SDK's own headers. Unlike other names that are not standard, they are copied without an allocation.
static SDK_HEADERS: [HeaderName; 4] = [
    HeaderName::from_static("x-sdk-product"),
    HeaderName::from_static("x-sdk-version"),
    HeaderName::from_static("x-sdk-language"),
    HeaderName::from_static("x-sdk-platform"),
];

/// A byte that is valid in neither the name nor the value of a header.
const REFUSED: u8 = 1;

/// The highest number of header lines of a request. A `HeaderMap` holds 24 576, among them those that this package adds.
const MAX_HEADER_LINES: usize = 24_000;

/// The longest request in bytes, its head and its body, that is sent natively. hyper drops a response that arrives while the request
/// is still being written if the connection then ends, as it does with an early refusal. A request up to this length is written at
/// once, into the send buffer that a new connection has with packets of 1500 bytes. Of 150 requests of 40 kB, one response was lost.
pub const MAX_SIZE: usize = 32 * 1024;

/// The number of UTF-16 code units of a path that messages show.
const SHOWN_PATH: usize = 1000;

/// A client for one service of an instance. It holds the origin of the service and the prefix of all paths.
pub struct BaseClient {
    origin: Origin,
    prefix: Vec<u16>,
    trust: Option<TrustStore>,
}

/// A call, as the caller describes it. The type does not implement `Debug`, because the headers contain a token.
pub struct Call {
    /// The HTTP method, in the caller's spelling.
    pub method: String,
    /// The path below the service, before cleaning, in UTF-16 code units.
    pub path: Vec<u16>,
    /// The percent-encoded query string, without the question mark.
    pub query: String,
    /// The header lines, in the order in which JavaScript sets them.
    pub headers: HeaderLines,
    /// The body, which is JSON text.
    pub body: Option<Bytes>,
}

impl Call {
    /// Returns how messages name the call: its method, and the start of its path up to what looks like a query string, which may
    /// contain secrets.
    pub fn name(&self) -> String {
        let path: Vec<u16> = self
            .path
            .iter()
            .copied()
            .take_while(|&unit| unit != u16::from(b'?'))
            .take(SHOWN_PATH)
            .collect();
        let method = self.method.to_uppercase();
        format!("{method} {}", String::from_utf16_lossy(&path))
    }
}

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
            let known = SDK_HEADERS
                .iter()
                .find(|known| name.eq_ignore_ascii_case(known.as_ref()));
            let header = known
                .cloned()
                .map_or_else(|| HeaderName::from_bytes(name), Ok);
            let header = header.map_err(|_| invalid(name))?;
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
fn check_count(count: usize) -> Result<(), Failure> {
    if count <= MAX_HEADER_LINES {
        return Ok(());
    }
    Err(Failure::with_code(
        "ERR_OUT_OF_RANGE",
        format!("A request can have at most {MAX_HEADER_LINES} header lines; this one has {count}"),
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

/// The root certificates that are trusted natively, in PEM. Two trust stores are equal if their texts are.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct TrustStore(Arc<Roots>);

struct Roots {
    pem: String,
    digest: [u8; 32],
}

impl TrustStore {
    /// Returns the certificates of a text in PEM.
    pub fn new(pem: String) -> Self {
        let digest = Sha256::digest(&pem).into();
        Self(Arc::new(Roots { pem, digest }))
    }

    /// Returns whether there is no certificate.
    pub fn is_empty(&self) -> bool {
        self.0.pem.is_empty()
    }

    /// Returns the certificates as a text in PEM.
    pub fn pem(&self) -> &str {
        &self.0.pem
    }
}

impl Default for TrustStore {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl PartialEq for Roots {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Roots {}

impl Hash for Roots {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A part of a digest is as good a hash as the whole.
        self.digest[..8].hash(state);
    }
}

/// An HTTP request that is ready to be sent. The type does not implement `Debug`, because the headers contain a token.
#[derive(Clone)]
pub struct Request {
    /// The HTTP method, in upper case.
    pub method: Method,
    /// Whether redirects of this request are followed.
    pub follows_redirects: bool,
    /// Whether the native client sends the request as Node's client would. It does not if a header line of the caller concerns the
    /// connection, if the request is too large, or if redirects are followed with a method that is not idempotent, since nothing may
    /// be sent again then.
    pub is_ordinary: bool,
    /// Whether the request has the header line `Content-Length: 0` when it has no body.
    pub states_empty_body: bool,
    /// The URL of the request.
    pub target: Target,
    /// The header lines of the request.
    pub headers: HeaderMap,
    /// The body of the request.
    pub body: Option<Bytes>,
    /// A handle to the certificates that the caller trusts instead of those that the environment trusts.
    pub trust: Option<TrustStore>,
}

impl Request {
    /// Leaves the request to Node's own client if it is too large to be sent natively.
    pub fn check_size(&mut self) {
        let lines = self.headers.iter();
        let headers: usize = lines
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        let body = self.body.as_ref().map_or(0, Bytes::len);
        self.is_ordinary &= self.target.path().len() + headers + body <= MAX_SIZE;
    }

    /// Appends the header `lines`, and keeps existing lines of the same names. Fails if a name or a value is invalid, or if there
    /// are too many lines.
    pub fn add(&mut self, lines: &HeaderLines) -> Result<(), Failure> {
        let added = lines.map()?;
        check_count(self.headers.len() + added.len())?;
        self.is_ordinary &= !concern_connection(&added);
        for (name, value) in &added {
            self.headers.append(name.clone(), value.clone());
        }
        self.check_size();
        Ok(())
    }
}

impl BaseClient {
    /// Creates a client for `authority`, which is a host and an optional port; a host with colons is in brackets. `ca` contains
    /// certificates in PEM, which are trusted instead of those that the environment trusts.
    pub fn new(authority: &str, service_path: &[u16], ca: Option<String>) -> Self {
        Self {
            origin: Origin::new(authority),
            prefix: service_path.to_vec(),
            trust: ca.map(TrustStore::new),
        }
    }

    /// Returns the URL of requests for `path`, without a query. Fails if `path` is invalid.
    pub fn target(&self, path: &[u16]) -> Result<Target, Failure> {
        Ok(self.origin.target(self.path(path)?))
    }

    fn path(&self, below: &[u16]) -> Result<String, Failure> {
        let mut whole = self.prefix.clone();
        whole.extend(below);
        target::sent_path(&whole)
            .map_err(|error| Failure::type_error("ERR_UNESCAPED_CHARACTERS", error.to_string()))
    }

    /// Returns the HTTP request for `call`. Fails if a part of `call` is invalid.
    pub fn request(&self, call: &Call) -> Result<Request, Failure> {
        if call.method == "HEAD" && call.body.is_some() {
            return Err(Failure::new(
                "HTTP HEAD requests MUST NOT include a request body.",
            ));
        }
        let mut target = self.path(&call.path)?;
        if !call.query.is_empty() {
            target.push('?');
            target.push_str(&call.query);
        }
        let method = method(&call.method)?;
        let mut headers = call.headers.map()?;
        let follows_redirects = !matches!(&*call.method, "PATCH" | "PUT" | "POST" | "DELETE");
        let is_ordinary =
            !concern_connection(&headers) && (method.is_idempotent() || !follows_redirects);
        if call.body.is_some() && !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        headers
            .entry(header::CONNECTION)
            .or_insert(HeaderValue::from_static("keep-alive"));
        // The checks below compare the method in the caller's spelling: redirects of `post` are followed, unlike those of `POST`.
        let states_empty_body = call.method != "GET";
        if call.body.is_none() && states_empty_body {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut request = Request {
            trust: self.trust.clone(),
            method,
            follows_redirects,
            is_ordinary,
            states_empty_body,
            target: self.origin.target(target),
            headers,
            body: call.body.clone(),
        };
        request.check_size();
        Ok(request)
    }
}

/// Returns whether one of the caller's `headers` concerns the connection or the framing of the message, which are the client's.
fn concern_connection(headers: &HeaderMap) -> bool {
    static NAMES: [HeaderName; 9] = [
        header::HOST,
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::CONTENT_LENGTH,
        header::EXPECT,
        header::UPGRADE,
        header::TE,
        header::TRAILER,
        HeaderName::from_static("keep-alive"),
    ];
    headers.keys().any(|name| NAMES.contains(name))
}

fn method(name: &str) -> Result<Method, Failure> {
    let is_upper = name.bytes().all(|byte| byte.is_ascii_uppercase());
    let upper = if is_upper {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_uppercase())
    };
    Method::from_bytes(upper.as_bytes()).map_err(|_| {
        let message = format!("Method must be a valid HTTP token [\"{name}\"]");
        Failure::type_error("ERR_INVALID_HTTP_TOKEN", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, headers: &HeaderMap, body: usize) -> bool {
        let client = BaseClient::new("a.test", &[], None);
        let packed: Vec<u16> = headers
            .iter()
            .flat_map(|(name, value)| format!("{name}\0{}\0", value.to_str().unwrap()).into_bytes())
            .map(u16::from)
            .collect();
        let call = Call {
            method: "PUT".to_owned(),
            path: path.encode_utf16().collect(),
            query: String::new(),
            headers: HeaderLines::new(&packed, headers.len()),
            body: Some(vec![b'a'; body].into()),
        };
        client.request(&call).unwrap().is_ordinary
    }

    #[test]
    fn what_is_too_large_is_left_to_node() {
        let long = |length| "a".repeat(length);
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_static("a"));
        assert!(request("a", &headers, MAX_SIZE - 1000));
        assert!(!request("a", &headers, MAX_SIZE));
        assert!(!request(&long(MAX_SIZE), &headers, 1));
        // Percent-encoding makes a path longer.
        assert!(!request(&"\u{20ac}".repeat(MAX_SIZE / 4), &headers, 1));
        let half = long(MAX_SIZE / 2);
        headers.insert("x-a", HeaderValue::from_str(&half).unwrap());
        assert!(!request("a", &headers, MAX_SIZE / 2));
        assert!(!request(&half, &headers, 1));
        assert!(request("a", &headers, 1));
    }
}
