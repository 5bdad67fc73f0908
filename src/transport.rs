//! Sends requests and reads answers, on one runtime thread for the whole process.

use std::io;
use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::Frame;
use hyper::ext::ReasonPhrase;
use tokio::runtime::Handle;

use crate::client::Request;
use crate::failure::{self, Failure};
use crate::redirect;
use crate::route::{Environment, Route};

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
    // As in the original, all of a call goes through the proxy of its first request.
    let mut route = Route::of(&mut request, environment)?;
    let mut followed = 0;
    loop {
        let answer = send_once(&request, &route).await?;
        let Some(location) = location(&answer, &request) else {
            return read(answer).await;
        };
        if followed == redirect::LIMIT {
            let url = request.url;
            let message = format!("Exceeded maxRedirects. Probably stuck in a redirect loop {url}");
            return Err(Failure::new(message));
        }
        followed += 1;
        // Without the rest of the answer, which may never end.
        redirect::follow(&mut request, answer.status().as_u16(), &location)?;
        route = route.of_next(&request);
    }
}

async fn send_once(request: &Request, route: &Route) -> Result<reqwest::Response, Failure> {
    let mut outgoing = reqwest::Request::new(request.method.clone(), route.url(request)?);
    *outgoing.headers_mut() = request.headers.clone();
    *outgoing.body_mut() = request.body.clone().map(Into::into);
    let answer = route.client()?.execute(outgoing).await;
    answer.map_err(|error| route.describe(&error, request))
}

/// Where an answer sends the request, if that may be sent elsewhere.
fn location(answer: &reqwest::Response, request: &Request) -> Option<Vec<u8>> {
    let is_redirect = answer.status().is_redirection() && request.follows_redirects;
    let location = is_redirect
        .then(|| answer.headers().get(header::LOCATION))
        .flatten()?;
    (!location.is_empty()).then(|| location.as_bytes().to_vec())
}

/// Reads an answer to its end.
async fn read(answer: reqwest::Response) -> Result<Response, Failure> {
    let status = answer.status();
    let reason = reason(&answer, status);
    let http10 = answer.version() == Version::HTTP_10;
    let headers = answer.headers().clone();
    check_size(&headers)?;
    let (body, trailers) = read_body(answer).await?;
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
async fn read_body(response: reqwest::Response) -> Result<(Bytes, HeaderMap), Failure> {
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
