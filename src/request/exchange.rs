//! Performs a call one request at a time, for callers that send or observe each request themselves.
//!
//! An [`Exchange`] decides what follows each response or failure, by the same rules of redirects, retries and time limits as
//! `transport::send`.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::client::{BaseClient, Call};
use super::clients::Environment;
use super::failure::Failure;
use super::redirect::{self, Hop};
use super::retry::{self, End};
use super::transport::Limits;

/// The progress of a call.
pub struct Exchange {
    client: Arc<BaseClient>,
    call: Call,
    environment: Environment,
    limits: Limits,
    /// The number of attempts that have begun.
    attempts: u32,
    /// The part of the time limit that was used before the exchange.
    elapsed: Duration,
    hop: Option<Hop>,
}

impl Exchange {
    /// Creates the exchange for `call`, after a number of `attempts` and after a time that count towards the `limits`.
    pub fn new(
        client: Arc<BaseClient>,
        call: Call,
        environment: Environment,
        limits: Limits,
        (attempts, elapsed): (u32, Duration),
    ) -> Self {
        Self {
            client,
            call,
            environment,
            limits,
            attempts,
            elapsed,
            hop: None,
        }
    }

    /// Returns what is left of the time limit of the call, if it has one, and the failure after that.
    pub fn timeout(&self) -> Option<(Duration, Failure)> {
        let limit = self.limits.timeout?;
        let left = limit.saturating_sub(self.elapsed);
        Some((left, Failure::timed_out(&self.call.name(), limit)))
    }

    /// Returns the hop whose request is to be sent next or was sent last.
    pub fn hop(&self) -> Option<&Hop> {
        self.hop.as_ref()
    }

    /// Begins an attempt, and sets the hop to its first request. Fails if the call, its host or the URL of the proxy is invalid.
    pub fn begin(&mut self) -> Result<(), Failure> {
        self.attempts += 1;
        self.hop = None;
        self.hop = Some(Hop::first(&self.client, &self.call, &self.environment)?);
        Ok(())
    }

    /// Follows the response with `status` and `location` if it is a redirect that may be followed. Returns whether the hop is now
    /// the redirected request. Fails if the redirect is refused.
    pub fn follow(&mut self, status: u16, location: &[u8]) -> Result<bool, Failure> {
        let Some(hop) = &mut self.hop else {
            return Ok(false);
        };
        let follows = hop.request.follows_redirects && redirect::is_redirect(status, location);
        if follows {
            hop.follow(status, location)?;
        }
        Ok(follows)
    }

    /// Returns the delay before the next attempt, or `None` if the response with `status` is final.
    pub fn delay_after_answer(&self, status: u16, retry_after: Option<&[u8]>) -> Option<Duration> {
        let retry_after = retry_after.and_then(|value| HeaderValue::from_bytes(value).ok());
        self.delay(End::Answer(status, retry_after.as_ref()))
    }

    /// Returns the delay before the next attempt, or `None` if a failure with `codes` is final.
    pub fn delay_after_failure(&self, codes: &[String]) -> Option<Duration> {
        let is_transient = codes.iter().any(|code| retry::is_transient_code(code));
        self.delay(End::Failure { is_transient })
    }

    fn delay(&self, end: End) -> Option<Duration> {
        let retry = self.limits.retry.as_ref()?;
        retry.delay(&self.call.method, self.attempts, end)
    }
}
