//! Checks that addresses keep their reputation scores from one interval to the next.
//!
//! A score changes slowly: a few addresses may have another score in the next interval, but most keep theirs. If most change, the scores were
//! exchanged between the rows.

use std::collections::HashMap;

use crate::window::IntervalRows;

use super::contradiction::{Contradiction, RuleResult};

/// A score in tenths, or none.
pub(super) type Tenths = Option<i16>;

/// Number of addresses whose scores are compared: the first ones.
const MOST_ADDRESSES: usize = 10_000;

/// The longest time between two rows of an address that are compared.
const LONGEST_SECONDS: i64 = 86_400;

/// The fewest pairs of rows that show whether scores change.
const FEWEST_PAIRS: u64 = 20;

/// The latest scores of some addresses.
#[derive(Debug, Default)]
pub(super) struct ScoreChanges {
    latest: HashMap<Box<str>, (i64, Tenths)>,
    pairs: u64,
    changed: u64,
    /// Beginning and length of the interval of the first change, and its address.
    first: Option<(i64, i64, Box<str>)>,
}

impl ScoreChanges {
    /// Adds a row.
    pub(super) fn add(&mut self, interval: &IntervalRows, address: &str, score: Tenths) {
        let begin_seconds = interval.begin_seconds;
        let Some((earlier_seconds, earlier)) = self.latest.get_mut(address) else {
            if self.latest.len() < MOST_ADDRESSES {
                self.latest.insert(address.into(), (begin_seconds, score));
            }
            return;
        };
        if begin_seconds - *earlier_seconds <= LONGEST_SECONDS {
            self.pairs += 1;
            if *earlier != score {
                self.changed += 1;
                self.first.get_or_insert_with(|| (begin_seconds, interval.length_seconds, address.into()));
            }
        }
        (*earlier_seconds, *earlier) = (begin_seconds, score);
    }

    /// Adds a break for each changed score, if most scores change.
    pub(super) fn check(&self, result: &mut RuleResult) {
        if self.pairs < FEWEST_PAIRS {
            return;
        }
        result.comparisons += self.pairs;
        let Some((begin_seconds, length_seconds, address)) =
            self.first.as_ref().filter(|_| 2 * self.changed > self.pairs)
        else {
            return;
        };
        result.breaks += self.changed;
        let contradiction = Contradiction {
            begin_seconds: *begin_seconds,
            length_seconds: *length_seconds,
            key: vec![address.to_string()],
            left: ("rows whose SBRS differs from the address's row up to a day before".into(), self.changed as f64),
            right: ("half of the rows with such an earlier row".into(), self.pairs as f64 / 2.0),
        };
        result.worst = Some(contradiction.into_worst());
    }
}
