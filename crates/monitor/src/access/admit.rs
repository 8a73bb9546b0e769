//! Admits or refuses requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::credentials::Credentials;
use super::gate::{Access, FormToken, LoginOutcome, Peer};
use super::login::{self, no_store};
use crate::connections::ConnectionHandle;
use crate::route::asks_for_csv;

/// The challenge to a client without credentials. Scripts for the appliance expect this realm.
const REALM: &str = "Basic realm=\"IronPort Web Interface\"";

/// Admits a request if its path is public, if it has a session, or if its credentials are right.
pub(crate) async fn admit(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    if is_public(request.uri().path()) {
        return next.run(request).await;
    }
    let session = access.session(request.headers());
    if let Some(token) = &session {
        request.extensions_mut().insert(FormToken(access.sessions.form_token(token)));
    }
    let credentials = Credentials::read(request.headers());
    let outcome = match (credentials, request.extensions().get::<Peer>()) {
        _ if session.is_some() => LoginOutcome::Right,
        (Some(credentials), Some(&Peer(peer))) => access.check(peer, credentials).await,
        _ => LoginOutcome::Wrong,
    };
    match outcome {
        LoginOutcome::Right => {}
        LoginOutcome::Wrong => return turn_away(&request),
        LoginOutcome::TooMany(wait) => {
            let line = "log in: found too many attempts with wrong passwords from your address, allowed are a few at once. \
                        Try again after the seconds in Retry-After.\n";
            return login::too_many(wait, line);
        }
    }
    if let Some(connection) = request.extensions().get::<Arc<ConnectionHandle>>() {
        connection.admit();
    }
    next.run(request).await
}

/// True if a path needs no credentials: the log-in page, its files, and logging out, which checks its session itself.
fn is_public(path: &str) -> bool {
    ["/login", "/logout", "/favicon.ico"].contains(&path) || path.starts_with("/static/")
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
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if reads_pages && is_read && !asks_for_csv(uri) && !headers.contains_key(header::AUTHORIZATION) {
        return (no_store(), Redirect::to(&login::address(uri))).into_response();
    }
    let line =
        "log in: found no user name and password, or wrong ones. Send the user name and the password of this server.\n";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, REALM)], no_store(), line).into_response()
}
