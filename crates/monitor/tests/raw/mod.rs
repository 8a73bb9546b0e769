//! Requests as raw bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use tollgate_history::{Clock, History};
use tollgate_monitor::{MonitorError, Password, Server, ServerSettings, TlsSource};

use crate::support::{self, Running};

/// The user of the tests. The password has characters that need care: colons, a space and letters of two bytes.
pub const USER: &str = "admin";
pub const PASSWORD: &str = "se:cr\u{e9}t: 1";

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The lines of its head.
    pub head: String,
    pub body: String,
}

/// Binds a server that does not run yet.
pub fn bind(tls: Option<TlsSource>) -> Server {
    try_bind(tls).unwrap()
}

/// Binds a server, or returns the error.
pub fn try_bind(tls: Option<TlsSource>) -> Result<Server, MonitorError> {
    try_bind_with(tls, None)
}

/// Binds a server with a listener for metrics.
pub fn bind_with_metrics() -> Server {
    try_bind_with(None, Some(SocketAddr::from(([127, 0, 0, 1], 0)))).unwrap()
}

fn try_bind_with(tls: Option<TlsSource>, metrics: Option<SocketAddr>) -> Result<Server, MonitorError> {
    let scenario = support::pair("2008-11-18T09:00:00Z", "1h", &[]);
    let history = History::begin(&scenario, Clock::Frozen(scenario.time.end().micros()), Some(1)).unwrap();
    let settings = ServerSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        user: USER.into(),
        password: Password::new(PASSWORD.into()),
        tls,
        cache_bytes: 1 << 20,
        metrics,
    };
    assert!(!format!("{settings:?}").contains("se:cr"), "debug output shows the password");
    Server::bind(history, settings)
}

/// Starts a server.
pub fn start() -> Running {
    Running::of(bind(None))
}

/// Sends a request and reads the answer. `request` is the method and the path, and `lines` are further lines of the head.
pub fn ask(address: SocketAddr, request: &str, lines: &[&str], body: &str) -> Answer {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    );
    Answer::read(&exchange(address, text.as_bytes()))
}

/// Sends bytes and reads until the server ends the connection.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // The server may end the connection before everything is sent.
    let _ = stream.write_all(bytes);
    read_rest(&mut stream)
}

/// Reads until the server ends the connection, perhaps by a reset.
pub fn read_rest(stream: &mut impl Read) -> String {
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read);
    String::from_utf8_lossy(&read).into_owned()
}

impl Answer {
    /// Parses an answer.
    pub fn read(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {head:?}"));
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The number of bytes of the body without the sizes of chunks.
    pub fn unchunked_bytes(&self) -> usize {
        if self.header("transfer-encoding").is_empty() {
            return self.body.len();
        }
        let sizes = self.body.split("\r\n").filter_map(|line| usize::from_str_radix(line, 16).ok());
        sizes.sum()
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}
