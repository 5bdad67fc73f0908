//! Reads and writes JSON strings as JavaScript does, including lone surrogates.
//!
//! JavaScript strings are sequences of UTF-16 code units that need not be well formed. This module takes strings as `&[u16]`,
//! and represents strings that are compared as WTF-8 (<https://simonsapin.github.io/wtf-8/>).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JavaScript value, in as much detail as `===` compares by content.
#[derive(Clone, Debug, PartialEq)]
pub enum Primitive {
    /// `undefined`, or the value of a member that is absent.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string, as WTF-8.
    Text(Vec<u8>),
    /// An object or array, which equals only itself.
    Other,
}

/// Returns the values of the members `names` of the JSON object `text`, as `JSON.parse` would: the last of duplicate members
/// counts. Fails if `JSON.parse` would fail, or if `text` is not an object.
pub fn members<const N: usize>(
    text: &str,
    names: [&str; N],
) -> Result<[Primitive; N], serde_json::Error> {
    // The first reader is fast. It fails for values that only the second reader reads as JavaScript does.
    read_members::<Common, N>(text, names).or_else(|_| read_members::<&RawValue, N>(text, names))
}

fn read_members<'de, V: Member<'de>, const N: usize>(
    text: &'de str,
    names: [&str; N],
) -> Result<[Primitive; N], serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = deserializer.deserialize_map(Members(names, PhantomData::<V>))?;
    deserializer.end()?;
    Ok(found)
}

/// A way to read the value of a member.
trait Member<'de>: Deserialize<'de> {
    fn into_primitive(self) -> Result<Primitive, serde_json::Error>;
}

/// Reads any JSON value, including strings that are not well formed and numbers that serde_json would not read exactly.
impl<'de> Member<'de> for &'de RawValue {
    fn into_primitive(self) -> Result<Primitive, serde_json::Error> {
        let text = self.get();
        Ok(match text.as_bytes() {
            [b'n', ..] => Primitive::Null,
            [b't', ..] => Primitive::Boolean(true),
            [b'f', ..] => Primitive::Boolean(false),
            [b'"', ..] => Primitive::Text(serde_json::from_str::<Wtf8>(text)?.0.into_owned()),
            [b'[' | b'{', ..] => Primitive::Other,
            // Rust parses every JSON number. A number beyond the range of a double becomes infinity, as in JavaScript.
            _ => Primitive::Number(text.parse().map_err(serde_json::Error::custom)?),
        })
    }
}

/// A value as it occurs in most tokens: null, a boolean, a whole number, or a well-formed string.
struct Common(Primitive);

impl<'de> Member<'de> for Common {
    fn into_primitive(self) -> Result<Primitive, serde_json::Error> {
        Ok(self.0)
    }
}

