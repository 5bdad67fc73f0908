//! Selects the proxy for a request from the environment variables, by the rules of the original's HTTP library (`request` 2.88,
//! `lib/getProxyFromURI.js`).

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use url::Url;

use super::failure::Failure;

/// The environment variables for proxies. A variable that is not set is empty. `Debug` omits `proxy`, because the URL may contain
/// credentials.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct ProxyVariables {
    /// The value of `NO_PROXY`, or of `no_proxy` if `NO_PROXY` is empty.
    pub no_proxy: String,
    /// The first value of `HTTPS_PROXY`, `https_proxy`, `HTTP_PROXY` and `http_proxy` that is not empty.
    pub proxy: String,
}

impl fmt::Debug for ProxyVariables {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("ProxyVariables")
            .field("no_proxy", &self.no_proxy)
            .finish_non_exhaustive()
    }
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
    /// in the URL take precedence over `given`, the `Proxy-Authorization` header of the request. Fails if the URL is invalid.
    pub fn parse(text: &str, given: Option<HeaderValue>) -> Result<Self, Failure> {
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
            None => given,
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

    fn goes_direct(no_proxy: &str, host: &str, port: u16) -> bool {
        let variables = ProxyVariables {
            no_proxy: no_proxy.into(),
            proxy: "http://127.0.0.1:3128".into(),
        };
        variables.proxy_for(host, port).is_none()
    }

    #[test]
    fn keeps_credentials_out_of_debug_output() {
        let proxy = "http://user:hush@127.0.0.1:3128";
        let variables = ProxyVariables {
            no_proxy: String::new(),
            proxy: proxy.into(),
        };
        let parsed = Proxy::parse(proxy, None).unwrap();
        assert!(parsed.authorization.is_some());
        let text = format!("{variables:?} {parsed:?}");
        assert!(!text.contains("hush"), "{text}");
        assert!(!text.contains(&basic("user:hush")), "{text}");
    }

    #[test]
    fn what_is_not_https_is_http() {
        let url = |text| Proxy::parse(text, None).unwrap().url.to_string();
        assert_eq!(url("127.0.0.1:3128"), "http://127.0.0.1:3128/");
        assert_eq!(url("socks5://a.test:1"), "http://a.test:1/");
        assert_eq!(url("HTTPS://a.test:1/b"), "https://a.test:1/b");
    }

    #[test]
    fn credentials_are_decoded_and_leave_the_url() {
        let proxy = Proxy::parse("http://us%65r:p%40ss@a.test:1", None).unwrap();
        assert_eq!(proxy.url.as_str(), "http://a.test:1/");
        let expected = format!("Basic {}", BASE64_STANDARD.encode("user:p@ss"));
        assert_eq!(proxy.authorization.unwrap(), expected);
        // An empty password is sent like any other, and a token without a colon is sent without a colon.
        for credentials in ["user:", ":", "token"] {
            let proxy = Proxy::parse(&format!("http://{credentials}@a.test"), None).unwrap();
            let expected = format!("Basic {}", BASE64_STANDARD.encode(credentials));
            assert_eq!(proxy.authorization.unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_url_is_not_told() {
        let error = Proxy::parse("http://user:hush@[::1", None).unwrap_err();
        assert!(!error.message.contains("hush"), "{error}");
    }

    #[test]
    fn matches_zones() {
        assert!(goes_direct("*", "example.com", 443));
        assert!(goes_direct("other, Example.com", "a.example.COM", 443));
        assert!(goes_direct(".example.com:443", "example.com", 443));
        assert!(!goes_direct("example.com:8443", "example.com", 443));
        assert!(!goes_direct("ample.com", "example.com", 443));
        assert!(!goes_direct("", "example.com", 443));
        assert!(!goes_direct("*.com", "example.com", 443));
    }
}
