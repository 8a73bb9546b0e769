//! Checks passwords and sessions.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use prometheus_client::metrics::counter::Counter;

use super::account::UserAccount;
use super::brake::Brake;
use super::credentials::Credentials;
use super::password::Password;
use super::session::{self, Sessions};
use crate::error::MonitorError;

/// The client's address, as an extension of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The token of the session for forms, as an extension of a request that has a session.
#[derive(Clone, Debug)]
pub(crate) struct FormToken(pub(crate) String);

/// The outcome of an attempt to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LoginOutcome {
    Right,
    Wrong,
    /// Too many attempts of the same peer wait already, so the credentials were not checked. The peer may try again after this time.
    TooMany(Duration),
}

/// Decides which requests have access.
#[derive(Debug)]
pub(crate) struct Access {
    account: UserAccount,
    pub(super) sessions: Sessions,
    brake: Brake,
    /// The number of attempts with wrong credentials.
    pub(crate) failed_logins: Counter,
    /// True if the server speaks HTTPS. Browsers then send its cookies over HTTPS only.
    pub(crate) secure: bool,
}

impl Access {
    /// Access for one user. `secure` is true if the server speaks HTTPS.
    ///
    /// # Errors
    /// If the operating system gives no random numbers.
    pub(crate) fn new(user: &str, password: &Password, secure: bool) -> Result<Self, MonitorError> {
        let account = UserAccount::new(user, password)?;
        Ok(Access {
            account,
            sessions: Sessions::new()?,
            brake: Brake::default(),
            failed_logins: Counter::default(),
            secure,
        })
    }

    /// Checks credentials. Wrong ones may delay the next answers to the same peer.
    pub(super) async fn check(self: &Arc<Self>, peer: IpAddr, credentials: Credentials) -> LoginOutcome {
        let mut place = None;
        let turn = loop {
            if self.account.knows(&credentials) {
                return LoginOutcome::Right;
            }
            if place.is_none() {
                place = match self.brake.queue(peer) {
                    Ok(place) => place,
                    Err(wait) => return LoginOutcome::TooMany(wait),
                };
            }
            self.brake.wait(peer).await;
            let turn = self.account.turn().await;
            // During the wait, another attempt may have failed or succeeded.
            if self.brake.is_open(peer) && !self.account.knows(&credentials) {
                break turn;
            }
        };
        let access = Arc::clone(self);
        // The check runs to its end even if the client goes away, so that its failures are counted.
        let checked = tokio::task::spawn_blocking(move || {
            let right = access.account.verify(&credentials);
            access.brake.note(peer, right);
            access.failed_logins.inc_by(u64::from(!right));
            drop(turn);
            right
        });
        if checked.await.unwrap_or(false) { LoginOutcome::Right } else { LoginOutcome::Wrong }
    }

    /// The token of the active session of a request.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<String> {
        session::tokens(headers).find(|token| self.sessions.holds(token))
    }
}

#[cfg(test)]
impl Access {
    /// Takes all turns to check a password. Until they are dropped, attempts with unknown passwords wait.
    pub(crate) async fn take_turns(&self) -> [Option<tokio::sync::OwnedSemaphorePermit>; 2] {
        [self.account.turn().await, self.account.turn().await]
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const GUESSER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    fn access() -> Arc<Access> {
        Arc::new(Access::new("admin", &Password::new("secret".into()), false).expect("random numbers"))
    }

    /// Tries a password. Returns the outcome, and the wait in milliseconds. Hashing takes no time, because the test's clock is
    /// paused.
    async fn try_out(access: &Arc<Access>, peer: IpAddr, password: &str) -> (LoginOutcome, u128) {
        let began = Instant::now();
        let credentials = Credentials { user: b"admin".to_vec(), password: password.into() };
        (access.check(peer, credentials).await, began.elapsed().as_millis())
    }

    #[tokio::test(start_paused = true)]
    async fn who_guesses_waits_and_nobody_else_does() {
        let access = access();
        for waits in [0, 0, 0, 250, 500, 1000] {
            let (outcome, waited) = try_out(&access, GUESSER, "guess").await;
            assert!(outcome == LoginOutcome::Wrong && (waits..waits + 50).contains(&waited), "{waits}: {waited}");
        }
        assert_eq!(try_out(&access, OTHER, "guess").await, (LoginOutcome::Wrong, 0));
        assert_eq!(try_out(&access, OTHER, "secret").await, (LoginOutcome::Right, 0));
        // The right password is remembered now, for every peer.
        assert_eq!(try_out(&access, GUESSER, "secret").await, (LoginOutcome::Right, 0));
        let (outcome, waited) = try_out(&access, GUESSER, "guess").await;
        assert!(outcome == LoginOutcome::Wrong && waited >= 2000, "{waited}");
        assert_eq!(access.failed_logins.get(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn guesses_share_a_fixed_amount_of_memory() {
        let access = access();
        let guesses = (0..20).map(|number| {
            let (access, peer) = (Arc::clone(&access), IpAddr::from([192, 0, 2, number]));
            tokio::spawn(async move { try_out(&access, peer, "guess").await })
        });
        for guess in guesses.collect::<Vec<_>>() {
            assert_eq!(guess.await.expect("no panic").0, LoginOutcome::Wrong);
        }
        let blocks = access.account.memory_blocks();
        assert!((19 << 10..=2 * (19 << 10)).contains(&blocks), "{blocks} KiB");
    }

    /// The outcomes and waits of tries of one peer at once.
    async fn try_at_once(access: &Arc<Access>, number: usize, password: &'static str) -> Vec<(LoginOutcome, u128)> {
        let tries = (0..number).map(|_| {
            let access = Arc::clone(access);
            tokio::spawn(async move { try_out(&access, GUESSER, password).await })
        });
        let mut outcomes = Vec::new();
        for each in tries.collect::<Vec<_>>() {
            outcomes.push(each.await.expect("no panic"));
        }
        outcomes
    }

    #[tokio::test(start_paused = true)]
    async fn guesses_at_once_are_no_faster_than_one_after_another() {
        let access = access();
        for _ in 0..6 {
            try_out(&access, GUESSER, "guess").await;
        }
        let outcomes = try_at_once(&access, 4, "guess").await;
        assert!(outcomes.iter().all(|(outcome, _)| *outcome == LoginOutcome::Wrong), "{outcomes:?}");
        // Two attempts run at a time: the first pair after 2 seconds, and another pair 8 seconds later.
        assert!(outcomes.iter().any(|(_, waited)| *waited >= 2000 + 8000), "{outcomes:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn many_guesses_at_once_are_refused_at_once() {
        let access = access();
        let outcomes = try_at_once(&access, 60, "guess").await;
        let refused = outcomes.iter().filter(|(outcome, _)| matches!(outcome, LoginOutcome::TooMany(_)));
        // Up to four attempts need no wait, because two passwords are checked at a time, and four more wait.
        assert!(refused.clone().count() >= 60 - 4 - 4, "{outcomes:?}");
        assert!(refused.clone().all(|(_, waited)| *waited < 50), "{outcomes:?}");
        assert!(access.failed_logins.get() <= 8);
    }

    #[tokio::test(start_paused = true)]
    async fn the_right_password_many_times_at_once_is_never_refused() {
        let outcomes = try_at_once(&access(), 60, "secret").await;
        assert!(outcomes.iter().all(|(outcome, _)| *outcome == LoginOutcome::Right), "{outcomes:?}");
    }
}
