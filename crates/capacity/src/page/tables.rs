//! Tables of figures by load.

use tollgate_wording::{load, signed};

use super::labels::{self, FigureText};
use crate::figure::{FIGURES, PlanFigure};
use crate::plan::{Plan, Point};

/// The largest number of loads in a table of figures. It fits on paper.
const MOST_LOADS: usize = 8;
/// The largest number of loads in a table of differences, which are wider: they have signs and arrows.
const MOST_DIFFERENCES: usize = 6;
/// The largest number of loads that fit on a small screen with normal spacing.
const MOST_UNCROWDED: usize = 5;

/// A table with a row for each figure and a column for each load.
pub(super) struct FigureTable {
    pub(super) caption: String,
    pub(super) loads: Vec<String>,
    pub(super) rows: Vec<FigureRow>,
}

/// A figure at each load.
pub(super) struct FigureRow {
    pub(super) title: &'static str,
    pub(super) cells: Vec<FigureCell>,
}

/// A figure at one load.
pub(super) struct FigureCell {
    pub(super) text: FigureText,
    /// An arrow up or down, if the confidence interval of a difference excludes zero.
    pub(super) arrow: Option<&'static str>,
}

impl FigureTable {
    /// True if the columns are narrow.
    pub(super) fn is_crowded(&self) -> bool {
        self.loads.len() > MOST_UNCROWDED
    }
}

/// The tables of all figures.
pub(super) fn figures(points: &[Point]) -> Vec<FigureTable> {
    let cell = |point: &Point, figure: &PlanFigure| FigureCell { text: FigureText::new(point, figure), arrow: None };
    tables(points, ("Figures", MOST_LOADS), cell)
}

/// The tables of all differences. A difference is unknown if the figure of a side is only a lower bound.
pub(super) fn differences(plan: &Plan) -> Vec<FigureTable> {
    let is_unknown = |load: f64, figure: &PlanFigure| {
        let sites = plan.sides.iter().filter_map(|side| side.parts.first());
        let mut points = sites.flat_map(|site| &site.points).filter(|point| point.load == load);
        points.any(|point| point.is_lower_bound(figure.name))
    };
    let has_intervals = plan.seeds.len() > 1;
    tables(&plan.differences, ("Differences", MOST_DIFFERENCES), |point, figure| {
        if is_unknown(point.load, figure) {
            let interval = Some(String::from("unknown"));
            return FigureCell { text: FigureText { value: String::from("\u{2014}"), interval }, arrow: None };
        }
        let estimate = point.figure(figure.name);
        let write = |value: f64| signed(value, |value| figure.unit.write(value));
        let value = write(estimate.mean);
        let arrow = match estimate.mean {
            _ if !has_intervals || estimate.covers(0.0) || is_below_last_digit(&value) => None,
            more if more > 0.0 => Some("\u{25b2}"),
            _ => Some("\u{25bc}"),
        };
        FigureCell { text: FigureText { value, interval: labels::interval(estimate, write) }, arrow }
    })
}

fn tables(
    points: &[Point],
    (title, most_loads): (&str, usize),
    cell: impl Fn(&Point, &PlanFigure) -> FigureCell,
) -> Vec<FigureTable> {
    let row = |points: &[Point], figure: &PlanFigure| FigureRow {
        title: figure.title,
        cells: points.iter().map(|point| cell(point, figure)).collect(),
    };
    let table = |points: &[Point]| {
        let loads: Vec<f64> = points.iter().map(|point| point.load).collect();
        FigureTable {
            caption: format!("{title} at {}", labels::loads(&loads)),
            loads: loads.iter().copied().map(load).collect(),
            rows: FIGURES.iter().map(|figure| row(points, figure)).collect(),
        }
    };
    // The tables have about the same width.
    let count = points.len().div_ceil(most_loads).max(1);
    points.chunks(points.len().div_ceil(count).max(1)).map(table).collect()
}

/// True if a text only says that a value is smaller than its last digit, such as `<0.1%`.
fn is_below_last_digit(text: &str) -> bool {
    text.starts_with(['<', '>'])
}
