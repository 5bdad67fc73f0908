//! The border to JavaScript: the only module that names Node-API, and the only one with `unsafe` code.
//!
//! Calls cross it once, with primitives. What a call may throw is thrown here; what may fail later comes back through
//! the [`queue`].

mod authenticator;
mod base_client;
mod exchange;
mod handle;
mod hot;
mod instance;
#[cfg(debug_assertions)]
mod panics;
mod queue;
mod resident;
mod sdk_info;
mod throw;
mod value;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use value::Text;

// Sanitizers watch the system's: see `scripts/sanitize.js`.
#[cfg(not(system_allocator))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs in each environment that loads the addon. Of such functions, napi-derive would call the last one alone.
#[napi(catch_unwind, module_exports)]
pub fn load(mut exports: Object, env: Env) -> Result<()> {
    resident::pin()?;
    hot::export(&mut exports, env)
}

/// The original's `sanitizePath`.
#[napi(catch_unwind, ts_args_type = "path: string", ts_return_type = "string")]
pub fn clean_path(path: Text) -> Text {
    Text(crate::request::path::clean(&path.0))
}
