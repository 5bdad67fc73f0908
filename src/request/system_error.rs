//! What a system error is to libuv, and therefore to Node.
//!
//! On Unix, Node's numbers are the system's, and JavaScript asks the running Node for the name (`util.getSystemErrorMap`). On
//! Windows, Node has numbers of its own, so that libuv's translation is needed first.

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

/// Returns `None`: JavaScript finds the name by the number.
#[cfg(unix)]
pub fn name(_: i32) -> Option<&'static str> {
    None
}

/// Returns the name of the system error `number`, or `None` if no name is known for the error.
#[cfg(windows)]
pub fn name(number: i32) -> Option<&'static str> {
    use windows_sys::Win32::Foundation as system;
    use windows_sys::Win32::Networking::WinSock as socket;

    // These are the errors that sockets raise, with libuv's translations (src/win/error.c). libuv does not translate WSAEBADF
    // and the errors from WSAEDESTADDRREQ to WSAEPROTOTYPE and calls them UNKNOWN; their names here are those of other systems.
    Some(match number {
        socket::WSAEACCES => "EACCES",
        socket::WSAEADDRINUSE => "EADDRINUSE",
        socket::WSAEADDRNOTAVAIL => "EADDRNOTAVAIL",
        socket::WSAEAFNOSUPPORT => "EAFNOSUPPORT",
        socket::WSAEWOULDBLOCK => "EAGAIN",
        socket::WSAEALREADY => "EALREADY",
        socket::WSAEBADF => "EBADF",
        socket::WSAEINTR => "ECANCELED",
        socket::WSAECONNABORTED => "ECONNABORTED",
        socket::WSAECONNREFUSED => "ECONNREFUSED",
        socket::WSAECONNRESET => "ECONNRESET",
        socket::WSAEFAULT => "EFAULT",
        socket::WSAEHOSTUNREACH => "EHOSTUNREACH",
        socket::WSAEINVAL | socket::WSAEPFNOSUPPORT => "EINVAL",
        socket::WSAEISCONN => "EISCONN",
        socket::WSAEMFILE => "EMFILE",
        socket::WSAEMSGSIZE => "EMSGSIZE",
        socket::WSAENETUNREACH => "ENETUNREACH",
        socket::WSAENOBUFS => "ENOBUFS",
        socket::WSAENOTCONN => "ENOTCONN",
        socket::WSAENOTSOCK => "ENOTSOCK",
        socket::WSAEPROTONOSUPPORT => "EPROTONOSUPPORT",
        socket::WSAESHUTDOWN => "EPIPE",
        socket::WSAESOCKTNOSUPPORT => "ESOCKTNOSUPPORT",
        socket::WSAETIMEDOUT => "ETIMEDOUT",
        socket::WSAHOST_NOT_FOUND | socket::WSANO_DATA => "ENOENT",
        socket::WSAEDESTADDRREQ => "EDESTADDRREQ",
        socket::WSAEHOSTDOWN => "EHOSTDOWN",
        socket::WSAENETDOWN => "ENETDOWN",
        socket::WSAENETRESET => "ECONNRESET",
        socket::WSAENOPROTOOPT => "ENOPROTOOPT",
        socket::WSAEOPNOTSUPP => "ENOTSUP",
        socket::WSAEPROTOTYPE => "EPROTOTYPE",
        number => match number as u32 {
            system::ERROR_ACCESS_DENIED => "EPERM",
            system::ERROR_ADDRESS_ALREADY_ASSOCIATED => "EADDRINUSE",
            system::ERROR_BROKEN_PIPE => "EOF",
            system::ERROR_CONNECTION_ABORTED => "ECONNABORTED",
            system::ERROR_CONNECTION_REFUSED => "ECONNREFUSED",
            system::ERROR_HOST_UNREACHABLE => "EHOSTUNREACH",
            system::ERROR_INVALID_HANDLE => "EBADF",
            system::ERROR_INVALID_PARAMETER => "EINVAL",
            system::ERROR_NETNAME_DELETED => "ECONNRESET",
            system::ERROR_NETWORK_UNREACHABLE => "ENETUNREACH",
            system::ERROR_NO_DATA => "EPIPE",
            system::ERROR_NOT_CONNECTED => "ENOTCONN",
            system::ERROR_NOT_SUPPORTED => "ENOTSUP",
            system::ERROR_NOT_ENOUGH_MEMORY | system::ERROR_OUTOFMEMORY => "ENOMEM",
            system::ERROR_OPERATION_ABORTED => "ECANCELED",
            system::ERROR_PIPE_NOT_CONNECTED => "EPIPE",
            system::ERROR_PRIVILEGE_NOT_HELD => "EPERM",
            system::ERROR_SEM_TIMEOUT => "ETIMEDOUT",
            system::ERROR_TOO_MANY_OPEN_FILES => "EMFILE",
            _ => return None,
        },
    })
}
