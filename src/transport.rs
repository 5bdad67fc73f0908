//! Sends requests: one runtime thread and one connection pool per configuration, for the whole process.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt;
use http::{HeaderMap, StatusCode, Version, header};
use hyper::ext::ReasonPhrase;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::runtime::Handle;

use crate::client::Request;
use crate::failure::{self, Failure, LookupError};
use crate::proxy::ProxyVariables;
use crate::redirect;
use crate::trust::{self, TrustStore};

/// An answer, read to its end.
#[derive(Debug)]
pub struct Response {
    /// Its status code.
    pub status: u16,
    /// The text beside the code, latin-1.
    pub reason: Vec<u8>,
    /// Whether it is of HTTP/1.0.
    pub http10: bool,
    /// Its header lines.
    pub headers: HeaderMap,
    /// Header lines that came behind its body.
    pub trailers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// How the environment wants requests to be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Environment {
    /// The proxies.
    pub proxies: ProxyVariables,
    /// Whether servers need not prove who they are: `NODE_TLS_REJECT_UNAUTHORIZED=0`.
    pub accepts_anyone: bool,
}

/// Where the process finds whom it trusts.
#[derive(Debug, Default)]
pub struct TrustSources {
    /// Root certificates, PEM. Empty where the runtime gives no list.
    pub roots: String,
    /// A file with more of them: `NODE_EXTRA_CA_CERTS`.
    pub extra: Option<PathBuf>,
}

static TRUST_SOURCES: OnceLock<TrustSources> = OnceLock::new();
static CLIENTS: Mutex<Option<HashMap<(Option<String>, bool), Client>>> = Mutex::new(None);

/// Whether [`set_trust`] was called.
pub fn has_trust() -> bool {
    TRUST_SOURCES.get().is_some()
}

/// Says whom to trust, once for the process. Later calls have no effect.
pub fn set_trust(sources: TrustSources) {
    let _ = TRUST_SOURCES.set(sources);
}

/// The certificates that the process trusts, read when the first connection needs them.
fn trust_store() -> Arc<TrustStore> {
    static STORE: OnceLock<Arc<TrustStore>> = OnceLock::new();
    let read = || {
        let sources = TRUST_SOURCES.get_or_init(TrustSources::default);
        let mut store = TrustStore::default();
        if store.add_pem(sources.roots.as_bytes()) == 0 {
            store = TrustStore::bundled();
        }
        if let Some(pem) = sources.extra.as_ref().and_then(|path| std::fs::read(path).ok()) {
            store.add_pem(&pem);
        }
        Arc::new(store)
    };
    STORE.get_or_init(read).clone()
}

/// The process's runtime, which the first call starts: one thread, for the life of the process.
///
/// One thread was measured to beat two, and tokio's default: it leaves the other cores to JavaScript and the server.
pub fn runtime() -> Result<&'static Handle, Failure> {
    static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| start().map_err(|error| error.to_string()))
        .as_ref()
        .map_err(|error| Failure::new(format!("Could not start the network thread: {error}")))
}

fn start() -> io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("pusher-platform".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

/// Sends `request` and reads the answer, following redirects.
pub async fn send(mut request: Request, environment: &Environment) -> Result<Response, Failure> {
    let host = request.url.host_str().unwrap_or_default();
    let port = request.url.port_or_known_default().unwrap_or(443);
    let proxy = environment.proxies.proxy_for(host, port).map(str::to_owned);
    let client = client(proxy, environment.accepts_anyone)?;
    let mut followed = 0;
    loop {
        let response = send_once(&client, &request).await?;
        let location = response.headers.get(header::LOCATION).filter(|value| !value.is_empty());
        match location {
            Some(location)
                if (300..400).contains(&response.status) && request.follows_redirects =>
            {
                if followed == redirect::LIMIT {
                    let message =
                        format!("Exceeded maxRedirects. Probably stuck in a redirect loop {}", request.url);
                    return Err(Failure::new(message));
                }
                followed += 1;
                redirect::follow(&mut request, response.status, location.as_bytes())?;
            }
            _ => return Ok(response),
        }
    }
}

async fn send_once(client: &Client, request: &Request) -> Result<Response, Failure> {
    let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
    *outgoing.headers_mut() = request.headers.clone();
    *outgoing.body_mut() = request.body.clone().map(Into::into);
    let response = client
        .execute(outgoing)
        .await
        .map_err(|error| failure::describe(&error, &peers(request)))?;
    let status = response.status();
    let reason = reason(&response, status);
    let http10 = response.version() == Version::HTTP_10;
    let headers = response.headers().clone();
    let body = http::Response::from(response).into_body();
    let body = body.collect().await.map_err(|_| Failure::aborted())?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    let status = status.as_u16();
    Ok(Response { status, reason, http10, headers, trailers, body: body.to_bytes() })
}

/// hyper keeps the text of a status line only where it is not the usual one.
fn reason(response: &reqwest::Response, status: StatusCode) -> Vec<u8> {
    match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes().to_vec(),
        None => status.canonical_reason().unwrap_or_default().into(),
    }
}

/// The client for a proxy and a trust, made once.
fn client(proxy: Option<String>, accepts_anyone: bool) -> Result<Client, Failure> {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let clients = clients.get_or_insert_with(HashMap::new);
    let key = (proxy, accepts_anyone);
    if let Some(client) = clients.get(&key) {
        return Ok(client.clone());
    }
    let client = build(key.0.as_deref(), accepts_anyone)?;
    clients.insert(key, client.clone());
    Ok(client)
}

fn build(proxy: Option<&str>, accepts_anyone: bool) -> Result<Client, Failure> {
    let tls = trust::tls_config((!accepts_anyone).then(trust_store))
        .map_err(|error| Failure::new(error.to_string()))?;
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Resolver))
        .no_proxy();
    if let Some(proxy) = proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|error| Failure::new(error.to_string()))?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|error| failure::describe(&error, &[]))
}

/// The addresses that each name had last, for the errors that name them.
static ADDRESSES: Mutex<Option<HashMap<String, Vec<IpAddr>>>> = Mutex::new(None);

/// Asks the system, as Node does, and tells an unknown name from a silent server.
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let hostname = name.as_str();
            let addresses = match tokio::net::lookup_host((hostname, 0)).await {
                Ok(addresses) => addresses.collect::<Vec<_>>(),
                Err(error) => return Err(lookup_error(hostname, &error).into()),
            };
            let mut known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known
                .get_or_insert_with(HashMap::new)
                .insert(hostname.to_owned(), addresses.iter().map(SocketAddr::ip).collect());
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn lookup_error(hostname: &str, error: &io::Error) -> LookupError {
    // The standard library keeps the resolver's text only.
    let temporary = error.to_string().contains("Temporary failure");
    LookupError {
        code: if temporary { "EAI_AGAIN" } else { "ENOTFOUND" },
        hostname: hostname.to_owned(),
    }
}

/// The addresses that a request may have tried.
fn peers(request: &Request) -> Vec<SocketAddr> {
    let port = request.url.port_or_known_default().unwrap_or(443);
    let addresses = match request.url.host() {
        Some(url::Host::Ipv4(address)) => vec![address.into()],
        Some(url::Host::Ipv6(address)) => vec![address.into()],
        Some(url::Host::Domain(name)) => {
            let known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known.as_ref().and_then(|known| known.get(name).cloned()).unwrap_or_default()
        }
        None => vec![],
    };
    addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect()
}
