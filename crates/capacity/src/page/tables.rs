//! Tables of figures by load.

use crate::figure::{FIGURES, FigureUnit, PlanFigure};
use crate::plan::{Plan, Point};

use super::words;

/// The most loads beside each other: more would be wider than paper or a small screen.
const MOST_LOADS: usize = 8;
/// The same of differences, which have signs and arrows.
const MOST_DIFFERENCES: usize = 6;
/// So many loads stand with ease on a small screen.
const CROWDED_FROM: usize = 5;

/// A table with a column for each load.
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) loads: Vec<String>,
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Whether there is little room for each load.
    pub(super) fn is_crowded(&self) -> bool {
        self.loads.len() > CROWDED_FROM
    }
}

/// A figure at each load.
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) cells: Vec<Cell>,
}

/// A figure at one load.
pub(super) struct Cell {
    pub(super) value: String,
    pub(super) interval: Option<String>,
    /// Of a difference that is none of chance: more or less.
    pub(super) differs: Option<&'static str>,
}

/// The tables of all figures.
pub(super) fn figures(points: &[Point]) -> Vec<Table> {
    tables(points, ("Figures", MOST_LOADS), |point, figure| {
        let estimate = point.figure(figure.name);
        // Nothing that is counted is below zero, whatever its interval says.
        let written = |value: f64| words::value(figure.unit, value.max(0.0));
        if figure.name == "drain" && words::is_undrained(point) {
            return Cell { value: format!("> {}", written(estimate.mean)), interval: None, differs: None };
        }
        Cell { value: written(estimate.mean), interval: words::interval(estimate, written), differs: None }
    })
}

/// The tables of all differences.
pub(super) fn differences(plan: &Plan) -> Vec<Table> {
    let sites = || plan.variants.iter().filter_map(|variant| variant.parts.first());
    let is_undrained = |load: f64| {
        let mut points = sites().flat_map(|site| &site.points).filter(|point| point.load == load);
        points.any(words::is_undrained)
    };
    let is_sure = plan.seeds.len() > 1;
    tables(&plan.differences, ("Differences", MOST_DIFFERENCES), |point, figure| {
        if figure.name == "drain" && is_undrained(point.load) {
            // At least so long less or from at least so long is no measure of anything.
            return Cell {
                value: String::from("\u{2014}"),
                interval: Some(String::from("not\u{a0}drained")),
                differs: None,
            };
        }
        let estimate = point.figure(figure.name);
        let written = |value: f64| signed(figure.unit, value);
        let differs = match estimate {
            // What is too small to be written is too small to be pointed at; and one seed does not tell what is chance.
            _ if !is_sure || estimate.covers(0.0) || !is_something(&written(estimate.mean)) => None,
            _ if estimate.mean > 0.0 => Some("\u{25b2}"),
            _ => Some("\u{25bc}"),
        };
        Cell { value: written(estimate.mean), interval: words::interval(estimate, written), differs }
    })
}

fn tables(points: &[Point], (of, most): (&str, usize), cell: impl Fn(&Point, &PlanFigure) -> Cell) -> Vec<Table> {
    let row = |points: &[Point], place: usize| Row {
        title: FIGURES[place].title,
        cells: points.iter().map(|point| cell(point, &FIGURES[place])).collect(),
    };
    let table = |points: &[Point]| {
        let loads: Vec<f64> = points.iter().map(|point| point.load).collect();
        Table {
            caption: format!("{of} at {}", words::loads(&loads)),
            loads: loads.iter().copied().map(words::load).collect(),
            rows: (0..FIGURES.len()).map(|place| row(points, place)).collect(),
        }
    };
    // As many in each table, as near as can be.
    let count = points.len().div_ceil(most).max(1);
    points.chunks(points.len().div_ceil(count).max(1)).map(table).collect()
}

/// A value with its sign, unless it is written as nothing.
fn signed(unit: FigureUnit, value: f64) -> String {
    let text = words::value(unit, value);
    if let Some(less) = text.strip_prefix('-') {
        format!("\u{2212}{less}")
    } else if is_something(&text) {
        format!("+{text}")
    } else {
        text
    }
}

fn is_something(text: &str) -> bool {
    text.contains(|letter: char| ('1'..='9').contains(&letter))
}
