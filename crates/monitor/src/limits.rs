//! The limits of a server.

use std::time::Duration;

/// The limits of a server. It ends connections that exceed them.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// The most connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// The longest time for the head of a request, counted from the connection or from the previous answer.
    pub head: Duration,
    /// The longest time for a TLS handshake.
    pub handshake: Duration,
    /// The longest time for which a reader may read nothing of an answer.
    pub stall: Duration,
    /// The longest time for answers to end after the server was told to stop.
    pub end: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            connections: 4096,
            head: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            stall: Duration::from_secs(600),
            end: Duration::from_secs(60),
        }
    }
}
