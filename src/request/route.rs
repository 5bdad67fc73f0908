//! Selects the client that sends a request. Each combination of a proxy, a trust store and a server name has clients of its
//! own, and therefore its own connection pool.

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header;
use http_body_util::Full;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::client::Request;
use super::connector::Connector;
use super::failure::{self, Failure};
use super::proxy::{Proxy, ProxyVariables};
use super::resolver::{self, Alias, Resolver};
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

/// The properties of a request that determine its client.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Route {
    /// The proxy through which the requests are sent.
    pub proxy: Option<Proxy>,
    /// The trusted certificates, or `None` if server certificates are accepted without verification.
    trust: Option<Trust>,
    versions: Versions,
    alias: Option<Alias>,
}

/// The clients that send the requests of a route.
pub struct Clients {
    /// The client that keeps idle connections for later requests.
    pub pooled: HttpClient,
    /// The client that opens a new connection for each request.
    pub unpooled: HttpClient,
}

type HttpClient = Client<Connector, Full<Bytes>>;

/// The most recently used clients. There are more routes than slots only if callers invent `Host` headers or certificates. A
/// client that is dropped closes its idle connections and completes its pending requests.
static CLIENTS: LazyLock<Mutex<Table<Arc<Clients>, 64, Route>>> = LazyLock::new(Mutex::default);

/// The maximum number of idle connections to a server, which is that of Node's agents (`maxFreeSockets`). More connections may
/// be open during a burst, because each request that finds no idle connection opens a new one.
const MAX_IDLE: usize = 256;

/// The time after which an idle connection is closed.
const IDLE: Duration = Duration::from_secs(90);

/// The maximum number of header lines in a response. No real server is expected to send more; hyper's default is 100.
const MAX_HEADERS: usize = 512;

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

    /// Returns the clients of the route, and builds them if necessary. Fails if the TLS configuration or the URL of the proxy is
    /// invalid.
    pub fn clients(&self) -> Result<Arc<Clients>, Failure> {
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.find(self) {
            return Ok(client.clone());
        }
        let client = Arc::new(self.build()?);
        clients.set(self.clone(), client.clone());
        Ok(client)
    }

    /// Returns the failure for the `error` of a request to `origin` on this route.
    pub fn describe(&self, error: &legacy::Error, origin: &Origin) -> Failure {
        let url = origin.url();
        let connected = self.proxy.as_ref().map_or(url, |proxy| &proxy.url);
        failure::describe(
            error,
            url,
            &resolver::addresses(connected),
            self.proxy.is_some(),
        )
    }

    fn build(&self) -> Result<Clients, Failure> {
        if !self.versions.tls12 && !self.versions.tls13 {
            return Err(failure::no_protocols());
        }
        let tls = trust::tls_config(self.trust.as_ref().map(Trust::store), self.versions)
            .map_err(|error| Failure::new(error.to_string()))?;
        let connector =
            Connector::new(Resolver::new(self.alias.clone()), tls, self.proxy.as_ref())?;
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_headers(MAX_HEADERS);
        Ok(Clients {
            pooled: builder
                .pool_max_idle_per_host(MAX_IDLE)
                .build(connector.clone()),
            unpooled: builder.pool_max_idle_per_host(0).build(connector),
        })
    }
}
