//! Exports exchanges to JavaScript, and sends their requests natively where JavaScript asks for that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use napi::{Error, Result};
use napi_derive::napi;

use super::base_client::{self, Limits};
use super::queue;
use super::value::Text;
use crate::request::call::{Call, HeaderLines};
use crate::request::exchange::{self, Step, latin1, milliseconds};
use crate::request::failure::Failure;
use crate::request::proxy::ProxyVariables;
use crate::request::redirect::RoutedRequest;
use crate::request::response::{self, Response};
use crate::request::retry::{self, AttemptResult};
use crate::request::route::Environment;
use crate::request::transport::{self, SendError};

/// A call whose requests JavaScript sends one at a time.
#[napi]
pub struct Exchange {
    core: exchange::Exchange,
    /// Where the response to the last request that was sent arrives.
    received: Arc<Mutex<Received>>,
}

/// The response to one request, and what has become of it.
#[derive(Default)]
enum Received {
    #[default]
    Awaited,
    Here(reqwest::Response),
    /// The body is being read, or the exchange has left the request, even if its response has not arrived yet.
    Gone,
}

impl Received {
    /// Keeps a response, or drops it if it comes too late.
    fn arrive(&mut self, response: reqwest::Response) {
        if matches!(self, Self::Awaited) {
            *self = Self::Here(response);
        }
    }

    fn take(&mut self) -> Option<reqwest::Response> {
        match std::mem::replace(self, Self::Gone) {
            Self::Here(response) => Some(response),
            Self::Awaited | Self::Gone => None,
        }
    }
}

/// What a call sends, and how.
#[napi(object, object_to_js = false)]
pub struct Input {
    /// The method, in the caller's spelling.
    pub method: String,
    /// The path below the service.
    #[napi(ts_type = "string")]
    pub path: Text,
    /// The query string, without the question mark.
    pub query: String,
    /// `headerCount` pairs of a name and a value, each ended by a NUL.
    #[napi(ts_type = "string")]
    pub headers: Text,
    /// The number of header lines.
    pub header_count: u32,
    /// The body, which is JSON text.
    pub body: Option<String>,
    /// The time limit and the retries.
    pub limits: Option<Limits>,
    /// The value of the proxy variables when the call was made.
    pub proxy: String,
    /// The value of `NO_PROXY` when the call was made.
    pub no_proxy: String,
    /// The number of attempts that were made before.
    pub attempts: u32,
    /// The time that these attempts took, in milliseconds.
    pub elapsed: f64,
}

#[napi]
impl Exchange {
    /// Creates a call to the service of a native `client`. Nothing is sent yet.
    #[napi(catch_unwind, constructor)]
    pub fn new(queue: u32, client: i64, input: Input) -> Result<Self> {
        let client = base_client::find(client)
            .ok_or_else(|| Error::from_reason("The native client is gone"))?;
        let environment = queue::with(queue, |queue| Ok(queue.environment()))?;
        let proxies = ProxyVariables {
            no_proxy: input.no_proxy,
            proxy: input.proxy,
        };
        let call = Call {
            method: input.method,
            path: input.path.0,
            query: input.query,
            headers: HeaderLines::new(&input.headers.0, input.header_count as usize),
            body: input.body.map(Into::into),
        };
        let environment = Environment {
            proxies,
            ..Environment::clone(&environment)
        };
        let limits = input.limits.map(Into::into).unwrap_or_default();
        let elapsed = milliseconds(input.elapsed);
        Ok(Self {
            core: exchange::Exchange::new(
                client,
                call,
                environment,
                limits,
                input.attempts,
                elapsed,
            ),
            received: Arc::default(),
        })
    }

    /// Begins an attempt, and returns the attempt's first request: a `Step` as JSON (see lib/request/exchange.js).
    #[napi(catch_unwind)]
    pub fn begin(&mut self) -> String {
        step(self.core.begin())
    }

    /// Returns the next request as JSON if a response with this `status` and `Location` header is a redirect that the call follows.
    /// Otherwise returns null.
    #[napi(catch_unwind, ts_args_type = "status: number, location: string")]
    pub fn follow(&mut self, status: u16, location: Text) -> Option<String> {
        self.core.follow(status, &latin1(&location.0)).map(step)
    }

    /// Returns the milliseconds until the next attempt after a response with this `status` and `Retry-After` header, or null if
    /// this response is final.
    #[napi(catch_unwind, ts_args_type = "status: number, retryAfter?: string")]
    pub fn delay_after_response(&self, status: u16, retry_after: Option<Text>) -> Option<f64> {
        let retry_after = retry_after.map(|value| HeaderValue::from_bytes(&latin1(&value.0)));
        let retry_after = retry_after.and_then(std::result::Result::ok);
        self.delay(AttemptResult::Response(status, retry_after.as_ref()))
    }

