//! Figures about the server for a monitoring system, and its health. They have a listener of their own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tollgate_history::{HistoryError, HistoryProgress};

use crate::cache::CacheFigures;
use crate::refusal::{HttpRefusal, shown};
use crate::route::Route;
use crate::site::Site;

/// The format of the metrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The paths of the listener, for the error of other paths.
const PATHS: &str = "allowed are /metrics and /healthz";

/// The bounds of the durations of requests, in seconds. A large download takes minutes.
const DURATIONS: [f64; 13] = [0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// Figures about requests. A clone counts into the same figures.
#[derive(Clone, Debug)]
pub(crate) struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    sent_bytes: Family<RouteLabel, Counter>,
    durations: Family<RouteLabel, Histogram, fn() -> Histogram>,
    failed_logins: Counter,
    /// The number of open connections.
    pub(crate) connections: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    /// The class of the status, such as `2xx`.
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

/// Reads the figures about the history and the cache when they are asked for.
#[derive(Debug)]
struct SiteMetrics(Arc<Site>);

/// The state of the routes.
#[derive(Clone)]
struct Watchers {
    site: Arc<Site>,
    registry: Arc<Registry>,
}

impl HttpMetrics {
    /// Figures without requests. The counter of failed log-ins counts elsewhere.
    pub(crate) fn new(failed_logins: Counter) -> Self {
        HttpMetrics {
            requests: Family::default(),
            sent_bytes: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            failed_logins,
            connections: Gauge::default(),
        }
    }

    /// Counts a request. Without a status, its client left before the answer began. The duration lasts until the last byte is sent.
    pub(crate) fn count(&self, route: Route, status: Option<StatusCode>, sent_bytes: u64, duration: Duration) {
        let status = match status.map(|status| status.as_u16() / 100) {
            Some(2) => "2xx",
            Some(3) => "3xx",
            Some(4) => "4xx",
            Some(_) => "5xx",
            None => "none",
        };
        let route = route.name();
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
        self.sent_bytes.get_or_create(&RouteLabel { route }).inc_by(sent_bytes);
        self.durations.get_or_create(&RouteLabel { route }).observe(duration.as_secs_f64());
    }
}

/// The routes `/metrics` and `/healthz`. They need no password and show no figures of mail.
pub(crate) fn router(site: Arc<Site>, http: &HttpMetrics) -> Router {
    let mut registry = Registry::with_prefix("tollgate");
    let help =
        "Answered requests by route and class of the status, or none if the client left before the status was sent";
    registry.register("http_requests", help, http.requests.clone());
    let help = "Bytes of the bodies of answers, after compression";
    registry.register_with_unit("http_response", help, Unit::Bytes, http.sent_bytes.clone());
    let help = "Durations of requests by route, from the head of the request to the last byte of the answer";
    registry.register_with_unit("http_request_duration", help, Unit::Seconds, http.durations.clone());
    registry.register("failed_logins", "Attempts to log in with wrong credentials", http.failed_logins.clone());
    registry.register("http_connections", "Open connections", http.connections.clone());
    registry.register_collector(Box::new(SiteMetrics(Arc::clone(&site))));
    let missing =
        async |request: Request| HttpRefusal::missing(format!("path: found {}, {PATHS}", shown(request.uri().path())));
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .fallback(missing)
        .with_state(Watchers { site, registry: Arc::new(registry) })
}

async fn metrics(State(watchers): State<Watchers>) -> Result<Response, HttpRefusal> {
    let mut page = String::new();
    text::encode(&mut page, &watchers.registry).map_err(|error| HttpRefusal::failed(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response())
}

async fn health(State(watchers): State<Watchers>) -> Response {
    let history = &watchers.site.history;
    let (_, kept_bytes) = history.size();
    match unreadiness(history.fault(), history.progress(), kept_bytes) {
        None => (StatusCode::OK, "ok\n").into_response(),
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, reason + "\n").into_response(),
    }
}

/// The reason why the server cannot give figures.
fn unreadiness(fault: Option<HistoryError>, progress: HistoryProgress, kept_bytes: u64) -> Option<String> {
    if let Some(error) = fault {
        return Some(format!("some intervals cannot be read now: {error}"));
    }
    // If no interval is over yet, there is nothing to wait for.
    let is_empty = progress.needed_micros > 0 && kept_bytes == 0;
    is_empty.then(|| "the first interval is being simulated".into())
}

impl Collector for SiteMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Site { history, exports, .. } = &*self.0;
        let CacheFigures { bytes, files, hits, misses } = exports.figures();
        let now = history.now_micros();
        let progress = history.progress();
        let lag = progress.needed_micros.saturating_sub(progress.made_micros);
        let (kept_files, kept_bytes) = history.size();
        let mut gauge = |name: &str, help: &str, unit: Option<&Unit>, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
        };
        let seconds = |micros: u64| micros as f64 / 1e6;
        gauge("clock_timestamp", "Moment of the simulated clock", Some(&Unit::Seconds), seconds(now))?;
        let help = "Simulated time that is over and still has to be simulated";
        gauge("history_lag", help, Some(&Unit::Seconds), seconds(lag))?;
        gauge("history", "Size of the stored intervals", Some(&Unit::Bytes), kept_bytes as f64)?;
        gauge("history_files", "Files of stored intervals", None, kept_files as f64)?;
        gauge("cache", "Size of the cached exports", Some(&Unit::Bytes), bytes as f64)?;
        gauge(
            "cache_files",
            "Cached exports that are files, because small ones are kept in memory",
            None,
            files as f64,
        )?;
        for (name, help, count) in [
            ("cache_hits", "Exports that were found in the cache", hits),
            ("cache_misses", "Exports that had to be made", misses),
        ] {
            let counter = ConstCounter::new(count);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_ready_when_an_interval_can_be_read_and_the_simulation_goes_on() {
        let progress = |needed_micros| HistoryProgress { made_micros: 0, needed_micros };
        let waits = Some("the first interval is being simulated".to_owned());
        let failed = Some(format!("some intervals cannot be read now: {}", HistoryError::Fault));
        assert_eq!(unreadiness(None, progress(1), 0), waits);
        assert_eq!(unreadiness(None, progress(1), 1), None);
        assert_eq!(unreadiness(None, progress(0), 0), None);
        assert_eq!(unreadiness(Some(HistoryError::Fault), progress(1), 1), failed);
    }

    #[test]
    fn a_client_that_leaves_first_has_no_status() {
        let metrics = HttpMetrics::new(Counter::default());
        metrics.count(Route::Export, None, 0, Duration::ZERO);
        metrics.count(Route::Export, Some(StatusCode::SERVICE_UNAVAILABLE), 7, Duration::ZERO);
        let count = |status| metrics.requests.get_or_create(&RequestLabels { route: "export", status }).get();
        assert_eq!(["none", "5xx", "2xx"].map(count), [1, 1, 0]);
        assert_eq!(metrics.sent_bytes.get_or_create(&RouteLabel { route: "export" }).get(), 7);
    }
}
