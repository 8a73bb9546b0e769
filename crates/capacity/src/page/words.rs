//! Figures for people.

use tollgate_chart::Unit as Shown;

use crate::equipment::Equipment;
use crate::estimate::Estimate;
use crate::figure::FigureUnit;
use crate::measurement::Resource;
use crate::plan::{Plan, Point, Variant};

/// The most letters of a side's name that is told everywhere.
const SHORT_NAME: usize = 24;

/// How a figure's values are shown: the unit that graphs know, and how many of it one of the figure's is.
pub(super) fn shown(unit: FigureUnit) -> (Shown, f64) {
    match unit {
        FigureUnit::PerHour | FigureUnit::Count => (Shown::Count, 1.0),
        FigureUnit::Seconds => (Shown::Seconds, 1.0),
        FigureUnit::Share => (Shown::Percent, 100.0),
        FigureUnit::Kib => (Shown::BinaryBytes, 1_024.0),
    }
}

/// A value of a figure: `0.42 s`, `2.4 h`, `31.0%`, `12,609`.
pub(super) fn value(unit: FigureUnit, value: f64) -> String {
    let (shown, factor) = shown(unit);
    shown.precise(value * factor)
}

/// The ends of an interval: `3.0 s to 3.3 s`; nothing where both are written alike.
pub(super) fn interval(estimate: Estimate, written: impl Fn(f64) -> String) -> Option<String> {
    let (low, high) = (written(estimate.low), written(estimate.high));
    (low != high).then(|| range(&low, &high))
}

/// From one to another: where there is little room, the line breaks between them.
fn range(low: &str, high: &str) -> String {
    let ends = [low, high].map(|end| end.replace(' ', "\u{a0}"));
    format!("{}\u{a0}to {}", ends[0], ends[1])
}

/// Loads from the smallest to the largest, `320 to 870`, or the one that all are written as.
pub(super) fn spread(loads: &[f64]) -> String {
    let ends = [f64::min, f64::max].map(|of| loads.iter().copied().reduce(of).unwrap_or_default());
    let [low, high] = ends.map(load);
    if low == high { low } else { format!("{low} to {high}") }
}

/// Whether it does not drain with some of the seeds, so that the time it takes to drain is more than what was measured.
pub(super) fn is_undrained(point: &Point) -> bool {
    point.figure("undrained").mean > 0.0
}

/// A share of 1, without decimals where it has none: `95%`.
pub(super) fn percent(share: f64) -> String {
    let percent = (share * 1_000.0).round() / 10.0;
    format!("{percent}%")
}

/// A number of things: `1 seed`, `5 seeds`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A load in three digits: `0.5`, `9.31`, `64`.
pub(super) fn load(load: f64) -> String {
    tollgate_chart::load(load)
}

/// Loads in words, from the smallest: `3 loads from 0.5 to 4`.
pub(super) fn loads(loads: &[f64]) -> String {
    match loads {
        [] => String::from("no load"),
        [only] => format!("load {}", load(*only)),
        [first, .., last] => format!("{} loads from {} to {}", loads.len(), load(*first), load(*last)),
    }
}

/// What a load of 1 is: `today's mail`.
pub(super) fn today(plan: &Plan) -> String {
    match plan.load_of.as_str() {
        "all traffic" => String::from("today's mail"),
        of if of.starts_with("class ") => format!("today's mail of {of}"),
        of => format!("today's {of}"),
    }
}

/// What a side of a comparison is called in full: `A: c650-week with time.span=1d`.
pub(super) fn side(plan: &Plan, variant: &Variant) -> Option<String> {
    Some(format!("{}: {}", letter(plan, variant)?, variant.name))
}

/// What a side of a comparison is called in headings and beside lines: its letter, with the name if all sides have a short
/// one.
pub(super) fn short_side(plan: &Plan, variant: &Variant) -> Option<String> {
    let is_short = |variant: &Variant| variant.name.chars().count() <= SHORT_NAME;
    if plan.variants.iter().all(is_short) { side(plan, variant) } else { letter(plan, variant).map(String::from) }
}

/// The name of a side's scenario, and the values that override it.
pub(super) fn scenario(variant: &Variant) -> (&str, Option<&str>) {
    match variant.name.split_once(" with ") {
        Some((scenario, values)) => (scenario, Some(values)),
        None => (&variant.name, None),
    }
}

/// When a side's span begins and ends.
pub(super) fn period(variant: &Variant) -> String {
    let [begin, end] = [variant.begin, variant.end].map(|moment| tollgate_chart::moment(moment.micros()));
    format!("{begin} to {end} GMT")
}

/// Whether all sides play at the same time.
pub(super) fn same_time(plan: &Plan) -> bool {
    plan.variants.windows(2).all(|pair| (pair[0].begin, pair[0].end) == (pair[1].begin, pair[1].end))
}

/// The letter of a side of a comparison.
pub(super) fn letter(plan: &Plan, variant: &Variant) -> Option<char> {
    let place = plan.variants.iter().position(|other| std::ptr::eq(other, variant))?;
    ('A'..='Z').nth(place).filter(|_| plan.variants.len() > 1)
}

/// What an appliance has, or several have together.
pub(super) fn has(has: &Equipment, together: bool) -> String {
    let it_has = if together { "Together they have" } else { "It has" };
    let count = |count: u64| Shown::Count.precise(count as f64);
    format!(
        "{it_has} {} processor cores and {} workers, room for {} connections to a public listener, {} to a private one, {} to \
         outside and {} of queued mail. {} messages in the work queue \
         are reason to worry.",
        count(has.cores),
        count(has.workers),
        count(has.public_connections),
        count(has.private_connections),
        count(has.outbound_connections),
        value(FigureUnit::Kib, has.queue_kib as f64),
        count(has.queue_warning)
    )
}

/// What gives, with its verb: `the workers of c650 are exhausted`.
pub(super) fn gives(resource: Resource, appliance: &str) -> String {
    match resource {
        Resource::Workers => format!("the workers of {appliance} are exhausted"),
        Resource::Processor => format!("the processor of {appliance} is exhausted"),
        Resource::PublicConnections => format!("the connections to a public listener of {appliance} are exhausted"),
        Resource::PrivateConnections => format!("the connections to a private listener of {appliance} are exhausted"),
        Resource::OutboundConnections => format!("the connections of {appliance} to outside are exhausted"),
        Resource::QueueDisk => format!("the room for the queue of {appliance} is exhausted"),
        Resource::SuspendedListeners => format!("the listeners of {appliance} are suspended"),
    }
}

/// Where a limit is, in a few words: `stops keeping up at 9.31`.
pub(super) fn limit(variant: &Variant) -> Option<(String, f64)> {
    let limit = variant.limit.as_ref()?;
    let (found, tried) = (limit.found(), variant.least_load());
    let smallest = found.iter().copied().reduce(f64::min)?;
    Some(match limit.load {
        Some(_) if found.iter().all(|&limit| limit <= tried) => (String::from("keeps up at no load"), tried),
        Some(mean) => (format!("stops keeping up at {}", load(mean.mean)), mean.mean),
        None => {
            let among = format!("in {} of {} seeds", found.len(), limit.loads.len());
            (format!("stops keeping up {among}, from {} on", load(smallest)), smallest)
        }
    })
}
