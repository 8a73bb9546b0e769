//! The graphs of a plan.

use tollgate_chart::{LiveGraph, MarkedLoad, MarkedValue, OverLoad, OverTime, Series, SeriesRole, Unit as ChartUnit};
use tollgate_wording::{count, load};

use super::definitions::{DELAY, DEPTH, GraphDefinition, PROCESSOR, THROUGHPUT, TURNED_AWAY, USED};
use super::labels;
use crate::equipment::Equipment;
use crate::estimate::Estimate;
use crate::figure::{FigureUnit, PlanFigure};
use crate::plan::{Plan, PlanSide, Point, SitePart};
use crate::verdict::KeepsUp;

const ROLES: [SeriesRole; 6] = [
    SeriesRole::First,
    SeriesRole::Second,
    SeriesRole::Third,
    SeriesRole::Fourth,
    SeriesRole::Fifth,
    SeriesRole::Neutral,
];
const _: () = assert!(USED.figures.len() <= ROLES.len(), "each figure of the largest graph has a role");

/// The roles of the lines of each side of a comparison: one hue, dark and light.
const SIDE_ROLES: [[SeriesRole; 2]; 2] =
    [[SeriesRole::First, SeriesRole::Third], [SeriesRole::Second, SeriesRole::Fourth]];

/// The largest number of loads in a graph over time.
const MOST_LOADS_OVER_TIME: usize = 5;
/// The smallest number of intervals in a line over time. Fewer do not look like a line.
const LEAST_INTERVALS: usize = 4;

/// The same part of each side.
pub(super) type SideParts<'a> = [(&'a PlanSide, &'a SitePart)];

/// A graph with its heading and text.
pub(super) struct Graph {
    pub(super) heading: String,
    pub(super) text: String,
    pub(super) svg: String,
    /// The same graph for the script.
    pub(super) live: LiveGraph,
}

/// A graph over load, before it is drawn.
pub(super) struct LoadGraph {
    pub(super) heading: String,
    pub(super) text: String,
    across: String,
    loads: Vec<f64>,
    series: Vec<Series>,
    intervals: Vec<Vec<(f64, f64)>>,
    stacked: bool,
    pub(super) logarithmic: bool,
    unit: ChartUnit,
    pub(super) level: Option<MarkedValue>,
    pub(super) turns: Vec<MarkedLoad>,
}

/// A graph of the work queue over time, before it is drawn.
struct QueueGraph {
    heading: String,
    begins_micros: Vec<u64>,
    interval_micros: u64,
    series: Vec<Series>,
    level: MarkedValue,
}

/// A line of a graph over load.
pub(super) struct CurveLine {
    pub(super) name: String,
    pub(super) role: SeriesRole,
    pub(super) estimates: Vec<Estimate>,
}

/// The graphs of the same part of all sides: all graphs for the site, the main ones for an appliance. A plan with one load has
/// no curves over load.
pub(super) fn all(plan: &Plan, parts: &SideParts<'_>, is_site: bool) -> Vec<Graph> {
    let has_curves = parts.iter().any(|(_, part)| part.points.len() > 1);
    let over_load = |definition: &GraphDefinition| {
        let is_shown = has_curves && (is_site || definition.for_each_appliance);
        if is_shown { graphs_over_load(plan, parts, definition) } else { Vec::new() }
    };
    let mut graphs = Vec::new();
    if has_curves {
        graphs.extend(drawn_over_load(&parts.iter().map(|part| used(plan, part)).collect::<Vec<_>>()));
    }
    graphs.extend([DELAY, DEPTH].iter().flat_map(over_load));
    if is_site {
        graphs.extend(graphs_over_time(plan, parts));
    }
    graphs.extend([PROCESSOR, THROUGHPUT, TURNED_AWAY].iter().flat_map(over_load));
    graphs
}

fn graphs_over_load(plan: &Plan, parts: &SideParts<'_>, definition: &GraphDefinition) -> Vec<Graph> {
    let graphs: Vec<LoadGraph> = if parts.len() == 1 || definition.compared.is_empty() {
        parts.iter().map(|part| of_one_side(plan, part, definition)).collect()
    } else {
        vec![of_both_sides(plan, parts, definition)]
    };
    let mut values = graphs.iter().flat_map(|graph| &graph.series).flat_map(|series| &series.values);
    if definition.shown_if_zero || values.any(|value| *value > 0.0) { drawn_over_load(&graphs) } else { Vec::new() }
}

/// All figures of one side.
fn of_one_side(plan: &Plan, part: &(&PlanSide, &SitePart), definition: &GraphDefinition) -> LoadGraph {
    let line = |(&(figure, name), role): (&(&str, &str), SeriesRole)| CurveLine {
        name: name.to_owned(),
        role,
        estimates: estimates(part.1, figure),
    };
    let lines = definition.figures.iter().zip(ROLES).map(line).collect();
    let graph = defined_graph(plan, std::slice::from_ref(part), definition, lines);
    LoadGraph { heading: definition.heading.to_owned() + &heading_end(plan, part.0), ..graph }
}

