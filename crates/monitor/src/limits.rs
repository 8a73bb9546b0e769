//! The limits of a server.

use std::time::Duration;

use crate::cache::CACHE_FILES;

/// The maximum size of the head of a request.
pub(crate) const HEAD_BYTES: usize = 64 << 10;

/// The maximum number of simultaneous connections for metrics.
pub(crate) const METRICS_CONNECTIONS: usize = 16;

/// The limits of a server. It ends connections that exceed them.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// The maximum number of simultaneous connections. If there are more, idle ones are closed.
    pub connections: usize,
    /// The maximum number of bytes that all connections together hold of requests that have no access yet. If there are more, the
    /// connections that hold most are closed.
    pub head_bytes: usize,
    /// The maximum time for the head of a request, counted from the beginning of the connection or from the previous answer.
    pub head: Duration,
    /// The maximum time for a TLS handshake.
    pub handshake: Duration,
    /// The maximum time for which a reader may stop reading an answer.
    pub stall: Duration,
    /// The time after which such a reader gives way to a new connection if there is no room.
    pub yields: Duration,
    /// The maximum time for which answers in progress may continue after the server is told to stop.
    pub end: Duration,
}

/// The minimum number of connections of a useful server.
const LEAST_CONNECTIONS: u64 = 16;
/// The number of files that each connection may need: its socket, and an export that only it reads.
const FILES_OF_CONNECTION: u64 = 2;
/// The number of further files of the process: standard streams, listeners, event queue, files while they are read.
const OTHER_FILES: u64 = 64;

impl ServerLimits {
    /// The limits of a process that may open a number of files, of which its history needs some. Fewer files give fewer connections.
    ///
    /// # Errors
    /// If the files are too few for a server. The error is the smallest number of files.
    pub fn with_files(self, files: u64, history_files: u64) -> Result<ServerLimits, u64> {
        let fixed = OTHER_FILES + METRICS_CONNECTIONS as u64 + CACHE_FILES + history_files;
        let connections = files.saturating_sub(fixed) / FILES_OF_CONNECTION;
        if connections < LEAST_CONNECTIONS {
            return Err(fixed + LEAST_CONNECTIONS * FILES_OF_CONNECTION);
        }
        Ok(ServerLimits { connections: self.connections.min(connections as usize), ..self })
    }
}

impl Default for ServerLimits {
    fn default() -> Self {
        ServerLimits {
            connections: 4096,
            head_bytes: 16 << 20,
            head: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            // A reader at 1 KB/s takes a part of the operating system's buffer in one go, about every three minutes.
            stall: Duration::from_secs(300),
            yields: Duration::from_secs(60),
            end: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_wording::count;

    use super::*;

    #[test]
    fn the_reference_has_the_connections_of_some_numbers_of_files() {
        let connections = |files| ServerLimits::default().with_files(files, 59).map(|limits| limits.connections);
        assert_eq!(connections(298).expect_err("too few files"), 299);
        let rows: Vec<String> = include_str!("../API.md")
            .lines()
            .skip_while(|line| !line.starts_with("| open files |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .map(str::to_owned)
            .collect();
        let expected = [299, 1024, 4096, 8459]
            .map(|files| format!("| {} | {} |", count(files), count(connections(files).expect("enough files") as u64)));
        assert_eq!(rows, expected);
    }
}
