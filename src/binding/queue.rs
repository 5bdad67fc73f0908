//! Delivers outcomes to JavaScript through one thread-safe function per environment, whatever the number of requests.
//!
//! Outcomes collect in a queue. The first outcome in an empty queue wakes the environment as soon as no other task is ready, and the
//! environment then takes all outcomes of the queue, 64 at a time as the arguments of a function.
//!
//! While requests are pending, the queue keeps the event loop alive, and holds the JavaScript function that receives the outcomes.
//! Otherwise it holds that function weakly, because the function holds the JavaScript module that sends requests, which a program
//! may load many times. The queue closes when the module is collected, or when the environment ends.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use napi::bindgen_prelude::{ToNapiValue, Unknown};
use napi::{Env, Error, JsValue, Result, check_status, sys};
use napi_derive::napi;
use slab::Slab;

use super::value::Latin1;
use crate::request::call::TrustStore;
use crate::request::failure::Failure;
use crate::request::proxy::ProxyVariables;
use crate::request::response::{self, Response};
use crate::request::route::{Environment, Versions};
use crate::request::runtime;
use crate::request::transport::{Outcome, SendError};

/// The number of arguments that an outcome takes.
const STRIDE: usize = 4;

/// The highest number of outcomes that are passed by one call of JavaScript.
const MAX_DELIVERED: usize = 64;

thread_local! {
    /// The queues by handle. The checks by which napi unwraps an object of a class cost several times as much as this look-up.
    static QUEUES: RefCell<Slab<Inner>> = const { RefCell::new(Slab::new()) };
}

/// Calls `work` with the queue that `handle` stands for.
pub fn with<R>(handle: u32, work: impl FnOnce(&Inner) -> Result<R>) -> Result<R> {
    QUEUES.with_borrow(|queues| match queues.get(handle as usize) {
        Some(queue) => work(queue),
        None => Err(Error::from_reason("The native object is gone")),
    })
}

/// The queue of one environment. Functions such as `cancel` take its handle, as long as JavaScript keeps this object.
#[napi]
pub struct Queue(u32);

impl Drop for Queue {
    fn drop(&mut self) {
        // While the thread ends, the table may already have been destroyed.
        let _ = QUEUES.try_with(|queues| queues.borrow_mut().try_remove(self.0 as usize));
    }
}

/// The state of a queue.
pub struct Inner {
    shared: Arc<Shared>,
    environment: RefCell<Arc<Environment>>,
}

struct Shared {
    /// The number by which the runtime knows the owner of the queue's requests.
    owner: u64,
    /// The JavaScript function that receives the outcomes.
    deliver: Reference,
    /// The number of requests whose outcomes JavaScript has not received. Only the environment's thread uses it.
    pending: AtomicUsize,
    /// The thread-safe function, or `None` once the queue is closed. A call during the tear-down of the environment would abort
    /// the process (nodejs/node #58484).
    function: Mutex<Option<Function>>,
    /// The outcomes that are ready. They have a separate lock, because the lock of `function` is held during the system call
    /// that wakes the environment, whose thread then needs the outcomes.
    ready: Mutex<Ready>,
}

static OWNERS: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy)]
struct Function(sys::napi_threadsafe_function);

// SAFETY: a thread-safe function may be called from any thread.
unsafe impl Send for Function {}

/// A reference to a JavaScript function, which only the thread of `env` uses.
struct Reference {
    env: sys::napi_env,
    raw: sys::napi_ref,
}

// SAFETY: other threads own a `Reference`, but only functions that run on the thread of `env` use one.
unsafe impl Send for Reference {}
// SAFETY: as above.
unsafe impl Sync for Reference {}

