//! Decides which servers are trusted: holds the trust stores, and verifies a server's certificate chain and name.
//!
//! How a verdict becomes the error that a caller sees is the task of [`request::failure`](crate::request::failure).
//! The files in this folder import from no other folder.

mod certificates;
mod chains;
mod constraints;
mod elements;
mod handles;
mod keys;
mod names;
mod security;
mod server_name;
mod signatures;
mod stores;
mod verdicts;
mod verifier;

pub use self::handles::Trust;
pub use self::security::set_security_level;
pub use self::stores::{TrustSources, TrustStore};
pub use self::verdicts::Distrust;
pub use self::verifier::{Versions, judge, tls_config};
