//! `Exchange` for JavaScript: a call, request by request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Extensions, HeaderMap, StatusCode, Version};
use hyper_util::client::legacy::connect::HttpInfo;
use napi::{Error, Result};
use napi_derive::napi;

use super::base_client::{self, Limits, milliseconds, unpack};
use super::queue::{self, failure_json};
use super::value::Text;
use crate::request::client::Call;
use crate::request::exchange;
use crate::request::failure::Failure;
use crate::request::redirect::Hop;
use crate::request::transport::{self, Answer, Outcome, Response};

/// A call whose requests are sent one by one, each when JavaScript says so.
#[napi]
pub struct Exchange {
    call: exchange::Exchange,
    received: Arc<Mutex<Received>>,
}

/// The answer to the last request that was sent.
#[derive(Default)]
struct Received {
    answer: Option<Answer>,
    peer: Option<SocketAddr>,
}

/// A request of a call, or why there is none.
#[napi(object, object_from_js = false)]
pub struct Step {
    /// JSON, as an outcome has it.
    pub failure: Option<String>,
    /// Upper case.
    pub method: String,
    /// Scheme, host and port.
    pub origin: String,
    /// Without brackets.
    pub hostname: String,
    /// As a number.
    pub port: u16,
    /// With the query.
    pub path: String,
    /// Names, in lower case, and values.
    pub headers: Vec<String>,
    /// Whether it has the body of the call.
    pub has_body: bool,
    /// The URL of the proxy that it goes through.
    pub proxy: Option<String>,
    /// What that is told of who asks.
    pub proxy_authorization: Option<String>,
}

#[napi]
impl Exchange {
    /// Takes what `send` takes.
    #[napi(
        catch_unwind,
        constructor,
        ts_args_type = "queue: number, client: number, method: string, path: string, query: string, headers: string, headerCount: number, body?: string, limits?: Limits"
    )]
    #[allow(clippy::too_many_arguments, reason = "as `send`")]
    pub fn new(
        queue: u32,
        client: i64,
        method: String,
        path: Text,
        query: String,
        headers: Text,
        header_count: u32,
        body: Option<String>,
        limits: Option<Limits>,
    ) -> Result<Self> {
        let client = base_client::find(client)
            .ok_or_else(|| Error::from_reason("The native client is gone"))?;
        let environment = queue::with(queue, |queue| Ok(queue.environment()))?;
        let call = Call {
            method,
            path: path.0,
            query,
            headers: unpack(&headers.0, header_count as usize),
            body: body.map(Into::into),
        };
        let limits = limits.map(Into::into).unwrap_or_default();
        Ok(Self {
            call: exchange::Exchange::new(client, call, environment, limits),
            received: Arc::default(),
        })
    }

    /// Begins an attempt: its first request.
    #[napi(catch_unwind)]
    pub fn begin(&mut self) -> Step {
        let begun = self.call.begin();
        self.step(begun)
    }

    /// Takes status and `Location` of an answer: the request that it asks for, if it is to be followed.
    #[napi(catch_unwind)]
    pub fn follow(&mut self, status: u16, location: String) -> Option<Step> {
        let followed = self.call.follow(status, &latin1(&location));
        match followed {
            Ok(false) => None,
            Ok(true) => Some(self.step(Ok(()))),
            Err(failure) => Some(self.step(Err(failure))),
        }
    }

    /// Milliseconds until the next attempt; none where an answer with this status and `Retry-After` is the last.
    #[napi(catch_unwind)]
    pub fn delay_after_answer(&self, status: u16, retry_after: Option<String>) -> Option<f64> {
        let retry_after = retry_after.as_deref().map(latin1);
        let delay = self.call.delay_after_answer(status, retry_after.as_deref());
        delay.map(|delay| delay.as_secs_f64() * 1000.0)
    }

    /// Milliseconds until the next attempt; none where a failure with one of these codes is the last.
    #[napi(catch_unwind)]
    pub fn delay_after_failure(&self, codes: Vec<String>) -> Option<f64> {
        let delay = self.call.delay_after_failure(&codes);
        delay.map(|delay| delay.as_secs_f64() * 1000.0)
    }

    /// Sends the request, with `headerCount` more headers. The head of its answer is the outcome.
    #[napi(
        catch_unwind,
        ts_args_type = "queue: number, ticket: number, headers: string, headerCount: number"
    )]
    pub fn send(&self, queue: u32, ticket: u32, headers: Text, header_count: u32) -> Result<()> {
        let received = self.received.clone();
        let hop = self
            .call
            .hop()
            .map(|hop| (hop.request.clone(), hop.route.clone()));
        let result = async move {
            let (mut request, route) = hop.ok_or_else(nothing_to_do)?;
            request.add(&unpack(&headers.0, header_count as usize))?;
            let again = request.clone();
            let answer = transport::send_once(request, &route, || Ok(again)).await?;
            let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
            received.peer = answer.extensions().get().map(HttpInfo::remote_addr);
            let head = Response::head(
                answer.status(),
                answer.version(),
                answer.extensions(),
                answer.headers().clone(),
            );
            received.answer = Some(answer);
            Ok(head)
        };
        spawn(queue, ticket, result)
    }

    /// Reads the answer to its end, which is the outcome.
    #[napi(catch_unwind)]
    pub fn read(&self, queue: u32, ticket: u32) -> Result<()> {
        let answer = self.take();
        let result = async move { transport::read(answer.ok_or_else(nothing_to_do)?).await };
        spawn(queue, ticket, result)
    }

    /// Closes the connection of an answer that is not read.
    #[napi(catch_unwind)]
    pub fn leave(&self) {
        drop(self.take());
    }

    /// Address and port of who gave the answer.
    #[napi(catch_unwind, getter)]
    pub fn peer(&self) -> Option<(String, u16)> {
        let received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received
            .peer
            .map(|peer| (peer.ip().to_string(), peer.port()))
    }

    /// Whether the call may take only so long, which `expire` waits for.
    #[napi(catch_unwind, getter)]
    pub fn has_timeout(&self) -> bool {
        self.call.timeout().is_some()
    }

    /// Fails, which is the outcome, as soon as the call has taken too long.
    #[napi(catch_unwind)]
    pub fn expire(&self, queue: u32, ticket: u32) -> Result<()> {
        let timeout = self.call.timeout().unwrap_or(Duration::MAX);
        let result = async move {
            tokio::time::sleep(timeout).await;
            Err(transport::timed_out(timeout))
        };
        spawn(queue, ticket, result)
    }

    fn take(&self) -> Option<Answer> {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        received.answer.take()
    }

    fn step(&self, result: std::result::Result<(), Failure>) -> Step {
        match (result, self.call.hop()) {
            (Ok(()), Some(hop)) => step_of(hop),
            (Ok(()), None) => no_step(&nothing_to_do()),
            (Err(failure), _) => no_step(&failure),
        }
    }
}

