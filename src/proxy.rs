//! Which proxy a request goes through: the environment's, with the matching of the original's HTTP library
//! (`request` 2.88, `lib/getProxyFromURI.js`).

/// The variables that say so, empty where unset.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ProxyVariables {
    /// `NO_PROXY`, or else `no_proxy`.
    pub no_proxy: String,
    /// The first of `HTTPS_PROXY`, `https_proxy`, `HTTP_PROXY` and `http_proxy`.
    pub proxy: String,
}

impl ProxyVariables {
    /// The proxy for `host` and `port`, if any.
    pub fn proxy_for(&self, host: &str, port: u16) -> Option<&str> {
        let direct = self.proxy.is_empty() || self.no_proxy == "*" || self.excludes(host, port);
        (!direct).then_some(self.proxy.as_str())
    }

    /// A zone of the list matches a host that ends with it, at a label's border, and where it names a port, that
    /// port.
    fn excludes(&self, host: &str, port: u16) -> bool {
        if self.no_proxy.is_empty() {
            return false;
        }
        let host = canonical(host);
        self.no_proxy.split(',').any(|zone| {
            let zone = zone.trim().to_lowercase();
            let mut parts = zone.split(':');
            let name = canonical(parts.next().unwrap_or_default());
            // The original looks for the first occurrence only, so `a.a` does not end with `a` for it.
            let ends = host
                .find(&name)
                .is_some_and(|at| at + name.len() == host.len());
            ends && parts.next().is_none_or(|wanted| wanted == port.to_string())
        })
    }
}

/// With one leading dot, so that `oogle.com` does not match `google.com`.
fn canonical(host: &str) -> String {
    format!(".{}", host.trim_start_matches('.')).to_lowercase()
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
