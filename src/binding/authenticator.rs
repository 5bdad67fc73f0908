//! `Authenticator` for JavaScript.

use std::cell::RefCell;

use napi::Result;
use napi::bindgen_prelude::{Buffer, Either, JsObjectValue, Object};
use napi_derive::napi;
use zeroize::{Zeroize, Zeroizing};

use super::value::{Any, Given, Latin1, Text, Utf8};
use crate::authenticator::{AccessClaims, Authenticator};
use crate::interned::{Key, Table};
use crate::json::{self, Primitive, wtf8};
use crate::refresh_token::Refusal;

thread_local! {
    static AUTHENTICATORS: RefCell<Table<Authenticator, 1024>> = RefCell::default();
}

/// The number of what issues and verifies the tokens of one key. It is good until more keys are in use than the environment
/// keeps; the functions below then give `null`. A secret that is a string is taken as UTF-8.
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

/// Calls `work` with the authenticator that `number` stands for, if it is still there.
fn with<R>(number: i64, work: impl FnOnce(&Authenticator) -> R) -> Option<R> {
    AUTHENTICATORS.with_borrow(|table| table.get(u64::try_from(number).ok()?).map(work))
}

/// An access token. Times are in seconds since the epoch; `serviceClaims` is the text of a JSON object that overrides no
/// claim that stands before it.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, issuedAt: number, expiresAt: number, userId?: string, su?: boolean, serviceClaims?: string",
    ts_return_type = "string | null"
)]
pub fn access_token(
    authenticator: i64,
    issued_at: i64,
    expires_at: i64,
    user_id: Given<Text>,
    su: Given<bool>,
    service_claims: Given<Utf8>,
) -> Option<Latin1<String>> {
    with(authenticator, |authenticator| {
        Latin1(authenticator.access_token(&AccessClaims {
            issued_at,
            expires_at,
            user_id: user_id.0.as_ref().map(|text| &text.0[..]),
            su: su.0,
            service_claims: service_claims.0.as_ref().map(|text| &text.0[..]),
        }))
    })
}

/// A refresh token.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, issuedAt: number, userId?: string",
    ts_return_type = "string | null"
)]
pub fn refresh_token(
    authenticator: i64,
    issued_at: i64,
    user_id: Given<Text>,
) -> Option<Latin1<String>> {
    with(authenticator, |authenticator| {
        let user_id = user_id.0.as_ref().map(|text| &text.0[..]);
        Latin1(authenticator.refresh_token(issued_at, user_id))
    })
}

/// A token with the given payload, as JSON text.
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

/// Why `token` is no refresh token of the user whom `options.userId` names, at the time `now`, in seconds since the epoch:
/// an `error_description`, or the empty string where it is one. The user is asked for only once the rest is good, as in the original.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, token: unknown, options: object, now: number",
    ts_return_type = "string | null"
)]
pub fn refuse_refresh_token(
    authenticator: i64,
    token: Any,
    options: Object,
    now: f64,
) -> Result<Option<String>> {
    let verdict = with(authenticator, |authenticator| match token.0 {
        // WTF-8 that is not UTF-8 holds characters that no token has.
        Primitive::Text(token) => str::from_utf8(&token)
            .map_err(|_| Refusal::Invalid)
            .and_then(|token| authenticator.verify_refresh_token(token, now)),
        _ => Err(Refusal::Invalid),
    });
    // Outside the table, since reading a property may run JavaScript.
    let refusal = match verdict {
        None => return Ok(None),
        Some(Ok(subject)) => subject
            .check(&options.get_named_property::<Any>("userId")?.0)
            .err(),
        Some(Err(refusal)) => Some(refusal),
    };
    Ok(Some(
        refusal
            .map(|refusal| refusal.to_string())
            .unwrap_or_default(),
    ))
}
