//! Sends calls natively: makes attempts, follows redirects, and reads the last response.

use std::time::{Duration, Instant};

use http::header;

use super::call::{BaseClient, Call, Request};
use super::clients::Client;
use super::connect;
use super::describe;
use super::failure::Failure;
use super::redirect::{self, RoutedRequest};
use super::response::{self, Response};
use super::retry::{self, AttemptResult, Limits};
use super::route::{Environment, Route};

/// Why a request has no response.
#[derive(Debug)]
pub enum SendError {
    /// The request failed.
    Failure(Box<Failure>),
    /// Nothing of the request was sent. Node's own client is to send it, for this reason.
    LeftToNode(&'static str),
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

/// The result of a call, and how it came about.
#[derive(Debug)]
pub struct Outcome {
    /// The number of attempts, which is 1 without a retry.
    pub attempts: u32,
    /// The time since the call began.
    pub elapsed: Duration,
    /// The result of the last attempt.
    pub result: Result<Response, SendError>,
}

impl From<Result<Response, SendError>> for Outcome {
    /// Returns the outcome of a single attempt, whose duration does not matter.
    fn from(result: Result<Response, SendError>) -> Self {
        Self {
            attempts: 1,
            elapsed: Duration::ZERO,
            result,
        }
    }
}

/// Sends `call` with `client`, and retries it within `limits`.
pub async fn send(
    client: &BaseClient,
    call: &Call,
    environment: &Environment,
    limits: &Limits,
) -> Outcome {
    if *limits == Limits::default() {
        return attempt(client, call, environment).await.into();
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
    let start = Instant::now();
    let mut attempts = 0;
    let tries = async {
        loop {
            attempts += 1;
            let result = attempt(client, call, environment).await;
            let delay = match (&limits.retry, AttemptResult::of(&result)) {
                (Some(retry), Some(end)) => retry.delay(&call.method, attempts, end),
                _ => None,
            };
            match delay {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return result,
            }
        }
    };
    let result = match limits.timeout {
        Some(timeout) => tokio::time::timeout(timeout, tries)
            .await
            .unwrap_or_else(|_| Err(Failure::timed_out(&call.name(), timeout).into())),
        None => tries.await,
    };
    Outcome {
        attempts,
        elapsed: start.elapsed(),
        result,
    }
}

impl<'a> AttemptResult<'a> {
    /// Returns the result of an attempt, or `None` if Node's own client makes it again.
    fn of(result: &'a Result<Response, SendError>) -> Option<Self> {
        match result {
            Ok(response) => Some(Self::Response(
                response.status,
                response.headers.get(header::RETRY_AFTER),
            )),
            Err(SendError::Failure(failure)) => Some(Self::Failure {
                is_transient: failure.code.is_some_and(retry::is_transient_code),
            }),
            Err(SendError::LeftToNode(_)) => None,
        }
    }
}

/// Sends the request for `call`, follows redirects, and reads the response.
async fn attempt(
    client: &BaseClient,
    call: &Call,
    environment: &Environment,
) -> Result<Response, SendError> {
    // The few requests that are sent again or redirected are built again, so that the others need no copy.
    let first = || RoutedRequest::first(client, call, environment);
    let (sent, follows_redirects) = {
        let RoutedRequest { request, route, .. } = first()?;
        let follows_redirects = request.follows_redirects;
        let again = || Ok(first()?.request);
        (send_request(request, &route, again)?, follows_redirects)
    };
    let response = sent.await?;
    if !follows_redirects || location(&response).is_none() {
        return Ok(response::read(response).await?);
    }
    Box::pin(redirected(response, first()?)).await
}

/// Follows `response`, which redirects `current`, and all further redirects. Reads the last response.
async fn redirected(
    mut response: reqwest::Response,
    mut current: RoutedRequest,
) -> Result<Response, SendError> {
    while let Some(location) = location(&response) {
        current.follow(response.status().as_u16(), &location)?;
        // The body of a redirect is not read, because it may never end.
        drop(response);
        let again = || Ok(current.request.clone());
        response = send_request(again()?, &current.route, again)?.await?;
    }
    Ok(response::read(response).await?)
}

/// Sends one request. The future, which is small since reqwest has taken the request, waits for the head of the response.
///
/// An idempotent request is sent again if its connection ends before the response (RFC 9112, section 9.3.1), since a server may
/// close a kept connection at the moment when a request is sent. `again` builds the requests.
pub fn send_request<F: Fn() -> Result<Request, Failure>>(
    request: Request,
    route: &Route,
    again: F,
) -> Result<impl Future<Output = Result<reqwest::Response, SendError>> + use<F>, SendError> {
    let client = route.client()?;
    let origin = request.target.origin().clone();
    if let Some(reason) = client.reason_for_node(&origin) {
        return Err(SendError::LeftToNode(reason));
    }
    let is_idempotent = request.method.is_idempotent();
    let start = Instant::now();
    let sent = client.sender.execute(outgoing(request)?);
    Ok(async move {
        let mut result = sent.await;
        if is_idempotent && has_ended(&result) {
            result = Box::pin(send_again(&client, again)).await?;
        }
        let error = match result {
            Ok(response) => {
                client.note_answer(&origin);
                if let Some(peer) = response.remote_addr() {
                    connect::note_peer(client.route.peer(&origin), peer, start);
                }
                response::check_size(response.headers())?;
                return Ok(response);
            }
            Err(error) => error,
        };
        let Some(refusal) = describe::refusal(&error) else {
            return Err(describe::describe(&error).into());
        };
        if refusal.is_lasting {
            client.note_refusal(&origin, refusal);
        }
        if refusal.is_late && !is_idempotent {
            return Err(describe::describe(&error).into());
        }
        Err(SendError::LeftToNode(refusal.reason))
    })
}

/// Sends the request that `again` builds, and a last time if its connection ends. That it was a kept one as well cannot be ruled
/// out, so that the last connection is certainly new.
async fn send_again(
    client: &Client,
    again: impl Fn() -> Result<Request, Failure>,
) -> Result<reqwest::Result<reqwest::Response>, SendError> {
    let result = client.sender.execute(outgoing(again()?)?).await;
    if has_ended(&result) {
        return Ok(client.without_pool()?.execute(outgoing(again()?)?).await);
    }
    Ok(result)
}

/// Returns whether a connection has ended before the response.
fn has_ended(result: &reqwest::Result<reqwest::Response>) -> bool {
    result.as_ref().is_err_and(describe::is_end_of_connection)
}

/// Converts `request` to the request type of reqwest, unless it is left to Node's own client.
fn outgoing(request: Request) -> Result<reqwest::Request, SendError> {
    let url = request
        .target
        .ordinary_url()
        .filter(|_| request.is_ordinary);
    let url = url.ok_or(SendError::LeftToNode("the request is not ordinary"))?;
    let mut outgoing = reqwest::Request::new(request.method, url);
    *outgoing.headers_mut() = request.headers;
    *outgoing.body_mut() = request.body.map(Into::into);
    Ok(outgoing)
}

/// Returns the `Location` of `response` if it is a redirect.
fn location(response: &reqwest::Response) -> Option<Vec<u8>> {
    let location = response.headers().get(header::LOCATION)?;
    let is_redirect = redirect::is_redirect(response.status().as_u16(), location.as_bytes());
    is_redirect.then(|| location.as_bytes().to_vec())
}
