//! The border to JavaScript: the only module that uses Node-API, and the only module with `unsafe` code.
//!
//! Each call crosses the border once, and its arguments are primitives. Errors of the call itself are thrown here. Later failures
//! come back through the [`queue`].

mod authenticator;
mod base_client;
mod call;
mod exchange;
#[cfg(debug_assertions)]
mod faults;
mod instance;
mod queue;
mod resident;
mod value;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use value::Text;

// Sanitizers need the system's allocator (see `scripts/sanitize.js`).
#[cfg(not(system_allocator))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Initializes the addon in each environment that loads it. There can be only one such function, because napi-derive would call
/// only the last of several.
#[napi(catch_unwind, module_exports)]
pub fn load(mut exports: Object, env: Env) -> Result<()> {
    resident::pin()?;
    authenticator::export(&mut exports, env)?;
    base_client::export(&mut exports, env)
}

/// Cleans a path as the original's `sanitizePath` does.
#[napi(catch_unwind, ts_args_type = "path: string", ts_return_type = "string")]
pub fn clean_path(path: Text) -> Text {
    Text(crate::request::target::clean(&path.0))
}
