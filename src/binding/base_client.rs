//! `BaseClient` for JavaScript.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use napi::Result;
use napi_derive::napi;
use sha2::{Digest, Sha256};

use super::queue;
use super::value::{Given, Text, Utf8};
use crate::interned::{Key, Table};
use crate::request::client::{BaseClient, Call};
use crate::request::{retry, transport};
use crate::token::json::wtf8;

thread_local! {
    static CLIENTS: RefCell<Table<Arc<BaseClient>, 1024>> = RefCell::default();
}

/// The number of a service that requests go to. It is good until more services are in use than the environment keeps; `send`
/// then gives false. `authority` is a host and a port; `servicePath` is what the paths of its requests begin with; `ca`,
/// in PEM, takes the place of whom the environment trusts.
#[napi(
    catch_unwind,
    ts_args_type = "authority: string, servicePath: string, ca?: string",
    ts_return_type = "number"
)]
pub fn base_client(authority: String, service_path: Text, ca: Option<String>) -> f64 {
    let path = wtf8(&service_path.0);
    // Hundreds of kilobytes where it is a whole bundle, which each key would have a copy of.
    let trust = ca.as_deref().map(Sha256::digest);
    let trust = trust.as_deref().unwrap_or_default();
    let key = Key::new([authority.as_bytes(), &path, trust]);
    let make = || Arc::new(BaseClient::new(&authority, &service_path.0, ca.clone()));
    CLIENTS.with_borrow_mut(|table| table.number(key, make) as f64)
}

/// How long a call may take and how often it is tried.
#[napi(object, object_to_js = false)]
pub struct Limits {
    /// Milliseconds for all of it; none for as long as it takes.
    pub timeout: Option<f64>,
    /// None for once.
    pub retry: Option<Retry>,
}

/// When a request is sent again.
#[napi(object, object_to_js = false)]
pub struct Retry {
    /// How many times at most.
    pub limit: u32,
    /// Methods of requests that may be.
    pub methods: Vec<String>,
    /// Status codes of answers after which they are.
    pub status_codes: Vec<u16>,
    /// Milliseconds of the longest wait before one.
    pub max_delay: f64,
}

impl From<Limits> for transport::Limits {
    fn from(limits: Limits) -> Self {
        Self {
            timeout: limits.timeout.map(milliseconds),
            retry: limits.retry.map(|retry| retry::Retry {
                limit: retry.limit,
                methods: retry.methods,
                status_codes: retry.status_codes,
                max_delay: milliseconds(retry.max_delay),
            }),
        }
    }
}

/// More than a duration can hold is for ever.
pub fn milliseconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or(Duration::MAX)
}

/// Sends a request whose outcome comes back through `queue` under `ticket`; false where the client is gone. `headers`
/// holds `headerCount` names and values, each ended by a NUL.
#[napi(
    catch_unwind,
    ts_args_type = "queue: number, client: number, ticket: number, method: string, path: string, query: string, headers: string, headerCount: number, body?: string, limits?: Limits"
)]
#[allow(
    clippy::too_many_arguments,
    reason = "primitives are what crosses the border fast"
)]
pub fn send(
    queue: u32,
    client: i64,
    ticket: u32,
    method: String,
    path: Text,
    query: String,
    headers: Text,
    header_count: u32,
    body: Given<Utf8>,
    limits: Option<Limits>,
) -> Result<bool> {
    let Some(client) = find(client) else {
        return Ok(false);
    };
    queue::with(queue, |queue| {
        let environment = queue.environment();
        let outcome = async move {
            let call = Call {
                method,
                path: path.0,
                query,
                headers: unpack(&headers.0, header_count as usize),
                body: body.0.map(|body| body.0.into()),
            };
            let limits = limits.map(Into::into).unwrap_or_default();
            // In a box of its own, which the runtime's thread makes: it takes kilobytes, which this thread would move to there.
            Box::pin(transport::send(&client, &call, &environment, &limits)).await
        };
        queue.spawn(ticket, outcome);
        Ok(true)
    })
}

/// Where requests for `path` go, without their query: origin, path.
#[napi(catch_unwind, ts_args_type = "client: number, path: string")]
pub fn target(client: i64, path: Text) -> Option<(String, String)> {
    let target = find(client)?.target(&path.0).ok()?;
    Some((target.origin().to_string(), target.path().to_owned()))
}

/// The client that `number` stands for, unless the environment has dropped it since.
pub fn find(number: i64) -> Option<Arc<BaseClient>> {
    let number = u64::try_from(number).ok()?;
    CLIENTS.with_borrow(|table| table.get(number).cloned())
}

/// Names and values in pairs. A NUL within one of them, which no header may have, spoils the count; a character beyond
/// latin-1 becomes one that is refused as well.
pub fn unpack(packed: &[u16], count: usize) -> Vec<(Bytes, Bytes)> {
    const REFUSED: u8 = 1;
    let latin1 = packed
        .iter()
        .map(|&unit| u8::try_from(unit).unwrap_or(REFUSED));
    let packed = Bytes::from_iter(latin1);
    let mut parts = packed.split(|&byte| byte == 0);
    let mut lines = Vec::with_capacity(count);
    while lines.len() < count
        && let (Some(name), Some(value)) = (parts.next(), parts.next())
    {
        lines.push((packed.slice_ref(name), packed.slice_ref(value)));
    }
    if lines.len() == count && parts.next() == Some(b"") && parts.next().is_none() {
        return lines;
    }
    vec![(Bytes::from_static(&[REFUSED]), Bytes::new())]
}
