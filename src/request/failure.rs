//! Describes why a call fails, with the messages and properties of the errors of Node's own HTTP client.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustls::AlertDescription;
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::connect::{self, LookupError};
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
            code: system_name(error),
            syscall: Some(syscall),
            system: Some(SystemError {
                number,
                details: details.to_owned(),
                text: error.to_string(),
            }),
            is_transient: is_transient(error),
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
        _ => connect::refusal(peer).is_some(),
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
    chain(error).filter_map(fault)
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
            connect::addresses(host.trim_matches(['[', ']']), port)
        }
        None => connect::addresses(origin.hostname(), origin.port()),
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
                .filter_map(|peer| match connect::refusal(*peer) {
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
    match fault(error) {
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
        .unwrap_or_else(|| Failure::reset("aborted"))
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

/// Returns whether `error` is a failure of the network, which the next attempt may not encounter.
fn is_transient(error: &io::Error) -> bool {
    #[cfg(unix)]
    const HOST_DOWN: i32 = libc::EHOSTDOWN;
    #[cfg(windows)]
    const HOST_DOWN: i32 = windows_sys::Win32::Networking::WinSock::WSAEHOSTDOWN;

    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::TimedOut
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkDown
    ) || error.raw_os_error() == Some(HOST_DOWN)
}

/// Returns `None`: Node's numbers are the system's, and JavaScript asks the running Node for the name of a number.
#[cfg(unix)]
fn system_name(_: &io::Error) -> Option<&'static str> {
    None
}

/// Returns the name of an error that sockets raise. Node's own numbers for these names differ from the system's (libuv's
/// src/win/error.c translates them).
#[cfg(windows)]
fn system_name(error: &io::Error) -> Option<&'static str> {
    use windows_sys::Win32::Networking::WinSock as socket;

    Some(match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::AddrInUse, _) => "EADDRINUSE",
        (io::ErrorKind::AddrNotAvailable, _) => "EADDRNOTAVAIL",
        (io::ErrorKind::BrokenPipe, _) => "EPIPE",
        (io::ErrorKind::ConnectionAborted, _) => "ECONNABORTED",
        (io::ErrorKind::ConnectionRefused, _) => "ECONNREFUSED",
        (io::ErrorKind::ConnectionReset, _) => "ECONNRESET",
        (io::ErrorKind::HostUnreachable, _) => "EHOSTUNREACH",
        (io::ErrorKind::InvalidInput, _) => "EINVAL",
        (io::ErrorKind::NetworkDown, _) => "ENETDOWN",
        (io::ErrorKind::NetworkUnreachable, _) => "ENETUNREACH",
        (io::ErrorKind::NotConnected, _) => "ENOTCONN",
        (io::ErrorKind::OutOfMemory, _) => "ENOMEM",
        (io::ErrorKind::PermissionDenied, _) => "EACCES",
        (io::ErrorKind::TimedOut, _) => "ETIMEDOUT",
        (_, Some(socket::WSAEAFNOSUPPORT)) => "EAFNOSUPPORT",
        (_, Some(socket::WSAEHOSTDOWN)) => "EHOSTDOWN",
        (_, Some(socket::WSAEMFILE)) => "EMFILE",
        (_, Some(socket::WSAENOBUFS)) => "ENOBUFS",
        _ => return None,
    })
}

/// The cause of a failure that the text of an error indicates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    /// The system or the peer refuses the TCP connection.
    Tcp,
    /// A proxy responds, but does not open a tunnel.
    TunnelRefused,
    /// A proxy closes the connection before it responds.
    TunnelClosed,
    /// Another failure occurs on the connection to a proxy.
    Tunnel,
    /// The response is malformed, for which Node's parser has this code and reason.
    Malformed(&'static str, &'static str),
}

use Fault::*;

