//! The answer that a plan gives, before all its figures.

use crate::estimate::Estimate;
use crate::figure::{FigureUnit, PlanFigure};
use crate::plan::{FirstExhaustion, Limit, Plan, Point, SitePart, Variant};

use super::words;

/// What a side of a plan comes to.
pub(super) struct Answer {
    pub(super) heading: String,
    /// When it plays, where that is not the same for all sides.
    pub(super) period: Option<String>,
    /// The answer in a sentence.
    pub(super) first: String,
    /// What there is to say of it, a sentence each.
    pub(super) sentences: Vec<String>,
    /// What the figures are of, a sentence each.
    pub(super) about: Vec<String>,
    /// A few figures, with their intervals.
    pub(super) figures: Vec<(String, String, Option<String>)>,
}

/// The figures that an answer shows, with what they are called there.
const SHOWN: [(&str, &str); 5] = [
    ("delay_p99", "99% pass the work queue in"),
    ("depth_max", "Most in the work queue"),
    ("drain", "To drain after the worst peak"),
    ("workers_busiest_hour", "Workers busy in the busiest hour"),
    ("cpu_busiest_hour", "CPU in the busiest hour"),
];

/// How long messages are in the work queue where that is worth a sentence.
const LATE_SECONDS: f64 = 1_800.0;

impl Answer {
    pub(super) fn new(plan: &Plan, variant: &Variant) -> Answer {
        let today = words::today(plan);
        let (first, mut sentences) = match &variant.limit {
            Some(limit) => of_limit(plan, variant, limit, &today),
            None => (String::from("Where it stops keeping up was not asked."), Vec::new()),
        };
        sentences.extend(variant.parts.first().into_iter().flat_map(about_delay));
        let point = variant.parts.first().and_then(nearest_today);
        Answer {
            heading: words::side(plan, variant).unwrap_or_else(|| String::from("In short")),
            period: (!words::same_time(plan)).then(|| words::period(variant)),
            first,
            sentences,
            about: point
                .map(|point| [Some(about_figures(point, variant)), about_drain(point)])
                .into_iter()
                .flatten()
                .flatten()
                .collect(),
            figures: point.map(|point| figures(point, plan.seeds.len())).unwrap_or_default(),
        }
    }
}

/// What a comparison comes to: by how much the limits differ; nothing where limits were not asked for.
pub(super) fn difference(plan: &Plan) -> Option<String> {
    let [ours, theirs] = &plan.variants[..] else { return None };
    let limits = [ours.limit.as_ref()?, theirs.limit.as_ref()?];
    let found = limits.map(Limit::found);
    let Some(more) = plan.limit_difference else {
        let none = found.iter().filter(|found| found.is_empty()).count();
        let why = if none == 2 { "neither side has one" } else { "not every seed has a limit on both sides" };
        return Some(format!("By how much the limits differ cannot be said: {why} within the loads tried."));
    };
    let least = ours.least_load();
    if found.iter().flatten().all(|&limit| limit <= least) {
        return Some(format!("Neither side keeps up even with {} times {}.", words::load(least), words::today(plan)));
    }
    Some(of_difference(plan, more, limits[0].load))
}

fn of_difference(plan: &Plan, more: Estimate, ours: Option<Estimate>) -> String {
    let today = words::today(plan);
    let amount = words::load(more.mean.abs());
    let sense = |load: f64| if load < 0.0 { "less" } else { "more" };
    let sign = sense(more.mean);
    if plan.seeds.len() == 1 {
        return format!("B keeps up with {amount} times {today} {sign} than A. One seed gives no interval.");
    }
    if more.covers(0.0) {
        let [low, high] = [more.low, more.high].map(|end| format!("{} {}", words::load(end.abs()), sense(end)));
        return format!("B keeps up with {amount} times {today} {sign} than A, which may be chance ({low} to {high}).");
    }
    // Both ends in the sense of the sentence: of what is less, how much less.
    let ends = if more.mean < 0.0 { (-more.high, -more.low) } else { (more.low, more.high) };
    let interval = words::interval(Estimate { low: ends.0, high: ends.1, ..more }, words::load);
    let interval = interval.map_or(String::new(), |interval| format!(" ({interval})"));
    let part = ours.map(|ours| words::percent((more.mean / ours.mean).abs()));
    let part = part.map_or(String::new(), |part| format!(": {part} {sign}"));
    format!("B keeps up with {amount} times {today} {sign} than A{interval}{part}.")
}

