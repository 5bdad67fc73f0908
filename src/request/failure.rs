//! Why a call fails, in the words and with the properties of the errors that Node's own client raises.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use hyper_util::client::legacy;
use rustls::{AlertDescription, CertificateError, OtherError};
use url::Url;

use super::dependency_texts::{self, Fault};
use super::lookup::LookupError;
use super::reachability;
use super::system_error;
use crate::trust::Distrust;

/// The error that JavaScript is to see.
#[derive(Clone, Debug, Default, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Whether it is a TypeError rather than an Error.
    pub type_error: bool,
    /// What it says.
    pub message: String,
    /// Its name for programs, `ECONNREFUSED`.
    pub code: Option<&'static str>,
    /// The number of the code, negative as in Node, where the running Node's table does not have it: the resolver's, or
    /// one that has no name.
    pub errno: Option<i32>,
    /// The call that failed.
    pub syscall: Option<&'static str>,
    /// The host whose name has no address.
    pub hostname: Option<String>,
    /// The peer.
    pub peer: Option<SocketAddr>,
    /// What is wrong with an answer or a certificate.
    pub reason: Option<String>,
    /// The host that a certificate is not for, or that closed the connection.
    pub host: Option<String>,
    /// The port beside it, as the URL has it.
    pub port: Option<String>,
    /// That certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// The library that Node names, for what goes wrong in TLS after the handshake.
    pub library: Option<&'static str>,
    /// One failure an address, where a host has several and none answers.
    pub causes: Vec<Failure>,
}

impl Failure {
    /// An error with nothing but a text.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// An error with a code.
    pub fn with_code(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::new(message)
        }
    }

    /// A TypeError with a code.
    pub fn type_error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            type_error: true,
            ..Self::with_code(code, message)
        }
    }

    /// The peer closed the connection before it answered.
    pub fn hang_up() -> Self {
        Self::with_code("ECONNRESET", "socket hang up")
    }

    /// The answer is no HTTP, in the words of Node's parser.
    pub fn malformed(code: &'static str, reason: &str) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::with_code(code, format!("Parse Error: {reason}"))
        }
    }

    /// The peer closed the connection within an answer.
    pub fn aborted() -> Self {
        Self::with_code("ECONNRESET", "aborted")
    }

    /// The system refuses what every request needs.
    pub fn of_system(error: &io::Error) -> Self {
        Self::system("connect", error, "").unwrap_or_else(|| Self::new(error.to_string()))
    }

    /// A system call failed, of which `details` tell more; none where `error` is not the system's.
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

    /// The system or `peer` refuses a connection; none where `error` is not the system's.
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

/// What Node adds where `connect` fails at once: the address that the socket has by then. A failure that comes later, such
/// as a refusal by the peer, has nothing added (Node's lib/net.js, `internalConnect` and `afterConnect`).
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
        // libuv keeps a refusal for later even where the system gives it at once (src/unix/tcp.c).
        Some("ECONNREFUSED" | "ECONNRESET" | "ETIMEDOUT") => false,
        // No port is left for TCP, or a firewall forbids TCP, which a datagram does not learn.
        Some("EADDRNOTAVAIL" | "EPERM") => true,
        // A router may tell of the rest (RFC 1122, section 3.2.2.1; RFC 4443, section 3.1), as well as this machine's table of
        // routes. No route takes TCP to an address of many.
        _ => peer.ip().is_multicast() || reachability::refusal(peer).is_some(),
    }
}

/// What went wrong in `error` with a request to `url`, where `peers` are the addresses of the host that was connected to:
/// the server, or a proxy.
pub fn describe(
    error: &legacy::Error,
    url: &Url,
    peers: &[SocketAddr],
    is_proxied: bool,
) -> Failure {
    let phase = phase(error, is_proxied);
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
        // hyper's own view is the outermost and the least specific.
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

/// The original's words for a proxy that opens no tunnel. Of the answers that refuse one, hyper-util tells only 407.
fn no_tunnel(error: &legacy::Error, cause: &Failure) -> Failure {
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

/// How far a request came.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    Socket,
    Connect,
    Tunnel,
    Handshake,
    Exchange,
}

fn phase(error: &legacy::Error, is_proxied: bool) -> Phase {
    let tells = |fault| faults(error).any(|told| told == fault);
    let is_lookup = || chain(error).any(<dyn Error>::is::<LookupError>);
    if !error.is_connect() {
        Phase::Exchange
    } else if tells(Fault::Socket) {
        Phase::Socket
    } else if tells(Fault::Tcp) || is_proxied && is_lookup() {
        Phase::Connect
    } else if faults(error).next().is_some() {
        Phase::Tunnel
    } else {
        Phase::Handshake
    }
}

/// What the texts of `error` and its causes tell.
fn faults(error: &legacy::Error) -> impl Iterator<Item = Fault> {
    chain(error).filter_map(dependency_texts::fault)
}

/// `error` and its causes, and what the `io::Error`s among them wrap, which `source` leaves out.
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
            // hyper-util tells the error of one address. That of an address without a route is known all the same.
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

/// `peers` in the order in which Node tries them: a family after the other in turns, that of the first address first (Node's
/// lib/net.js, `lookupAndConnectMultiple`).
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

/// Node's parser knows more kinds of malformed answers; of those that hyper puts together, this names the likeliest.
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

/// hyper finds an answer malformed. What it has no text of its own for, header lines and trailers, httparse has refused.
fn malformed(error: &(dyn Error + 'static)) -> Failure {
    let (code, reason) = dependency_texts::fault(error)
        .and_then(malformation)
        .unwrap_or(("HPE_INVALID_HEADER_TOKEN", "Invalid header token"));
    Failure::malformed(code, reason)
}

/// The code and the words of Node's parser for what hyper finds malformed.
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

/// Why a body cannot be read to its end.
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

/// Whether the peer closed the connection without a word, which TLS asks for.
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
        // TLS 1.3 servers ask for a certificate when the handshake is over for the client.
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

fn handshake(text: &str) -> Failure {
    Failure {
        syscall: Some("write"),
        ..Failure::with_code("EPROTO", format!("write EPROTO {text}"))
    }
}

/// As OpenSSL writes an error of its TLS library.
fn openssl(number: u32, reason: &str) -> String {
    format!("error:0A{number:06X}:SSL routines::{reason}")
}

/// As OpenSSL names an alert (ssl/ssl_err.c), by the protocol that brought it.
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
