//! The Pusher Platform SDK for Node.js.
//!
//! The core does not depend on JavaScript. [`instance`] parses the options of an instance, [`token`] issues and verifies tokens,
//! and [`request`] sends requests. [`interned`] is a table that several of these modules use. `binding` makes the core available
//! to Node.js, and is the only module that uses Node-API.

#![warn(missing_docs)]
#![deny(unsafe_code)]

pub mod instance;
pub mod interned;
pub mod request;
pub mod token;

// This module registers itself with Node when the library is loaded. Tests and fuzz targets of the core run without Node.
#[cfg(not(any(test, fuzzing, target_family = "wasm")))]
#[allow(unsafe_code, reason = "Node-API is a C interface")]
mod binding;

#[cfg(target_family = "wasm")]
#[allow(unsafe_code, reason = "JavaScript writes to the memory of the module")]
#[path = "binding/wasm.rs"]
mod wasm;
