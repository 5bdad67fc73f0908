//! The reqwest clients that send requests natively: one for each combination of a proxy, a trust store and versions of TLS.
//!
//! Each client has its own connection pool, and remembers the servers that its TLS could not speak to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::header;
use reqwest::{ClientBuilder, redirect, retry};
use rustls::crypto::ring;
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tower::util::MapFutureLayer;

use super::call::{Request, TrustStore};
use super::connect::{self, Demand, Resolver};
use super::failure::Failure;
use super::proxy::{Proxy, ProxyVariables};
use super::target::Origin;
use crate::interned::Table;

/// The time for which an idle connection may serve another request. What stands between a client and a server forgets idle
/// connections, and a request that is not idempotent must not be lost to one. undici has the same limit.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The maximum number of idle connections to a server, which is that of Node's agents (`maxFreeSockets`).
const MAX_IDLE: usize = 256;

/// The maximum number of header lines in a response. No real server is expected to send more; hyper's default is 100.
const MAX_HEADERS: usize = 512;

/// The idle time before the first TCP keep-alive probe, and the interval between probes. The connection is closed after
/// `KEEPALIVE_RETRIES` unanswered probes.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;

/// The longest time for which sent data may stay unacknowledged before the system closes the connection.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// The time for which a server that TLS has refused is left to Node's own client.
const REFUSAL_LIFETIME: Duration = Duration::from_secs(600);

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

impl Versions {
    fn list(self) -> Vec<&'static SupportedProtocolVersion> {
        let all = [(self.tls13, &version::TLS13), (self.tls12, &version::TLS12)];
        let allowed = all.into_iter().filter(|(is_allowed, _)| *is_allowed);
        allowed.map(|(_, version)| version).collect()
    }
}

/// The properties of a request that determine which client sends it.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Route {
    /// The proxy through which the requests are sent.
    pub proxy: Option<Proxy>,
    /// The trusted certificates, or `None` if server certificates are accepted without verification.
    trust: Option<TrustStore>,
    versions: Versions,
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

    /// Returns whether `request` may be sent natively on this route.
    pub fn is_native(&self, request: &Request) -> bool {
        let clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.table.find(self);
        request.is_ordinary
            && request.target.ordinary_url().is_some()
            && client.is_none_or(|client| client.reason_for_node(request.target.origin()).is_none())
    }

    /// Returns the client of the route, and makes it if necessary. Fails if the URL of the proxy is invalid.
    pub fn client(&self) -> Result<Arc<Client>, Failure> {
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let clocks = Clocks::now();
        clients.wake(clocks);
        let now = clocks.seconds();
        if let Some(client) = clients.table.find(self).filter(|client| now < client.until) {
            return Ok(client.clone());
        }
        let client = Arc::new(Client::new(self, now)?);
        clients.table.set(self.clone(), client.clone());
        Ok(client)
    }

    /// Returns what TLS trusts at the time `now` and negotiates, and until when, or `None` if it accepts every server. The
    /// certificates of servers are judged by webpki, which is rustls's own verifier.
    fn tls(&self, now: u64) -> Result<Option<(ClientConfig, u64)>, Failure> {
        let Some(trust) = &self.trust else {
            return Ok(None);
        };
        let (roots, until) = trust.roots(now);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&self.versions.list())
            .map_err(|error| Failure::new(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some((config, until)))
    }

    /// Returns the settings of the route's clients. Fails if the URL of the proxy is invalid.
    fn builder(&self, tls: Option<&ClientConfig>) -> Result<ClientBuilder, Failure> {
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            // Without the number, each request would be cloned for a retry.
            .retry(retry::never().max_retries_per_request(0))
            .dns_resolver(Resolver)
            .http1_max_headers(MAX_HEADERS)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE)
            .tcp_keepalive(KEEPALIVE)
            .tcp_keepalive_interval(KEEPALIVE)
            .tcp_keepalive_retries(KEEPALIVE_RETRIES);
        #[cfg(target_os = "linux")]
        {
            builder = builder.tcp_user_timeout(USER_TIMEOUT);
        }
        builder = match tls {
            Some(config) => builder.tls_backend_preconfigured(config.clone()),
            None => accepting_invalid_certificates(builder, self.versions),
        };
        if let Some(Proxy { url, authorization }) = &self.proxy {
            let invalid = |_| Failure::new(format!("Invalid URI \"{url}\""));
            let mut proxy = reqwest::Proxy::all(url.clone()).map_err(invalid)?;
            if let Some(authorization) = authorization {
                proxy = proxy.custom_http_auth(authorization.clone());
            }
            builder = builder.proxy(proxy);
        }
        Ok(builder)
    }
}

