//! The graphs of a plan.

use tollgate_chart::{MarkedValue, OverLoad, OverTime, Series, SeriesRole, Unit as Shown};

use crate::equipment::Equipment;
use crate::estimate::Estimate;
use crate::figure::{FigureUnit, PlanFigure};
use crate::plan::{Plan, Point, SitePart, Variant};

use super::sheets::{DELAY, DEPTH, PROCESSOR, Sheet, THROUGHPUT, TURNED_AWAY, USED};
use super::words;

const ROLES: [SeriesRole; 6] = [
    SeriesRole::First,
    SeriesRole::Second,
    SeriesRole::Third,
    SeriesRole::Fourth,
    SeriesRole::Fifth,
    SeriesRole::Neutral,
];
/// The lines of the sides of a comparison: a hue for each side, dark and light.
const SIDES: [[SeriesRole; 2]; 2] = [[SeriesRole::First, SeriesRole::Third], [SeriesRole::Second, SeriesRole::Fourth]];

/// The most loads whose week is shown.
const MOST_WEEKS: usize = 5;
/// The fewest intervals that make a line over time: fewer are a few loose dots.
const LEAST_INTERVALS: usize = 4;

/// The same part of some sides.
type Parts<'a> = [(&'a Variant, &'a SitePart)];

/// A graph with its heading and text.
pub(super) struct Graph {
    pub(super) heading: String,
    pub(super) text: String,
    pub(super) svg: String,
}

/// A graph over load, before it is drawn.
struct Curves {
    heading: String,
    text: &'static str,
    across: String,
    loads: Vec<f64>,
    series: Vec<Series>,
    intervals: Vec<Vec<(f64, f64)>>,
    stacked: bool,
    logarithmic: bool,
    unit: Shown,
    level: Option<MarkedValue>,
    turns: Vec<MarkedValue>,
}

/// A graph of the work queue over time, before it is drawn.
struct Week {
    heading: String,
    begins_micros: Vec<u64>,
    interval_micros: u64,
    series: Vec<Series>,
    level: MarkedValue,
}

/// Lines with their names and what they are painted with.
type Lines = Vec<(String, SeriesRole, Vec<Estimate>)>;

/// The graphs of the same part of all sides; of an appliance the chief of them. One load makes no curve.
pub(super) fn all(plan: &Plan, parts: &Parts<'_>, site: bool) -> Vec<Graph> {
    let several = parts.iter().any(|(_, part)| part.points.len() > 1);
    let sheet =
        |sheet: &Sheet| if several && (site || sheet.each) { over_load(plan, parts, sheet) } else { Vec::new() };
    let mut graphs = Vec::new();
    if several {
        graphs.extend(drawn(&parts.iter().map(|part| used(plan, part)).collect::<Vec<_>>()));
    }
    graphs.extend([DELAY, DEPTH].iter().flat_map(sheet));
    if site {
        graphs.extend(weeks(plan, parts));
    }
    graphs.extend([PROCESSOR, THROUGHPUT, TURNED_AWAY].iter().flat_map(sheet));
    graphs
}

fn over_load(plan: &Plan, parts: &Parts<'_>, sheet: &Sheet) -> Vec<Graph> {
    let graphs: Vec<Curves> = if parts.len() == 1 || sheet.main.is_empty() {
        parts.iter().map(|part| of_one(plan, part, sheet)).collect()
    } else {
        vec![of_sides(plan, parts, sheet)]
    };
    let is_something = |graph: &Curves| graph.series.iter().flat_map(|series| &series.values).any(|value| *value > 0.0);
    if sheet.always || graphs.iter().any(is_something) { drawn(&graphs) } else { Vec::new() }
}

/// All figures of one side.
fn of_one(plan: &Plan, part: &(&Variant, &SitePart), sheet: &Sheet) -> Curves {
    let line =
        |(&(figure, name), role): (&(&str, &str), SeriesRole)| (name.to_owned(), role, estimates(part.1, figure));
    let lines: Lines = sheet.figures.iter().zip(ROLES).map(line).collect();
    let heading = sheet.heading.to_owned() + &among(plan, part.0);
    curves(plan, std::slice::from_ref(part), (heading, sheet), lines)
}

/// The main figures of each side.
fn of_sides(plan: &Plan, parts: &Parts<'_>, sheet: &Sheet) -> Curves {
    let side = |((variant, part), roles): (&(&Variant, &SitePart), [SeriesRole; 2])| -> Lines {
        let letter = words::letter(plan, variant).unwrap_or_default();
        let line = |(&(figure, name), role): (&(&str, &str), SeriesRole)| {
            (format!("{letter}: {name}"), role, estimates(part, figure))
        };
        sheet.main.iter().zip(roles).map(line).collect()
    };
    let lines = parts.iter().zip(SIDES).flat_map(side).collect();
    curves(plan, parts, (sheet.heading.to_owned(), sheet), lines)
}

/// The graph of all that an appliance has only so much of, in hundredths of it.
fn used(plan: &Plan, part: &(&Variant, &SitePart)) -> Curves {
    let has = &part.1.has;
    let mut curves = of_one(plan, part, &USED);
    // In the order of its figures. How many connections a listener may have hangs on which of them has the fewest left.
    let all = [
        Some((FigureUnit::Count, has.workers)),
        Some((FigureUnit::Count, has.cores)),
        None,
        None,
        Some((FigureUnit::Count, has.outbound_connections)),
        Some((FigureUnit::Kib, has.queue_kib)),
    ];
    for (series, all) in curves.series.iter_mut().zip(all) {
        series.name.extend(all.map(|(unit, all)| format!(" ({})", words::value(unit, all as f64))));
    }
    Curves { level: Some(MarkedValue { name: String::from("all there is"), value: 100.0 }), ..curves }
}

