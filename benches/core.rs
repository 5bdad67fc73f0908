//! Micro-benchmarks of the core: the cost of tokens, requests and errors without JavaScript, and the lowest cost of a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use divan::{Bencher, black_box};
use hmac::{KeyInit, Mac};
use pusher_platform_native::request::call::HeaderLines;
use pusher_platform_native::request::call::{BaseClient, Call};
use pusher_platform_native::request::{describe, target};
use pusher_platform_native::token::authenticator::{AccessClaims, Authenticator};
use pusher_platform_native::token::hmac::HmacSha256;

const ID: &str = "3a4dbf52-dd75-4d27-9a3e-51d5b1f0b2a5";
const KEY_ID: &str = "a2f3cf1b-8a1c-4c6f-9c5c-3a1b8e0f7f11";
const SECRET: &[u8] = b"Yj2cVnqg0bWb7m1n2bTqzL0m3mT1c8Qh9wqv7mJmJ8A=";
const NOW: i64 = 1_700_000_000;
const CLAIMS: &str = r#"{"room":"lobby","roles":["reader","writer"],"premium":true}"#;

fn main() {
    divan::main();
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn text(token: Vec<u8>) -> String {
    String::from_utf8(token).unwrap()
}

fn authenticator() -> Authenticator {
    Authenticator::new(&utf16(ID), &utf16(KEY_ID), SECRET)
}

/// Benchmarks of tokens. Each `_floor` measures only the HMAC and the base64 of the same bytes, which every token needs.
mod tokens {
    use super::*;

    #[divan::bench]
    fn user(bencher: Bencher) {
        mint(bencher, Some("user-1"), None, None);
    }

    #[divan::bench]
    fn user_floor(bencher: Bencher) {
        floor(bencher, Some("user-1"), None, None);
    }

    #[divan::bench]
    fn superuser(bencher: Bencher) {
        mint(bencher, None, Some(true), None);
    }

    #[divan::bench]
    fn superuser_floor(bencher: Bencher) {
        floor(bencher, None, Some(true), None);
    }

    #[divan::bench]
    fn user_and_claims(bencher: Bencher) {
        mint(bencher, Some("user-1"), None, Some(CLAIMS));
    }

    #[divan::bench]
    fn user_and_claims_floor(bencher: Bencher) {
        floor(bencher, Some("user-1"), None, Some(CLAIMS));
    }

    #[divan::bench]
    fn refresh(bencher: Bencher) {
        let authenticator = authenticator();
        let user = utf16("user-1");
        bencher.bench_local(|| authenticator.refresh_token(black_box(NOW), Some(&user)));
    }

    #[divan::bench]
    fn verify(bencher: Bencher) {
        let authenticator = authenticator();
        let token = text(authenticator.refresh_token(NOW, Some(&utf16("user-1"))));
        bencher.bench_local(|| {
            authenticator
                .verify_refresh_token(black_box(&token), NOW as f64)
                .is_ok()
        });
    }

    #[divan::bench]
    fn new_authenticator(bencher: Bencher) {
        let (id, key_id) = (utf16(ID), utf16(KEY_ID));
        bencher.bench(|| Authenticator::new(&id, &key_id, black_box(SECRET)));
    }

    fn mint(bencher: Bencher, user: Option<&str>, su: Option<bool>, own: Option<&str>) {
        let authenticator = authenticator();
        let user = user.map(utf16);
        bencher.bench_local(|| authenticator.access_token(&claims(user.as_deref(), su, own)));
    }

    fn floor(bencher: Bencher, user: Option<&str>, su: Option<bool>, own: Option<&str>) {
        let user = user.map(utf16);
        let token = text(authenticator().access_token(&claims(user.as_deref(), su, own)));
        let mut parts = token.split('.');
        let header = parts.next().unwrap();
        let payload = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        let mac = HmacSha256::new_from_slice(SECRET).unwrap();
        bencher.bench(|| {
            let mut token = String::with_capacity(512);
            token.push_str(header);
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(black_box(&payload), &mut token);
            let signature = mac.clone().chain_update(&token).finalize().into_bytes();
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(signature, &mut token);
            token
        });
    }

    fn claims<'a>(
        user_id: Option<&'a [u16]>,
        su: Option<bool>,
        own: Option<&'a str>,
    ) -> AccessClaims<'a> {
        AccessClaims {
            issued_at: black_box(NOW),
            expires_at: black_box(NOW + 86_400),
            user_id,
            su,
            service_claims: own.map(str::as_bytes),
        }
    }
}

/// Benchmarks of turning calls into HTTP requests.
mod requests {
    use super::*;

    #[divan::bench]
    fn clean_and_escape_path(bencher: Bencher) {
        let path = utf16(&format!("services/feeds/v1/{ID}/feeds/my feed//items/"));
        bencher.bench(|| target::escape(&target::clean(black_box(&path))));
    }

    #[divan::bench]
    fn get(bencher: Bencher) {
        build(bencher, "GET", None);
    }

    #[divan::bench]
    fn post(bencher: Bencher) {
        build(bencher, "POST", Some(br#"{"items":["one"]}"#));
    }

    fn build(bencher: Bencher, method: &str, body: Option<&'static [u8]>) {
        let client = BaseClient::new(
            "us1.example",
            &utf16(&format!("services/feeds/v1/{ID}/")),
            None,
        );
        let token = text(authenticator().refresh_token(NOW, None));
        let headers = format!(
            "X-SDK-Product\0bench\0X-SDK-Version\01.0.0\0X-SDK-Language\0node\0X-SDK-Platform\0server\0\
             Authorization\0Bearer {token}\0"
        );
        let call = Call {
            method: method.into(),
            path: utf16("feeds/my-feed/items"),
            query: "limit=10".into(),
            headers: HeaderLines::new(&utf16(&headers), 5),
            body: body.map(bytes::Bytes::from_static),
        };
        bencher.bench(|| client.request(&call).is_ok());
    }
}

/// Benchmarks of what becomes of network errors.
mod errors {
    use super::*;

    #[divan::bench]
    fn connection_refused(bencher: Bencher) {
        let error = refused();
        bencher.bench(|| describe::refusal(black_box(&error)));
    }

    /// Returns the error of a connection to a local port on which no server listens.
    fn refused() -> reqwest::Error {
        let peer = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let answer = runtime.block_on(client.get(format!("http://{peer}/")).send());
        answer.unwrap_err()
    }
}
