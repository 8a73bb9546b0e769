//! The eras: spans of time that are each simulated by themselves.

use std::ops::Range;

use tollgate_scenario::{DAY, Scenario};

/// The length of an era after the scenario's span.
const ERA: u64 = 7 * DAY;

/// The eras of a scenario. Era 0 is the scenario's own span, simulated as by `tollgate run`. The eras after it are
/// weeks.
///
/// Each era is simulated by itself, beginning with its warm-up. Its counts therefore depend on the scenario alone, and
/// not on when the history began. A restart gives the same figures, and last week's figures do not need a simulation of
/// all years since the scenario's span. The warm-up of a later era is longer than any message waits for its delivery.
/// Only an effect that lasts even longer, such as a work queue that has not been empty for days, is lost at the
/// beginning of an era.
#[derive(Clone, Debug)]
pub(crate) struct Eras {
    span: Range<u64>,
    warm_up: u64,
    later_warm_up: u64,
}

impl Eras {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let time = &scenario.time;
        let warm_up = time.warm_up.micros();
        let later_warm_up = warm_up.max(scenario.bounce_profile.max_time.micros() + DAY);
        Eras { span: time.begin.micros()..time.end().micros(), warm_up, later_warm_up }
    }

    /// The era that contains a moment, in microseconds since the Unix epoch.
    pub(crate) fn at(&self, micros: u64) -> u64 {
        if micros < self.span.end { 0 } else { 1 + (micros - self.span.end) / ERA }
    }

    /// The span of an era, in microseconds since the Unix epoch.
    pub(crate) fn span(&self, era: u64) -> Range<u64> {
        if era == 0 {
            return self.span.clone();
        }
        let begin = self.span.end + (era - 1) * ERA;
        begin..begin + ERA
    }

    /// The warm-up of an era, in microseconds.
    pub(crate) fn warm_up(&self, era: u64) -> u64 {
        if era == 0 { self.warm_up } else { self.later_warm_up }
    }
}
