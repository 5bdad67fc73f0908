//! Sends requests to a service: turns a call into bytes on the wire, and the received bytes into a response or a failure.
//!
//! [`trust`](crate::trust) decides which servers are trusted, and `binding` creates promises and JavaScript errors.
//! The files of this folder import from [`trust`](crate::trust), but from no other folder.

pub mod client;
pub mod connector;
pub mod dependency_texts;
pub mod exchange;
pub mod failure;
pub mod header_lines;
pub mod lookup;
pub mod path;
pub mod pool;
pub mod proxy;
pub mod reachability;
pub mod redirect;
pub mod resolver;
pub mod retry;
pub mod route;
pub mod runtime;
pub mod send_error;
pub mod system_error;
pub mod target;
pub mod transport;
