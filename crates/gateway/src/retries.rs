//! When something that failed is tried again.

use tollgate_scenario::BounceProfile;

/// The tries of one thing: a delivery of the appliance, or a sender's connection that it turned away.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    profile: BounceProfile,
    /// When it was tried first.
    begun: u64,
    made: u32,
    wait: u64,
}

impl Retries {
    /// Nothing tried yet; the first try is to be made at a moment, in microseconds since the Unix epoch.
    pub fn new(profile: BounceProfile, begun: u64) -> Self {
        Retries { profile, begun, made: 0, wait: profile.first_wait.micros() }
    }

    /// When it is tried again if the try at a moment fails; nothing if that is the last.
    pub fn after(&mut self, at: u64) -> Option<u64> {
        let due = at + self.wait;
        let is_last = self.made >= self.profile.max_retries || due > self.begun + self.profile.max_time.micros();
        self.made += 1;
        self.wait = (self.wait * 2).min(self.profile.longest_wait.micros());
        (!is_last).then_some(due)
    }
}