#[napi]
impl Queue {
    /// Creates the queue of an environment. `deliver` receives outcomes, each of which takes four arguments: ticket,
    /// status, head and body. The head consists of parts that are each ended by a NUL: the number of attempts, the minor version
    /// of HTTP, the reason phrase, the count of header names and values together, the header names and values, and the trailer
    /// names and values. If the outcome is a failure, the status is 0, the head holds only the number of attempts, and the body
    /// is the failure as JSON text. If the request is left to Node's own client, the status is 1, the head holds only the number
    /// of the attempt, and the body is the time since the call began, in milliseconds, a space and the reason.
    /// The caller keeps `deliver` as long as it uses the queue. If `deliver` throws, it receives the same outcomes again, one at a time,
    /// and a failure in place of one for which it throws again; it ignores tickets that it has served.
    #[napi(
        catch_unwind,
        constructor,
        ts_args_type = "deliver: (...outcomes: unknown[]) => void"
    )]
    pub fn new(env: Env, deliver: Unknown) -> Result<Self> {
        let queue = Inner {
            shared: open(env.raw(), deliver.raw())?,
            environment: RefCell::default(),
        };
        let handle = QUEUES.with_borrow_mut(|queues| queues.insert(queue));
        Ok(Self(handle as u32))
    }

    /// The number by which other functions take this queue.
    #[napi(catch_unwind, getter)]
    pub fn handle(&self) -> u32 {
        self.0
    }

    /// Sets how the environment sends requests from now on. `noProxy` and `proxy` are the values of the proxy variables, and
    /// `acceptsInvalidCertificates` turns off the verification of servers.
    #[napi(catch_unwind)]
    pub fn configure(
        &self,
        no_proxy: String,
        proxy: String,
        accepts_invalid_certificates: bool,
    ) -> Result<()> {
        self.change(|environment| {
            environment.proxies = ProxyVariables { no_proxy, proxy };
            environment.accepts_invalid_certificates = accepts_invalid_certificates;
        })
    }

    /// Sets which root certificates, in PEM, the environment trusts from now on, and which versions of TLS may be negotiated.
    #[napi(catch_unwind)]
    pub fn trust(&self, roots: String, tls12: bool, tls13: bool) -> Result<()> {
        self.change(|environment| {
            environment.trust = TrustStore::new(roots);
            environment.versions = Versions { tls12, tls13 };
        })
    }

    /// Sets the limits for the size of the header lines and of the body of a response in bytes, for all environments.
    #[napi(catch_unwind)]
    pub fn limit(&self, header_size: u32, body_size: u32) {
        response::set_limits(header_size as usize, body_size as usize);
    }

    fn change(&self, change: impl FnOnce(&mut Environment)) -> Result<()> {
        with(self.0, |queue| {
            change(Arc::make_mut(&mut queue.environment.borrow_mut()));
            Ok(())
        })
    }
}

/// Aborts a request that is no longer needed, and closes its connection. An outcome is still delivered under `ticket`.
#[napi(catch_unwind)]
pub fn cancel(queue: u32, ticket: i64) -> Result<()> {
    with(queue, |queue| {
        runtime::abort((queue.shared.owner, ticket));
        Ok(())
    })
}

/// Panics in a task of the runtime, in place of a request, for tests.
#[cfg(debug_assertions)]
#[napi(catch_unwind, skip_typescript)]
pub fn panic_in_task(queue: u32, ticket: i64) -> Result<()> {
    with(queue, |queue| {
        queue.spawn(ticket, || async { panic!("on purpose") })
    })
}

impl Inner {
    /// Returns the settings with which the environment sends requests.
    pub fn environment(&self) -> Arc<Environment> {
        self.environment.borrow().clone()
    }

    /// Runs the future that `work` returns on the runtime. An outcome is delivered under `ticket`, even if it panics. JavaScript
    /// must use each ticket only once.
    pub fn spawn<F: Future<Output = Outcome> + Send>(
        &self,
        ticket: i64,
        work: impl FnOnce() -> F + Send + 'static,
    ) -> Result<()> {
        self.shared.begin()?;
        let pending = Pending {
            shared: Some(self.shared.clone()),
            ticket,
        };
        if let Err(error) = runtime::start() {
            pending.deliver(Outcome::from(Err(
                Failure::of_system("connect", &error).into()
            )));
            return Ok(());
        }
        runtime::run((self.shared.owner, ticket), move || async move {
            let wake = pending.deliver(work().await);
            if wake.is_some() {
                // The environment takes the outcomes of the tasks that are ready as well.
                runtime::after_ready_tasks().await;
            }
        });
        Ok(())
    }
}

impl Drop for Inner {
    /// Closes the queue when JavaScript has collected it, unless the environment has ended before.
    fn drop(&mut self) {
        let Some(Function(function)) = self.shared.close() else {
            return;
        };
        let hook = Arc::as_ptr(&self.shared);
        let Reference { env, raw } = self.shared.deliver;
        // SAFETY: since the queue was open until now, this is the environment's thread, the environment has not ended, and `hook` is
        // the strong reference that `open` gave to the hook. Node-API does not call the function any more.
        unsafe {
            sys::napi_remove_env_cleanup_hook(env, Some(end), hook.cast_mut().cast());
            Arc::decrement_strong_count(hook);
            sys::napi_delete_reference(env, raw);
            sys::napi_release_threadsafe_function(
                function,
                sys::ThreadsafeFunctionReleaseMode::abort,
            );
        }
    }
}

