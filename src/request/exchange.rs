//! A call, request by request, for whoever sends them itself or looks at each: the rules of redirects, retries and time
//! limits say what comes next, and are those of `transport::send`.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use super::client::{BaseClient, Call};
use super::failure::Failure;
use super::redirect::{self, Hop};
use super::retry::{self, End};
use super::route::Environment;
use super::transport::Limits;

/// How far a call has come.
pub struct Exchange {
    client: Arc<BaseClient>,
    call: Call,
    environment: Arc<Environment>,
    limits: Limits,
    attempts: u32,
    hop: Option<Hop>,
}

impl Exchange {
    /// A call of which nothing has been sent.
    pub fn new(
        client: Arc<BaseClient>,
        call: Call,
        environment: Arc<Environment>,
        limits: Limits,
    ) -> Self {
        Self {
            client,
            call,
            environment,
            limits,
            attempts: 0,
            hop: None,
        }
    }

    /// How long it may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.limits.timeout
    }

    /// The request that is to be sent now, or was sent last.
    pub fn hop(&self) -> Option<&Hop> {
        self.hop.as_ref()
    }

    /// Begins an attempt, whose first request is the hop then.
    pub fn begin(&mut self) -> Result<(), Failure> {
        self.attempts += 1;
        self.hop = None;
        self.hop = Some(Hop::first(&self.client, &self.call, &self.environment)?);
        Ok(())
    }

    /// Takes the head of the hop's answer. Whether it sends the request elsewhere, which the hop is then.
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

    /// How long to wait before the next attempt; none where an answer is the last.
    pub fn delay_after_answer(&self, status: u16, retry_after: Option<&[u8]>) -> Option<Duration> {
        let retry_after = retry_after.and_then(|value| HeaderValue::from_bytes(value).ok());
        self.delay(End::Answer(status, retry_after.as_ref()))
    }

    /// How long to wait before the next attempt; none where a failure with one of these codes is the last.
    pub fn delay_after_failure(&self, codes: &[String]) -> Option<Duration> {
        let is_transient = codes.iter().any(|code| retry::is_transient_code(code));
        self.delay(End::Failure { is_transient })
    }

    fn delay(&self, end: End) -> Option<Duration> {
        let retry = self.limits.retry.as_ref()?;
        retry.delay(&self.call.method, self.attempts, end)
    }
}
