//! Writes values that several parts of a scenario have: moments, durations, recipients, sizes and volumes over time.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};

use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::TimeGrid;
use crate::keys::zeta_of_mean;

/// Mean size of a message, if the exports do not show it: that of c650-week (assumed).
const BYTES: f64 = 20_000.0;
/// Sigma of the logarithm of sizes (assumed).
const SIZE_SIGMA: f64 = 1.0;

/// A moment in the form of scenarios.
pub(crate) fn moment(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    quoted(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// A duration in the form of scenarios.
pub(crate) fn span(seconds: i64) -> String {
    quoted(&match seconds {
        whole if whole % 3600 == 0 => format!("{}h", whole / 3600),
        whole if whole % 60 == 0 => format!("{}m", whole / 60),
        whole => format!("{whole}s"),
    })
}

/// A reputation score in the form of scenarios.
pub(crate) fn score(tenths: i16) -> String {
    format!("{:.1}", f64::from(tenths) / 10.0)
}

/// The parts of a distribution of scores in the form of scenarios. Many different scores are merged by whole numbers.
pub(crate) fn score_parts(scores: &BTreeMap<Option<i16>, u64>) -> Vec<String> {
    /// The most parts with a score of their own.
    const MOST: usize = 20;
    let are_merged = scores.len() > MOST;
    let mut parts: Vec<(i16, i16, u64)> = Vec::new();
    for (tenths, rows) in scores.iter().filter_map(|(tenths, rows)| Some(((*tenths)?, *rows))) {
        match parts.last_mut() {
            Some((first, last, sum)) if are_merged && first.div_euclid(10) == tenths.div_euclid(10) => {
                (*last, *sum) = (tenths, *sum + rows)
            }
            _ => parts.push((tenths, tenths, rows)),
        }
    }
    let part = |(low, high, rows): &(i16, i16, u64)| {
        format!("{{ from = {}, to = {}, share = {rows} }}", score(*low), score(*high))
    };
    let without = scores.get(&None).map(|rows| format!("{{ share = {rows} }}"));
    parts.iter().map(part).chain(without).collect()
}

/// The bins of two neighbouring numbers with a mean. Together they have a share.
pub(crate) fn neighbours(mean: f64, share: f64) -> String {
    let (low, part) = (mean.floor(), mean.fract());
    let bin = |number: f64, share: f64| format!("{{ from = {number}, to = {number}, share = {} }}", digits(share));
    format!("{}, {}", bin(low, share * (1.0 - part)), bin(low + 1.0, share * part))
}

/// Writes the recipients of a message with a mean.
pub(crate) fn write_recipients(document: &mut ScenarioDraft, mean: f64) {
    let value = match zeta_of_mean(mean) {
        Some(zeta) => format!("{{ zeta = {}, max = 100 }}", digits(zeta)),
        None if mean > 1.0001 => format!("{{ bins = [{}] }}", neighbours(mean, 1.0)),
        None => return,
    };
    document.value("recipients", value, Origin::Fitted, "the mean; the law is assumed");
}

/// Writes the sizes of messages with a mean in bytes.
pub(crate) fn write_size(document: &mut ScenarioDraft, mean: Option<f64>) {
    let mu = mean.unwrap_or(BYTES).max(100.0).ln() - 0.5 * SIZE_SIGMA * SIZE_SIGMA;
    let value = format!("{{ parts = [{{ mu = {}, sigma = {SIZE_SIGMA:.1} }}] }}", digits(mu));
    match mean {
        Some(_) => document.value("size", value, Origin::Fitted, "the mean; the spread is assumed"),
        None => document.value("size", value, Origin::Assumed, "no table has sizes"),
    }
}

/// Writes the volume in each step. `list` is the key of the list that the class or flow is in.
pub(crate) fn write_observed(document: &mut ScenarioDraft, list: &str, grid: TimeGrid, volumes: &[f64]) {
    let total: f64 = volumes.iter().sum();
    if total <= 0.0 {
        return;
    }
    let mean = total / volumes.len() as f64;
    document.text += &format!("\n[{list}.rhythm.observed]\n");
    document.line("begin", moment(grid.begin));
    document.line("step", span(grid.step));
    let mut factors = String::new();
    for (place, volume) in volumes.iter().enumerate() {
        factors += if place % 12 == 0 { "\n    " } else { " " };
        factors += &digits(volume / mean);
        factors.push(',');
    }
    document.numbers("factors", &format!("[{factors}\n]"));
}
