//! Why a call fails, in the words and with the properties of the errors that Node's own client raises.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

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
    /// The number of the code, negative as in Node.
    pub errno: Option<i32>,
    /// The call that failed.
    pub syscall: Option<&'static str>,
    /// The host whose name has no address.
    pub hostname: Option<String>,
    /// The peer.
    pub peer: Option<SocketAddr>,
    /// One failure an address, where a host has several and none answers.
    pub causes: Vec<Failure>,
}

impl Failure {
    /// An error with nothing but a text.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// An error with a code.
    pub fn with_code(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: Some(code), ..Self::new(message) }
    }

    /// A TypeError with a code.
    pub fn type_error(code: &'static str, message: impl Into<String>) -> Self {
        Self { type_error: true, ..Self::with_code(code, message) }
    }

    /// The peer closed the connection before it answered.
    pub fn hang_up() -> Self {
        Self::with_code("ECONNRESET", "socket hang up")
    }

    /// The peer closed the connection within an answer.
    pub fn aborted() -> Self {
        Self::with_code("ECONNRESET", "aborted")
    }

    /// A system call failed.
    fn system(syscall: &'static str, error: &io::Error, peer: Option<SocketAddr>) -> Option<Self> {
        let errno = error.raw_os_error()?;
        let code = system_code(errno)?;
        let at = peer.map(|peer| format!(" {}:{}", peer.ip(), peer.port())).unwrap_or_default();
        Some(Self {
            errno: Some(-errno),
            syscall: Some(syscall),
            peer,
            ..Self::with_code(code, format!("{syscall} {code}{at}"))
        })
    }
}

/// The name has no address.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code} {hostname}")]
pub struct LookupError {
    /// `ENOTFOUND` or `EAI_AGAIN`.
    pub code: &'static str,
    /// The name.
    pub hostname: String,
}

impl From<&LookupError> for Failure {
    fn from(error: &LookupError) -> Self {
        let errno = if error.code == "EAI_AGAIN" { -3001 } else { -3008 };
        Self {
            errno: Some(errno),
            syscall: Some("getaddrinfo"),
            hostname: Some(error.hostname.clone()),
            ..Self::with_code(error.code, format!("getaddrinfo {} {}", error.code, error.hostname))
        }
    }
}

/// What went wrong in `error`, where `peers` are the addresses of the host that was asked.
pub fn describe(error: &reqwest::Error, peers: &[SocketAddr]) -> Failure {
    for cause in chain(error) {
        if let Some(lookup) = cause.downcast_ref::<LookupError>() {
            return lookup.into();
        }
        if let Some(distrust) = cause.downcast_ref::<Distrust>() {
            return distrust.into();
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return describe_tls(tls);
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>()
            && let Some(failure) = describe_http(http)
        {
            return failure;
        }
        if let Some(io) = cause.downcast_ref::<io::Error>()
            && let Some(failure) = describe_io(io, error.is_connect(), peers)
        {
            return failure;
        }
    }
    let innermost = chain(error).last().map(ToString::to_string);
    Failure::with_code("ECONNRESET", innermost.unwrap_or_else(|| error.to_string()))
}

/// `error` and its causes, and what the `io::Error`s among them wrap, which `source` leaves out.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn next<'a>(error: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        let error = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), next)
}

fn describe_io(error: &io::Error, connecting: bool, peers: &[SocketAddr]) -> Option<Failure> {
    if !connecting {
        let syscall = if error.kind() == io::ErrorKind::BrokenPipe { "write" } else { "read" };
        return Failure::system(syscall, error, None).or_else(|| {
            (error.kind() == io::ErrorKind::UnexpectedEof).then(Failure::hang_up)
        });
    }
    match peers {
        [] => Failure::system("connect", error, None),
        [peer] => Failure::system("connect", error, Some(*peer)),
        several => {
            let causes: Vec<_> = several
                .iter()
                .filter_map(|peer| Failure::system("connect", error, Some(*peer)))
                .collect();
            let code = causes.first()?.code;
            Some(Failure { code, causes, ..Failure::default() })
        }
    }
}

fn describe_http(error: &hyper::Error) -> Option<Failure> {
    if error.is_parse() && error.to_string().contains("too large") {
        Some(Failure::with_code("HPE_HEADER_OVERFLOW", "Parse Error: Header overflow"))
    } else if error.is_parse() {
        Some(Failure::with_code("HPE_INVALID_CONSTANT", "Parse Error: Expected HTTP/"))
    } else if error.is_incomplete_message() || error.is_canceled() {
        Some(Failure::hang_up())
    } else {
        None
    }
}

fn describe_tls(error: &rustls::Error) -> Failure {
    match error {
        rustls::Error::InvalidMessage(_) => {
            Failure::with_code("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number")
        }
        other => Failure::with_code("EPROTO", other.to_string()),
    }
}

/// Node's name for an `errno`, of those that a socket can raise.
fn system_code(errno: i32) -> Option<&'static str> {
    let kind = io::Error::from_raw_os_error(errno).kind();
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "ECONNREFUSED",
        io::ErrorKind::ConnectionReset => "ECONNRESET",
        io::ErrorKind::ConnectionAborted => "ECONNABORTED",
        io::ErrorKind::NotConnected => "ENOTCONN",
        io::ErrorKind::AddrNotAvailable => "EADDRNOTAVAIL",
        io::ErrorKind::AddrInUse => "EADDRINUSE",
        io::ErrorKind::BrokenPipe => "EPIPE",
        io::ErrorKind::TimedOut => "ETIMEDOUT",
        io::ErrorKind::HostUnreachable => "EHOSTUNREACH",
        io::ErrorKind::NetworkUnreachable => "ENETUNREACH",
        io::ErrorKind::NetworkDown => "ENETDOWN",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::InvalidInput => "EINVAL",
        _ => return None,
    })
}
