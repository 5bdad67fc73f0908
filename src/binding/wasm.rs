//! The border of the WebAssembly module, which takes the place of Node-API. `lib/binding/wasm.js` is its other half.
//!
//! JavaScript writes the texts of a call into one buffer, one after the other, and reads the result from another. In front of each
//! text is its length, in two code units: the number of its UTF-16 code units, or of its bytes. A function that returns a text
//! returns the number of its bytes, or [`NOTHING`].
//!
//! Nothing unwinds here: a function that panics, or that JavaScript interrupts, leaves its instance unusable, and JavaScript makes
//! another one. So the only state is a table of authenticators, whose numbers find nothing in another instance, and what a call
//! sends next is a function of the call and of what it has received.

use std::cell::RefCell;
use std::sync::Arc;

use http::HeaderValue;
use zeroize::{Zeroize, Zeroizing};

use crate::instance::options::{self, Error, Instance, OptionValue};
use crate::interned::{Key, Table};
use crate::request::call::{BaseClient, Call, HeaderLines};
use crate::request::exchange::{Exchange, Step, latin1, milliseconds};
use crate::request::failure::Failure;
use crate::request::proxy::ProxyVariables;
use crate::request::retry::{AttemptResult, Limits, RetryPolicy, is_transient_code};
use crate::request::route::Environment;
use crate::request::target;
use crate::token::authenticator::{AccessClaims, Authenticator};
use crate::token::json::{self, Primitive, utf8, wtf8};
use crate::token::refresh_token::Refusal;

/// The result of a function that has no text to return.
const NOTHING: i32 = -1;

/// The length of a text that is missing.
const MISSING: u32 = u32::MAX;

thread_local! {
    static INPUT: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
    static RESULT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static AUTHENTICATORS: RefCell<Table<Authenticator, 1024>> = RefCell::default();
}

/// Returns the address of the buffer for texts, after it has grown to `units` code units. It keeps what it holds.
#[unsafe(no_mangle)]
extern "C" fn reserve(units: usize) -> *mut u16 {
    INPUT.with_borrow_mut(|input| {
        // The old buffer may hold a secret.
        let mut grown = Vec::with_capacity(units);
        grown.extend_from_slice(input);
        grown.resize(units.max(input.len()), 0);
        input.zeroize();
        *input = grown;
        input.as_mut_ptr()
    })
}

/// Returns the address of the result of the last function.
#[unsafe(no_mangle)]
extern "C" fn result() -> *const u8 {
    RESULT.with_borrow(|result| result.as_ptr())
}

fn give(text: Vec<u8>) -> i32 {
    RESULT.with_borrow_mut(|result| {
        *result = text;
        result.len() as i32
    })
}

fn give_some(text: Option<Vec<u8>>) -> i32 {
    text.map_or(NOTHING, give)
}

/// The texts of a call that have not been read yet.
struct Texts<'a>(&'a [u16]);

impl<'a> Texts<'a> {
    fn length(&mut self) -> Option<usize> {
        let [low, high, rest @ ..] = self.0 else {
            return None;
        };
        self.0 = rest;
        let length = u32::from(*low) | u32::from(*high) << 16;
        (length != MISSING).then_some(length as usize)
    }

    fn units(&mut self) -> Option<&'a [u16]> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    /// Reads a text of bytes, which ends at a code unit.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length.div_ceil(2))?;
        self.0 = rest;
        // SAFETY: each of the code units has two bytes, so that there are `length` bytes, which live as long as the units.
        Some(unsafe { std::slice::from_raw_parts(text.as_ptr().cast(), length) })
    }

    fn string(&mut self) -> Option<String> {
        self.units().map(String::from_utf16_lossy)
    }

    fn number(&mut self) -> Option<f64> {
        self.string()?.parse().ok()
    }
}

/// Calls `work` with the texts of the call, and wipes what it has read, since it may be secret.
fn with_texts<R>(work: impl FnOnce(&mut Texts) -> R) -> R {
    INPUT.with_borrow_mut(|input| {
        let mut texts = Texts(input);
        let result = work(&mut texts);
        let read = input.len() - texts.0.len();
        input[..read].zeroize();
        result
    })
}

/// Returns the number of the authenticator for an instance's id, a key's id and a secret: a text, or bytes.
#[unsafe(no_mangle)]
extern "C" fn authenticator(is_text: bool) -> f64 {
    with_texts(|texts| {
        let id = texts.units().unwrap_or_default();
        let key_id = texts.units().unwrap_or_default();
        let secret = Zeroizing::new(if is_text {
            utf8(texts.units().unwrap_or_default())
        } else {
            texts.bytes().unwrap_or_default().to_vec()
        });
        let key = Key::new([&wtf8(id), &wtf8(key_id), &secret]);
        let make = || Authenticator::new(id, key_id, &secret);
        AUTHENTICATORS.with_borrow_mut(|table| table.number(key, make) as f64)
    })
}

