//! How connections are opened: looks up host names as Node does, remembers the addresses for error messages, and opens no more
//! connections than requests wait for.

use std::cell::Cell;
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::runtime::{self, ThreadRefused};
use crate::interned::Table;

/// The error for a host name that has no address or cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The resolver's own error: its code in Node, and its number in libuv (include/uv/errno.h).
    #[error("{code} {hostname}")]
    Resolver {
        /// The code of the error: `ENOTFOUND`, `EAI_AGAIN` or another.
        code: &'static str,
        /// The negative number of the error.
        number: i32,
        /// The host name.
        hostname: String,
    },
    /// A failure of the system instead of the resolver, or a failure of unknown kind.
    #[error("{error} {hostname}")]
    System {
        /// The error, which has a number of the system.
        error: io::Error,
        /// The host name.
        hostname: String,
    },
}

impl LookupError {
    fn new(hostname: String, error: dns_lookup::LookupError) -> Self {
        let (code, number) = match error.kind() {
            LookupErrorKind::Again => ("EAI_AGAIN", -3001),
            LookupErrorKind::Badflags => ("EAI_BADFLAGS", -3002),
            LookupErrorKind::Fail => ("EAI_FAIL", -3004),
            LookupErrorKind::Family => ("EAI_FAMILY", -3005),
            LookupErrorKind::Memory => ("EAI_MEMORY", -3006),
            LookupErrorKind::NoData => ("ENOTFOUND", -3007),
            LookupErrorKind::NoName => ("ENOTFOUND", -3008),
            LookupErrorKind::Service => ("EAI_SERVICE", -3010),
            LookupErrorKind::Socktype => ("EAI_SOCKTYPE", -3011),
            LookupErrorKind::System | LookupErrorKind::Unknown | LookupErrorKind::IO => {
                let number = error.error_num();
                let error = io::Error::from(error);
                let error = match error.raw_os_error() {
                    Some(_) => error,
                    None => io::Error::from_raw_os_error(number.saturating_abs()),
                };
                return Self::System { error, hostname };
            }
        };
        Self::Resolver {
            code,
            number,
            hostname,
        }
    }
}

/// The addresses of the names that were looked up most recently. Errors mention these addresses.
static ADDRESSES: LazyLock<Mutex<Table<Vec<IpAddr>, 4096, String>>> = LazyLock::new(Mutex::default);

/// A resolver for reqwest that uses the system's resolver, as Node does.
pub struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let hostname = name.as_str();
            let addresses = look_up(hostname).await?;
            let mut known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            let found = addresses.iter().map(SocketAddr::ip).collect();
            known.set(hostname.to_owned(), found);
            Ok(Box::new(reachable(addresses).into_iter()) as Addrs)
        })
    }
}

/// Returns the addresses of `hostname` to which the client may have tried to connect at `port`.
pub fn addresses(hostname: &str, port: u16) -> Vec<SocketAddr> {
    let found = match hostname.parse() {
        Ok(address) => vec![address],
        Err(_) => {
            let known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known
                .find(&hostname.to_owned())
                .cloned()
                .unwrap_or_default()
        }
    };
    let with_port = |address| SocketAddr::new(address, port);
    found.into_iter().map(with_port).collect()
}

/// Returns the addresses of `hostname` in the system's order, with port 0.
async fn look_up(hostname: &str) -> Result<Vec<SocketAddr>, LookupError> {
    let name = hostname.to_owned();
    let found = runtime::on_thread(move || {
        let hints = AddrInfoHints {
            socktype: SockType::Stream.into(),
            ..AddrInfoHints::default()
        };
        dns_lookup::getaddrinfo(Some(&name), None, Some(hints)).map(|found| {
            found
                .filter_map(Result::ok)
                .map(|address| address.sockaddr)
                .collect::<Vec<_>>()
        })
    })
    .await;
    match found {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(LookupError::new(hostname.to_owned(), error)),
        Err(ThreadRefused(error)) => Err(LookupError::System {
            error,
            hostname: hostname.to_owned(),
        }),
    }
}

