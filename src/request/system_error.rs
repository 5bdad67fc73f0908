//! Maps the numbers of system errors to the names that libuv, and therefore Node, uses for them.
//!
//! On Windows, Node's own numbers for these names differ from the system's numbers. The JavaScript layer looks up Node's numbers
//! in the table of the running Node (`util.getSystemErrorMap`).

/// Returns the name of the system error `number`, or `None` if Node has no name for the error.
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
    // libuv's table (include/uv/errno.h) contains the first two lists on some systems only, and the last list on all systems.
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

#[cfg(all(test, unix))]
mod tests {
    use std::collections::HashMap;
    use std::process::Command;

    use super::*;

    /// Returns the names that the installed Node uses for the numbers of system errors.
    fn names_of_node() -> HashMap<i32, String> {
        let script = "console.log(JSON.stringify([...require('util').getSystemErrorMap()]))";
        let output = Command::new("node").args(["-e", script]).output().unwrap();
        let entries: Vec<(i32, (String, String))> = serde_json::from_slice(&output.stdout).unwrap();
        entries
            .into_iter()
            .map(|(number, (name, _))| (-number, name))
            // Errors without a system number have one of libuv's own numbers, which are -3000 and below.
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
