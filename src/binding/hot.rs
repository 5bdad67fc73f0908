//! The calls whose cost counts in nanoseconds, exported without napi-derive: what it does for each call (a scope for
//! borrowed values, a check and a conversion for each argument) took as long as the HMAC of a token.
//!
//! Their types are in `lib/binding/index.js`. Only this package calls them, and checks what it hands over: an argument of
//! another type than the one that is expected counts as left out.

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

/// How many arguments a call takes at most.
const MOST_ARGUMENTS: usize = 6;

/// Adds the functions of this module to what the addon exports.
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

/// `accessToken(authenticator, issuedAt, expiresAt, userId?, su?, serviceClaims?)`: an access token, or null where the
/// authenticator is gone. Times are in seconds since the epoch; `serviceClaims` is the text of a JSON object that
/// overrides no claim that stands before it.
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

/// `refreshToken(authenticator, issuedAt, userId?)`: a refresh token, or null where the authenticator is gone.
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

/// `verifyRefreshToken(authenticator, token, now)`: whom a refresh token was issued to, if it is good at the time `now`, in
/// seconds since the epoch. A string is the subject itself; an object has either a `refusal`, which is an
/// `error_description`, or a `subject` of another type. It is null where the authenticator is gone.
unsafe extern "C" fn verify_refresh_token(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    serve(env, info, |call| {
        let mut token = Buffer::<u8, 1024>::new();
        let now = call.number(2)?;
        // A lone surrogate has been replaced by a character that no token has, either.
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

/// Answers a call by `work`. An error or a panic is thrown.
fn serve(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    work: impl FnOnce(&Call) -> Result<sys::napi_value>,
) -> sys::napi_value {
    let answer = || work(&Call::new(env, info)?);
    catch_unwind(AssertUnwindSafe(answer))
        .unwrap_or_else(|panic| Err(panic_to_error(panic)))
        .unwrap_or_else(|error| {
            // SAFETY: `env` is that of the call being served.
            unsafe { JsError::from(error).throw_into(env) };
            ptr::null_mut()
        })
}

/// A call that is being served. Only [`serve`] makes one, and none outlives it: its values are alive.
struct Call {
    env: sys::napi_env,
    arguments: [sys::napi_value; MOST_ARGUMENTS],
}

impl Call {
    fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Result<Self> {
        let mut count = MOST_ARGUMENTS;
        let mut arguments = [ptr::null_mut(); MOST_ARGUMENTS];
        // SAFETY: `arguments` has room for `count` values. Those that are left out become `undefined`.
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
        // SAFETY: see `Call`.
        let status =
            unsafe { sys::napi_get_value_int64(self.env, self.arguments[at], &mut integer) };
        check_status!(status, "Expected a number")?;
        Ok(integer)
    }

    fn number(&self, at: usize) -> Result<f64> {
        let mut number = 0.0;
        // SAFETY: see `Call`.
        let status =
            unsafe { sys::napi_get_value_double(self.env, self.arguments[at], &mut number) };
        check_status!(status, "Expected a number")?;
        Ok(number)
    }

    fn boolean(&self, at: usize) -> Option<bool> {
        let mut boolean = false;
        // SAFETY: see `Call`.
        let status =
            unsafe { sys::napi_get_value_bool(self.env, self.arguments[at], &mut boolean) };
        (status == sys::Status::napi_ok).then_some(boolean)
    }

    /// A string, in `buffer` where it fits.
    fn text<'b, U: Unit, const N: usize>(
        &self,
        at: usize,
        buffer: &'b mut Buffer<U, N>,
    ) -> Result<Option<&'b [U]>> {
        // SAFETY: see `Call`.
        unsafe { buffer.read(self.env, self.arguments[at]) }
    }

    fn value(&self, value: impl ToNapiValue) -> Result<sys::napi_value> {
        // SAFETY: see `Call`.
        unsafe { ToNapiValue::to_napi_value(self.env, value) }
    }

    /// The JavaScript string that `text` is in WTF-8.
    fn string(&self, text: &[u8]) -> Result<sys::napi_value> {
        if text.is_ascii() {
            return self.value(Latin1(text));
        }
        self.value(Text(utf16(text)))
    }

    /// An object with one property.
    fn object(&self, name: &str, value: &Primitive) -> Result<sys::napi_value> {
        let env = Env::from_raw(self.env);
        let mut object = Object::new(&env)?;
        match value {
            Primitive::Undefined => object.set(name, ()),
            Primitive::Null => object.set(name, Null),
            Primitive::Boolean(boolean) => object.set(name, *boolean),
            Primitive::Number(number) => object.set(name, *number),
            Primitive::Text(text) => object.set(name, Text(utf16(text))),
            // It equals nothing, as the original's would.
            Primitive::Other => object.set(name, Object::new(&env)?),
        }?;
        Ok(object.raw())
    }
}

/// A code unit of strings, and how Node-API reads those of such units.
trait Unit: Copy {
    /// Units of the longest character. Where as many are left free, nothing was cut off.
    const LONGEST: usize;

    /// # Safety
    /// `env` and `value` must belong to the call that is being served, and `start` have room for `capacity` units, or be
    /// null: `length` is then that of the whole string.
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
        // SAFETY: as promised by the caller.
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
        // SAFETY: as promised by the caller.
        unsafe { sys::napi_get_value_string_utf8(env, value, start.cast(), capacity, length) }
    }
}

/// Where a string is read to: `N` units on the stack, or a vector for a longer one.
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

    /// None where `value` is no string.
    ///
    /// # Safety
    /// `env` and `value` must belong to the call that is being served.
    unsafe fn read(&mut self, env: sys::napi_env, value: sys::napi_value) -> Result<Option<&[U]>> {
        let mut length = 0;
        let start = self.short.as_mut_ptr().cast::<U>();
        // SAFETY: `start` has room for `N` units, of which Node-API fills `length` and ends with a zero.
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
