//! The names that libuv, and so Node, has for the numbers of the system's errors.
//!
//! Node's own numbers for these names differ from the system's on Windows; JavaScript looks them up in the running Node's
//! table (`util.getSystemErrorMap`).

/// The name of an error number of the system, of those that Node names; none for another.
#[cfg(unix)]
pub fn name(number: i32) -> Option<&'static str> {
    macro_rules! names {
        ($($name:ident)*) => {
            match number {
                $(libc::$name => Some(stringify!($name)),)*
                _ => None,
            }
        };
    }
    // Of libuv's table (include/uv/errno.h), those that every Unix has.
    names! {
        E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBUSY ECANCELED
        ECONNABORTED ECONNREFUSED ECONNRESET EDESTADDRREQ EEXIST EFAULT EFBIG EHOSTDOWN
        EHOSTUNREACH EILSEQ EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE
        ENAMETOOLONG ENETDOWN ENETUNREACH ENFILE ENOBUFS ENODEV ENOENT ENOMEM ENOPROTOOPT ENOSPC
        ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTSOCK ENOTSUP ENOTTY ENXIO EOVERFLOW EPERM EPIPE
        EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH
        ETIMEDOUT ETXTBSY EXDEV
    }
}

/// The name of an error number of the system, of those that Node names; none for another.
#[cfg(windows)]
pub fn name(number: i32) -> Option<&'static str> {
    use windows_sys::Win32::Foundation as system;
    use windows_sys::Win32::Networking::WinSock as socket;

    // As libuv translates them (src/win/error.c), for what sockets raise.
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
        socket::WSAEOPNOTSUPP => "ENOTSUP",
        socket::WSAEPROTONOSUPPORT => "EPROTONOSUPPORT",
        socket::WSAESHUTDOWN => "EPIPE",
        socket::WSAESOCKTNOSUPPORT => "ESOCKTNOSUPPORT",
        socket::WSAETIMEDOUT => "ETIMEDOUT",
        socket::WSAHOST_NOT_FOUND | socket::WSANO_DATA => "ENOENT",
        number => match number as u32 {
            system::ERROR_ACCESS_DENIED => "EPERM",
            system::ERROR_BROKEN_PIPE => "EOF",
            system::ERROR_CONNECTION_ABORTED => "ECONNABORTED",
            system::ERROR_CONNECTION_REFUSED => "ECONNREFUSED",
            system::ERROR_HOST_UNREACHABLE => "EHOSTUNREACH",
            system::ERROR_NETNAME_DELETED => "ECONNRESET",
            system::ERROR_NETWORK_UNREACHABLE => "ENETUNREACH",
            system::ERROR_NO_DATA => "EPIPE",
            system::ERROR_NOT_CONNECTED => "ENOTCONN",
            system::ERROR_NOT_ENOUGH_MEMORY | system::ERROR_OUTOFMEMORY => "ENOMEM",
            system::ERROR_OPERATION_ABORTED => "ECANCELED",
            system::ERROR_SEM_TIMEOUT => "ETIMEDOUT",
            system::ERROR_TOO_MANY_OPEN_FILES => "EMFILE",
            _ => return None,
        },
    })
}
