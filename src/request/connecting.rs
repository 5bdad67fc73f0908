//! Opens no more connections than requests wait for.
//!
//! A request that finds no idle connection starts to open one, and takes another that comes free before. hyper then opens the
//! first to its end all the same, and so do all requests that begin meanwhile: one connection that ends makes dozens of new ones.

use std::cell::Cell;
use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// The longest time for which a request waits for a connection that is being opened for others, which may hang. It is that of RFC
/// 8305, section 5, after which a client tries the next address.
const PATIENCE: Duration = Duration::from_millis(250);

/// The requests of a client that wait for a connection, and the connections that are being opened.
#[derive(Default)]
pub struct Demand {
    waiting: AtomicUsize,
    opening: AtomicUsize,
    has_changed: Notify,
}

tokio::task_local! {
    /// The demand of the client that sends the request of this task, and whether it has opened a connection for the request.
    static SENDING: (Arc<Demand>, Cell<bool>);
}

/// Has `sent` open its connection by [`on_demand`], and returns whether it did.
pub async fn with_demand<T>(demand: &Arc<Demand>, sent: impl Future<Output = T>) -> (T, bool) {
    let counted = async { (sent.await, SENDING.with(|(_, has_opened)| has_opened.get())) };
    SENDING
        .scope((demand.clone(), Cell::new(false)), counted)
        .await
}

/// Opens a connection by `connecting` once more requests wait for one than are being opened. Fails if the request that wants it
/// has found another one before: hyper then goes on with this future outside the task of the request.
pub async fn on_demand<C>(
    connecting: impl Future<Output = Result<C, Box<dyn Error + Send + Sync>>>,
) -> Result<C, Box<dyn Error + Send + Sync>> {
    let is_served = || SENDING.try_with(|_| ()).is_err();
    let demand = SENDING.try_with(|(demand, _)| demand.clone())?;
    let mut waiting = Some(Counted::new(&demand, |demand| &demand.waiting));
    let mut turn = pin!(timeout(PATIENCE, demand.turn()));
    poll_fn(|context| match turn.as_mut().poll(context) {
        Poll::Pending if is_served() => Poll::Ready(Err("The request has found a connection")),
        turn => turn.map(|_| Ok(())),
    })
    .await?;
    let _opening = Counted::new(&demand, |demand| &demand.opening);
    let mut connecting = pin!(connecting);
    let connection = poll_fn(|context| {
        if is_served() {
            waiting = None;
        }
        connecting.as_mut().poll(context)
    })
    .await?;
    let _ = SENDING.try_with(|(_, has_opened)| has_opened.set(true));
    Ok(connection)
}

impl Demand {
    /// Waits until more requests wait for a connection than are being opened.
    async fn turn(&self) {
        loop {
            let change = self.has_changed.notified();
            let [opening, waiting] = [&self.opening, &self.waiting];
            if opening.load(Ordering::Relaxed) < waiting.load(Ordering::Relaxed) {
                return;
            }
            change.await;
        }
    }
}

/// A request or a connection that is counted as long as this value lives.
struct Counted {
    demand: Arc<Demand>,
    number: fn(&Demand) -> &AtomicUsize,
}

impl Counted {
    fn new(demand: &Arc<Demand>, number: fn(&Demand) -> &AtomicUsize) -> Self {
        number(demand).fetch_add(1, Ordering::Relaxed);
        Self {
            demand: demand.clone(),
            number,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.number)(&self.demand).fetch_sub(1, Ordering::Relaxed);
        self.demand.has_changed.notify_waiters();
    }
}
