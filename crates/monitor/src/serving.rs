//! Accepts connections and answers the requests on them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::access::{self, Access, Peer};
use crate::connections::{ConnectionHandle, Connections};
use crate::error::MonitorError;
use crate::limits::{HEAD_BYTES, ServerLimits};
use crate::metrics::HttpMetrics;
use crate::observe;
use crate::patience::Patient;
use crate::refusal::HttpRefusal;
use crate::stopper::Stopper;
use crate::strict;
use crate::watched::WatchedBody;

/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 4096;
/// The bytes of an answer that the operating system buffers for its reader. By default it buffers megabytes for each reader,
/// and a slow reader's progress would then show only every few minutes.
const SEND_BYTES: u32 = 256 << 10;
/// The pause after the operating system ran out of resources for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// The time in seconds after which a client may repeat a request that the server could not answer.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// Headers of every answer. They tell browsers to use its declared type, to load nothing from other hosts, and not to show it
/// inside another page.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-ancestors 'none'; \
             form-action 'self'; base-uri 'none'",
        ),
    ),
];

/// The header that tells browsers to use HTTPS only. It is valid for a day, because the next server at this address may speak
/// HTTP.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=86400");

/// A listener and its router.
pub(crate) struct Serving {
    pub(crate) listener: TcpListener,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) router: Router,
    pub(crate) limits: ServerLimits,
    /// The number of open connections.
    pub(crate) connections: Gauge,
}

/// A connection in the number of open ones.
struct CountedConnection(Gauge);

/// An accepted connection.
struct AcceptedConnection {
    stream: TcpStream,
    peer: SocketAddr,
    handle: Arc<ConnectionHandle>,
    counted: CountedConnection,
}

/// Speaks HTTP on one connection.
struct Speaker {
    router: Router,
    limits: ServerLimits,
    /// Ends the connection after its current answer when the server is told to stop.
    watcher: Watcher,
}

/// Wraps a site's routes in the layers that every request passes: log-in, access, compression, panics, clear requests, headers, log
/// and metrics.
pub(crate) fn guard(site: Router, access: &Arc<Access>, metrics: &HttpMetrics) -> Router {
    let missing = async |request: Request| {
        HttpRefusal::missing(format!(
            "path: found {:?}, allowed are /, /login, /monitor, /monitor_email",
            request.uri().path()
        ))
    };
    site.merge(access::router(Arc::clone(access)))
        .fallback(missing)
        .layer(middleware::from_fn_with_state(Arc::clone(access), access::admit))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn(survive))
        .layer(middleware::from_fn(strict::refuse_unclear))
        .layer(middleware::map_response_with_state(access.secure, harden))
        .layer(middleware::from_fn_with_state(metrics.clone(), observe::observe))
}

/// Listens on an address. Call it inside a Tokio runtime.
///
/// # Errors
/// If the operating system refuses.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // An earlier server may have used this address until a moment ago.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections inherit this size from the listener.
    socket.set_send_buffer_size(SEND_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Stops the server on SIGINT and SIGTERM.
///
/// # Errors
/// If the operating system does not let the process handle these signals.
#[cfg(unix)]
pub(crate) fn hear_signals(stopper: Stopper) -> Result<(), MonitorError> {
    use tokio::signal::unix::{SignalKind, signal};
    let hear = |kind| signal(kind).map_err(|source| MonitorError::System { what: "listen for signals", source });
    let [mut interrupt, mut terminate] = [hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?];
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => stopper.stop(),
                _ = terminate.recv() => stopper.stop(),
            }
        }
    });
    Ok(())
}

/// Stops the server on an interrupt.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub(crate) fn hear_signals(stopper: Stopper) -> Result<(), MonitorError> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            stopper.stop();
        }
    });
    Ok(())
}

