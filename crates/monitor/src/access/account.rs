//! The user account of the server.

use std::fmt;
use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use ring::hmac;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::credentials::Credentials;
use super::password::{Password, fill_random};
use crate::error::MonitorError;

/// The maximum number of passwords that are hashed at once. Each hash takes 19 MiB of memory.
const TURNS: usize = 2;

/// The user account of the server: a user's name and the hash of a password.
///
/// The hash is slow to compute, so that a password is slow to guess. But scripts send the password with each request. So after
/// the first success, the account remembers a tag of the credentials, which is quick to compute. The key of the tag exists only
/// in this process, and without it the tag is useless.
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
    /// If the operating system gives no random numbers.
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

    /// True if these credentials have been verified before. Takes about a microsecond.
    pub(super) fn knows(&self, credentials: &Credentials) -> bool {
        let bytes = joined(credentials);
        self.known.get().is_some_and(|tag| hmac::verify(&self.key, &bytes, tag.as_ref()).is_ok())
    }

    /// Waits until a password may be hashed.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed, so a permit always comes.
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }

    /// True if credentials are right; remembers them if so. Takes tens of milliseconds, whichever part is wrong.
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
/// If the operating system gives no random numbers.
pub(super) fn random_key() -> Result<hmac::Key, MonitorError> {
    let mut bytes = [0; 32];
    fill_random(&mut bytes)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// Credentials as one byte string. It begins with the length of the user name, so that different credentials give different bytes.
fn joined(credentials: &Credentials) -> Vec<u8> {
    let Credentials { user, password } = credentials;
    [&user.len().to_le_bytes()[..], user, password].concat()
}
