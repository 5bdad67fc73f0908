//! The options of an instance, with their locator and key.
//! Issuing tokens belongs in [`token`](crate::token), and sending requests in [`request`](crate::request).
//! The files here import from no other folder.

pub mod key;
pub mod locator;
pub mod options;
