//! Tests the server under load: 200 downloads of the largest table at once, beside 1,000 idle connections, readers at
//! 1 KB/s and broken requests, with a restart in the middle. Prints failures, times, and the server's peak memory.
//!
//! `cargo bench -p tollgate --bench hold`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may fail by panic, and prints")]

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const DOWNLOADS: usize = 200;
const IDLE: usize = 1000;
const SLOW: usize = 20;
const PASSWORD: &str = "holding out";
/// The Base64 of `admin:holding out`.
const CREDENTIALS: &str = "Authorization: Basic YWRtaW46aG9sZGluZyBvdXQ=";
const ADDRESSES: &str = "/monitor/reports/incoming_mail?format=csv&section=ss_0_1_0&date_range=current_week";

/// A server in a process of its own.
struct Process {
    child: Child,
    address: String,
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let password_file = directory.path().join("password");
    fs::write(&password_file, PASSWORD).unwrap();
    let process = Process::start(&password_file, "127.0.0.1:0");
    let address = process.address.clone();
    let started = Instant::now();
    let expected = get(&address, ADDRESSES).unwrap();
    println!("the first download: {} bytes after {:.1} s", expected.len(), started.elapsed().as_secs_f64());

    let idle: Vec<TcpStream> = (0..IDLE).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let (stop, slow_bytes, broken) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let process = thread::scope(|scope| {
        for _ in 0..SLOW {
            scope.spawn(|| read_slowly(&address, &stop, &slow_bytes));
        }
        scope.spawn(|| break_off(&address, &stop, &broken));
        let started = Instant::now();
        let failed = download_all(&address, &expected);
        let seconds = started.elapsed().as_secs_f64();
        println!(
            "{DOWNLOADS} downloads at once: {failed} failed, {seconds:.1} s, {:.0} MB/s",
            rate(&expected, seconds)
        );
        println!("peak memory so far: {} MB", process.peak_megabytes());

        let started = Instant::now();
        let (failed, process) = thread::scope(|inner| {
            let downloads = inner.spawn(|| download_all(&address, &expected));
            thread::sleep(Duration::from_secs(1));
            let process = process.restart(&password_file);
            (downloads.join().unwrap(), process)
        });
        let seconds = started.elapsed().as_secs_f64();
        println!("{DOWNLOADS} downloads with a restart in the middle: {failed} failed, {seconds:.1} s");
        stop.store(true, Ordering::Relaxed);
        process
    });
    let (slow_bytes, broken) = (slow_bytes.into_inner(), broken.into_inner());
    println!(
        "beside {} idle connections, {SLOW} slow readers ({slow_bytes} bytes) and {broken} broken requests",
        idle.len()
    );
    println!("peak memory after the restart: {} MB", process.peak_megabytes());
    process.stop();
}

impl Process {
    fn start(password_file: &Path, listen: &str) -> Process {
        let scenario: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../scenarios/c650-week.toml"].iter().collect();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .arg("serve")
            .arg(scenario)
            .args(["--quiet", "--listen", listen, "--password-file"])
            .arg(password_file)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Process { child, address }
    }

    /// Tells the server to stop, waits until it has finished its downloads, and starts another at the same address.
    fn restart(self, password_file: &Path) -> Process {
        let address = self.address.clone();
        self.stop();
        Process::start(password_file, &address)
    }

    fn stop(mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "the server ended with {status}");
    }

    fn peak_megabytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

/// Downloads the table many times at once, and returns the number of unexpected results. A client whose connection is refused
/// tries again.
fn download_all(address: &str, expected: &[u8]) -> usize {
    let download = || loop {
        match open(address, ADDRESSES) {
            Ok(mut stream) => return is_same(&mut stream, expected),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => thread::sleep(Duration::from_millis(50)),
            Err(_) => return false,
        }
    };
    thread::scope(|scope| {
        let downloads: Vec<_> = (0..DOWNLOADS).map(|_| scope.spawn(download)).collect();
        downloads.into_iter().filter_map(|download| download.join().ok()).filter(|same| !same).count()
    })
}

/// True if the response is 200 and has exactly these bytes.
fn is_same(stream: &mut TcpStream, expected: &[u8]) -> bool {
    let Some(begun) = skip_head(stream) else { return false };
    let Some(mut rest) = expected.strip_prefix(begun.as_slice()) else { return false };
    let mut buffer = vec![0; 1 << 16];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return rest.is_empty(),
            Ok(length) => match rest.strip_prefix(&buffer[..length]) {
                Some(behind) => rest = behind,
                None => return false,
            },
            Err(_) => return false,
        }
    }
}

/// Reads 1 KB a second until told to stop.
fn read_slowly(address: &str, stop: &AtomicBool, bytes: &AtomicU64) {
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut stream) = open(address, ADDRESSES) else { continue };
        let mut buffer = [0; 1024];
        while !stop.load(Ordering::Relaxed) {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(length) => bytes.fetch_add(length as u64, Ordering::Relaxed),
            };
            thread::sleep(Duration::from_secs(1));
        }
    }
}

/// Sends bytes that are not a request, half of a request, and a request without waiting for its response.
fn break_off(address: &str, stop: &AtomicBool, count: &AtomicU64) {
    let whole = format!("GET {ADDRESSES} HTTP/1.0\r\n{CREDENTIALS}\r\n\r\n");
    let half = &whole[..40];
    for text in ["\x16\x03\x01\x02\0 what is this?\r\n\r\n", half, &whole].into_iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(mut stream) = TcpStream::connect(address) {
            let _ = stream.write_all(text.as_bytes());
            count.fetch_add(1, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a request. It uses HTTP 1.0, so that the response ends with the connection.
fn open(address: &str, path: &str) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n{CREDENTIALS}\r\n\r\n")?;
    Ok(stream)
}

/// Reads the head of a response and returns the bytes after it, or `None` if the response is not 200.
fn skip_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).ok().filter(|&length| length > 0)?;
        text.extend_from_slice(&buffer[..length]);
        if let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") {
            return text.starts_with(b"HTTP/1.0 200").then(|| text.split_off(end + 4));
        }
    }
}

fn get(address: &str, path: &str) -> Option<Vec<u8>> {
    let mut stream = open(address, path).ok()?;
    let mut body = skip_head(&mut stream)?;
    stream.read_to_end(&mut body).ok()?;
    Some(body)
}

fn rate(expected: &[u8], seconds: f64) -> f64 {
    (expected.len() * DOWNLOADS) as f64 / seconds / 1e6
}
