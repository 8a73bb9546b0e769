//! Measures the server's requests and bytes per second, for a small table and for the largest table over a week. Compares them
//! with the CSV writer alone, and with a bare server of the same library that has the same bytes in memory.
//!
//! Run it with `cargo bench -p tollgate-monitor --bench load`. It needs `wrk` and `curl`. Client and server share the machine's
//! processors.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may fail by panic, and prints")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use tollgate_catalogue::{Catalogue, Table};
use tollgate_history::{ApplianceInterval, Clock, History, Resolution};
use tollgate_ledger::Counts;
use tollgate_monitor::{Password, Server, ServerSettings};
use tollgate_report::{CountingRule, CsvWriter, Setting, part_of};
use tollgate_scenario::{HOUR, Scenario};

/// The numbers of the requested tables: Incoming Mail Summary, and Incoming IP Addresses.
const TABLES: [u32; 2] = [1, 5];
const PASSWORD: &str = "benchmark";
const SECONDS: u64 = 5;

/// The export of one table over a week, and the time that the CSV writer alone takes to write it.
struct Sheet {
    table: &'static Table,
    bytes: Vec<u8>,
    writing: Duration,
}

/// The figures of a load tool.
struct Seen {
    requests_per_second: f64,
    mib_per_second: f64,
}

fn main() {
    let is_missing = |tool: &&&str| Command::new(tool).arg("--version").output().is_err();
    if let Some(tool) = ["wrk", "curl"].iter().find(is_missing) {
        println!("Not measured: {tool} is missing. On Debian or Ubuntu, run: apt-get install wrk curl");
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/c650-week.toml");
    let scenario = Scenario::read(&file, &[]).unwrap();
    let end_micros = scenario.time.end().micros();
    let started = Instant::now();
    let history = History::begin(&scenario, Clock::Frozen(end_micros), None).unwrap();
    let sheets: Vec<Sheet> = TABLES.iter().map(|&number| write(&history, number)).collect();
    println!("A week of history was ready after {:.1} s", started.elapsed().as_secs_f64());

    let cold = serve(&history, 0);
    let warm = serve(&history, 1 << 30);
    for sheet in &sheets {
        let bare = serve_bytes(&sheet.bytes);
        let writer = mib(sheet.bytes.len()) / sheet.writing.as_secs_f64();
        println!("\n{} ({:.3} MiB)", sheet.table.title, mib(sheet.bytes.len()));
        println!("  the CSV writer alone     {writer:>10.1} MiB/s");
        // The cold server caches nothing, so every request is a first one. A small table is requested many times on one
        // connection, because a single request mostly measures the start of the client.
        let is_large = sheet.bytes.len() > 1 << 20;
        let first = download(&url(cold, sheet.table), sheet.bytes.len());
        let first = if is_large { first } else { load(&url(cold, sheet.table), 1).mib_per_second };
        println!("  a first request          {first:>10.1} MiB/s   {:.2} of the writer", first / writer);
        download(&url(warm, sheet.table), sheet.bytes.len());
        let connections = if is_large { 2 } else { 16 };
        let repeated = load(&url(warm, sheet.table), connections);
        let beside = load(&format!("http://{bare}/"), connections);
        println!(
            "  a bare server            {:>10.1} MiB/s {:>10.1} requests/s",
            beside.mib_per_second, beside.requests_per_second
        );
        println!(
            "  a repeated request       {:>10.1} MiB/s {:>10.1} requests/s   {:.2} of the bare server",
            repeated.mib_per_second,
            repeated.requests_per_second,
            repeated.requests_per_second / beside.requests_per_second
        );
    }
}

/// Writes a table over the week. Reading the counts is not timed.
fn write(history: &History, number: u32) -> Sheet {
    let catalogue = Catalogue::builtin();
    let table = catalogue.table(number).unwrap();
    let scenario = history.scenario();
    let appliance = &scenario.appliances[0];
    let rule = catalogue.rule(&appliance.counting.rule).unwrap();
    let mut writer = CsvWriter::new(Setting {
        directory: history.simulation().directory(),
        reputation_multiplier: appliance.reputation_multiplier,
        interval_micros: HOUR,
        counting: CountingRule::new(rule, appliance, &scenario.time),
    });
    let (mut bytes, mut writing) = (Vec::new(), Duration::ZERO);
    writer.write_header(table, &mut bytes);
    let mut out = Vec::new();
    let span = scenario.time.begin.micros()..scenario.time.end().micros();
    for begin_micros in span.step_by(HOUR as usize) {
        let mut counts = Counts::default();
        let interval = ApplianceInterval { appliance: 0, resolution: Resolution::Hour, begin_micros };
        history.absorb(interval, part_of(table), &mut counts).unwrap();
        out.clear();
        let started = Instant::now();
        writer.write_interval(table, begin_micros, &[&counts], &mut out);
        writing += started.elapsed();
        bytes.extend_from_slice(&out);
    }
    Sheet { table, bytes, writing }
}

/// Starts a server with a history and a cache of `cache_bytes` bytes. It runs until the process ends.
fn serve(history: &History, cache_bytes: u64) -> SocketAddr {
    let settings = ServerSettings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        user: "admin".into(),
        password: Password::new(PASSWORD.into()),
        tls: None,
        cache_bytes,
        metrics: None,
    };
    let server = Server::bind(history.clone(), settings).unwrap();
    let address = server.address();
    std::thread::spawn(move || server.run());
    address
}

