//! Lets requests through, or turns them away.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::credentials::Credentials;
use super::gate::{Access, Peer};
use super::login::{self, no_store};

/// The challenge to a client without credentials. Scripts for the appliance look for it.
const REALM: &str = "Basic realm=\"IronPort Web Interface\"";

/// Lets a request through that comes with a session or with the right credentials, or is for what everybody may see.
pub(crate) async fn admit(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    if is_public(request.uri().path()) || access.has_session(request.headers()) {
        return next.run(request).await;
    }
    let granted = match (Credentials::read(request.headers()), request.extensions().get::<Peer>()) {
        (Some(credentials), Some(&Peer(peer))) => access.check(peer, credentials).await,
        _ => false,
    };
    if granted { next.run(request).await } else { turn_away(&request) }
}

/// Whether a path needs no credentials: the log-in page and what it is drawn with.
fn is_public(path: &str) -> bool {
    path == "/login" || path == "/favicon.ico" || path.starts_with("/static/")
}

/// The answer to a request without access: a person at a browser may log in, a script is told how to.
fn turn_away(request: &Request) -> Response {
    let uri = request.uri();
    let headers = request.headers();
    let reads_pages = headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.split(',').any(|kind| kind.trim().starts_with("text/html"))));
    // An export is no page: a browser asks for the password itself, and takes the one of `user:password@`.
    let is_export = uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "format=csv"));
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if reads_pages && is_read && !is_export && !headers.contains_key(header::AUTHORIZATION) {
        return (no_store(), Redirect::to(&login::address(uri))).into_response();
    }
    let line = "log in: found no right user and password, allowed are those that the server was started with\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, REALM)], no_store(), line).into_response()
}
