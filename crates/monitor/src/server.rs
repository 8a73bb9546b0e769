//! The server: listens, and answers requests until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tollgate_history::History;

use crate::access::{Access, Password};
use crate::error::MonitorError;
use crate::limits::ServerLimits;
use crate::serving::{Serving, hear_signals};
use crate::site::Site;
use crate::stopper::Stopper;
use crate::tls::{Tls, TlsSource};
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
    /// The number of bytes of finished exports that are kept on disk.
    pub cache_bytes: u64,
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
}

impl Server {
    /// Listens, so that the address is known, but does not answer yet. From now on SIGINT and SIGTERM stop the server: they
    /// make [`Server::run`] return instead of ending the process.
    ///
    /// # Errors
    /// If the server cannot listen on the address, or the certificate cannot be read or made.
    pub fn bind(history: History, settings: ServerSettings) -> Result<Server, MonitorError> {
        let ServerSettings { listen, user, password, tls, cache_bytes } = settings;
        let appliances = history.scenario().appliances.iter();
        let names: Vec<String> = appliances.map(|appliance| format!("{}.localhost", appliance.name)).collect();
        let tls = tls.map(|source| Tls::new(&source, listen.ip(), &names)).transpose()?;
        let access = Arc::new(Access::new(&user, &password, tls.is_some())?);
        let site = Arc::new(Site::new(history, cache_bytes));
        let site = Router::new().merge(routes::router()).merge(page::router()).with_state(site);
        let router = serving::guard(site, &access);

        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|source| MonitorError::System { what: "start threads", source })?;
        let stopper = Stopper::new();
        let failed = |source| MonitorError::Listen { address: listen, source };
        let listener = runtime.block_on(async {
            // Before listening, because a client that knows the address may send a signal at once.
            hear_signals(stopper.clone())?;
            serving::listen(listen).map_err(failed)
        })?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { runtime, listener, address, tls, router, limits: ServerLimits::default(), stopper })
    }

    /// The same server with other limits.
    pub fn with_limits(self, limits: ServerLimits) -> Server {
        Server { limits, ..self }
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the server, such as `http://127.0.0.1:8080/`.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
    }

    /// The SHA-256 fingerprint of the certificate, if the server speaks HTTPS.
    pub fn fingerprint(&self) -> Option<&str> {
        self.tls.as_ref().map(|tls| tls.fingerprint.as_str())
    }

    /// A handle that stops the server from another thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Answers requests until the process gets SIGINT or SIGTERM, or the stopper is used. Then finishes the answers that it
    /// has begun, unless they take too long or it is told to stop a second time.
    pub fn run(self) {
        let Server { runtime, listener, tls, router, limits, stopper, .. } = self;
        let stopped = stopper.subscribe();
        let serving = Serving { listener, acceptor: tls.map(|tls| tls.acceptor), router, limits };
        runtime.block_on(serving.run(stopped));
        // Does not wait for threads that still work on answers that were cut off.
        runtime.shutdown_background();
    }
}
