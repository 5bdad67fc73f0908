//! The errors of requests, as the dependencies report them.

use std::error::Error;

/// An error of the dependencies that open connections.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The reason why a request got no response.
pub enum SendError {
    /// No connection could be opened.
    Connect(BoxError),
    /// The connection failed.
    Exchange {
        /// The reason that hyper reports.
        error: hyper::Error,
        /// Whether the connection was reused, and delivered no byte after the request was sent.
        is_stale: bool,
    },
}

impl SendError {
    /// Returns the error of the dependencies.
    pub fn cause(&self) -> &(dyn Error + 'static) {
        match self {
            Self::Connect(error) => &**error,
            Self::Exchange { error, .. } => error,
        }
    }

    /// Returns whether the error occurred on a reused connection that delivered no byte after the request was sent.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Exchange { is_stale: true, .. })
    }
}