    /// Returns the milliseconds until the next attempt after a failure with these error codes, or null if this failure is final.
    #[napi(catch_unwind)]
    pub fn delay_after_failure(&self, codes: Vec<String>) -> Option<f64> {
        let is_transient = codes.iter().any(|code| retry::is_transient_code(code));
        self.delay(AttemptResult::Failure { is_transient })
    }

    fn delay(&self, result: AttemptResult) -> Option<f64> {
        Some(self.core.delay(result)?.as_secs_f64() * 1000.0)
    }

    /// Sends the current request natively with `headerCount` additional headers, which are packed as for the constructor. The
    /// outcome under `ticket` is the head of the response, or says that the request is left to Node's own client.
    #[napi(
        catch_unwind,
        ts_args_type = "queue: number, ticket: number, headers: string, headerCount: number"
    )]
    pub fn send(
        &mut self,
        queue: u32,
        ticket: i64,
        headers: Text,
        header_count: u32,
    ) -> Result<()> {
        let received = Arc::<Mutex<Received>>::default();
        self.received = received.clone();
        let current = self.core.current();
        let current = current.map(|current| (current.request.clone(), current.route.clone()));
        let result = async move {
            let (mut request, route) = current.ok_or_else(nothing_to_do)?;
            request.add(&HeaderLines::new(&headers.0, header_count as usize))?;
            let again = request.clone();
            let response = transport::send_request(request, &route, || Ok(again.clone()))?.await?;
            let head = Response::head(
                response.status(),
                response.version(),
                response.extensions(),
                response.headers().clone(),
            );
            lock(&received).arrive(response);
            Ok(head)
        };
        spawn(queue, ticket, result)
    }

    /// Reads the response to its end. The outcome under `ticket` is the whole response.
    #[napi(catch_unwind)]
    pub fn read(&self, queue: u32, ticket: i64) -> Result<()> {
        let response = lock(&self.received).take();
        let result = async move { Ok(response::read(response.ok_or_else(nothing_to_do)?).await?) };
        spawn(queue, ticket, result)
    }

    /// Drops the response to the last request without reading its body, also if it arrives later. The connection is closed if a part
    /// of the body has not arrived.
    #[napi(catch_unwind)]
    pub fn leave(&self) {
        let response = lock(&self.received).take();
        drop(response);
    }

    /// The remote address and port of the connection on which the last response arrived, until its body is read or left.
    #[napi(catch_unwind, getter)]
    pub fn peer(&self) -> Option<(String, u16)> {
        let Received::Here(response) = &*lock(&self.received) else {
            return None;
        };
        let peer = response.remote_addr()?;
        Some((peer.ip().to_string(), peer.port()))
    }

    /// Whether the call has a time limit, which `expire` enforces.
    #[napi(catch_unwind, getter)]
    pub fn has_timeout(&self) -> bool {
        self.core.time_left().is_some()
    }

    /// Starts the time limit of the call. The outcome under `ticket` is a failure once the time limit has passed.
    #[napi(catch_unwind)]
    pub fn expire(&self, queue: u32, ticket: i64) -> Result<()> {
        let left = self.core.time_left().unwrap_or(Duration::MAX);
        let failure = self.core.timed_out();
        let result = async move {
            tokio::time::sleep(left).await;
            Err(failure.into())
        };
        spawn(queue, ticket, result)
    }
}

fn lock(received: &Mutex<Received>) -> MutexGuard<'_, Received> {
    received.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for `delay` milliseconds, and then delivers an empty outcome under `ticket`. The runtime measures the time, because a
/// program may have replaced the timers of JavaScript.
#[napi(catch_unwind)]
pub fn wait(queue: u32, ticket: i64, delay: f64) -> Result<()> {
    let result = async move {
        tokio::time::sleep(milliseconds(delay)).await;
        Ok(Response {
            status: 204,
            ..Response::default()
        })
    };
    spawn(queue, ticket, result)
}

fn spawn(
    queue: u32,
    ticket: i64,
    work: impl Future<Output = std::result::Result<Response, SendError>> + Send + 'static,
) -> Result<()> {
    queue::with(queue, |queue| {
        queue.spawn(ticket, || async { work.await.into() })
    })
}

fn nothing_to_do() -> Failure {
    Failure::new("Internal error: the exchange is at no request")
}

/// Returns a step as JSON, and says whether its request may be sent natively.
fn step(request: std::result::Result<&RoutedRequest, Failure>) -> String {
    let is_native = request
        .as_ref()
        .is_ok_and(|current| current.route.is_native(&current.request));
    let mut step = Step::of(request);
    step.is_native = is_native;
    step.to_json()
}
