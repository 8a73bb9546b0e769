//! Checks that outbreaks have different IDs, were first seen at a possible time, and have at most as many messages as came in.

use std::collections::HashMap;

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::files_of;
use super::source::{Sources, stem, table_of};
use super::sums::numbers;

/// Virus ListedOutbreak Filter Details.
const OUTBREAKS: u32 = 20;
/// The places of its columns.
const NAME: usize = 0;
const ID: usize = 1;
const FIRST_SEEN: usize = 2;
const PROTECTION_TIME: usize = 3;
const QUARANTINED: usize = 4;

/// Incoming TLS Messages Summary: encrypted and unencrypted messages. It counts all accepted incoming messages.
const INCOMING: u32 = 25;
const MESSAGES: [usize; 2] = [0, 1];

/// The outbreaks, and the span of the other tables.
#[derive(Debug, Default)]
pub(super) struct Outbreaks {
    is_missing: bool,
    outbreaks: Vec<ListedOutbreak>,
    begin_seconds: Option<i64>,
    end_seconds: i64,
    /// The incoming messages, and the time in which they came in.
    incoming: f64,
    incoming_seconds: i64,
}

#[derive(Debug)]
struct ListedOutbreak {
    name: String,
    id: String,
    first_seen: f64,
    protection_seconds: f64,
    quarantined: f64,
}

impl Outbreaks {
    pub(super) fn new(sources: &Sources) -> Self {
        Outbreaks { is_missing: sources.get(OUTBREAKS).is_none(), ..Outbreaks::default() }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        for (number, intervals) in &window.tables {
            if *number == OUTBREAKS {
                self.outbreaks.extend(intervals.iter().flat_map(outbreaks));
            } else {
                for interval in intervals.iter().filter(|interval| interval.length_seconds > 0) {
                    self.begin_seconds.get_or_insert(interval.begin_seconds);
                    self.end_seconds = self.end_seconds.max(interval.begin_seconds + interval.length_seconds);
                }
            }
            if *number == INCOMING {
                for (interval, encrypted, unencrypted) in intervals.iter().filter_map(incoming) {
                    self.incoming += encrypted.iter().chain(unencrypted).sum::<f64>();
                    self.incoming_seconds += interval.length_seconds;
                }
            }
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult::default();
        if self.is_missing {
            result.missing.push(OUTBREAKS);
            return result;
        }
        let Some(begin_seconds) = self.begin_seconds else {
            result.why.push("no table with timestamps shows the span".into());
            return result;
        };
        self.check_ids(&mut result);
        self.check_times(&mut result, begin_seconds);
        self.check_messages(&mut result, begin_seconds);
        if result.worst.is_some() {
            result.files = files_of(vec![OUTBREAKS]);
        }
        result
    }

    /// Checks that no two outbreaks have the same ID.
    fn check_ids(&self, result: &mut RuleResult) {
        let mut names: HashMap<&str, &ListedOutbreak> = HashMap::new();
        for outbreak in &self.outbreaks {
            let Some(other) = names.insert(&outbreak.id, outbreak) else { continue };
            result.breaks += 1;
            let contradiction = || Contradiction {
                begin_seconds: self.begin_seconds.unwrap_or_default(),
                length_seconds: self.length_seconds(),
                key: vec![other.name.clone(), outbreak.name.clone()],
                left: (format!("outbreaks with the ID {}", outbreak.id), 2.0),
                right: ("outbreak with an ID".into(), 1.0),
            };
            result.worst.get_or_insert_with(|| contradiction().into_worst());
        }
    }

    /// Checks that the outbreaks were first seen at a possible time.
    fn check_times(&self, result: &mut RuleResult, begin_seconds: i64) {
        for outbreak in &self.outbreaks {
            result.comparisons += 1;
            let Some((limit, value, bound)) = outbreak.contradiction(begin_seconds, self.end_seconds) else { continue };
            result.breaks += 1;
            let contradiction = || Contradiction {
                begin_seconds,
                length_seconds: self.length_seconds(),
                key: vec![outbreak.name.clone()],
                left: ("First Seen Globally, in seconds since 1970".into(), outbreak.first_seen),
                right: (limit.into(), if value { bound } else { bound - outbreak.protection_seconds }),
            };
            result.worst.get_or_insert_with(|| contradiction().into_worst());
        }
    }

    /// Checks that the outbreaks that were first seen in the span have at most as many messages as came in. Messages of older outbreaks may
    /// have come in before the span.
    fn check_messages(&self, result: &mut RuleResult, begin_seconds: i64) {
        let is_new = |outbreak: &&ListedOutbreak| outbreak.first_seen >= begin_seconds as f64;
        let quarantined: f64 = self.outbreaks.iter().filter(is_new).map(|outbreak| outbreak.quarantined).sum();
        if self.incoming_seconds < self.length_seconds() || quarantined <= self.incoming {
            return;
        }
        result.breaks += 1;
        let contradiction = Contradiction {
            begin_seconds,
            length_seconds: self.length_seconds(),
            key: Vec::new(),
            left: ("Quarantined Messages of outbreaks that were first seen in the span".into(), quarantined),
            right: (format!("TLS Encrypted + Unencrypted of {}", table_of(INCOMING).map_or("", stem)), self.incoming),
        };
        result.worst.get_or_insert_with(|| contradiction.into_worst());
    }

    fn length_seconds(&self) -> i64 {
        self.end_seconds - self.begin_seconds.unwrap_or_default()
    }
}

impl ListedOutbreak {
    /// The limit that the moment of first sight contradicts: its name, true if it does not depend on the protection time, and its value.
    fn contradiction(&self, begin_seconds: i64, end_seconds: i64) -> Option<(&'static str, bool, f64)> {
        /// The beginning of the year 2000. No appliance had outbreak filters before it.
        const EARLIEST: f64 = 946_684_800.0;
        let (begin, end) = (begin_seconds as f64, end_seconds as f64);
        if self.first_seen < EARLIEST {
            return Some(("the earliest possible moment, the beginning of 2000", true, EARLIEST));
        }
        if self.first_seen >= end {
            return Some(("the end of the span", true, end));
        }
        let is_over = self.quarantined > 0.0 && self.first_seen + self.protection_seconds < begin;
        is_over.then_some(("the beginning of the span, less the protection time", false, begin))
    }
}

/// The encrypted and the unencrypted messages of an interval of the summary.
fn incoming(interval: &IntervalRows) -> Option<(&IntervalRows, &[f64], &[f64])> {
    let [encrypted, unencrypted] = MESSAGES.map(|place| numbers(interval, place));
    Some((interval, encrypted?, unencrypted?))
}

fn outbreaks(interval: &IntervalRows) -> Vec<ListedOutbreak> {
    let number = |column: usize, row: usize| interval.text(column, row)?.trim().parse::<f64>().ok();
    let outbreak = |(row, quarantined): (usize, &f64)| {
        Some(ListedOutbreak {
            name: interval.text(NAME, row)?.to_owned(),
            id: interval.text(ID, row)?.trim().to_owned(),
            first_seen: number(FIRST_SEEN, row)?,
            protection_seconds: number(PROTECTION_TIME, row)?,
            quarantined: *quarantined,
        })
    };
    numbers(interval, QUARANTINED).unwrap_or_default().iter().enumerate().filter_map(outbreak).collect()
}
