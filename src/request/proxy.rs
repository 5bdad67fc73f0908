//! Selects the proxy for a request from the environment variables, by the rules of the original's HTTP library (`request` 2.88,
//! `lib/getProxyFromURI.js`).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

use super::failure::Failure;

/// The environment variables for proxies. A variable that is not set is empty. The type does not implement `Debug`, because the URL
/// may contain credentials.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct ProxyVariables {
    /// The value of `NO_PROXY`, or of `no_proxy` if `NO_PROXY` is empty.
    pub no_proxy: String,
    /// The first value of `HTTPS_PROXY`, `https_proxy`, `HTTP_PROXY` and `http_proxy` that is not empty.
    pub proxy: String,
}

impl ProxyVariables {
    /// Returns the URL of the proxy for `host` and `port`, if there is one.
    pub fn proxy_for(&self, host: &str, port: u16) -> Option<&str> {
        let direct = self.proxy.is_empty() || self.no_proxy == "*" || self.excludes(host, port);
        (!direct).then_some(self.proxy.as_str())
    }

    /// Returns whether an entry of `NO_PROXY` matches `host` and `port`. An entry matches the same host and its subdomains. An
    /// entry with a port matches only that port.
    fn excludes(&self, host: &str, port: u16) -> bool {
        if self.no_proxy.is_empty() {
            return false;
        }
        let host = canonical(host);
        self.no_proxy.split(',').any(|zone| {
            let zone = zone.trim().to_lowercase();
            let mut parts = zone.split(':');
            let name = canonical(parts.next().unwrap_or_default());
            // Like the original, this compares the position of the first occurrence only, so `a.a` does not end with `a`.
            let ends = host
                .find(&name)
                .is_some_and(|at| at + name.len() == host.len());
            ends && parts.next().is_none_or(|wanted| wanted == port.to_string())
        })
    }
}

/// Returns `host` in lower case with exactly one leading dot, so that `oogle.com` does not match `google.com`.
fn canonical(host: &str) -> String {
    format!(".{}", host.trim_start_matches('.')).to_lowercase()
}

/// A proxy and the credentials for it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Proxy {
    /// The URL of the proxy, without credentials.
    pub url: Url,
    /// The value of the `Proxy-Authorization` header.
    pub authorization: Option<HeaderValue>,
}

impl Proxy {
    /// Parses the value of an environment variable. As in the original, any scheme other than `https` means `http`. Credentials
    /// in the URL take precedence over `header`, the `Proxy-Authorization` header of the request. Fails if the URL is invalid.
    pub fn parse(text: &str, header: Option<HeaderValue>) -> Result<Self, Failure> {
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .unwrap_or(("http", text.trim()));
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            "https"
        } else {
            "http"
        };
        let mut url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| {
            // The message omits the URL, because the URL may contain a password.
            let message = "tunneling socket could not be established, cause=invalid proxy URL";
            Failure::with_code("ECONNRESET", message)
        })?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let mut authorization = match authority.rsplit_once('@') {
            Some((credentials, _)) => HeaderValue::from_str(&basic(credentials)).ok(),
            None => header,
        };
        let _ = url.set_password(None);
        let _ = url.set_username("");
        if let Some(authorization) = &mut authorization {
            authorization.set_sensitive(true);
        }
        Ok(Self { url, authorization })
    }
}

/// Returns the value of `Proxy-Authorization` for Basic authentication (RFC 7617). As in the original, credentials without a
/// colon are sent without a colon.
fn basic(credentials: &str) -> String {
    let bytes: Vec<u8> = percent_decode_str(credentials).collect();
    format!("Basic {}", BASE64_STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_in_no_text() {
        let proxy = "http://user:hush@127.0.0.1:3128";
        let parsed = Proxy::parse(proxy, None).unwrap();
        assert!(parsed.authorization.is_some());
        let invalid = Proxy::parse("http://user:hush@[::1", None).unwrap_err();
        let text = format!("{parsed:?} {invalid}");
        assert!(!text.contains("hush"), "{text}");
        assert!(!text.contains(&basic("user:hush")), "{text}");
    }
}
