//! Sends requests over HTTP/1.1 connections, and keeps the idle connections of a route for later requests.
//!
//! hyper-util's client does the same, but takes more CPU time for a request, as `cargo bench --bench floor` shows: it prepares to
//! open a connection even if an idle one serves the request, and gives each connection back in a task of its own.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::connector::{Connector, History};
use super::send_error::SendError;
use super::target::Origin;

/// The maximum number of idle connections to a server, which is that of Node's agents (`maxFreeSockets`). More connections may
/// be open during a burst, because each request that finds no idle connection opens a new one.
const MAX_IDLE: usize = 256;

/// The time after which an idle connection is closed.
const IDLE: Duration = Duration::from_secs(90);

/// The maximum number of header lines in a response. No real server is expected to send more; hyper's default is 100.
const MAX_HEADERS: usize = 512;

/// A handle to the connections of a route. When the last handle is dropped, the pending requests complete, and the idle connections
/// are closed after the last of them.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    connector: Connector,
    /// Connections may be released on another thread than that of the runtime.
    runtime: Handle,
    /// The task that sweeps the pool. It holds memory, and would sleep on for a while after the pool was dropped.
    sweeper: OnceLock<AbortHandle>,
    servers: Mutex<HashMap<Origin, Server>>,
}

/// The connections to one server that serve no request, and the requests that could use one.
#[derive(Default)]
struct Server {
    /// The idle connections, each with the time since when it is idle. The last one is the most recently used.
    idle: Vec<(Connection, Instant)>,
    /// The requests for which new connections are being opened. A connection that becomes idle earlier serves them.
    waiting: VecDeque<oneshot::Sender<Connection>>,
}

/// An open connection, which serves one request at a time.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    history: History,
    peer: Option<SocketAddr>,
    is_reused: bool,
}

/// A response whose body has not been read, and the connection on which it arrives.
pub struct Answer {
    /// The head of the response, and its body.
    pub response: Response<Incoming>,
    /// The connection, which is to be released once `response` has been read or dropped.
    pub lease: Lease,
}

/// A connection that is in use.
pub struct Lease {
    connection: Connection,
    server: Origin,
    pool: Arc<Shared>,
}

impl Pool {
    /// Creates a pool of connections that `connector` opens. Panics outside of the runtime.
    pub fn new(connector: Connector) -> Self {
        let shared = Arc::new(Shared {
            connector,
            runtime: Handle::current(),
            sweeper: OnceLock::new(),
            servers: Mutex::default(),
        });
        let sweeper = tokio::spawn(sweep(Arc::downgrade(&shared)));
        let _ = shared.sweeper.set(sweeper.abort_handle());
        Self(shared)
    }

