//! Exports clients to JavaScript, as numbers, and sends their requests.

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

/// Returns the number of a client, which sends requests to one service. The number is valid until more services are in use than
/// the environment keeps; `send` then returns false. `authority` is a host and a port. `servicePath` is the beginning of the
/// paths of all requests. `ca` holds certificates in PEM, which replace the trust store of the environment.
#[napi(
    catch_unwind,
    ts_args_type = "authority: string, servicePath: string, ca?: string",
    ts_return_type = "number"
)]
pub fn base_client(authority: String, service_path: Text, ca: Option<String>) -> f64 {
    let path = wtf8(&service_path.0);
    // A whole bundle takes hundreds of kilobytes, and each key would hold a copy of it.
    let trust = ca.as_deref().map(Sha256::digest);
    let trust = trust.as_deref().unwrap_or_default();
    let key = Key::new([authority.as_bytes(), &path, trust]);
    let make = || Arc::new(BaseClient::new(&authority, &service_path.0, ca.clone()));
    CLIENTS.with_borrow_mut(|table| table.number(key, make) as f64)
}

/// The time limit and the retries of a call.
#[napi(object, object_to_js = false)]
pub struct Limits {
    /// The milliseconds that the whole call may take, retries included. If missing, there is no time limit.
    pub timeout: Option<f64>,
    /// The rules for retries. If missing, nothing is retried.
    pub retry: Option<Retry>,
}

/// The rules for sending a request again.
#[napi(object, object_to_js = false)]
pub struct Retry {
    /// The highest number of retries.
    pub limit: u32,
    /// The methods of requests that may be retried.
    pub methods: Vec<String>,
    /// The status codes of responses after which a request is retried.
    pub status_codes: Vec<u16>,
    /// The longest delay before a retry, in milliseconds.
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

/// Converts milliseconds to a duration. A number that no duration can hold becomes the longest duration.
pub fn milliseconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number / 1000.0).unwrap_or(Duration::MAX)
}

/// Sends a request, whose outcome `queue` delivers under `ticket`. Returns false if the environment has dropped the client.
/// `headers` holds `headerCount` pairs of a name and a value, each ended by a NUL.
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
            // This future takes kilobytes. The runtime thread allocates the box, so that this thread need not move the future.
            Box::pin(transport::send(&client, &call, &environment, &limits)).await
        };
        queue.spawn(ticket, outcome);
        Ok(true)
    })
}

/// Returns the origin and the path, without a query, of requests for `path`. Returns null if the environment has dropped the
/// client, or if the request cannot be made.
#[napi(catch_unwind, ts_args_type = "client: number, path: string")]
pub fn target(client: i64, path: Text) -> Option<(String, String)> {
    let target = find(client)?.target(&path.0).ok()?;
    Some((target.origin().to_string(), target.path().to_owned()))
}

/// Returns the client that `number` stands for, unless the environment has dropped the client.
pub fn find(number: i64) -> Option<Arc<BaseClient>> {
    let number = u64::try_from(number).ok()?;
    CLIENTS.with_borrow(|table| table.get(number).cloned())
}

/// Splits `packed` into `count` pairs of a header name and a value. A NUL within a name or a value is invalid and makes the count
/// wrong, so that the result is a single invalid header. A character beyond latin-1 becomes a byte that is invalid, too.
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
