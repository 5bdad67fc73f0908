//! The Pusher Platform SDK for Node.js.
//!
//! The core knows nothing of JavaScript: [`locator`] and [`key`] parse what an instance is made from,
//! [`authenticator`] issues tokens and [`refresh_token`] verifies them, [`client`] turns a call into an HTTP request,
//! which [`transport`] sends. `binding` is the only module that names Node-API.

#![warn(missing_docs)]
#![deny(unsafe_code)]

pub mod authenticator;
pub mod base64url;
pub mod client;
pub mod connector;
pub mod dependency_texts;
pub mod exchange;
pub mod failure;
pub mod hmac;
pub mod instance;
pub mod interned;
pub mod json;
pub mod key;
pub mod locator;
pub mod lookup;
pub mod path;
pub mod proxy;
pub mod reachability;
pub mod redirect;
pub mod refresh_token;
pub mod resolver;
pub mod retry;
pub mod route;
pub mod runtime;
pub mod sdk_info;
pub mod system_error;
pub mod target;
pub mod transport;
pub mod trust;
pub mod trusts;

// Registers itself with Node as the library is loaded, which tests and fuzzers of the core do not have.
#[cfg(not(any(test, fuzzing)))]
#[allow(unsafe_code, reason = "Node-API is a C interface")]
mod binding;
