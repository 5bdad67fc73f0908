//! Describes why a call fails, with the messages and properties of the errors of Node's own HTTP client.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustls::AlertDescription;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::dependency_texts::{self, Fault};
use super::lookup::{self, LookupError};
use super::system_error;
use super::target::Origin;

/// The description of an error that is thrown in JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Whether the error is a `TypeError` instead of an `Error`.
    pub type_error: bool,
    /// The message of the error. JavaScript appends that of `cause`.
    pub message: String,
    /// The code of the error, such as `ECONNREFUSED`.
    pub code: Option<&'static str>,
    /// The number that Node's error has, if it is not the one of `code` in the table of the running Node.
    pub errno: Option<i32>,
    /// The error of the system. Its name, and so the code and the message, come from the running Node.
    pub system: Option<SystemError>,
    /// The name of the system call that failed.
    pub syscall: Option<&'static str>,
    /// The host whose addresses could not be looked up.
    pub hostname: Option<String>,
    /// The address of the peer.
    pub address: Option<IpAddr>,
    /// The port of the peer, a number, or of `host`, a string as in the URL.
    pub port: Option<Value>,
    /// The reason why a response is malformed or a TLS connection fails.
    pub reason: Option<String>,
    /// The host that closed the connection.
    pub host: Option<String>,
    /// The library that Node reports for a TLS error after the handshake.
    pub library: Option<&'static str>,
    /// The failure whose message ends this one's.
    pub cause: Option<Box<Failure>>,
    /// One failure for each address, if the host has several addresses and no connection succeeds.
    pub causes: Vec<Failure>,
    /// Whether the next attempt may succeed.
    pub is_transient: bool,
}

/// An error of the system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemError {
    /// The system's number for the error.
    pub number: i32,
    /// The text that follows the name of the error in the message.
    pub details: String,
    /// The system's text, which the message has as well if the running Node has no name for the error.
    pub text: String,
}

impl Failure {
    /// Returns the JSON from which JavaScript creates the error.
    pub fn to_json(&self) -> String {
        // Maps with keys that are no strings could not be written, and there are none.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns an `Error` with a message and no other property.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Returns an `Error` with a code and a message.
    pub fn with_code(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::new(message)
        }
    }

    /// Returns a `TypeError` with a code and a message.
    pub fn type_error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            type_error: true,
            ..Self::with_code(code, message)
        }
    }

    /// Returns the failure for a connection that ends too early.
    fn reset(message: &str) -> Self {
        Self {
            is_transient: true,
            ..Self::with_code("ECONNRESET", message)
        }
    }

    /// Returns the failure for a peer that closed the connection before it responded.
    fn hang_up() -> Self {
        Self::reset("socket hang up")
    }

    /// Returns the failure for a malformed response. `code` and `reason` are those of Node's parser.
    pub fn malformed(code: &'static str, reason: &str) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::with_code(code, format!("Parse Error: {reason}"))
        }
    }

    /// Returns the failure for a peer that closed the connection before the end of a response.
    fn aborted() -> Self {
        Self::reset("aborted")
    }

    /// Returns Node's failure for a body that no string of its V8 can hold, which has at most `limit` characters.
    pub fn too_long(limit: usize) -> Self {
        let message = format!("Cannot create a string longer than 0x{limit:x} characters");
        Self::with_code("ERR_STRING_TOO_LONG", message)
    }

    /// Returns the failure for a call that takes longer than its time limit. The message begins with the name of the call.
    pub fn timed_out(call: &str, limit: Duration) -> Self {
        let message = format!("{call} took longer than {} ms", limit.as_millis());
        Self::with_code("ETIMEDOUT", message)
    }

    /// Returns the failure for a resource that every request needs and that the system refuses.
    pub fn of_system(error: &io::Error) -> Self {
        Self::system("connect", error, "").unwrap_or_else(|| Self::new(error.to_string()))
    }

    /// Returns the failure of the system call `syscall`, whose message ends with `details`, or `None` if `error` is not a system
    /// error.
    fn system(syscall: &'static str, error: &io::Error, details: &str) -> Option<Self> {
        let number = error.raw_os_error()?;
        Some(Self {
            code: system_error::name(number),
            syscall: Some(syscall),
            system: Some(SystemError {
                number,
                details: details.to_owned(),
                text: error.to_string(),
            }),
            is_transient: system_error::is_transient(error),
            ..Self::default()
        })
    }

    /// Returns the failure for a connection that the system or `peer` refuses, or `None` if `error` is not a system error.
    fn connect(error: &io::Error, peer: SocketAddr) -> Option<Self> {
        let local = local(error, peer);
        let details = format!(" {}:{}{local}", peer.ip(), peer.port());
        Some(Self {
            address: Some(peer.ip()),
            port: Some(peer.port().into()),
            ..Self::system("connect", error, &details)?
        })
    }
}

