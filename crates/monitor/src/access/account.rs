//! The user account of the server.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use argon2::{Argon2, Block};
use ring::hmac;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::credentials::Credentials;
use super::password::{Password, fill_random};
use crate::error::MonitorError;

/// The maximum number of passwords that are hashed at once. Each hash takes 19 MiB of memory.
const TURNS: usize = 2;

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// The user account of the server: a user's name and the hash of a password.
///
/// The hash is slow to compute, so that a password is slow to guess. But scripts send the password with each request. So after
/// the first success, the account remembers a tag of the credentials, which is quick to compute. The key of the tag exists only
/// in this process, and without it the tag is useless.
pub(super) struct UserAccount {
    key: hmac::Key,
    user: hmac::Tag,
    salt: [u8; SALT_BYTES],
    /// The tag of the password's hash.
    hash: hmac::Tag,
    /// The memory for hashing that is not in use. Hashes use the same memory again and again, because the allocator does not give
    /// much of it back to the operating system.
    spare: Mutex<Vec<Vec<Block>>>,
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
        let mut salt = [0; SALT_BYTES];
        fill_random(&mut salt)?;
        let spare = Mutex::default();
        let failed = |error: argon2::Error| MonitorError::System {
            what: "hash the password",
            source: io::Error::other(error.to_string()),
        };
        let hash = hash(password.reveal().as_bytes(), &salt, &spare).map_err(failed)?;
        let (user, hash) = (hmac::sign(&key, user.as_bytes()), hmac::sign(&key, &hash));
        let turns = Arc::new(Semaphore::new(TURNS));
        Ok(UserAccount { key, user, salt, hash, spare, known: OnceLock::new(), turns })
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
        let hash = hash(&credentials.password, &self.salt, &self.spare);
        let password = hash.is_ok_and(|hash| hmac::verify(&self.key, &hash, self.hash.as_ref()).is_ok());
        let right = user & password;
        if right {
            self.known.get_or_init(|| hmac::sign(&self.key, &joined(credentials)));
        }
        right
    }
}

#[cfg(test)]
impl UserAccount {
    /// The number of blocks of memory for hashing that are not in use.
    pub(super) fn memory_blocks(&self) -> usize {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Vec::len).sum()
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

/// The Argon2 hash of a password. Takes memory from `spare`, or new memory if there is none, and puts it there afterwards.
fn hash(password: &[u8], salt: &[u8], spare: &Mutex<Vec<Vec<Block>>>) -> Result<[u8; HASH_BYTES], argon2::Error> {
    let argon = Argon2::default();
    let spare = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = spare().pop();
    let mut memory = kept.unwrap_or_else(|| vec![Block::new(); argon.params().block_count()]);
    let mut hash = [0; HASH_BYTES];
    let hashed = argon.hash_password_into_with_memory(password, salt, &mut hash, &mut memory);
    spare().push(memory);
    hashed.map(|()| hash)
}

/// Credentials as one byte string. It begins with the length of the user name, so that different credentials give different bytes.
fn joined(credentials: &Credentials) -> Vec<u8> {
    let Credentials { user, password } = credentials;
    [&user.len().to_le_bytes()[..], user, password].concat()
}