/// Returns those `addresses` to which the system has a route, or all of them if the system has a route to none. The client
/// reports the error of only one address, and that error should be about the server rather than about this machine.
fn reachable(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    if addresses.len() < 2 {
        return addresses;
    }
    let (reachable, unreachable): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| refusal(*address).is_none());
    if reachable.is_empty() {
        unreachable
    } else {
        reachable
    }
}

/// Returns the error with which connecting to `peer` fails before a packet is sent, or `None` if the system would try to
/// connect. This function connects a datagram socket, which looks up a route as TCP does but sends no packet.
pub fn refusal(peer: SocketAddr) -> Option<io::Error> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Neither a failure to open the socket nor a firewall's refusal is conclusive: the former is not about the address, and a
    // firewall may have another rule for TCP.
    let refusal = UdpSocket::bind((any, 0)).ok()?.connect(peer).err()?;
    (!is_by_firewall(&refusal)).then_some(refusal)
}

#[cfg(unix)]
fn is_by_firewall(refusal: &io::Error) -> bool {
    refusal.raw_os_error() == Some(libc::EPERM)
}

#[cfg(windows)]
fn is_by_firewall(_: &io::Error) -> bool {
    false
}

/// The longest time for which a request waits for a connection that is being opened for others, which may hang. It is that of RFC
/// 8305, section 5, after which a client tries the next address.
const MAX_WAIT: Duration = Duration::from_millis(250);

/// The requests of a client that wait for a connection, and the connections that are being opened.
#[derive(Default)]
pub struct Demand {
    waiting: AtomicUsize,
    opening: AtomicUsize,
    has_changed: Notify,
}

tokio::task_local! {
    /// The demand of the client that sends the request of this task, and whether it has opened a connection for the request.
    static SENDING: (Arc<Demand>, Cell<bool>);
}

/// Has `sent` open its connection by [`on_demand`], and returns whether it did.
pub async fn with_demand<T>(demand: Arc<Demand>, sent: impl Future<Output = T>) -> (T, bool) {
    let counted = async { (sent.await, SENDING.with(|(_, has_opened)| has_opened.get())) };
    SENDING.scope((demand, Cell::new(false)), counted).await
}

/// Opens a connection by `connecting` once more requests wait for one than are being opened. Fails if the request that wants it
/// has found another one before: hyper then goes on with this future outside the task of the request.
pub async fn on_demand<C>(
    connecting: impl Future<Output = Result<C, Box<dyn Error + Send + Sync>>>,
) -> Result<C, Box<dyn Error + Send + Sync>> {
    let is_served = || SENDING.try_with(|_| ()).is_err();
    let demand = SENDING.try_with(|(demand, _)| demand.clone())?;
    let mut waiting = Some(Counted::new(&demand, |demand| &demand.waiting));
    let mut turn = pin!(timeout(MAX_WAIT, demand.turn()));
    poll_fn(|context| match turn.as_mut().poll(context) {
        Poll::Pending if is_served() => Poll::Ready(Err("The request has found a connection")),
        turn => turn.map(|_| Ok(())),
    })
    .await?;
    let _opening = Counted::new(&demand, |demand| &demand.opening);
    let mut connecting = pin!(connecting);
    let connection = poll_fn(|context| {
        if is_served() {
            waiting = None;
        }
        connecting.as_mut().poll(context)
    })
    .await?;
    let _ = SENDING.try_with(|(_, has_opened)| has_opened.set(true));
    Ok(connection)
}

impl Demand {
    /// Waits until more requests wait for a connection than are being opened.
    async fn turn(&self) {
        loop {
            let change = self.has_changed.notified();
            let [opening, waiting] = [&self.opening, &self.waiting];
            if opening.load(Ordering::Relaxed) < waiting.load(Ordering::Relaxed) {
                return;
            }
            change.await;
        }
    }
}

/// A request or a connection that is counted as long as this value lives.
struct Counted {
    demand: Arc<Demand>,
    number: fn(&Demand) -> &AtomicUsize,
}

impl Counted {
    fn new(demand: &Arc<Demand>, number: fn(&Demand) -> &AtomicUsize) -> Self {
        number(demand).fetch_add(1, Ordering::Relaxed);
        Self {
            demand: demand.clone(),
            number,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.number)(&self.demand).fetch_sub(1, Ordering::Relaxed);
        self.demand.has_changed.notify_waiters();
    }
}