impl From<&LookupError> for Failure {
    fn from(error: &LookupError) -> Self {
        const SYSCALL: &str = "getaddrinfo";
        match error {
            LookupError::Resolver {
                code,
                number,
                hostname,
            } => Self {
                errno: Some(*number),
                syscall: Some(SYSCALL),
                hostname: Some(hostname.clone()),
                is_transient: matches!(*code, "EAI_AGAIN" | "ENOTFOUND"),
                ..Self::with_code(code, format!("{SYSCALL} {code} {hostname}"))
            },
            LookupError::System { error, hostname } => {
                let failure = Self::system(SYSCALL, error, &format!(" {hostname}"));
                Self {
                    hostname: Some(hostname.clone()),
                    ..failure.unwrap_or_else(|| Self::new(error.to_string()))
                }
            }
        }
    }
}

/// Returns the text that Node appends if `connect` fails immediately: the local address of the socket at that time. Node
/// appends nothing to later failures, such as a refusal by the peer (Node's lib/net.js, `internalConnect` and `afterConnect`).
fn local(error: &io::Error, peer: SocketAddr) -> &'static str {
    if is_without_socket(error) {
        " - Local (undefined:undefined)"
    } else if !fails_at_once(error, peer) {
        ""
    } else if peer.is_ipv4() {
        " - Local (0.0.0.0:0)"
    } else {
        " - Local (:::0)"
    }
}

/// Returns whether the system has refused a socket, rather than a connection.
fn is_without_socket(error: &io::Error) -> bool {
    #[cfg(unix)]
    const REFUSALS: [i32; 3] = [libc::EMFILE, libc::ENFILE, libc::EAFNOSUPPORT];
    #[cfg(windows)]
    const REFUSALS: [i32; 1] = [windows_sys::Win32::Networking::WinSock::WSAEAFNOSUPPORT];

    error
        .raw_os_error()
        .is_some_and(|number| REFUSALS.contains(&number))
}

fn fails_at_once(error: &io::Error, peer: SocketAddr) -> bool {
    match error.kind() {
        // libuv defers a refusal even if the system reports it immediately (src/unix/tcp.c).
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::TimedOut => false,
        // No local port is left for TCP, or a firewall forbids TCP. A datagram socket cannot detect either.
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied => true,
        // Other errors come from the routing table of this machine, immediately, or from a router, later (RFC 1122, section
        // 3.2.2.1; RFC 4443, section 3.1).
        _ => lookup::refusal(peer).is_some(),
    }
}

/// Who refused a request before anything of it was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// TLS: its alert, its verdict on a certificate, or bytes that are not TLS. A handshake that is cut is no refusal.
    Tls,
    /// The proxy, which opens no tunnel.
    Tunnel,
}

/// Returns who refused the request that failed with `error`, if anybody did.
pub fn refusal(error: &reqwest::Error) -> Option<Refusal> {
    if !error.is_connect() {
        return None;
    }
    if chain(error).any(<dyn Error>::is::<rustls::Error>) {
        return Some(Refusal::Tls);
    }
    faults(error)
        .any(|fault| fault == Fault::TunnelRefused)
        .then_some(Refusal::Tunnel)
}

/// Returns whether the connection ended before the response to a request that was sent on it.
pub fn is_end_of_connection(error: &reqwest::Error) -> bool {
    !error.is_connect()
        && chain(error).any(|cause| {
            let http = cause.downcast_ref::<hyper::Error>();
            let io = cause.downcast_ref::<io::Error>();
            http.is_some_and(|http| http.is_incomplete_message() || http.is_canceled())
                || io.is_some_and(|io| {
                    matches!(
                        io.kind(),
                        io::ErrorKind::ConnectionReset
                            | io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::BrokenPipe
                            | io::ErrorKind::UnexpectedEof
                    )
                })
        })
}

