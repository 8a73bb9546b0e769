//! What of a counting rule shows in the figures.

use tollgate_catalogue::{LossCondition, Rule, TlsOutcome as Outcome, TlsSetting as Control};

/// What a rule books in the two categories that tell rules apart, Unencrypted Connections and Failed - Preferred. It is taken
/// from the rule's data, so that a rule with other bookings is ranked as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// Whether a connection to a destination whose setting is No is unencrypted.
    pub(crate) not_tried: bool,
    /// Whether one that goes on in clear, as TLS is preferred and not offered, is unencrypted.
    pub(crate) not_offered: bool,
    /// Of a failure before the 220 reply: whether it is unencrypted, and whether it is failed.
    pub(crate) before: Booked,
    /// The same of a failure after it.
    pub(crate) after: Booked,
    /// Whether the second connection after that is unencrypted.
    pub(crate) second: bool,
    /// When connections in clear are lost, and whether it is those where TLS is preferred.
    pub(crate) lost: Option<(LossCondition, bool)>,
}

/// Where a failure is booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) unencrypted: bool,
    pub(crate) failed: bool,
}

/// How many unencrypted connections a rule books for each failure it shows: so many for certain, and so many more if the second
/// connection was not refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PerFailure {
    pub(crate) certain: f64,
    pub(crate) if_second: f64,
}

impl PerFailure {
    /// How many if no second connection is refused.
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

    /// What follows from a failure that is shown, if plain connections are not booked by themselves: one reading for failures
    /// before the 220 reply and one for those after it, if these differ.
    pub(crate) fn per_failure(&self) -> Vec<PerFailure> {
        let one = |booked: bool| f64::from(u8::from(booked));
        // Where every plain connection is booked, those that failures led to are among them.
        let among = one(self.not_offered);
        let before = PerFailure { certain: one(self.before.unencrypted) - among, if_second: 0.0 };
        let after = PerFailure { certain: one(self.after.unencrypted), if_second: one(self.second) - among };
        match (self.before.failed, self.after.failed) {
            (false, false) => vec![PerFailure { certain: 0.0, if_second: 0.0 }],
            (true, false) => vec![before],
            // A share of failures before the 220 looks as though less second connections were refused.
            (true, true) if before.total() != after.total() => vec![before, after],
            (_, true) => vec![after],
        }
    }
}
