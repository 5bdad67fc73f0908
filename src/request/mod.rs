//! Requests to a service: from a call to the bytes on the wire, and from them to a response or a failure.
//! Which servers are trusted belongs in [`trust`](crate::trust), and promises and JavaScript errors in `binding`.
//! The files here import from [`trust`](crate::trust), and from no other folder.

pub mod client;
pub mod connector;
pub mod dependency_texts;
pub mod exchange;
pub mod failure;
pub mod lookup;
pub mod path;
pub mod proxy;
pub mod reachability;
pub mod redirect;
pub mod resolver;
pub mod retry;
pub mod route;
pub mod runtime;
pub mod system_error;
pub mod target;
pub mod transport;