/// Returns the failure for the `error` of a request to `origin`, through the proxy at the URL `proxy` if there is one.
pub fn describe(error: &reqwest::Error, origin: &Origin, proxy: Option<&Url>) -> Failure {
    let phase = phase(error, proxy.is_some());
    let failure = chain(error)
        .find_map(|cause| {
            if let Some(lookup) = cause.downcast_ref::<LookupError>() {
                Some(lookup.into())
            } else if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                Some(describe_tls(tls))
            } else if let Some(io) = cause.downcast_ref::<io::Error>() {
                describe_io(io, phase, origin, proxy)
            } else {
                None
            }
        })
        // hyper's own error is the outermost of the chain and the least specific.
        .or_else(|| chain(error).find_map(|cause| describe_http(cause.downcast_ref()?)))
        .unwrap_or_else(|| {
            let innermost = chain(error).last().map(ToString::to_string);
            Failure::with_code("UNKNOWN", innermost.unwrap_or_default())
        });
    match phase {
        Phase::Connect | Phase::Tunnel if proxy.is_some() => no_tunnel(error, failure),
        _ => failure,
    }
}

/// Returns the original's failure for a proxy that is not reached, or that closes the connection.
fn no_tunnel(error: &(dyn Error + 'static), cause: Failure) -> Failure {
    let is_closed = faults(error).any(|fault| fault == Fault::TunnelClosed);
    let cause = if is_closed { Failure::hang_up() } else { cause };
    Failure {
        cause: Some(Box::new(cause)),
        ..Failure::reset("tunneling socket could not be established, cause=")
    }
}

/// The phase of a request in which an error occurs.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    Connect,
    Tunnel,
    Handshake,
    Exchange,
}

fn phase(error: &reqwest::Error, is_proxied: bool) -> Phase {
    if !error.is_connect() {
        return Phase::Exchange;
    }
    let is_tcp = || faults(error).any(|fault| fault == Fault::Tcp);
    let is_lookup = || chain(error).any(<dyn Error>::is::<LookupError>);
    if is_tcp() || is_proxied && is_lookup() {
        Phase::Connect
    } else if faults(error).next().is_some() {
        Phase::Tunnel
    } else {
        Phase::Handshake
    }
}

/// Returns the faults that the texts of `error` and its causes indicate.
fn faults<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = Fault> + 'a {
    chain(error).filter_map(dependency_texts::fault)
}

/// Returns `error` and its causes, including the errors that an `io::Error` wraps, which `source` omits.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn next<'a>(error: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        let error = *error;
        match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), next)
}

fn describe_io(
    error: &io::Error,
    phase: Phase,
    origin: &Origin,
    proxy: Option<&Url>,
) -> Option<Failure> {
    match phase {
        Phase::Connect => describe_connect(error, &peers(origin, proxy)),
        Phase::Handshake if error.kind() == io::ErrorKind::UnexpectedEof => {
            let message =
                "Client network socket disconnected before secure TLS connection was established";
            Some(Failure {
                host: Some(origin.hostname().to_owned()),
                port: Some(origin.port().to_string().into()),
                ..Failure::reset(message)
            })
        }
        Phase::Tunnel | Phase::Handshake | Phase::Exchange => {
            let is_write = error.kind() == io::ErrorKind::BrokenPipe;
            let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
            Failure::system(if is_write { "write" } else { "read" }, error, "")
                .or_else(|| is_end.then(Failure::hang_up))
        }
    }
}

/// Returns the addresses to which the client connects: those of the proxy if there is one, otherwise those of the server.
fn peers(origin: &Origin, proxy: Option<&Url>) -> Vec<SocketAddr> {
    match proxy {
        Some(url) => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port_or_known_default().unwrap_or_default();
            lookup::addresses(host.trim_matches(['[', ']']), port)
        }
        None => lookup::addresses(origin.hostname(), origin.port()),
    }
}

