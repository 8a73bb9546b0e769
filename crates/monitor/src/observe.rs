//! Observes requests. Each gets one line in the log, and is counted in the metrics.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Frame;
use tokio::time::Instant;
use tollgate_wording::beginning;

use crate::access::Peer;
use crate::address;
use crate::metrics::HttpMetrics;
use crate::route::Route;
use crate::watched::{BodyWatcher, WatchedBody};

/// The maximum number of characters of a path or a query in the log.
const MOST_CHARACTERS: usize = 2048;

/// A request and the progress of its answer. When it is dropped, the request is over and is logged and counted.
struct Observation {
    began: Instant,
    peer: Option<IpAddr>,
    method: Method,
    uri: Uri,
    route: Route,
    metrics: HttpMetrics,
    /// Absent if the client left before the answer began.
    status: Option<StatusCode>,
    /// The length of the answer's body, if its head has one.
    length_bytes: Option<u64>,
    sent_bytes: u64,
    is_complete: bool,
}

/// Observes a request until the last byte of its answer is sent, or until its client leaves.
pub(crate) async fn observe(State(metrics): State<HttpMetrics>, request: Request, next: Next) -> Response {
    let mut observation = Observation {
        began: Instant::now(),
        peer: request.extensions().get::<Peer>().map(|&Peer(peer)| peer),
        method: request.method().clone(),
        uri: request.uri().clone(),
        route: Route::of(request.uri()),
        metrics,
        status: None,
        length_bytes: None,
        sent_bytes: 0,
        is_complete: false,
    };
    let response = next.run(request).await;
    observation.status = Some(response.status());
    let length = response.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    observation.length_bytes = length.and_then(|length| length.parse().ok());
    response.map(|body| Body::new(WatchedBody { body, watcher: observation }))
}

impl BodyWatcher for Observation {
    fn note_frame(&mut self, frame: Option<&Result<Frame<Bytes>, axum::Error>>) {
        match frame {
            None => self.is_complete = true,
            Some(Ok(frame)) => self.sent_bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(error)) => {
                tracing::error!(path = self.uri.path(), error = error.to_string(), "an answer was cut off")
            }
        }
    }

    fn note_drop(&mut self, is_over: bool) {
        let is_whole = self.length_bytes.is_some_and(|length| length <= self.sent_bytes);
        self.is_complete |= is_over || is_whole || self.method == Method::HEAD;
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.metrics.count(self.route, self.status, self.sent_bytes, self.began.elapsed());
        tracing::info!(
            peer = self.peer.map(tracing::field::display),
            method = self.method.as_str(),
            path = &*beginning(self.uri.path(), MOST_CHARACTERS),
            query = self.uri.query().map(shown_query),
            status = self.status.map(|status| status.as_u16()),
            bytes = self.sent_bytes,
            seconds = self.began.elapsed().as_micros() as f64 / 1e6,
            complete = self.is_complete,
            "request"
        );
    }
}

/// A query as the log shows it. Values of parameters that the server does not know are left out, because they could be passwords
/// or tokens.
fn shown_query(query: &str) -> String {
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if address::is_known(name) => parameter.to_owned(),
        Some((name, _)) => format!("{name}=..."),
        None => "...".into(),
    });
    beginning(&parameters.collect::<Vec<_>>().join("&"), MOST_CHARACTERS).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_in_the_log_has_no_secrets() {
        for (query, expected) in [
            ("format=csv&section=ss_1_0_1", "format=csv&section=ss_1_0_1"),
            ("username=admin&password=hunter2", "username=...&password=..."),
            ("CSRFKey=hunter2&rule=true&hunter2", "CSRFKey=...&rule=true&..."),
            ("next=/monitor?password=hunter2", "next=..."),
            ("%70assword=hunter2&%66ormat=hunter2", "%70assword=...&%66ormat=..."),
        ] {
            assert_eq!(shown_query(query), expected);
        }
        assert_eq!(shown_query(&"\u{e9}&".repeat(5000)).chars().count(), MOST_CHARACTERS + 3);
    }
}
