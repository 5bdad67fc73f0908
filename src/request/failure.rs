//! Describes why a call fails, with the messages and properties of the errors of Node's own HTTP client.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use rustls::{AlertDescription, CertificateError, OtherError};
use url::Url;

use super::dependency_texts::{self, Fault};
use super::lookup::LookupError;
use super::reachability;
use super::send_error::SendError;
use super::system_error;
use crate::trust::Distrust;

/// The description of an error that is thrown in JavaScript.
#[derive(Clone, Debug, Default, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Whether the error is a `TypeError` instead of an `Error`.
    pub type_error: bool,
    /// The message of the error.
    pub message: String,
    /// The code of the error, such as `ECONNREFUSED`.
    pub code: Option<&'static str>,
    /// The number of the error, negative as in Node. It is set only if the table of the running Node does not contain the number:
    /// for errors of the resolver and for errors without a name.
    pub errno: Option<i32>,
    /// The name of the system call that failed.
    pub syscall: Option<&'static str>,
    /// The host whose addresses could not be looked up.
    pub hostname: Option<String>,
    /// The address of the peer.
    pub peer: Option<SocketAddr>,
    /// The reason why a response is malformed, a certificate is rejected or a TLS connection fails.
    pub reason: Option<String>,
    /// The host that the certificate does not cover, or that closed the connection.
    pub host: Option<String>,
    /// The port of `host`, from the URL.
    pub port: Option<String>,
    /// The certificate that does not cover `host`, in DER.
    pub certificate: Option<Vec<u8>>,
    /// The library that Node reports for a TLS error after the handshake.
    pub library: Option<&'static str>,
    /// One failure for each address, if the host has several addresses and no connection succeeds.
    pub causes: Vec<Failure>,
}

impl Failure {
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

    /// Returns the failure for a peer that closed the connection before it responded.
    pub fn hang_up() -> Self {
        Self::with_code("ECONNRESET", "socket hang up")
    }

    /// Returns the failure for a malformed response. `code` and `reason` are those of Node's parser.
    pub fn malformed(code: &'static str, reason: &str) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::with_code(code, format!("Parse Error: {reason}"))
        }
    }

    /// Returns the failure for a peer that closed the connection before the end of a response.
    pub fn aborted() -> Self {
        Self::with_code("ECONNRESET", "aborted")
    }

    /// Returns the failure for a resource that every request needs and that the system refuses.
    pub fn of_system(error: &io::Error) -> Self {
        Self::system("connect", error, "").unwrap_or_else(|| Self::new(error.to_string()))
    }

    /// Returns the failure of the system call `syscall`, whose message contains `details`, or `None` if `error` is not a system
    /// error.
    fn system(syscall: &'static str, error: &io::Error, details: &str) -> Option<Self> {
        let number = error.raw_os_error()?;
        let name = system_error::name(number);
        let code = name.unwrap_or("UNKNOWN");
        let mut message = format!("{syscall} {code}{details}");
        if name.is_none() {
            message += &format!(": {error}");
        }
        Some(Self {
            errno: name.is_none().then_some(-number),
            syscall: Some(syscall),
            ..Self::with_code(code, message)
        })
    }

    /// Returns the failure for a connection that the system or `peer` refuses, or `None` if `error` is not a system error.
    fn connect(error: &io::Error, peer: SocketAddr, phase: Phase) -> Option<Self> {
        let local = local(error, peer, phase);
        let details = format!(" {}:{}{local}", peer.ip(), peer.port());
        Some(Self {
            peer: Some(peer),
            ..Self::system("connect", error, &details)?
        })
    }
}

impl From<&Distrust> for Failure {
    fn from(distrust: &Distrust) -> Self {
        let failure = Self::with_code(distrust.code(), distrust.to_string());
        match distrust {
            Distrust::WrongName {
                reason,
                host,
                certificate,
            } => Self {
                reason: Some(reason.clone()),
                host: Some(host.clone()),
                certificate: Some(certificate.clone()),
                ..failure
            },
            _ => failure,
        }
    }
}

