//! What a system error is to libuv, and therefore to Node.

use std::io::{Error, ErrorKind};

/// Returns whether `error` is a failure of the network, which the next attempt may not encounter.
pub fn is_transient(error: &Error) -> bool {
    #[cfg(unix)]
    const HOST_DOWN: i32 = libc::EHOSTDOWN;
    #[cfg(windows)]
    const HOST_DOWN: i32 = windows_sys::Win32::Networking::WinSock::WSAEHOSTDOWN;

    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::TimedOut
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
    ) || error.raw_os_error() == Some(HOST_DOWN)
}

/// Returns `None`: Node's numbers are the system's, and JavaScript asks the running Node for the name of a number.
#[cfg(unix)]
pub fn name(_: &Error) -> Option<&'static str> {
    None
}

/// Returns the name of an error that sockets raise. Node's own numbers for these names differ from the system's (libuv's
/// src/win/error.c translates them).
#[cfg(windows)]
pub fn name(error: &Error) -> Option<&'static str> {
    use windows_sys::Win32::Networking::WinSock as socket;

    Some(match (error.kind(), error.raw_os_error()) {
        (ErrorKind::AddrInUse, _) => "EADDRINUSE",
        (ErrorKind::AddrNotAvailable, _) => "EADDRNOTAVAIL",
        (ErrorKind::BrokenPipe, _) => "EPIPE",
        (ErrorKind::ConnectionAborted, _) => "ECONNABORTED",
        (ErrorKind::ConnectionRefused, _) => "ECONNREFUSED",
        (ErrorKind::ConnectionReset, _) => "ECONNRESET",
        (ErrorKind::HostUnreachable, _) => "EHOSTUNREACH",
        (ErrorKind::InvalidInput, _) => "EINVAL",
        (ErrorKind::NetworkDown, _) => "ENETDOWN",
        (ErrorKind::NetworkUnreachable, _) => "ENETUNREACH",
        (ErrorKind::NotConnected, _) => "ENOTCONN",
        (ErrorKind::OutOfMemory, _) => "ENOMEM",
        (ErrorKind::PermissionDenied, _) => "EACCES",
        (ErrorKind::TimedOut, _) => "ETIMEDOUT",
        (_, Some(socket::WSAEAFNOSUPPORT)) => "EAFNOSUPPORT",
        (_, Some(socket::WSAEHOSTDOWN)) => "EHOSTDOWN",
        (_, Some(socket::WSAEMFILE)) => "EMFILE",
        (_, Some(socket::WSAENOBUFS)) => "ENOBUFS",
        _ => return None,
    })
}
