//! Sends requests: one runtime thread and one connection pool per configuration, for the whole process.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::Frame;
use hyper::ext::ReasonPhrase;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::runtime::Handle;
use url::Url;

use crate::client::Request;
use crate::failure::{self, Failure, LookupError};
use crate::proxy::ProxyVariables;
use crate::redirect;
use crate::trust::{self, Trust};

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
    /// Whom it trusts.
    pub trust: Trust,
}

/// What distinguishes clients, each of which has connections of its own.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Route {
    proxy: Option<String>,
    /// None where servers need not prove who they are.
    trust: Option<Trust>,
    alias: Option<Alias>,
}

/// A name that a server is to have instead of the one it is found by: that of a caller's `Host` header, as in Node.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct Alias {
    name: String,
    found_by: String,
}

static CLIENTS: Mutex<Option<HashMap<Route, Client>>> = Mutex::new(None);

/// How many clients are kept. There are more only where callers make up `Host` headers.
const MAX_CLIENTS: usize = 64;

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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // Names are looked up in threads, as many as Node has for that (libuv's UV_THREADPOOL_SIZE).
        .max_blocking_threads(4)
        .build()?;
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
    let trust = (!environment.accepts_anyone).then_some(environment.trust);
    let alias = if proxy.is_none() {
        take_alias(&mut request)?
    } else {
        None
    };
    let proxy_url = proxy.as_deref().and_then(|proxy| Url::parse(proxy).ok());
    let client = client(Route {
        proxy,
        trust,
        alias,
    })?;
    let mut followed = 0;
    loop {
        let response = send_once(&client, &request, proxy_url.as_ref()).await?;
        let location = response
            .headers
            .get(header::LOCATION)
            .filter(|value| !value.is_empty());
        match location {
            Some(location)
                if (300..400).contains(&response.status) && request.follows_redirects =>
            {
                if followed == redirect::LIMIT {
                    let message = format!(
                        "Exceeded maxRedirects. Probably stuck in a redirect loop {}",
                        request.url
                    );
                    return Err(Failure::new(message));
                }
                followed += 1;
                redirect::follow(&mut request, response.status, location.as_bytes())?;
            }
            _ => return Ok(response),
        }
    }
}

async fn send_once(
    client: &Client,
    request: &Request,
    proxy: Option<&Url>,
) -> Result<Response, Failure> {
    let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
    *outgoing.headers_mut() = request.headers.clone();
    *outgoing.body_mut() = request.body.clone().map(Into::into);
    let response = client.execute(outgoing).await.map_err(|error| {
        let peers = peers(proxy.unwrap_or(&request.url));
        failure::describe(&error, &peers, proxy.is_some())
    })?;
    let status = response.status();
    let reason = reason(&response, status);
    let http10 = response.version() == Version::HTTP_10;
    let headers = response.headers().clone();
    check_size(&headers)?;
    let (body, trailers) = read(response).await?;
    Ok(Response {
        status: status.as_u16(),
        reason,
        http10,
        headers,
        trailers,
        body,
    })
}

/// Node's limit for the header lines of an answer (`--max-http-header-size`).
const MAX_HEADER_SIZE: usize = 16 * 1024;

/// More than any server sends; what hyper keeps on the stack by default is 100.
const MAX_HEADERS: usize = 512;

fn check_size(headers: &HeaderMap) -> Result<(), Failure> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > MAX_HEADER_SIZE {
        return Err(Failure::malformed("HPE_HEADER_OVERFLOW", "Header overflow"));
    }
    Ok(())
}

/// The body and what comes behind it.
async fn read(response: reqwest::Response) -> Result<(Bytes, HeaderMap), Failure> {
    // Neither counted nor in chunks, it ends with the connection.
    let ends_with_connection = response.content_length().is_none()
        && !response.headers().contains_key(header::TRANSFER_ENCODING);
    let mut body = http::Response::from(response).into_body();
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) if first.is_empty() => first = data,
            Ok(Ok(data)) => {
                if whole.is_empty() {
                    whole.extend_from_slice(&first);
                }
                whole.extend_from_slice(&data);
            }
            Ok(Err(frame)) => trailers = frame.into_trailers().unwrap_or_default(),
            Err(error) if ends_with_connection && failure::is_end_of_stream(&error) => break,
            Err(error) => return Err(failure::describe_body(&error)),
        }
    }
    Ok((
        if whole.is_empty() {
            first
        } else {
            whole.into()
        },
        trailers,
    ))
}

