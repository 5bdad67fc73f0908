//! Sends requests to a service: turns a call into bytes on the wire, and the received bytes into a response or a failure.
//!
//! What is ordinary is sent here, by reqwest. Everything else is left to Node's own client, which is the definition: what reqwest
//! would send in another way, and what TLS or a proxy refuses. `binding` creates promises and JavaScript errors.
//! The files of this folder import from no other folder.

pub mod client;
pub mod clients;
pub mod connecting;
pub mod dependency_texts;
pub mod failure;
pub mod header_lines;
pub mod lookup;
pub mod path;
pub mod proxy;
pub mod redirect;
pub mod response;
pub mod retry;
pub mod runtime;
pub mod system_error;
pub mod target;
pub mod transport;
pub mod trust;
