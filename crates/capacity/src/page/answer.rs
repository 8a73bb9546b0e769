//! The answer that a plan gives, before all its figures.

use crate::estimate::Estimate;
use crate::figure::Figure;
use crate::plan::{First, Limit, Part, Plan, Point, Variant};

use super::words;

/// What a side of a plan comes to.
pub(super) struct Answer {
    pub(super) heading: String,
    /// The answer in a sentence.
    pub(super) first: String,
    /// What there is to say of it, a sentence each.
    pub(super) sentences: Vec<String>,
    /// A few figures, with their intervals.
    pub(super) figures: Vec<(String, String, Option<String>)>,
}

/// The figures that an answer shows, with what they are called there.
const SHOWN: [(&str, &str); 5] = [
    ("delay_p99", "99% of messages pass the work queue in"),
    ("depth_max", "Most messages in the work queue"),
    ("drain", "To drain after the worst peak"),
    ("workers_busiest_hour", "Workers busy in the busiest hour"),
    ("cpu_busiest_hour", "CPU in the busiest hour"),
];

impl Answer {
    pub(super) fn new(plan: &Plan, variant: &Variant) -> Answer {
        let today = words::today(plan);
        let (first, mut sentences) = match &variant.limit {
            Some(limit) => of_limit(plan, limit, &today),
            None => (String::from("Where it stops keeping up was not asked."), Vec::new()),
        };
        let point = variant.parts.first().and_then(nearest_today);
        let figures = point.map(figures).unwrap_or_default();
        sentences.extend(point.map(|point| {
            if is_today(point) {
                String::from("The figures below are those of load 1, the scenario as it is.")
            } else {
                format!("Load 1 was not run: the figures below are those of load {}.", words::load(point.load))
            }
        }));
        sentences.extend(point.map(about_drain));
        let heading = words::side(plan, variant).unwrap_or_else(|| String::from("In short"));
        Answer { heading, first, sentences, figures }
    }
}

fn of_limit(plan: &Plan, limit: &Limit, today: &str) -> (String, Vec<String>) {
    let Some(load) = limit.load else {
        let searched = words::load(limit.searched);
        return (format!("Keeps up at every load tried, up to {searched} times {today}."), Vec::new());
    };
    let at = words::load(load.mean);
    let interval = words::interval(load, words::load).map_or(String::new(), |interval| format!(" ({interval})"));
    let mut sentences: Vec<String> = Vec::new();
    if let Some((earliest, others)) = limit.first.split_first() {
        sentences.push(of_first(earliest, plan.seeds.len()));
        sentences.extend(others.iter().map(|first| {
            let gives = words::gives(first.resource, &first.appliance);
            format!("In {} of {} seeds {gives} first.", first.seeds, plan.seeds.len())
        }));
    }
    let headroom = load.mean - 1.0;
    sentences.push(if headroom > 0.0 {
        format!("Headroom: {} times {today} on top.", words::load(headroom))
    } else {
        format!("There is no headroom: it does not keep up with {today}.")
    });
    (format!("Stops keeping up at {at} times {today}{interval}."), sentences)
}

fn of_first(first: &First, seeds: usize) -> String {
    let gives = words::gives(first.resource, &first.appliance);
    let mut letters = gives.chars();
    let gives =
        letters.next().map(|letter| letter.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
    let among = if first.seeds < seeds { format!(", in {} of {seeds} seeds", first.seeds) } else { String::new() };
    format!("{gives} first, from {} GMT on{among}.", tollgate_chart::moment(first.begin_micros))
}

/// The point of load 1, or of what is nearest to it.
fn nearest_today(part: &Part) -> Option<&Point> {
    let distance = |point: &&Point| (point.load - 1.0).abs();
    part.points.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)))
}

fn is_today(point: &Point) -> bool {
    (point.load - 1.0).abs() < 1e-9
}

fn about_drain(point: &Point) -> String {
    if point.figure("drain").high > 0.0 {
        String::from("To drain is to let no message wait for a worker again.")
    } else {
        String::from("No message had to wait for a worker, so there was nothing to drain.")
    }
}

fn figures(point: &Point) -> Vec<(String, String, Option<String>)> {
    let figure = |&(name, title): &(&str, &str)| {
        let unit = Figure::find(name)?.unit;
        let estimate: Estimate = point.figure(name);
        let written = |value: f64| words::value(unit, value.max(0.0));
        Some((title.to_owned(), written(estimate.mean), words::interval(estimate, written)))
    };
    SHOWN.iter().filter_map(figure).collect()
}
