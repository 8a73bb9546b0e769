//! Metrics and the health check.

use std::net::{SocketAddr, TcpStream};

use crate::raw::{Answer, ask, bind_with_metrics, exchange};
use crate::support::Running;

const RIGHT: &str = "Authorization: Basic YWRtaW46c2U6Y3LDqXQ6IDE=";
const EXPORT: &str =
    "GET /monitor/reports/overview?format=csv&section=ss_1_0_1&date_range=current_hour&report_def_id=mga_overview";

/// The value of a metric.
fn value(page: &str, name: &str) -> f64 {
    let line = page.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}: {page}"));
    line.trim().parse().unwrap()
}

/// True if a metric has a value soon. It changes after an answer, or after a connection has ended.
fn settles(address: SocketAddr, name: &str, expected: f64) -> bool {
    (0..10_000).any(|_| value(&metrics(address), name) == expected)
}

/// A running server, and the address of its metrics.
fn start() -> (Running, SocketAddr) {
    let server = bind_with_metrics();
    let url = server.metrics_url().unwrap();
    let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix("/metrics")).unwrap().parse().unwrap();
    (Running::of(server), address)
}

fn metrics(address: SocketAddr) -> String {
    let answer = ask(address, "GET /metrics", &[], "");
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((answer.status, answer.header("content-type")), (200, vec![kind]));
    assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
    answer.body
}

#[test]
fn requests_connections_and_the_cache_are_counted() {
    let (server, address) = start();
    let mut sent_bytes = 0;
    let wrong = "Authorization: Basic YWRtaW46d3Jvbmc=";
    for (line, status) in [(RIGHT, 200), (RIGHT, 200), (RIGHT, 200), (wrong, 401)] {
        let answer = ask(server.address, EXPORT, &[line], "");
        assert_eq!(answer.status, status, "{answer:?}");
        sent_bytes += answer.unchunked_bytes();
    }
    ask(server.address, "GET /no-such", &[RIGHT], "");
    ask(server.address, "HEAD /login", &[], "");
    // An answer is counted before its connection ends, and `ask` reads to the end of the connection.
    let page = metrics(address);
    for (name, expected) in [
        ("tollgate_http_requests_total{route=\"export\",status=\"2xx\"}", 3.0),
        ("tollgate_http_requests_total{route=\"export\",status=\"4xx\"}", 1.0),
        ("tollgate_http_requests_total{route=\"other\",status=\"4xx\"}", 1.0),
        ("tollgate_http_requests_total{route=\"access\",status=\"2xx\"}", 1.0),
        ("tollgate_http_response_bytes_total{route=\"access\"}", 0.0),
        ("tollgate_http_request_duration_seconds_count{route=\"export\"}", 4.0),
        ("tollgate_http_request_duration_seconds_bucket{le=\"300.0\",route=\"export\"}", 4.0),
        ("tollgate_failed_logins_total", 1.0),
        ("tollgate_cache_misses_total", 1.0),
        ("tollgate_cache_hits_total", 2.0),
        ("tollgate_cache_files", 0.0),
        ("tollgate_clock_timestamp_seconds", 1_227_002_400.0),
        ("tollgate_http_response_bytes_total{route=\"export\"}", sent_bytes as f64),
    ] {
        assert_eq!(value(&page, name), expected, "{name}: {page}");
    }
    assert!(settles(address, "tollgate_history_lag_seconds", 0.0));
    assert!(value(&page, "tollgate_history_bytes") > 0.0 && value(&page, "tollgate_cache_bytes") > 0.0);
}

#[test]
fn an_open_connection_is_counted_until_it_ends() {
    let (server, address) = start();
    let settles = |count| settles(address, "tollgate_http_connections", count);
    assert!(settles(0.0));
    let mut held: Vec<TcpStream> = Vec::new();
    for count in 1..=3 {
        held.push(TcpStream::connect(server.address).unwrap());
        assert!(settles(f64::from(count)), "{count}");
    }
    drop(held);
    assert!(settles(0.0));
}

#[test]
fn the_health_check_and_the_metrics_need_no_password_and_are_nowhere_else() {
    let (server, address) = start();
    // An export waits until its figures are ready.
    assert_eq!(ask(server.address, EXPORT, &[RIGHT], "").status, 200);
    let answer = ask(address, "GET /healthz", &[], "");
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    for path in ["GET /", "GET /login", "GET /monitor/reports/overview"] {
        let answer = ask(address, path, &[RIGHT], "");
        assert_eq!((answer.status, answer.body.contains("/metrics and /healthz")), (404, true), "{path}");
        assert!(answer.body.starts_with("path: found \"/"), "{}", answer.body);
    }
    assert_eq!(ask(address, "POST /metrics", &[], "").status, 405);
    for path in ["GET /metrics", "GET /healthz"] {
        assert_eq!(ask(server.address, path, &[], "").status, 401, "{path}");
        assert_eq!(ask(server.address, path, &[RIGHT], "").status, 404, "{path}");
    }
    drop(server);
    assert!(TcpStream::connect(address).is_err(), "the listener for metrics ends with the server");
}

#[test]
fn clients_cannot_add_labels() {
    let (server, address) = start();
    for number in 0..20 {
        ask(server.address, &format!("GET /{number}"), &[RIGHT], "");
        ask(server.address, &format!("GET /monitor/{number}"), &[RIGHT], "");
        exchange(
            server.address,
            format!("VERB{number} /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes(),
        );
    }
    let page = metrics(address);
    assert_eq!(page.matches("tollgate_http_requests_total{").count(), 3, "{page}");
    assert_eq!(value(&page, "tollgate_http_requests_total{route=\"access\",status=\"4xx\"}"), 20.0);
}

/// Checks the format line by line.
#[test]
fn every_sample_has_a_type_and_a_help() {
    let (server, address) = start();
    ask(server.address, "GET /login", &[], "");
    let page = metrics(address);
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let suffixes = ["_total", "_sum", "_count", "_bucket"];
        let family = suffixes.into_iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        for kind in ["TYPE", "HELP"] {
            assert!(page.contains(&format!("# {kind} {family} ")), "{kind} of {line}");
        }
    }
    assert!(Answer::read(&exchange(address, b"GET /metrics HTTP/1.0\r\n\r\n")).status == 200);
}
