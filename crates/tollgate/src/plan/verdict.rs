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
    // Where something is exhausted at the least load that was tried, the limit is that or less.
    let (found, least) = (limit.found(), variant.least_load());
    let hopeless = found.iter().filter(|&&load| load <= least).count();
    let rest = match of {
        "all traffic" => "what scripts list is never multiplied",
        _ => "everything else stays as it is",
    };
    let nothing_less = format!("even with {} times {of}, the least that is tried; {rest}", load(least));
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
    let Some(point) = variant.parts[0].points.iter().find(|point| point.is_as_given()) else { return String::new() };
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

#[cfg(test)]
mod tests {
    use tollgate_capacity::{Equipment, FIGURES, FirstExhaustion, Point, SitePart};
    use tollgate_scenario::Moment;

    use super::*;

    /// A side that was run at these loads, where the figures of these names are not 0.
    fn variant(loads: &[f64], figures: &[(&str, f64)]) -> Variant {
        let figure = |name: &str| {
            let mean = figures.iter().find(|(other, _)| *other == name).map_or(0.0, |(_, mean)| *mean);
            Estimate { mean, low: mean, high: mean }
        };
        let figures: Vec<Estimate> = FIGURES.iter().map(|each| figure(each.name)).collect();
        let point = |&load: &f64| Point { load, figures: figures.clone(), hours: Vec::new() };
        let has = Equipment {
            cores: 8,
            workers: 6,
            queue_warning: 10_000,
            public_connections: 1000,
            private_connections: 600,
            outbound_connections: 10_000,
            queue_kib: 71_303_168,
        };
        let (begin, end) = (Moment::from_micros(0), Moment::from_micros(1));
        let parts = vec![SitePart { name: "all".into(), has, points: loads.iter().map(point).collect() }];
        Variant { name: "week".into(), begin, end, volume: 1.0, parts, limit: None }
    }

    /// The limit from those of the seeds, of which the least number has something exhausted first.
    fn limit(loads: &[Option<f64>]) -> Limit {
        let found: Vec<f64> = loads.iter().flatten().copied().collect();
        let first = FirstExhaustion {
            resource: Resource::QueueDisk,
            appliance: "c650".into(),
            begin_micros: 1_226_998_800_000_000,
            seeds: found.len(),
        };
        Limit {
            load: (found.len() == loads.len()).then(|| Estimate::new(&found)),
            loads: loads.to_vec(),
            searched: 1000.0,
            first: if found.is_empty() { Vec::new() } else { vec![first] },
        }
    }

    #[test]
    fn a_limit_says_what_was_found_with_how_many_seeds() {
        let first = |seeds: &str| {
            format!(
                "  exhausted first: the queue's disk of c650, from Tuesday 2008-11-18 09:00 GMT on ({seeds} seeds)\n"
            )
        };
        for (least, loads, expected, seeds) in [
            (
                0.5,
                vec![Some(2.0), Some(2.0)],
                "stops keeping up at 2 times all traffic; headroom 100 %",
                Some("2 of 2"),
            ),
            (
                0.5,
                vec![Some(0.8), Some(0.8)],
                "stops keeping up at 0.8 times all traffic; no headroom: it is 20 % too much",
                Some("2 of 2"),
            ),
            (
                0.5,
                vec![Some(870.0), Some(400.0), None, Some(320.0), Some(500.0)],
                "stops keeping up in 4 of 5 seeds, at 320 to 870 times all traffic; keeps up to 1,000 in the other",
                Some("4 of 5"),
            ),
            (
                0.5,
                vec![None, Some(400.0), None],
                "stops keeping up in 1 of 3 seeds, at 400 times all traffic; keeps up to 1,000 in the others",
                Some("1 of 3"),
            ),
            (0.5, vec![None, None], "keeps up at every load that was tried, to 1,000 times all traffic", None),
            (
                0.5,
                vec![Some(0.001), Some(0.001)],
                "does not keep up even with 0.001 times all traffic, the least that is tried; what scripts list is never \
                 multiplied",
                Some("2 of 2"),
            ),
            (
                0.0001,
                vec![Some(0.0005)],
                "stops keeping up at 0.0005 times all traffic; no headroom: it is 100 % too much",
                Some("1 of 1"),
            ),
            (
                0.5,
                vec![Some(0.001), None, Some(3.0)],
                "stops keeping up in 2 of 3 seeds, at 0.001 to 3 times all traffic; keeps up to 1,000 in the other\n  does \
                 not keep up in 1 of 3 seeds even with 0.001 times all traffic, the least that is tried; what scripts \
                 list is never multiplied",
                Some("2 of 3"),
            ),
        ] {
            let shown = describe_limit(&limit(&loads), &variant(&[least, 4.0], &[]), "all traffic");
            assert_eq!(shown, format!("  {expected}\n{}", seeds.map(first).unwrap_or_default()));
        }
        let shown = describe_limit(&limit(&[Some(0.001)]), &variant(&[1.0], &[]), "class partners");
        let expected = "  does not keep up even with 0.001 times class partners, the least that is tried; everything else \
                        stays as it is\n";
        assert!(shown.starts_with(expected), "{shown}");
    }

    #[test]
    fn a_backlog_that_does_not_drain_is_said_so() {
        for (figures, expected) in [
            (&[][..], ""),
            (&[("drain", 600.0)], "  at a load of 1 it takes 10 min to drain after the worst peak\n"),
            (
                &[("drain", 90_000.0), ("undrained", 0.4)],
                "  at a load of 1 the worst backlog did not drain within a day in 2 of 5 seeds; from its peak it takes \
                 more than 25.0 h\n",
            ),
        ] {
            assert_eq!(describe_drain(&variant(&[0.5, 1.0], figures), 5), expected);
        }
        assert_eq!(describe_drain(&variant(&[0.5, 2.0], &[("drain", 600.0)]), 5), "", "no load of 1 was run");
    }

    #[test]
    fn the_warning_is_told_with_the_first_load_that_reaches_it() {
        let mut week = variant(&[1.0, 2.5, 4.0], &[("above_warning", 0.01)]);
        week.parts[0].points[0] = variant(&[1.0], &[]).parts[0].points[0].clone();
        assert_eq!(
            describe_warning(&week),
            "  at loads from 2.5 on, of those above, more than 10,000 messages are in the work queue at times: the \
             warning\n"
        );
        assert_eq!(describe_warning(&variant(&[1.0, 2.5], &[])), "");
    }
}
