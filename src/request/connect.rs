//! Looks up host names as Node does, and puts addresses that do not answer behind the others.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dns_lookup::{AddrInfoHints, SockType};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::runtime;
use crate::interned::Table;

/// The longest time for which a connection is opened natively, from the look-up to the end of the handshake. With 5 s, most of 2 000
/// calls at once to a server that works 3 ms on each would be left to Node's client, on further connections; with 10 s, none is.
pub const LIMIT: Duration = Duration::from_secs(10);

/// How often each of several addresses is tried. reqwest gives each of them an equal part of `LIMIT`, and a dead one is to cost
/// less of it.
const ROUNDS: usize = 3;

/// A request that takes less time has waited for no dead address: hyper tries the other family of addresses after 300 ms.
const PASSED_OVER_AFTER: Duration = Duration::from_millis(250);

/// The time for which an address that was passed over is tried last.
const LIFETIME: Duration = Duration::from_secs(600);

/// What is known of a host with several addresses.
#[derive(Clone, Default)]
struct Host {
    /// The addresses in the order in which they are tried.
    order: Vec<IpAddr>,
    /// The addresses that were passed over for another, and when.
    passed_over: Vec<(IpAddr, Instant)>,
}

static HOSTS: LazyLock<Mutex<Table<Host, 1024, String>>> = LazyLock::new(Mutex::default);

fn hosts() -> MutexGuard<'static, Table<Host, 1024, String>> {
    HOSTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A resolver for reqwest that uses the system's resolver, as Node does.
pub struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let hostname = name.as_str().to_owned();
            let mut addresses = runtime::on_thread(move || look_up(&hostname)).await??;
            if addresses.len() > 1 {
                put_last_what_was_passed_over(name.as_str(), &mut addresses);
                addresses = addresses.repeat(ROUNDS);
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Returns the addresses of `hostname` in the system's order, with port 0.
fn look_up(hostname: &str) -> io::Result<Vec<SocketAddr>> {
    let hints = AddrInfoHints {
        socktype: SockType::Stream.into(),
        // Node asks for no family of addresses that the machine has none of (Node's lib/net.js, `lookupAndConnect`).
        #[cfg(unix)]
        flags: libc::AI_ADDRCONFIG,
        ..AddrInfoHints::default()
    };
    let found = dns_lookup::getaddrinfo(Some(hostname), None, Some(hints))?;
    found.map(|address| Ok(address?.sockaddr)).collect()
}

/// Moves those of `addresses` behind the others that were passed over a while ago.
fn put_last_what_was_passed_over(hostname: &str, addresses: &mut [SocketAddr]) {
    let mut hosts = hosts();
    let mut host = hosts
        .find(&hostname.to_owned())
        .cloned()
        .unwrap_or_default();
    host.passed_over.retain(|(_, at)| at.elapsed() < LIFETIME);
    addresses.sort_by_key(|address| host.passed_over.iter().any(|(ip, _)| *ip == address.ip()));
    host.order = addresses.iter().map(SocketAddr::ip).collect();
    hosts.set(hostname.to_owned(), host);
}

/// Remembers which addresses of `hostname` were passed over for `peer`, which has answered a request that was sent at `start`.
pub fn note_peer(hostname: &str, peer: SocketAddr, start: Instant) {
    let now = Instant::now();
    if now.duration_since(start) < PASSED_OVER_AFTER {
        return;
    }
    let mut hosts = hosts();
    let Some(mut host) = hosts.find(&hostname.to_owned()).cloned() else {
        return;
    };
    let rank = host.order.iter().position(|ip| *ip == peer.ip());
    let before = &host.order[..rank.unwrap_or_default()];
    host.passed_over
        .retain(|(ip, _)| *ip != peer.ip() && !before.contains(ip));
    host.passed_over.extend(before.iter().map(|ip| (*ip, now)));
    hosts.set(hostname.to_owned(), host);
}
