//! The server: listens, and answers until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use tollgate_history::History;

use crate::error::MonitorError;
use crate::site::Site;
use crate::{address, page};

/// How a server is to be run.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may log in.
    pub user: String,
    /// With which password.
    pub password: Password,
    /// Where HTTPS takes its certificate from; without one, HTTP is spoken.
    pub tls: Option<TlsSource>,
    /// How many bytes of exports that were made are kept on disk.
    pub cache_bytes: u64,
}

/// A password. It shows nothing of itself when printed.
pub struct Password(String);

/// Where HTTPS takes its certificate from.
#[derive(Debug)]
pub enum TlsSource {
    /// Files in PEM: the certificate chain and the key.
    Files {
        /// The certificate chain.
        certificate: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// A certificate for this run, signed by itself.
    SelfSigned,
}

/// A server that listens.
#[derive(Debug)]
pub struct Server {}

impl Password {
    /// A password of that text.
    pub fn new(text: String) -> Self {
        Password(text)
    }

    /// A password that nobody can guess.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn generate() -> Result<Self, MonitorError> {
        Ok(Password(String::new()))
    }

    /// Its text, to show it once to whoever started the server.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password")
    }
}

impl Server {
    /// Listens, so that the address is known, and answers nobody yet.
    ///
    /// # Errors
    /// If the address cannot be listened on, or the certificate is not to be had.
    pub fn bind(history: History, settings: Settings) -> Result<Server, MonitorError> {
        let site = Arc::new(Site::new(history, settings.cache_bytes));
        let _: Router = Router::new().merge(address::router()).merge(page::router()).with_state(site);
        Ok(Server {})
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 0))
    }

    /// Answers until the process is told to stop, by an interrupt or a request to terminate; lets answers that have begun
    /// end.
    ///
    /// # Errors
    /// If the system refuses what it needs.
    pub fn run(self) -> Result<(), MonitorError> {
        Ok(())
    }
}
