//! Decides whether and when a request is retried. There are no retries unless the caller enables them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime};

use http::HeaderValue;

/// The retries that a caller enables.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// The maximum number of retries of a request.
    pub limit: u32,
    /// The methods of the requests that may be retried, in upper case.
    pub methods: Vec<String>,
    /// The status codes of the responses after which a request is retried.
    pub status_codes: Vec<u16>,
    /// The longest delay before a retry. A response whose `Retry-After` is longer is final.
    pub max_delay: Duration,
}

/// The limits of the duration and the attempts of a call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limits {
    /// The longest time from the start of the first attempt to the end of the last response.
    pub timeout: Option<Duration>,
    /// The rules for retries, or `None` if there is only one attempt.
    pub retry: Option<RetryPolicy>,
}

/// The longest delay before the first retry. This bound doubles with each further retry.
const FIRST_DELAY: Duration = Duration::from_millis(100);

/// The codes of network failures, which the next attempt may not encounter. A rejected certificate is not among them.
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

/// The result of an attempt.
#[derive(Clone, Copy)]
pub enum AttemptResult<'a> {
    /// A response with this status and this `Retry-After`, if the header is present.
    Response(u16, Option<&'a HeaderValue>),
    /// A failure without a complete response.
    Failure {
        /// Whether the next attempt may succeed, which is not the case for a rejected certificate.
        is_transient: bool,
    },
}

impl RetryPolicy {
    /// Returns the delay before the next retry of a request that was sent `attempts` times, or `None` if `result` is final.
    pub fn delay(&self, method: &str, attempts: u32, result: AttemptResult) -> Option<Duration> {
        let is_allowed = attempts <= self.limit
            && self
                .methods
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(method));
        if !is_allowed {
            return None;
        }
        match result {
            AttemptResult::Response(status, header) if self.status_codes.contains(&status) => {
                match header.and_then(|header| retry_after(header, SystemTime::now())) {
                    Some(delay) => (delay <= self.max_delay).then_some(delay),
                    None => Some(self.backoff(attempts)),
                }
            }
            AttemptResult::Response(..) => None,
            AttemptResult::Failure { is_transient } => is_transient.then(|| self.backoff(attempts)),
        }
    }

    /// Returns an exponential delay with full jitter: a random duration between zero and the bound, so that clients that fail at
    /// the same time do not retry at the same time.
    fn backoff(&self, attempts: u32) -> Duration {
        let bound = FIRST_DELAY.saturating_mul(2u32.saturating_pow(attempts - 1));
        bound.min(self.max_delay).mul_f64(random())
    }
}

/// Returns whether `code` is that of a network failure, after which the next attempt may succeed.
pub fn is_transient_code(code: &str) -> bool {
    TRANSIENT.contains(&code)
}

/// Returns a random number from 0 to 1. The random seeds of the standard library's hash tables are good enough for jitter.
fn random() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

/// Returns the delay that a `Retry-After` header requests, as seconds or as a date (RFC 9110, section 10.2.3), or `None` if
/// `value` is malformed. The seconds may have a fraction, which the RFC does not allow, but undici, got and ky accept.
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
    // A date in the past requests no delay.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn retry() -> RetryPolicy {
        RetryPolicy {
            limit: 3,
            methods: vec!["GET".into()],
            status_codes: vec![503],
            max_delay: SECOND,
        }
    }

    fn response(status: u16) -> AttemptResult<'static> {
        AttemptResult::Response(status, None)
    }

    #[test]
    fn only_what_was_asked_for_is_sent_again() {
        let again = |method, attempts, result| retry().delay(method, attempts, result).is_some();
        assert!(again("GET", 1, response(503)) && again("get", 3, response(503)));
        assert!(!again("GET", 4, response(503)));
        assert!(!again("POST", 1, response(503)));
        assert!(!again("GET", 1, response(500)));
        assert!(!again("GET", 1, response(200)));
        let failure = |is_transient| AttemptResult::Failure { is_transient };
        assert!(again("GET", 1, failure(true)));
        assert!(!again("GET", 1, failure(false)));
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
        let delay = |value| {
            let header = HeaderValue::from_static(value);
            retry().delay("GET", 1, AttemptResult::Response(503, Some(&header)))
        };
        assert_eq!(delay("1"), Some(SECOND));
        assert_eq!(delay("0"), Some(Duration::ZERO));
        assert_eq!(delay("0.25"), Some(SECOND / 4));
        assert_eq!(delay("2"), None);
        assert_eq!(delay("1.5"), None);
        assert_eq!(delay("99999999999999999999999"), None);
        assert_eq!(delay("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(delay("Fri, 31 Dec 9999 23:59:59 GMT"), None);
        // A malformed header is ignored.
        for nothing in ["soon", "-1", "", ".", "1.2.3", "1e3"] {
            assert!(
                delay(nothing).is_some_and(|wait| wait <= FIRST_DELAY),
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_date_is_as_long_as_it_is_away() {
        let header = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        let date = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:27 GMT").unwrap();
        assert_eq!(retry_after(&header, date), Some(10 * SECOND));
    }
}
