//! Requests as they stand on the wire.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use tollgate_history::{Clock, History};
use tollgate_monitor::{MonitorError, Password, Server, ServerSettings, TlsSource};

use crate::support::{self, Running};

/// What the tests log in as. The password has all that makes trouble in places: colons, a space, letters of two bytes.
pub const USER: &str = "admin";
pub const PASSWORD: &str = "se:cr\u{e9}t: 1";

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The lines of its head.
    pub head: String,
    pub body: String,
}

/// A server that listens and does not run yet.
pub fn bind(tls: Option<TlsSource>) -> Server {
    try_bind(tls).unwrap()
}

/// The same where it may be refused.
pub fn try_bind(tls: Option<TlsSource>) -> Result<Server, MonitorError> {
    let scenario = support::pair("2008-11-18T09:00:00Z", "1h", &[]);
    let history = History::begin(&scenario, Clock::Frozen(scenario.time.end().micros()), Some(1)).unwrap();
    let settings = ServerSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        user: USER.into(),
        password: Password::new(PASSWORD.into()),
        tls,
        cache_bytes: 0,
    };
    assert!(!format!("{settings:?}").contains("se:cr"), "a password shows itself");
    Server::bind(history, settings)
}

/// A server that runs.
pub fn start() -> Running {
    Running::of(bind(None))
}

/// Sends a request of a method and a path, with further lines of its head and a body, and reads the answer.
pub fn ask(address: SocketAddr, request: &str, lines: &[&str], body: &str) -> Answer {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\nContent-Length: {length}\r\n{lines}\r\n{body}"
    );
    Answer::read(&exchange(address, text.as_bytes()))
}

/// Sends bytes and reads all that comes until the server ends the connection.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // The server may have had enough before all of it was sent.
    let _ = stream.write_all(bytes);
    read_rest(&mut stream)
}

/// Reads all that comes until the server ends the connection, which it may do by a reset.
pub fn read_rest(stream: &mut impl Read) -> String {
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read);
    String::from_utf8_lossy(&read).into_owned()
}

impl Answer {
    /// An answer out of what came.
    pub fn read(text: &str) -> Answer {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {head:?}"));
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}