/// hyper keeps the text of a status line only where it is not the usual one.
fn reason(response: &reqwest::Response, status: StatusCode) -> Vec<u8> {
    match response.extensions().get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes().to_vec(),
        None => status.canonical_reason().unwrap_or_default().into(),
    }
}

/// The alias that the caller's `Host` header asks for, by which the request's URL then goes.
fn take_alias(request: &mut Request) -> Result<Option<Alias>, Failure> {
    let Some(host) = request
        .headers
        .get(header::HOST)
        .filter(|host| !host.is_empty())
    else {
        return Ok(None);
    };
    let host = String::from_utf8_lossy(host.as_bytes());
    let name = host.split(':').next().unwrap_or_default();
    let found_by = request
        .url
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    if host.starts_with('[') || name == found_by || name.parse::<IpAddr>().is_ok() {
        return Ok(None);
    }
    let name = name.to_owned();
    request.url.set_host(Some(&name)).map_err(|_| {
        let message = format!("Invalid character in header content [\"host\"]: {host}");
        Failure::type_error("ERR_INVALID_CHAR", message)
    })?;
    Ok(Some(Alias { name, found_by }))
}

/// The client for a route, made once.
fn client(route: Route) -> Result<Client, Failure> {
    let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let clients = clients.get_or_insert_with(HashMap::new);
    if let Some(client) = clients.get(&route) {
        return Ok(client.clone());
    }
    if clients.len() >= MAX_CLIENTS {
        clients.clear();
    }
    let client = build(&route)?;
    clients.insert(route, client.clone());
    Ok(client)
}

fn build(route: &Route) -> Result<Client, Failure> {
    let tls = trust::tls_config(route.trust.map(Trust::store))
        .map_err(|error| Failure::new(error.to_string()))?;
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Arc::new(Resolver(route.alias.clone())))
        .http1_max_headers(MAX_HEADERS)
        .no_proxy();
    if let Some(proxy) = &route.proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|_| {
            // Without the URL, which may hold a password.
            let message = "tunneling socket could not be established, cause=invalid proxy URL";
            Failure::with_code("ECONNRESET", message)
        })?;
        builder = builder.proxy(proxy);
    }
    builder
        .build()
        .map_err(|error| failure::describe(&error, &[], false))
}

/// The addresses that each name had last, for the errors that name them.
static ADDRESSES: Mutex<Option<HashMap<String, Vec<IpAddr>>>> = Mutex::new(None);

/// Asks the system, as Node does, and tells an unknown name from a silent server.
struct Resolver(Option<Alias>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let alias = self.0.clone();
        Box::pin(async move {
            let hostname = name.as_str();
            let found_by = match &alias {
                Some(alias) if alias.name == hostname => &alias.found_by,
                _ => hostname,
            };
            let addresses = match tokio::net::lookup_host((found_by, 0)).await {
                Ok(addresses) => addresses.collect::<Vec<_>>(),
                Err(error) => return Err(lookup_error(found_by, &error).into()),
            };
            let mut known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known.get_or_insert_with(HashMap::new).insert(
                hostname.to_owned(),
                addresses.iter().map(SocketAddr::ip).collect(),
            );
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

/// The addresses of a URL's host that may have been tried.
fn peers(url: &Url) -> Vec<SocketAddr> {
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses = match url.host() {
        Some(url::Host::Ipv4(address)) => vec![address.into()],
        Some(url::Host::Ipv6(address)) => vec![address.into()],
        Some(url::Host::Domain(name)) => {
            let known = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
            known
                .as_ref()
                .and_then(|known| known.get(name).cloned())
                .unwrap_or_default()
        }
        None => vec![],
    };
    addresses
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect()
}
