//! The part of a counting rule that shows in the figures.

use tollgate_catalogue::{LossCondition, Rule, TlsOutcome as Outcome, TlsSetting as Control};

/// The facts that a rule counts in the two categories that tell rules apart, Unencrypted Connections and Failed - Preferred. They
/// come from the rule's data, so a new rule is ranked too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// True if a connection to a destination with the setting No counts as unencrypted.
    pub(crate) not_tried: bool,
    /// True if a connection counts as unencrypted that goes on in clear because TLS is preferred but not offered.
    pub(crate) not_offered: bool,
    /// The categories of a failure before the 220 reply.
    pub(crate) before: Booked,
    /// The categories of a failure after the 220 reply.
    pub(crate) after: Booked,
    /// True if the second connection after such a failure counts as unencrypted.
    pub(crate) second: bool,
    /// The condition under which connections in clear are lost. The flag is true if those are lost where TLS is preferred.
    pub(crate) lost: Option<(LossCondition, bool)>,
}

/// The categories in which a failure is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) unencrypted: bool,
    pub(crate) failed: bool,
}

/// Number of unencrypted connections that a rule counts for each failure that it shows: some are certain, others are counted only
/// if the second connection was not refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PerFailure {
    pub(crate) certain: f64,
    pub(crate) if_second: f64,
}

impl PerFailure {
    /// The number if no second connection is refused.
    pub(crate) fn total(self) -> f64 {
        self.certain + self.if_second
    }
}

impl Signature {
    pub(crate) fn of(rule: &Rule) -> Self {
        let books = |control, outcome, category| rule.categories(control, outcome).any(|name| name == category);
        let unencrypted = |outcome| books(Control::Preferred, outcome, "unencrypted");
        let failure = |outcome| Booked {
            unencrypted: unencrypted(outcome),
            failed: books(Control::Preferred, outcome, "failed_preferred"),
        };
        Signature {
            not_tried: books(Control::No, Outcome::NotTried, "unencrypted"),
            not_offered: unencrypted(Outcome::NotOffered),
            before: failure(Outcome::FailedBefore220),
            after: failure(Outcome::FailedAfter220),
            second: unencrypted(Outcome::SecondConnection),
            lost: rule.lost().map(|lost| (lost.when, lost.setting == Control::Preferred)),
        }
    }

    /// The unencrypted connections for each failure that is shown, beyond the plain connections that are counted anyway. There are
    /// two readings if failures before and after the 220 reply differ.
    pub(crate) fn per_failure(&self) -> Vec<PerFailure> {
        let one = |booked: bool| f64::from(u8::from(booked));
        // If every plain connection is counted, those that follow from failures are among them.
        let among = one(self.not_offered);
        let before = PerFailure { certain: one(self.before.unencrypted) - among, if_second: 0.0 };
        let after = PerFailure { certain: one(self.after.unencrypted), if_second: one(self.second) - among };
        match (self.before.failed, self.after.failed) {
            (false, false) => vec![PerFailure { certain: 0.0, if_second: 0.0 }],
            (true, false) => vec![before],
            // Failures before the 220 reply look like failures after it with fewer refused second connections.
            (true, true) if before.total() != after.total() => vec![before, after],
            (_, true) => vec![after],
        }
    }
}
