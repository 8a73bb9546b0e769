#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, mpsc};

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tollgate_history::Host;
use tower_http::compression::CompressionLayer;

use super::*;
use crate::cache::{Bounds, Cache};

const FIRST: &str = "1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,row of the first interval\r\n";

/// Serves one export, compressed if the client asks for it. It sends a first row and then waits for the gate. The value that
/// comes through the gate is the outcome of the export.
fn serve(runtime: &Runtime, gate: mpsc::Receiver<Result<(), HttpRefusal>>) -> TcpStream {
    let cache = Arc::new(Cache::new(Bounds { kept_bytes: 0, most_bytes: 1 << 20, makers: 1 }, Host::new(|_, _| {})));
    let gate = Arc::new(Mutex::new(gate));
    let answer = move || {
        let gate = Arc::clone(&gate);
        let mut reader = cache.open(1, move |maker| {
            maker.rows.extend_from_slice(FIRST.as_bytes());
            maker.announce()?;
            gate.lock().unwrap().recv().unwrap()
        });
        async move {
            reader.begin().await.unwrap();
            ([(header::CONTENT_TYPE, "text/csv")], Body::from_stream(blocks(reader)))
        }
    };
    let router = Router::new().route("/", get(answer)).layer(CompressionLayer::new());
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async { axum::serve(listener, router).await });
    TcpStream::connect(address).unwrap()
}

/// Reads up to and including a text.
fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(end) {
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
    read
}

#[test]
fn the_first_row_leaves_before_the_last_is_made_compressed_or_not() {
    for encoding in ["identity", "gzip"] {
        let runtime = Runtime::new().unwrap();
        let (open_gate, gate) = mpsc::channel();
        let mut stream = serve(&runtime, gate);
        write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {encoding}\r\n\r\n").unwrap();
        let head = String::from_utf8(read_until(&mut stream, b"\r\n\r\n")).unwrap();
        assert_eq!(head.contains("content-encoding: gzip"), encoding == "gzip", "{head}");
        // The gate stays shut until the first row has arrived. A gzip stream begins with a header of ten bytes, and these four
        // bytes end each flushed part.
        let end: &[u8] = if encoding == "gzip" { &[0, 0, 0xFF, 0xFF] } else { FIRST.as_bytes() };
        let begun = read_until(&mut stream, end);
        assert!(begun.len() > 40, "{begun:?}");
        open_gate.send(Ok(())).unwrap();
        read_until(&mut stream, b"\r\n0\r\n\r\n");
    }
}

#[test]
fn a_part_does_not_look_like_the_whole() {
    for (encoding, end) in [("identity", FIRST.as_bytes()), ("gzip", &[0, 0, 0xFF, 0xFF])] {
        let runtime = Runtime::new().unwrap();
        let (open_gate, gate) = mpsc::channel();
        let mut stream = serve(&runtime, gate);
        write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {encoding}\r\n\r\n").unwrap();
        read_until(&mut stream, end);
        open_gate.send(Err(HttpRefusal::failed("the history has failed"))).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"\r\n", "{encoding}: the final chunk is missing");
    }
}