impl From<&LookupError> for Failure {
    fn from(error: &LookupError) -> Self {
        let mut message = format!("getaddrinfo {error}");
        if let Some(text) = &error.text {
            message += &format!(": {text}");
        }
        Self {
            errno: error.number,
            syscall: Some("getaddrinfo"),
            hostname: Some(error.hostname.clone()),
            ..Self::with_code(error.code, message)
        }
    }
}

/// Returns the text that Node appends if `connect` fails immediately: the local address of the socket at that time. Node
/// appends nothing to later failures, such as a refusal by the peer (Node's lib/net.js, `internalConnect` and `afterConnect`).
fn local(error: &io::Error, peer: SocketAddr, phase: Phase) -> &'static str {
    if phase == Phase::Socket {
        " - Local (undefined:undefined)"
    } else if !fails_at_once(error, peer) {
        ""
    } else if peer.is_ipv4() {
        " - Local (0.0.0.0:0)"
    } else {
        " - Local (:::0)"
    }
}

fn fails_at_once(error: &io::Error, peer: SocketAddr) -> bool {
    match error.raw_os_error().and_then(system_error::name) {
        // libuv defers a refusal even if the system reports it immediately (src/unix/tcp.c).
        Some("ECONNREFUSED" | "ECONNRESET" | "ETIMEDOUT") => false,
        // No local port is left for TCP, or a firewall forbids TCP. A datagram socket cannot detect either.
        Some("EADDRNOTAVAIL" | "EPERM") => true,
        // Other errors come from the routing table of this machine, immediately, or from a router, later (RFC 1122, section
        // 3.2.2.1; RFC 4443, section 3.1). No route carries TCP to a multicast address.
        _ => peer.ip().is_multicast() || reachability::refusal(peer).is_some(),
    }
}

