//! Times at which something that failed is tried again.

use tollgate_scenario::{BounceProfile, Moment, Span};

/// The attempts of one delivery of the appliance, or of one connection that the appliance turned away.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    profile: BounceProfile,
    /// Time of the first attempt.
    begun: Moment,
    made: u32,
    wait: Span,
}

impl Retries {
    /// No attempts yet. The first is due at `begun`.
    pub fn new(profile: BounceProfile, begun: Moment) -> Self {
        Retries { profile, begun, made: 0, wait: profile.first_wait }
    }

    /// Time of the next attempt if the one at `at` fails. `None` if that one is the last.
    pub fn after(&mut self, at: Moment) -> Option<Moment> {
        let due = at.plus(self.wait);
        let is_last = self.made >= self.profile.max_retries || due > self.begun.plus(self.profile.max_time);
        self.made += 1;
        self.wait = Span::from_micros(self.wait.micros() * 2).min(self.profile.longest_wait);
        (!is_last).then_some(due)
    }
}