impl<'de> Deserialize<'de> for Common {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Common;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a common value")
            }

            fn visit_unit<E>(self) -> Result<Common, E> {
                Ok(Common(Primitive::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Common, E> {
                Ok(Common(Primitive::Boolean(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Common, E> {
                Ok(Common(Primitive::Number(value as f64)))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Common, E> {
                Ok(Common(Primitive::Number(value as f64)))
            }

            fn visit_str<E>(self, value: &str) -> Result<Common, E> {
                Ok(Common(Primitive::Text(value.into())))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

struct Members<'a, V, const N: usize>([&'a str; N], PhantomData<V>);

impl<'de, V: Member<'de>, const N: usize> Visitor<'de> for Members<'_, V, N> {
    type Value = [Primitive; N];

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [const { Primitive::Undefined }; N];
        while let Some(Wtf8(key)) = map.next_key()? {
            match self.0.iter().position(|name| name.as_bytes() == &*key) {
                Some(index) => {
                    let value: V = map.next_value()?;
                    found[index] = value.into_primitive().map_err(A::Error::custom)?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Returns the content of `text` if it is a JSON string, with replacement characters in place of lone surrogates.
pub fn text(text: &str) -> Option<String> {
    // `serde_json` would take longer to reject a text that is not a string.
    if !text.trim_start().starts_with('"') {
        return None;
    }
    let Wtf8(bytes) = serde_json::from_str(text).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A JSON string as WTF-8, the form in which `serde_json` returns strings that are deserialized as bytes.
struct Wtf8<'a>(Cow<'a, [u8]>);

impl<'de> Deserialize<'de> for Wtf8<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Wtf8<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Wtf8(Cow::Borrowed(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Wtf8(Cow::Owned(bytes.to_vec())))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// Appends `units` to `out` as a JSON string literal with its quotes, exactly as `JSON.stringify` would (ECMA-262,
/// `QuoteJSONString`): with short escapes where ECMA-262 defines them, `\u00xx` for other control characters, and `\udxxx` for
/// lone surrogates.
pub fn push_string(out: &mut Vec<u8>, units: &[u16]) {
    out.reserve(units.len() + 2);
    out.push(b'"');
    if !push_plain(out, units) {
        push_escaped(out, units);
    }
    out.push(b'"');
}

/// Returns the UTF-8 form of a JavaScript string, with replacement characters in place of lone surrogates.
pub fn utf8(units: &[u16]) -> Vec<u8> {
    // The string may be secret. The vector must never grow, because growing it would leave a copy in memory.
    let mut out = Vec::with_capacity(units.len() * 3);
    if !push_ascii(&mut out, units) {
        for character in char::decode_utf16(units.iter().copied()) {
            push_char(&mut out, character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    out
}

/// Returns the WTF-8 form of a JavaScript string: UTF-8, in which each lone surrogate takes three bytes.
pub fn wtf8(units: &[u16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.len());
    if push_ascii(&mut out, units) {
        return out;
    }
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok(character) => push_char(&mut out, character),
            Err(lone) => {
                let unit = lone.unpaired_surrogate();
                out.extend([
                    0xe0 | (unit >> 12) as u8,
                    0x80 | (unit >> 6 & 0x3f) as u8,
                    0x80 | (unit & 0x3f) as u8,
                ]);
            }
        }
    }
    out
}

/// Returns the JavaScript string whose WTF-8 form is `wtf8`.
pub fn utf16(wtf8: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(wtf8.len());
    let mut rest = wtf8;
    loop {
        let (valid, other) = match str::from_utf8(rest) {
            Ok(valid) => (valid, &[][..]),
            Err(error) => {
                let (valid, other) = rest.split_at(error.valid_up_to());
                (str::from_utf8(valid).unwrap_or_default(), other)
            }
        };
        units.extend(valid.encode_utf16());
        // WTF-8 differs from UTF-8 only in lone surrogates.
        let [0xed, second, third, after @ ..] = other else {
            return units;
        };
        units.push(0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f));
        rest = after;
    }
}

/// Appends `units` to `out` if all of them are ASCII, and returns whether they are.
fn push_ascii(out: &mut Vec<u8>, units: &[u16]) -> bool {
    push_if(out, units, |unit| unit < 0x80)
}

/// Appends `units` to `out` if all of them are printable ASCII that needs no escape, and returns whether they are.
fn push_plain(out: &mut Vec<u8>, units: &[u16]) -> bool {
    push_if(out, units, |unit| {
        (0x20..0x7f).contains(&unit) & (unit != u16::from(b'"')) & (unit != u16::from(b'\\'))
    })
}

fn push_if(out: &mut Vec<u8>, units: &[u16], is_good: impl Fn(u16) -> bool) -> bool {
    // A fold does not exit early, so that the compiler can vectorize it.
    let all_good = units.iter().fold(true, |all, &unit| all & is_good(unit));
    if all_good {
        out.extend(units.iter().map(|&unit| unit as u8));
    }
    all_good
}

fn push_escaped(out: &mut Vec<u8>, units: &[u16]) {
    for character in char::decode_utf16(units.iter().copied()) {
        match character {
            Ok('"') => out.extend(b"\\\""),
            Ok('\\') => out.extend(b"\\\\"),
            Ok('\u{8}') => out.extend(b"\\b"),
            Ok('\t') => out.extend(b"\\t"),
            Ok('\n') => out.extend(b"\\n"),
            Ok('\u{c}') => out.extend(b"\\f"),
            Ok('\r') => out.extend(b"\\r"),
            Ok(control) if control < ' ' => push_unicode_escape(out, control as u16),
            Ok(other) => push_char(out, other),
            Err(lone) => push_unicode_escape(out, lone.unpaired_surrogate()),
        }
    }
}

fn push_unicode_escape(out: &mut Vec<u8>, unit: u16) {
    out.extend(format!("\\u{unit:04x}").into_bytes());
}

fn push_char(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn quoted(units: &[u16]) -> String {
        let mut out = Vec::new();
        push_string(&mut out, units);
        String::from_utf8(out).expect("a JSON literal is UTF-8")
    }

    #[test]
    fn escapes_lone_surrogates_and_controls() {
        assert_eq!(quoted(&[0xd800, 0x61, 0xdc00]), r#""\ud800a\udc00""#);
        assert_eq!(quoted(&[0x1f, 0x7f, 0x0a]), "\"\\u001f\u{7f}\\n\"");
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_well_formed_strings(text in any::<String>()) {
            let units: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(quoted(&units), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn members_are_read_alike_in_both_ways(
            text in r#"\{"a":(-?[0-9]{1,19}|"[a-z\\"]*"|true|null|\[1\]|[0-9]\.[0-9])(,"b":[0-9])?\}"#
        ) {
            let exact = read_members::<&RawValue, 2>(&text, ["a", "b"]).map(|found| format!("{found:?}"));
            let common = members(&text, ["a", "b"]).map(|found| format!("{found:?}"));
            prop_assert_eq!(exact.ok(), common.ok());
        }

        #[test]
        fn text_becomes_utf8(text in any::<String>()) {
            let units: Vec<u16> = text.encode_utf16().collect();
            prop_assert_eq!(utf8(&units), text.as_bytes());
            prop_assert_eq!(wtf8(&units), text.as_bytes());
        }

        #[test]
        fn wtf8_tells_all_strings_apart(a in any::<Vec<u16>>(), b in any::<Vec<u16>>()) {
            prop_assert_eq!(a == b, wtf8(&a) == wtf8(&b));
            prop_assert_eq!(utf16(&wtf8(&a)), a);
        }
    }
}
