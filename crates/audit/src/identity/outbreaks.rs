//! Checks that outbreaks were first seen at a possible time.

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::source::{Sources, table_of};
use super::sums::numbers;

/// Virus ListedOutbreak Filter Details.
const OUTBREAKS: u32 = 20;
/// The places of its columns.
const NAME: usize = 0;
const FIRST_SEEN: usize = 2;
const PROTECTION_TIME: usize = 3;
const QUARANTINED: usize = 4;

/// The outbreaks, and the span of the other tables.
#[derive(Debug, Default)]
pub(super) struct OutbreakTimes {
    is_missing: bool,
    outbreaks: Vec<ListedOutbreak>,
    begin_seconds: Option<i64>,
    end_seconds: i64,
}

#[derive(Debug)]
struct ListedOutbreak {
    name: String,
    first_seen: f64,
    protection_seconds: f64,
    quarantined: f64,
}

impl OutbreakTimes {
    pub(super) fn new(sources: &Sources) -> Self {
        OutbreakTimes { is_missing: sources.get(OUTBREAKS).is_none(), ..OutbreakTimes::default() }
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
        for outbreak in &self.outbreaks {
            result.comparisons += 1;
            let Some((limit, value, bound)) = outbreak.contradiction(begin_seconds, self.end_seconds) else { continue };
            result.breaks += 1;
            let contradiction = || Contradiction {
                begin_seconds,
                length_seconds: self.end_seconds - begin_seconds,
                key: vec![outbreak.name.clone()],
                left: ("First Seen Globally, in seconds since 1970".into(), outbreak.first_seen),
                right: (limit.into(), if value { bound } else { bound - outbreak.protection_seconds }),
            };
            result.worst.get_or_insert_with(|| contradiction().into_worst());
            result.files = table_of(OUTBREAKS).map(|table| table.file.clone()).into_iter().collect();
        }
        result
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

fn outbreaks(interval: &IntervalRows) -> Vec<ListedOutbreak> {
    let number = |column: usize, row: usize| interval.text(column, row)?.trim().parse::<f64>().ok();
    let outbreak = |(row, quarantined): (usize, &f64)| {
        Some(ListedOutbreak {
            name: interval.text(NAME, row)?.to_owned(),
            first_seen: number(FIRST_SEEN, row)?,
            protection_seconds: number(PROTECTION_TIME, row)?,
            quarantined: *quarantined,
        })
    };
    numbers(interval, QUARANTINED).unwrap_or_default().iter().enumerate().filter_map(outbreak).collect()
}
