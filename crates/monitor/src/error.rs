//! Errors of a server.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// An error of a server.
#[derive(Debug, Error)]
pub enum MonitorError {
    /// The server cannot listen on the address.
    #[error("{option}: cannot listen on {address}")]
    Listen {
        /// The option with the address.
        option: &'static str,
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The operating system refuses something that the server needs.
    #[error("cannot {what}")]
    System {
        /// The failed operation, in words that fit after "cannot".
        what: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// A file of certificates or a key file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file has the wrong content.
    #[error("{}: found {found}, allowed is {allowed}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The content that was found.
        found: String,
        /// The content that is allowed.
        allowed: &'static str,
    },
    /// A self-signed certificate for this run cannot be made.
    #[error("cannot make a certificate for {names}")]
    SelfSigned {
        /// The names and addresses for the certificate.
        names: String,
        /// The cause.
        source: rcgen::Error,
    },
    /// HTTPS cannot be set up with the certificate.
    #[error("cannot set up HTTPS")]
    Tls(#[from] rustls::Error),
}
