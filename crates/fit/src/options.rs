//! The settings that all parts of a fit share.

use crate::names::Pseudonyms;

/// The settings that all parts of a fit share.
#[derive(Debug)]
pub(crate) struct FitOptions {
    pub(crate) keys: usize,
    pub(crate) multiplier: u32,
    /// How the multiplier was found. Empty if it is assumed.
    pub(crate) multiplier_from: &'static str,
    pub(crate) pseudonyms: Pseudonyms,
}
