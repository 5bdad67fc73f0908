//! Looks up the addresses of host names with the system's resolver, and reports failures as Node does.

use std::io;
use std::net::SocketAddr;

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType};

use super::system_error;

/// The error for a host name that has no address or cannot be looked up.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code} {hostname}")]
pub struct LookupError {
    /// The code of the error, as in Node: `ENOTFOUND`, `EAI_AGAIN` or another.
    pub code: &'static str,
    /// The host name.
    pub hostname: String,
    /// The negative number of the error: libuv's own for an error of the resolver, or that of the system or the resolver if
    /// libuv has no name for the error. It is `None` for an error of the system that has a name.
    pub number: Option<i32>,
    /// The text of the error, if the error has no name.
    pub text: Option<String>,
}

impl LookupError {
    /// Returns the error for an unknown host name.
    pub fn not_found(hostname: String) -> Self {
        Self {
            code: "ENOTFOUND",
            hostname,
            number: Some(EAI_NONAME),
            text: None,
        }
    }

    fn new(hostname: &str, error: dns_lookup::LookupError) -> Self {
        let (code, number) = match error.kind() {
            LookupErrorKind::Again => ("EAI_AGAIN", Some(-3001)),
            LookupErrorKind::Badflags => ("EAI_BADFLAGS", Some(-3002)),
            LookupErrorKind::Fail => ("EAI_FAIL", Some(EAI_FAIL)),
            LookupErrorKind::Family => ("EAI_FAMILY", Some(-3005)),
            LookupErrorKind::Memory => ("EAI_MEMORY", Some(-3006)),
            LookupErrorKind::NoData => ("ENOTFOUND", Some(-3007)),
            LookupErrorKind::NoName => ("ENOTFOUND", Some(EAI_NONAME)),
            LookupErrorKind::Service => ("EAI_SERVICE", Some(-3010)),
            LookupErrorKind::Socktype => ("EAI_SOCKTYPE", Some(-3011)),
            LookupErrorKind::System | LookupErrorKind::Unknown | LookupErrorKind::IO => {
                return Self::of_system(hostname, error);
            }
        };
        Self {
            code,
            hostname: hostname.to_owned(),
            number,
            text: None,
        }
    }

    /// Returns the error for a failure of the system instead of the resolver, or for a failure of unknown kind.
    fn of_system(hostname: &str, error: dns_lookup::LookupError) -> Self {
        let of_resolver = error.error_num();
        let error = io::Error::from(error);
        let number = error.raw_os_error();
        let name = number.and_then(system_error::name);
        Self {
            code: name.unwrap_or("UNKNOWN"),
            hostname: hostname.to_owned(),
            number: match name {
                Some(_) => None,
                None => Some(-number.unwrap_or(of_resolver).abs()),
            },
            text: name.is_none().then(|| error.to_string()),
        }
    }
}

/// libuv's number for an unknown host name. All numbers of the resolver here are those of libuv (include/uv/errno.h).
const EAI_NONAME: i32 = -3008;
const EAI_FAIL: i32 = -3004;

/// Returns the addresses of `hostname` in the system's order, with port 0.
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
        // The thread panicked, so nothing is known about the host name.
        Err(_) => Err(LookupError {
            code: "EAI_FAIL",
            hostname: hostname.to_owned(),
            number: Some(EAI_FAIL),
            text: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::failure::Failure;

    #[test]
    fn an_error_without_a_name_keeps_its_number_and_text() {
        let error = dns_lookup::LookupError::new(-4000);
        let text = error.to_string();
        let failure = Failure::from(&LookupError::new("name", error));
        assert_eq!(
            (failure.code, failure.errno),
            (Some("UNKNOWN"), Some(-4000))
        );
        assert_eq!(failure.message, format!("getaddrinfo UNKNOWN name: {text}"));
    }
}
