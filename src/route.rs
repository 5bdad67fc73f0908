//! Which way requests go: one client, and so one pool of connections, for each proxy, trust and server name.

use std::env;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http::header;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use crate::client::Request;
use crate::failure::{self, Failure};
use crate::interned::Table;
use crate::lookup;
use crate::proxy::{Proxy, ProxyVariables};
use crate::reachability::reachable;
use crate::trust;
use crate::trusts::Trust;

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

impl Environment {
    /// Whether the variables of the process say what this says.
    pub fn agrees_with_process(&self) -> bool {
        let accepts_anyone =
            env::var_os("NODE_TLS_REJECT_UNAUTHORIZED").is_some_and(|value| value == "0");
        self.accepts_anyone == accepts_anyone && self.proxies == ProxyVariables::of_process()
    }
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

/// A name that a server is to have instead of the one that it is found by: that of a caller's `Host` header, as in
/// Node.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Alias {
    name: String,
    found_by: String,
}

/// The clients that were wanted last. There are more ways only where callers make up headers or certificates; a client that
/// is dropped closes its idle connections, and finishes what is under way.
static CLIENTS: LazyLock<Mutex<Table<Client, 64, Route>>> = LazyLock::new(Mutex::default);

/// How many connections to a server are kept for later: as many as Node's agents keep (`maxFreeSockets`). A burst may open
/// more, one for each request that finds none free.
const MAX_IDLE: usize = 256;

/// More header lines than a server sends; what hyper takes by default is 100.
const MAX_HEADERS: usize = 512;

impl Route {
    /// The way of `request`, of which it takes what is for the proxy alone.
    pub fn of(request: &mut Request, environment: &Environment) -> Result<Self, Failure> {
        let host = request.url.host_str().unwrap_or_default();
        let port = request.url.port_or_known_default().unwrap_or(443);
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

    /// The URL by which the client finds the server and checks its certificate.
    pub fn url(&self, mut url: Url) -> Result<Url, Failure> {
        if let Some(alias) = &self.alias {
            url.set_host(Some(&alias.name)).map_err(|_| {
                let message = "Invalid character in header content [\"host\"]";
                Failure::type_error("ERR_INVALID_CHAR", message)
            })?;
        }
        Ok(url)
    }

    /// The client, made once.
    pub fn client(&self) -> Result<Client, Failure> {
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.find(self) {
            return Ok(client.clone());
        }
        let client = self.build()?;
        clients.set(self.clone(), client.clone());
        Ok(client)
    }

    /// Why a request that went this way failed.
    pub fn describe(&self, error: &reqwest::Error) -> Failure {
        let connected = self.proxy.as_ref().map(|proxy| &proxy.url).or(error.url());
        let addresses = connected.map(addresses).unwrap_or_default();
        failure::describe(error, &addresses, self.proxy.is_some())
    }

    fn build(&self) -> Result<Client, Failure> {
        let tls = trust::tls_config(self.trust.as_ref().map(Trust::store))
            .map_err(|error| Failure::new(error.to_string()))?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(Resolver(self.alias.clone())))
            .http1_max_headers(MAX_HEADERS)
            .pool_max_idle_per_host(MAX_IDLE)
            .no_proxy();
        if let Some(proxy) = &self.proxy {
            let mut tunnel = reqwest::Proxy::all(proxy.url.clone())
                .map_err(|error| Failure::new(error.to_string()))?;
            if let Some(authorization) = &proxy.authorization {
                tunnel = tunnel.custom_http_auth(authorization.clone());
            }
            builder = builder.proxy(tunnel);
        }
        builder
            .build()
            .map_err(|error| failure::describe(&error, &[], false))
    }
}

impl Alias {
    fn of(request: &Request) -> Option<Self> {
        let name = request.host_header()?;
        let found_by = request.hostname();
        let is_other = name != found_by && name.parse::<IpAddr>().is_err();
        is_other.then_some(Self { name, found_by })
    }
}

/// The addresses that the names looked up last have, for the errors that name them.
static ADDRESSES: LazyLock<Mutex<Table<Vec<IpAddr>, 4096, String>>> = LazyLock::new(Mutex::default);

/// Asks the system, as Node does.
struct Resolver(Option<Alias>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let alias = self.0.clone();
        Box::pin(async move {
            let hostname = name.as_str();
            let found_by = match &alias {
                Some(alias) if alias.name == hostname => &alias.found_by,
                _ => hostname,
            };
            let addresses = lookup::addresses(found_by).await?;
            let mut known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            let found = addresses.iter().map(SocketAddr::ip).collect();
            known.set(hostname.to_owned(), found);
            Ok(Box::new(reachable(addresses).into_iter()) as Addrs)
        })
    }
}

/// The addresses of a URL's host that may have been tried.
fn addresses(url: &Url) -> Vec<SocketAddr> {
    let port = url.port_or_known_default().unwrap_or(443);
    let found = match url.host() {
        Some(url::Host::Ipv4(address)) => vec![address.into()],
        Some(url::Host::Ipv6(address)) => vec![address.into()],
        Some(url::Host::Domain(name)) => {
            let known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known.find(&name.to_owned()).cloned().unwrap_or_default()
        }
        None => vec![],
    };
    found
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect()
}
