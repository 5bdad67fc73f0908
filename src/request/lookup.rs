//! Looks up the addresses of host names with the system's resolver, reports failures as Node does, and remembers the addresses
//! for error messages.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{LazyLock, Mutex, PoisonError};

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

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
            LookupErrorKind::Fail => ("EAI_FAIL", EAI_FAIL),
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

const EAI_FAIL: i32 = -3004;

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
    let found = tokio::task::spawn_blocking(move || {
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
        // The thread panicked, so nothing is known about the host name.
        Err(_) => Err(LookupError::Resolver {
            code: "EAI_FAIL",
            number: EAI_FAIL,
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
