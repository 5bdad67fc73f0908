//! Functions that fail on purpose, for tests. Only debug builds have them, which are never published; binding.d.ts omits them.

use std::sync::atomic::{AtomicI64, Ordering};

use napi::{Error, Result};
use napi_derive::napi;

/// Panics in a call from JavaScript.
#[napi(catch_unwind, skip_typescript)]
pub fn panic_in_call() {
    panic!("on purpose");
}

/// The ticket whose outcome cannot be unpacked, or a number that is no ticket.
static REFUSED: AtomicI64 = AtomicI64::new(-1);

/// Has the outcome under `ticket` fail when it is unpacked.
#[napi(catch_unwind, skip_typescript)]
pub fn fail_to_unpack(ticket: i64) {
    REFUSED.store(ticket, Ordering::Relaxed);
}

/// Fails if the outcome under `ticket` is to fail.
pub fn refuse_to_unpack(ticket: i64) -> Result<()> {
    if ticket == REFUSED.load(Ordering::Relaxed) {
        return Err(Error::from_reason("on purpose"));
    }
    Ok(())
}
