//! Answers while the disk is full, and afterwards.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_history::{Clock, History, Host, LineKind};
use tollgate_scenario::{DAY, HOUR};

use crate::raw::read_rest;
use crate::support::{Running, pair};

const EXPORT: &str = "/monitor/reports/incoming_mail?format=csv&section=ss_0_1_0&date_range=";

/// A server whose disk can be full, and its clock.
struct Site {
    server: Running,
    is_full: Arc<AtomicBool>,
    hand: Arc<AtomicU64>,
}

/// Serves two days of two appliances, with the clock at the end of the first.
fn site() -> Site {
    let scenario = pair("2008-11-17T00:00:00Z", "2d", &["volume=0.1"]);
    let is_full = Arc::new(AtomicBool::new(false));
    let full = Arc::clone(&is_full);
    // A full disk gives a file that is only open for reading.
    let files = move || if full.load(Ordering::Acquire) { File::open("/dev/null") } else { tempfile::tempfile() };
    let host = Host::new(|_, _| {}).with_files(files, Duration::from_millis(1));
    let hand = Arc::new(AtomicU64::new(scenario.time.begin.micros() + DAY));
    let history = History::begin_on(host, &scenario, Clock::Set(hand.clone()), Some(1)).unwrap();
    Site { server: Running::serve(history, 0), is_full, hand }
}

#[test]
fn an_export_is_refused_while_the_disk_is_full_and_the_same_afterwards() {
    let site = site();
    let first_day = site.server.get(&format!("{EXPORT}current_day"));
    assert_eq!(first_day.status, 200);
    site.is_full.store(true, Ordering::Release);
    site.hand.fetch_add(DAY, Ordering::AcqRel);
    let past_hour = format!("{EXPORT}current_hour");
    for path in [&past_hour, "/monitor/reports/overview?date_range=current_hour"] {
        let answer = site.server.get(path);
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("10")), "{path}");
        assert!(answer.text().contains("a temporary file of the history in "), "{}", answer.text());
    }
    assert!(head(&site.server, &past_hour).starts_with("HTTP/1.1 503 "));
    site.is_full.store(false, Ordering::Release);
    while site.server.get(&past_hour).status != 200 {}
    assert!(head(&site.server, &past_hour).starts_with("HTTP/1.1 200 "));
    let mended = site.server.get(&format!("{EXPORT}current_week"));
    let scenario = pair("2008-11-17T00:00:00Z", "2d", &["volume=0.1"]);
    let undisturbed = Running::start(&scenario, Clock::Frozen(scenario.time.end().micros()), 0);
    let expected = undisturbed.get(&format!("{EXPORT}current_week"));
    assert!(mended.body == expected.body && mended.body.len() > first_day.body.len());
}

/// The answer to a HEAD request.
fn head(server: &Running, path: &str) -> String {
    let mut stream = TcpStream::connect(server.address).unwrap();
    let login = "Authorization: Basic YWRtaW46aXJvbnBvcnQ=";
    write!(stream, "HEAD {path} HTTP/1.1\r\nHost: x\r\n{login}\r\nConnection: close\r\n\r\n").unwrap();
    read_rest(&mut stream)
}

#[test]
fn an_export_that_meets_a_full_disk_midway_does_not_look_complete() {
    let site = site();
    assert_eq!(site.server.get(&format!("{EXPORT}current_day")).status, 200);
    site.is_full.store(true, Ordering::Release);
    // The first 24 hours can be read, and the next ones cannot.
    site.hand.fetch_add(DAY - HOUR, Ordering::AcqRel);
    for encoding in ["identity", "gzip"] {
        let mut stream = TcpStream::connect(site.server.address).unwrap();
        let head = format!("Host: x\r\nAuthorization: Basic YWRtaW46aXJvbnBvcnQ=\r\nAccept-Encoding: {encoding}\r\n");
        write!(stream, "GET {EXPORT}current_week HTTP/1.1\r\n{head}Connection: close\r\n\r\n").unwrap();
        let answer = read_rest(&mut stream);
        // It is refused if the disk was found full before the answer began.
        let is_cut = answer.starts_with("HTTP/1.1 200 ") && !answer.ends_with("0\r\n\r\n");
        assert!(is_cut || answer.starts_with("HTTP/1.1 503 "), "{encoding}: {answer:?}");
    }
    // HTTP/1.0 has no way to end an answer before its end, so it begins when the export is complete.
    let mut stream = TcpStream::connect(site.server.address).unwrap();
    write!(stream, "GET {EXPORT}current_week HTTP/1.0\r\nAuthorization: Basic YWRtaW46aXJvbnBvcnQ=\r\n\r\n").unwrap();
    let answer = read_rest(&mut stream);
    assert!(answer.starts_with("HTTP/1.0 503 "), "{answer:?}");
}

#[test]
fn a_stopping_server_says_that_it_waits_for_an_answer() {
    let scenario = pair("2008-11-17T00:00:00Z", "2d", &["volume=0.1"]);
    let (stuck, begun) = mpsc::channel();
    let (lines, said) = mpsc::channel();
    let is_stuck = Arc::new(AtomicBool::new(false));
    // A disk that hangs holds up the export that needs a file.
    let hangs = Arc::clone(&is_stuck);
    let files = move || {
        if hangs.load(Ordering::Acquire) {
            stuck.send(()).unwrap();
            loop {
                thread::park();
            }
        }
        tempfile::tempfile()
    };
    let host = Host::new(move |kind, line| lines.send((kind, line.to_owned())).unwrap());
    let host = host.with_files(files, Duration::from_millis(1));
    let clock = Clock::Frozen(scenario.time.end().micros());
    let server = Running::serve(History::begin_on(host, &scenario, clock, Some(1)).unwrap(), 1 << 30);
    assert_eq!(server.get(&format!("{EXPORT}current_day")).status, 200);
    is_stuck.store(true, Ordering::Release);
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = "Host: x\r\nAuthorization: Basic YWRtaW46aXJvbnBvcnQ=\r\n\r\n";
    write!(stream, "GET {EXPORT}current_week HTTP/1.1\r\n{head}").unwrap();
    begun.recv().unwrap();
    server.stop();
    let line = "the server waits for 1 answer in progress, at most 5 s; another Ctrl-C or signal stops it at once";
    assert_eq!(said.recv().unwrap(), (LineKind::Note, line.to_owned()));
    drop(server);
    assert_eq!(said.try_recv().ok(), None);
}

#[test]
fn pages_warn_of_a_clock_that_is_too_fast() {
    let scenario = pair("2008-11-17T00:00:00Z", "2d", &["volume=3"]);
    let clock = Clock::Running { speed: 1e12, from_micros: scenario.time.end().micros(), since: Instant::now() };
    let history = History::begin(&scenario, clock, None).unwrap();
    while history.too_fast().is_none() {
        thread::yield_now();
    }
    let page = Running::serve(history, 0).get("/monitor/reports/overview?date_range=current_hour").text();
    assert!(
        page.contains("Warning: the clock runs at x1000000000000, but this machine simulates at about x"),
        "{page}"
    );
}
