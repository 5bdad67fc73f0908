//! Calls from JavaScript without napi-derive, for the functions for which nanoseconds matter. What napi-derive does for each call
//! (a scope for borrowed values, a check and a conversion for each argument) took as long as the HMAC of a token.
//!
//! The types of these functions are in `lib/binding/index.js`. Only this package calls these functions, and it checks the
//! arguments first. A string or boolean argument of another type counts as missing.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{ptr, slice};

use napi::bindgen_prelude::{
    FromNapiValue, JsObjectValue, Null, Object, ToNapiValue, Unknown, panic_to_error,
};
use napi::{Env, JsError, JsValue, Result, check_status, sys};

use super::value::{Latin1, Text, Unit, read_long};
use crate::token::json::{Primitive, utf16};

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// The highest number of arguments of a function.
const MAX_ARGUMENTS: usize = 10;

/// Adds the function `callback` to the exports of the addon, as `name`.
pub fn add(exports: &mut Object, env: Env, name: &CStr, callback: Callback) -> Result<()> {
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

/// Serves a call with `work`. An error or a panic of `work` becomes a JavaScript exception.
pub fn serve(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    work: impl FnOnce(&Call) -> Result<sys::napi_value>,
) -> sys::napi_value {
    catch_unwind(AssertUnwindSafe(|| work(&Call::new(env, info)?)))
        .unwrap_or_else(|panic| Err(panic_to_error(panic)))
        .unwrap_or_else(|error| {
            // SAFETY: `env` belongs to the call that is being served.
            unsafe { JsError::from(error).throw_into(env) };
            ptr::null_mut()
        })
}

/// A call that is being served. Only [`serve`] creates a `Call`, and no `Call` outlives `serve`, so its values are alive.
pub struct Call {
    env: sys::napi_env,
    arguments: [sys::napi_value; MAX_ARGUMENTS],
}

impl Call {
    fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Result<Self> {
        let mut count = MAX_ARGUMENTS;
        let mut arguments = [ptr::null_mut(); MAX_ARGUMENTS];
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

    /// Returns the boolean argument at `at`, or `None` if the argument is not a boolean.
    pub fn boolean(&self, at: usize) -> Option<bool> {
        let mut boolean = false;
        // SAFETY: the environment and the values of a `Call` are alive.
        let status =
            unsafe { sys::napi_get_value_bool(self.env, self.arguments[at], &mut boolean) };
        (status == sys::Status::napi_ok).then_some(boolean)
    }

    /// Reads the string argument at `at` into `buffer`. Returns `None` if the argument is not a string.
    pub fn text<'b, U: Unit, const N: usize>(
        &self,
        at: usize,
        buffer: &'b mut Buffer<U, N>,
    ) -> Result<Option<&'b [U]>> {
        // SAFETY: the environment and the values of a `Call` are alive.
        let is_string = unsafe { buffer.read(self.env, self.arguments[at])? };
        Ok(is_string.then_some(buffer.units()))
    }

    /// Returns the string argument at `at`, or `None` if the argument is not a string. A string of less than about `N` units is
    /// read on the stack.
    pub fn vector<U: Unit, const N: usize>(&self, at: usize) -> Result<Option<Vec<U>>> {
        let mut buffer = Buffer::<U, N>::new();
        let is_string = self.text(at, &mut buffer)?.is_some();
        Ok(is_string.then(|| buffer.into_vec()))
    }

    /// Converts the argument at `at` as napi-derive does.
    pub fn convert<T: FromNapiValue>(&self, at: usize) -> Result<T> {
        // SAFETY: the environment and the values of a `Call` are alive.
        unsafe { T::from_napi_value(self.env, self.arguments[at]) }
    }

    pub fn value(&self, value: impl ToNapiValue) -> Result<sys::napi_value> {
        // SAFETY: the environment and the values of a `Call` are alive.
        unsafe { ToNapiValue::to_napi_value(self.env, value) }
    }

    /// Creates the JavaScript string whose WTF-8 form is `text`.
    pub fn string(&self, text: &[u8]) -> Result<sys::napi_value> {
        if text.is_ascii() {
            return self.value(Latin1(text));
        }
        self.value(Text(utf16(text)))
    }

    /// Creates an object with one property.
    pub fn object(&self, name: &str, value: &Primitive) -> Result<sys::napi_value> {
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

/// A buffer for one string: `N` units on the stack, of which the last few stay free, or a vector for a longer string.
pub struct Buffer<U, const N: usize> {
    short: [MaybeUninit<U>; N],
    /// The string, if it does not fit in `short`.
    long: Vec<U>,
    length: usize,
}

impl<U: Unit, const N: usize> Buffer<U, N> {
    pub fn new() -> Self {
        Self {
            short: [const { MaybeUninit::uninit() }; N],
            long: Vec::new(),
            length: 0,
        }
    }

    /// Returns the string that was read.
    fn units(&self) -> &[U] {
        if !self.long.is_empty() {
            return &self.long;
        }
        // SAFETY: `read` has initialized this number of units.
        unsafe { slice::from_raw_parts(self.short.as_ptr().cast::<U>(), self.length) }
    }

    /// Returns the string that was read, as a vector of its length.
    fn into_vec(self) -> Vec<U> {
        if self.long.is_empty() {
            return self.units().to_vec();
        }
        self.long
    }

    /// Reads `value` into an empty buffer. Returns false if `value` is not a string.
    ///
    /// # Safety
    /// `env` and `value` must belong to the call that is being served.
    unsafe fn read(&mut self, env: sys::napi_env, value: sys::napi_value) -> Result<bool> {
        let mut length = 0;
        let start = self.short.as_mut_ptr().cast::<U>();
        // SAFETY: `start` has room for `N` units. Node-API writes `length` units and a terminating zero.
        unsafe {
            let status = U::read(env, value, start, N, &mut length);
            if status == sys::Status::napi_string_expected {
                return Ok(false);
            }
            check_status!(status)?;
            if length + U::LONGEST < N {
                self.length = length;
                return Ok(true);
            }
            self.long = read_long(env, value)?;
        }
        Ok(true)
    }
}
