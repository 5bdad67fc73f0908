//! The reqwest clients that send requests natively: one for each combination of a proxy, a trust store and versions of TLS.
//!
//! Each client has its own connection pool, and remembers the servers to which it could make no connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::{ClientBuilder, redirect, retry};
use rustls::crypto::ring;
use rustls::{ClientConfig, SupportedProtocolVersion, version};

use super::call::{Request, TrustStore};
use super::connect::{self, Resolver};
use super::describe::Refusal;
use super::failure::Failure;
use super::proxy::Proxy;
use super::roots::roots;
use super::route::{Route, Versions};
use super::target::Origin;
use crate::interned::Table;

/// The time for which an idle connection may serve another request. What stands between a client and a server forgets idle
/// connections, and a request that is not idempotent must not be lost to one. undici has the same limit.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// The maximum number of idle connections to a server, which is that of Node's agents (`maxFreeSockets`).
const MAX_IDLE: usize = 256;

/// The maximum number of header lines in a response. No real server is expected to send more; hyper's default is 100.
const MAX_HEADERS: usize = 512;

/// The time for which a server to which no connection could be made natively is left to Node's own client.
const REFUSAL_LIFETIME: Duration = Duration::from_secs(600);

impl Versions {
    fn list(self) -> Vec<&'static SupportedProtocolVersion> {
        let all = [(self.tls13, &version::TLS13), (self.tls12, &version::TLS12)];
        let allowed = all.into_iter().filter(|(is_allowed, _)| *is_allowed);
        allowed.map(|(_, version)| version).collect()
    }
}

impl Route {
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
        let (roots, until) = roots(trust, now);
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
            .connect_timeout(connect::LIMIT);
        // reqwest's default would end a call whose server is busy, or that has lost its network for a moment.
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        {
            builder = builder.tcp_user_timeout(None);
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

/// A client, and the servers that are left to Node's own client.
pub struct Client {
    /// Sends requests. It decides nothing by itself: it follows no redirect, retries nothing and looks for no proxy.
    pub sender: reqwest::Client,
    tls: Option<ClientConfig>,
    /// When one of its roots expires or another one becomes valid, in seconds since 1970.
    until: u64,
    /// The properties that its requests have in common.
    pub route: Route,
    /// The servers to which no connection could be made natively, by origin.
    refused: Mutex<Table<Option<(Refusal, Instant)>, 1024, String>>,
    /// Whether there was any such server. Most clients never look into the table.
    has_refused: AtomicBool,
}

impl Client {
    fn new(route: &Route, now: u64) -> Result<Self, Failure> {
        let (tls, until) = route.tls(now)?.unzip();
        Ok(Self {
            sender: build(route.builder(tls.as_ref())?)?,
            tls,
            until: until.unwrap_or(u64::MAX),
            route: route.clone(),
            refused: Mutex::default(),
            has_refused: AtomicBool::new(false),
        })
    }

    /// Returns a client that has no connection yet, and resumes the TLS sessions of this one.
    pub fn without_pool(&self) -> Result<reqwest::Client, Failure> {
        build(self.route.builder(self.tls.as_ref())?)
    }

    /// Returns why requests to `origin` are left to Node's own client, if they are.
    pub fn reason_for_node(&self, origin: &Origin) -> Option<&'static str> {
        let Route { proxy, trust, .. } = &self.route;
        if trust.as_ref().is_some_and(TrustStore::is_empty) {
            return Some(
                "none of the trusted certificates is a plain root; a certificate signed by a CA is checked natively",
            );
        }
        if proxy.is_some() && origin.is_ipv6() {
            return Some("reqwest asks no proxy for an IPv6 address");
        }
        if !self.has_refused.load(Ordering::Relaxed) {
            return None;
        }
        let refused = self.refused();
        let (refusal, at) = refused.find(&origin.as_str().to_owned())?.as_ref()?;
        (at.elapsed() < REFUSAL_LIFETIME).then_some(refusal.reason)
    }

    /// Remembers that no connection to `origin` could be made natively.
    pub fn note_refusal(&self, origin: &Origin, refusal: Refusal) {
        self.has_refused.store(true, Ordering::Relaxed);
        let entry = Some((refusal, Instant::now()));
        self.refused().set(origin.as_str().to_owned(), entry);
    }

    /// Remembers that `origin` has answered natively. If a connection to it took too long before, that was for want of time alone.
    pub fn note_answer(&self, origin: &Origin) {
        if !self.has_refused.load(Ordering::Relaxed) {
            return;
        }
        let mut refused = self.refused();
        let key = origin.as_str().to_owned();
        if let Some(Some((Refusal { is_slow: true, .. }, _))) = refused.find(&key) {
            refused.set(key, None);
        }
    }

    fn refused(&self) -> MutexGuard<'_, Table<Option<(Refusal, Instant)>, 1024, String>> {
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
        for is_slow in [false, true] {
            let refusal = Refusal {
                reason: "told",
                is_slow,
                ..Refusal::default()
            };
            client.note_refusal(&one, refusal);
            assert_eq!(client.reason_for_node(&one), Some("told"));
            assert_eq!(client.reason_for_node(&other), None);
            // An answer shows that a slow server can be reached, and nothing about what TLS has refused.
            client.note_answer(&one);
            assert_eq!(client.reason_for_node(&one).is_none(), is_slow);
        }
    }
}