const CHUNK_SIZE: Fault = Malformed("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size");
const CHUNK_OVERFLOW: Fault = Malformed("HPE_INVALID_CHUNK_SIZE", "Chunk size overflow");
const CHUNK_SIZE_END: Fault = Malformed("HPE_CR_EXPECTED", "Missing expected CR after chunk size");
const CHUNK_END: Fault = Malformed("HPE_STRICT", "Expected LF after chunk data");
const EXTENSION: Fault = Malformed("HPE_STRICT", "Invalid character in chunk extensions");
const EXTENSION_OVERFLOW: Fault =
    Malformed("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
const HEADER_OVERFLOW: Fault = Malformed("HPE_HEADER_OVERFLOW", "Header overflow");
const VERSION: Fault = Malformed("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
const LENGTH: Fault = Malformed(
    "HPE_INVALID_CONTENT_LENGTH",
    "Invalid character in Content-Length",
);
const ENCODING: Fault = Malformed(
    "HPE_INVALID_TRANSFER_ENCODING",
    "Invalid `Transfer-Encoding` header value",
);

/// The beginning of each text, and the fault that the text indicates. The first entry that matches decides.
const TEXTS: [(&str, Fault); 23] = [
    // This text belongs to `ConnectError`, which hyper-util does not export (client/legacy/connect/http.rs).
    ("tcp ", Tcp),
    // These texts belong to `TunnelError`, which hyper-util does not export (client/legacy/connect/proxy/tunnel.rs).
    ("tunnel error: proxy authorization required", TunnelRefused),
    (
        "tunnel error: proxy response headers too long",
        TunnelRefused,
    ),
    ("tunnel error: unsuccessful", TunnelRefused),
    ("tunnel error: unexpected end of file", TunnelClosed),
    ("tunnel error: ", Tunnel),
    // These texts belong to `Parse` (hyper, error.rs). A client can only ask hyper whether the status is invalid.
    ("invalid HTTP version parsed", VERSION),
    ("invalid content-length parsed", LENGTH),
    ("unexpected transfer-encoding parsed", ENCODING),
    ("message head is too large", HEADER_OVERFLOW),
    // These texts belong to `io::Error`s whose kind only indicates invalid input (hyper, proto/h1/decode.rs).
    ("Invalid chunk size line: missing size digit", CHUNK_SIZE),
    ("Invalid chunk size line: Invalid Size", CHUNK_SIZE),
    ("Invalid chunk size linear white space", CHUNK_SIZE),
    ("invalid chunk size: overflow", CHUNK_OVERFLOW),
    ("Invalid chunk size LF", CHUNK_SIZE_END),
    ("Invalid chunk body CR", CHUNK_END),
    ("Invalid chunk body LF", CHUNK_END),
    ("invalid chunk extension contains newline", EXTENSION),
    ("chunk extensions over limit", EXTENSION_OVERFLOW),
    ("chunk trailers bytes over limit", HEADER_OVERFLOW),
    ("chunk trailers count overflow", HEADER_OVERFLOW),
    ("Invalid trailer end LF", CHUNK_SIZE_END),
    ("Invalid chunk end LF", CHUNK_END),
];

/// Returns the fault that the text of `error` indicates. The texts of its causes are ignored.
fn fault(error: &(dyn Error + 'static)) -> Option<Fault> {
    let text = error.to_string();
    TEXTS
        .iter()
        .find(|(begins, _)| text.starts_with(begins))
        .map(|(_, fault)| *fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    /// What makes a dependency say each of `TEXTS`, in their order: whether the peer is a proxy, and its response, if it is there.
    fn causes() -> [(bool, Option<String>); TEXTS.len()] {
        let server = |text: &str| (false, Some(format!("HTTP/{text}")));
        let proxy = |text: &str| (true, Some(text.to_owned()));
        let chunks = |text: &str| {
            server(&format!(
                "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}"
            ))
        };
        let long = "a".repeat(20_000);
        let lines = "A: b\r\n".repeat(5);
        [
            (false, None),
            proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            proxy(&format!("HTTP/1.1 200 OK\r\nA: {long}\r\n\r\n")),
            proxy("HTTP/1.1 403 Forbidden\r\n\r\n"),
            proxy(""),
            (true, None),
            server("3.7 200 OK\r\n\r\n"),
            server("1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
            server("1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            server(&format!("1.1 200 OK\r\n{lines}\r\n")),
            chunks("x\r\n"),
            chunks("1x\r\n"),
            chunks("1 x\r\n"),
            chunks("fffffffffffffffff\r\n"),
            chunks("1\rx"),
            chunks("1\r\nab"),
            chunks("1\r\na\rb"),
            chunks("1;a\n"),
            chunks(&format!("1;{long}\r\n")),
            chunks(&format!("0\r\nA: {long}\r\n\r\n")),
            chunks(&format!("0\r\n{lines}\r\n")),
            chunks("0\r\nA: b\rx"),
            chunks("0\r\n\rx"),
        ]
    }

    /// Starts a server that sends `response` to the first request and closes the connection. Returns its URL.
    fn peer(response: Option<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        if let Some(response) = response {
            thread::spawn(move || {
                let (mut socket, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    socket.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                // Writing fails if the client closes the connection before it has read everything.
                let _ = socket.write_all(response.as_bytes());
            });
        }
        format!("http://{address}/")
    }

    #[test]
    fn each_text_is_what_the_dependency_says() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        for ((text, fault), (is_proxied, response)) in TEXTS.into_iter().zip(causes()) {
            let builder = reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .http1_max_headers(4);
            let mut url = peer(response);
            let builder = if is_proxied {
                let proxy = reqwest::Proxy::all(url).unwrap();
                url = "https://name.invalid/".into();
                builder.proxy(proxy)
            } else {
                builder
            };
            let request = builder.build().unwrap().get(url);
            let outcome = runtime.block_on(async { request.send().await?.bytes().await });
            let error = outcome.expect_err("no failure");
            let said: Vec<_> = chain(&error).map(ToString::to_string).collect();
            let is_said = said.iter().any(|said| said.starts_with(text));
            assert!(is_said, "Update TEXTS: {said:#?} instead of {text:?}");
            // No earlier text hides it.
            assert!(faults(&error).any(|found| found == fault), "{text:?}");
        }
    }
}
