//! The Pusher Platform SDK for Node.js.
//!
//! The core knows nothing of JavaScript. [`instance`] parses the options of an instance, [`token`] issues and verifies tokens,
//! [`request`] sends requests, and [`trust`] decides which servers they may go to. [`interned`] is a table that several of them
//! use. `binding` makes all of this available to Node.js, and is the only module that names Node-API.

#![warn(missing_docs)]
#![deny(unsafe_code)]

pub mod instance;
pub mod interned;
pub mod request;
pub mod token;
pub mod trust;

// Registers itself with Node as the library is loaded, which tests and fuzzers of the core do not have.
#[cfg(not(any(test, fuzzing)))]
#[allow(unsafe_code, reason = "Node-API is a C interface")]
mod binding;
