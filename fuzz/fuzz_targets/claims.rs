//! Fuzzes the claims of access tokens: a token that is built in parts must equal a token whose payload is signed as a whole.

#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use pusher_platform_native::token::authenticator::{AccessClaims, Authenticator};
use serde_json::{Map, Value};

#[derive(Arbitrary, Debug)]
struct Input {
    instance_id: Vec<u16>,
    key_id: Vec<u16>,
    secret: Vec<u8>,
    issued_at: i64,
    expires_at: i64,
    user_id: Option<Vec<u16>>,
    su: Option<bool>,
    service_claims: Option<String>,
}

fuzz_target!(|input: Input| {
    let authenticator = Authenticator::new(&input.instance_id, &input.key_id, &input.secret);
    // JavaScript passes service claims as the JSON text of an object.
    let own = input
        .service_claims
        .and_then(|text| serde_json::from_str::<Map<String, Value>>(&text).ok())
        .map(|map| Value::Object(map).to_string());
    let spliced = authenticator.access_token(&AccessClaims {
        issued_at: input.issued_at,
        expires_at: input.expires_at,
        user_id: input.user_id.as_deref(),
        su: input.su,
        service_claims: own.as_deref().map(str::as_bytes),
    });

    let mut members = vec![
        format!("\"instance\":{}", quoted(&input.instance_id)),
        format!(
            "\"iss\":{}",
            quoted(&[units("api_keys/"), input.key_id].concat())
        ),
        format!("\"iat\":{}", input.issued_at),
        format!("\"exp\":{}", input.expires_at),
    ];
    members.extend(input.user_id.map(|id| format!("\"sub\":{}", quoted(&id))));
    members.extend(input.su.map(|su| format!("\"su\":{su}")));
    if let Some(own) = own.filter(|own| own.len() > 2) {
        members.push(own[1..own.len() - 1].to_owned());
    }
    let payload = format!("{{{}}}", members.join(","));
    assert_eq!(spliced, authenticator.sign(payload.as_bytes()));
});

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Returns a JSON string literal without using the code under test: as `serde_json` writes literals, with lone surrogates escaped
/// as ECMA-262 requires.
fn quoted(units: &[u16]) -> String {
    let parts = char::decode_utf16(units.iter().copied()).map(|unit| match unit {
        Ok(character) => {
            let literal = serde_json::to_string(&character).unwrap();
            literal[1..literal.len() - 1].to_owned()
        }
        Err(lone) => format!("\\u{:04x}", lone.unpaired_surrogate()),
    });
    format!("\"{}\"", parts.collect::<String>())
}
