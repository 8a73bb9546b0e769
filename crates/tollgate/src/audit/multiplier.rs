//! The reputation multiplier of an audit.

use anyhow::Result;
use tollgate_audit::{Exports, Finding, Identities, infer_multiplier};
use tollgate_wording::count;

/// The default reputation multiplier.
const DEFAULT: u32 = 3;

/// The reputation multiplier and its origin.
#[derive(Clone, Debug)]
pub(super) struct MultiplierInUse {
    pub(super) value: u32,
    /// The value and its origin, as the end of a sentence about the multiplier.
    pub(super) origin: String,
    /// True if neither the user nor a manifest gives it.
    is_guess: bool,
}

impl MultiplierInUse {
    /// The multiplier that the user gives, or that of the manifest, or the one that fits the rows, or the default.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(super) fn find(given: Option<u32>, exports: &Exports) -> Result<Self> {
        let known = |value: u32, origin: &str| MultiplierInUse {
            value,
            origin: format!("is {value}, {origin}"),
            is_guess: false,
        };
        if let Some(value) = given {
            return Ok(known(value, "as given with --multiplier"));
        }
        if let Some(value) = exports.multiplier() {
            return Ok(known(value, "from manifest.json of the run"));
        }
        let (value, origin) = match infer_multiplier(exports)? {
            None => (DEFAULT, format!("is assumed to be {DEFAULT}, the appliance's default")),
            Some(found) => {
                let (value, fits, of) = (found.multiplier, count(found.fits), found.of);
                (value, format!("is {value}, which fits {fits} of {of}"))
            }
        };
        Ok(MultiplierInUse { value, origin, is_guess: true })
    }

    /// A remark on the origin, if it is a guess and an identity was checked that uses the multiplier.
    pub(super) fn remark(&self, findings: &[Finding]) -> Option<String> {
        let is_checked = findings.iter().any(|finding| finding.comparisons > 0 && self.is_used_by(&finding.name));
        let text = || format!("the reputation multiplier {}; set another with --multiplier", self.origin);
        (self.is_guess && is_checked).then(text)
    }

    /// Returns true if an identity uses the multiplier.
    pub(super) fn is_used_by(&self, name: &str) -> bool {
        Identities::builtin().all().iter().any(|identity| identity.name == name && identity.uses_multiplier())
    }
}
