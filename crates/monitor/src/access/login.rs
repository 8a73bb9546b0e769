//! The log-in page.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{DefaultBodyLimit, Form, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tollgate_wording::{ByteNames, bytes};

use super::credentials::Credentials;
use super::gate::{Access, LoginOutcome, Peer};
use super::{origin, session};
use crate::refusal::HttpRefusal;

/// The maximum size of a form in bytes.
const FORM_BYTES: usize = 16 << 10;
/// The maximum time for a form to arrive.
const FORM_TIME: Duration = Duration::from_secs(10);

/// The characters of `next` that are percent-encoded: all but the slash and the unreserved characters of RFC 3986.
const NEXT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The `action` of the log-in page after logging out.
const LOGGED_OUT: &str = "LoggedOut";
/// The refusal of a form to log out that has no token of the session.
const NO_TOKEN: &str = "log out: found a form without the token of this session. Use the button \"Log out\" on a page.";

/// The names and values of a form or query.
type Fields = Vec<(String, String)>;

/// The log-in page.
#[derive(Debug, Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    /// A note above the form.
    note: Option<LoginNote>,
    user: &'a str,
    /// The URL to show after logging in.
    next: &'a str,
    /// The token of the form that ends the session, if the user asked to log out with a link.
    leave: Option<String>,
}

/// A note above the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoginNote {
    Wrong,
    TooMany,
    LoggedOut,
}

/// The routes of the log-in page and of logging out. Forms on pages of other sites are refused.
pub(crate) fn router(access: Arc<Access>) -> axum::Router {
    axum::Router::new()
        .route("/login", get(show).post(log_in))
        .route("/logout", post(log_out))
        .layer(middleware::from_fn(origin::refuse_foreign))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .with_state(access)
}

/// The address of the log-in page, with the URL that the user wanted.
pub(super) fn address(wanted: &Uri) -> String {
    match wanted.path_and_query().map_or("/", |wanted| wanted.as_str()) {
        "/" => "/login".into(),
        wanted => format!("/login?next={}", utf8_percent_encode(wanted, NEXT)),
    }
}

/// Shows the page. With `action=Logout`, the page has a button that ends the session. The request itself does not end it,
/// because any page of another site can cause such a request.
async fn show(State(access): State<Arc<Access>>, query: Query<Fields>, headers: HeaderMap) -> Response {
    let session = if field(&query, "action") == "Logout" { access.session(&headers) } else { None };
    let note = (field(&query, "action") == LOGGED_OUT).then_some(LoginNote::LoggedOut);
    let leave = session.map(|token| access.sessions.form_token(&token));
    respond(StatusCode::OK, LoginPage { note, user: "", next: local(field(&query, "next")), leave })
}

/// Ends the session whose token the form has, and redirects to the log-in page. Without a session there is nothing to end.
async fn log_out(State(access): State<Arc<Access>>, request: Request) -> Result<Response, HttpRefusal> {
    let sessions: Vec<String> = session::tokens(request.headers()).collect();
    let fields = read_form(request).await?;
    let active: Vec<&String> = sessions.iter().filter(|token| access.sessions.holds(token)).collect();
    let owned = active.iter().find(|token| access.sessions.owns_form(token, field(&fields, "token")));
    match owned {
        Some(token) => access.sessions.end(token),
        None if active.is_empty() => {}
        None => return Err(HttpRefusal::forbidden(NO_TOKEN)),
    }
    let mut response = (no_store(), Redirect::to(&format!("/login?action={LOGGED_OUT}"))).into_response();
    set_cookie(&mut response, &session::cookie(None, access.secure));
    Ok(response)
}

