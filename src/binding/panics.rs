//! Functions that panic on purpose, for tests. Only debug builds have them, which are never published; binding.d.ts omits them.

use napi::Result;
use napi_derive::napi;

use super::queue;

/// Panics in a task of the runtime, in place of a request.
#[napi(catch_unwind, skip_typescript)]
pub fn panic_in_task(queue: u32, ticket: i64) -> Result<()> {
    queue::with(queue, |queue| {
        queue.spawn(ticket, || async { panic!("on purpose") })
    })
}

/// Panics in a call from JavaScript.
#[napi(catch_unwind, skip_typescript)]
pub fn panic_in_call() {
    panic!("on purpose");
}
