//! Sends requests to a service: turns a call into bytes on the wire, and the received bytes into a response or a failure.
//!
//! What is ordinary is sent here, by reqwest. Everything else is left to Node's own client, which is the definition: what reqwest
//! would send differently, and each call to which no connection could be made. `binding` creates promises and JavaScript errors.
//!
//! From the top: [`transport`] sends calls, with the rules of [`redirect`] and [`retry`]. [`call`] and [`target`] make a call a
//! request. [`clients`] has the reqwest clients, which connect by [`connect`] and [`proxy`]. [`response`] reads, [`failure`] names
//! what went wrong, and all of it runs on the thread of [`runtime`]. The files of this folder import from no other folder.

pub mod call;
#[cfg(not(target_family = "wasm"))]
pub mod clients;
#[cfg(not(target_family = "wasm"))]
pub mod connect;
#[cfg(not(target_family = "wasm"))]
pub mod describe;
pub mod exchange;
pub mod failure;
pub mod proxy;
pub mod redirect;
#[cfg(not(target_family = "wasm"))]
pub mod response;
pub mod retry;
#[cfg(not(target_family = "wasm"))]
pub mod roots;
pub mod route;
#[cfg(not(target_family = "wasm"))]
pub mod runtime;
pub mod target;
#[cfg(not(target_family = "wasm"))]
pub mod transport;
