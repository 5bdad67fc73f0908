//! A call whose requests JavaScript sends one at a time. What it sends next follows from the call and from what it has received, by
//! the same rules of redirects, retries and time limits as in `transport::send`.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::call::{BaseClient, Call};
use super::failure::Failure;
use super::redirect::{self, RoutedRequest};
use super::retry::{AttemptResult, Limits};
use super::route::Environment;

/// The state of a call between two requests.
pub struct Exchange {
    client: Arc<BaseClient>,
    call: Call,
    environment: Environment,
    limits: Limits,
    /// The number of attempts that have begun.
    attempts: u32,
    /// The part of the time limit that was used before the exchange.
    elapsed: Duration,
    /// The request to be sent next, or the one that was sent last.
    current: Option<RoutedRequest>,
}

impl Exchange {
    /// Creates a call of which `attempts` were made before, in the time `elapsed`.
    pub fn new(
        client: Arc<BaseClient>,
        call: Call,
        environment: Environment,
        limits: Limits,
        attempts: u32,
        elapsed: Duration,
    ) -> Self {
        Self {
            client,
            call,
            environment,
            limits,
            attempts,
            elapsed,
            current: None,
        }
    }

    /// Begins an attempt, and returns the attempt's first request.
    pub fn begin(&mut self) -> Result<&RoutedRequest, Failure> {
        self.attempts += 1;
        self.current = None;
        let first = RoutedRequest::first(&self.client, &self.call, &self.environment)?;
        Ok(self.current.insert(first))
    }

    /// Returns the next request if a response with this `status` and `Location` header is a redirect that the call follows.
    pub fn follow(
        &mut self,
        status: u16,
        location: &[u8],
    ) -> Option<Result<&RoutedRequest, Failure>> {
        let current = self.current.as_mut()?;
        if !current.request.follows_redirects || !redirect::is_redirect(status, location) {
            return None;
        }
        Some(current.follow(status, location).map(|()| &*current))
    }

    /// Returns the request to be sent next, or the one that was sent last.
    pub fn current(&self) -> Option<&RoutedRequest> {
        self.current.as_ref()
    }

    /// Returns the time until the next attempt after `result`, or `None` if this result is final.
    pub fn delay(&self, result: AttemptResult) -> Option<Duration> {
        let retry = self.limits.retry.as_ref()?;
        retry.delay(&self.call.method, self.attempts, result)
    }

    /// Returns what is left of the time limit, if there is one.
    pub fn time_left(&self) -> Option<Duration> {
        Some(self.limits.timeout?.saturating_sub(self.elapsed))
    }

    /// Returns the failure of the call once its time limit has passed.
    pub fn timed_out(&self) -> Failure {
        let limit = self.limits.timeout.unwrap_or(Duration::MAX);
        Failure::timed_out(&self.call.name(), limit)
    }
}

/// A request of a call as JavaScript sends it, or the failure to make the request: see `Step` in lib/request/exchange.js.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The failure as JSON. If it is present, the other members are empty.
    failure: Option<String>,
    method: String,
    origin: String,
    hostname: String,
    port: u16,
    path: String,
    headers: Vec<String>,
    /// Whether the request may be sent natively. Otherwise Node's own client sends it.
    pub is_native: bool,
    is_idempotent: bool,
    has_body: bool,
    proxy: Option<String>,
    proxy_authorization: Option<String>,
}

impl Step {
    /// Returns the step for a request, which is not sent natively.
    pub fn of(request: Result<&RoutedRequest, Failure>) -> Self {
        let RoutedRequest { request, route, .. } = match request {
            Ok(current) => current,
            Err(failure) => {
                return Self {
                    failure: Some(failure.to_json()),
                    ..Self::default()
                };
            }
        };
        let origin = request.target.origin();
        let lines = request.headers.iter();
        let proxy = route.proxy.as_ref();
        let authorization = proxy.and_then(|proxy| proxy.authorization.as_ref());
        Self {
            failure: None,
            method: request.method.to_string(),
            origin: origin.to_string(),
            hostname: origin.hostname().to_owned(),
            port: origin.port(),
            path: request.target.path().to_owned(),
            headers: lines
                .flat_map(|(name, value)| [name.to_string(), text(value.as_bytes())])
                .collect(),
            is_native: false,
            is_idempotent: request.method.is_idempotent(),
            has_body: request.body.is_some(),
            proxy: proxy.map(|proxy| proxy.url.to_string()),
            proxy_authorization: authorization.map(|value| text(value.as_bytes())),
        }
    }

    /// Returns the JSON text that JavaScript parses.
    pub fn to_json(&self) -> String {
        // Maps with keys that are no strings could not be written, and there are none.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Converts milliseconds to a duration. A number that no duration can hold becomes the longest duration.
pub fn milliseconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or(Duration::MAX)
}

/// Converts each byte to one character.
fn text(latin1: &[u8]) -> String {
    latin1.iter().copied().map(char::from).collect()
}

/// Converts each UTF-16 code unit to one byte. Node decodes header values as latin-1, so that any other unit becomes `?`.
pub fn latin1(units: &[u16]) -> Vec<u8> {
    let byte = |&unit| u8::try_from(unit).unwrap_or(b'?');
    units.iter().map(byte).collect()
}