/// Handles the form: begins a session and redirects to the page that the user wanted, or shows the log-in page again. Programs
/// send further fields, which are ignored.
async fn log_in(State(access): State<Arc<Access>>, request: Request) -> Result<Response, HttpRefusal> {
    let Some(&Peer(peer)) = request.extensions().get::<Peer>() else {
        return Err(HttpRefusal::failed("log in: the address of the client is unknown"));
    };
    let fields = read_form(request).await?;
    let [user, password] = ["username", "password"].map(|name| field(&fields, name));
    let next = local(field(&fields, "next"));
    let credentials = Credentials { user: user.into(), password: password.into() };
    let page = |note| LoginPage { note: Some(note), user, next, leave: None };
    match access.check(peer, credentials).await {
        LoginOutcome::Right => {}
        LoginOutcome::Wrong => return Ok(respond(StatusCode::FORBIDDEN, page(LoginNote::Wrong))),
        LoginOutcome::TooMany(wait) => {
            return Ok(too_many(wait, respond(StatusCode::TOO_MANY_REQUESTS, page(LoginNote::TooMany))));
        }
    }
    let token = access.sessions.begin().map_err(|error| HttpRefusal::failed(error.to_string()))?;
    let mut response = (no_store(), Redirect::to(next)).into_response();
    set_cookie(&mut response, &session::cookie(Some(token), access.secure));
    Ok(response)
}

async fn read_form(request: Request) -> Result<Fields, HttpRefusal> {
    let form = tokio::time::timeout(FORM_TIME, Form::<Fields>::from_request(request, &())).await;
    let refuse = |found: &str| {
        HttpRefusal::bad(format!(
            "form: found {found}, allowed is a form of at most {}. To log in, it has the fields username and password. To log out, it \
             has the field token.",
            bytes(FORM_BYTES as f64, ByteNames::Binary)
        ))
    };
    match form {
        Ok(Ok(Form(fields))) => Ok(fields),
        Ok(Err(_)) => Err(refuse("a body of another kind or size")),
        Err(_) => Err(refuse("a form that did not arrive in time")),
    }
}

fn respond(status: StatusCode, page: LoginPage<'_>) -> Response {
    match page.render() {
        Ok(text) => (status, no_store(), Html(text)).into_response(),
        Err(error) => HttpRefusal::failed(error.to_string()).into_response(),
    }
}

fn set_cookie(response: &mut Response, cookie: &str) {
    // This always succeeds, because our cookies contain only characters that a header may contain.
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The first value of a field, or an empty string if there is none.
fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

/// Returns the path if it leads to this server, or else `/`. Browsers read `//` and `/\` as the beginning of a host name, and they
/// remove control characters first.
fn local(place: &str) -> &str {
    let mut characters = place.chars();
    let is_path = characters.next() == Some('/') && !matches!(characters.next(), Some('/' | '\\'));
    if is_path && place.chars().all(|character| character.is_ascii_graphic()) { place } else { "/" }
}

/// The refusal of an attempt because too many of the same client wait already. `wait` is the time after which it may try again.
pub(super) fn too_many(wait: Duration, body: impl IntoResponse) -> Response {
    let seconds = HeaderValue::from(wait.as_secs_f64().ceil() as u64);
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], no_store(), body).into_response()
}

/// The header that forbids caching an answer.
pub(super) fn no_store() -> [(HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_form_that_does_not_end_is_given_up() {
        let body = axum::body::Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, axum::Error>>());
        let request = Request::post("/login").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let refusal = read_form(request.body(body).expect("a request")).await.expect_err("no form");
        assert_eq!(
            (refusal.status, refusal.line.contains("a form that did not arrive")),
            (StatusCode::BAD_REQUEST, true)
        );
    }

    #[test]
    fn only_places_on_this_server_are_gone_to() {
        for place in ["/", "/monitor/overview", "/monitor?a=b&c=//d", "/a//b", "/%2F%2Fhost"] {
            assert_eq!(local(place), place);
        }
        let others =
            ["", "monitor", "//host", "/\\host", "\\\\host", "http://host/", "/\t/host", " //host", "/a b", "/ä"];
        for place in others.into_iter().chain(["/a\r\nSet-Cookie: sid=1", "javascript:alert(1)", "\0/a"]) {
            assert_eq!(local(place), "/", "{place:?}");
        }
    }

    #[test]
    fn an_address_keeps_where_one_wanted_to_go() {
        let address = |text: &'static str| super::address(&Uri::from_static(text));
        assert_eq!(address("/"), "/login");
        assert_eq!(address("/monitor/a?b=c&d=%20e"), "/login?next=/monitor/a%3Fb%3Dc%26d%3D%2520e");
    }
}
