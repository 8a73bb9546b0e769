//! Checks that blocked addresses have worse reputation scores than addresses with clean mail.
//!
//! A better score is a larger one, so policies that block by score block small scores. If the average is larger, the signs of the scores were
//! changed, or the scores do not belong to the rows.

use crate::window::IntervalRows;

use super::contradiction::{Contradiction, RuleResult};
use super::sums::numbers;

/// The places of columns of Incoming IP Addresses.
const ATTEMPTED: usize = 5;
const STOPPED: usize = 6;
const CLEAN: usize = 12;

/// The columns that this check needs beside the scores.
pub(super) const COLUMNS: [usize; 3] = [ATTEMPTED, STOPPED, CLEAN];

/// The fewest rows of each kind whose averages are compared.
const FEWEST_ROWS: u64 = 20;

/// The scores of rows of which reputation filtering stopped all messages, and of rows with clean messages only.
#[derive(Debug, Default)]
pub(super) struct ScoreOrder {
    blocked: ScoreSum,
    clean: ScoreSum,
    begin_seconds: Option<i64>,
    end_seconds: i64,
}

#[derive(Debug, Default)]
struct ScoreSum {
    rows: u64,
    tenths: i64,
}

/// The messages of an interval's rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowMessages<'i> {
    columns: Option<[&'i [f64]; 3]>,
}

impl<'i> RowMessages<'i> {
    pub(super) fn of(interval: &'i IntervalRows) -> Self {
        let column = |place| numbers(interval, place);
        let columns = || Some([column(ATTEMPTED)?, column(STOPPED)?, column(CLEAN)?]);
        RowMessages { columns: columns() }
    }
}

impl ScoreOrder {
    /// Adds an interval.
    pub(super) fn add_interval(&mut self, interval: &IntervalRows) {
        self.begin_seconds.get_or_insert(interval.begin_seconds);
        self.end_seconds = interval.begin_seconds + interval.length_seconds;
    }

    /// Adds a row with a score.
    pub(super) fn add(&mut self, messages: RowMessages<'_>, row: usize, tenths: i16) {
        let Some(columns) = messages.columns else { return };
        let [attempted, stopped, clean] = columns.map(|column| column.get(row).copied().unwrap_or_default());
        let sum = match attempted {
            0.0 => return,
            _ if stopped == attempted => &mut self.blocked,
            _ if clean == attempted => &mut self.clean,
            _ => return,
        };
        sum.rows += 1;
        sum.tenths += i64::from(tenths);
    }

    /// Adds a notice if blocked addresses have better scores.
    pub(super) fn check(&self, result: &mut RuleResult) {
        let Some(begin_seconds) = self.begin_seconds else { return };
        if self.blocked.rows.min(self.clean.rows) < FEWEST_ROWS {
            return;
        }
        result.comparisons += 1;
        let (blocked, clean) = (self.blocked.average(), self.clean.average());
        if blocked <= clean {
            return;
        }
        result.notices += 1;
        let contradiction = || Contradiction {
            begin_seconds,
            length_seconds: self.end_seconds - begin_seconds,
            key: Vec::new(),
            left: ("average SBRS of rows that reputation filtering stopped".into(), blocked),
            right: ("average SBRS of rows with clean messages only".into(), clean),
        };
        result.worst.get_or_insert_with(|| contradiction().into_worst());
    }
}

impl ScoreSum {
    fn average(&self) -> f64 {
        self.tenths as f64 / 10.0 / self.rows as f64
    }
}
