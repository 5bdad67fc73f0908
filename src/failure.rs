//! Why a call fails, in the words and with the properties of the errors that Node's own client raises.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rustls::{AlertDescription, CertificateError, OtherError};
use url::Url;

use crate::lookup::LookupError;
use crate::system_error;
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
        Self::system("connect", error, None).unwrap_or_else(|| Self::new(error.to_string()))
    }

    /// A system call failed; none where `error` is not the system's.
    fn system(syscall: &'static str, error: &io::Error, peer: Option<SocketAddr>) -> Option<Self> {
        let number = error.raw_os_error()?;
        let name = system_error::name(number);
        let code = name.unwrap_or("UNKNOWN");
        let mut message = format!("{syscall} {code}");
        if let Some(peer) = peer {
            message += &format!(" {}:{}{}", peer.ip(), peer.port(), local(code, peer));
        }
        if name.is_none() {
            message += &format!(": {error}");
        }
        Some(Self {
            errno: name.is_none().then_some(-number),
            syscall: Some(syscall),
            peer,
            ..Self::with_code(code, message)
        })
    }
}

/// What Node adds where `connect` fails at once: the address that the socket has by then. A failure that comes later, such
/// as a refusal by the peer, has nothing added (Node's lib/net.js, `internalConnect` and `afterConnect`).
fn local(code: &str, peer: SocketAddr) -> &'static str {
    match code {
        // There is no socket.
        "EMFILE" | "ENFILE" | "ENOBUFS" | "ENOMEM" => " - Local (undefined:undefined)",
        "EADDRNOTAVAIL" => any_address(peer),
        _ if fails_at_once(peer) => any_address(peer),
        _ => "",
    }
}

fn any_address(peer: SocketAddr) -> &'static str {
    if peer.is_ipv4() {
        " - Local (0.0.0.0:0)"
    } else {
        " - Local (:::0)"
    }
}

/// Whether there is no way to `peer`: then connecting a datagram socket, which sends nothing, fails as well.
fn fails_at_once(peer: SocketAddr) -> bool {
    let any: IpAddr = match peer {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    UdpSocket::bind((any, 0)).is_ok_and(|socket| socket.connect(peer).is_err())
}

/// What went wrong in `error`, where `peers` are the addresses of the host that was connected to: the server, or a
/// proxy.
pub fn describe(error: &reqwest::Error, peers: &[SocketAddr], is_proxied: bool) -> Failure {
    let phase = phase(error, is_proxied);
    let failure = chain(error)
        .find_map(|cause| {
            if let Some(lookup) = cause.downcast_ref::<LookupError>() {
                Some(lookup.into())
            } else if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
                Some(describe_tls(tls))
            } else if let Some(io) = cause.downcast_ref::<io::Error>() {
                describe_io(io, phase, error.url(), peers)
            } else {
                None
            }
        })
        // hyper's own view is the outermost and the least specific.
        .or_else(|| chain(error).find_map(|cause| describe_http(cause.downcast_ref()?)))
        .unwrap_or_else(|| {
            let innermost = chain(error).last().map(ToString::to_string);
            Failure::with_code("ECONNRESET", innermost.unwrap_or_default())
        });
    match phase {
        Phase::Connect | Phase::Tunnel if is_proxied => no_tunnel(error, &failure),
        _ => failure,
    }
}

/// The original's words for a proxy that opens no tunnel. Of the answers that refuse one, hyper-util tells only 407.
fn no_tunnel(error: &reqwest::Error, cause: &Failure) -> Failure {
    let texts: String = chain(error).map(|cause| format!("{cause}\n")).collect();
    let why = if texts.contains("authorization required") {
        ", statusCode=407".into()
    } else if texts.contains("unsuccessful") {
        String::new()
    } else if texts.contains("unexpected end of file") {
        ", cause=socket hang up".into()
    } else {
        format!(", cause={cause}")
    };
    Failure::with_code(
        "ECONNRESET",
        format!("tunneling socket could not be established{why}"),
    )
}

/// How far a request came.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    Connect,
    Tunnel,
    Handshake,
    Exchange,
}

fn phase(error: &reqwest::Error, is_proxied: bool) -> Phase {
    let mentions = |part: &str| chain(error).any(|cause| cause.to_string().contains(part));
    if !error.is_connect() {
        Phase::Exchange
    } else if mentions("tcp ") || is_proxied && mentions("dns error") {
        Phase::Connect
    } else if mentions("tunnel error") {
        Phase::Tunnel
    } else {
        Phase::Handshake
    }
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
    url: Option<&Url>,
    peers: &[SocketAddr],
) -> Option<Failure> {
    match phase {
        Phase::Connect => describe_connect(error, peers),
        Phase::Handshake if error.kind() == io::ErrorKind::UnexpectedEof => {
            let message =
                "Client network socket disconnected before secure TLS connection was established";
            let host = url.and_then(Url::host_str);
            let port = url.and_then(Url::port_or_known_default);
            Some(Failure {
                host: host.map(|host| host.trim_matches(['[', ']']).to_owned()),
                port: port.map(|port| port.to_string()),
                ..Failure::with_code("ECONNRESET", message)
            })
        }
        Phase::Tunnel | Phase::Handshake | Phase::Exchange => {
            let is_write = error.kind() == io::ErrorKind::BrokenPipe;
            let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
            Failure::system(if is_write { "write" } else { "read" }, error, None)
                .or_else(|| is_end.then(Failure::hang_up))
        }
    }
}

