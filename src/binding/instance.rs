//! Exports the checks of an instance's options to JavaScript.

use std::ptr;

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, Result, Status, check_status, sys};
use napi_derive::napi;
use zeroize::Zeroizing;

use super::value::{Text, read_option};
use crate::instance::options::{self, Error, Instance};

/// Checks the options of an instance in the original's order, and throws the errors that the original throws. Returns the version
/// of the platform, the cluster, the ID of the instance, the ID of the key, and the secret of the key.
///
/// This is a function rather than a class, because nothing uses the result later, and an object of a class costs several times
/// as much.
#[napi(
    catch_unwind,
    ts_return_type = "[string, string, string, string, string]"
)]
pub fn check_instance(env: Env, options: Object) -> Result<Vec<Text>> {
    match Instance::new(|name| read_option(env.raw(), &options, name)) {
        Ok(Instance { locator, key }) => Ok([
            locator.platform_version,
            locator.cluster,
            locator.instance_id,
            key.id,
            // JavaScript keeps the secret in a property, as the original does.
            key.secret.to_vec(),
        ]
        .map(Text)
        .into()),
        Err(Error::Read(error)) => Err(error),
        Err(Error::Invalid(invalid)) => {
            Err(throw(env, invalid.is_type_error(), &invalid.to_string()))
        }
    }
}

/// Returns the positions of the colons of a valid locator and a valid key, as `first + 2¹⁶ * second + 2³² * key`. JavaScript
/// splits the two strings at these positions. Returns 0 if a string is invalid or a position does not fit 16 bits; the caller
/// then uses `checkInstance`.
#[napi(catch_unwind, ts_args_type = "locator: string, key: string")]
pub fn find_colons(locator: Text, key: Text) -> f64 {
    let key = Zeroizing::new(key.0);
    options::find_colons(&locator.0, &key).unwrap_or_default()
}

/// Throws an Error or a TypeError with `message`, without the property `code` that errors of napi have. The returned error tells
/// napi that an exception is pending.
fn throw(env: Env, type_error: bool, message: &str) -> napi::Error {
    match try_throw(env.raw(), type_error, message) {
        Ok(()) => napi::Error::from_status(Status::PendingException),
        Err(error) => error,
    }
}

fn try_throw(env: sys::napi_env, type_error: bool, message: &str) -> Result<()> {
    let create = if type_error {
        sys::napi_create_type_error
    } else {
        sys::napi_create_error
    };
    let mut error = ptr::null_mut();
    // SAFETY: `env` belongs to the call that is being served, and the values are created in `env`.
    unsafe {
        let message = ToNapiValue::to_napi_value(env, message)?;
        let status = create(env, ptr::null_mut(), message, &mut error);
        check_status!(status, "Could not make an error")?;
        check_status!(sys::napi_throw(env, error), "Could not throw an error")
    }
}