fn build(builder: ClientBuilder) -> Result<reqwest::Client, Failure> {
    let internal = |error| Failure::new(format!("Internal error: {error}"));
    builder.build().map_err(internal)
}

/// Sets that TLS accepts every server, by reqwest's own means.
fn accepting_invalid_certificates(builder: ClientBuilder, versions: Versions) -> ClientBuilder {
    // reqwest takes the algorithms from the process's default, which can be set once.
    let _ = ring::default_provider().install_default();
    let mut builder = builder.tls_danger_accept_invalid_certs(true);
    if !versions.tls12 {
        builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_3);
    }
    if !versions.tls13 {
        builder = builder.tls_version_max(reqwest::tls::Version::TLS_1_2);
    }
    builder
}

/// The most recently used clients. There are more routes than slots only if callers invent certificates.
static CLIENTS: LazyLock<Mutex<Clients>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Clients {
    table: Table<Arc<Client>, 64, Route>,
    clocks: Option<Clocks>,
}

impl Clients {
    /// Forgets all clients, and with them their connections, if the machine was suspended since the last request: its peers have
    /// not waited, and the clock by which connections expire has stood still.
    fn wake(&mut self, now: Clocks) {
        if self
            .clocks
            .is_some_and(|last| now.were_suspended_since(last))
        {
            self.table = Table::default();
        }
        self.clocks = Some(now);
    }
}

/// The time by the clock that stands still while the machine is suspended, and by the clock that does not.
#[derive(Clone, Copy)]
struct Clocks {
    awake: Instant,
    wall: SystemTime,
}

impl Clocks {
    /// The difference between the clocks that is no suspension. What corrects the wall clock by more costs new connections only.
    const TOLERANCE: Duration = Duration::from_secs(1);

