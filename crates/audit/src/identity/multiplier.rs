//! Infers the reputation multiplier from exports.

use std::collections::BTreeMap;

use tollgate_wording::counted;

use crate::error::Error;
use crate::reader::Exports;
use crate::window::{ColumnForm, IntervalRows, Window};

use super::sums::numbers;

/// The multiplier of an appliance whose owner has not changed it.
const DEFAULT: u32 = 3;

/// Incoming Mail Summary.
const OVERVIEW: u32 = 1;
/// Sender Group Mail Flow Policy Overview.
const POLICIES: u32 = 8;

/// The tables whose rows show the multiplier.
const TABLES: [RowColumns; 2] = [
    RowColumns { table: 4, throttled: 2, stopped: 3, rejected: 8 },
    RowColumns { table: 6, throttled: 2, stopped: 3, rejected: 8 },
];

/// The places of the columns of a sender table.
#[derive(Clone, Copy, Debug)]
struct RowColumns {
    table: u32,
    /// Stopped by Recipient Throttling.
    throttled: usize,
    /// Stopped by Reputation Filtering.
    stopped: usize,
    /// Rejected or Connections Rejected.
    rejected: usize,
}

/// The reputation multiplier that exports show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferredMultiplier {
    /// The multiplier.
    pub multiplier: u32,
    /// The number of rows or intervals that it fits.
    pub fits: u64,
    /// The number of rows or intervals that were looked at, with a noun.
    pub of: String,
}

/// The reputation multiplier and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiplier {
    /// The multiplier.
    pub value: u32,
    /// Its origin.
    pub origin: MultiplierOrigin,
}

/// The origin of a reputation multiplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MultiplierOrigin {
    /// The caller gives it.
    Given,
    /// The manifest of the run.
    Manifest,
    /// The rows of the exports.
    Rows(InferredMultiplier),
    /// The default of the appliance.
    Default,
}

impl Multiplier {
    /// The multiplier that the caller gives, or that of the manifest, or the one that fits the rows, or the default.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn find(given: Option<u32>, exports: &Exports) -> Result<Multiplier, Error> {
        if let Some(value) = given {
            return Ok(Multiplier { value, origin: MultiplierOrigin::Given });
        }
        if let Some(value) = exports.multiplier() {
            return Ok(Multiplier { value, origin: MultiplierOrigin::Manifest });
        }
        Ok(match infer(exports)? {
            Some(found) => Multiplier { value: found.multiplier, origin: MultiplierOrigin::Rows(found) },
            None => Multiplier { value: DEFAULT, origin: MultiplierOrigin::Default },
        })
    }
}

/// Finds the multiplier that most rows with rejected connections show. Without such rows, finds one that is small enough for most
/// intervals of the Overview, if the default is too large for them. `None` if nothing speaks against the default.
fn infer(exports: &Exports) -> Result<Option<InferredMultiplier>, Error> {
    let form = |table: u32, column: usize| {
        let rows = TABLES.iter().find(|columns| columns.table == table);
        let is_used =
            rows.is_none_or(|columns| [columns.throttled, columns.stopped, columns.rejected].contains(&column));
        if is_used { ColumnForm::Plain } else { ColumnForm::Absent }
    };
    let is_wanted =
        |table| table == OVERVIEW || table == POLICIES || TABLES.iter().any(|columns| columns.table == table);
    let mut votes: BTreeMap<u32, u64> = BTreeMap::new();
    let mut rows = 0;
    let mut limits = Vec::new();
    for window in exports.windows_of_columns(is_wanted, form)? {
        let window = window?;
        for columns in TABLES {
            for interval in window.tables.get(&columns.table).into_iter().flatten() {
                rows += count_votes(interval, columns, &mut votes);
            }
        }
        limits.extend(limit(&window));
    }
    // Of several with the same number of rows, the smallest is taken.
    let best = votes.into_iter().max_by_key(|&(multiplier, fits)| (fits, std::cmp::Reverse(multiplier)));
    let of_rows = |(multiplier, fits)| InferredMultiplier {
        multiplier,
        fits,
        of: format!("{} with rejected connections", counted(rows, "row")),
    };
    Ok(best.map(of_rows).or_else(|| of_limits(&limits)))
}

/// The largest multiplier that the Overview allows in a window: its messages stopped by reputation filtering for each blocked
/// connection.
fn limit(window: &Window) -> Option<f64> {
    let sum = |table: u32, places: &[usize]| -> f64 {
        let intervals = window.tables.get(&table).into_iter().flatten();
        intervals
            .flat_map(|interval| places.iter().flat_map(|&place| numbers(interval, place).unwrap_or_default()))
            .sum()
    };
    let blocked = sum(POLICIES, &[2, 3]);
    (blocked > 0.0 && window.tables.contains_key(&OVERVIEW)).then(|| (sum(OVERVIEW, &[0]) / blocked).floor())
}

/// The multiplier that fits the limits of all windows, if the default does not fit most of them.
fn of_limits(limits: &[f64]) -> Option<InferredMultiplier> {
    let least = limits.iter().copied().reduce(f64::min)?;
    let over = limits.iter().filter(|limit| **limit < f64::from(DEFAULT)).count();
    let of = counted(limits.len() as u64, "interval") + " of the Overview";
    let fits = limits.len() as u64;
    (2 * over > limits.len() && least >= 1.0).then_some(InferredMultiplier { multiplier: least as u32, fits, of })
}

/// Counts the multiplier of each row with rejected connections. Returns the number of such rows.
fn count_votes(interval: &IntervalRows, columns: RowColumns, votes: &mut BTreeMap<u32, u64>) -> u64 {
    let column = |place: usize| numbers(interval, place).unwrap_or_default();
    let mut rows = 0;
    let values = column(columns.stopped).iter().zip(column(columns.throttled)).zip(column(columns.rejected));
    for ((stopped, throttled), rejected) in values.filter(|(_, rejected)| **rejected > 0.0) {
        rows += 1;
        let multiplier = (stopped - throttled) / rejected;
        if multiplier >= 0.0 && multiplier.fract() == 0.0 && multiplier <= f64::from(u32::MAX) {
            *votes.entry(multiplier as u32).or_default() += 1;
        }
    }
    rows
}
