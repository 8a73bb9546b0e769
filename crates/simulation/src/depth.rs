//! Counts the depth of the work queue.

use std::ops::Range;

use tollgate_ledger::{Ledger, System};
use tollgate_scenario::Moment;

/// Counts the depth of the work queue over time. It gathers spans, because a ledger is told seldom then.
pub(crate) struct DepthMeter<'a> {
    ledger: &'a mut Ledger,
    /// A moment of the interval that has been reached, and its end.
    at: u64,
    end: u64,
    /// The integral over time and the maximum that are not in the ledger yet.
    time: u64,
    most: u64,
}

impl<'a> DepthMeter<'a> {
    pub(crate) fn new(ledger: &'a mut Ledger) -> Self {
        DepthMeter { ledger, at: 0, end: 0, time: 0, most: 0 }
    }

    /// Counts a depth that the work queue had in a span.
    #[inline]
    pub(crate) fn tell(&mut self, span: &Range<Moment>, depth: u64) {
        let (from, to) = (span.start.micros(), span.end.micros());
        // Only the slow way knows gaps.
        if to > self.end || from < self.at || to > self.ledger.first_gap() {
            return self.tell_across(from, to, depth);
        }
        self.time += depth * (to - from);
        self.most = self.most.max(depth);
    }

    #[cold]
    fn tell_across(&mut self, from: u64, to: u64, depth: u64) {
        self.flush();
        if depth > 0 {
            self.ledger.spread(from, to, |counts, micros| {
                counts.system.add(System::QueueDepthTime, depth * micros);
                counts.system.note_depth(depth);
            });
        }
        (self.at, self.end) = (to, self.ledger.interval_end(to));
    }

    fn flush(&mut self) {
        if self.most > 0 {
            let system = &mut self.ledger.at(self.at).system;
            system.add(System::QueueDepthTime, self.time);
            system.note_depth(self.most);
        }
        (self.time, self.most) = (0, 0);
    }
}

impl Drop for DepthMeter<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}