/// Waits, on no clock that a program may have replaced.
#[napi(catch_unwind)]
pub fn wait(queue: u32, ticket: u32, delay: f64) -> Result<()> {
    let result = async move {
        tokio::time::sleep(milliseconds(delay)).await;
        Ok(Response::head(
            StatusCode::NO_CONTENT,
            Version::HTTP_11,
            &Extensions::new(),
            HeaderMap::new(),
        ))
    };
    spawn(queue, ticket, result)
}

fn spawn(
    queue: u32,
    ticket: u32,
    work: impl Future<Output = std::result::Result<Response, Failure>> + Send + 'static,
) -> Result<()> {
    queue::with(queue, |queue| {
        let outcome = async move {
            Outcome {
                attempts: 1,
                result: work.await,
            }
        };
        queue.spawn(ticket, outcome);
        Ok(())
    })
}

fn nothing_to_do() -> Failure {
    Failure::new("Internal error: the exchange is at no request")
}

fn step_of(hop: &Hop) -> Step {
    let Hop { request, route, .. } = hop;
    let origin = request.target.origin();
    let lines = request.headers.iter();
    let proxy = route.proxy.as_ref();
    let authorization = proxy.and_then(|proxy| proxy.authorization.as_ref());
    Step {
        failure: None,
        method: request.method.to_string(),
        origin: origin.to_string(),
        hostname: request.hostname(),
        port: origin.url().port_or_known_default().unwrap_or(443),
        path: request.target.path().to_owned(),
        headers: lines
            .flat_map(|(name, value)| [name.to_string(), text(value.as_bytes())])
            .collect(),
        has_body: request.body.is_some(),
        proxy: proxy.map(|proxy| proxy.url.to_string()),
        proxy_authorization: authorization.map(|value| text(value.as_bytes())),
    }
}

fn no_step(failure: &Failure) -> Step {
    Step {
        failure: Some(failure_json(failure).to_string()),
        method: String::new(),
        origin: String::new(),
        hostname: String::new(),
        port: 0,
        path: String::new(),
        headers: vec![],
        has_body: false,
        proxy: None,
        proxy_authorization: None,
    }
}

/// A character for each byte.
fn text(latin1: &[u8]) -> String {
    latin1.iter().copied().map(char::from).collect()
}

/// A byte for each character, of those that come from bytes.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(b'?'))
        .collect()
}
