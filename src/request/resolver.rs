//! Looks up the addresses of hosts, and remembers the addresses for error messages.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;
use url::Url;

use super::client::Request;
use super::lookup::{self, LookupError};
use super::reachability::reachable;
use crate::interned::Table;

/// The server name in a caller's `Host` header, if it differs from the host in the URL. As in Node, TLS requests and verifies
/// this name, whereas the host in the URL is looked up.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Alias {
    /// The name that the server's certificate has to cover.
    pub name: String,
    found_by: String,
}

impl Alias {
    /// Returns the alias for `request`, or `None` if the `Host` header is missing, is an IP address, or equals the host of the
    /// URL.
    pub fn of(request: &Request) -> Option<Self> {
        let name = request.host_header()?;
        let found_by = request.hostname();
        let is_other = name != found_by && name.parse::<IpAddr>().is_err();
        is_other.then_some(Self { name, found_by })
    }
}

/// The addresses of the names that were looked up most recently. Errors mention these addresses.
static ADDRESSES: LazyLock<Mutex<Table<Vec<IpAddr>, 4096, String>>> = LazyLock::new(Mutex::default);

/// A resolver for hyper that uses the system's resolver, as Node does.
#[derive(Clone)]
pub struct Resolver(Option<Alias>);

impl Resolver {
    /// Creates a resolver that looks up the host in the URL when hyper asks for the name of `alias`.
    pub fn new(alias: Option<Alias>) -> Self {
        Self(alias)
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = LookupError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, LookupError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context) -> Poll<Result<(), LookupError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let alias = self.0.clone();
        Box::pin(async move {
            let hostname = name.as_str();
            let found_by = match &alias {
                Some(alias) if alias.name == hostname => &alias.found_by,
                _ => hostname,
            };
            let addresses = lookup::addresses(found_by).await?;
            let mut known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            let found = addresses.iter().map(SocketAddr::ip).collect();
            known.set(hostname.to_owned(), found);
            Ok(reachable(addresses).into_iter())
        })
    }
}

/// Returns the addresses of the host of `url` to which the client may have tried to connect.
pub fn addresses(url: &Url) -> Vec<SocketAddr> {
    let port = url.port_or_known_default().unwrap_or(443);
    let found = match url.host() {
        Some(url::Host::Ipv4(address)) => vec![address.into()],
        Some(url::Host::Ipv6(address)) => vec![address.into()],
        Some(url::Host::Domain(name)) => {
            let known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known.find(&name.to_owned()).cloned().unwrap_or_default()
        }
        None => vec![],
    };
    found
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect()
}
