//! JavaScript values as the core takes them, read with one Node-API call where there is one.

use std::ffi::CStr;

use napi::bindgen_prelude::{
    FromNapiValue, JsObjectValue, Object, ToNapiValue, TypeName, Unknown, ValidateNapiValue,
};
use napi::{JsValue, Result, ValueType, check_status, sys};

use crate::instance::Given;
use crate::json::{self, Primitive};

/// A JavaScript string, as its UTF-16 code units.
pub struct Text(pub Vec<u16>);

impl TypeName for Text {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ValidateNapiValue for Text {}

impl FromNapiValue for Text {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // Most strings fit, and then one call does.
        let mut units = Vec::with_capacity(512);
        let mut length = 0;
        loop {
            // SAFETY: `units` has room for `capacity` units, of which Node-API fills `length` and ends with a zero.
            unsafe {
                let capacity = units.capacity();
                let status = sys::napi_get_value_string_utf16(
                    env,
                    value,
                    units.as_mut_ptr(),
                    capacity,
                    &mut length,
                );
                check_status!(status, "Expected a string")?;
                if length + 1 < capacity {
                    units.set_len(length);
                    return Ok(Self(units));
                }
                let status = sys::napi_get_value_string_utf16(
                    env,
                    value,
                    std::ptr::null_mut(),
                    0,
                    &mut length,
                );
                check_status!(status, "Expected a string")?;
            }
            units.reserve_exact(length + 2);
        }
    }
}

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, text: Self) -> Result<sys::napi_value> {
        let mut value = std::ptr::null_mut();
        // SAFETY: pointer and length are those of one vector, which outlives the call.
        let status = unsafe {
            sys::napi_create_string_utf16(env, text.0.as_ptr(), text.0.len() as isize, &mut value)
        };
        check_status!(status, "Could not make a string")?;
        Ok(value)
    }
}

/// Bytes that become a JavaScript string of one character each.
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
        // SAFETY: pointer and length are those of one slice, which outlives the call.
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

/// A value of any type, as far as `===` compares by content.
pub struct Any(pub Primitive);

impl TypeName for Any {
    fn type_name() -> &'static str {
        "unknown"
    }

    fn value_type() -> ValueType {
        ValueType::Unknown
    }
}

impl ValidateNapiValue for Any {
    unsafe fn validate(_: sys::napi_env, _: sys::napi_value) -> Result<sys::napi_value> {
        Ok(std::ptr::null_mut())
    }
}

impl FromNapiValue for Any {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        // SAFETY: `env` and `value` are what Node-API handed to the call that is being served.
        unsafe {
            let mut kind = 0;
            check_status!(sys::napi_typeof(env, value, &mut kind), "Expected a value")?;
            Ok(Self(match kind {
                sys::ValueType::napi_undefined => Primitive::Undefined,
                sys::ValueType::napi_null => Primitive::Null,
                sys::ValueType::napi_boolean => {
                    Primitive::Boolean(bool::from_napi_value(env, value)?)
                }
                sys::ValueType::napi_number => Primitive::Number(f64::from_napi_value(env, value)?),
                sys::ValueType::napi_string => {
                    Primitive::Text(json::wtf8(&Text::from_napi_value(env, value)?.0))
                }
                _ => Primitive::Other,
            }))
        }
    }
}

/// An option of an instance. `method` is what the original calls on it, by which it tells strings, String objects
/// among them.
pub fn read_option(env: sys::napi_env, options: &Object, name: &str) -> Result<Given> {
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
            (sys::ValueType::napi_undefined | sys::ValueType::napi_null, _) => Ok(Given::Missing),
            (sys::ValueType::napi_string, _) => {
                Ok(Given::Text(Text::from_napi_value(env, value)?.0))
            }
            (sys::ValueType::napi_object, Some(method)) if has_method(env, value, method)? => {
                let mut text = std::ptr::null_mut();
                check_status!(sys::napi_coerce_to_string(env, value, &mut text))?;
                Ok(Given::Text(Text::from_napi_value(env, text)?.0))
            }
            _ => {
                let mut truth = std::ptr::null_mut();
                check_status!(sys::napi_coerce_to_bool(env, value, &mut truth))?;
                Ok(Given::Other {
                    truthy: bool::from_napi_value(env, truth)?,
                })
            }
        }
    }
}

/// # Safety
/// `env` and `object` must belong to the call that is being served.
unsafe fn has_method(env: sys::napi_env, object: sys::napi_value, name: &CStr) -> Result<bool> {
    let mut method = std::ptr::null_mut();
    let mut kind = 0;
    // SAFETY: as promised by the caller.
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