    fn now() -> Self {
        Self {
            awake: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// Returns the time in seconds since 1970.
    fn seconds(self) -> u64 {
        let since = self.wall.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    }

    fn were_suspended_since(self, last: Self) -> bool {
        let awake = self.awake.saturating_duration_since(last.awake);
        let wall = self.wall.duration_since(last.wall).unwrap_or_default();
        wall.saturating_sub(awake) > Self::TOLERANCE
    }
}

/// A pair of clients, and the servers that are left to Node's own client.
pub struct Client {
    /// Sends all requests until a connection ends under one. Like the other client, it decides nothing by itself: it follows no
    /// redirect, retries nothing and looks for no proxy.
    pub plain: reqwest::Client,
    /// Sends all requests after that. It opens no more connections than requests wait for, which costs each request a little.
    sparing: reqwest::Client,
    demand: Arc<Demand>,
    /// Whether a connection has ended under a request.
    has_ended: AtomicBool,
    tls: Option<ClientConfig>,
    /// When one of its roots expires or another one becomes valid, in seconds since 1970.
    until: u64,
    /// The properties that its requests have in common.
    pub route: Route,
    /// When TLS refused a server last, by origin.
    refused: Mutex<Table<Instant, 1024, String>>,
    /// Whether TLS has refused any server. Most clients never look into the table.
    has_refused: AtomicBool,
}

impl Client {
    fn new(route: &Route, now: u64) -> Result<Self, Failure> {
        let (tls, until) = route.tls(now)?.unzip();
        let layer = MapFutureLayer::new(connect::on_demand);
        Ok(Self {
            plain: build(route.builder(tls.as_ref())?)?,
            sparing: build(route.builder(tls.as_ref())?.connector_layer(layer))?,
            demand: Arc::default(),
            has_ended: AtomicBool::new(false),
            tls,
            until: until.unwrap_or(u64::MAX),
            route: route.clone(),
            refused: Mutex::default(),
            has_refused: AtomicBool::new(false),
        })
    }

    /// Returns the client that sends requests once a connection has ended under one, with its demand for connections.
    pub fn sparing(&self) -> Option<(&reqwest::Client, &Arc<Demand>)> {
        let has_ended = self.has_ended.load(Ordering::Relaxed);
        has_ended.then_some((&self.sparing, &self.demand))
    }

    /// Returns a client that has no connection yet, and resumes the TLS sessions of the others.
    pub fn without_pool(&self) -> Result<reqwest::Client, Failure> {
        build(self.route.builder(self.tls.as_ref())?)
    }

    /// Remembers that a connection has ended under a request.
    pub fn note_end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }

    /// Returns why requests to `origin` are left to Node's own client, if they are.
    pub fn reason_for_node(&self, origin: &Origin) -> Option<&'static str> {
        let Route { proxy, trust, .. } = &self.route;
        if trust.as_ref().is_some_and(TrustStore::is_empty) {
            return Some("no trusted root is plain");
        }
        if proxy.is_some() && origin.is_ipv6() {
            return Some("reqwest asks no proxy for an IPv6 address");
        }
        if !self.has_refused.load(Ordering::Relaxed) {
            return None;
        }
        let refused = self.refused();
        let last = refused.find(&origin.as_str().to_owned())?;
        (last.elapsed() < REFUSAL_LIFETIME).then_some("TLS has refused the server a while ago")
    }

    /// Remembers that TLS refused `origin`.
    pub fn note_refusal(&self, origin: &Origin) {
        self.has_refused.store(true, Ordering::Relaxed);
        self.refused()
            .set(origin.as_str().to_owned(), Instant::now());
    }

    fn refused(&self) -> MutexGuard<'_, Table<Instant, 1024, String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_suspended_machine_forgets_its_clients() {
        let last = Clocks::now();
        let after = |awake, wall| Clocks {
            awake: last.awake + Duration::from_secs(awake),
            wall: last.wall + Duration::from_secs(wall),
        };
        assert!(!after(0, 0).were_suspended_since(last));
        assert!(!after(600, 600).were_suspended_since(last));
        assert!(!after(600, 0).were_suspended_since(last));
        assert!(after(1, 600).were_suspended_since(last));

        let mut clients = Clients::default();
        let route = Route {
            proxy: None,
            trust: Some(TrustStore::default()),
            versions: Versions::default(),
        };
        let client = Arc::new(Client::new(&route, 0).unwrap());
        clients.wake(last);
        clients.table.set(route.clone(), client);
        clients.wake(after(600, 600));
        assert!(clients.table.find(&route).is_some());
        clients.wake(after(601, 1200));
        assert!(clients.table.find(&route).is_none());
    }

    #[test]
    fn a_refused_server_is_left_to_node_and_no_other() {
        let route = Route {
            proxy: None,
            trust: Some(TrustStore::new("root".into())),
            versions: Versions::default(),
        };
        let client = Client::new(&route, 0).unwrap();
        let [one, other] = ["a.test", "a.test:8443"].map(Origin::new);
        assert_eq!(client.reason_for_node(&one), None);
        client.note_refusal(&one);
        assert!(client.reason_for_node(&one).is_some());
        assert_eq!(client.reason_for_node(&other), None);
    }
}
