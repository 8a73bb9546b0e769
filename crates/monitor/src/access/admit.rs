//! Admits or refuses requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::credentials::Credentials;
use super::gate::{Access, Peer};
use super::login::{self, no_store};
use crate::connections::ConnectionHandle;

/// The challenge to a client without credentials. Scripts for the appliance expect this realm.
const REALM: &str = "Basic realm=\"IronPort Web Interface\"";

/// Admits a request if its path is public, if it has a session, or if its credentials are right.
pub(crate) async fn admit(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    if is_public(request.uri().path()) {
        return next.run(request).await;
    }
    let credentials = Credentials::read(request.headers());
    let granted = match (credentials, request.extensions().get::<Peer>()) {
        _ if access.has_session(request.headers()) => true,
        (Some(credentials), Some(&Peer(peer))) => access.check(peer, credentials).await,
        _ => false,
    };
    if !granted {
        return turn_away(&request);
    }
    if let Some(connection) = request.extensions().get::<Arc<ConnectionHandle>>() {
        connection.admit();
    }
    next.run(request).await
}

/// True if a path needs no credentials: the log-in page and its files.
fn is_public(path: &str) -> bool {
    path == "/login" || path == "/favicon.ico" || path.starts_with("/static/")
}

/// The answer to a request without access: a browser is sent to the log-in page, and a script gets the challenge.
fn turn_away(request: &Request) -> Response {
    let uri = request.uri();
    let headers = request.headers();
    let reads_pages = headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|value| value.to_str().is_ok_and(|text| text.split(',').any(|kind| kind.trim().starts_with("text/html"))));
    // For an export a browser gets the challenge too. It then asks for the password, or uses `user:password@` in the URL.
    let is_export = uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "format=csv"));
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if reads_pages && is_read && !is_export && !headers.contains_key(header::AUTHORIZATION) {
        return (no_store(), Redirect::to(&login::address(uri))).into_response();
    }
    let line = "log in: found no valid user name and password, allowed are those that the server was started with\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, REALM)], no_store(), line).into_response()
}
