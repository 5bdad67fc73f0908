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
                $(libc::$name => return Some(stringify!($name)),)*
                _ => {}
            }
        };
    }
    // What libuv's table (include/uv/errno.h) has of some systems only, and then what it has of all.
    #[cfg(target_os = "linux")]
    names! { ENODATA ENONET EREMOTEIO EUNATCH }
    #[cfg(target_vendor = "apple")]
    names! { EFTYPE ENODATA }
    names! {
        E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBUSY ECANCELED
        ECONNABORTED ECONNREFUSED ECONNRESET EDESTADDRREQ EEXIST EFAULT EFBIG EHOSTDOWN
        EHOSTUNREACH EILSEQ EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE
        ENAMETOOLONG ENETDOWN ENETUNREACH ENFILE ENOBUFS ENODEV ENOENT ENOMEM ENOPROTOOPT ENOSPC
        ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTSOCK ENOTSUP ENOTTY ENXIO EOVERFLOW EPERM EPIPE
        EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH
        ETIMEDOUT ETXTBSY EXDEV
    }
    None
}

/// The name of an error number of the system, of those that Node names; none for another.
#[cfg(windows)]
pub fn name(number: i32) -> Option<&'static str> {
    use windows_sys::Win32::Foundation as system;
    use windows_sys::Win32::Networking::WinSock as socket;

    // As libuv translates them (src/win/error.c), for what sockets raise. It has no translation for those of the second
    // group, and calls them UNKNOWN: they have the names that other systems have for them.
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

#[cfg(all(test, unix))]
mod tests {
    use std::collections::HashMap;
    use std::process::Command;

    use super::*;

    /// The names that the Node of this machine has for the system's numbers.
    fn names_of_node() -> HashMap<i32, String> {
        let script = "console.log(JSON.stringify([...require('util').getSystemErrorMap()]))";
        let output = Command::new("node").args(["-e", script]).output().unwrap();
        let entries: Vec<(i32, (String, String))> = serde_json::from_slice(&output.stdout).unwrap();
        entries
            .into_iter()
            .map(|(number, (name, _))| (-number, name))
            // What the system has no number for has one of libuv's own, -3000 and below.
            .filter(|(number, _)| (1..3000).contains(number))
            .collect()
    }

    #[test]
    fn names_what_node_names_and_nothing_else() {
        let expected = names_of_node();
        assert!(expected.len() > 60);
        for number in 0..3000 {
            assert_eq!(
                name(number),
                expected.get(&number).map(String::as_str),
                "{number}"
            );
        }
    }
}
