//! Exports the functions for which nanoseconds matter, without napi-derive. What napi-derive does for each call (a scope for
//! borrowed values, a check and a conversion for each argument) took as long as the HMAC of a token.
//!
//! The types of these functions are in `lib/binding/index.js`. Only this package calls these functions, and it checks the
//! arguments first. A string or boolean argument of another type counts as missing.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice};

use napi::bindgen_prelude::{JsObjectValue, Null, Object, ToNapiValue, Unknown, panic_to_error};
use napi::{Env, JsError, JsValue, Result, check_status, sys};

use super::authenticator::with;
use super::value::{Latin1, Text};
use crate::token::authenticator::AccessClaims;
use crate::token::json::{Primitive, utf16};
use crate::token::refresh_token::Refusal;

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// The highest number of arguments of a function in this module.
const MOST_ARGUMENTS: usize = 6;

/// Adds the functions of this module to the exports of the addon.
pub fn export(exports: &mut Object, env: Env) -> Result<()> {
    add(exports, env, c"accessToken", access_token)?;
    add(exports, env, c"refreshToken", refresh_token)?;
    add(exports, env, c"verifyRefreshToken", verify_refresh_token)
}

fn add(exports: &mut Object, env: Env, name: &CStr, callback: Callback) -> Result<()> {
    let mut function = ptr::null_mut();
    // SAFETY: `env` is alive while the addon is loaded into it, and the name ends with a NUL.
    let function = unsafe {
        check_status!(sys::napi_create_function(
            env.raw(),
            name.as_ptr(),
            -1,
            Some(callback),
            ptr::null_mut(),
            &mut function,
        ))?;
        Unknown::from_raw_unchecked(env.raw(), function)
    };
    exports.set_c_named_property(name, function)
}

/// `accessToken(authenticator, issuedAt, expiresAt, userId?, su?, serviceClaims?)` returns an access token, or null if the
/// environment has dropped the authenticator. Times are in seconds since the epoch. `serviceClaims` is the text of a JSON object
/// that overrides none of the other claims.
unsafe extern "C" fn access_token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    serve(env, info, |call| {
        let mut user_id = Buffer::<u16, 256>::new();
        let mut service_claims = Buffer::<u8, 4096>::new();
        let claims = AccessClaims {
            issued_at: call.integer(1)?,
            expires_at: call.integer(2)?,
            user_id: call.text(3, &mut user_id)?,
            su: call.boolean(4),
            service_claims: call.text(5, &mut service_claims)?,
        };
        let token = with(call.integer(0)?, |authenticator| {
            Latin1(authenticator.access_token(&claims))
        });
        call.value(token)
    })
}

/// `refreshToken(authenticator, issuedAt, userId?)` returns a refresh token, or null if the environment has dropped the
/// authenticator.
unsafe extern "C" fn refresh_token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    serve(env, info, |call| {
        let mut user_id = Buffer::<u16, 256>::new();
        let issued_at = call.integer(1)?;
        let user_id = call.text(2, &mut user_id)?;
        let token = with(call.integer(0)?, |authenticator| {
            Latin1(authenticator.refresh_token(issued_at, user_id))
        });
        call.value(token)
    })
}

/// `verifyRefreshToken(authenticator, token, now)` returns the subject of a refresh token that is valid at the time `now`, in
/// seconds since the epoch. A subject that is a string is returned directly. Otherwise the result is an object with either a
/// `subject` of another type, or a `refusal`, which is an `error_description`. The result is null if the environment has dropped
/// the authenticator.
unsafe extern "C" fn verify_refresh_token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    serve(env, info, |call| {
        let mut token = Buffer::<u8, 1024>::new();
        let now = call.number(2)?;
        // V8 has replaced lone surrogates by U+FFFD. No valid token contains either of them.
        let token = call
            .text(1, &mut token)?
            .and_then(|token| str::from_utf8(token).ok());
        let verdict = with(call.integer(0)?, |authenticator| match token {
            Some(token) => authenticator.verify_refresh_token(token, now),
            None => Err(Refusal::Invalid),
        });
        match verdict {
            None => call.value(None::<f64>),
            Some(Ok(Primitive::Text(subject))) => call.string(&subject),
            Some(Ok(subject)) => call.object("subject", &subject),
            Some(Err(refusal)) => {
                let text = refusal.to_string().into_bytes();
                call.object("refusal", &Primitive::Text(text))
            }
        }
    })
}

/// Serves a call with `work`. An error or a panic of `work` becomes a JavaScript exception.
fn serve(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    work: impl FnOnce(&Call) -> Result<sys::napi_value>,
) -> sys::napi_value {
    let answer = || work(&Call::new(env, info)?);
    catch_unwind(AssertUnwindSafe(answer))
        .unwrap_or_else(|panic| Err(panic_to_error(panic)))
        .unwrap_or_else(|error| {
            // SAFETY: `env` belongs to the call that is being served.
            unsafe { JsError::from(error).throw_into(env) };
            ptr::null_mut()
        })
}

/// A call that is being served. Only [`serve`] creates a `Call`, and no `Call` outlives `serve`, so its values are alive.
struct Call {
    env: sys::napi_env,
    arguments: [sys::napi_value; MOST_ARGUMENTS],
}

