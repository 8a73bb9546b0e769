//! Who may come in: passwords, sessions, and how fast they may be tried.

mod account;
mod brake;
mod credentials;
mod login;
mod password;
mod session;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::error::MonitorError;
use account::Account;
use brake::Brake;
use credentials::Credentials;
use session::Sessions;

pub use password::Password;

/// What a client that gives no credentials is told of where it is. Scripts that know the appliance look for it.
const REALM: &str = "Basic realm=\"IronPort Web Interface\"";

/// The address that a request came from, as an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Who may come in.
#[derive(Debug)]
pub(crate) struct Access {
    account: Account,
    sessions: Sessions,
    brake: Brake,
    /// Whether HTTPS is spoken, so that cookies may go no other way.
    secure: bool,
}

impl Access {
    /// Access for one user; `secure` says that HTTPS is spoken.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn new(user: &str, password: &Password, secure: bool) -> Result<Self, MonitorError> {
        let account = Account::new(user, password)?;
        Ok(Access { account, sessions: Sessions::new()?, brake: Brake::default(), secure })
    }

    /// The routes of the log-in page.
    pub(crate) fn router(self: &Arc<Self>) -> axum::Router {
        login::router(Arc::clone(self))
    }

    /// Whether credentials are right. Wrong ones make the next answer to the same peer wait.
    async fn check(self: &Arc<Self>, peer: IpAddr, credentials: Credentials) -> bool {
        let turn = loop {
            if self.account.knows(&credentials) {
                return true;
            }
            self.brake.wait(peer).await;
            let turn = self.account.turn().await;
            // While this one waited for its turn another may have failed, or have been right.
            if self.brake.is_open(peer) && !self.account.knows(&credentials) {
                break turn;
            }
        };
        let access = Arc::clone(self);
        // A client that goes away stops neither the work nor the count of its failures.
        let checked = tokio::task::spawn_blocking(move || {
            let right = access.account.verify(&credentials);
            access.brake.note(peer, right);
            drop(turn);
            right
        });
        checked.await.unwrap_or(false)
    }

    /// Whether a request comes with a session that is still on.
    fn has_session(&self, headers: &HeaderMap) -> bool {
        session::tokens(headers).any(|token| self.sessions.holds(&token))
    }
}

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

/// Says that an answer is for this moment only.
fn no_store() -> [(HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;

    const GUESSER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn access() -> Arc<Access> {
        Arc::new(Access::new("admin", &Password::new("secret".into()), false).expect("random numbers"))
    }

    /// Whether a password is right, and how many milliseconds of waiting the answer took. Hashing takes none, as the clock
    /// stands still while it is done.
    async fn try_out(access: &Arc<Access>, peer: IpAddr, password: &str) -> (bool, u128) {
        let began = Instant::now();
        let credentials = Credentials { user: b"admin".to_vec(), password: password.into() };
        (access.check(peer, credentials).await, began.elapsed().as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn who_guesses_waits_and_nobody_else_does() {
        let access = access();
        for waits in [0, 0, 0, 250, 500, 1000] {
            let (right, waited) = try_out(&access, GUESSER, "guess").await;
            assert!(!right && (waits..waits + 50).contains(&waited), "{waits}: {waited}");
        }
        assert_eq!(try_out(&access, OTHER, "guess").await, (false, 0));
        assert_eq!(try_out(&access, OTHER, "secret").await, (true, 0));
        // By now the right password is known, from wherever it comes.
        assert_eq!(try_out(&access, GUESSER, "secret").await, (true, 0));
        let (right, waited) = try_out(&access, GUESSER, "guess").await;
        assert!(!right && waited >= 2000, "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn guesses_at_once_are_no_faster_than_one_after_another() {
        let access = access();
        for _ in 0..6 {
            try_out(&access, GUESSER, "guess").await;
        }
        let began = Instant::now();
        let guesses = (0..8).map(|_| {
            let access = Arc::clone(&access);
            tokio::spawn(async move { try_out(&access, GUESSER, "guess").await })
        });
        let guesses: Vec<_> = guesses.collect();
        for guess in guesses {
            assert!(!guess.await.expect("no panic").0);
        }
        // Two are let through at a time: after 2 seconds, and after 8 three times.
        assert!(began.elapsed() >= Duration::from_secs(2 + 3 * 8), "{:?}", began.elapsed());
    }
}
