//! Serving: accepts connections and answers on them.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::access::{self, Access, Peer};
use crate::error::MonitorError;
use crate::limits::ServerLimits;
use crate::patience::Patient;
use crate::refusal::HttpRefusal;
use crate::stopper::Stopper;

/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 4096;
/// The bytes of an answer that the system buffers for its reader. Left to itself it would buffer megabytes for each
/// reader, and would tell of a slow one's progress only every so many minutes.
const SEND_BYTES: u32 = 256 << 10;
/// The most bytes of a request's head.
const HEAD_BYTES: usize = 64 << 10;
/// The pause after the system had no more room for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Headers of every answer. They tell browsers to keep to its type, to load nothing from elsewhere, and to show it in no
/// other page.
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

/// A listener and its router.
pub(crate) struct Serving {
    pub(crate) listener: TcpListener,
    pub(crate) acceptor: Option<TlsAcceptor>,
    pub(crate) router: Router,
    pub(crate) limits: ServerLimits,
}

/// One connection that has been accepted.
struct AcceptedConnection {
    stream: TcpStream,
    peer: SocketAddr,
    /// Holds one of the connections that the limits allow.
    permit: Option<OwnedSemaphorePermit>,
}

/// Speaks HTTP on one connection.
struct Speaker {
    router: Router,
    limits: ServerLimits,
    /// Ends the connection after its answer once the server has been told to stop.
    watcher: Watcher,
}

/// Puts what every request passes before and around a site's routes: who may come in, and what every answer has.
pub(crate) fn guard(site: Router, access: &Arc<Access>) -> Router {
    let missing = async |request: Request| {
        HttpRefusal::missing(format!(
            "found {:?}, allowed are /, /login, /monitor and /monitor_email",
            request.uri().path()
        ))
    };
    site.merge(access::router(Arc::clone(access)))
        .fallback(missing)
        .layer(middleware::from_fn_with_state(Arc::clone(access), access::admit))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn(survive))
        .layer(middleware::map_response(harden))
}

/// A listener on an address. It needs a runtime around it.
///
/// # Errors
/// If the system refuses.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Another run may have listened here until a moment ago.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections have it from the listener.
    socket.set_send_buffer_size(SEND_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Lets an interrupt or a request to terminate stop a server.
///
/// # Errors
/// If the system refuses to tell of them.
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

/// Lets an interrupt stop a server.
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
    /// Accepts and answers until it is told to stop, and then lets answers that have begun end.
    pub(crate) async fn run(self, mut stopped: watch::Receiver<u32>) {
        let room = Arc::new(Semaphore::new(self.limits.connections));
        let answers = GracefulShutdown::new();
        loop {
            let connection = tokio::select! {
                connection = self.accept(&room) => connection,
                // What was said before it ran counts too.
                _ = stopped.wait_for(|times| *times > 0) => break,
            };
            let acceptor = self.acceptor.clone();
            let speaker = Speaker { router: self.router.clone(), limits: self.limits, watcher: answers.watcher() };
            tokio::spawn(answer(connection, acceptor, speaker, stopped.clone()));
        }
        // From here on connections are refused, so that a client knows at once.
        drop(self.listener);
        tokio::select! {
            () = answers.shutdown() => {}
            () = sleep(self.limits.end) => {}
            _ = stopped.wait_for(|times| *times > 1) => {}
        }
    }

    /// The next connection, once there is room for it.
    async fn accept(&self, room: &Arc<Semaphore>) -> AcceptedConnection {
        // The semaphore is never closed, so a permit always comes.
        let permit = Arc::clone(room).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return AcceptedConnection { stream, peer, permit },
                // The client has gone again.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                // The system has no room until another connection has ended.
                Err(_) => sleep(PAUSE).await,
            }
        }
    }
}

/// Answers on one connection until it ends. What goes wrong on it is its client's doing and ends with it.
async fn answer(
    connection: AcceptedConnection,
    acceptor: Option<TlsAcceptor>,
    speaker: Speaker,
    mut stopped: watch::Receiver<u32>,
) {
    let AcceptedConnection { stream, peer, permit } = connection;
    // Small answers go out at once. Where the system does not know how, they go out later.
    let _ = stream.set_nodelay(true);
    let limits = speaker.limits;
    let stream = Patient::new(stream, limits.stall);
    match acceptor {
        None => speaker.speak(stream, peer).await,
        Some(acceptor) => {
            let shaken = tokio::select! {
                shaken = timeout(limits.handshake, acceptor.accept(stream)) => shaken,
                _ = stopped.wait_for(|times| *times > 0) => return,
            };
            if let Ok(Ok(stream)) = shaken {
                speaker.speak(stream, peer).await;
            }
        }
    }
    drop(permit);
}

impl Speaker {
    /// Speaks HTTP on a stream until it ends.
    async fn speak<S>(self, stream: S, peer: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer.ip()));
            router.call(request)
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(self.limits.head).max_buf_size(HEAD_BYTES);
        let _ = self.watcher.watch(builder.serve_connection(TokioIo::new(stream), service)).await;
    }
}

/// Answers for a handler that panicked. The message went to the standard error when it happened.
async fn survive(request: Request, next: Next) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_| HttpRefusal::failed("the server failed; what it was doing is in its log").into_response())
}

/// Adds to an answer what every answer says to browsers.
async fn harden(mut response: Response) -> Result<Response, Infallible> {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
