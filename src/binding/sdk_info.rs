//! Exports the constants of `SDKInfo` to JavaScript.

use napi_derive::napi;

use crate::instance::sdk_info::{DEFAULT_LANGUAGE, DEFAULT_PLATFORM, HEADERS};

/// Returns the constants of all descriptions of service SDKs: the names of the headers for product, version, language and
/// platform, and the default language and platform. JavaScript calls this function once.
#[napi(
    catch_unwind,
    ts_return_type = "[string, string, string, string, string, string]"
)]
pub fn sdk_info() -> Vec<&'static str> {
    [&HEADERS[..], &[DEFAULT_LANGUAGE, DEFAULT_PLATFORM]].concat()
}