impl Serving {
    /// Accepts connections and answers until the server is told to stop. Then closes all connections except those with an answer in
    /// progress to a request with the right password, and finishes these answers, up to a limit of time or until the server is told to
    /// stop again. `note_waiting` is called with the number of these answers if there are any.
    pub(crate) async fn run(self, mut stopped: watch::Receiver<u32>, note_waiting: impl FnOnce(usize)) {
        let connections = Connections::new(&self.limits);
        let answers = GracefulShutdown::new();
        loop {
            let connection = tokio::select! {
                connection = self.accept(&connections) => connection,
                // The server may have been told to stop before it ran.
                _ = stopped.wait_for(|times| *times > 0) => break,
            };
            let acceptor = self.acceptor.clone();
            let speaker = Speaker { router: self.router.clone(), limits: self.limits, watcher: answers.watcher() };
            tokio::spawn(answer(connection, acceptor, speaker, stopped.clone()));
        }
        // From now on the operating system refuses connections, so that clients know at once.
        drop(self.listener);
        let waiting = connections.stop();
        if waiting > 0 {
            note_waiting(waiting);
        }
        tokio::select! {
            () = answers.shutdown() => {}
            () = sleep(self.limits.end) => {}
            _ = stopped.wait_for(|times| *times > 1) => {}
        }
    }

    /// Accepts the next connection, and waits until there is room for it.
    async fn accept(&self, connections: &Arc<Connections>) -> AcceptedConnection {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    let counted = CountedConnection::new(&self.connections);
                    let handle = connections.open(peer.ip()).await;
                    return AcceptedConnection { stream, peer, handle, counted };
                }
                // The client has already closed the connection.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // The operating system has no resources until another connection ends.
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

/// Answers on one connection until it ends, or until it gives way to another one. Errors on it come from its client, end the
/// connection and are not reported.
async fn answer(
    connection: AcceptedConnection,
    acceptor: Option<TlsAcceptor>,
    speaker: Speaker,
    stopped: watch::Receiver<u32>,
) {
    let handle = Arc::clone(&connection.handle);
    tokio::select! {
        () = converse(connection, acceptor, speaker, stopped) => {}
        () = handle.closed() => {}
    }
}

/// Answers on one connection until it ends.
async fn converse(
    connection: AcceptedConnection,
    acceptor: Option<TlsAcceptor>,
    speaker: Speaker,
    mut stopped: watch::Receiver<u32>,
) {
    let AcceptedConnection { stream, peer, handle, counted } = connection;
    // Sends small answers at once. If the operating system cannot do that, they are only delayed.
    let _ = stream.set_nodelay(true);
    let limits = speaker.limits;
    let stream = Patient::new(stream, limits.stall, Arc::clone(&handle));
    match acceptor {
        None => speaker.speak(stream, peer, handle).await,
        Some(acceptor) => {
            let shaken = tokio::select! {
                shaken = timeout(limits.handshake, acceptor.accept(stream)) => shaken,
                _ = stopped.wait_for(|times| *times > 0) => return,
            };
            match shaken {
                Ok(Ok(stream)) => speaker.speak(stream, peer, handle).await,
                Ok(Err(error)) => {
                    tracing::info!(peer = %peer.ip(), error = error.to_string(), "the TLS handshake failed")
                }
                Err(_) => tracing::info!(peer = %peer.ip(), "the TLS handshake took too long"),
            }
        }
    }
    drop(counted);
}

impl CountedConnection {
    fn new(connections: &Gauge) -> CountedConnection {
        connections.inc();
        CountedConnection(connections.clone())
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Speaker {
    /// Speaks HTTP on a stream until it ends.
    async fn speak<S>(self, stream: S, peer: SocketAddr, handle: Arc<ConnectionHandle>)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let router = TowerToHyperService::new(self.router);
        let (stream, conflict) = strict::watch(stream);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            request.extensions_mut().insert(conflict.clone());
            request.extensions_mut().insert(Arc::clone(&handle));
            let (guard, answering) = (handle.ask(), router.call(request));
            async move { answering.await.map(|answer| answer.map(|body| WatchedBody { body, watcher: guard })) }
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(self.limits.head).max_buf_size(HEAD_BYTES);
        let spoken = self.watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await;
        if let Err(error) = spoken
            && error.is_parse()
        {
            tracing::info!(peer = %peer.ip(), error = error.to_string(), "a request was refused");
        }
    }
}

/// Answers with an error if a handler panics. The panic has already written its message to the standard error.
async fn survive(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| HttpRefusal::failed("the server failed; see its log").into_response())
}

/// Adds the headers of every answer.
async fn harden(State(is_https): State<bool>, mut response: Response) -> Result<Response, Infallible> {
    if is_https {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