fn estimates(part: &SitePart, figure: &str) -> Vec<Estimate> {
    part.points.iter().map(|point| point.figure(figure)).collect()
}

fn curves(plan: &Plan, parts: &Parts<'_>, (heading, sheet): (String, &Sheet), lines: Lines) -> Curves {
    let unit = sheet
        .figures
        .first()
        .and_then(|(figure, _)| PlanFigure::find(figure))
        .map_or(FigureUnit::Count, |figure| figure.unit);
    let (unit, factor) = words::shown(unit);
    let ends = |estimate: &Estimate| (estimate.low * factor, estimate.high * factor);
    let intervals: Vec<Vec<(f64, f64)>> =
        lines.iter().map(|(_, _, estimates)| estimates.iter().map(ends).collect()).collect();
    let series = lines.into_iter().map(|(name, role, estimates)| Series {
        name,
        role,
        values: estimates.iter().map(|estimate| estimate.mean * factor).collect(),
    });
    let turn = |(variant, _): &(&Variant, &SitePart)| {
        let (what, value) = words::limit(variant)?;
        let side = words::letter(plan, variant).filter(|_| parts.len() > 1);
        Some(MarkedValue { name: side.map_or(what.clone(), |side| format!("{side} {what}")), value })
    };
    // Sides may have different warnings; a line at one of them would say something wrong of the other.
    let mut warnings: Vec<u64> = parts.iter().map(|(_, part)| part.has.queue_warning).collect();
    warnings.dedup();
    Curves {
        heading,
        text: sheet.text,
        across: format!("times {}", words::today(plan)),
        loads: parts.first().map_or(&[][..], |(_, part)| &part.points).iter().map(|point| point.load).collect(),
        series: series.collect(),
        intervals: if plan.seeds.len() > 1 { intervals } else { Vec::new() },
        stacked: sheet.stacked,
        logarithmic: sheet.logarithmic,
        unit,
        level: (sheet.warned && warnings.len() == 1).then(|| warning(&parts[0].1.has)),
        turns: parts.iter().filter_map(turn).collect(),
    }
}

/// Graphs of one kind, on the same scale of values.
fn drawn(graphs: &[Curves]) -> Vec<Graph> {
    let all: Vec<OverLoad<'_>> = graphs.iter().map(Curves::over_load).collect();
    let graph = |(graph, over_load): (&Curves, &OverLoad<'_>)| Graph {
        heading: graph.heading.clone(),
        text: graph.text.to_owned(),
        svg: over_load.svg_beside(&all),
    };
    graphs.iter().zip(&all).map(graph).collect()
}

impl Curves {
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

/// The graphs of the work queue over time at a few loads, on the same scale; none of a side of which too little time was
/// measured to make a line.
fn weeks(plan: &Plan, parts: &Parts<'_>) -> Vec<Graph> {
    let weeks: Vec<Week> = parts.iter().filter_map(|part| week(plan, part)).collect();
    let all: Vec<OverTime<'_>> = weeks.iter().map(Week::over_time).collect();
    let graph = |(week, over_time): (&Week, &OverTime<'_>)| Graph {
        heading: week.heading.clone(),
        text: String::from("Messages in it on the mean of each hour and over the seeds."),
        svg: over_time.svg_beside(&all),
    };
    weeks.iter().zip(&all).map(graph).collect()
}

impl Week {
    fn over_time(&self) -> OverTime<'_> {
        OverTime {
            title: &self.heading,
            begins_micros: &self.begins_micros,
            interval_micros: self.interval_micros,
            series: &self.series,
            stacked: false,
            logarithmic: true,
            unit: Shown::Count,
            level: Some(&self.level),
        }
    }
}

fn week(plan: &Plan, &(variant, part): &(&Variant, &SitePart)) -> Option<Week> {
    let chosen = chosen(&part.points);
    let begins_micros: Vec<u64> = chosen.first()?.hours.iter().map(|hour| hour.begin_micros).collect();
    if begins_micros.len() < LEAST_INTERVALS {
        return None;
    }
    let series = |(point, role): (&&Point, SeriesRole)| Series {
        name: format!("Load {}", words::load(point.load)),
        role,
        values: point.hours.iter().map(|hour| hour.depth_mean).collect(),
    };
    Some(Week {
        heading: "The work queue over time".to_owned() + &among(plan, variant),
        interval_micros: begins_micros[1] - begins_micros[0],
        begins_micros,
        series: chosen.iter().zip(ROLES).map(series).collect(),
        level: warning(&part.has),
    })
}

/// A few points from the first to the last, load 1 among them.
fn chosen(points: &[Point]) -> Vec<&Point> {
    let last = points.len().saturating_sub(1);
    let count = points.len().min(MOST_WEEKS);
    let mut places: Vec<usize> = (0..count).map(|place| place * last / (count - 1).max(1)).collect();
    if let Some(today) = points.iter().position(Point::is_as_given)
        && !places.contains(&today)
    {
        // Neither the first nor the last makes room for it.
        let inner = places.iter().enumerate().skip(1).take(count.saturating_sub(2));
        let nearest = inner.min_by_key(|(_, place)| place.abs_diff(today)).map(|(place, _)| place);
        nearest.into_iter().for_each(|nearest| places[nearest] = today);
    }
    places.into_iter().map(|place| &points[place]).collect()
}

fn warning(has: &Equipment) -> MarkedValue {
    let name = format!("warning {}", words::value(FigureUnit::Count, has.queue_warning as f64));
    MarkedValue { name, value: has.queue_warning as f64 }
}

/// Which side a graph is of, where there are two.
fn among(plan: &Plan, variant: &Variant) -> String {
    words::short_side(plan, variant).map_or(String::new(), |side| format!(", {side}"))
}