/// Returns the failure for the `error` of a request to `url`. `peers` are the addresses of the host to which the client
/// connects: the proxy if `is_proxied`, otherwise the server.
pub fn describe(error: &SendError, url: &Url, peers: &[SocketAddr], is_proxied: bool) -> Failure {
    let phase = phase(error, is_proxied);
    let error = error.cause();
    let failure = chain(error)
        .find_map(|cause| {
            if let Some(lookup) = cause.downcast_ref::<LookupError>() {
                Some(lookup.into())
            } else if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                Some(describe_tls(tls, phase))
            } else if let Some(io) = cause.downcast_ref::<io::Error>() {
                describe_io(io, phase, url, peers)
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
        Phase::Socket | Phase::Connect | Phase::Tunnel if is_proxied => no_tunnel(error, &failure),
        _ => failure,
    }
}

/// Returns the original's failure for a proxy that does not open a tunnel. The message contains the status code of the proxy's
/// response only if it is 407, because hyper-util reports no other status code.
fn no_tunnel(error: &(dyn Error + 'static), cause: &Failure) -> Failure {
    let why = match faults(error).next() {
        Some(Fault::TunnelAuthorization) => ", statusCode=407".into(),
        Some(Fault::TunnelRefused) => String::new(),
        Some(Fault::TunnelClosed) => ", cause=socket hang up".into(),
        _ => format!(", cause={cause}"),
    };
    Failure::with_code(
        "ECONNRESET",
        format!("tunneling socket could not be established{why}"),
    )
}

/// The phase of a request in which an error occurs.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    Socket,
    Connect,
    Tunnel,
    Handshake,
    Exchange,
}

fn phase(error: &SendError, is_proxied: bool) -> Phase {
    let SendError::Connect(error) = error else {
        return Phase::Exchange;
    };
    let tells = |fault| faults(&**error).any(|told| told == fault);
    let is_lookup = || chain(&**error).any(<dyn Error>::is::<LookupError>);
    if tells(Fault::Socket) {
        Phase::Socket
    } else if tells(Fault::Tcp) || is_proxied && is_lookup() {
        Phase::Connect
    } else if faults(&**error).next().is_some() {
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
    url: &Url,
    peers: &[SocketAddr],
) -> Option<Failure> {
    match phase {
        Phase::Socket | Phase::Connect => describe_connect(error, phase, peers),
        Phase::Handshake if error.kind() == io::ErrorKind::UnexpectedEof => {
            let message =
                "Client network socket disconnected before secure TLS connection was established";
            let host = url.host_str();
            let port = url.port_or_known_default();
            Some(Failure {
                host: host.map(|host| host.trim_matches(['[', ']']).to_owned()),
                port: port.map(|port| port.to_string()),
                ..Failure::with_code("ECONNRESET", message)
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

fn describe_connect(error: &io::Error, phase: Phase, peers: &[SocketAddr]) -> Option<Failure> {
    match peers {
        [] => Failure::system("connect", error, ""),
        [peer] => Failure::connect(error, *peer, phase),
        several => {
            // hyper-util reports the error of only one address. For an address without a route, the system is asked again.
            let causes: Vec<_> = in_turns(several)
                .into_iter()
                .filter_map(|peer| match reachability::refusal(*peer) {
                    Some(refusal) if phase == Phase::Connect => {
                        Failure::connect(&refusal, *peer, phase)
                    }
                    _ => Failure::connect(error, *peer, phase),
                })
                .collect();
            let code = causes.first()?.code;
            Some(Failure {
                code,
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
    let (code, reason) = dependency_texts::fault(error)
        .and_then(malformation)
        .unwrap_or(("HPE_INVALID_HEADER_TOKEN", "Invalid header token"));
    Failure::malformed(code, reason)
}

/// Returns the code and the reason that Node's parser reports for `fault`, or `None` if `fault` is not about a response.
fn malformation(fault: Fault) -> Option<(&'static str, &'static str)> {
    Some(match fault {
        Fault::Version => ("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/"),
        Fault::ContentLength => (
            "HPE_INVALID_CONTENT_LENGTH",
            "Invalid character in Content-Length",
        ),
        Fault::TransferEncoding => (
            "HPE_INVALID_TRANSFER_ENCODING",
            "Invalid `Transfer-Encoding` header value",
        ),
        Fault::HeadTooLarge | Fault::TrailersTooLarge => ("HPE_HEADER_OVERFLOW", "Header overflow"),
        Fault::ChunkSize => ("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size"),
        Fault::ChunkSizeOverflow => ("HPE_INVALID_CHUNK_SIZE", "Chunk size overflow"),
        Fault::ChunkSizeEnd => ("HPE_CR_EXPECTED", "Missing expected CR after chunk size"),
        Fault::ChunkEnd => ("HPE_STRICT", "Expected LF after chunk data"),
        Fault::ChunkExtension => ("HPE_STRICT", "Invalid character in chunk extensions"),
        Fault::ChunkExtensionsTooLarge => {
            ("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow")
        }
        Fault::Socket
        | Fault::Tcp
        | Fault::TunnelAuthorization
        | Fault::TunnelRefused
        | Fault::TunnelClosed
        | Fault::Tunnel => return None,
    })
}

/// Returns the failure for an `error` that occurs while a body is read.
pub fn describe_body(error: &hyper::Error) -> Failure {
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
pub fn is_end_of_stream(error: &hyper::Error) -> bool {
    chain(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof)
    })
}

fn describe_tls(error: &rustls::Error, phase: Phase) -> Failure {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) => {
            match cause.downcast_ref::<Distrust>() {
                Some(distrust) => distrust.into(),
                None => Failure::with_code("CERT_REJECTED", cause.to_string()),
            }
        }
        // A TLS 1.3 server rejects a missing client certificate after the client has completed the handshake.
        rustls::Error::AlertReceived(alert @ AlertDescription::CertificateRequired)
            if phase == Phase::Exchange =>
        {
            let reason = alert_text(u8::from(*alert));
            Failure {
                library: Some("SSL routines"),
                reason: Some(reason.clone()),
                ..Failure::with_code(
                    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
                    openssl(1000 + u32::from(u8::from(*alert)), &reason),
                )
            }
        }
        rustls::Error::AlertReceived(alert) => {
            let number = u8::from(*alert);
            handshake(&openssl(1000 + u32::from(number), &alert_text(number)))
        }
        rustls::Error::InvalidMessage(_) => handshake(&openssl(267, "wrong version number")),
        other => handshake(&other.to_string()),
    }
}

/// Returns OpenSSL's error for a client that may negotiate no version of TLS.
pub fn no_protocols() -> Failure {
    let reason = "no protocols available";
    Failure {
        library: Some("SSL routines"),
        reason: Some(reason.into()),
        ..Failure::with_code("ERR_SSL_NO_PROTOCOLS_AVAILABLE", openssl(191, reason))
    }
}

fn handshake(text: &str) -> Failure {
    Failure {
        syscall: Some("write"),
        ..Failure::with_code("EPROTO", format!("write EPROTO {text}"))
    }
}

/// Returns the text of an error in the format of OpenSSL's TLS library.
fn openssl(number: u32, reason: &str) -> String {
    format!("error:0A{number:06X}:SSL routines::{reason}")
}

/// Returns OpenSSL's text for the alert `number` (ssl/ssl_err.c), which names the protocol that introduced the alert.
fn alert_text(number: u8) -> String {
    let text = match number {
        10 => "ssl/tls alert unexpected message",
        20 => "ssl/tls alert bad record mac",
        21 => "tlsv1 alert decryption failed",
        22 => "tlsv1 alert record overflow",
        30 => "ssl/tls alert decompression failure",
        40 => "ssl/tls alert handshake failure",
        41 => "ssl/tls alert no certificate",
        42 => "ssl/tls alert bad certificate",
        43 => "ssl/tls alert unsupported certificate",
        44 => "ssl/tls alert certificate revoked",
        45 => "ssl/tls alert certificate expired",
        46 => "ssl/tls alert certificate unknown",
        47 => "ssl/tls alert illegal parameter",
        48 => "tlsv1 alert unknown ca",
        49 => "tlsv1 alert access denied",
        50 => "tlsv1 alert decode error",
        51 => "tlsv1 alert decrypt error",
        60 => "tlsv1 alert export restriction",
        70 => "tlsv1 alert protocol version",
        71 => "tlsv1 alert insufficient security",
        80 => "tlsv1 alert internal error",
        86 => "tlsv1 alert inappropriate fallback",
        90 => "tlsv1 alert user cancelled",
        100 => "tlsv1 alert no renegotiation",
        109 => "tlsv13 alert missing extension",
        110 => "tlsv1 unsupported extension",
        111 => "tlsv1 certificate unobtainable",
        112 => "tlsv1 unrecognized name",
        113 => "tlsv1 bad certificate status response",
        114 => "tlsv1 bad certificate hash value",
        115 => "tlsv1 alert unknown psk identity",
        116 => "tlsv13 alert certificate required",
        120 => "tlsv1 alert no application protocol",
        other => return format!("reason({})", 1000 + u32::from(other)),
    };
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_name_keeps_its_number_and_text() {
        let error = io::Error::from_raw_os_error(4000);
        let peer = SocketAddr::from(([127, 0, 0, 1], 443));
        let failure = Failure::connect(&error, peer, Phase::Socket).unwrap();
        let text = format!("connect UNKNOWN 127.0.0.1:443 - Local (undefined:undefined): {error}");
        assert_eq!(
            (failure.code, failure.errno),
            (Some("UNKNOWN"), Some(-4000))
        );
        assert_eq!(failure.message, text);
    }

    #[test]
    fn addresses_are_told_in_turns_of_their_families() {
        let peers =
            ["[::1]:1", "[::2]:1", "1.1.1.1:1", "[::3]:1"].map(|text| text.parse().unwrap());
        let turns: Vec<_> = in_turns(&peers).iter().map(ToString::to_string).collect();
        assert_eq!(turns, ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
    }
}
