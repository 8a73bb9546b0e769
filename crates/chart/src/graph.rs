//! The values of graphs and their names, without a drawing.

use serde::Deserialize;

/// The largest value that is drawn, far above all that can be counted.
const LARGEST: f64 = 1e18;

/// The values of one thing, one for each interval.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its role, which decides its colour and pattern.
    pub role: SeriesRole,
    /// Its values. Values that are no number, infinite or below zero are drawn as zero, and so are missing ones at the end.
    pub values: Vec<f64>,
}

/// The meaning of the colour and the pattern of a series. In data it is written in small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesRole {
    /// Wanted.
    Good,
    /// Unwanted.
    Bad,
    /// A cause for worry.
    Warning,
    /// Neither wanted nor unwanted.
    Neutral,
    /// The first of things that only differ.
    First,
    /// The second of them.
    Second,
    /// The third of them.
    Third,
    /// The fourth of them.
    Fourth,
    /// The fifth of them.
    Fifth,
}

/// The unit of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Hundredths.
    Percent,
    /// Seconds.
    Seconds,
    /// Bytes, under the names that the appliance gives them: a KB has 1,024.
    Bytes,
    /// Bytes, under the names of powers of 1,024: KiB, MiB.
    BinaryBytes,
}

/// A graph over time: lines, or bands that are stacked from the first series upwards.
#[derive(Clone, Copy, Debug)]
pub struct OverTime<'a> {
    /// The title for readers who do not see the graph; the page has a heading for the others.
    pub title: &'a str,
    /// The beginnings of the intervals in order, in microseconds since the Unix epoch.
    pub begins_micros: &'a [u64],
    /// The length of an interval in microseconds.
    pub interval_micros: u64,
    /// The lines or bands.
    pub series: &'a [Series],
    /// Whether they are stacked.
    pub stacked: bool,
    /// Whether the scale is one of orders of magnitude, which is not for what is stacked.
    pub logarithmic: bool,
    /// The unit of the values.
    pub unit: Unit,
    /// A value that the others are compared with.
    pub level: Option<&'a MarkedValue>,
}

/// A graph over load: lines, or bands that are stacked from the first series upwards.
#[derive(Clone, Copy, Debug)]
pub struct OverLoad<'a> {
    /// The title for readers who do not see the graph.
    pub title: &'a str,
    /// The name of the loads, below the graph.
    pub across: &'a str,
    /// The loads, from the smallest, not negative; they need not be evenly spaced.
    pub loads: &'a [f64],
    /// The lines or bands: a value for each load.
    pub series: &'a [Series],
    /// The low and the high end of each value's interval, for each series; nothing where there are none. Bands that are
    /// stacked show none.
    pub intervals: &'a [Vec<(f64, f64)>],
    /// Whether they are stacked.
    pub stacked: bool,
    /// Whether the scale is one of orders of magnitude, which is not for what is stacked.
    pub logarithmic: bool,
    /// The unit of the values.
    pub unit: Unit,
    /// A value that the others are compared with.
    pub level: Option<&'a MarkedValue>,
    /// Loads that are marked by an upright line, with what happens there.
    pub turns: &'a [MarkedValue],
}

/// A value that a graph marks by a line, with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkedValue {
    /// The text beside the line.
    pub name: String,
    /// The value.
    pub value: f64,
}

/// Horizontal bars, each of stacked parts, with their names before and their sums behind them. The first ten are
/// drawn.
#[derive(Clone, Copy, Debug)]
pub struct Ranking<'a> {
    /// The title for readers who do not see the graph.
    pub title: &'a str,
    /// Names, each with a value for each part.
    pub bars: &'a [(String, Vec<f64>)],
    /// The parts of a bar, from its beginning.
    pub parts: &'a [(String, SeriesRole)],
    /// The unit of the values.
    pub unit: Unit,
}

/// A value that can be drawn: anything else counts as nothing, and no sum grows beyond what is finite.
pub(super) fn drawable(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, LARGEST) } else { 0.0 }
}