impl Call {
    fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Result<Self> {
        let mut count = MOST_ARGUMENTS;
        let mut arguments = [ptr::null_mut(); MOST_ARGUMENTS];
        // SAFETY: `arguments` has room for `count` values. Node-API fills the elements of missing arguments with `undefined`.
        check_status!(unsafe {
            sys::napi_get_cb_info(
                env,
                info,
                &mut count,
                arguments.as_mut_ptr(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        })?;
        Ok(Self { env, arguments })
    }

    fn integer(&self, at: usize) -> Result<i64> {
        let mut integer = 0;
        // SAFETY: the environment and the values of a `Call` are alive.
        let status =
            unsafe { sys::napi_get_value_int64(self.env, self.arguments[at], &mut integer) };
        check_status!(status, "Expected a number")?;
        Ok(integer)
    }

    fn number(&self, at: usize) -> Result<f64> {
        let mut number = 0.0;
        // SAFETY: the environment and the values of a `Call` are alive.
        let status =
            unsafe { sys::napi_get_value_double(self.env, self.arguments[at], &mut number) };
        check_status!(status, "Expected a number")?;
        Ok(number)
    }

    fn boolean(&self, at: usize) -> Option<bool> {
        let mut boolean = false;
        // SAFETY: the environment and the values of a `Call` are alive.
        let status =
            unsafe { sys::napi_get_value_bool(self.env, self.arguments[at], &mut boolean) };
        (status == sys::Status::napi_ok).then_some(boolean)
    }

    /// Reads the string argument at `at` into `buffer`. Returns `None` if the argument is not a string.
    fn text<'b, U: Unit, const N: usize>(
        &self,
        at: usize,
        buffer: &'b mut Buffer<U, N>,
    ) -> Result<Option<&'b [U]>> {
        // SAFETY: the environment and the values of a `Call` are alive.
        unsafe { buffer.read(self.env, self.arguments[at]) }
    }

    fn value(&self, value: impl ToNapiValue) -> Result<sys::napi_value> {
        // SAFETY: the environment and the values of a `Call` are alive.
        unsafe { ToNapiValue::to_napi_value(self.env, value) }
    }

    /// Creates the JavaScript string whose WTF-8 form is `text`.
    fn string(&self, text: &[u8]) -> Result<sys::napi_value> {
        if text.is_ascii() {
            return self.value(Latin1(text));
        }
        self.value(Text(utf16(text)))
    }

    /// Creates an object with one property.
    fn object(&self, name: &str, value: &Primitive) -> Result<sys::napi_value> {
        let env = Env::from_raw(self.env);
        let mut object = Object::new(&env)?;
        match value {
            Primitive::Undefined => object.set(name, ()),
            Primitive::Null => object.set(name, Null),
            Primitive::Boolean(boolean) => object.set(name, *boolean),
            Primitive::Number(number) => object.set(name, *number),
            Primitive::Text(text) => object.set(name, Text(utf16(text))),
            // A new object equals no other value, like the object that the original parses.
            Primitive::Other => object.set(name, Object::new(&env)?),
        }?;
        Ok(object.raw())
    }
}

/// A code unit of strings. Its implementations read strings of these units through Node-API.
trait Unit: Copy {
    /// The number of units of the longest character. If more units than that remain free, the string was not cut off.
    const LONGEST: usize;

    /// Reads `value` to `start` and sets `length` to the number of units that were read, or, if `start` is null, to the length of
    /// the whole string.
    ///
    /// # Safety
    /// `env` and `value` must belong to the call that is being served. `start` must be null or have room for `capacity` units.
    unsafe fn read(
        env: sys::napi_env,
        value: sys::napi_value,
        start: *mut Self,
        capacity: usize,
        length: &mut usize,
    ) -> sys::napi_status;
}

impl Unit for u16 {
    const LONGEST: usize = 1;

    unsafe fn read(
        env: sys::napi_env,
        value: sys::napi_value,
        start: *mut u16,
        capacity: usize,
        length: &mut usize,
    ) -> sys::napi_status {
        // SAFETY: the caller guarantees the same conditions.
        unsafe { sys::napi_get_value_string_utf16(env, value, start, capacity, length) }
    }
}

impl Unit for u8 {
    const LONGEST: usize = 4;

    unsafe fn read(
        env: sys::napi_env,
        value: sys::napi_value,
        start: *mut u8,
        capacity: usize,
        length: &mut usize,
    ) -> sys::napi_status {
        // SAFETY: the caller guarantees the same conditions.
        unsafe { sys::napi_get_value_string_utf8(env, value, start.cast(), capacity, length) }
    }
}

/// A buffer for one string: `N` units on the stack, or a vector for a longer string.
struct Buffer<U, const N: usize> {
    short: [MaybeUninit<U>; N],
    long: Vec<U>,
}

impl<U: Unit, const N: usize> Buffer<U, N> {
    fn new() -> Self {
        Self {
            short: [const { MaybeUninit::uninit() }; N],
            long: Vec::new(),
        }
    }

    /// Reads `value` into the buffer. Returns `None` if `value` is not a string.
    ///
    /// # Safety
    /// `env` and `value` must belong to the call that is being served.
    unsafe fn read(&mut self, env: sys::napi_env, value: sys::napi_value) -> Result<Option<&[U]>> {
        let mut length = 0;
        let start = self.short.as_mut_ptr().cast::<U>();
        // SAFETY: `start` has room for `N` units. Node-API writes `length` units and a terminating zero.
        unsafe {
            let status = U::read(env, value, start, N, &mut length);
            if status == sys::Status::napi_string_expected {
                return Ok(None);
            }
            check_status!(status)?;
            if length + U::LONGEST < N {
                return Ok(Some(slice::from_raw_parts(start, length)));
            }
            check_status!(U::read(env, value, ptr::null_mut(), 0, &mut length))?;
            self.long.reserve_exact(length + 1);
            let start = self.long.as_mut_ptr();
            check_status!(U::read(env, value, start, length + 1, &mut length))?;
            self.long.set_len(length);
        }
        Ok(Some(&self.long))
    }
}