/// Calls `work` with the authenticator that `number` stands for. A negative number finds none.
fn with<R>(number: f64, work: impl FnOnce(&Authenticator) -> R) -> Option<R> {
    let number = u64::try_from(number as i64).ok()?;
    AUTHENTICATORS.with_borrow(|table| table.get(number).map(work))
}

/// Returns an access token for a user and service claims in JSON, or nothing if there is no such authenticator. `su` is negative if
/// it is missing.
#[unsafe(no_mangle)]
extern "C" fn access_token(number: f64, issued_at: f64, expires_at: f64, su: i32) -> i32 {
    give_some(with_texts(|texts| {
        let claims = AccessClaims {
            issued_at: issued_at as i64,
            expires_at: expires_at as i64,
            user_id: texts.units(),
            su: (su >= 0).then_some(su > 0),
            service_claims: texts.bytes(),
        };
        with(number, |authenticator| authenticator.access_token(&claims))
    }))
}

/// Returns a refresh token for a user.
#[unsafe(no_mangle)]
extern "C" fn refresh_token(number: f64, issued_at: f64) -> i32 {
    give_some(with_texts(|texts| {
        let user_id = texts.units();
        with(number, |authenticator| {
            authenticator.refresh_token(issued_at as i64, user_id)
        })
    }))
}

/// Returns a token with a payload in JSON.
#[unsafe(no_mangle)]
extern "C" fn sign(number: f64) -> i32 {
    give_some(with_texts(|texts| {
        let payload = texts.bytes().unwrap_or_default();
        with(number, |authenticator| authenticator.sign(payload))
    }))
}

