//! Misbehaving clients.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use tollgate_monitor::{ServerLimits, TlsSource};

use crate::raw::{Answer, ask, bind, exchange, read_rest, start};
use crate::support::Running;

const LOGIN: &str = "GET /login HTTP/1.1\r\nHost: house.test\r\n\r\n";

/// A server that waits for heads and handshakes up to a limit.
fn impatient(tls: Option<TlsSource>, wait: Duration) -> Running {
    Running::of(bind(tls).with_limits(ServerLimits { head: wait, handshake: wait, ..ServerLimits::default() }))
}

fn assert_serves(server: &Running) {
    assert_eq!(ask(server.address, "GET /login", &[], "").status, 200);
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let server = start();
    let not_a_request: [&[u8]; 6] = [
        b"\0\xff\xfe\x01\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS handshake",
        b"EHLO mail.example\r\n\r\n",
        b"GET /login\r\n\r\n",
        b"GET /login HTTP/9.9\r\nHost: house.test\r\n\r\n",
        b"GET /login HTTP/1.1\r\nHost house.test\r\n\r\n",
    ];
    for bytes in not_a_request {
        let text = exchange(server.address, bytes);
        assert!(text.is_empty() || Answer::read(&text).status == 400, "{text}");
    }
    assert_serves(&server);
}

#[test]
fn half_a_request_costs_nothing() {
    let server = start();
    for end in 1..LOGIN.len() {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(&LOGIN.as_bytes()[..end]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let text = read_rest(&mut stream);
        assert!(text.is_empty() || Answer::read(&text).status == 400, "{text}");
    }
    for body in ["", "username=a"] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = "POST /login HTTP/1.1\r\nHost: house.test\r\nContent-Length: 100\r\n\r\n";
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        drop(stream);
    }
    assert_serves(&server);
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    let server = start();
    let long = "x".repeat(200_000);
    let heads = [
        format!("GET /{long} HTTP/1.1\r\nHost: house.test\r\n\r\n"),
        format!("GET /login HTTP/1.1\r\nHost: house.test\r\nCookie: sid={long}\r\n\r\n"),
        format!("GET /login HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(1000)),
    ];
    for head in heads {
        let text = exchange(server.address, head.as_bytes());
        // The connection of a client that is still sending may be reset before the client reads the answer.
        assert!(text.is_empty() || [414, 431].contains(&Answer::read(&text).status), "{text}");
    }
    assert_serves(&server);
}

#[test]
fn requests_sent_together_are_answered_in_order() {
    let server = start();
    let last = "GET /static/no-such HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\n\r\n";
    let nobody = "GET / HTTP/1.1\r\nHost: house.test\r\n\r\n";
    let text = exchange(server.address, format!("{LOGIN}{nobody}{LOGIN}{last}").as_bytes());
    let statuses: Vec<&str> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "401", "200", "404"]);
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    // The complete head gets a long limit, so that it is in time even on a busy machine.
    let heads = [("", 50), ("GET /login HTTP/1.1\r\nHost: ", 50), (LOGIN, 2_000)];
    for (sent, wait_millis) in heads {
        let server = impatient(None, Duration::from_millis(wait_millis));
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        // This returns only when the server ends the connection.
        let text = read_rest(&mut stream);
        assert_eq!(text.contains(" 200 OK"), sent == LOGIN, "{text}");
    }
}

#[test]
fn a_handshake_that_does_not_come_ends_the_connection() {
    let server = impatient(Some(TlsSource::SelfSigned), Duration::from_millis(50));
    let mut idle = TcpStream::connect(server.address).unwrap();
    let text = exchange(server.address, LOGIN.as_bytes());
    assert!(!text.contains("HTTP/1.1 200"), "{text}");
    assert_eq!(read_rest(&mut idle), "");
}

#[test]
fn a_server_that_was_told_to_stop_before_it_ran_does_not_run() {
    let server = bind(None);
    server.stopper().stop();
    server.run();
}

/// A server that waits for heads for an hour.
fn patient(limits: ServerLimits) -> Running {
    Running::of(bind(None).with_limits(ServerLimits { head: Duration::from_secs(3600), ..limits }))
}

#[test]
fn more_idle_connections_than_the_limit_keep_nobody_out() {
    let server = patient(ServerLimits { connections: 8, ..ServerLimits::default() });
    let mut idle: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    assert_serves(&server);
    // The oldest were closed, and the newest were not.
    assert_eq!(read_rest(&mut idle[0]), "");
    let newest = idle.last_mut().unwrap();
    newest.write_all(LOGIN.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(Answer::read(&read_rest(newest)).status, 200);
}

#[test]
fn unfinished_heads_do_not_fill_the_memory() {
    let server = patient(ServerLimits { head_bytes: 1 << 20, ..ServerLimits::default() });
    let part = format!("GET /login HTTP/1.1\r\nCookie: {}", "x".repeat(60_000));
    let unfinished = (0..100).map(|_| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // The server may close the connection before everything is sent.
        let _ = stream.write_all(part.as_bytes());
        stream
    });
    let mut unfinished: Vec<TcpStream> = unfinished.collect();
    assert_serves(&server);
    // At most 17 of them fit into the limit. The server closes the others without an answer.
    let mut closed = 0;
    while closed < 83 {
        unfinished.retain_mut(|stream| {
            stream.set_nonblocking(true).unwrap();
            let ended = !matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
            closed += usize::from(ended);
            !ended
        });
    }
    assert_serves(&server);
}

#[test]
fn a_thousand_idle_connections_keep_nobody_out() {
    let server = start();
    let mut idle: Vec<TcpStream> = (0..1000).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    assert_serves(&server);
    for stream in idle.iter_mut().step_by(100) {
        stream.write_all(LOGIN.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(Answer::read(&read_rest(stream)).status, 200);
    }
    // Idle connections do not delay the end of the server either.
    drop(server);
    idle.iter_mut().for_each(|stream| assert_eq!(read_rest(stream), ""));
}
