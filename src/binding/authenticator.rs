//! `Authenticator` for JavaScript.

use napi::Result;
use napi::bindgen_prelude::{Buffer, Either, JsObjectValue, Object};
use napi_derive::napi;

use super::value::{Any, Latin1, Text};
use crate::authenticator::{self, AccessClaims};
use crate::json::Primitive;
use crate::refresh_token::Refusal;

/// Issues and verifies the tokens of one key.
#[napi]
pub struct Authenticator(authenticator::Authenticator);

#[napi]
impl Authenticator {
    /// A secret that is a string is taken as UTF-8.
    #[napi(
        constructor,
        ts_args_type = "instanceId: string, keyId: string, secret: string | Buffer"
    )]
    pub fn new(instance_id: Text, key_id: Text, secret: Either<Text, Buffer>) -> Self {
        let secret = match secret {
            Either::A(text) => String::from_utf16_lossy(&text.0).into_bytes(),
            Either::B(bytes) => bytes.to_vec(),
        };
        Self(authenticator::Authenticator::new(
            &instance_id.0,
            &key_id.0,
            &secret,
        ))
    }

    /// An access token. Times are in seconds since the epoch; `serviceClaims` is the text of a JSON object that
    /// overrides no claim that stands before it.
    #[napi(
        ts_args_type = "issuedAt: number, expiresAt: number, userId?: string, su?: boolean, serviceClaims?: string",
        ts_return_type = "string"
    )]
    pub fn access_token(
        &self,
        issued_at: i64,
        expires_at: i64,
        user_id: Option<Text>,
        su: Option<bool>,
        service_claims: Option<Text>,
    ) -> Latin1<String> {
        Latin1(self.0.access_token(&AccessClaims {
            issued_at,
            expires_at,
            user_id: user_id.as_ref().map(|text| &text.0[..]),
            su,
            service_claims: service_claims.as_ref().map(|text| &text.0[..]),
        }))
    }

    /// A refresh token.
    #[napi(
        ts_args_type = "issuedAt: number, userId?: string",
        ts_return_type = "string"
    )]
    pub fn refresh_token(&self, issued_at: i64, user_id: Option<Text>) -> Latin1<String> {
        Latin1(
            self.0
                .refresh_token(issued_at, user_id.as_ref().map(|text| &text.0[..])),
        )
    }

    /// A token with the given payload, as JSON text.
    #[napi(ts_args_type = "payload: string", ts_return_type = "string")]
    pub fn sign(&self, payload: Text) -> Latin1<String> {
        Latin1(self.0.sign(&payload.0))
    }

    /// Why `token` is no refresh token of the user whom `options.userId` names, at the time `now`, in seconds since the
    /// epoch: an `error_description`, or null where it is one. The user is asked for only once the rest is good, as in
    /// the original.
    #[napi(
        ts_args_type = "token: unknown, options: object, now: number",
        ts_return_type = "string | null"
    )]
    pub fn refuse_refresh_token(
        &self,
        token: Any,
        options: Object,
        now: f64,
    ) -> Result<Option<String>> {
        let verdict = match token.0 {
            // WTF-8 that is not UTF-8 holds characters that no token has.
            Primitive::Text(token) => str::from_utf8(&token)
                .map_err(|_| Refusal::Invalid)
                .and_then(|token| self.0.verify_refresh_token(token, now)),
            _ => Err(Refusal::Invalid),
        };
        let verdict = match verdict {
            Ok(subject) => subject.check(&options.get_named_property::<Any>("userId")?.0),
            Err(refusal) => Err(refusal),
        };
        Ok(verdict.err().map(|refusal| refusal.to_string()))
    }
}
