//! The limits of a server.

use std::time::Duration;

/// The limits of a server. It ends connections that exceed them.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// The maximum number of simultaneous connections. Further ones wait to be accepted.
    pub connections: usize,
    /// The maximum time for the head of a request, counted from the beginning of the connection or from the previous answer.
    pub head: Duration,
    /// The maximum time for a TLS handshake.
    pub handshake: Duration,
    /// The maximum time for which a reader may stop reading an answer.
    pub stall: Duration,
    /// The maximum time for which running answers may continue after the server is told to stop.
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
