//! Exports authenticators to JavaScript, as numbers.

use std::cell::RefCell;

use napi::bindgen_prelude::{BufferSlice, Either, Object};
use napi::{Env, Result, sys};
use napi_derive::napi;
use zeroize::{Zeroize, Zeroizing};

use super::call::{self, Buffer, serve};
use super::value::{Latin1, Text};
use crate::interned::{Key, Table};
use crate::token::authenticator::{AccessClaims, Authenticator};
use crate::token::json::{self, Primitive, wtf8};
use crate::token::refresh_token::Refusal;

thread_local! {
    static AUTHENTICATORS: RefCell<Table<Authenticator, 1024>> = RefCell::default();
}

/// Returns the number of an authenticator, which issues and verifies the tokens of one key. The number is valid until more keys
/// are in use than the environment keeps; functions that take the number then return `null`. A `secret` that is a string is
/// encoded as UTF-8. No other thread may write to a `secret` that is a Buffer.
#[napi(
    catch_unwind,
    ts_args_type = "instanceId: string, keyId: string, secret: string | Buffer",
    ts_return_type = "number"
)]
pub fn authenticator(instance_id: Text, key_id: Text, secret: Either<Text, BufferSlice>) -> f64 {
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
fn with<R>(number: i64, work: impl FnOnce(&Authenticator) -> R) -> Option<R> {
    AUTHENTICATORS.with_borrow(|table| table.get(u64::try_from(number).ok()?).map(work))
}

/// Returns a token whose payload is the JSON text `payload`, or null if the environment has dropped the authenticator.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, payload: string",
    ts_return_type = "string | null"
)]
pub fn sign(authenticator: i64, payload: Text<u8>) -> Option<Latin1<Vec<u8>>> {
    with(authenticator, |authenticator| {
        Latin1(authenticator.sign(&payload.0))
    })
}

/// Adds the functions that are registered without napi-derive to the exports of the addon.
pub fn export(exports: &mut Object, env: Env) -> Result<()> {
    call::add(exports, env, c"accessToken", access_token)?;
    call::add(exports, env, c"refreshToken", refresh_token)?;
    call::add(exports, env, c"verifyRefreshToken", verify_refresh_token)
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
            issued_at: call.convert(1)?,
            expires_at: call.convert(2)?,
            user_id: call.text(3, &mut user_id)?,
            su: call.boolean(4),
            service_claims: call.text(5, &mut service_claims)?,
        };
        let token = with(call.convert(0)?, |authenticator| {
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
        let issued_at = call.convert(1)?;
        let user_id = call.text(2, &mut user_id)?;
        let token = with(call.convert(0)?, |authenticator| {
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
        let now = call.convert(2)?;
        // V8 has replaced lone surrogates by U+FFFD. No valid token contains either of them.
        let token = call
            .text(1, &mut token)?
            .and_then(|token| str::from_utf8(token).ok());
        let verdict = with(call.convert(0)?, |authenticator| match token {
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
