//! What determines which client sends a request.

use http::header;

use super::call::{Request, TrustStore};
use super::failure::Failure;
use super::proxy::{Proxy, ProxyVariables};
use super::target::Origin;

/// The settings of a JavaScript environment that apply to all of its requests.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Environment {
    /// The environment variables for proxies.
    pub proxies: ProxyVariables,
    /// Whether server certificates are accepted without verification, as `NODE_TLS_REJECT_UNAUTHORIZED=0` requests.
    pub accepts_invalid_certificates: bool,
    /// The certificates that the environment trusts.
    pub trust: TrustStore,
    /// The versions of TLS that the environment allows.
    pub versions: Versions,
}

/// The versions of TLS that may be negotiated.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Versions {
    /// Whether TLS 1.2 may be negotiated.
    pub tls12: bool,
    /// Whether TLS 1.3 may be negotiated.
    pub tls13: bool,
}

impl Default for Versions {
    fn default() -> Self {
        Self {
            tls12: true,
            tls13: true,
        }
    }
}

/// The properties of a request that determine which client sends it.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Route {
    /// The proxy through which the requests are sent.
    pub proxy: Option<Proxy>,
    /// The trusted certificates, or `None` if server certificates are accepted without verification.
    pub(super) trust: Option<TrustStore>,
    pub(super) versions: Versions,
}

impl Route {
    /// Returns the route of `request`. If there is a proxy, `Proxy-Authorization` moves from the request to the route, because
    /// the header is for the proxy only. Fails if the URL of the proxy is invalid.
    pub fn of(request: &mut Request, environment: &Environment) -> Result<Self, Failure> {
        let origin = request.target.origin();
        let proxies = &environment.proxies;
        let proxy = match proxies.proxy_for(origin.hostname(), origin.port()) {
            Some(proxy) => {
                let authorization = request.headers.remove(header::PROXY_AUTHORIZATION);
                Some(Proxy::parse(proxy, authorization)?)
            }
            None => None,
        };
        Ok(Self {
            trust: (!environment.accepts_invalid_certificates)
                .then(|| request.trust.as_ref().unwrap_or(&environment.trust).clone()),
            versions: environment.versions,
            proxy,
        })
    }

    /// Returns the host that is connected to for requests to `origin`: that of the proxy if there is one.
    pub fn peer<'a>(&'a self, origin: &'a Origin) -> &'a str {
        let proxy = self.proxy.as_ref().and_then(|proxy| proxy.url.host_str());
        proxy.unwrap_or_else(|| origin.hostname())
    }
}
