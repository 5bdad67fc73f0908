//! Throws JavaScript errors. Errors that napi throws would have a property `code`, which the original's errors do not have.

use std::ptr;

use napi::bindgen_prelude::ToNapiValue;
use napi::{Env, Error, Result, Status, check_status, sys};

/// Throws an Error or a TypeError with `message`. The returned error tells napi that an exception is pending.
pub fn throw(env: Env, type_error: bool, message: &str) -> Error {
    match try_throw(env.raw(), type_error, message) {
        Ok(()) => Error::from_status(Status::PendingException),
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
