//! What can go wrong with a server.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// What can go wrong with a server.
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
        /// What it tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}
