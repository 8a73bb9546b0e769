//! The reputation multiplier of an audit, in words.

use anyhow::Result;
use tollgate_audit::{Exports, Finding, Identities, Identity, Multiplier, MultiplierOrigin};
use tollgate_wording::count;

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
        let Multiplier { value, origin } = Multiplier::find(given, exports)?;
        let is_guess = matches!(origin, MultiplierOrigin::Rows(_) | MultiplierOrigin::Default);
        let origin = match origin {
            MultiplierOrigin::Given => format!("is {value}, as given with --multiplier"),
            MultiplierOrigin::Manifest => format!("is {value}, from manifest.json of the run"),
            MultiplierOrigin::Rows(found) => format!("is {value}, which fits {} of {}", count(found.fits), found.of),
            MultiplierOrigin::Default => format!("is assumed to be {value}, the appliance's default"),
        };
        Ok(MultiplierInUse { value, origin, is_guess })
    }

    /// A remark on the origin, if it is a guess and an identity was checked that uses the multiplier.
    pub(super) fn remark(&self, findings: &[Finding]) -> Option<String> {
        let is_checked = findings.iter().any(|finding| finding.comparisons > 0 && self.is_used_by(&finding.name));
        let text = || format!("the reputation multiplier {}; set another with --multiplier", self.origin);
        (self.is_guess && is_checked).then(text)
    }

    /// Returns true if an identity uses the multiplier.
    pub(super) fn is_used_by(&self, name: &str) -> bool {
        Identities::builtin().named(name).is_some_and(Identity::uses_multiplier)
    }
}
