//! Which servers are trusted: trust stores, and the verdict on a server's certificates and on its name.
//! What a caller is told of a verdict belongs in [`request::failure`](crate::request::failure).
//! The files here import from no other folder.

mod certificates;
mod chains;
mod constraints;
mod elements;
mod handles;
mod identities;
mod keys;
mod names;
mod signatures;
mod stores;
mod verdicts;
mod verifier;

pub use self::chains::set_security_level;
pub use self::handles::Trust;
pub use self::stores::{TrustSources, TrustStore};
pub use self::verdicts::Distrust;
pub use self::verifier::tls_config;