/// Starts a bare server that answers with bytes from memory.
fn serve_bytes(bytes: &[u8]) -> SocketAddr {
    let bytes = Bytes::copy_from_slice(bytes);
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(move || async move { bytes }));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    address
}

fn url(address: SocketAddr, table: &Table) -> String {
    let Table { page_path, section, report_def_id, .. } = table;
    format!(
        "http://{address}/monitor/reports/{page_path}?format=csv&section={section}&date_range=current_week\
         &report_def_id={report_def_id}"
    )
}

/// Downloads twice and returns the rate of the second download in MiB/s. The first one includes hashing the password.
fn download(url: &str, expected: usize) -> f64 {
    let mut rate = 0.0;
    for _ in 0..2 {
        let form = "%{size_download} %{time_total}";
        let output = Command::new("curl")
            .args(["--silent", "--fail", "--output", "/dev/null", "--write-out", form])
            .args(["--user", &format!("admin:{PASSWORD}"), url])
            .output()
            .unwrap();
        assert!(output.status.success(), "curl {url}: {}", String::from_utf8_lossy(&output.stderr));
        let numbers = String::from_utf8(output.stdout).unwrap();
        let (size, seconds) = numbers.split_once(' ').unwrap();
        assert_eq!(size.parse::<usize>().unwrap(), expected, "{url}");
        rate = mib(expected) / seconds.parse::<f64>().unwrap();
    }
    rate
}

/// Repeats a request on a number of connections for a few seconds.
fn load(url: &str, connections: u32) -> Seen {
    // admin:benchmark
    let credentials = "Authorization: Basic YWRtaW46YmVuY2htYXJr";
    let (connections, duration) = (connections.to_string(), format!("{SECONDS}s"));
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &connections, "--duration", &duration, "--timeout", "60s"])
        .args(["--header", credentials, url])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !text.contains("Non-2xx"), "wrk {url}: {text}");
    let figure = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).unwrap().trim().to_owned();
    let requests_per_second = figure("Requests/sec:").parse().unwrap();
    let transfer = figure("Transfer/sec:");
    let (number, unit) = transfer.split_at(transfer.len() - 2);
    let scale = match unit {
        "GB" => 1024.0,
        "MB" => 1.0,
        "KB" => 1.0 / 1024.0,
        _ => panic!("wrk gave its transfer in {unit}"),
    };
    Seen { requests_per_second, mib_per_second: number.parse::<f64>().unwrap() * scale }
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
