//! Exports clients to JavaScript, as numbers, and sends their requests.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use napi::bindgen_prelude::Object;
use napi::{Env, Result, sys};
use napi_derive::napi;

use super::call::{self, Buffer, serve};
use super::queue;
use super::value::Text;
use crate::interned::{Key, Table};
use crate::request::call::{BaseClient, Call, HeaderLines, MAX_SIZE};
use crate::request::exchange::milliseconds;
use crate::request::retry::{self, RetryPolicy};
use crate::request::transport;
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
    let trust = ca.as_deref().unwrap_or_default();
    let key = Key::new([authority.as_bytes(), &path, trust.as_bytes()]);
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

impl From<Limits> for retry::Limits {
    fn from(limits: Limits) -> Self {
        Self {
            timeout: limits.timeout.map(milliseconds),
            retry: limits.retry.map(|retry| RetryPolicy {
                limit: retry.limit,
                methods: retry.methods,
                status_codes: retry.status_codes,
                max_delay: milliseconds(retry.max_delay),
            }),
        }
    }
}

/// Adds `send` to the exports of the addon.
pub fn export(exports: &mut Object, env: Env) -> Result<()> {
    call::add(exports, env, c"send", send)
}

/// `send(queue, client, ticket, method, path, query, headers, headerCount, body?, limits?)` sends a request, whose outcome `queue`
/// delivers under `ticket`. Returns false if the environment has dropped the client. `headers` holds `headerCount` pairs of a
/// name and a value, each ended by a NUL.
unsafe extern "C" fn send(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    serve(env, info, |arguments| {
        let Some(client) = find(arguments.convert(1)?) else {
            return arguments.value(false);
        };
        let ticket = arguments.convert(2)?;
        let mut method = Buffer::<u8, 32>::new();
        let mut query = Buffer::<u8, 512>::new();
        let mut headers = Buffer::<u16, 2048>::new();
        let method = string(arguments.text(3, &mut method)?);
        let path = arguments.vector::<u16, 256>(4)?.unwrap_or_default();
        let query = string(arguments.text(5, &mut query)?);
        let headers = arguments.text(6, &mut headers)?.unwrap_or_default();
        let headers = HeaderLines::new(headers, arguments.convert::<u32>(7)? as usize);
        let body = arguments.vector::<u8, 4096>(8)?.map(Bytes::from);
        let limits = arguments.convert::<Option<Limits>>(9)?;
        queue::with(arguments.convert(0)?, |queue| {
            let environment = queue.environment();
            let call = Call {
                method,
                path,
                query,
                headers,
                body,
            };
            queue.spawn(ticket, || async move {
                let limits = limits.map(Into::into).unwrap_or_default();
                transport::send(&client, &call, &environment, &limits).await
            })
        })?;
        arguments.value(true)
    })
}

/// Returns the text of an argument that V8 has encoded as UTF-8.
fn string(text: Option<&[u8]>) -> String {
    String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
}

/// The length of the longest request that is sent natively, in bytes: its path, its query, its headers and its body.
#[napi]
pub const LONGEST_REQUEST: u32 = MAX_SIZE as u32;

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
