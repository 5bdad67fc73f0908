//! `SDKInfo` for JavaScript.

use napi_derive::napi;

use crate::instance::sdk_info::{DEFAULT_LANGUAGE, DEFAULT_PLATFORM, HEADERS};

/// What every description of a service SDK has in common: the names of its headers, for product, version, language and
/// platform, and the defaults of the last two. It is asked for once.
#[napi(
    catch_unwind,
    ts_return_type = "[string, string, string, string, string, string]"
)]
pub fn sdk_info() -> Vec<&'static str> {
    [&HEADERS[..], &[DEFAULT_LANGUAGE, DEFAULT_PLATFORM]].concat()
}
