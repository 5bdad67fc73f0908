//! Converts JavaScript values to the types of the core, with a single Node-API call if possible.

use std::ffi::CStr;

use napi::bindgen_prelude::{
    FromNapiValue, JsObjectValue, Object, ToNapiValue, TypeName, Unknown, ValidateNapiValue,
};
use napi::{JsValue, Result, ValueType, check_status, sys};
use zeroize::Zeroize;

use crate::instance::options::OptionValue;

/// A JavaScript string, as its UTF-16 code units, or as UTF-8, in which V8 writes replacement characters for lone surrogates.
pub struct Text<U = u16>(pub Vec<U>);

impl<U> TypeName for Text<U> {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl<U> ValidateNapiValue for Text<U> {
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> Result<sys::napi_value> {
        // `from_napi_value` reports values of another type.
        Ok(std::ptr::null_mut())
    }
}

impl<U: Unit> FromNapiValue for Text<U> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: the caller guarantees that `env` and `value` are valid.
        unsafe { read(env, value) }.map(Self)
    }
}

/// A code unit of strings. Its implementations read strings of these units through Node-API.
pub trait Unit: Copy + Zeroize {
    /// The number of units of the longest character. If more units than that remain free, the string was not cut off.
    const LONGEST: usize;
    /// The number of units for which there is room at first. Most names and keys fit in 160 UTF-16 code units, and then one call is
    /// enough. A buffer that holds a secret is wiped as a whole, so a larger one would cost more. UTF-8 is that of whole payloads.
    const EXPECTED: usize;

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
    const EXPECTED: usize = 160;

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
    const EXPECTED: usize = 4096;

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

/// Reads a string. One call of Node-API is enough if the string is a few units shorter than `U::EXPECTED`.
///
/// # Safety
/// `env` and `value` must belong to the call that is being served.
unsafe fn read<U: Unit>(env: sys::napi_env, value: sys::napi_value) -> Result<Vec<U>> {
    let mut units = Vec::with_capacity(U::EXPECTED);
    let mut length = 0;
    // SAFETY: `units` has room for `U::EXPECTED` units, of which Node-API initializes `length`.
    unsafe {
        let status = U::read(env, value, units.as_mut_ptr(), U::EXPECTED, &mut length);
        check_status!(status, "Expected a string")?;
        units.set_len(length);
        if length + U::LONGEST < U::EXPECTED {
            return Ok(units);
        }
        // This may be the beginning of a secret.
        units.zeroize();
        read_long(env, value)
    }
}

/// Reads a string of any length.
///
/// # Safety
/// `env` and `value` must belong to the call that is being served.
pub unsafe fn read_long<U: Unit>(env: sys::napi_env, value: sys::napi_value) -> Result<Vec<U>> {
    let mut length = 0;
    // SAFETY: `units` has room for the whole string and the zero that Node-API writes behind it.
    unsafe {
        check_status!(U::read(env, value, std::ptr::null_mut(), 0, &mut length))?;
        let mut units = Vec::with_capacity(length + 1);
        check_status!(U::read(
            env,
            value,
            units.as_mut_ptr(),
            length + 1,
            &mut length
        ))?;
        units.set_len(length);
        Ok(units)
    }
}

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, text: Self) -> Result<sys::napi_value> {
        let mut value = std::ptr::null_mut();
        // SAFETY: the pointer and the length belong to one vector, which outlives the call.
        let status = unsafe {
            sys::napi_create_string_utf16(env, text.0.as_ptr(), text.0.len() as isize, &mut value)
        };
        check_status!(status, "Could not make a string")?;
        Ok(value)
    }
}

/// Bytes that become a JavaScript string, in which each byte is one character.
pub struct Latin1<T>(pub T);

impl<T> TypeName for Latin1<T> {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl<T: AsRef<[u8]>> ToNapiValue for Latin1<T> {
    unsafe fn to_napi_value(env: sys::napi_env, text: Self) -> Result<sys::napi_value> {
        let bytes = text.0.as_ref();
        let mut value = std::ptr::null_mut();
        // SAFETY: the pointer and the length belong to one slice, which outlives the call.
        let status = unsafe {
            sys::napi_create_string_latin1(
                env,
                bytes.as_ptr().cast(),
                bytes.len() as isize,
                &mut value,
            )
        };
        check_status!(status, "Could not make a string")?;
        Ok(value)
    }
}

/// Reads an option of an instance. The original calls a method of strings on some options (`method` below), so an object that
/// has this method, such as a String object, counts as a string.
pub fn read_option(env: sys::napi_env, options: &Object, name: &str) -> Result<OptionValue> {
    let method = match name {
        "locator" => Some(c"split"),
        "key" => Some(c"match"),
        _ => None,
    };
    let value = options.get_named_property::<Unknown>(name)?.raw();
    // SAFETY: `env` and `value` belong to the call that is being served.
    unsafe {
        let mut kind = 0;
        check_status!(sys::napi_typeof(env, value, &mut kind))?;
        match (kind, method) {
            (sys::ValueType::napi_undefined | sys::ValueType::napi_null, _) => {
                Ok(OptionValue::Missing)
            }
            (sys::ValueType::napi_string, _) => {
                Ok(OptionValue::Text(Text::from_napi_value(env, value)?.0))
            }
            (sys::ValueType::napi_object, Some(method)) if has_method(env, value, method)? => {
                let mut text = std::ptr::null_mut();
                check_status!(sys::napi_coerce_to_string(env, value, &mut text))?;
                Ok(OptionValue::Text(Text::from_napi_value(env, text)?.0))
            }
            _ => {
                let mut truth = std::ptr::null_mut();
                check_status!(sys::napi_coerce_to_bool(env, value, &mut truth))?;
                Ok(OptionValue::Other {
                    truthy: bool::from_napi_value(env, truth)?,
                })
            }
        }
    }
}

/// Returns whether `object` has a method `name`.
///
/// # Safety
/// `env` and `object` must belong to the call that is being served.
unsafe fn has_method(env: sys::napi_env, object: sys::napi_value, name: &CStr) -> Result<bool> {
    let mut method = std::ptr::null_mut();
    let mut kind = 0;
    // SAFETY: the caller guarantees that `env` and `object` are valid.
    unsafe {
        check_status!(sys::napi_get_named_property(
            env,
            object,
            name.as_ptr(),
            &mut method
        ))?;
        check_status!(sys::napi_typeof(env, method, &mut kind))?;
    }
    Ok(kind == sys::ValueType::napi_function)
}
