//! `Authenticator` for JavaScript.

use std::cell::RefCell;

use napi::Result;
use napi::bindgen_prelude::{Buffer, Either, JsObjectValue, Object};
use napi_derive::napi;
use slab::Slab;
use zeroize::{Zeroize, Zeroizing};

use super::handle::{self, Handle};
use super::value::{Any, Latin1, Text};
use crate::authenticator::{self, AccessClaims};
use crate::json::Primitive;
use crate::refresh_token::Refusal;

thread_local! {
    static AUTHENTICATORS: RefCell<Slab<authenticator::Authenticator>> = const { RefCell::new(Slab::new()) };
}

/// What issues and verifies the tokens of one key. The functions below take its handle.
#[napi]
pub struct Authenticator(Handle<authenticator::Authenticator>);

#[napi]
impl Authenticator {
    /// A secret that is a string is taken as UTF-8.
    #[napi(
        catch_unwind,
        constructor,
        ts_args_type = "instanceId: string, keyId: string, secret: string | Buffer"
    )]
    pub fn new(instance_id: Text, key_id: Text, secret: Either<Text, Buffer>) -> Self {
        let secret = Zeroizing::new(match secret {
            Either::A(mut text) => {
                let secret = String::from_utf16_lossy(&text.0).into_bytes();
                text.0.zeroize();
                secret
            }
            Either::B(bytes) => bytes.to_vec(),
        });
        let authenticator = authenticator::Authenticator::new(&instance_id.0, &key_id.0, &secret);
        Self(Handle::new(&AUTHENTICATORS, authenticator))
    }

    /// What it is called by.
    #[napi(catch_unwind, getter)]
    pub fn handle(&self) -> u32 {
        self.0.number()
    }
}

/// An access token. Times are in seconds since the epoch; `serviceClaims` is the text of a JSON object that overrides no
/// claim that stands before it.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, issuedAt: number, expiresAt: number, userId?: string, su?: boolean, serviceClaims?: string",
    ts_return_type = "string"
)]
pub fn access_token(
    authenticator: u32,
    issued_at: i64,
    expires_at: i64,
    user_id: Option<Text>,
    su: Option<bool>,
    service_claims: Option<Text>,
) -> Result<Latin1<String>> {
    handle::with(&AUTHENTICATORS, authenticator, |authenticator| {
        Ok(Latin1(authenticator.access_token(&AccessClaims {
            issued_at,
            expires_at,
            user_id: user_id.as_ref().map(|text| &text.0[..]),
            su,
            service_claims: service_claims.as_ref().map(|text| &text.0[..]),
        })))
    })
}

/// A refresh token.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, issuedAt: number, userId?: string",
    ts_return_type = "string"
)]
pub fn refresh_token(
    authenticator: u32,
    issued_at: i64,
    user_id: Option<Text>,
) -> Result<Latin1<String>> {
    handle::with(&AUTHENTICATORS, authenticator, |authenticator| {
        let user_id = user_id.as_ref().map(|text| &text.0[..]);
        Ok(Latin1(authenticator.refresh_token(issued_at, user_id)))
    })
}

/// A token with the given payload, as JSON text.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, payload: string",
    ts_return_type = "string"
)]
pub fn sign(authenticator: u32, payload: Text) -> Result<Latin1<String>> {
    handle::with(&AUTHENTICATORS, authenticator, |authenticator| {
        Ok(Latin1(authenticator.sign(&payload.0)))
    })
}

/// Why `token` is no refresh token of the user whom `options.userId` names, at the time `now`, in seconds since the epoch:
/// an `error_description`, or null where it is one. The user is asked for only once the rest is good, as in the original.
#[napi(
    catch_unwind,
    ts_args_type = "authenticator: number, token: unknown, options: object, now: number",
    ts_return_type = "string | null"
)]
pub fn refuse_refresh_token(
    authenticator: u32,
    token: Any,
    options: Object,
    now: f64,
) -> Result<Option<String>> {
    let verdict = handle::with(&AUTHENTICATORS, authenticator, |authenticator| {
        Ok(match token.0 {
            // WTF-8 that is not UTF-8 holds characters that no token has.
            Primitive::Text(token) => str::from_utf8(&token)
                .map_err(|_| Refusal::Invalid)
                .and_then(|token| authenticator.verify_refresh_token(token, now)),
            _ => Err(Refusal::Invalid),
        })
    })?;
    // Outside the table, since reading a property may run JavaScript.
    let verdict = match verdict {
        Ok(subject) => subject.check(&options.get_named_property::<Any>("userId")?.0),
        Err(refusal) => Err(refusal),
    };
    Ok(verdict.err().map(|refusal| refusal.to_string()))
}
