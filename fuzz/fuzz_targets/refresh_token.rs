//! Fuzzes the verifier of refresh tokens: with arbitrary tokens, and with arbitrary payloads of signed tokens.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pusher_platform_native::token::authenticator::Authenticator;
use pusher_platform_native::token::json::Primitive;
use serde_json::Value;

const NOW: f64 = 1_600_000_000.0;

// An input that begins with `T` holds a token; any other input is a payload.
fuzz_target!(|input: &str| {
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let authenticator = Authenticator::new(&units("instance"), &units("key"), b"secret");
    match input.strip_prefix('T') {
        // The fuzzer cannot guess a valid signature.
        Some(token) => assert!(authenticator.verify_refresh_token(token, NOW).is_err()),
        None => {
            let claims = input;
            let token = String::from_utf8(authenticator.sign(claims.as_bytes())).unwrap();
            let Ok(subject) = authenticator.verify_refresh_token(&token, NOW) else {
                return;
            };
            // If `serde_json` can read the claims as well, both readers must agree.
            let Ok(Value::Object(claims)) = serde_json::from_str(claims) else {
                return;
            };
            assert_eq!(claims["iss"], "api_keys/key");
            assert_eq!(claims["refresh"], true);
            let time = |name: &str| claims.get(name).map(|time| time.as_f64().unwrap());
            assert!(time("exp").is_none_or(|expiry| NOW < expiry));
            assert!(time("nbf").is_none_or(|begin| begin <= NOW));
            let is_of = match claims.get("sub") {
                Some(Value::String(sub)) => Primitive::Text(sub.clone().into_bytes()),
                Some(Value::Null) => Primitive::Null,
                None => Primitive::Undefined,
                _ => return,
            };
            assert_eq!(subject, is_of);
        }
    }
});
