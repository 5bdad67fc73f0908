//! Selects the connections that may carry a request. Each combination of a proxy, a trust store and a server name has its own
//! connection pool.

use std::sync::{LazyLock, Mutex, PoisonError};

use http::header;

use super::client::Request;
use super::connector::Connector;
use super::failure::{self, Failure};
use super::pool::Pool;
use super::proxy::{Proxy, ProxyVariables};
use super::resolver::{self, Alias, Resolver};
use super::send_error::SendError;
use super::target::{Origin, Target};
use crate::interned::Table;
use crate::trust;
use crate::trust::{Trust, Versions};

/// The settings of a JavaScript environment that apply to all of its requests.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Environment {
    /// The environment variables for proxies.
    pub proxies: ProxyVariables,
    /// Whether server certificates are accepted without verification, as `NODE_TLS_REJECT_UNAUTHORIZED=0` requests.
    pub accepts_anyone: bool,
    /// The certificates that the environment trusts.
    pub trust: Trust,
    /// The versions of TLS that the environment allows.
    pub versions: Versions,
}

/// The properties of a request that determine, together with its origin, which connections may carry it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Route {
    /// The proxy through which the requests are sent.
    pub proxy: Option<Proxy>,
    /// The trusted certificates, or `None` if server certificates are accepted without verification.
    trust: Option<Trust>,
    versions: Versions,
    alias: Option<Alias>,
}

/// The most recently used pools. There are more routes than slots only if callers invent `Host` headers or certificates.
static POOLS: LazyLock<Mutex<Table<Pool, 64, Route>>> = LazyLock::new(Mutex::default);

impl Route {
    /// Returns the route of `request`. If there is a proxy, `Proxy-Authorization` moves from the request to the route, because
    /// the header is for the proxy only. Fails if the URL of the proxy is invalid.
    pub fn of(request: &mut Request, environment: &Environment) -> Result<Self, Failure> {
        let url = request.target.origin().url();
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(443);
        let proxy = match environment.proxies.proxy_for(host, port) {
            Some(proxy) => {
                let given = request.headers.remove(header::PROXY_AUTHORIZATION);
                Some(Proxy::parse(proxy, given)?)
            }
            None => None,
        };
        Ok(Self {
            alias: if proxy.is_none() {
                Alias::of(request)
            } else {
                None
            },
            trust: (!environment.accepts_anyone)
                .then(|| request.trust.as_ref().unwrap_or(&environment.trust).clone()),
            versions: environment.versions,
            proxy,
        })
    }

    /// Returns the route of `request`, to which a request on this route is redirected. As in the original, the proxy does not
    /// change.
    pub fn of_next(self, request: &Request) -> Self {
        let alias = if self.proxy.is_none() {
            Alias::of(request)
        } else {
            None
        };
        Self { alias, ..self }
    }

    /// Returns the origin to pass to the client, which looks up the host and verifies the certificate against the host. If the
    /// route has an alias, the host is that of the `Host` header. Fails if a URL cannot express that host.
    pub fn origin(&self, target: &Target) -> Result<Origin, Failure> {
        let Some(alias) = &self.alias else {
            return Ok(target.origin().clone());
        };
        target.origin().at_host(&alias.name).ok_or_else(|| {
            let message = "Invalid character in header content [\"host\"]";
            Failure::type_error("ERR_INVALID_CHAR", message)
        })
    }

    /// Returns the connections of the route, and makes the pool if necessary. Fails if the TLS configuration or the URL of the
    /// proxy is invalid. Panics outside of the runtime.
    pub fn pool(&self) -> Result<Pool, Failure> {
        let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.find(self) {
            return Ok(pool.clone());
        }
        let pool = Pool::new(self.connector()?);
        pools.set(self.clone(), pool.clone());
        Ok(pool)
    }

    /// Returns the failure for the `error` of a request to `origin` on this route.
    pub fn describe(&self, error: &SendError, origin: &Origin) -> Failure {
        let url = origin.url();
        let connected = self.proxy.as_ref().map_or(url, |proxy| &proxy.url);
        failure::describe(
            error,
            url,
            &resolver::addresses(connected),
            self.proxy.is_some(),
        )
    }

    fn connector(&self) -> Result<Connector, Failure> {
        if !self.versions.tls12 && !self.versions.tls13 {
            return Err(failure::no_protocols());
        }
        let tls = trust::tls_config(self.trust.as_ref().map(Trust::store), self.versions)
            .map_err(|error| Failure::new(error.to_string()))?;
        Connector::new(Resolver::new(self.alias.clone()), tls, self.proxy.as_ref())
    }
}
