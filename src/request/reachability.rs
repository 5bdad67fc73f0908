//! Whether the system has a way to an address, asked without sending anything.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::system_error;

/// Why connecting to `peer` fails at once, before a packet is sent; none where the system would try. Connecting a datagram
/// socket looks for a route as TCP does, and sends nothing.
pub fn refusal(peer: SocketAddr) -> Option<io::Error> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Without a socket there is nothing to learn of the address, nor from a firewall, which may have another rule for TCP.
    let refusal = UdpSocket::bind((any, 0)).ok()?.connect(peer).err()?;
    let name = refusal.raw_os_error().and_then(system_error::name);
    (name != Some("EPERM")).then_some(refusal)
}

/// Leaves those of `addresses` that the system has a way to, or all where it has none to any. hyper-util tells the error of
/// one address only, which has to be one that says more of the server than of this machine.
pub fn reachable(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
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
