//! The data of graphs for a script that draws them: positions and texts, so that the script needs no scale and no formatter.

use serde::Serialize;
use tollgate_wording::load;

use super::calendar;
use super::graph::{MarkedValue, OverLoad, OverTime, drawable};
use super::over_load::LoadData;
use super::over_time::TimeData;
use super::scale::Scale;

/// The maximum number of marks on the horizontal axis. It suits a narrow drawing.
const MOST_MARKS: usize = 6;
const MOST_TIME_MARKS: usize = 4;

/// A graph. Positions are 0 at the left or bottom of the plot and 1 at the right or top.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveGraph {
    /// The title for screen readers.
    pub title: String,
    /// The title of the horizontal axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub across: Option<String>,
    /// True if the series are stacked bands.
    pub stacked: bool,
    /// The positions of the loads or intervals.
    pub at: Vec<f64>,
    /// Their names.
    pub names: Vec<String>,
    /// The index of the load or interval whose values are shown first.
    pub start: usize,
    /// The marks of the horizontal axis. A name may have two lines.
    pub marks_across: Vec<LiveMark>,
    /// The marks of the vertical axis.
    pub marks_up: Vec<LiveMark>,
    /// The lines or bands, in the order of drawing.
    pub series: Vec<LiveSeries>,
    /// A level to compare the series with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<LiveMark>,
    /// The marked loads. A position may be below 0 or above 1.
    pub turns: Vec<LiveMark>,
}

/// A line or band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveSeries {
    /// The name in the legend.
    pub name: String,
    /// The sentinel colour that the style sheet replaces.
    pub color: String,
    /// The positions of the values. Those of a band include the bands below it.
    pub at: Vec<f64>,
    /// The positions of the ends of the confidence intervals. Empty if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<(f64, f64)>,
    /// The texts of the values.
    pub values: Vec<String>,
}

/// A named position.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LiveMark {
    /// The position.
    pub at: f64,
    /// The text beside it.
    pub name: String,
    /// The positions of the ends of its confidence interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<(f64, f64)>,
}

impl OverLoad<'_> {
    /// The data of the graph. The scale of values also fits other graphs.
    pub fn live_beside(&self, others: &[OverLoad<'_>]) -> LiveGraph {
        let data = LoadData::new(self);
        let scale = data.scale(others);
        let across = data.across(MOST_MARKS);
        let share = |load: f64| rounded(across.share(drawable(load)));
        let end = |value: f64| rounded(scale.share(value).min(1.0));
        let series = |(place, edge): (usize, &Vec<f64>)| {
            let ends = (0..data.loads.len()).filter_map(|load| data.interval(place, load).filter(|_| !self.stacked));
            LiveSeries {
                name: self.series[place].name.clone(),
                color: self.series[place].role.sentinel_color(),
                at: edge.iter().map(|value| rounded(scale.share(*value))).collect(),
                ends: ends.map(|(low, high)| (end(low), end(high))).collect(),
                values: (0..data.loads.len()).map(|load| data.reading(place, load)).collect(),
            }
        };
        let mut series: Vec<LiveSeries> = data.edges.iter().enumerate().map(series).collect();
        if self.stacked {
            // A band reaches down to the axis, and the bands below it are painted over it.
            series.reverse();
        }
        let turn = |turn: &super::MarkedLoad| LiveMark {
            at: share(turn.load),
            name: turn.name.clone(),
            ends: turn.interval.map(|(low, high)| (share(low), share(high))),
        };
        let distance = |load: f64| (load - 1.0).abs();
        let nearest = (0..data.loads.len())
            .min_by(|&one, &other| distance(data.loads[one]).total_cmp(&distance(data.loads[other])));
        LiveGraph {
            title: self.title.to_owned(),
            across: Some(self.across.to_owned()),
            stacked: self.stacked,
            at: data.loads.iter().map(|load| share(*load)).collect(),
            names: data.loads.iter().map(|each| format!("Load {}", load(*each))).collect(),
            start: nearest.unwrap_or_default(),
            marks_across: across.marks.iter().map(|(load, name)| mark(share(*load), name)).collect(),
            marks_up: marks_up(&scale),
            series,
            level: level(self.level, &scale),
            turns: self.turns.iter().map(turn).collect(),
        }
    }
}

impl OverTime<'_> {
    /// The data of a graph of lines. The scale of values also fits other graphs.
    pub fn live_beside(&self, others: &[OverTime<'_>]) -> LiveGraph {
        let data = TimeData::new(self);
        let scale = data.scale(others);
        let length = (data.to_micros - data.from_micros) as f64;
        let share = |micros: u64| rounded((micros.saturating_sub(data.from_micros)) as f64 / length);
        let count = self.begins_micros.len();
        let series = |(place, edge): (usize, &Vec<f64>)| LiveSeries {
            name: self.series[place].name.clone(),
            color: self.series[place].role.sentinel_color(),
            at: edge.iter().map(|value| rounded(scale.share(*value))).collect(),
            ends: Vec::new(),
            values: (0..count).map(|interval| data.reading(&self.series[place], interval)).collect(),
        };
        let marks = calendar::marks(data.from_micros, data.to_micros, MOST_TIME_MARKS);
        let name = |mark: &calendar::Mark| match &mark.far {
            Some(far) => format!("{}\n{far}", mark.near),
            None => mark.near.clone(),
        };
        LiveGraph {
            title: self.title.to_owned(),
            across: None,
            stacked: self.stacked,
            at: self.begins_micros.iter().map(|begin| share(begin.saturating_add(self.interval_micros / 2))).collect(),
            names: (0..count).map(|interval| data.interval(interval)).collect(),
            start: data.peak.map_or(0, |(_, interval, _)| interval),
            marks_across: marks.iter().map(|each| mark(share(each.at_micros), &name(each))).collect(),
            marks_up: marks_up(&scale),
            series: data.edges.iter().enumerate().map(series).collect(),
            level: level(self.level, &scale),
            turns: Vec::new(),
        }
    }
}

fn marks_up(scale: &Scale) -> Vec<LiveMark> {
    scale.marks.iter().map(|(value, name)| mark(rounded(scale.share(*value)), name)).collect()
}

/// A level. If it is above the plot, only its name is drawn, and the position is above 1.
fn level(level: Option<&MarkedValue>, scale: &Scale) -> Option<LiveMark> {
    let level = level?;
    let value = drawable(level.value);
    let at = if value > scale.top { 2.0 } else { rounded(scale.share(value)) };
    Some(mark(at, &level.name))
}

fn mark(at: f64, name: &str) -> LiveMark {
    LiveMark { at, name: name.to_owned(), ends: None }
}

/// A position to a ten-thousandth, which is a fraction of a pixel.
fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
