//! Checks the encrypted and the unencrypted messages against the connections of the domains.
//!
//! A message is encrypted if its connection uses TLS. All messages of a domain are encrypted if all its connections use TLS, and none is
//! if no connection does. So both numbers of a summary have a lower limit. Other domains say nothing. If the summary and
//! the details have different numbers of messages, nothing is compared: another identity finds that, and they may have been read at
//! different moments.

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::files_of;
use super::source::{Sources, stem, table_of};
use super::sums::numbers;

/// The summaries of TLS messages, incoming and outgoing, each with the details by domain.
const PAIRS: [(u32, u32); 2] = [(25, 26), (28, 29)];

/// The headings of a summary, with their places.
const SUMMARY: [(&str, usize); 2] = [("TLS Encrypted", 0), ("Unencrypted", 1)];

/// The places of the details.
const SUCCESSFUL: [usize; 2] = [2, 4];
const CONNECTIONS: usize = 6;
const MESSAGES: usize = 7;

/// The comparisons so far.
#[derive(Debug, Default)]
pub(super) struct MessageEncryption {
    result: RuleResult,
    tables: Vec<u32>,
}

impl MessageEncryption {
    pub(super) fn new(sources: &Sources) -> Self {
        let is_missing = |table: &u32| sources.get(*table).is_none();
        let missing = PAIRS.iter().flat_map(|&(summary, details)| [summary, details]).filter(is_missing).collect();
        MessageEncryption { result: RuleResult { missing, ..RuleResult::default() }, tables: Vec::new() }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        for (summary, details) in PAIRS {
            let both = window.tables.get(&summary).zip(window.tables.get(&details));
            let Some((summaries, by_domain)) = both else { continue };
            let mut before = self.result.comparisons;
            for interval in by_domain {
                let time = |other: &IntervalRows| (other.begin_seconds, other.length_seconds);
                let found = summaries.binary_search_by_key(&time(interval), time);
                if let Ok(place) = found {
                    self.compare((summary, details), &summaries[place], interval);
                }
                self.result.intervals += u64::from(self.result.comparisons > before);
                before = self.result.comparisons;
            }
        }
    }

    fn compare(&mut self, (summary, details): (u32, u32), shown: &IntervalRows, by_domain: &IntervalRows) {
        let sum =
            |interval: &IntervalRows, place: usize| numbers(interval, place).unwrap_or_default().iter().sum::<f64>();
        if sum(shown, SUMMARY[0].1) + sum(shown, SUMMARY[1].1) != sum(by_domain, MESSAGES) {
            return;
        }
        let limits = limits(by_domain);
        for ((heading, place), limit) in SUMMARY.into_iter().zip(limits) {
            let (Some([value]), true) = (numbers(shown, place), limit > 0.0) else { continue };
            self.result.comparisons += 1;
            if *value >= limit {
                continue;
            }
            self.result.breaks += 1;
            self.tables.extend([summary, details]);
            let stem_of = |table: u32| table_of(table).map_or("", stem);
            let which = if heading == SUMMARY[0].0 { "only" } else { "no" };
            let contradiction = || Contradiction {
                begin_seconds: shown.begin_seconds,
                length_seconds: shown.length_seconds,
                key: Vec::new(),
                left: (format!("{heading} of {}", stem_of(summary)), *value),
                right: (
                    format!(
                        "Total Messages of {}, in domains with {which} successful TLS connections",
                        stem_of(details)
                    ),
                    limit,
                ),
            };
            self.result.worst.get_or_insert_with(|| contradiction().into_worst());
        }
    }

    pub(super) fn finish(mut self) -> RuleResult {
        self.result.files = files_of(self.tables);
        self.result
    }
}

/// The messages of domains whose connections all use TLS, and of domains of whose connections none does.
fn limits(by_domain: &IntervalRows) -> [f64; 2] {
    let column = |place: usize| numbers(by_domain, place).unwrap_or_default();
    let [required, preferred] = SUCCESSFUL.map(column);
    let rows = required.iter().zip(preferred).zip(column(CONNECTIONS)).zip(column(MESSAGES));
    let mut limits = [0.0; 2];
    for (((required, preferred), connections), messages) in rows.filter(|((_, connections), _)| **connections > 0.0) {
        match required + preferred {
            successful if successful == *connections => limits[0] += messages,
            0.0 => limits[1] += messages,
            _ => {}
        }
    }
    limits
}
