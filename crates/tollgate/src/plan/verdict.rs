//! What a plan comes to, in sentences: where each side stops keeping up, and how it stands up to what it has.

use indicatif::HumanCount;
use tollgate_capacity::{Estimate, Limit, Plan, Resource, Variant};

use super::number::{interval, load, moment, percent, seconds};

const KEEPING_UP: &str = "\
Keeping up means: messages never wait without a break for a day, no connection is turned away, no delivery waits for a \
connection, and no hour takes all of the CPU.
";

/// Sentences for each side, and for the difference of their limits.
pub(crate) fn describe(plan: &Plan) -> String {
    let mut text = String::new();
    for variant in &plan.variants {
        let limit = variant.limit.as_ref().map(|limit| describe_limit(limit, variant, &plan.load_of));
        let sentences =
            [limit.unwrap_or_default(), describe_warning(variant), describe_drain(variant, plan.seeds.len())];
        let sentences = sentences.concat();
        if !sentences.is_empty() {
            text += &format!("\n{}\n{sentences}", variant.name);
        }
    }
    if let Some(difference) = plan.limit_difference {
        text += &format!("\nlimit, the second less the first: {}\n", interval(difference, load));
    }
    if plan.variants.iter().any(|variant| variant.limit.is_some()) {
        text += &format!("\n{KEEPING_UP}");
    }
    text
}

fn describe_limit(limit: &Limit, variant: &Variant, of: &str) -> String {
    let seeds = limit.loads.len();
    let found: Vec<f64> = limit.loads.iter().flatten().copied().collect();
    // Where something is exhausted at the least load that was tried, the limit is that or less.
    let least = Limit::LEAST.min(variant.parts[0].points[0].load);
    let hopeless = found.iter().filter(|&&load| load <= least).count();
    let nothing_less =
        format!("even with {} times {of}, the least that is tried; what scripts list is never multiplied", load(least));
    let mut text = match limit.load {
        Some(_) if hopeless == seeds => format!("  does not keep up {nothing_less}\n"),
        Some(found) => {
            let room = if found.mean >= 1.0 {
                format!("headroom {}", percent(found.mean - 1.0))
            } else {
                format!("no headroom: it is {} too much", percent(1.0 - found.mean))
            };
            format!("  stops keeping up at {} times {of}; {room}\n", interval(found, load))
        }
        None if found.is_empty() => {
            format!("  keeps up at every load that was tried, to {} times {of}\n", load(limit.searched))
        }
        None => {
            let others = if seeds - found.len() == 1 { "the other" } else { "the others" };
            let (count, to) = (found.len(), load(limit.searched));
            format!(
                "  stops keeping up in {count} of {seeds} seeds, at {} times {of}; keeps up to {to} in {others}\n",
                ends(&found)
            )
        }
    };
    if hopeless > 0 && hopeless < seeds {
        text += &format!("  does not keep up in {hopeless} of {seeds} seeds {nothing_less}\n");
    }
    for first in &limit.first {
        let (what, moment) = (name(first.resource), moment(first.begin_micros));
        let (appliance, count) = (&first.appliance, first.seeds);
        text += &format!("  exhausted first: {what} of {appliance}, from {moment} on ({count} of {seeds} seeds)\n");
    }
    text
}

/// The least and the largest of some loads.
fn ends(loads: &[f64]) -> String {
    let least = load(loads.iter().copied().fold(f64::INFINITY, f64::min));
    let most = load(loads.iter().copied().fold(0.0, f64::max));
    if least == most { least } else { format!("{least} to {most}") }
}

fn describe_warning(variant: &Variant) -> String {
    let site = &variant.parts[0];
    let warning = HumanCount(site.has.queue_warning);
    match site.warned_from() {
        Some(from) => format!(
            "  at loads from {from} on, of those above, more than {warning} messages are in the work queue at times: the \
             warning\n"
        ),
        None => String::new(),
    }
}

fn describe_drain(variant: &Variant, seeds: usize) -> String {
    let Some(point) = variant.parts[0].points.iter().find(|point| point.load == 1.0) else { return String::new() };
    let (drain, undrained) = (point.figure("drain"), point.figure("undrained").mean * seeds as f64);
    if undrained > 0.0 {
        // The figure ends where the run does, so that it is the least that it takes.
        return format!(
            "  at a load of 1 the worst backlog did not drain within a day in {undrained:.0} of {seeds} seeds; from its \
             peak it takes more than {}\n",
            seconds(drain.mean)
        );
    }
    match drain {
        Estimate { mean: 0.0, .. } => String::new(),
        drain => format!("  at a load of 1 it takes {} to drain after the worst peak\n", interval(drain, seconds)),
    }
}

/// A resource as a sentence has it.
fn name(resource: Resource) -> &'static str {
    match resource {
        Resource::Workers => "the workers of the work queue",
        Resource::Processor => "the processor",
        Resource::PublicConnections => "the connections to a public listener",
        Resource::PrivateConnections => "the connections to a private listener",
        Resource::OutboundConnections => "the connections to outside",
        Resource::QueueDisk => "the queue's disk",
        Resource::SuspendedListeners => "listeners, which are suspended",
    }
}
