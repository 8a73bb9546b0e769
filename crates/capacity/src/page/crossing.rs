//! The first graph: the figure of an objective over load, its limit, and the load at which it is broken.

use tollgate_chart::{MarkedLoad, MarkedValue, SeriesRole};
use tollgate_wording::{counted, estimate, load};

use super::graphs::{CurveLine, Graph, LoadGraph, SideParts, chart_unit, drawn_over_load, estimates, load_graph};
use super::labels;
use crate::estimate::Estimate;
use crate::figure::{FigureUnit, PlanFigure};
use crate::objective::Objective;
use crate::plan::{ObjectiveResult, Plan, PlanSide, Point};
use crate::verdict::KeepsUp;

/// Figures that become positive when a limit of the equipment is reached, each with the use of the limit.
const USES: [(&str, &str); 4] = [
    ("turned_away_public", "public_connections_used"),
    ("turned_away_private", "private_connections_used"),
    ("turned_away_disk", "queue_disk_used"),
    ("deferred", "outbound_connections_used"),
];

const ROLES: [SeriesRole; 2] = [SeriesRole::First, SeriesRole::Second];

/// The figure that shows how near a site comes to breaking an objective.
struct WatchedFigure {
    figure: &'static PlanFigure,
    level: MarkedValue,
    text: String,
}

/// A graph for each objective that a side breaks first. A side that breaks none shows its first objective. A plan with one load has no
/// such graph.
pub(super) fn all(plan: &Plan, parts: &SideParts<'_>) -> Vec<Graph> {
    if parts.iter().all(|(_, part)| part.points.len() < 2) {
        return Vec::new();
    }
    let mut objectives: Vec<Objective> = Vec::new();
    for objective in parts.iter().filter_map(|(side, _)| main_objective(side)) {
        if !objectives.contains(&objective) {
            objectives.push(objective);
        }
    }
    // Graphs of different figures have scales of their own.
    objectives.iter().flat_map(|objective| drawn_over_load(&[crossing(plan, parts, objective)])).collect()
}

fn main_objective(side: &PlanSide) -> Option<Objective> {
    let result = side.objectives.as_ref()?;
    let found = result.limit.as_ref().and_then(|limit| limit.first.first()).map(|first| first.objective);
    let nearest = side.nearest_point().and_then(|point| side.broken_at(point).first().copied());
    found.or(nearest).or_else(|| result.objectives.iter().next().copied())
}

fn crossing(plan: &Plan, parts: &SideParts<'_>, objective: &Objective) -> LoadGraph {
    let points: Vec<&Point> = parts.iter().flat_map(|(_, part)| &part.points).collect();
    let watched = WatchedFigure::new(objective, &points);
    let line = |(&(side, part), role): (&(&PlanSide, _), SeriesRole)| CurveLine {
        name: labels::short_heading(plan, side).unwrap_or_else(|| watched.figure.title.to_owned()),
        role,
        estimates: estimates(part, watched.figure.name),
    };
    let lines = parts.iter().zip(ROLES).map(line).collect();
    let turns: Vec<MarkedLoad> = parts.iter().filter_map(|(side, _)| turn(plan, side, objective)).collect();
    let shading = if turns.iter().any(|turn| turn.interval.is_some()) {
        " The shaded column is the confidence interval of the load at which the objective is broken."
    } else {
        ""
    };
    let text = format!("{}{shading}", watched.text);
    let mut graph = load_graph(plan, parts, watched.figure, lines);
    graph.heading = format!("Objective {objective}");
    graph.text = text;
    graph.logarithmic = watched.figure.unit != FigureUnit::Share;
    // The bottom of a logarithmic scale stands for zero.
    graph.level = Some(watched.level).filter(|level| level.value > 0.0);
    graph.turns = turns;
    graph
}

impl WatchedFigure {
    fn new(objective: &Objective, points: &[&Point]) -> Self {
        let figure = objective.figure;
        if objective.limit() == 0.0
            && let Some(used) = limit_in_use(figure.name, points)
        {
            return WatchedFigure {
                figure: used,
                level: MarkedValue { name: String::from("full"), value: 100.0 },
                text: format!("{}. The objective is broken when the limit is reached.", used.title),
            };
        }
        let (_, factor) = chart_unit(figure.unit);
        WatchedFigure {
            figure,
            level: MarkedValue { name: objective.to_string(), value: objective.limit() * factor },
            text: format!("{}.", figure.title),
        }
    }
}

/// The use of the limit that makes a figure positive. For the sum of all connections that are turned away, it is the limit that turns
/// most of them away at the smallest load at which any are, or else the limit that is used most. None if no use is measured.
fn limit_in_use(figure: &str, points: &[&Point]) -> Option<&'static PlanFigure> {
    if figure != "turned_away" {
        return USES.iter().find(|(name, _)| *name == figure).and_then(|(_, used)| PlanFigure::find(used));
    }
    let value = |point: &Point, name: &str| point.figure(name).mean;
    let by_load = |one: &&&Point, other: &&&Point| one.load.total_cmp(&other.load);
    let first = points.iter().filter(|point| value(point, "turned_away") > 0.0).min_by(by_load);
    let point = first.or_else(|| points.iter().max_by(by_load))?;
    let of_sum = USES.iter().filter(|(name, _)| name.starts_with(figure));
    let key = |(name, used): &(&str, &str)| (value(point, name), value(point, used));
    let (name, used) =
        of_sum.max_by(|one, other| key(one).partial_cmp(&key(other)).unwrap_or(std::cmp::Ordering::Equal))?;
    // Suspended listeners have no limit of connections.
    (value(point, name) >= value(point, "turned_away_suspended")).then(|| PlanFigure::find(used)).flatten()
}

/// The load at which a side breaks an objective, if it breaks that one first.
fn turn(plan: &Plan, side: &PlanSide, objective: &Objective) -> Option<MarkedLoad> {
    let ObjectiveResult { limit: Some(limit), .. } = side.objectives.as_ref()? else { return None };
    if main_objective(side).as_ref() != Some(objective) {
        return None;
    }
    let least_load = side.least_load();
    let (words, load, interval) = match KeepsUp::new(limit, least_load) {
        KeepsUp::AtNoLoad => (String::from("broken at every load"), least_load, None),
        KeepsUp::UpTo(Estimate { mean, low, high }) => {
            let at = estimate(mean, low, high, load);
            (format!("broken at {at}"), mean, Some((low, high)).filter(|_| low < high))
        }
        KeepsUp::WithSomeSeeds { seeds, smallest, .. } => {
            let all = counted(limit.loads.len() as u64, "seed");
            (format!("broken at {} or more ({seeds} of {all})", load(smallest)), smallest, None)
        }
        KeepsUp::AtEveryLoad { .. } => return None,
    };
    let letter = plan.letter(side).map_or_else(String::new, |letter| format!("{letter}: "));
    Some(MarkedLoad { name: letter + &words, load, interval })
}
