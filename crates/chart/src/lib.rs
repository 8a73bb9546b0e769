//! Draws graphs as SVG, to be put into a page as they are.
//!
//! A graph is drawn with sentinel colours that [`STYLE`] maps to the colours of the scheme, because a page may hold no
//! style of its own. It comes in two drawings, one for wide and one for narrow places, of which the style sheet shows one:
//! text that shrinks with its graph could not be read on a telephone.

mod calendar;
mod canvas;
mod frame;
mod legend;
mod number;
mod over_load;
mod over_time;
mod ranking;
mod scale;
#[cfg(test)]
mod tests;

use serde::Deserialize;
pub use tollgate_wording::load;

/// The style sheet of graphs: every page that holds one needs it.
pub const STYLE: &str = include_str!("../assets/chart.css");

/// The largest value that is drawn, far above all that can be counted.
const LARGEST: f64 = 1e18;

/// The values of one thing, one for each interval.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// What it is painted with.
    pub role: Role,
    /// What is not a number, infinite or below zero is drawn as zero, and so is what is missing at the end.
    pub values: Vec<f64>,
}

/// What the colour and the pattern of a series say; it is written in small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What should be.
    Good,
    /// What should not be.
    Bad,
    /// What may be a cause for worry.
    Warning,
    /// What is neither.
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

/// What values count.
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
    /// What the graph is called by those who do not see it; the page has a heading for those who do.
    pub title: &'a str,
    /// Where intervals begin, in microseconds since the Unix epoch, one after the other.
    pub begins_micros: &'a [u64],
    /// How long an interval is.
    pub interval_micros: u64,
    /// What is drawn.
    pub series: &'a [Series],
    /// Whether they are stacked.
    pub stacked: bool,
    /// Whether the scale is one of orders of magnitude, which is not for what is stacked.
    pub logarithmic: bool,
    /// What the values count.
    pub unit: Unit,
    /// What the values are to be compared with.
    pub level: Option<&'a Level>,
}

/// A graph over load: lines, or bands that are stacked from the first series upwards.
#[derive(Clone, Copy, Debug)]
pub struct OverLoad<'a> {
    /// What the graph is called by those who do not see it.
    pub title: &'a str,
    /// What a load is, below the graph.
    pub across: &'a str,
    /// The loads, from the smallest, not negative; they need not be evenly spaced.
    pub loads: &'a [f64],
    /// What is drawn: a value for each load.
    pub series: &'a [Series],
    /// The low and the high end of each value's interval, for each series; nothing where there are none. Bands that are
    /// stacked show none.
    pub intervals: &'a [Vec<(f64, f64)>],
    /// Whether they are stacked.
    pub stacked: bool,
    /// Whether the scale is one of orders of magnitude, which is not for what is stacked.
    pub logarithmic: bool,
    /// What the values count.
    pub unit: Unit,
    /// What the values are to be compared with.
    pub level: Option<&'a Level>,
    /// Loads that are marked by an upright line, with what happens there.
    pub turns: &'a [Level],
}

/// A value with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What stands beside it.
    pub name: String,
    /// Where it is.
    pub value: f64,
}

/// Horizontal bars, each of stacked parts, with their names before and their sums behind them. The first ten are
/// drawn.
#[derive(Clone, Copy, Debug)]
pub struct Ranking<'a> {
    /// What the graph is called by those who do not see it.
    pub title: &'a str,
    /// Names, each with a value for each part.
    pub bars: &'a [(String, Vec<f64>)],
    /// The parts of a bar, from its beginning.
    pub parts: &'a [(String, Role)],
    /// What the values count.
    pub unit: Unit,
}

/// The place that a graph is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Wide,
    Narrow,
}

impl OverTime<'_> {
    /// The graph: two `<svg>` elements, of which the style sheet shows one.
    pub fn svg(&self) -> String {
        self.svg_beside(&[])
    }

    /// The same on a scale that holds other graphs too, of the same unit, so that they can be compared by eye.
    pub fn svg_beside(&self, others: &[OverTime<'_>]) -> String {
        let mut svg = over_time::draw(self, others, Format::Wide);
        svg.push_str(&over_time::draw(self, others, Format::Narrow));
        svg
    }
}

impl OverLoad<'_> {
    /// The graph: two `<svg>` elements, of which the style sheet shows one.
    pub fn svg(&self) -> String {
        self.svg_beside(&[])
    }

    /// The same on a scale of values that holds other graphs too, of the same unit, so that they can be compared by eye.
    pub fn svg_beside(&self, others: &[OverLoad<'_>]) -> String {
        let mut svg = over_load::draw(self, others, Format::Wide);
        svg.push_str(&over_load::draw(self, others, Format::Narrow));
        svg
    }
}

impl Ranking<'_> {
    /// The graph: two `<svg>` elements, of which the style sheet shows one.
    pub fn svg(&self) -> String {
        let mut svg = ranking::draw(self, Format::Wide);
        svg.push_str(&ranking::draw(self, Format::Narrow));
        svg
    }
}

impl Format {
    /// Width of the drawing in pixels, before it is scaled to its place.
    fn width(self) -> f64 {
        match self {
            Format::Wide => 680.0,
            Format::Narrow => 350.0,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Format::Wide => "chart chart-wide",
            Format::Narrow => "chart chart-narrow",
        }
    }
}

/// A moment for the page of a plan.
pub fn moment(micros: u64) -> String {
    tollgate_wording::moment(micros).trim_end_matches(" GMT").to_owned()
}

impl Unit {
    /// A value for the page of a plan.
    pub fn precise(self, value: f64) -> String {
        self.full(value)
    }
}

/// A value that can be drawn: anything else counts as nothing, and no sum grows beyond what is finite.
fn drawable(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, LARGEST) } else { 0.0 }
}