fn of_limit(plan: &Plan, variant: &Variant, limit: &Limit, today: &str) -> (String, Vec<String>) {
    let (found, least) = (limit.found(), variant.least_load());
    let hopeless = found.iter().filter(|&&load| load <= least).count();
    let seeds = limit.loads.len();
    let searched = words::load(limit.searched);
    let least = words::load(least);
    let firsts = of_firsts(limit, plan.seeds.len());
    let Some(load) = limit.load else {
        let Some(smallest) = found.iter().copied().reduce(f64::min) else {
            return (format!("Keeps up at every load tried, up to {searched} times {today}."), Vec::new());
        };
        let spread = words::spread(&found);
        let others = match seeds - found.len() {
            1 => format!("in the other it keeps up to {searched} times"),
            others => format!("in the other {others} it keeps up to {searched} times"),
        };
        let sentence =
            format!("Stops keeping up in {} of {seeds} seeds, at {spread} times {today}; {others}.", found.len());
        return (sentence, firsts.into_iter().chain([of_headroom(smallest, &found, today)]).collect());
    };
    if hopeless == seeds {
        let sentence = format!("Does not keep up even with {least} times {today}, the least that is tried.");
        let listed =
            String::from("What a script lists by number is never multiplied, so it may be too much whatever the load.");
        return (sentence, firsts.into_iter().chain([listed]).collect());
    }
    let interval = words::interval(load, words::load).map_or(String::new(), |interval| format!(" ({interval})"));
    let mut sentences = firsts;
    if hopeless > 0 {
        sentences.push(format!(
            "In {hopeless} of {seeds} seeds it does not keep up even with {least} times, the least that is tried."
        ));
    }
    // Of two sides the difference says so.
    if seeds == 1 && plan.variants.len() == 1 {
        sentences.push(String::from("One seed gives no interval."));
    }
    sentences.push(of_headroom(load.mean, &found, today));
    (format!("Stops keeping up at {} times {today}{interval}.", words::load(load.mean)), sentences)
}

/// How much there is on top of today's mail up to a limit, which may be less with some of the seeds.
fn of_headroom(limit: f64, found: &[f64], today: &str) -> String {
    if limit <= 1.0 {
        return format!("There is no headroom: it does not keep up with {today}.");
    }
    let without = found.iter().filter(|&&load| load <= 1.0).count();
    let but = if without > 0 { format!(", but none in {without} of {} seeds", found.len()) } else { String::new() };
    format!("Headroom: {} times {today} on top{but}.", words::load(limit - 1.0))
}

/// What was exhausted first, with most of the seeds and with the others.
fn of_firsts(limit: &Limit, seeds: usize) -> Vec<String> {
    let Some((earliest, others)) = limit.first.split_first() else { return Vec::new() };
    let other = |first: &FirstExhaustion| {
        let gives = words::gives(first.resource, &first.appliance);
        format!("In {} of {seeds} seeds {gives} first.", first.seeds)
    };
    std::iter::once(of_first(earliest, seeds)).chain(others.iter().map(other)).collect()
}

fn of_first(first: &FirstExhaustion, seeds: usize) -> String {
    let gives = words::gives(first.resource, &first.appliance);
    let mut letters = gives.chars();
    let gives =
        letters.next().map(|letter| letter.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default();
    let among = if first.seeds < seeds { format!(", in {} of {seeds} seeds", first.seeds) } else { String::new() };
    format!("{gives} first, from {} GMT on{among}.", tollgate_chart::moment(first.begin_micros))
}

/// From which load on messages are late: that may be long before a site stops keeping up.
fn about_delay(site: &SitePart) -> Vec<String> {
    if site.points.is_empty() {
        return Vec::new();
    }
    let warning = words::value(FigureUnit::Count, site.has.queue_warning as f64);
    let about_warning = match site.warned_from() {
        Some(from) => {
            let from = words::load(from);
            format!("Of the loads run, the work queue passes the warning of {warning} messages from load {from} on.")
        }
        None => format!("At no load that was run does the work queue pass the warning of {warning} messages."),
    };
    // At larger loads they are in it for longer still.
    let late = site.points.iter().find(|point| point.figure("delay_p99").mean > LATE_SECONDS);
    let about_late = late.map(|point| {
        let delay = words::value(FigureUnit::Seconds, point.figure("delay_p99").mean);
        format!("From load {} on, one in a hundred messages is in it for {delay} or longer.", words::load(point.load))
    });
    [Some(about_warning), about_late].into_iter().flatten().collect()
}

/// The point of load 1, or of what is nearest to it.
fn nearest_today(part: &SitePart) -> Option<&Point> {
    let distance = |point: &&Point| (point.load - 1.0).abs();
    part.points.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)))
}

fn about_figures(point: &Point, variant: &Variant) -> String {
    if !point.is_as_given() {
        return format!("Load 1 was not run: these are the figures of load {}.", words::load(point.load));
    }
    let volume = match variant.volume {
        1.0 => String::new(),
        volume => format!(", at its volume of {volume}"),
    };
    format!("These are the figures of load 1, the scenario as given{volume}.")
}

fn about_drain(point: &Point) -> Option<String> {
    // That it does not drain is said with the figure.
    (!words::is_undrained(point)).then(|| {
        String::from(if point.figure("drain").high > 0.0 {
            "To drain is to let no message wait for a worker again."
        } else {
            "No message had to wait for a worker, so there was nothing to drain."
        })
    })
}

fn figures(point: &Point, seeds: usize) -> Vec<(String, String, Option<String>)> {
    let figure = |&(name, title): &(&str, &str)| {
        let unit = PlanFigure::find(name)?.unit;
        let estimate: Estimate = point.figure(name);
        let written = |value: f64| words::value(unit, value.max(0.0));
        if name == "drain" && words::is_undrained(point) {
            let undrained = (point.figure("undrained").mean * seeds as f64).round();
            let note = if seeds == 1 {
                String::from("it does not drain within a day")
            } else {
                format!("in {undrained} of {seeds} seeds it does not drain within a day")
            };
            return Some((title.to_owned(), format!("more than {}", written(estimate.mean)), Some(note)));
        }
        Some((title.to_owned(), written(estimate.mean), words::interval(estimate, written)))
    };
    SHOWN.iter().filter_map(figure).collect()
}
