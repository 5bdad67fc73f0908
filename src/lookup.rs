//! Looks up the addresses of names as the system does, and tells why there are none as Node does.

use std::io;
use std::net::SocketAddr;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};

use crate::failure::Failure;
use crate::system_error;

/// A name that has no address, or whose address could not be asked for.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code} {hostname}")]
pub struct LookupError {
    /// `ENOTFOUND`, `EAI_AGAIN`, or another of Node's names.
    pub code: &'static str,
    /// The name.
    pub hostname: String,
    /// libuv's own number, for errors that the resolver alone has.
    number: Option<i32>,
}

impl LookupError {
    /// The name is unknown.
    pub fn not_found(hostname: String) -> Self {
        Self {
            code: "ENOTFOUND",
            hostname,
            number: Some(EAI_NONAME),
        }
    }

    fn new(hostname: &str, error: dns_lookup::LookupError) -> Self {
        let (code, number) = match error.kind() {
            LookupErrorKind::Again => ("EAI_AGAIN", Some(-3001)),
            LookupErrorKind::Badflags => ("EAI_BADFLAGS", Some(-3002)),
            LookupErrorKind::Fail => ("EAI_FAIL", Some(-3004)),
            LookupErrorKind::Family => ("EAI_FAMILY", Some(-3005)),
            LookupErrorKind::Memory => ("EAI_MEMORY", Some(-3006)),
            LookupErrorKind::NoData => ("ENOTFOUND", Some(-3007)),
            LookupErrorKind::NoName => ("ENOTFOUND", Some(EAI_NONAME)),
            LookupErrorKind::Service => ("EAI_SERVICE", Some(-3010)),
            LookupErrorKind::Socktype => ("EAI_SOCKTYPE", Some(-3011)),
            LookupErrorKind::System | LookupErrorKind::Unknown | LookupErrorKind::IO => {
                let number = io::Error::from(error).raw_os_error();
                match number.and_then(system_error::name) {
                    Some(name) => (name, None),
                    None => ("UNKNOWN", number.map(|number| -number)),
                }
            }
        };
        Self {
            code,
            hostname: hostname.to_owned(),
            number,
        }
    }
}

/// libuv's number for a name that is unknown (include/uv/errno.h), as the others above are.
const EAI_NONAME: i32 = -3008;

impl From<&LookupError> for Failure {
    fn from(error: &LookupError) -> Self {
        Self {
            errno: error.number,
            syscall: Some("getaddrinfo"),
            hostname: Some(error.hostname.clone()),
            ..Self::with_code(error.code, format!("getaddrinfo {error}"))
        }
    }
}

/// The addresses of `hostname` in the system's order, with port 0.
pub async fn addresses(hostname: &str) -> Result<Vec<SocketAddr>, LookupError> {
    let name = hostname.to_owned();
    let found = tokio::task::spawn_blocking(move || {
        let hints = AddrInfoHints {
            socktype: SockType::Stream.into(),
            ..AddrInfoHints::default()
        };
        dns_lookup::getaddrinfo(Some(&name), None, Some(hints)).map(|found| {
            found
                .filter_map(Result::ok)
                .map(|address| address.sockaddr)
                .collect::<Vec<_>>()
        })
    })
    .await;
    match found {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(LookupError::new(hostname, error)),
        // The thread panicked, which says nothing of the name.
        Err(_) => Err(LookupError {
            code: "EAI_FAIL",
            hostname: hostname.to_owned(),
            number: Some(-3004),
        }),
    }
}
