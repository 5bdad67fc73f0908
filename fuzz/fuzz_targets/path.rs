//! Fuzzes paths: whatever path a caller passes, the request must go to the service's host with a valid HTTP request line.

#![no_main]

mod units;

use libfuzzer_sys::fuzz_target;
use pusher_platform_native::request::call::{BaseClient, Call};
use pusher_platform_native::request::call::HeaderLines;
use pusher_platform_native::request::target;

use units::units;

const PREFIX: &str = "services/feeds/v1/id/";

fuzz_target!(|bytes: &[u8]| {
    let units = units(bytes);
    let cleaned = target::clean(&units);
    assert_eq!(target::sent_path(&units), target::escape(&cleaned));
    assert!(cleaned.len() <= units.len());
    if let Ok(escaped) = target::escape(&cleaned) {
        assert!(escaped.starts_with('/'));
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"?#\\".contains(&byte);
        assert!(escaped.bytes().all(is_plain), "{escaped:?}");
    }
    let prefix: Vec<u16> = PREFIX.encode_utf16().collect();
    let client = BaseClient::new("us1.pusherplatform.io:443", &prefix, None);
    let call = Call {
        method: "GET".into(),
        path: units,
        query: String::new(),
        headers: HeaderLines::default(),
        body: None,
    };
    if let Ok(request) = client.request(&call) {
        let target = request.target;
        assert_eq!(target.origin().as_str(), "https://us1.pusherplatform.io");
        assert!(target.path().starts_with("/services/feeds/v1/id"));
        assert!(!target.path().contains(['?', '#']));
        // What is sent natively is exactly this path.
        if let Some(url) = target.ordinary_url() {
            assert_eq!(url.as_str(), target.without_fragment());
        }
    }
    target::escape_location(bytes);
});
