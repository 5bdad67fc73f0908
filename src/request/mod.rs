//! Sends requests to a service: turns a call into bytes on the wire, and the received bytes into a response or a failure.
//!
//! What is ordinary is sent here, by reqwest. Everything else is left to Node's own client, which is the definition: what reqwest
//! would send differently, and each call to which no connection could be made. `binding` creates promises and JavaScript errors.
//!
//! From the top: [`transport`] sends calls, with the rules of [`redirect`] and [`retry`]. [`call`] and [`target`] make a call a
//! request. [`clients`] has the reqwest clients, which connect by [`connect`] and [`proxy`]. [`response`] reads, [`failure`] names
//! what went wrong, and all of it runs on the thread of [`runtime`]. The files of this folder import from no other folder.

pub mod call;
pub mod clients;
pub mod connect;
pub mod failure;
pub mod proxy;
pub mod redirect;
pub mod response;
pub mod retry;
pub mod runtime;
pub mod target;
pub mod transport;
