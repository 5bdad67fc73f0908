//! Opens TLS connections to a server, either directly or through a proxy tunnel.
//!
//! Each connection records the state of the last request on it, which decides whether that request may be sent again.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Extensions, Uri};
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector, HttpInfo};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_service::Service;

use super::failure::Failure;
use super::proxy::Proxy;
use super::resolver::Resolver;
use super::send_error::BoxError;

type Tcp = HttpConnector<Resolver>;

/// The idle time before the first TCP keep-alive probe, and the interval between probes. The connection is closed after
/// `KEEPALIVE_RETRIES` unanswered probes.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;

/// The longest time for which sent data may stay unacknowledged before the system closes the connection.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens the connections of a route.
pub enum Connector {
    /// Connects from this machine to the server.
    Direct(HttpsConnector<Tcp>),
    /// Connects through a proxy tunnel.
    Tunneled(Box<HttpsConnector<Tunnel<HttpsConnector<Tcp>>>>),
}

impl Connector {
    /// Creates a connector that looks up hosts with `resolver` and accepts servers that `tls` trusts. If there is a `proxy`, the
    /// connections go through its tunnel. Fails if the URL of `proxy` is invalid.
    pub fn new(
        resolver: Resolver,
        tls: ClientConfig,
        proxy: Option<&Proxy>,
    ) -> Result<Self, Failure> {
        let tls = Arc::new(tls);
        let tcp = tcp(resolver);
        let Some(proxy) = proxy else {
            return Ok(Self::Direct((tcp, tls).into()));
        };
        let invalid = |_| Failure::new(format!("Invalid URI \"{}\"", proxy.url));
        let uri = proxy.url.as_str().parse().map_err(invalid)?;
        let mut tunnel = Tunnel::new(uri, (tcp, tls.clone()).into());
        if let Some(authorization) = &proxy.authorization {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        Ok(Self::Tunneled(Box::new((tunnel, tls).into())))
    }

    /// Opens a connection to `server`, which is the URI of an origin.
    pub async fn connect(&self, server: Uri) -> Result<Noted, BoxError> {
        match self {
            Self::Direct(connector) => connect(connector.clone(), server).await,
            Self::Tunneled(connector) => connect((**connector).clone(), server).await,
        }
    }
}

fn tcp(resolver: Resolver) -> Tcp {
    let mut tcp = HttpConnector::new_with_resolver(resolver);
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE));
    tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(USER_TIMEOUT));
    tcp
}

async fn connect<C>(mut connector: C, server: Uri) -> Result<Noted, BoxError>
where
    C: Service<Uri, Error = BoxError>,
    C::Response: Read + Write + Connection + Send + Unpin + 'static,
{
    poll_fn(|context| connector.poll_ready(context)).await?;
    Ok(Noted::over(connector.call(server).await?))
}

/// The interface of the connections that [`Noted`] wraps.
trait Transport: AsyncRead + AsyncWrite + Connection + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Connection + Send + Unpin> Transport for T {}

/// A connection that records its traffic in a [`History`].
pub struct Noted {
    transport: Box<dyn Transport>,
    history: History,
}

impl Noted {
    fn over(stream: impl Read + Write + Connection + Send + Unpin + 'static) -> Self {
        Self {
            transport: Box::new(TokioIo::new(stream)),
            history: History::default(),
        }
    }

    /// Returns the record of the connection's traffic.
    pub fn history(&self) -> History {
        self.history.clone()
    }

    /// Returns the address of the peer, which is the proxy if there is one.
    pub fn peer(&self) -> Option<SocketAddr> {
        let mut extensions = Extensions::new();
        self.transport.connected().get_extras(&mut extensions);
        extensions.get().map(HttpInfo::remote_addr)
    }
}

impl AsyncRead for Noted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        buffer: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.transport).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.history.received();
        }
        result
    }
}

impl AsyncWrite for Noted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.history.sent();
        Pin::new(&mut self.transport).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        slices: &[IoSlice],
    ) -> Poll<io::Result<usize>> {
        self.history.sent();
        Pin::new(&mut self.transport).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}

/// The state of the last request on a connection. This state is recorded here because hyper's errors indicate neither whether
/// a connection was used for an earlier request nor whether a part of the response was received.
///
/// At first, it is 0: no request on the connection has received a response.
#[derive(Clone, Default)]
pub struct History(Arc<AtomicU8>);

/// The head of the response to the last request was received. The body may still follow.
const ANSWERED: u8 = 1;
/// Another request was sent after a response, and nothing was received since.
const UNANSWERED: u8 = 2;
/// Bytes were received after that request was sent. They belong to its response or to the response before.
const BEGUN: u8 = 3;

impl History {
    /// Records that the head of a response was received.
    pub fn note_answer(&self) {
        self.0.store(ANSWERED, Ordering::Relaxed);
    }

    /// Returns whether the connection delivered no byte since a request was sent on it after another one.
    pub fn is_stale(&self) -> bool {
        self.0.load(Ordering::Relaxed) == UNANSWERED
    }

    /// Records that a part of a request was sent.
    pub fn sent(&self) {
        self.change(ANSWERED, UNANSWERED);
    }

    fn received(&self) {
        self.change(UNANSWERED, BEGUN);
    }

    /// Changes the state to `to` if it is `from`. The two operations need not be atomic together, because all of them run on
    /// the single thread of the runtime.
    fn change(&self, from: u8, to: u8) {
        if self.0.load(Ordering::Relaxed) == from {
            self.0.store(to, Ordering::Relaxed);
        }
    }
}
