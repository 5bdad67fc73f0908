//! Exports authenticators to JavaScript, as numbers.

use std::cell::RefCell;

use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;
use zeroize::{Zeroize, Zeroizing};

use super::value::{Latin1, Text, Utf8};
use crate::interned::{Key, Table};
use crate::token::authenticator::Authenticator;
use crate::token::json::{self, wtf8};

thread_local! {
    static AUTHENTICATORS: RefCell<Table<Authenticator, 1024>> = RefCell::default();
}

/// Returns the number of an authenticator, which issues and verifies the tokens of one key. The number is valid until more keys
/// are in use than the environment keeps; functions that take the number then return `null`. A `secret` that is a string is
/// encoded as UTF-8.
#[napi(
    catch_unwind,
    ts_args_type = "instanceId: string, keyId: string, secret: string | Buffer",
    ts_return_type = "number"
)]
pub fn authenticator(instance_id: Text, key_id: Text, secret: Either<Text, Buffer>) -> f64 {
    let secret = Zeroizing::new(match secret {
        Either::A(mut text) => {
            let secret = json::utf8(&text.0);
            text.0.zeroize();
            secret
        }
        Either::B(bytes) => bytes.to_vec(),
    });
    let key = Key::new([&wtf8(&instance_id.0), &wtf8(&key_id.0), &secret]);
    let make = || Authenticator::new(&instance_id.0, &key_id.0, &secret);
    AUTHENTICATORS.with_borrow_mut(|table| table.number(key, make) as f64)
}

/// Calls `work` with the authenticator that `number` stands for, unless the environment has dropped the authenticator.
pub fn with<R>(number: i64, work: impl FnOnce(&Authenticator) -> R) -> Option<R> {
    AUTHENTICATORS.with_borrow(|table| table.get(u64::try_from(number).ok()?).map(work))
}

/// Returns a token whose payload is the JSON text `payload`, or null if the environment has dropped the authenticator.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, payload: string",
    ts_return_type = "string | null"
)]
pub fn sign(authenticator: i64, payload: Utf8) -> Option<Latin1<String>> {
    with(authenticator, |authenticator| {
        Latin1(authenticator.sign(&payload.0))
    })
}
