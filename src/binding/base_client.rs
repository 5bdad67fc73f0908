//! `BaseClient` for JavaScript.

use std::sync::Arc;

use napi::{Env, Result};
use napi_derive::napi;

use super::queue::Queue;
use super::throw::throw;
use super::value::Text;
use crate::client::{self, Call};
use crate::transport;

/// A service that requests go to.
#[napi]
pub struct BaseClient(Arc<client::BaseClient>);

#[napi]
impl BaseClient {
    /// `authority` is a host and a port; `servicePath` is what the paths of its requests begin with.
    #[napi(constructor, ts_args_type = "authority: string, servicePath: string")]
    pub fn new(authority: String, service_path: Text) -> Self {
        Self(Arc::new(client::BaseClient::new(
            &authority,
            &service_path.0,
        )))
    }

    /// Sends a request whose outcome comes back through `queue` under `ticket`. `headers` holds `headerCount` names and
    /// values, each ended by a NUL.
    #[napi(
        ts_args_type = "queue: Queue, ticket: number, method: string, path: string, query: string, headers: string, headerCount: number, body?: string"
    )]
    #[allow(
        clippy::too_many_arguments,
        reason = "primitives are what crosses the border fast"
    )]
    pub fn send(
        &self,
        env: Env,
        queue: &Queue,
        ticket: u32,
        method: String,
        path: Text,
        query: String,
        headers: Text,
        header_count: u32,
        body: Option<String>,
    ) -> Result<()> {
        let client = self.0.clone();
        let environment = queue.environment();
        let outcome = async move {
            let headers = unpack(&headers.0, header_count as usize);
            let body = body.map(String::into_bytes);
            let request = client.request(Call {
                method,
                path: path.0,
                query,
                headers,
                body,
            })?;
            transport::send(request, &environment).await
        };
        queue
            .spawn(ticket, outcome)
            .map_err(|failure| throw(env, failure.type_error, &failure.message))
    }
}

/// Names and values in pairs. A NUL within one of them, which no header may have, spoils the count; a character beyond
/// latin-1 becomes one that is refused as well.
fn unpack(packed: &[u16], count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    const REFUSED: u8 = 1;
    let latin1 = |part: &[u16]| -> Vec<u8> {
        part.iter()
            .map(|&unit| u8::try_from(unit).unwrap_or(REFUSED))
            .collect()
    };
    let parts: Vec<_> = packed.split(|&unit| unit == 0).map(latin1).collect();
    if parts.len() != 2 * count + 1 {
        return vec![(vec![REFUSED], vec![])];
    }
    parts
        .chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}
