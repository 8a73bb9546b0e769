//! Sessions of logged-in users.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use ring::hmac;
use tokio::time::Instant;

use super::account::random_key;
use super::password::fill_random;
use crate::error::MonitorError;

/// The name of the cookie, as on the appliance.
const COOKIE: &str = "sid";
/// The time without a request after which a session ends.
const IDLE: Duration = Duration::from_secs(1800);
/// The maximum number of sessions. If there are more, the session that has been idle longest ends.
const SESSIONS: usize = 1024;

/// Active sessions. Only tags of their tokens are kept, so that the time of a look-up reveals nothing about a token.
pub(super) struct Sessions {
    key: hmac::Key,
    /// The key of the tokens in forms.
    form_key: hmac::Key,
    /// The latest use of each session, by the tag of its token.
    used: Mutex<HashMap<Vec<u8>, Instant>>,
}

impl Sessions {
    /// Starts without sessions.
    ///
    /// # Errors
    /// If the operating system gives no random numbers.
    pub(super) fn new() -> Result<Self, MonitorError> {
        Ok(Sessions { key: random_key()?, form_key: random_key()?, used: Mutex::default() })
    }

    /// Begins a session and returns its token: 256 random bits.
    ///
    /// # Errors
    /// If the operating system gives no random numbers.
    pub(super) fn begin(&self) -> Result<String, MonitorError> {
        let mut bytes = [0; 32];
        fill_random(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let tag = self.tag(&token);
        let mut used = self.used();
        used.retain(|_, last| last.elapsed() < IDLE);
        if used.len() >= SESSIONS {
            let idlest = used.iter().min_by_key(|(_, last)| **last).map(|(tag, _)| tag.clone());
            idlest.and_then(|idlest| used.remove(&idlest));
        }
        used.insert(tag, Instant::now());
        Ok(token)
    }

    /// True if the session of a token is active. The call counts as a use of the session.
    pub(super) fn holds(&self, token: &str) -> bool {
        let tag = self.tag(token);
        let mut used = self.used();
        match used.get_mut(&tag) {
            Some(last) if last.elapsed() < IDLE => {
                *last = Instant::now();
                true
            }
            _ => false,
        }
    }

    /// The token that forms on the pages of a session contain. A page of another site cannot know it.
    pub(super) fn form_token(&self, token: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.form_key, token.as_bytes()))
    }

    /// True if a form has the token of a session.
    pub(super) fn owns_form(&self, token: &str, form_token: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(form_token);
        tag.is_ok_and(|tag| hmac::verify(&self.form_key, token.as_bytes(), &tag).is_ok())
    }

    /// Ends a session.
    pub(super) fn end(&self, token: &str) {
        let tag = self.tag(token);
        self.used().remove(&tag);
    }

    fn tag(&self, token: &str) -> Vec<u8> {
        hmac::sign(&self.key, token.as_bytes()).as_ref().to_vec()
    }

    fn used(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Instant>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sessions")
    }
}

/// The session tokens in the cookies of a request.
pub(super) fn tokens(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.filter(|cookie| cookie.name() == COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The cookie that gives a token to a browser. Without a token, it removes the browser's cookie.
pub(super) fn cookie(token: Option<String>, secure: bool) -> String {
    let mut cookie = Cookie::build((COOKIE, token.unwrap_or_default())).path("/").http_only(true).build();
    cookie.set_same_site(SameSite::Lax);
    if secure {
        cookie.set_secure(true);
    }
    if cookie.value().is_empty() {
        cookie.make_removal();
    }
    cookie.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_session_lasts_as_long_as_it_is_used() {
        let sessions = Sessions::new().expect("random numbers");
        let token = sessions.begin().expect("random numbers");
        for _ in 0..5 {
            tokio::time::advance(IDLE - Duration::from_secs(1)).await;
            assert!(sessions.holds(&token));
        }
        tokio::time::advance(IDLE).await;
        assert!(!sessions.holds(&token));
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_so_many_sessions_the_idlest_ends() {
        let sessions = Sessions::new().expect("random numbers");
        let begin = async || {
            tokio::time::advance(Duration::from_millis(1)).await;
            sessions.begin().expect("random numbers")
        };
        let [first, second] = [begin().await, begin().await];
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(sessions.holds(&first));
        for _ in 2..=SESSIONS {
            begin().await;
        }
        assert_eq!(sessions.used().len(), SESSIONS);
        assert!(sessions.holds(&first) && !sessions.holds(&second));
    }
}