/// Verifies a refresh token. Returns JSON: the subject if it is a string, or an object with the `subject`, or with the `refusal`.
#[unsafe(no_mangle)]
extern "C" fn verify_refresh_token(number: f64, now: f64) -> i32 {
    let verdict = with_texts(|texts| {
        // A text that is not UTF-8 is no token.
        let token = texts.bytes().and_then(|token| str::from_utf8(token).ok());
        with(number, |authenticator| match token {
            Some(token) => authenticator.verify_refresh_token(token, now),
            None => Err(Refusal::Invalid),
        })
    });
    give_some(verdict.map(|verdict| match verdict {
        Ok(Primitive::Text(subject)) => string(&json::utf16(&subject)),
        Ok(Primitive::Undefined) => b"{}".to_vec(),
        Ok(Primitive::Null) => br#"{"subject":null}"#.to_vec(),
        Ok(Primitive::Boolean(subject)) => format!(r#"{{"subject":{subject}}}"#).into_bytes(),
        // JavaScript reads a number beyond the range of a double as infinity.
        Ok(Primitive::Number(subject)) => {
            let exponent = if subject.is_finite() { "" } else { "e999" };
            let number = if subject.is_finite() {
                subject
            } else {
                subject.signum()
            };
            format!(r#"{{"subject":{number}{exponent}}}"#).into_bytes()
        }
        Ok(Primitive::Other) => br#"{"subject":{}}"#.to_vec(),
        Err(refusal) => format!(r#"{{"refusal":"{refusal}"}}"#).into_bytes(),
    }))
}

fn string(units: &[u16]) -> Vec<u8> {
    let mut text = Vec::new();
    json::push_string(&mut text, units);
    text
}

/// Returns the positions of the colons of a locator and a key as `findColons` of the addon does.
#[unsafe(no_mangle)]
extern "C" fn find_colons() -> f64 {
    with_texts(|texts| {
        let (locator, key) = (texts.units(), texts.units());
        options::find_colons(locator?, key?)
    })
    .unwrap_or_default()
}

/// Checks the options of an instance by the values that were read so far, in the order in which they were wanted: missing, `0` or
/// `1` for a value that is not a string and its truth, or `=` and a string. Returns JSON: the name of the option that is wanted
/// next, or an object with the `message` of the error, and whether it is a TypeError, or a list of the instance's parts.
#[unsafe(no_mangle)]
extern "C" fn check_instance(count: usize) -> i32 {
    let checked: Result<_, Error<&str>> = with_texts(|texts| {
        let mut left = count;
        Instance::new(|name| {
            left = left.checked_sub(1).ok_or(name)?;
            Ok(match texts.units() {
                None => OptionValue::Missing,
                Some([first, text @ ..]) if *first == u16::from(b'=') => {
                    OptionValue::Text(text.to_vec())
                }
                Some(truth) => OptionValue::Other {
                    truthy: truth == [u16::from(b'1')],
                },
            })
        })
    });
    give(match checked {
        Ok(Instance { locator, key }) => {
            let parts: [&[u16]; 5] = [
                &locator.platform_version,
                &locator.cluster,
                &locator.instance_id,
                &key.id,
                &key.secret,
            ];
            [b"[", &*parts.map(string).join(&b","[..]), b"]"].concat()
        }
        Err(Error::Read(name)) => format!("\"{name}\"").into_bytes(),
        Err(Error::Invalid(invalid)) => serde_json::json!({
            "message": invalid.to_string(),
            "isTypeError": invalid.is_type_error(),
        })
        .to_string()
        .into_bytes(),
    })
}

/// Cleans a path. Returns UTF-16.
#[unsafe(no_mangle)]
extern "C" fn clean_path() -> i32 {
    let path = with_texts(|texts| target::clean(texts.units().unwrap_or_default()));
    give(path.into_iter().flat_map(u16::to_le_bytes).collect())
}

fn client(texts: &mut Texts) -> BaseClient {
    let authority = texts.string().unwrap_or_default();
    BaseClient::new(&authority, texts.units().unwrap_or_default(), None)
}

/// Returns the origin and the path of requests to a path below a service, with a space in between.
#[unsafe(no_mangle)]
extern "C" fn request_target() -> i32 {
    give_some(with_texts(|texts| {
        let target = client(texts).target(texts.units().unwrap_or_default());
        let target = target.ok()?;
        Some(format!("{} {}", target.origin(), target.path()).into_bytes())
    }))
}

/// Reads a call: what `Exchange` in lib/binding/wasm.js writes.
fn exchange(texts: &mut Texts, attempts: f64, elapsed: f64) -> Exchange {
    let client = client(texts);
    let call = Call {
        method: texts.string().unwrap_or_default(),
        path: texts.units().unwrap_or_default().to_vec(),
        query: texts.string().unwrap_or_default(),
        headers: HeaderLines::new(
            texts.units().unwrap_or_default(),
            texts.number().unwrap_or_default() as usize,
        ),
        // Node's client sends the body itself.
        body: texts.units().map(|_| Default::default()),
    };
    let environment = Environment {
        proxies: ProxyVariables {
            proxy: texts.string().unwrap_or_default(),
            no_proxy: texts.string().unwrap_or_default(),
        },
        ..Environment::default()
    };
    let limits = Limits {
        timeout: texts.number().map(milliseconds),
        retry: retry_policy(texts),
    };
    let (attempts, elapsed) = (attempts as u32, milliseconds(elapsed));
    Exchange::new(
        Arc::new(client),
        call,
        environment,
        limits,
        attempts,
        elapsed,
    )
}

fn retry_policy(texts: &mut Texts) -> Option<RetryPolicy> {
    let (limit, max_delay) = (texts.number(), texts.number());
    let methods = texts.string().unwrap_or_default();
    let status_codes = texts.units().unwrap_or_default().to_vec();
    Some(RetryPolicy {
        limit: limit? as u32,
        methods: methods.split('\0').map(Into::into).collect(),
        status_codes,
        max_delay: milliseconds(max_delay?),
    })
}

/// Returns the request that a call sends next as a `Step` in JSON, after `count` responses: a status and a `Location` for each.
/// Returns nothing if the last response is not a redirect that the call follows.
#[unsafe(no_mangle)]
extern "C" fn next_step(count: usize) -> i32 {
    give_some(with_texts(|texts| {
        let mut exchange = exchange(texts, 0.0, 0.0);
        let mut step = Some(Step::of(exchange.begin()));
        for _ in 0..count {
            let status = texts.number().unwrap_or_default() as u16;
            let location = latin1(texts.units().unwrap_or_default());
            step = exchange.follow(status, &location).map(Step::of);
        }
        Some(step?.to_json().into_bytes())
    }))
}

/// Returns the milliseconds until the next attempt of a call, or -1 if there is none. The attempt before has ended with a response,
/// whose `status` and `Retry-After` are given, or with a failure and its codes, separated by spaces, if `status` is 0.
#[unsafe(no_mangle)]
extern "C" fn delay(attempts: f64, status: i32) -> f64 {
    let delay = with_texts(|texts| {
        let exchange = exchange(texts, attempts, 0.0);
        let text = texts.units();
        if status == 0 {
            let codes = text.map(String::from_utf16_lossy).unwrap_or_default();
            let is_transient = codes.split(' ').any(is_transient_code);
            return exchange.delay(AttemptResult::Failure { is_transient });
        }
        let value = text.and_then(|value| HeaderValue::from_bytes(&latin1(value)).ok());
        exchange.delay(AttemptResult::Response(status as u16, value.as_ref()))
    });
    delay.map_or(-1.0, |delay| delay.as_secs_f64() * 1000.0)
}

/// Returns the milliseconds that are left of a call's time limit.
#[unsafe(no_mangle)]
extern "C" fn time_left(elapsed: f64) -> f64 {
    let left = with_texts(|texts| exchange(texts, 0.0, elapsed).time_left());
    left.map_or(f64::INFINITY, |left| left.as_secs_f64() * 1000.0)
}

/// Returns the failure of a call whose time limit has passed, as JSON.
#[unsafe(no_mangle)]
extern "C" fn timed_out() -> i32 {
    let failure: Failure = with_texts(|texts| exchange(texts, 0.0, 0.0).timed_out());
    give(failure.to_json().into_bytes())
}
