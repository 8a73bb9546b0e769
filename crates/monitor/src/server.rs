//! The server: listens, and answers requests until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tollgate_history::{History, Host, LineKind};
use tollgate_wording::{counted, duration};

use crate::access::{Access, Password};
use crate::error::MonitorError;
use crate::limits::{METRICS_CONNECTIONS, ServerLimits};
use crate::metrics::{self, HttpMetrics};
use crate::serving::{Serving, hear_signals};
use crate::site::Site;
use crate::stopper::Stopper;
use crate::tls::{Tls, TlsSource, machine_name};
use crate::{page, routes, serving};

/// The settings of a server.
#[derive(Debug)]
pub struct ServerSettings {
    /// The address to listen on. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// The name of the user who may log in.
    pub user: String,
    /// The user's password.
    pub password: Password,
    /// The source of the certificate for HTTPS. Without one, the server speaks HTTP.
    pub tls: Option<TlsSource>,
    /// The number of bytes of finished exports that are kept: small ones in memory, others on disk.
    pub cache_bytes: u64,
    /// The address to listen on for metrics and the health check, which need no password.
    pub metrics: Option<SocketAddr>,
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Tls>,
    router: Router,
    limits: ServerLimits,
    stopper: Stopper,
    /// Receives the lines for people.
    host: Host,
    http_metrics: HttpMetrics,
    metrics: Option<MetricsListener>,
}

/// The listener for metrics, and its router.
#[derive(Debug)]
struct MetricsListener {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    /// Listens, so that the address is known, but does not answer yet. From now on SIGINT and SIGTERM stop the server: they
    /// make [`Server::run`] return instead of ending the process.
    ///
    /// # Errors
    /// If the server cannot listen on the address, or the certificate cannot be read or made.
    pub fn bind(history: History, settings: ServerSettings) -> Result<Server, MonitorError> {
        let ServerSettings { listen, user, password, tls, cache_bytes, metrics } = settings;
        let appliances = history.scenario().appliances.iter();
        let names = appliances.map(|appliance| format!("{}.localhost", appliance.name)).chain(machine_name()).collect();
        let tls = tls.map(|source| Tls::new(&source, listen.ip(), names)).transpose()?;
        let access = Arc::new(Access::new(&user, &password, tls.is_some())?);
        let host = history.host().clone();
        let site = Arc::new(Site::new(history, cache_bytes));
        let http_metrics = HttpMetrics::new(access.failed_logins.clone());
        let routes = Router::new().merge(routes::router()).merge(page::router()).with_state(Arc::clone(&site));
        let router = serving::guard(routes, &access, &http_metrics);

        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|source| MonitorError::System { what: "start threads", source })?;
        let stopper = Stopper::new();
        let entered = runtime.enter();
        // Before listening, because a client that knows the address may send a signal at once.
        hear_signals(stopper.clone())?;
        let (listener, address) = bind_at("--listen", listen)?;
        let metrics = metrics.map(|listen| {
            let (listener, address) = bind_at("--metrics", listen)?;
            Ok::<_, MonitorError>(MetricsListener { listener, address, router: metrics::router(site, &http_metrics) })
        });
        let metrics = metrics.transpose()?;
        drop(entered);
        let limits = ServerLimits::default();
        Ok(Server { runtime, listener, address, tls, router, limits, stopper, host, http_metrics, metrics })
    }

    /// The same server with other limits.
    pub fn with_limits(self, limits: ServerLimits) -> Server {
        Server { limits, ..self }
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the server, such as `http://127.0.0.1:8080/`. If the server listens on all addresses, the URL is one for this machine.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        if self.address.ip().is_unspecified() {
            return format!("{scheme}://localhost:{}/", self.address.port());
        }
        format!("{scheme}://{}/", self.address)
    }

    /// The SHA-256 fingerprint of the certificate, if the server speaks HTTPS.
    pub fn fingerprint(&self) -> Option<&str> {
        self.tls.as_ref().map(|tls| tls.fingerprint.as_str())
    }

    /// The URL of the metrics, such as `http://127.0.0.1:9100/metrics`, if there are any.
    pub fn metrics_url(&self) -> Option<String> {
        self.metrics.as_ref().map(|metrics| format!("http://{}/metrics", metrics.address))
    }

    /// The certificate in PEM format, without its key, if it was made for this run.
    pub fn made_certificate(&self) -> Option<&str> {
        self.tls.as_ref().and_then(|tls| tls.made_pem.as_deref())
    }

    /// A handle that stops the server from another thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Answers requests until the process gets SIGINT or SIGTERM, or the stopper is used. Then closes all connections except those with
    /// an answer in progress to a request with the right password. It finishes these answers, unless they take too long or it is told
    /// to stop a second time.
    pub fn run(self) {
        tracing::info!(url = self.url(), metrics = self.metrics_url(), "the server answers");
        let Server { runtime, listener, tls, router, limits, stopper, host, http_metrics, metrics, .. } = self;
        let acceptor = tls.map(|tls| tls.acceptor);
        let serving = Serving { listener, acceptor, router, limits, connections: http_metrics.connections };
        let watched = metrics.map(|MetricsListener { listener, router, .. }| Serving {
            listener,
            acceptor: None,
            router,
            limits: ServerLimits { connections: METRICS_CONNECTIONS, ..limits },
            connections: Gauge::default(),
        });
        let note_waiting = |answers: usize| {
            let (answers, most) = (counted(answers as u64, "answer"), duration(limits.end.as_secs_f64()));
            host.log(
                LineKind::Note,
                &format!("the server waits for {answers} in progress, at most {most}; another Ctrl-C or signal stops it at once"),
            );
        };
        let watch = async {
            if let Some(watched) = watched {
                watched.run(stopper.subscribe(), |_| {}).await;
            }
        };
        runtime.block_on(async { tokio::join!(serving.run(stopper.subscribe(), note_waiting), watch) });
        tracing::info!("the server has stopped");
        // Does not wait for threads that still work on answers that were cut off.
        runtime.shutdown_background();
    }
}

/// Listens on the address of an option. Returns the listener and its address. Call it inside a Tokio runtime.
fn bind_at(option: &'static str, listen: SocketAddr) -> Result<(TcpListener, SocketAddr), MonitorError> {
    let failed = |source| MonitorError::Listen { option, address: listen, source };
    let listener = serving::listen(listen).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