fn describe_connect(error: &io::Error, peers: &[SocketAddr]) -> Option<Failure> {
    match peers {
        [] => Failure::system("connect", error, None),
        [peer] => Failure::system("connect", error, Some(*peer)),
        several => {
            let causes: Vec<_> = several
                .iter()
                .filter_map(|peer| Failure::system("connect", error, Some(*peer)))
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

/// hyper tells the kinds of malformed answers apart in their texts only. Node's parser knows more kinds; of those that
/// hyper puts together, this names the likeliest.
fn describe_http(error: &hyper::Error) -> Option<Failure> {
    if error.is_incomplete_message() || error.is_canceled() {
        return Some(Failure::hang_up());
    }
    if !error.is_parse() {
        return None;
    }
    let text = error.to_string();
    let known = [
        (
            "HTTP version",
            "HPE_INVALID_CONSTANT",
            "Expected HTTP/, RTSP/ or ICE/",
        ),
        ("status-code", "HPE_INVALID_STATUS", "Invalid status code"),
        (
            "content-length",
            "HPE_INVALID_CONTENT_LENGTH",
            "Invalid character in Content-Length",
        ),
        (
            "transfer-encoding",
            "HPE_INVALID_TRANSFER_ENCODING",
            "Invalid `Transfer-Encoding` header value",
        ),
        ("too large", "HPE_HEADER_OVERFLOW", "Header overflow"),
    ];
    let found = known.iter().find(|(part, _, _)| text.contains(part));
    let (_, code, reason) =
        found.unwrap_or(&("", "HPE_INVALID_HEADER_TOKEN", "Invalid header token"));
    Some(Failure::malformed(code, reason))
}

/// Why a body cannot be read to its end.
pub fn describe_body(error: &reqwest::Error) -> Failure {
    let system = chain(error)
        .filter_map(|cause| cause.downcast_ref())
        .find_map(|error| Failure::system("read", error, None));
    if let Some(failure) = system {
        return failure;
    }
    let text = chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
        .to_lowercase();
    let known = [
        (
            "chunk size: overflow",
            "HPE_INVALID_CHUNK_SIZE",
            "Chunk size overflow",
        ),
        (
            "extensions over limit",
            "HPE_CHUNK_EXTENSIONS_OVERFLOW",
            "Chunk extensions overflow",
        ),
        (
            "trailers bytes over limit",
            "HPE_HEADER_OVERFLOW",
            "Header overflow",
        ),
        ("chunk body", "HPE_STRICT", "Expected LF after chunk data"),
        (
            "chunk size lf",
            "HPE_CR_EXPECTED",
            "Missing expected CR after chunk size",
        ),
        (
            "chunk size",
            "HPE_INVALID_CHUNK_SIZE",
            "Invalid character in chunk size",
        ),
        (
            "chunk",
            "HPE_STRICT",
            "Invalid character in chunk extensions",
        ),
        (
            "invalid header",
            "HPE_INVALID_HEADER_TOKEN",
            "Invalid header token",
        ),
    ];
    match known.iter().find(|(part, _, _)| text.contains(part)) {
        Some((_, code, reason)) if !text.contains("eof") => Failure::malformed(code, reason),
        _ => Failure::aborted(),
    }
}

/// Whether the peer closed the connection without a word, which TLS asks for.
pub fn is_end_of_stream(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof)
    })
}

fn describe_tls(error: &rustls::Error) -> Failure {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(cause))) => {
            match cause.downcast_ref::<Distrust>() {
                Some(distrust) => distrust.into(),
                None => Failure::with_code("CERT_REJECTED", cause.to_string()),
            }
        }
        // TLS 1.3 servers ask for a certificate when the handshake is over for the client.
        rustls::Error::AlertReceived(alert @ AlertDescription::CertificateRequired) => {
            let reason = alert_text(*alert);
            Failure {
                library: Some("SSL routines"),
                reason: Some(reason.clone()),
                ..Failure::with_code(
                    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
                    openssl(1000 + u32::from(u8::from(*alert)), &reason),
                )
            }
        }
        rustls::Error::AlertReceived(alert) => handshake(&openssl(
            1000 + u32::from(u8::from(*alert)),
            &alert_text(*alert),
        )),
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

/// As OpenSSL names an alert (RFC 8446, section 6): by the protocol that brought it.
fn alert_text(alert: AlertDescription) -> String {
    let protocol = match u8::from(alert) {
        0..=47 => "ssl/tls",
        109 | 116 => "tlsv13",
        _ => "tlsv1",
    };
    let mut text = format!("{protocol} alert");
    for character in format!("{alert:?}").chars() {
        if character.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}
