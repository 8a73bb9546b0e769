//! Errors of a server.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

/// An error of a server.
#[derive(Debug, Error)]
pub enum MonitorError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Something that the server needs of the system is not to be had.
    #[error("cannot {what}")]
    System {
        /// The attempt, as words after "cannot".
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A file of certificates or a key cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: found {found}, allowed is {allowed}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The content that was found.
        found: String,
        /// The content that is allowed.
        allowed: &'static str,
    },
    /// A certificate for this run cannot be made.
    #[error("cannot make a certificate for {names}")]
    SelfSigned {
        /// The names and addresses that it was to be for.
        names: String,
        /// Why not.
        source: rcgen::Error,
    },
    /// HTTPS cannot be spoken with what there is.
    #[error("cannot speak HTTPS")]
    Tls(#[from] rustls::Error),
}