/// The compared figures of both sides.
fn of_both_sides(plan: &Plan, parts: &SideParts<'_>, definition: &GraphDefinition) -> LoadGraph {
    let lines_of_side = |((side, part), roles): (&(&PlanSide, &SitePart), [SeriesRole; 2])| -> Vec<CurveLine> {
        let letter = plan.letter(side).unwrap_or_default();
        let line = |(&(figure, name), role): (&(&str, &str), SeriesRole)| CurveLine {
            name: format!("{letter}: {name}"),
            role,
            estimates: estimates(part, figure),
        };
        definition.compared.iter().zip(roles).map(line).collect()
    };
    let lines = parts.iter().zip(SIDE_ROLES).flat_map(lines_of_side).collect();
    defined_graph(plan, parts, definition, lines)
}

/// The use of all limited resources, in percent.
fn used(plan: &Plan, part: &(&PlanSide, &SitePart)) -> LoadGraph {
    let has = &part.1.has;
    let mut graph = of_one_side(plan, part, &USED);
    // In the order of the figures. Listeners have no size, because another listener may be nearest its limit at another load.
    let sizes = [
        Some((FigureUnit::Count, has.workers)),
        Some((FigureUnit::Count, has.cores)),
        None,
        None,
        Some((FigureUnit::Count, has.outbound_connections)),
        Some((FigureUnit::Kib, has.queue_kib)),
    ];
    for (series, size) in graph.series.iter_mut().zip(sizes) {
        series.name.extend(size.map(|(unit, size)| format!(" ({})", unit.write(size as f64))));
    }
    LoadGraph { level: Some(MarkedValue { name: String::from("all"), value: 100.0 }), ..graph }
}

pub(super) fn estimates(part: &SitePart, figure: &str) -> Vec<Estimate> {
    part.points.iter().map(|point| point.figure(figure)).collect()
}

fn defined_graph(plan: &Plan, parts: &SideParts<'_>, definition: &GraphDefinition, lines: Vec<CurveLine>) -> LoadGraph {
    let figure = definition.figures.first().and_then(|(name, _)| PlanFigure::find(name));
    // A line is drawn only if the sides have the same warning.
    let mut warnings: Vec<u64> = parts.iter().map(|(_, part)| part.has.queue_warning).collect();
    warnings.dedup();
    LoadGraph {
        heading: definition.heading.to_owned(),
        text: definition.text.to_owned(),
        stacked: definition.stacked,
        logarithmic: definition.logarithmic,
        level: (definition.with_warning && warnings.len() == 1).then(|| warning(&parts[0].1.has)),
        turns: parts.iter().filter_map(|(side, _)| turn(plan, side, parts.len() > 1)).collect(),
        ..load_graph(plan, parts, figure.expect("a graph of a figure"), lines)
    }
}

/// Lines over load in the unit of a figure, without a heading or marks.
pub(super) fn load_graph(plan: &Plan, parts: &SideParts<'_>, figure: &PlanFigure, lines: Vec<CurveLine>) -> LoadGraph {
    let (unit, factor) = chart_unit(figure.unit);
    let ends = |estimate: &Estimate| {
        let ends = if estimate.has_too_few_messages() { [estimate.mean; 2] } else { [estimate.low, estimate.high] };
        (ends[0] * factor, ends[1] * factor)
    };
    let intervals = lines.iter().map(|line| line.estimates.iter().map(ends).collect()).collect();
    let series = lines.into_iter().map(|CurveLine { name, role, estimates }| Series {
        name,
        role,
        values: estimates.iter().map(|estimate| estimate.mean * factor).collect(),
    });
    LoadGraph {
        heading: String::new(),
        text: String::new(),
        across: format!("times {}", plan.scenario_traffic()),
        loads: parts.first().map_or(&[][..], |(_, part)| &part.points).iter().map(|point| point.load).collect(),
        series: series.collect(),
        intervals: if plan.seeds.len() > 1 { intervals } else { Vec::new() },
        stacked: false,
        logarithmic: false,
        unit,
        level: None,
        turns: Vec::new(),
    }
}

/// The load at which a side stops keeping up.
fn turn(plan: &Plan, side: &PlanSide, is_compared: bool) -> Option<MarkedLoad> {
    let (limit, least_load) = (side.limit.as_ref()?, side.least_load());
    let (label, load) = KeepsUp::new(limit, least_load).label(least_load, limit.loads.len())?;
    let letter = plan.letter(side).filter(|_| is_compared);
    let name = letter.map_or(label.clone(), |letter| format!("{letter} {label}"));
    Some(MarkedLoad { name, load, interval: None })
}

