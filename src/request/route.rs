//! Which way requests go: one client, and so one pool of connections, for each proxy, trust and server name.

use std::sync::{LazyLock, Mutex, PoisonError};
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
use crate::trust::Trust;

/// How the environment wants requests to be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Environment {
    /// The proxies.
    pub proxies: ProxyVariables,
    /// Whether servers need not prove who they are: `NODE_TLS_REJECT_UNAUTHORIZED=0`.
    pub accepts_anyone: bool,
    /// Whom it trusts.
    pub trust: Trust,
}

/// What distinguishes clients.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Route {
    /// The proxy that it goes through.
    pub proxy: Option<Proxy>,
    /// None where servers need not prove who they are.
    trust: Option<Trust>,
    alias: Option<Alias>,
}

/// What sends the requests of a route.
#[derive(Clone)]
pub struct Clients {
    /// Keeps connections for later requests.
    pub pooled: HttpClient,
    /// Opens a connection for each request.
    pub unpooled: HttpClient,
}

type HttpClient = Client<Connector, Full<Bytes>>;

/// The clients that were wanted last. There are more ways only where callers make up headers or certificates; a client that
/// is dropped closes its idle connections, and finishes what is under way.
static CLIENTS: LazyLock<Mutex<Table<Clients, 64, Route>>> = LazyLock::new(Mutex::default);

/// How many connections to a server are kept for later: as many as Node's agents keep (`maxFreeSockets`). A burst may open
/// more, one for each request that finds none free.
const MAX_IDLE: usize = 256;

/// For how long a connection without requests is kept.
const IDLE: Duration = Duration::from_secs(90);

/// More header lines than a server sends; what hyper takes by default is 100.
const MAX_HEADERS: usize = 512;

impl Route {
    /// The way of `request`, of which it takes what is for the proxy alone.
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
            proxy,
        })
    }

    /// The way of a request that this one's answer asked for: through the same proxy, as in the original.
    pub fn of_next(self, request: &Request) -> Self {
        let alias = if self.proxy.is_none() {
            Alias::of(request)
        } else {
            None
        };
        Self { alias, ..self }
    }

    /// The target by which the client finds the server and checks its certificate.
    pub fn target(&self, target: &Target) -> Result<Target, Failure> {
        let Some(alias) = &self.alias else {
            return Ok(target.clone());
        };
        target.at_host(&alias.name).ok_or_else(|| {
            let message = "Invalid character in header content [\"host\"]";
            Failure::type_error("ERR_INVALID_CHAR", message)
        })
    }

    /// The clients, made once.
    pub fn clients(&self) -> Result<Clients, Failure> {
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.find(self) {
            return Ok(client.clone());
        }
        let client = self.build()?;
        clients.set(self.clone(), client.clone());
        Ok(client)
    }

    /// Why a request to `origin` that went this way failed.
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
        let tls = trust::tls_config(self.trust.as_ref().map(Trust::store))
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
