//! Times at which something that failed is tried again.

use tollgate_scenario::BounceProfile;

/// The attempts of one delivery of the appliance, or of one connection that the appliance turned away.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    profile: BounceProfile,
    /// Time of the first attempt.
    begun: u64,
    made: u32,
    wait: u64,
}

impl Retries {
    /// No attempts yet. The first is due at `begun`, in microseconds since the Unix epoch.
    pub fn new(profile: BounceProfile, begun: u64) -> Self {
        Retries { profile, begun, made: 0, wait: profile.first_wait.micros() }
    }

    /// Time of the next attempt if the one at `at` fails. `None` if that one is the last.
    pub fn after(&mut self, at: u64) -> Option<u64> {
        let due = at + self.wait;
        let is_last = self.made >= self.profile.max_retries || due > self.begun + self.profile.max_time.micros();
        self.made += 1;
        self.wait = (self.wait * 2).min(self.profile.longest_wait.micros());
        (!is_last).then_some(due)
    }
}
