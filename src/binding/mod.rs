//! The border to JavaScript: the only module that names Node-API, and the only one with `unsafe` code.
//!
//! Calls cross it once, with primitives. What a call may throw is thrown here; what may fail later comes back through
//! the [`queue`].

mod authenticator;
mod base_client;
mod instance;
mod queue;
mod sdk_info;
mod throw;
mod value;

use napi_derive::napi;

use crate::transport::{self, TrustSources};
use value::Text;

/// The original's `sanitizePath`.
#[napi(ts_args_type = "path: string", ts_return_type = "string")]
pub fn clean_path(path: Text) -> Text {
    Text(crate::path::clean(&path.0))
}

/// Whether this process was told whom to trust.
#[napi]
pub fn has_trust() -> bool {
    transport::has_trust()
}

/// Tells the process whom to trust: `roots` in PEM, empty for the list that is built in, and a file with more.
#[napi]
pub fn set_trust(roots: String, extra: Option<String>) {
    transport::set_trust(TrustSources { roots, extra: extra.map(Into::into) });
}
