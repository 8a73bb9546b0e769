//! Checks passwords and sessions.

use std::net::IpAddr;
use std::sync::Arc;

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

    /// True if credentials are right. Wrong ones may delay the next answer to the same peer.
    pub(super) async fn check(self: &Arc<Self>, peer: IpAddr, credentials: Credentials) -> bool {
        let turn = loop {
            if self.account.knows(&credentials) {
                return true;
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
        checked.await.unwrap_or(false)
    }

    /// The token of the active session of a request.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<String> {
        session::tokens(headers).find(|token| self.sessions.holds(token))
    }
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

    /// Tries a password. Returns true if it is right, and the wait in milliseconds. Hashing takes no time, because the test's
    /// clock is paused.
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
        // The right password is remembered now, for every peer.
        assert_eq!(try_out(&access, GUESSER, "secret").await, (true, 0));
        let (right, waited) = try_out(&access, GUESSER, "guess").await;
        assert!(!right && waited >= 2000, "{waited}");
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
            assert!(!guess.await.expect("no panic").0);
        }
        let blocks = access.account.memory_blocks();
        assert!((19 << 10..=2 * (19 << 10)).contains(&blocks), "{blocks} KiB");
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
        // Two attempts run at a time: the first pair after 2 seconds, and three more pairs 8 seconds apart.
        assert!(began.elapsed() >= Duration::from_secs(2 + 3 * 8), "{:?}", began.elapsed());
    }
}