    /// Sends `request` to `server`, and waits for the head of the response.
    pub async fn send(
        &self,
        server: &Origin,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Answer, SendError> {
        loop {
            let connection = self.0.connection(server).await?;
            let is_reused = connection.is_reused;
            request = match self.exchange(server, connection, request).await {
                // The idle connection was closed before it accepted the request.
                Err((_, Some(unsent))) if is_reused => unsent,
                result => return result.map_err(|(error, _)| error),
            };
        }
    }

    /// Sends `request` to `server` on a new connection, and waits for the head of the response.
    pub async fn send_anew(
        &self,
        server: &Origin,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, SendError> {
        let connection = self.0.connect(server).await?;
        let result = self.exchange(server, connection, request).await;
        result.map_err(|(error, _)| error)
    }

    /// Sends `request` on `connection`. An error comes with the request if no byte of it was sent.
    async fn exchange(
        &self,
        server: &Origin,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, (SendError, Option<Request<Full<Bytes>>>)> {
        match connection.sender.try_send_request(request).await {
            Ok(response) => {
                connection.history.note_answer();
                Ok(Answer {
                    response,
                    lease: Lease {
                        connection,
                        server: server.clone(),
                        pool: self.0.clone(),
                    },
                })
            }
            Err(mut failed) => {
                let unsent = failed.take_message();
                let error = SendError::Exchange {
                    error: failed.into_error(),
                    is_stale: connection.history.is_stale(),
                };
                Err((error, unsent))
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(sweeper) = self.sweeper.get() {
            sweeper.abort();
        }
    }
}

impl Shared {
    /// Returns an idle connection, or else the first connection that is opened or becomes idle.
    async fn connection(self: &Arc<Self>, server: &Origin) -> Result<Connection, SendError> {
        match self.take_or_wait(server) {
            Ok(connection) => Ok(connection),
            // The box keeps the future of most requests, which find an idle connection, small.
            Err(idle) => Box::pin(self.first(server, idle)).await,
        }
    }

    /// Opens a connection, and returns it, or the one that `idle` receives if that is earlier.
    async fn first(
        self: &Arc<Self>,
        server: &Origin,
        mut idle: oneshot::Receiver<Connection>,
    ) -> Result<Connection, SendError> {
        let (pool, origin) = (self.clone(), server.clone());
        let mut new = Box::pin(async move { pool.connect(&origin).await });
        let first = poll_fn(|context| match Pin::new(&mut idle).poll(context) {
            Poll::Ready(Ok(connection)) => Poll::Ready(Ok((connection, true))),
            _ => new.as_mut().poll(context).map_ok(|new| (new, false)),
        });
        let first = first.await;
        drop(idle);
        if let Ok((_, true)) = first {
            // The new connection is kept for later requests.
            let (pool, server) = (self.clone(), server.clone());
            tokio::spawn(async move {
                if let Ok(connection) = new.await {
                    pool.put(server, connection);
                }
            });
        } else {
            self.tidy(server);
        }
        first.map(|(connection, _)| connection)
    }

    /// Returns an idle connection, or else a receiver of the next one.
    fn take_or_wait(&self, server: &Origin) -> Result<Connection, oneshot::Receiver<Connection>> {
        let mut servers = self.servers();
        let Server { idle, waiting } = servers.entry(server.clone()).or_default();
        while let Some((connection, since)) = idle.pop() {
            if connection.sender.is_ready() && since.elapsed() < IDLE {
                return Ok(connection);
            }
        }
        drop_closed(waiting);
        let (sender, receiver) = oneshot::channel();
        waiting.push_back(sender);
        Err(receiver)
    }

    /// Passes a connection that has become idle to a waiting request, or keeps it.
    fn put(&self, server: Origin, mut connection: Connection) {
        connection.is_reused = true;
        let mut servers = self.servers();
        let Server { idle, waiting } = servers.entry(server).or_default();
        while let Some(request) = waiting.pop_front() {
            match request.send(connection) {
                Ok(()) => return,
                Err(unused) => connection = unused,
            }
        }
        if idle.len() < MAX_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    /// Removes what a request leaves behind that waited for a connection and got another one or none.
    fn tidy(&self, server: &Origin) {
        let mut servers = self.servers();
        if let Some(Server { idle, waiting }) = servers.get_mut(server) {
            drop_closed(waiting);
            if idle.is_empty() && waiting.is_empty() {
                servers.remove(server);
            }
        }
    }

    /// Opens a connection.
    async fn connect(&self, server: &Origin) -> Result<Connection, SendError> {
        let stream = self.connector.connect(server.uri().clone()).await;
        let stream = stream.map_err(SendError::Connect)?;
        let (history, peer) = (stream.history(), stream.peer());
        let failed = |error| SendError::Exchange {
            error,
            is_stale: false,
        };
        let mut builder = Builder::new();
        builder.max_headers(MAX_HEADERS);
        let (mut sender, connection) = builder
            .handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        let (reason, ended) = oneshot::channel();
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                let _ = reason.send(error);
            }
        });
        // Of a connection that ends immediately, the sender reports only that it is closed.
        if let Err(closed) = sender.ready().await {
            return Err(failed(ended.await.unwrap_or(closed)));
        }
        Ok(Connection {
            sender,
            history,
            peer,
            is_reused: false,
        })
    }

    /// Closes the connections that have been idle for too long, and forgets the servers to which no connection is left.
    fn sweep(&self) {
        self.servers().retain(|_, Server { idle, waiting }| {
            idle.retain(|(connection, since)| {
                connection.sender.is_ready() && since.elapsed() < IDLE
            });
            waiting.retain(|request| !request.is_closed());
            !idle.is_empty() || !waiting.is_empty()
        });
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<Origin, Server>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes the requests at the front that no longer wait, such as those that were aborted.
fn drop_closed(waiting: &mut VecDeque<oneshot::Sender<Connection>>) {
    while waiting.front().is_some_and(oneshot::Sender::is_closed) {
        waiting.pop_front();
    }
}

/// Sweeps `pool` at intervals until it is dropped.
async fn sweep(pool: Weak<Shared>) {
    loop {
        tokio::time::sleep(IDLE).await;
        match pool.upgrade() {
            Some(pool) => pool.sweep(),
            None => return,
        }
    }
}

impl Answer {
    /// Drops the body unread. The connection serves later requests if hyper can take the rest of the body in one read, and is closed
    /// otherwise.
    pub fn discard(self) {
        drop(self.response);
        self.lease.release();
    }
}

impl Lease {
    /// Returns the address of the peer, which is the proxy if there is one.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.connection.peer
    }

    /// Returns the connection to the pool once it can serve another request.
    pub fn release(self) {
        let Self {
            mut connection,
            server,
            pool,
        } = self;
        if connection.sender.is_ready() {
            pool.put(server, connection);
        } else {
            pool.runtime.clone().spawn(async move {
                if connection.sender.ready().await.is_ok() {
                    pool.put(server, connection);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::resolver::Resolver;
    use crate::trust::{Versions, tls_config};
    use tokio::io::DuplexStream;
    use url::Url;

    /// Calls `test` with an empty pool and a server, in a runtime whose time passes only when everything waits for it.
    fn with_pool<F: Future<Output = ()>>(test: impl FnOnce(Arc<Shared>, Origin) -> F) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let tls = tls_config(None, Versions::default()).unwrap();
            let Pool(shared) = Pool::new(Connector::new(Resolver::new(None), tls, None).unwrap());
            let url = Url::parse("https://localhost").unwrap();
            test(shared, Origin::of(&url).unwrap()).await;
        });
    }

    /// Returns an open connection, and its other end, whose drop closes it.
    async fn connection() -> (Connection, DuplexStream) {
        let (near, far) = tokio::io::duplex(1024);
        let (mut sender, driver) = Builder::new().handshake(TokioIo::new(near)).await.unwrap();
        tokio::spawn(driver);
        sender.ready().await.unwrap();
        let connection = Connection {
            sender,
            history: History::default(),
            peer: None,
            is_reused: false,
        };
        (connection, far)
    }

    #[test]
    fn a_waiting_request_gets_the_next_idle_connection() {
        with_pool(|pool, server| async move {
            let gone = pool.take_or_wait(&server).err().unwrap();
            let waiting = pool.take_or_wait(&server).err().unwrap();
            drop(gone);
            let (connection, _far) = connection().await;
            pool.put(server.clone(), connection);
            assert!(waiting.await.unwrap().is_reused);
            assert!(pool.take_or_wait(&server).is_err());
            pool.tidy(&server);
            assert!(pool.servers().is_empty());
        });
    }

    #[test]
    fn the_connection_that_was_used_last_is_used_first_unless_it_is_closed() {
        with_pool(|pool, server| async move {
            let (first, _far) = connection().await;
            let (second, end) = connection().await;
            // Marks the connection.
            first.history.note_answer();
            first.history.sent();
            pool.put(server.clone(), first);
            pool.put(server.clone(), second);
            drop(end);
            // This passes once all tasks wait, and so the connection's task has seen the end.
            tokio::time::sleep(Duration::from_millis(1)).await;
            let taken = pool.take_or_wait(&server).ok().unwrap();
            assert!(taken.history.is_stale());
        });
    }

    #[test]
    fn no_more_are_kept_than_the_limit() {
        with_pool(|pool, server| async move {
            let mut ends = Vec::new();
            for _ in 0..MAX_IDLE + 2 {
                let (connection, far) = connection().await;
                pool.put(server.clone(), connection);
                ends.push(far);
            }
            assert_eq!(pool.servers()[&server].idle.len(), MAX_IDLE);
        });
    }

    #[test]
    fn a_connection_is_closed_after_its_time_and_its_server_forgotten() {
        with_pool(|pool, server| async move {
            let (connection, _far) = connection().await;
            pool.put(server.clone(), connection);
            tokio::time::sleep(IDLE - Duration::from_secs(1)).await;
            assert!(pool.servers().contains_key(&server));
            tokio::time::sleep(IDLE).await;
            assert!(pool.servers().is_empty());
        });
    }

    #[test]
    fn a_connection_that_was_idle_for_too_long_serves_nothing() {
        with_pool(|pool, server| async move {
            let (connection, _far) = connection().await;
            tokio::time::sleep(IDLE / 2).await;
            pool.put(server.clone(), connection);
            // The sweep at `IDLE` comes too early for this one.
            tokio::time::sleep(IDLE).await;
            assert!(pool.servers().contains_key(&server));
            assert!(pool.take_or_wait(&server).is_err());
        });
    }
}
