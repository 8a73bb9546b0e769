//! Passwords.

use std::fmt;
use std::io;

use crate::error::MonitorError;

/// A password. It shows nothing of itself when printed.
pub struct Password(String);

/// The letters and digits of generated passwords. None looks like another.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The length of a generated password; each character is worth almost five bits.
const LENGTH: usize = 24;

impl Password {
    /// A password of that text.
    pub fn new(text: String) -> Self {
        Password(text)
    }

    /// A password that nobody can guess: 24 small letters and digits, none of which looks like another.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn generate() -> Result<Self, MonitorError> {
        let mut text = String::with_capacity(LENGTH);
        while text.len() < LENGTH {
            let mut bytes = [0; LENGTH];
            fill_random(&mut bytes)?;
            // Bytes beyond the last multiple of the alphabet would favour its beginning.
            let fair = bytes.iter().map(|&byte| usize::from(byte)).filter(|byte| *byte < 256 / 31 * 31);
            let missing = LENGTH - text.len();
            text.extend(fair.map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])).take(missing));
        }
        Ok(Password(text))
    }

    /// Its text, to show it once to whoever started the server.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// Fills bytes with random ones.
///
/// # Errors
/// If the system has none.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), MonitorError> {
    getrandom::fill(bytes).map_err(|error| MonitorError::System {
        what: "take random numbers",
        source: io::Error::other(error.to_string()),
    })
}