/// The unit of a graph, and the factor that converts the figure's unit to it.
pub(super) fn chart_unit(unit: FigureUnit) -> (ChartUnit, f64) {
    match unit {
        FigureUnit::PerHour | FigureUnit::Count => (ChartUnit::Count, 1.0),
        FigureUnit::Seconds => (ChartUnit::Seconds, 1.0),
        FigureUnit::Share => (ChartUnit::Percent, 100.0),
        FigureUnit::Kib => (ChartUnit::BinaryBytes, 1_024.0),
    }
}

/// Draws graphs of one kind on the same vertical scale.
pub(super) fn drawn_over_load(graphs: &[LoadGraph]) -> Vec<Graph> {
    let all: Vec<OverLoad<'_>> = graphs.iter().map(LoadGraph::over_load).collect();
    let graph = |(graph, over_load): (&LoadGraph, &OverLoad<'_>)| Graph {
        heading: graph.heading.clone(),
        text: graph.text.clone(),
        svg: over_load.svg_beside(&all),
        live: over_load.live_beside(&all),
    };
    graphs.iter().zip(&all).map(graph).collect()
}

impl LoadGraph {
    fn over_load(&self) -> OverLoad<'_> {
        OverLoad {
            title: &self.heading,
            across: &self.across,
            loads: &self.loads,
            series: &self.series,
            intervals: &self.intervals,
            stacked: self.stacked,
            logarithmic: self.logarithmic,
            unit: self.unit,
            level: self.level.as_ref(),
            turns: &self.turns,
        }
    }
}

/// The graphs of the work queue over time at a few loads, on the same scale. A side with too few intervals has no graph.
fn graphs_over_time(plan: &Plan, parts: &SideParts<'_>) -> Vec<Graph> {
    let graphs: Vec<QueueGraph> = parts.iter().filter_map(|part| queue_graph(plan, part)).collect();
    let all: Vec<OverTime<'_>> = graphs.iter().map(QueueGraph::over_time).collect();
    let graph = |(graph, over_time): (&QueueGraph, &OverTime<'_>)| Graph {
        heading: graph.heading.clone(),
        text: String::from("The mean number of messages in each hour, averaged over the seeds."),
        svg: over_time.svg_beside(&all),
        live: over_time.live_beside(&all),
    };
    graphs.iter().zip(&all).map(graph).collect()
}

impl QueueGraph {
    fn over_time(&self) -> OverTime<'_> {
        OverTime {
            title: &self.heading,
            begins_micros: &self.begins_micros,
            interval_micros: self.interval_micros,
            series: &self.series,
            stacked: false,
            logarithmic: true,
            unit: ChartUnit::Count,
            level: Some(&self.level),
        }
    }
}

fn queue_graph(plan: &Plan, &(side, part): &(&PlanSide, &SitePart)) -> Option<QueueGraph> {
    let points = points_over_time(&part.points);
    let begins_micros: Vec<u64> = points.first()?.hours.iter().map(|hour| hour.begin_micros).collect();
    if begins_micros.len() < LEAST_INTERVALS {
        return None;
    }
    let series = |(point, role): (&&Point, SeriesRole)| Series {
        name: format!("Load {}", load(point.load)),
        role,
        values: point.hours.iter().map(|hour| hour.depth_mean).collect(),
    };
    Some(QueueGraph {
        heading: "The work queue over time".to_owned() + &heading_end(plan, side),
        interval_micros: begins_micros[1] - begins_micros[0],
        begins_micros,
        series: points.iter().zip(ROLES).map(series).collect(),
        level: warning(&part.has),
    })
}

/// A few points, including the first, the last and load 1 if it was run.
fn points_over_time(points: &[Point]) -> Vec<&Point> {
    let last = points.len().saturating_sub(1);
    let count = points.len().min(MOST_LOADS_OVER_TIME);
    let mut places: Vec<usize> = (0..count).map(|place| place * last / (count - 1).max(1)).collect();
    if let Some(load_1) = points.iter().position(Point::is_as_given)
        && !places.contains(&load_1)
    {
        // Load 1 replaces its nearest neighbour, but never the first or last point.
        let inner = places.iter().enumerate().skip(1).take(count.saturating_sub(2));
        let nearest = inner.min_by_key(|(_, place)| place.abs_diff(load_1)).map(|(place, _)| place);
        nearest.into_iter().for_each(|nearest| places[nearest] = load_1);
    }
    places.into_iter().map(|place| &points[place]).collect()
}

fn warning(has: &Equipment) -> MarkedValue {
    MarkedValue { name: format!("warning {}", count(has.queue_warning)), value: has.queue_warning as f64 }
}

/// The end of a graph's heading that names the side, if there are two sides.
fn heading_end(plan: &Plan, side: &PlanSide) -> String {
    labels::short_heading(plan, side).map_or(String::new(), |side| format!(", {side}"))
}
