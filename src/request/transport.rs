//! Sends requests and reads responses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::ext::ReasonPhrase;

use super::client::{BaseClient, Call, Request};
use super::failure::{self, Failure};
use super::pool::Answer;
use super::redirect::{self, Hop};
use super::retry::{self, End, Retry};
use super::route::{Environment, Route};
use super::send_error::SendError;
use super::target::Origin;

/// A response that has been read to the end.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase of the status line, in latin-1.
    pub reason: Vec<u8>,
    /// Whether the HTTP version of the response is 1.0.
    pub http10: bool,
    /// The header lines.
    pub headers: HeaderMap,
    /// The trailers, which are the header lines after the body.
    pub trailers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The limits of the duration and the attempts of a call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// The longest time from the start of the first attempt to the end of the last response.
    pub timeout: Option<Duration>,
    /// The rules for retries, or `None` if there is only one attempt.
    pub retry: Option<Retry>,
}

/// The result of a call and the number of attempts.
#[derive(Debug)]
pub struct Outcome {
    /// The number of attempts, which is 1 without a retry.
    pub attempts: u32,
    /// The result of the last attempt.
    pub result: Result<Response, Failure>,
}

/// Sends `call` with `client`, and retries it within `limits`.
pub async fn send(
    client: &BaseClient,
    call: &Call,
    environment: &Environment,
    limits: &Limits,
) -> Outcome {
    if *limits == Limits::default() {
        let result = attempt(client, call, environment).await;
        return Outcome {
            attempts: 1,
            result,
        };
    }
    // The box keeps the future of most calls, which have no limits, small.
    Box::pin(send_within(client, call, environment, limits)).await
}

async fn send_within(
    client: &BaseClient,
    call: &Call,
    environment: &Environment,
    limits: &Limits,
) -> Outcome {
    let mut attempts = 0;
    let tries = async {
        loop {
            attempts += 1;
            let result = attempt(client, call, environment).await;
            let retry = limits.retry.as_ref();
            let end = End::from(&result);
            match retry.and_then(|retry| retry.delay(&call.method, attempts, end)) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return result,
            }
        }
    };
    let result = match limits.timeout {
        Some(timeout) => tokio::time::timeout(timeout, tries)
            .await
            .unwrap_or_else(|_| Err(timed_out(timeout))),
        None => tries.await,
    };
    Outcome { attempts, result }
}

impl<'a> From<&'a Result<Response, Failure>> for End<'a> {
    fn from(result: &'a Result<Response, Failure>) -> Self {
        match result {
            Ok(response) => {
                Self::Answer(response.status, response.headers.get(header::RETRY_AFTER))
            }
            Err(failure) => Self::Failure {
                is_transient: retry::is_transient(failure),
            },
        }
    }
}

/// Returns the failure for a call that takes longer than `timeout`.
pub fn timed_out(timeout: Duration) -> Failure {
    let message = format!("The request took longer than {} ms", timeout.as_millis());
    Failure::with_code("ETIMEDOUT", message)
}

/// Sends the request for `call`, follows redirects, and reads the response.
async fn attempt(
    client: &BaseClient,
    call: &Call,
    environment: &Environment,
) -> Result<Response, Failure> {
    // The few requests that are sent again or redirected are built again, so that the others need no copy.
    let first = || Hop::first(client, call, environment);
    let Hop { request, route, .. } = first()?;
    let follows_redirects = request.follows_redirects;
    let answer = send_once(request, &route, || Ok(first()?.request)).await?;
    if !follows_redirects || location(&answer).is_none() {
        return read(answer).await;
    }
    Box::pin(redirected(answer, first()?)).await
}

/// Follows `answer`, which is a redirect of `hop`, and all further redirects. Reads the last response.
async fn redirected(mut answer: Answer, mut hop: Hop) -> Result<Response, Failure> {
    while let Some(location) = location(&answer) {
        hop.follow(answer.response.status().as_u16(), &location)?;
        // The body of a redirect is not read, because it may never end.
        answer.discard();
        let request = || Ok(hop.request.clone());
        answer = send_once(request()?, &hop.route, request).await?;
    }
    read(answer).await
}

/// Sends one request, and waits for the head of the response.
///
/// A server may close a reused connection at the moment when a request is sent. An idempotent request is then sent once more on
/// a new connection (RFC 9112, section 9.3.1); `again` builds this second request.
pub async fn send_once(
    request: Request,
    route: &Route,
    again: impl FnOnce() -> Result<Request, Failure>,
) -> Result<Answer, Failure> {
    let pool = route.pool()?;
    let origin = route.origin(&request.target)?;
    let is_idempotent = request.method.is_idempotent();
    let mut result = pool.send(&origin, outgoing(request, &origin)).await;
    if is_idempotent && result.as_ref().is_err_and(SendError::is_stale) {
        result = Box::pin(pool.send_anew(&origin, outgoing(again()?, &origin))).await;
    }
    let answer = result.map_err(|error| route.describe(&error, &origin))?;
    check_size(answer.response.headers())?;
    Ok(answer)
}