/// Locks `mutex`, even if it is poisoned: a panic while a lock is held leaves no inconsistent state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A pending request. Dropping it delivers a failure, whatever has ended the request.
struct Pending {
    /// The queue of the request, until the outcome is delivered.
    shared: Option<Arc<Shared>>,
    ticket: i64,
}

impl Pending {
    fn deliver(mut self, outcome: Outcome) -> Option<Wake> {
        self.shared.take()?.deliver(self.ticket, outcome)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            let failure = Failure::new("Internal error: the request was dropped");
            shared.deliver(self.ticket, Outcome::from(Err(failure.into())));
        }
    }
}

/// Wakes the environment when it is dropped, even if the task that holds it is aborted.
struct Wake(Arc<Shared>);

impl Drop for Wake {
    fn drop(&mut self) {
        self.0.wake();
    }
}

impl Shared {
    /// Counts a request that begins. With the first, the queue keeps the event loop and its JavaScript function alive.
    fn begin(&self) -> Result<()> {
        if self.pending.load(Ordering::Relaxed) == 0
            && let Some(Function(function)) = *lock(&self.function)
        {
            let Reference { env, raw } = self.deliver;
            // SAFETY: this runs on the environment's own thread, and the queue is open.
            unsafe {
                check_status!(sys::napi_reference_ref(env, raw, ptr::null_mut()))?;
                check_status!(sys::napi_ref_threadsafe_function(env, function))?;
            }
        }
        self.pending.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Counts requests whose outcomes JavaScript has received. After the last, the queue lets the event loop end and its JavaScript
    /// function be collected.
    fn end(&self, count: usize) {
        if self.pending.fetch_sub(count, Ordering::Relaxed) == count
            && let Some(Function(function)) = *lock(&self.function)
        {
            let Reference { env, raw } = self.deliver;
            // SAFETY: this runs on the environment's own thread, and the queue is open. Neither call fails then.
            unsafe {
                sys::napi_unref_threadsafe_function(env, function);
                sys::napi_reference_unref(env, raw, ptr::null_mut());
            }
        }
    }

    /// Aborts all requests, and prevents further calls of the thread-safe function. Returns the function if the queue was open.
    fn close(&self) -> Option<Function> {
        let function = lock(&self.function).take()?;
        *lock(&self.ready) = Ready::default();
        runtime::abort_all(self.owner);
        Some(function)
    }

    /// Adds an outcome to the queue. Returns what wakes the environment when it is dropped, if this is the first outcome. This usually
    /// runs on the runtime's thread, which has allocated the parts of the outcome, and so frees them fastest.
    fn deliver(self: Arc<Self>, ticket: i64, outcome: Outcome) -> Option<Wake> {
        // The main thread waits for the lock below, so that what takes long is done before.
        let Outcome {
            attempts,
            elapsed,
            result,
        } = outcome;
        let result = result.map_err(|error| match error {
            SendError::Failure(failure) => (0, Bytes::from(failure.to_json())),
            SendError::LeftToNode(reason) => {
                (1, format!("{} {reason}", elapsed.as_millis()).into())
            }
        });
        let is_ascii = match &result {
            Ok(response) => response.body.is_ascii(),
            Err((_, text)) => text.is_ascii(),
        };
        let is_first = {
            let mut ready = lock(&self.ready);
            ready.push(ticket, attempts, result, is_ascii);
            ready.outcomes.len() == 1
        };
        is_first.then(|| Wake(self))
    }

    /// Wakes the environment, which takes the outcomes that are ready.
    fn wake(&self) {
        let function = lock(&self.function);
        if let Some(Function(function)) = *function {
            // SAFETY: the function is still open, because `close` removes it under the lock that is held here.
            unsafe {
                sys::napi_call_threadsafe_function(
                    function,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }
}

/// Opens a queue whose outcomes the JavaScript function `deliver` receives.
fn open(env: sys::napi_env, deliver: sys::napi_value) -> Result<Arc<Shared>> {
    let mut raw = ptr::null_mut();
    let mut function = ptr::null_mut();
    // SAFETY: `env` and `deliver` belong to the call that is being served. The thread-safe function and the hook each own a strong
    // reference to `shared`, which `finalize` and either `end` or the `Drop` of `Inner` release. Node-API has added a hook of its
    // own for the function before `end` is added, and cleanup hooks run in reverse order.
    unsafe {
        check_status!(sys::napi_create_reference(env, deliver, 0, &mut raw))?;
        let shared = Arc::new(Shared {
            owner: OWNERS.fetch_add(1, Ordering::Relaxed),
            deliver: Reference { env, raw },
            pending: AtomicUsize::new(0),
            function: Mutex::default(),
            ready: Mutex::default(),
        });
        let context = Arc::as_ptr(&shared).cast_mut().cast::<c_void>();
        let name = ToNapiValue::to_napi_value(env, "pusher-platform")?;
        check_status!(sys::napi_create_threadsafe_function(
            env,
            ptr::null_mut(),
            ptr::null_mut(),
            name,
            0,
            1,
            ptr::null_mut(),
            Some(finalize),
            context,
            Some(wake),
            &mut function,
        ))?;
        Arc::increment_strong_count(context.cast::<Shared>());
        check_status!(sys::napi_unref_threadsafe_function(env, function))?;
        check_status!(sys::napi_add_env_cleanup_hook(env, Some(end), context))?;
        Arc::increment_strong_count(context.cast::<Shared>());
        *lock(&shared.function) = Some(Function(function));
        Ok(shared)
    }
}

/// Closes a queue when the environment ends.
unsafe extern "C" fn end(context: *mut c_void) {
    // SAFETY: the hook owns this strong reference and runs at most once, on the environment's thread, before Node-API ends the
    // environment.
    unsafe {
        let shared = Arc::from_raw(context.cast_const().cast::<Shared>());
        if shared.close().is_some() {
            sys::napi_delete_reference(shared.deliver.env, shared.deliver.raw);
        }
    }
}

/// Releases the strong reference of the thread-safe function, which Node-API does not use any more.
unsafe extern "C" fn finalize(_env: sys::napi_env, _data: *mut c_void, context: *mut c_void) {
    // SAFETY: `open` created this strong reference for the function, and Node-API finalizes the function once.
    drop(unsafe { Arc::from_raw(context.cast_const().cast::<Shared>()) });
}

/// Passes all outcomes that are ready to JavaScript. Node-API runs this on the environment's thread.
unsafe extern "C" fn wake(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _data: *mut c_void,
) {
    // Node-API passes a null `env` if the environment is gone.
    if env.is_null() {
        return;
    }
    // SAFETY: the thread-safe function owns a strong reference until it is finalized.
    let shared = unsafe { &*context.cast_const().cast::<Shared>() };
    let ready = std::mem::take(&mut *lock(&shared.ready));
    let count = ready.outcomes.len();
    // The previous call may have taken the outcomes for which this call was made.
    if count == 0 {
        return;
    }
    // SAFETY: `env` is alive during this call. The queue is open, because Node-API calls this function neither after `Inner` has
    // aborted the thread-safe function nor, with an `env`, after the cleanup hooks. So `deliver` is a reference still.
    let delivered = unsafe { receive(env, shared.deliver.raw, ready) };
    if delivered > 0 {
        shared.end(delivered);
    }
}

/// Calls the function that `deliver` refers to with all outcomes of `ready`. Returns the number of outcomes, or of failures in their
/// place, that it has taken.
///
/// # Safety
/// `env` must be alive, `deliver` must be a reference of `env`, and the caller must be on its thread.
unsafe fn receive(env: sys::napi_env, deliver: sys::napi_ref, ready: Ready) -> usize {
    let Ready { outcomes, texts } = ready;
    let mut outcomes = outcomes.into_iter();
    let mut arguments = Vec::with_capacity(outcomes.len().min(MAX_DELIVERED) * STRIDE);
    let mut delivered = 0;
    let mut function = ptr::null_mut();
    let mut receiver = ptr::null_mut();
    // SAFETY: the caller guarantees that `env` and `deliver` are alive, and each value belongs to `env`.
    unsafe {
        sys::napi_get_reference_value(env, deliver, &mut function);
        sys::napi_get_undefined(env, &mut receiver);
        let call = |arguments: &[sys::napi_value]| call(env, receiver, function, arguments);
        while outcomes.len() > 0 {
            arguments.clear();
            for outcome in outcomes.by_ref().take(MAX_DELIVERED) {
                let (ticket, head) = (outcome.ticket, outcome.head.clone());
                let values = unpack(env, outcome, &texts)
                    .or_else(|error| failed(env, ticket, &texts[head], error.reason));
                // Without memory for the few words of a failure, nothing can be delivered.
                if let Ok(values) = values {
                    arguments.extend(values);
                }
            }
            match call(&arguments) {
                Ok(()) => delivered += arguments.len() / STRIDE,
                Err(_) => delivered += one_by_one(env, &arguments, call),
            }
        }
    }
    delivered
}

/// Delivers outcomes one at a time with `call`, since `deliver` has thrown for one of them. It is given a failure in place of one for
/// which it throws again. What it throws for the failure is an uncaught exception. Returns the number of outcomes that it has taken.
///
/// # Safety
/// `env` must be alive, and the caller must be on its thread.
unsafe fn one_by_one(
    env: sys::napi_env,
    arguments: &[sys::napi_value],
    call: impl Fn(&[sys::napi_value]) -> std::result::Result<(), sys::napi_value>,
) -> usize {
    let mut delivered = 0;
    let mut thrown = None;
    for outcome in arguments.chunks_exact(STRIDE) {
        let result = call(outcome).or_else(|exception| {
            let failure = Failure::new("Internal error: the outcome could not be delivered");
            // SAFETY: the caller guarantees that `env` is alive.
            let values = unsafe {
                let status = ToNapiValue::to_napi_value(env, 0);
                status.and_then(|status| {
                    Ok((status, body(env, failure.to_json().as_bytes(), false)?))
                })
            };
            // Only the first part of the head of a failure is read.
            values.map_or(Err(exception), |(status, text)| {
                call(&[outcome[0], status, outcome[2], text])
            })
        });
        match result {
            Ok(()) => delivered += 1,
            Err(exception) => thrown = Some(exception),
        }
    }
    if let Some(exception) = thrown.filter(|exception| !exception.is_null()) {
        // SAFETY: the caller guarantees that `env` is alive, and the exception is a value of this call.
        unsafe { sys::napi_fatal_exception(env, exception) };
    }
    delivered
}

/// Calls a function. Fails with what it has thrown, or with a null pointer if it could not be called because the environment ends.
///
/// # Safety
/// `env` must be alive, the values must belong to it, and the caller must be on its thread.
unsafe fn call(
    env: sys::napi_env,
    receiver: sys::napi_value,
    function: sys::napi_value,
    arguments: &[sys::napi_value],
) -> std::result::Result<(), sys::napi_value> {
    let mut result = ptr::null_mut();
    let mut exception = ptr::null_mut();
    let mut is_pending = false;
    // SAFETY: the caller guarantees that `env` is alive and that the values belong to it.
    unsafe {
        let status = sys::napi_call_function(
            env,
            receiver,
            function,
            arguments.len(),
            arguments.as_ptr(),
            &mut result,
        );
        if status == sys::Status::napi_ok {
            return Ok(());
        }
        sys::napi_is_exception_pending(env, &mut is_pending);
        if is_pending {
            sys::napi_get_and_clear_last_exception(env, &mut exception);
        }
    }
    Err(exception)
}

/// The outcomes that are ready. Their texts share one buffer, because the main thread frees it, and memory that another thread has
/// allocated is slow to free.
#[derive(Default)]
struct Ready {
    outcomes: Vec<Packed>,
    texts: Vec<u8>,
}

/// An outcome as [`Queue::new`] describes it.
struct Packed {
    ticket: i64,
    status: u16,
    /// The place of the head in the texts.
    head: Range<usize>,
    body: PackedBody,
    /// Whether the body is ASCII, from which V8 makes strings faster.
    is_ascii: bool,
}

enum PackedBody {
    /// The place of a short body in the texts.
    Short(Range<usize>),
    Long(Bytes),
}

impl Ready {
    /// The length up to which copying a body costs less than freeing it on another thread.
    const SHORT: usize = 4096;

    /// Adds an outcome: `status` is that of a response, or what else the outcome is, and `body` its text.
    fn push(
        &mut self,
        ticket: i64,
        attempts: u32,
        result: std::result::Result<Response, (u16, Bytes)>,
        is_ascii: bool,
    ) {
        let texts = &mut self.texts;
        // Most heads and bodies together have less than a kilobyte.
        texts.reserve(1024);
        let start = texts.len();
        push_part(texts, itoa::Buffer::new().format(attempts).as_bytes());
        let (status, body) = match result {
            Ok(response) => {
                push_head(texts, &response);
                (response.status, response.body)
            }
            Err((status, text)) => (status, text),
        };
        let head = start..texts.len();
        let body = if body.len() <= Self::SHORT {
            texts.extend_from_slice(&body);
            PackedBody::Short(head.end..texts.len())
        } else {
            PackedBody::Long(body)
        };
        self.outcomes.push(Packed {
            ticket,
            status,
            head,
            body,
            is_ascii,
        });
    }
}

/// Creates the values of an outcome that `deliver` receives.
///
/// # Safety
/// `env` must be alive, and the caller must be on its thread.
unsafe fn unpack(
    env: sys::napi_env,
    packed: Packed,
    texts: &[u8],
) -> Result<[sys::napi_value; STRIDE]> {
    #[cfg(debug_assertions)]
    super::faults::refuse_to_unpack(packed.ticket)?;
    let head = &texts[packed.head];
    let bytes = match &packed.body {
        PackedBody::Short(place) => &texts[place.clone()],
        PackedBody::Long(bytes) => bytes,
    };
    // SAFETY: the caller guarantees that `env` is alive, and each value is created in `env`.
    unsafe {
        Ok([
            ToNapiValue::to_napi_value(env, packed.ticket)?,
            ToNapiValue::to_napi_value(env, u32::from(packed.status))?,
            ToNapiValue::to_napi_value(env, Latin1(head))?,
            // Only the body can be too large for a string.
            body(env, bytes, packed.is_ascii)?,
        ])
    }
}

/// Creates the values of a failure in place of an outcome with this `head`. Whatever is wrong with an outcome must fail its own
/// request and no other.
///
/// # Safety
/// `env` must be alive, and the caller must be on its thread.
unsafe fn failed(
    env: sys::napi_env,
    ticket: i64,
    head: &[u8],
    reason: String,
) -> Result<[sys::napi_value; STRIDE]> {
    let attempts = head.split_inclusive(|&byte| byte == 0).next();
    let failure = Failure::new(reason).to_json();
    // SAFETY: the caller guarantees that `env` is alive, and each value is created in `env`.
    unsafe {
        Ok([
            ToNapiValue::to_napi_value(env, ticket)?,
            ToNapiValue::to_napi_value(env, 0)?,
            ToNapiValue::to_napi_value(env, Latin1(attempts.unwrap_or_default()))?,
            body(env, failure.as_bytes(), false)?,
        ])
    }
}

/// Appends the parts of the head of `response`, which [`Queue::new`] describes.
fn push_head(head: &mut Vec<u8>, response: &Response) {
    let mut push = |part: &[u8]| push_part(head, part);
    push(if response.http10 { b"0" } else { b"1" });
    push(&response.reason);
    push(
        itoa::Buffer::new()
            .format(response.headers.len() * 2)
            .as_bytes(),
    );
    for (name, value) in response.headers.iter().chain(&response.trailers) {
        push(name.as_str().as_bytes());
        push(value.as_bytes());
    }
}

/// Appends `part` and a NUL, which no part can contain.
fn push_part(head: &mut Vec<u8>, part: &[u8]) {
    head.extend_from_slice(part);
    head.push(0);
}

/// Creates the string of a body that is decoded as UTF-8, with replacement characters in place of invalid sequences.
///
/// # Safety
/// `env` must be alive, and the caller must be on its thread.
unsafe fn body(env: sys::napi_env, bytes: &[u8], is_ascii: bool) -> Result<sys::napi_value> {
    if is_ascii {
        // SAFETY: the caller guarantees that `env` is alive.
        return unsafe { ToNapiValue::to_napi_value(env, Latin1(bytes)) };
    }
    let mut value = ptr::null_mut();
    // SAFETY: the pointer and the length belong to one slice. V8 replaces bytes that are not UTF-8.
    let status = unsafe {
        sys::napi_create_string_utf8(env, bytes.as_ptr().cast(), bytes.len() as isize, &mut value)
    };
    check_status!(status, "The body is longer than a string can be")?;
    Ok(value)
}
