//! Runs requests on one thread, which lives as long as the process, and what blocks on others.
//!
//! In measurements, one thread is faster than two threads and than tokio's default, because one thread leaves the other cores to
//! JavaScript and the server. Tasks are handed over through a channel, because spawning from another thread costs a system call
//! for each task.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::future::poll_fn;
use std::io;
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::task::Poll;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// The identifier of a task: the number of its owner, and a number that the owner gives to this task and to no other.
pub type Id = (u64, i64);

enum Command {
    /// Calls a function on the thread, which spawns a task.
    Run(Box<dyn FnOnce() + Send>),
    Abort(Id),
    AbortAll(u64),
}

static COMMANDS: OnceLock<UnboundedSender<Command>> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// Starts the thread if it does not run yet. Fails if the system refuses the thread; a later call may succeed.
pub fn start() -> io::Result<()> {
    if COMMANDS.get().is_some() {
        return Ok(());
    }
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if COMMANDS.get().is_none() {
        // No other thread sets `COMMANDS` while this thread holds the lock.
        let _ = COMMANDS.set(spawn_thread()?);
    }
    Ok(())
}

/// Runs the future that `work` returns as the task `id` on the thread. It is dropped if it panics or is aborted, or if [`start`]
/// has not succeeded before. The thread itself makes the future, which is larger than what it is made from.
pub fn run<F: Future<Output = ()> + Send>(id: Id, work: impl FnOnce() -> F + Send + 'static) {
    command(Command::Run(Box::new(move || spawn(id, work))));
}

/// Drops the task `id` if it has not ended.
pub fn abort(id: Id) {
    command(Command::Abort(id));
}

/// Drops all tasks of `owner` that have not ended.
pub fn abort_all(owner: u64) {
    command(Command::AbortAll(owner));
}

fn command(command: Command) {
    if let Some(commands) = COMMANDS.get() {
        // Sending cannot fail, because the receiver lives as long as the process.
        let _ = commands.send(command);
    }
}

fn spawn_thread() -> io::Result<UnboundedSender<Command>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // The system is asked for events after this number of polls of tasks. With tokio's 61, a burst of responses is read in more
        // pieces, each of which wakes JavaScript.
        .event_interval(512)
        .build()?;
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::Builder::new()
        .name("pusher-platform".into())
        .spawn(move || runtime.block_on(obey(receiver)))?;
    Ok(sender)
}

/// The error for a thread that the system refuses. Node would end the process for want of the thread.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ThreadRefused(#[from] pub io::Error);

/// How many more threads may block.
static FREE: LazyLock<Semaphore> = LazyLock::new(|| {
    let size = std::env::var_os("UV_THREADPOOL_SIZE");
    Semaphore::new(pool_size(size.as_deref().and_then(OsStr::to_str)))
});

/// Returns how many threads block at most, by the value of UV_THREADPOOL_SIZE: as many as in Node (libuv's src/threadpool.c,
/// `init_threads`, which reads the number by `atoi`).
fn pool_size(value: Option<&str>) -> usize {
    const DEFAULT: usize = 4;
    const MAX: u32 = 1024;
    let Some(value) = value else {
        return DEFAULT;
    };
    let value = value.trim_start_matches(|c: char| c == ' ' || ('\t'..='\r').contains(&c));
    let is_negative = value.starts_with('-');
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let end = digits.find(|c: char| !c.is_ascii_digit());
    let number: i64 = match &digits[..end.unwrap_or(digits.len())] {
        "" => 0,
        digits => digits.parse().unwrap_or(i64::MAX),
    };
    // In C, a `long` becomes an `int`, and then an `unsigned int`.
    let number = if is_negative { -number } else { number } as i32 as u32;
    number.clamp(1, MAX) as usize
}

/// Calls `work`, which blocks, on a thread of its own. tokio's threads for that would panic if the system refused one.
pub async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ThreadRefused> {
    // The semaphore is never closed.
    let permit = FREE.acquire().await.ok();
    let (sender, result) = oneshot::channel();
    std::thread::Builder::new()
        .name("pusher-lookup".into())
        .spawn(move || {
            // The work goes on, and its thread counts, even if nobody waits for the result any more.
            let _permit = permit;
            let _ = sender.send(work());
        })?;
    // Without a result, the work has panicked.
    result.await.map_err(|error| io::Error::other(error).into())
}

