//! Turns a call into the HTTP request that the original would send.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use super::failure::Failure;
use super::lookup::LookupError;
use super::path;
use super::target::{Origin, Target};
use crate::trust::Trust;

/// A service of an instance: where it is, and the beginning of its paths.
#[derive(Debug)]
pub struct BaseClient {
    origin: Result<Origin, Failure>,
    prefix: Vec<u16>,
    trust: Option<Trust>,
}

/// What a caller asks for. No `Debug`: its headers hold a token.
pub struct Call {
    /// As the caller wrote it.
    pub method: String,
    /// Below the service, not cleaned yet.
    pub path: Vec<u16>,
    /// Query string without its question mark, percent-encoded.
    pub query: String,
    /// Header lines in the order in which JavaScript sets them.
    pub headers: Vec<(Bytes, Bytes)>,
    /// JSON text.
    pub body: Option<Bytes>,
}

/// An HTTP request, ready to send. No `Debug`: its headers hold a token.
#[derive(Clone)]
pub struct Request {
    /// Upper case.
    pub method: Method,
    /// Whether the answer may send it elsewhere.
    pub follows_redirects: bool,
    /// Whether it says so where it has no body.
    pub tells_no_body: bool,
    /// Where it goes.
    pub target: Target,
    /// Its header lines.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Option<Bytes>,
    /// Whom it trusts in place of whom the environment trusts.
    pub trust: Option<Trust>,
}

impl Request {
    /// The host that it goes to, without brackets.
    pub fn hostname(&self) -> String {
        let url = self.target.origin().url();
        url.host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_owned()
    }

    /// Adds header lines, beside those of the same names.
    pub fn add(&mut self, lines: &[(Bytes, Bytes)]) -> Result<(), Failure> {
        for (name, value) in header_map(lines)?.iter() {
            self.headers.append(name.clone(), value.clone());
        }
        Ok(())
    }

    /// The host that its caller says it is for, without a port.
    pub fn host_header(&self) -> Option<String> {
        let host = self
            .headers
            .get(header::HOST)
            .filter(|host| !host.is_empty())?;
        let host = String::from_utf8_lossy(host.as_bytes());
        match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => Some(address.to_owned()),
            None => host.split(':').next().map(str::to_owned),
        }
    }
}

impl BaseClient {
    /// `authority` is a host, bracketed where it is an IPv6 address, and a port. Requests to a host that no URL can have
    /// fail as Node's fail, which asks for its address. `ca`, in PEM, takes the place of whom the environment trusts.
    pub fn new(authority: &str, service_path: &[u16], ca: Option<String>) -> Self {
        let url = Url::parse(&format!("https://{authority}/")).ok();
        let url = url.filter(has_server_name);
        let origin = url.as_ref().and_then(Origin::of).ok_or_else(|| {
            let port = authority.rfind(':').filter(|_| !authority.ends_with(']'));
            let hostname = authority[..port.unwrap_or(authority.len())].to_owned();
            Failure::from(&LookupError::not_found(hostname))
        });
        Self {
            origin,
            prefix: service_path.to_vec(),
            trust: ca.map(Trust::only),
        }
    }

    /// Where requests for `path` go, without their query.
    pub fn target(&self, path: &[u16]) -> Result<Target, Failure> {
        let path = self.path(path)?;
        self.origin()?.target(&path)
    }

    fn origin(&self) -> Result<&Origin, Failure> {
        self.origin.as_ref().map_err(Failure::clone)
    }

    fn path(&self, below: &[u16]) -> Result<String, Failure> {
        let mut whole = self.prefix.clone();
        whole.extend(below);
        path::escape(&path::clean(&whole))
            .map_err(|error| Failure::type_error("ERR_UNESCAPED_CHARACTERS", error.to_string()))
    }

    /// The request that makes `call`.
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
        let mut headers = header_map(&call.headers)?;
        if call.body.is_some() && !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        headers
            .entry(header::CONNECTION)
            .or_insert(HeaderValue::from_static("keep-alive"));
        // All three as the name was written: `post` is followed where `POST` is not.
        let tells_no_body = call.method != "GET";
        if call.body.is_none() && tells_no_body {
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(Request {
            trust: self.trust.clone(),
            method,
            follows_redirects: !matches!(&*call.method, "PATCH" | "PUT" | "POST" | "DELETE"),
            tells_no_body,
            target: self.origin()?.target(&target)?,
            headers,
            body: call.body.clone(),
        })
    }
}

/// Whether TLS can ask for the host (RFC 6066, section 3).
fn has_server_name(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => rustls::pki_types::DnsName::try_from(name).is_ok(),
        host => host.is_some(),
    }
}

fn method(name: &str) -> Result<Method, Failure> {
    Method::from_bytes(name.to_uppercase().as_bytes()).map_err(|_| {
        let message = format!("Method must be a valid HTTP token [\"{name}\"]");
        Failure::type_error("ERR_INVALID_HTTP_TOKEN", message)
    })
}

/// Lines of one name come from an array and are kept; a name that was set before in other letters is set anew.
fn header_map(lines: &[(Bytes, Bytes)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(lines.len() + 4);
    let mut previous: Option<&Bytes> = None;
    for (name, value) in lines {
        let header = HeaderName::from_bytes(name).map_err(|_| invalid_header(name))?;
        let value =
            HeaderValue::from_maybe_shared(value.clone()).map_err(|_| invalid_header(name))?;
        if previous == Some(name) {
            headers.append(header, value);
        } else {
            headers.insert(header, value);
        }
        previous = Some(name);
    }
    Ok(headers)
}

/// The surface says it in the words of the running Node, which has validators of its own.
fn invalid_header(name: &[u8]) -> Failure {
    let name = String::from_utf8_lossy(name);
    Failure::type_error(
        "ERR_INVALID_CHAR",
        format!("Invalid character in header [\"{name}\"]"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_set_again_in_other_letters_replaces_and_an_array_appends() {
        let line = |name: &str, value: &str| (name.to_owned().into(), value.to_owned().into());
        let lines = [line("X-A", "1"), line("x-a", "2"), line("x-a", "3")];
        let headers = header_map(&lines).unwrap();
        assert_eq!(
            headers.get_all("x-a").iter().collect::<Vec<_>>(),
            ["2", "3"]
        );
    }
}
