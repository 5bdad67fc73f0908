//! Finds out whether the system has a route to an address, without sending a packet.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::system_error;

/// Returns the error with which connecting to `peer` fails before a packet is sent, or `None` if the system would try to
/// connect. This function connects a datagram socket, which looks up a route as TCP does but sends no packet.
pub fn refusal(peer: SocketAddr) -> Option<io::Error> {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Neither a failure to open the socket nor a firewall's refusal (EPERM) is conclusive: the former is not about the address,
    // and a firewall may have another rule for TCP.
    let refusal = UdpSocket::bind((any, 0)).ok()?.connect(peer).err()?;
    let name = refusal.raw_os_error().and_then(system_error::name);
    (name != Some("EPERM")).then_some(refusal)
}

/// Returns those `addresses` to which the system has a route, or all of them if the system has a route to none. hyper-util
/// reports the error of only one address, and that error should be about the server rather than about this machine.
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
