//! When a request is sent again: never, unless its caller has asked for it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use super::failure::Failure;

/// What a caller has asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Retry {
    /// How many times a request may be sent again.
    pub limit: u32,
    /// Methods, upper case, of requests that may be.
    pub methods: Vec<String>,
    /// Status codes of answers after which they are.
    pub status_codes: Vec<u16>,
    /// The longest wait before one of them. An answer that asks for a longer one is final.
    pub max_delay: Duration,
}

/// The longest wait before the first of them; it doubles with each.
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// Failures of the network, which may be over by the next attempt. Unlike a certificate that is refused.
const TRANSIENT: [&str; 11] = [
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ENETDOWN",
    "EAI_AGAIN",
    "ENOTFOUND",
];

/// What an attempt came to.
#[derive(Clone, Copy)]
pub enum End<'a> {
    /// An answer with this status and, where it has one, this `Retry-After`.
    Answer(u16, Option<&'a HeaderValue>),
    /// A failure, and whether it may be over by the next attempt.
    Failure {
        /// Unlike a certificate that is refused.
        is_transient: bool,
    },
}

impl Retry {
    /// How long to wait before sending a request once more that was sent `attempts` times; none where `end` is final.
    pub fn delay(&self, method: &str, attempts: u32, end: End) -> Option<Duration> {
        let is_allowed = attempts <= self.limit
            && self
                .methods
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(method));
        if !is_allowed {
            return None;
        }
        match end {
            End::Answer(status, asked) if self.status_codes.contains(&status) => {
                match asked.and_then(|asked| retry_after(asked, SystemTime::now())) {
                    Some(asked) => (asked <= self.max_delay).then_some(asked),
                    None => Some(self.backoff(attempts)),
                }
            }
            End::Answer(..) => None,
            End::Failure { is_transient } => is_transient.then(|| self.backoff(attempts)),
        }
    }

    /// Exponential, with full jitter: anything from nothing to the bound, so that clients which failed together do not
    /// come back together.
    fn backoff(&self, attempts: u32) -> Duration {
        let bound = FIRST_DELAY.saturating_mul(2u32.saturating_pow(attempts - 1));
        bound.min(self.max_delay).mul_f64(random())
    }
}

/// Whether a failure may be over by the next attempt.
pub fn is_transient(failure: &Failure) -> bool {
    failure.code.is_some_and(is_transient_code) || failure.causes.iter().any(is_transient)
}

/// Whether a failure with this code may be over by the next attempt.
pub fn is_transient_code(code: &str) -> bool {
    TRANSIENT.contains(&code)
}

/// From 0 to 1. The standard library seeds its hash tables with what a dice needs, too.
fn random() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

/// How long the server asks to be left alone: seconds, or a date (RFC 9110, section 10.2.3). Of seconds it may ask for a
/// fraction, which that section has not, but undici, got and ky wait for.
fn retry_after(value: &HeaderValue, now: SystemTime) -> Option<Duration> {
    let value = value.to_str().ok()?.trim();
    let is_seconds = value.starts_with(|first: char| first.is_ascii_digit())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_seconds {
        let seconds: f64 = value.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // One that has passed asks for nothing.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header};

    use super::*;
    use crate::request::transport::Response;

    const SECOND: Duration = Duration::from_secs(1);

    fn retry() -> Retry {
        Retry {
            limit: 3,
            methods: vec!["GET".into()],
            status_codes: vec![503],
            max_delay: SECOND,
        }
    }

    fn answer(status: u16, retry_after: Option<&'static str>) -> Result<Response, Failure> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
        }
        Ok(Response {
            status,
            reason: vec![],
            http10: false,
            headers,
            trailers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        })
    }

    #[test]
    fn only_what_was_asked_for_is_sent_again() {
        let again = |method, attempts, outcome| {
            let end = End::from(&outcome);
            retry().delay(method, attempts, end).is_some()
        };
        assert!(again("GET", 1, answer(503, None)) && again("get", 3, answer(503, None)));
        assert!(!again("GET", 4, answer(503, None)));
        assert!(!again("POST", 1, answer(503, None)));
        assert!(!again("GET", 1, answer(500, None)));
        assert!(!again("GET", 1, answer(200, None)));
        let failure = |code| Err(Failure::with_code(code, "on purpose"));
        assert!(again("GET", 1, failure("ECONNRESET")));
        assert!(!again("GET", 1, failure("CERT_HAS_EXPIRED")));
        assert!(!again("GET", 1, Err(Failure::new("on purpose"))));
    }

    #[test]
    fn waits_at_most_twice_as_long_each_time_and_no_longer_than_allowed() {
        for attempts in 1..=40 {
            let bound = FIRST_DELAY
                .saturating_mul(1 << (attempts - 1).min(20))
                .min(SECOND);
            assert!((0..100).all(|_| retry().backoff(attempts) <= bound));
        }
        let waits: Vec<_> = (0..20).map(|_| retry().backoff(1)).collect();
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }

    #[test]
    fn obeys_retry_after_up_to_the_longest_wait() {
        let delay = |value| retry().delay("GET", 1, End::from(&answer(503, Some(value))));
        assert_eq!(delay("1"), Some(SECOND));
        assert_eq!(delay("0"), Some(Duration::ZERO));
        assert_eq!(delay("0.25"), Some(SECOND / 4));
        assert_eq!(delay("2"), None);
        assert_eq!(delay("1.5"), None);
        assert_eq!(delay("99999999999999999999999"), None);
        assert_eq!(delay("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(delay("Fri, 31 Dec 9999 23:59:59 GMT"), None);
        // What says nothing is as good as none.
        for nothing in ["soon", "-1", "", ".", "1.2.3", "1e3"] {
            assert!(
                delay(nothing).is_some_and(|wait| wait <= FIRST_DELAY),
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_date_is_as_long_as_it_is_away() {
        let asked = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        let date = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:27 GMT").unwrap();
        assert_eq!(retry_after(&asked, date), Some(10 * SECOND));
    }
}
