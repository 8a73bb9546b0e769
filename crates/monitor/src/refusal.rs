//! Refusals of requests.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tollgate_wording::beginning;

/// The refusal of a request: a status, and one line with the value that was found and the values that are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpRefusal {
    pub(crate) status: StatusCode,
    pub(crate) line: String,
}

impl HttpRefusal {
    /// The request has a value that is not allowed.
    pub(crate) fn bad(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::BAD_REQUEST, line: line.into() }
    }

    /// The server does not do this for the sender of the request.
    pub(crate) fn forbidden(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::FORBIDDEN, line: line.into() }
    }

    /// The request names something that does not exist.
    pub(crate) fn missing(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::NOT_FOUND, line: line.into() }
    }

    /// The server cannot answer at the moment. The answer tells the client to try again.
    pub(crate) fn busy(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::SERVICE_UNAVAILABLE, line: line.into() }
    }

    /// The server failed; the request is not at fault.
    pub(crate) fn failed(line: impl Into<String>) -> Self {
        HttpRefusal { status: StatusCode::INTERNAL_SERVER_ERROR, line: line.into() }
    }
}

impl IntoResponse for HttpRefusal {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(status = self.status.as_u16(), line = self.line, "a request failed");
        }
        let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
        (self.status, plain, self.line + "\n").into_response()
    }
}

/// A value as refusals show it: in quotes, with control characters escaped, and at most 60 characters long.
pub(crate) fn shown(value: &str) -> String {
    format!("{:?}", beginning(value, 60))
}
