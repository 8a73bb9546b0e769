//! The data of graphs: values, names and units.

use serde::Deserialize;

/// The largest value that is drawn. Every real count is far below it.
const LARGEST: f64 = 1e18;

/// A line or band: one value for each interval or load.
#[derive(Clone, Debug)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// The role, which decides the colour and pattern.
    pub role: SeriesRole,
    /// The values. Negative and non-finite values are drawn as zero, and so are missing values at the end.
    pub values: Vec<f64>,
}

/// The role of a series: the meaning of its colour and pattern. Data files write it in lower case.
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
    /// The first of several series that only need to look different.
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
    /// A number of things.
    Count,
    /// Percent: the whole is 100.
    Percent,
    /// Seconds.
    Seconds,
    /// Bytes, with the appliance's unit names: 1 KB is 1,024 bytes.
    Bytes,
    /// Bytes, with binary unit names: KiB, MiB.
    BinaryBytes,
}

/// A graph over time with lines, or with bands that are stacked upwards from the first series.
#[derive(Clone, Copy, Debug)]
pub struct OverTime<'a> {
    /// The title for screen readers. The page shows its own heading.
    pub title: &'a str,
    /// The beginnings of the intervals in order, in microseconds since the Unix epoch.
    pub begins_micros: &'a [u64],
    /// The length of an interval in microseconds.
    pub interval_micros: u64,
    /// The lines or bands.
    pub series: &'a [Series],
    /// True if the series are stacked bands.
    pub stacked: bool,
    /// True if the scale is logarithmic. Stacked bands need a linear scale.
    pub logarithmic: bool,
    /// The unit of the values.
    pub unit: Unit,
    /// A value to compare the series with, such as a limit.
    pub level: Option<&'a MarkedValue>,
}

/// A graph over load with lines, or with bands that are stacked upwards from the first series.
#[derive(Clone, Copy, Debug)]
pub struct OverLoad<'a> {
    /// The title for screen readers.
    pub title: &'a str,
    /// The title of the load axis, below the graph.
    pub across: &'a str,
    /// The loads in ascending order, none negative. They need not be evenly spaced.
    pub loads: &'a [f64],
    /// The lines or bands: a value for each load.
    pub series: &'a [Series],
    /// For each series, the low and high end of each value's confidence interval. Empty if there are none. Stacked bands
    /// show no intervals.
    pub intervals: &'a [Vec<(f64, f64)>],
    /// True if the series are stacked bands.
    pub stacked: bool,
    /// True if the scale is logarithmic. Stacked bands need a linear scale.
    pub logarithmic: bool,
    /// The unit of the values.
    pub unit: Unit,
    /// A value to compare the series with, such as a limit.
    pub level: Option<&'a MarkedValue>,
    /// Loads that a vertical line marks, each with the name of the event there.
    pub turns: &'a [MarkedLoad],
}

/// A named value that a graph marks with a line.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkedValue {
    /// The text beside the line.
    pub name: String,
    /// The value.
    pub value: f64,
}

/// A load that a graph marks with a vertical line.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkedLoad {
    /// The name of the event at the load.
    pub name: String,
    /// The load.
    pub load: f64,
    /// The low and high end of its confidence interval, which is shaded.
    pub interval: Option<(f64, f64)>,
}

/// Horizontal bars, each made of parts, with its name on the left and its sum on the right. The first ten bars are
/// drawn.
#[derive(Clone, Copy, Debug)]
pub struct Ranking<'a> {
    /// The title for screen readers.
    pub title: &'a str,
    /// The bars: a name, and a value for each part.
    pub bars: &'a [(String, Vec<f64>)],
    /// The parts of a bar, from left to right.
    pub parts: &'a [(String, SeriesRole)],
    /// The unit of the values.
    pub unit: Unit,
}

/// Makes a value drawable. Negative and non-finite values become zero, and huge values are capped so that sums stay finite.
pub(super) fn drawable(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, LARGEST) } else { 0.0 }
}
