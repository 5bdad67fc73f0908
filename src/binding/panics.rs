//! Panics on purpose, for the tests. They are in debug builds alone, which are never published, and in no types.

use napi::Result;
use napi_derive::napi;

use super::queue;

/// Panics in a task of the runtime, in place of a request's.
#[napi(catch_unwind, skip_typescript)]
pub fn panic_in_task(queue: u32, ticket: u32) -> Result<()> {
    queue::with(queue, |queue| {
        queue.spawn(ticket, async { panic!("on purpose") });
        Ok(())
    })
}

/// Panics in a call.
#[napi(catch_unwind, skip_typescript)]
pub fn panic_in_call() {
    panic!("on purpose");
}