/// Converts `request` to the request type of hyper, addressed to `origin`.
fn outgoing(request: Request, origin: &Origin) -> http::Request<Full<Bytes>> {
    let mut outgoing = http::Request::new(request.body.map(Full::new).unwrap_or_default());
    *outgoing.method_mut() = request.method;
    *outgoing.uri_mut() = request.target.into_uri();
    *outgoing.headers_mut() = request.headers;
    let headers = outgoing.headers_mut();
    headers
        .entry(header::ACCEPT)
        .or_insert(HeaderValue::from_static("*/*"));
    headers
        .entry(header::HOST)
        .or_insert_with(|| origin.host().clone());
    outgoing
}

/// Returns the `Location` of `answer` if it is a redirect.
fn location(answer: &Answer) -> Option<Vec<u8>> {
    let location = answer.response.headers().get(header::LOCATION)?;
    let status = answer.response.status().as_u16();
    let is_redirect = redirect::is_redirect(status, location.as_bytes());
    is_redirect.then(|| location.as_bytes().to_vec())
}

/// Reads a response to the end, and releases its connection.
pub async fn read(answer: Answer) -> Result<Response, Failure> {
    let response = read_whole(answer.response).await?;
    answer.lease.release();
    Ok(response)
}

/// Reads a response to the end.
pub async fn read_whole(response: http::Response<Incoming>) -> Result<Response, Failure> {
    let (head, body) = response.into_parts();
    let (body, trailers) = read_body(&head.headers, body).await?;
    Ok(Response {
        trailers,
        body,
        ..Response::head(head.status, head.version, &head.extensions, head.headers)
    })
}

impl Response {
    /// Returns a response with an empty body, built from the head.
    pub fn head(
        status: StatusCode,
        version: Version,
        extensions: &Extensions,
        headers: HeaderMap,
    ) -> Self {
        Self {
            status: status.as_u16(),
            reason: reason(status, extensions),
            http10: version == Version::HTTP_10,
            headers,
            trailers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }
}

/// The limit for the size of the header lines of a response in bytes: by default that of Node, whose option
/// `--max-http-header-size` sets another one for the whole process.
static MAX_HEADER_SIZE: AtomicUsize = AtomicUsize::new(16 * 1024);

/// Sets the limit for the size of the header lines of a response in bytes.
pub fn set_max_header_size(size: usize) {
    MAX_HEADER_SIZE.store(size, Ordering::Relaxed);
}

fn check_size(headers: &HeaderMap) -> Result<(), Failure> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > MAX_HEADER_SIZE.load(Ordering::Relaxed) {
        return Err(Failure::malformed("HPE_HEADER_OVERFLOW", "Header overflow"));
    }
    Ok(())
}

/// The limit for the size of a body in bytes: the longest that the running Node decodes to a string.
static MAX_BODY_SIZE: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Sets the limit for the size of a body in bytes.
pub fn set_max_body_size(size: usize) {
    MAX_BODY_SIZE.store(size, Ordering::Relaxed);
}

/// Fails with Node's own error if a body of `size` bytes is too long.
fn check_body_size(size: usize) -> Result<(), Failure> {
    let max = MAX_BODY_SIZE.load(Ordering::Relaxed);
    if size <= max {
        return Ok(());
    }
    let message = format!("Cannot create a string longer than 0x{max:x} characters");
    Err(Failure::with_code("ERR_STRING_TOO_LONG", message))
}

/// Reads the body and the trailers. Fails as soon as too much has arrived.
async fn read_body(headers: &HeaderMap, mut body: Incoming) -> Result<(Bytes, HeaderMap), Failure> {
    // A body with neither a length nor chunks ends with the connection.
    let ends_with_connection =
        body.size_hint().exact().is_none() && !headers.contains_key(header::TRANSFER_ENCODING);
    let mut size = 0;
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map(Frame::into_data);
        if let Ok(Ok(data)) = &frame {
            size += data.len();
            check_body_size(size)?;
        }
        match frame {
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

/// Returns the reason phrase of a response. hyper keeps the reason phrase only if it differs from the usual text for `status`.
fn reason(status: StatusCode, extensions: &Extensions) -> Vec<u8> {
    match extensions.get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes().to_vec(),
        None => status.canonical_reason().unwrap_or_default().into(),
    }
}