thread_local! {
    /// The running tasks. Only the runtime's thread uses this table.
    static RUNNING: RefCell<BTreeMap<Id, AbortHandle>> = RefCell::default();
}

/// Lets the tasks run that are ready. Unlike tokio's `yield_now`, this does not ask the system for events before it returns.
pub async fn after_ready_tasks() {
    let mut has_waited = false;
    poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn obey(mut commands: UnboundedReceiver<Command>) {
    while let Some(command) = commands.recv().await {
        match command {
            Command::Run(spawn) => spawn(),
            Command::Abort(id) => RUNNING.with_borrow(|running| {
                if let Some(task) = running.get(&id) {
                    task.abort();
                }
            }),
            Command::AbortAll(owner) => RUNNING.with_borrow(|running| {
                let tasks = running.range((owner, i64::MIN)..=(owner, i64::MAX));
                tasks.for_each(|(_, task)| task.abort());
            }),
        }
    }
}

fn spawn<F: Future<Output = ()> + Send>(id: Id, work: impl FnOnce() -> F + Send + 'static) {
    // The guard is made here, because a task that is aborted before it runs never runs its first line.
    let running = Running(id);
    let task = tokio::spawn(async move {
        let _running = running;
        work().await;
    });
    RUNNING.with_borrow_mut(|running| running.insert(id, task.abort_handle()));
}

/// A guard that removes the task's entry from `RUNNING` when the task completes, panics or is aborted.
struct Running(Id);

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.with_borrow_mut(|running| running.remove(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::sync::mpsc;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(30);

    /// A guard that sends its name when it is dropped.
    struct Dropped(mpsc::Sender<&'static str>, &'static str);

    impl Drop for Dropped {
        fn drop(&mut self) {
            let _ = self.0.send(self.1);
        }
    }

    #[test]
    fn the_size_of_the_pool_is_read_as_by_libuv() {
        let sizes = [
            (None, 4),
            (Some("12"), 12),
            (Some(" +7 threads"), 7),
            (Some(""), 1),
            (Some("0"), 1),
            (Some("many"), 1),
            (Some("-1"), 1024),
            (Some("2000"), 1024),
            (Some("4294967298"), 2),
            (Some("99999999999999999999"), 1024),
        ];
        for (value, size) in sizes {
            assert_eq!(pool_size(value), size, "{value:?}");
        }
    }

    #[test]
    fn a_panic_ends_one_task_alone() {
        start().unwrap();
        let (sender, dropped) = mpsc::channel();
        let first = Dropped(sender.clone(), "first");
        run((1, 1), || async move {
            let _first = first;
            panic!("on purpose");
        });
        let second = Dropped(sender, "second");
        run((1, 2), || async move { drop(second) });
        assert_eq!(dropped.recv_timeout(LONG), Ok("first"));
        assert_eq!(dropped.recv_timeout(LONG), Ok("second"));
    }

    #[test]
    fn a_task_that_is_aborted_before_it_runs_leaves_no_entry() {
        start().unwrap();
        let (sender, is_left) = mpsc::channel();
        run((4, 1), || async move {
            spawn((4, 2), pending::<()>);
            RUNNING.with_borrow(|running| running[&(4, 2)].abort());
            tokio::task::yield_now().await;
            let _ = sender.send(RUNNING.with_borrow(|running| running.contains_key(&(4, 2))));
        });
        assert_eq!(is_left.recv_timeout(LONG), Ok(false));
    }

    #[test]
    fn only_what_is_aborted_is_dropped() {
        start().unwrap();
        let (sender, dropped) = mpsc::channel();
        for (owner, name) in [(2, "two"), (3, "three")] {
            let guard = Dropped(sender.clone(), name);
            run((owner, 1), || async move {
                let _guard = guard;
                pending::<()>().await;
            });
        }
        abort((3, 2));
        abort((3, 1));
        assert_eq!(dropped.recv_timeout(LONG), Ok("three"));
        abort_all(2);
        assert_eq!(dropped.recv_timeout(LONG), Ok("two"));
    }
}
