use std::sync::Mutex;
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::access::Password;

/// A server for tests. `/static/slow` sends the pieces that the test hands it, and `/static/endless` never ends. Neither
/// needs a password. `/slow` and `/endless` are the same, with a password.
struct House {
    address: SocketAddr,
    stops: watch::Sender<u32>,
    pieces: mpsc::UnboundedSender<&'static str>,
    /// Receives a message when the server gives up an endless answer.
    given_up: mpsc::UnboundedReceiver<()>,
    /// Receives the number of answers for which the server waits before it stops.
    waits: mpsc::UnboundedReceiver<usize>,
    access: Arc<Access>,
    running: JoinHandle<()>,
}

/// A header with the right password.
const RIGHT: &str = "Authorization: Basic YWRtaW46c2VjcmV0\r\n";
/// A header with a wrong password.
const WRONG: &str = "Authorization: Basic YWRtaW46Z3Vlc3M=\r\n";

/// Sends a message when it is dropped.
struct Alarm(mpsc::UnboundedSender<()>);

impl Drop for Alarm {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl House {
    fn open(limits: ServerLimits) -> House {
        let (pieces, received) = mpsc::unbounded_channel::<&str>();
        let (alarm, given_up) = mpsc::unbounded_channel();
        let received = Arc::new(Mutex::new(Some(received)));
        let slow = async move || {
            let mut received = received.lock().expect("no panic").take().expect("one slow answer");
            let piece = move |context: &mut std::task::Context<'_>| -> Poll<Option<Result<Bytes, Infallible>>> {
                received.poll_recv(context).map(|piece| piece.map(|piece| Ok(Bytes::from_static(piece.as_bytes()))))
            };
            ([(header::CONTENT_TYPE, "text/csv")], Body::from_stream(stream::poll_fn(piece)))
        };
        let endless = async move || {
            let alarm = Alarm(alarm.clone());
            let piece = move || {
                let _ = &alarm;
                Ok::<_, Infallible>(Bytes::from_static(&[0; 65_536]))
            };
            Body::from_stream(stream::repeat_with(piece))
        };
        let site = Router::new()
            .route("/static/slow", get(slow.clone()))
            .route("/slow", get(slow))
            .route("/static/busy", get(async || HttpRefusal::busy("try again later")))
            .route("/static/endless", get(endless.clone()))
            .route("/endless", get(endless))
            .route("/static/panic", get(async || -> String { panic!("a panic of this test") }));
        let access = Access::new("admin", &Password::new("secret".into()), false).expect("random numbers");
        let access = Arc::new(access);
        let router = guard(site, &access, &HttpMetrics::new(Default::default()));
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (stops, stopped) = watch::channel(0);
        let (waiting, waits) = mpsc::unbounded_channel();
        let note_waiting = move |answers| waiting.send(answers).expect("a house that listens");
        let running = {
            let connections = Gauge::default();
            tokio::spawn(Serving { listener, acceptor: None, router, limits, connections }.run(stopped, note_waiting))
        };
        House { address, stops, pieces, given_up, waits, access, running }
    }

    /// Opens a connection and requests a path on it.
    async fn ask(&self, path: &str, header: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: house.test\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).await.expect("a connection");
        stream
    }

    /// Gives the slow answer its next piece.
    fn hand(&self, piece: &'static str) {
        self.pieces.send(piece).expect("a slow answer that waits for it");
    }

    fn stop(&self) {
        self.stops.send_modify(|times| *times += 1);
    }
}

/// Reads until the received bytes contain a text, and returns them.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        assert_ne!(
            stream.read_buf(&mut read).await.expect("a connection"),
            0,
            "ended after {:?}",
            String::from_utf8_lossy(&read)
        );
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Reads to the end.
async fn read_rest(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    // An answer that is cut off may end with a reset.
    let _ = stream.read_to_end(&mut read).await;
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn the_first_row_leaves_before_the_last_is_made() {
    let house = House::open(ServerLimits::default());
    let mut stream = house.ask("/static/slow", "").await;
    house.hand("first row\r\n");
    let head = read_until(&mut stream, "first row\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked"), "{head}");
    house.hand("last row\r\n");
    read_until(&mut stream, "last row\r\n").await;
}

#[tokio::test]
async fn compression_holds_no_row_back() {
    let house = House::open(ServerLimits::default());
    let mut stream = house.ask("/static/slow", "Accept-Encoding: gzip\r\nConnection: close\r\n").await;
    house.hand("first row\r\n");
    let mut read = Vec::new();
    // This mark ends a flushed part of a gzip stream. The client can unpack everything before it.
    while !read.windows(4).any(|bytes| bytes == [0, 0, 0xff, 0xff]) {
        assert_ne!(stream.read_buf(&mut read).await.expect("a connection"), 0);
    }
    assert!(String::from_utf8_lossy(&read).contains("content-encoding: gzip\r\n"));
    house.hand("last row\r\n");
    drop(house.pieces);
    assert!(!read_rest(&mut stream).await.is_empty());
}

#[tokio::test]
async fn a_panic_ends_one_request_and_not_its_connection() {
    let house = House::open(ServerLimits::default());
    let mut stream = house.ask("/static/panic", "").await;
    let answer = read_until(&mut stream, "see its log\n").await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(answer.contains("x-frame-options: DENY\r\n") && !answer.contains("a panic of this test"), "{answer}");
    stream.write_all(b"GET /login HTTP/1.1\r\nHost: house.test\r\n\r\n").await.expect("a connection");
    assert!(read_until(&mut stream, "</html>").await.starts_with("HTTP/1.1 200 OK\r\n"));
}

