//! Refusals of requests.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A request refused: a status and one line that says what was found and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpRefusal {
    pub(crate) status: StatusCode,
    pub(crate) line: String,
}

impl HttpRefusal {
    /// Something in the request means nothing here.
    pub(crate) fn bad(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::BAD_REQUEST, line: line.into() }
    }

    /// The request names something that does not exist.
    pub(crate) fn missing(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::NOT_FOUND, line: line.into() }
    }

    /// There is no room for it now.
    pub(crate) fn busy(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::SERVICE_UNAVAILABLE, line: line.into() }
    }

    /// The fault is not the client's.
    pub(crate) fn failed(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::INTERNAL_SERVER_ERROR, line: line.into() }
    }
}

impl IntoResponse for HttpRefusal {
    fn into_response(self) -> Response {
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
        (self.status, plain, self.line + "\n").into_response()
    }
}

/// A value as refusals show it: in quotes, without control characters, and not too long for a line.
pub(crate) fn shown(value: &str) -> String {
    const MOST: usize = 60;
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}...", &value[..end]),
        None => format!("{value:?}"),
    }
}
