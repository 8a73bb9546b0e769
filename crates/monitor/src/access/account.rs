//! The account that may log in.

use std::fmt;
use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use ring::hmac;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::credentials::Credentials;
use super::password::{Password, fill_random};
use crate::error::MonitorError;

/// The number of passwords that are hashed at once. Each takes 19 MiB.
const TURNS: usize = 2;

/// The account that may log in: a user's name and the hash of a password.
///
/// The hash is slow to compute, so that a password is slow to guess, but scripts send the password with each request. So
/// once it was right its tag is remembered, made with a key that lasts as long as the process: a tag is quick
/// to compute, and is of no use to anybody without the key.
pub(super) struct UserAccount {
    key: hmac::Key,
    user: hmac::Tag,
    hash: PasswordHash,
    known: OnceLock<hmac::Tag>,
    turns: Arc<Semaphore>,
}

impl UserAccount {
    /// The account of a user.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(super) fn new(user: &str, password: &Password) -> Result<Self, MonitorError> {
        let key = random_key()?;
        let hash = Argon2::default().hash_password(password.reveal().as_bytes());
        let hash = hash.map_err(|error| MonitorError::System {
            what: "hash the password",
            source: std::io::Error::other(error.to_string()),
        })?;
        let user = hmac::sign(&key, user.as_bytes());
        Ok(UserAccount { key, user, hash, known: OnceLock::new(), turns: Arc::new(Semaphore::new(TURNS)) })
    }

    /// Whether these are the credentials that were found right before. It takes a microsecond.
    pub(super) fn knows(&self, credentials: &Credentials) -> bool {
        let bytes = joined(credentials);
        self.known.get().is_some_and(|tag| hmac::verify(&self.key, &bytes, tag.as_ref()).is_ok())
    }

    /// Waits until a password may be hashed.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed, so that there is always a turn to come.
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// Whether credentials are right, remembered if so. It takes tens of milliseconds, the same whatever is wrong.
    pub(super) fn verify(&self, credentials: &Credentials) -> bool {
        let user = hmac::verify(&self.key, &credentials.user, self.user.as_ref()).is_ok();
        let password = Argon2::default().verify_password(&credentials.password, &self.hash).is_ok();
        let right = user & password;
        if right {
            self.known.get_or_init(|| hmac::sign(&self.key, &joined(credentials)));
        }
        right
    }
}

impl fmt::Debug for UserAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("UserAccount")
    }
}

/// A random key for tags.
///
/// # Errors
/// If the system has no random numbers.
pub(super) fn random_key() -> Result<hmac::Key, MonitorError> {
    let mut bytes = [0; 32];
    fill_random(&mut bytes)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// Credentials as one row of bytes, which no others give: the length says where the user ends.
fn joined(credentials: &Credentials) -> Vec<u8> {
    let Credentials { user, password } = credentials;
    [&user.len().to_le_bytes()[..], user, password].concat()
}