/// Limits with which a stopping server waits for an hour.
fn patient() -> ServerLimits {
    let hour = Duration::from_secs(3600);
    ServerLimits { end: hour, head: hour, stall: hour, ..ServerLimits::default() }
}

#[tokio::test]
async fn an_answer_that_has_begun_ends_after_the_server_was_told_to_stop() {
    let mut house = House::open(patient());
    let mut idle = TcpStream::connect(house.address).await.expect("a connection");
    let mut used = house.ask("/login", "").await;
    read_until(&mut used, "</html>").await;
    let mut stream = house.ask("/slow", RIGHT).await;
    let mut half = TcpStream::connect(house.address).await.expect("a connection");
    half.write_all(b"GET /slow HTTP/1.1\r\nHost: house.test\r\n").await.expect("a connection");
    house.hand("first");
    read_until(&mut stream, "first").await;
    let _turns = house.access.take_turns().await;
    let mut guess = house.ask("/slow", WRONG).await;
    let mut without_password = house.ask("/static/endless", "").await;
    read_until(&mut without_password, "HTTP/1.1 200 OK").await;

    house.stop();
    // Connections without an answer to a request with the right password end at once, and new ones are refused.
    for ended in [&mut idle, &mut used, &mut half, &mut guess] {
        assert_eq!(read_rest(ended).await, "");
    }
    read_rest(&mut without_password).await;
    assert!(TcpStream::connect(house.address).await.is_err());
    assert_eq!(house.waits.recv().await, Some(1));
    house.hand("last");
    drop(house.pieces);
    let rest = read_rest(&mut stream).await;
    assert!(rest.contains("last") && rest.ends_with("\r\n0\r\n\r\n"), "{rest:?}");
    house.running.await.expect("no panic");
}

#[tokio::test]
async fn a_server_without_answers_in_progress_says_nothing_and_stops_at_once() {
    let mut house = House::open(patient());
    let mut without_password = house.ask("/static/endless", "").await;
    read_until(&mut without_password, "HTTP/1.1 200 OK").await;
    house.stop();
    house.running.await.expect("no panic");
    assert_eq!(house.waits.recv().await, None);
}

#[tokio::test]
async fn a_second_word_to_stop_waits_for_no_answer() {
    let house = House::open(patient());
    let mut stream = house.ask("/slow", RIGHT).await;
    house.hand("first");
    read_until(&mut stream, "first").await;
    house.stop();
    house.stop();
    house.running.await.expect("no panic");
}

#[tokio::test]
async fn answers_are_waited_for_only_so_long() {
    let mut house = House::open(ServerLimits { end: Duration::from_millis(50), ..patient() });
    // The client reads neither the rest of this answer nor the answers to its further requests.
    let further = "GET /endless HTTP/1.1\r\nHost: house.test\r\n\r\n".repeat(30);
    let mut stream = house.ask("/endless", &format!("{RIGHT}\r\n{further}")).await;
    read_until(&mut stream, "HTTP/1.1 200 OK").await;
    house.stop();
    house.running.await.expect("no panic");
    assert_eq!(house.waits.recv().await, Some(1));
}

#[tokio::test]
async fn a_reader_who_has_stopped_reading_is_given_up() {
    let mut house = House::open(ServerLimits { stall: Duration::from_millis(50), ..ServerLimits::default() });
    let mut stream = house.ask("/static/endless", "").await;
    read_until(&mut stream, "HTTP/1.1 200 OK").await;
    house.given_up.recv().await.expect("an alarm");
}

#[tokio::test]
async fn a_reader_who_has_gone_away_is_given_up() {
    let mut house = House::open(ServerLimits::default());
    let mut stream = house.ask("/static/endless", "").await;
    read_until(&mut stream, "HTTP/1.1 200 OK").await;
    drop(stream);
    house.given_up.recv().await.expect("an alarm");
}

#[tokio::test]
async fn an_idle_connection_gives_way_to_a_new_one() {
    let house = House::open(ServerLimits { connections: 1, ..ServerLimits::default() });
    let mut used = house.ask("/login", "").await;
    read_until(&mut used, "</html>").await;
    let mut second = house.ask("/login", "").await;
    read_until(&mut second, "</html>").await;
    assert_eq!(read_rest(&mut used).await, "");
    // An answer in progress without a password gives way too: it could stop the server for everybody.
    let mut endless = house.ask("/static/endless", "").await;
    read_until(&mut endless, "HTTP/1.1 200 OK").await;
    let mut last = house.ask("/login", "").await;
    read_until(&mut last, "</html>").await;
}

#[tokio::test]
async fn an_answer_with_the_right_password_does_not_give_way() {
    let house = House::open(ServerLimits { connections: 1, ..ServerLimits::default() });
    let mut first = house.ask("/slow", RIGHT).await;
    house.hand("first");
    read_until(&mut first, "first").await;
    let mut second = house.ask("/login", "").await;
    let waits = tokio::select! {
        biased;
        // If the second connection were answered at once, its answer would come before this piece.
        _ = second.readable() => false,
        () = async {
            house.hand("second");
            read_until(&mut first, "second").await;
        } => true,
    };
    assert!(waits);
    drop(house.pieces);
    read_until(&mut second, "</html>").await;
    assert!(read_rest(&mut first).await.ends_with("0\r\n\r\n"));
}

#[tokio::test]
async fn an_answer_that_cannot_be_given_yet_says_when_to_try_again() {
    let house = House::open(ServerLimits::default());
    let mut stream = house.ask("/static/busy", "").await;
    let answer = read_until(&mut stream, "try again later\n").await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nretry-after: 10\r\n"), "{answer}");
}
