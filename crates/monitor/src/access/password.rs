//! Passwords.

use std::fmt;
use std::io;

use crate::error::MonitorError;

/// A password. Its debug output hides it.
pub struct Password(String);

/// The letters and digits of generated passwords. No two of them look alike.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The length of a generated password. Each character has almost five bits of entropy.
const LENGTH: usize = 24;

impl Password {
    /// A password with a text.
    pub fn new(text: String) -> Self {
        Password(text)
    }

    /// Generates a random password: 24 lower-case letters and digits, no two of which look alike.
    ///
    /// # Errors
    /// If the operating system gives no random numbers.
    pub fn generate() -> Result<Self, MonitorError> {
        let mut text = String::with_capacity(LENGTH);
        while text.len() < LENGTH {
            let mut bytes = [0; LENGTH];
            fill_random(&mut bytes)?;
            // Bytes above the last multiple of 31 are skipped. They would make the first letters more likely.
            let fair = bytes.iter().map(|&byte| usize::from(byte)).filter(|byte| *byte < 256 / 31 * 31);
            let missing = LENGTH - text.len();
            text.extend(fair.map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])).take(missing));
        }
        Ok(Password(text))
    }

    /// The text of the password, to show it once to the person who started the server.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// Fills a slice with random bytes.
///
/// # Errors
/// If the operating system gives none.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), MonitorError> {
    getrandom::fill(bytes).map_err(|error| MonitorError::System {
        what: "get random numbers from the operating system",
        source: io::Error::other(error.to_string()),
    })
}
