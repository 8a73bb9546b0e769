//! Compares the messages that came in with those that left the work queue.
//!
//! A message is counted by the page TLS Connections when its connection opens, and by the Overview when it leaves the work queue or a
//! quarantine. So the two numbers differ by at most the messages that wait at both ends of the time. Message filters, which drop mail without
//! counting it, can also make them differ, so a difference is a notice.

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::files_of;
use super::source::{Sources, stem, table_of};
use super::sums::numbers;
use crate::reader::later_columns;

/// Incoming Mail Summary: spam, virus, filtered and clean messages.
const OVERVIEW: u32 = 1;
const PROCESSED: [usize; 4] = [2, 3, 4, 5];
/// The place of its first column of later releases.
const FIRST_LATER: usize = 6;

/// Virus Outbreak Filter Details: quarantined messages.
const OUTBREAKS: u32 = 20;
const QUARANTINED: usize = 4;

/// Incoming TLS Messages Summary: encrypted and unencrypted messages.
const INCOMING: u32 = 25;
const ACCEPTED: [usize; 2] = [0, 1];

/// Maximum Messages in Work Queue.
const GREATEST: u32 = 32;
const MESSAGES: usize = 0;

const TABLES: [u32; 4] = [OVERVIEW, OUTBREAKS, INCOMING, GREATEST];

/// The difference that is always allowed, as a share.
const WITHIN: f64 = 0.05;

/// The time between the opening of a connection and the moment at which its messages enter the queue, twice: at both ends.
const SESSIONS_SECONDS: f64 = 60.0;

/// The messages of each interval.
#[derive(Debug)]
pub(super) struct IncomingFlow {
    missing: Vec<u32>,
    max_per_connection: f64,
    intervals: u64,
    span: Option<MessageFlow>,
    /// The intervals whose figures differ, if no message is in a quarantine.
    suspects: Vec<MessageFlow>,
    quarantined: f64,
}

/// The messages of a time.
#[derive(Clone, Copy, Debug)]
struct MessageFlow {
    begin_seconds: i64,
    length_seconds: i64,
    accepted: f64,
    processed: f64,
    /// The messages in columns of later releases. Some of them are accepted.
    later: f64,
    /// The largest numbers of messages in the queue in its first and its last interval. An interval alone has no second number.
    greatest: [f64; 2],
}

impl IncomingFlow {
    /// `max_per_connection` is the largest number of recipients of a message.
    pub(super) fn new(sources: &Sources, max_per_connection: u32) -> Self {
        IncomingFlow {
            missing: TABLES.into_iter().filter(|table| sources.get(*table).is_none()).collect(),
            max_per_connection: f64::from(max_per_connection),
            intervals: 0,
            span: None,
            suspects: Vec::new(),
            quarantined: 0.0,
        }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        let outbreaks = window.tables.get(&OUTBREAKS).into_iter().flatten();
        self.quarantined += outbreaks.filter_map(|rows| numbers(rows, QUARANTINED)).flatten().sum::<f64>();
        for interval in window.tables.get(&INCOMING).into_iter().flatten() {
            let Some(flow) = MessageFlow::find(window, interval) else { continue };
            self.intervals += 1;
            self.suspects.extend(Some(flow).filter(|flow| flow.excess(self.max_per_connection) > 0.0));
            match &mut self.span {
                Some(span) => span.extend(flow),
                None => self.span = Some(flow),
            }
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { missing: self.missing, ..RuleResult::default() };
        let Some(span) = self.span.filter(|_| result.missing.is_empty()) else { return result };
        (result.intervals, result.comparisons) = (self.intervals, self.intervals + 1);
        let excess = |flow: &MessageFlow| flow.excess(self.max_per_connection) - self.quarantined;
        let failing = self.suspects.iter().chain([&span]).filter(|flow| excess(flow) > 0.0);
        result.notices = failing.clone().count() as u64;
        if let Some(worst) = failing.max_by(|one, other| excess(one).total_cmp(&excess(other))) {
            result.worst = Some(worst.contradict().into_worst());
            result.files = files_of(vec![OVERVIEW, INCOMING]);
        }
        result
    }
}

impl MessageFlow {
    /// The figures of an interval, if all tables have it.
    fn find(window: &Window, interval: &IntervalRows) -> Option<MessageFlow> {
        let time = |other: &IntervalRows| (other.begin_seconds, other.length_seconds);
        let at = |table: u32| {
            let intervals = window.tables.get(&table)?;
            Some(&intervals[intervals.binary_search_by_key(&time(interval), time).ok()?])
        };
        let sum = |of: &IntervalRows, places: &[usize]| -> Option<f64> {
            places.iter().map(|&place| numbers(of, place)?.first().copied()).sum()
        };
        Some(MessageFlow {
            begin_seconds: interval.begin_seconds,
            length_seconds: interval.length_seconds,
            accepted: sum(interval, &ACCEPTED)?,
            processed: sum(at(OVERVIEW)?, &PROCESSED)?,
            later: later(at(OVERVIEW)?),
            greatest: [sum(at(GREATEST)?, &[MESSAGES])?, 0.0],
        })
    }

    /// Adds a later interval.
    fn extend(&mut self, later: MessageFlow) {
        self.length_seconds = later.begin_seconds + later.length_seconds - self.begin_seconds;
        self.accepted += later.accepted;
        self.processed += later.processed;
        self.later += later.later;
        self.greatest[1] = later.greatest[0];
    }

    /// The difference above the one that is allowed if no message is in a quarantine.
    fn excess(&self, max_per_connection: f64) -> f64 {
        let waiting = max_per_connection * self.greatest.iter().sum::<f64>();
        let sessions = SESSIONS_SECONDS / (self.length_seconds.max(1) as f64);
        let share = (WITHIN + sessions) * self.accepted.max(self.processed);
        let missing = self.accepted - self.processed;
        let difference = if missing > 0.0 { (missing - self.later).max(0.0) } else { -missing };
        difference - share - waiting - max_per_connection
    }

    fn contradict(&self) -> Contradiction {
        let stem_of = |table: u32| table_of(table).map_or("", stem);
        Contradiction {
            begin_seconds: self.begin_seconds,
            length_seconds: self.length_seconds,
            key: Vec::new(),
            left: (format!("TLS Encrypted + Unencrypted of {}", stem_of(INCOMING)), self.accepted),
            right: (
                format!(
                    "Spam Detected + Virus Detected + Stopped by Content Filters + Clean messages of {}",
                    stem_of(OVERVIEW)
                ),
                self.processed,
            ),
        }
    }
}

/// The messages in columns of later releases that are no totals of others.
fn later(overview: &IntervalRows) -> f64 {
    let columns = later_columns(OVERVIEW).enumerate().filter(|(_, column)| !column.name.starts_with("Total"));
    columns.filter_map(|(place, _)| numbers(overview, FIRST_LATER + place)?.first()).sum()
}
