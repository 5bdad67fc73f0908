//! The description of an error that is thrown in JavaScript, with the message and the properties of Node's own errors.

use std::time::Duration;

use serde::Serialize;

/// The description of an error that is thrown in JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Serialize, thiserror::Error)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Whether the error is a `TypeError` instead of an `Error`.
    pub type_error: bool,
    /// The message of the error. JavaScript appends that of `cause`.
    pub message: String,
    /// The code of the error, such as `ECONNREFUSED`.
    pub code: Option<&'static str>,
    /// The number of the system's error, whose message then is that of the running Node. `message` is for an error unknown to it.
    pub number: Option<i32>,
    /// The name of the system call that failed.
    pub syscall: Option<&'static str>,
    /// The reason why a response is malformed or a TLS connection fails.
    pub reason: Option<String>,
    /// The library that Node reports for a TLS error after the handshake.
    pub library: Option<&'static str>,
}

impl Failure {
    /// Returns the JSON from which JavaScript creates the error.
    pub fn to_json(&self) -> String {
        // Maps with keys that are no strings could not be written, and there are none.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns an `Error` with a message and no other property.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Returns an `Error` with a code and a message.
    pub fn with_code(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            ..Self::new(message)
        }
    }

    /// Returns a `TypeError` with a code and a message.
    pub fn type_error(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            type_error: true,
            ..Self::with_code(code, message)
        }
    }

    /// Returns the failure for a malformed response. `code` and `reason` are those of Node's parser.
    pub fn malformed(code: &'static str, reason: &str) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::with_code(code, format!("Parse Error: {reason}"))
        }
    }

    /// Returns Node's failure for a body that no string of its V8 can hold, which has at most `limit` characters.
    pub fn too_long(limit: usize) -> Self {
        let message = format!("Cannot create a string longer than 0x{limit:x} characters");
        Self::with_code("ERR_STRING_TOO_LONG", message)
    }

    /// Returns the failure for a call that takes longer than its time limit. The message begins with the name of the call.
    pub fn timed_out(call: &str, limit: Duration) -> Self {
        let message = format!("{call} took longer than {} ms", limit.as_millis());
        Self::with_code("ETIMEDOUT", message)
    }
}
