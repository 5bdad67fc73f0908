//! Finds the addresses of hosts, and remembers them for errors.

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

/// A name that a server is to have instead of the one that it is found by: that of a caller's `Host` header, as in
/// Node.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Alias {
    /// The name that its certificate is for.
    pub name: String,
    found_by: String,
}

impl Alias {
    /// What the `Host` header of `request` asks for, where it is not the host of its URL.
    pub fn of(request: &Request) -> Option<Self> {
        let name = request.host_header()?;
        let found_by = request.hostname();
        let is_other = name != found_by && name.parse::<IpAddr>().is_err();
        is_other.then_some(Self { name, found_by })
    }
}

/// The addresses that the names looked up last have, for the errors that name them.
static ADDRESSES: LazyLock<Mutex<Table<Vec<IpAddr>, 4096, String>>> = LazyLock::new(Mutex::default);

/// Asks the system, as Node does.
#[derive(Clone)]
pub struct Resolver(Option<Alias>);

impl Resolver {
    /// One that finds `alias` by its other name.
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

/// The addresses of a URL's host that may have been tried.
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
