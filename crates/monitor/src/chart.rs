//! Graphs as SVG.

/// The values of one thing, one for each interval.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) values: Vec<f64>,
}

/// What the colour and the pattern of a series say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    Good,
    Bad,
    Warning,
    Neutral,
    First,
    Second,
    Third,
    Fourth,
    Fifth,
    Sixth,
}

/// What values count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Count,
    Percent,
    Seconds,
    Bytes,
}

/// A graph over time: lines, or bands that are stacked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverTime<'a> {
    pub(crate) title: &'a str,
    /// Where intervals begin, in microseconds since the Unix epoch, one after the other.
    pub(crate) begins_micros: &'a [u64],
    pub(crate) interval_micros: u64,
    pub(crate) series: &'a [Series],
    pub(crate) stacked: bool,
    pub(crate) unit: Unit,
}

/// Horizontal bars, each of stacked parts, with names at the left and sums at the right. The first ten are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranking<'a> {
    pub(crate) title: &'a str,
    /// Names, with a value for each part.
    pub(crate) bars: &'a [(String, Vec<f64>)],
    pub(crate) parts: &'a [(String, Role)],
    pub(crate) unit: Unit,
}

impl OverTime<'_> {
    /// The graph, to be put into a page as it is.
    pub(crate) fn svg(&self) -> String {
        String::from("<svg class=\"chart\" viewBox=\"0 0 720 260\"></svg>")
    }
}

impl Ranking<'_> {
    /// The graph, to be put into a page as it is.
    pub(crate) fn svg(&self) -> String {
        String::from("<svg class=\"chart\" viewBox=\"0 0 720 260\"></svg>")
    }
}
