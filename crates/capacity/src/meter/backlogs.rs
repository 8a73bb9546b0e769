//! Finds the backlogs of a work queue.

use std::ops::Range;

use tollgate_gateway::Stay;
use tollgate_scenario::DAY;

use crate::measurement::Backlog;

/// The backlogs of one work queue: the current one, and the two within the span that a measurement reports.
pub(super) struct Backlogs {
    /// Microseconds since the Unix epoch.
    span: Range<u64>,
    current: Option<Backlog>,
    worst: Option<Backlog>,
    longest: Option<Backlog>,
}

/// The backlogs that a measurement reports.
pub(super) struct ReportedBacklogs {
    /// The backlog with the longest wait of a message.
    pub(super) worst: Option<Backlog>,
    pub(super) longest: Option<Backlog>,
}

impl Backlogs {
    pub(super) fn new(span: Range<u64>) -> Self {
        Backlogs { span, current: None, worst: None, longest: None }
    }

    /// Adds the next message. A message that waits begins or continues a backlog; a message that does not wait ends it.
    pub(super) fn add(&mut self, stay: &Stay) {
        let (entered, started) = (stay.entered.micros(), stay.started.micros());
        let wait = started - entered;
        match &mut self.current {
            None if wait > 0 => {
                self.current = Some(Backlog { begin: entered, peak: entered, wait, end: started, ended: false });
            }
            Some(backlog) if wait > 0 => {
                backlog.end = backlog.end.max(started);
                if wait > backlog.wait {
                    (backlog.peak, backlog.wait) = (entered, wait);
                }
            }
            Some(backlog) => {
                let ended = Backlog { end: entered, ended: true, ..*backlog };
                self.report(ended);
                self.current = None;
            }
            None => {}
        }
    }

    /// True if a backlog that began within the span is open and younger than a day.
    pub(super) fn is_open(&self, reached_micros: u64) -> bool {
        self.current.is_some_and(|backlog| {
            backlog.begin < self.span.end && backlog.end > reached_micros && reached_micros - backlog.begin < DAY
        })
    }

    pub(super) fn finish(mut self, reached_micros: u64) -> ReportedBacklogs {
        if let Some(backlog) = self.current {
            self.report(Backlog { ended: backlog.end <= reached_micros, ..backlog });
        }
        ReportedBacklogs { worst: self.worst, longest: self.longest }
    }

    fn report(&mut self, backlog: Backlog) {
        if backlog.end <= self.span.start || backlog.begin >= self.span.end {
            return;
        }
        if self.worst.is_none_or(|worst| backlog.wait > worst.wait) {
            self.worst = Some(backlog);
        }
        if self.longest.is_none_or(|longest| backlog.span_micros() > longest.span_micros()) {
            self.longest = Some(backlog);
        }
    }
}
