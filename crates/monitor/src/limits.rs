//! The limits of a server.

use std::time::Duration;

/// What a server bears with before it ends a connection.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// How many connections there may be at once; further ones wait to be accepted.
    pub connections: usize,
    /// How long the head of a request may take to come, counted from the connection or the answer before.
    pub head: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long a reader may take nothing of an answer before the answer is given up.
    pub stall: Duration,
    /// How long answers that have begun may take to end once the server has been told to stop.
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