fn describe_connect(error: &io::Error, peers: &[SocketAddr]) -> Option<Failure> {
    match peers {
        [] => Failure::system("connect", error, ""),
        [peer] => Failure::connect(error, *peer),
        several => {
            // The client reports the error of only one address. For an address without a route, the system is asked again.
            let causes: Vec<_> = in_turns(several)
                .into_iter()
                .filter_map(|peer| match lookup::refusal(*peer) {
                    Some(refusal) if !is_without_socket(error) => Failure::connect(&refusal, *peer),
                    _ => Failure::connect(error, *peer),
                })
                .collect();
            Some(Failure {
                is_transient: causes.iter().any(|cause| cause.is_transient),
                causes,
                ..Failure::default()
            })
        }
    }
}

/// Returns `peers` in the order in which Node tries them: the address families alternate, and the family of the first address
/// comes first (Node's lib/net.js, `lookupAndConnectMultiple`).
fn in_turns(peers: &[SocketAddr]) -> Vec<&SocketAddr> {
    let starts_with_4 = peers.first().is_some_and(SocketAddr::is_ipv4);
    let (one, other): (Vec<_>, Vec<_>) = peers
        .iter()
        .partition(|peer| peer.is_ipv4() == starts_with_4);
    (0..one.len().max(other.len()))
        .flat_map(|index| [one.get(index), other.get(index)])
        .flatten()
        .copied()
        .collect()
}

/// Returns the failure for an error of hyper itself. Node's parser distinguishes more kinds of malformed responses than hyper
/// does; if one kind of hyper covers several kinds of Node, the failure names the most likely one.
fn describe_http(error: &hyper::Error) -> Option<Failure> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return Some(Failure::hang_up());
    }
    if !error.is_parse() {
        return None;
    }
    Some(if error.is_parse_status() {
        Failure::malformed("HPE_INVALID_STATUS", "Invalid status code")
    } else {
        malformed(error)
    })
}

/// Returns the failure for a response that hyper considers malformed. If the text of `error` indicates no fault, httparse has
/// rejected the header lines or the trailers.
fn malformed(error: &(dyn Error + 'static)) -> Failure {
    match dependency_texts::fault(error) {
        Some(Fault::Malformed(code, reason)) => Failure::malformed(code, reason),
        _ => Failure::malformed("HPE_INVALID_HEADER_TOKEN", "Invalid header token"),
    }
}

/// Returns the failure for an `error` that occurs while a body is read.
pub fn describe_body(error: &reqwest::Error) -> Failure {
    chain(error)
        .filter_map(<dyn Error>::downcast_ref::<io::Error>)
        .find_map(|error| {
            Failure::system("read", error, "").or_else(|| match error.kind() {
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if !is_tls(error) => {
                    Some(malformed(error))
                }
                _ => None,
            })
        })
        .unwrap_or_else(Failure::aborted)
}

fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>)
}

/// Returns whether the peer closed the connection without the `close_notify` alert that TLS requires.
pub fn is_end_of_stream(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof)
    })
}

/// Returns the failure for an error of TLS on a connection that has been established. A TLS 1.3 server rejects a missing client
/// certificate only after the client has completed the handshake.
fn describe_tls(error: &rustls::Error) -> Failure {
    let rustls::Error::AlertReceived(alert) = error else {
        return Failure {
            syscall: Some("write"),
            ..Failure::with_code("EPROTO", format!("write EPROTO {error}"))
        };
    };
    let (code, reason) = match alert {
        AlertDescription::CertificateRequired => (
            "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "tlsv13 alert certificate required".to_owned(),
        ),
        other => ("EPROTO", format!("ssl/tls alert {other:?}")),
    };
    // OpenSSL's number for an alert is that of the alert and 1000.
    let number = 1000 + u32::from(u8::from(*alert));
    Failure {
        library: Some("SSL routines"),
        reason: Some(reason.clone()),
        ..Failure::with_code(code, format!("error:0A{number:06X}:SSL routines::{reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_in_turns_of_their_families() {
        let peers =
            ["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"].map(|text| text.parse().unwrap());
        let turns: Vec<_> = in_turns(&peers).iter().map(ToString::to_string).collect();
        assert_eq!(turns, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
    }
}
