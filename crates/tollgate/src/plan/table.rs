//! A plan on the terminal.

use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};
use tollgate_capacity::{Estimate, Limit, Plan, Point, Resource};
use tollgate_scenario::{DAY, Moment};

use crate::terminal;

/// A column of the table: its heading, the figure that it shows, and how.
struct Column {
    heading: &'static str,
    figure: &'static str,
    show: fn(f64) -> String,
}

const fn column(heading: &'static str, figure: &'static str, show: fn(f64) -> String) -> Column {
    Column { heading, figure, show }
}

const COLUMNS: &[Column] = &[
    column("messages/h", "messages_in_per_hour", count),
    column("delay", "delay_mean", seconds),
    column("p50", "delay_p50", seconds),
    column("p99", "delay_p99", seconds),
    column("longest", "delay_longest", seconds),
    column("queue", "depth_mean", count),
    column("most", "depth_max", count),
    column("warning", "above_warning", share),
    column("CPU", "cpu", share),
    column("workers", "workers_busy", share),
    column("in", "public_connections_max", count),
    column("out", "outbound_connections_max", count),
    column("disk", "queue_disk_max", disk),
    column("turned away", "turned_away", count),
];

const LEGEND: &str = "\
messages/h: accepted; delay: in the work queue, mean; queue: messages in it, mean; warning: time with more in it than there is
reason to worry from; workers: share of them that is busy, mean; in, out: most connections at once; all are means over seeds
";

/// The whole plan in words and numbers.
pub(crate) fn describe(plan: &Plan) -> String {
    let seeds = match plan.seeds.as_slice() {
        [seed] => format!("seed {seed}"),
        seeds => format!("{} seeds from {}", seeds.len(), seeds[0]),
    };
    let (begin, end) = (plan.variants[0].begin, plan.variants[0].end);
    let mut text = format!("{}: {begin} to {end}, {} multiplied by load, {seeds}\n", plan.scenario, plan.load_of);
    for variant in &plan.variants {
        for part in &variant.parts {
            let several = variant.parts.len() > 1;
            let of = if several { format!("{}, {}", variant.name, part.name) } else { variant.name.clone() };
            text += &format!("\n{of}\n{}", points(&part.points));
        }
    }
    if let [ours, theirs] = plan.variants.as_slice() {
        text += &format!("\n{} less {}, with half the interval below\n{}", theirs.name, ours.name, differences(plan));
    }
    text += &format!("\n{LEGEND}");
    for variant in &plan.variants {
        let at_one = variant.parts[0].points.iter().find(|point| point.load == 1.0);
        let drain = at_one.map(|point| point.figure("drain")).filter(|drain| drain.mean > 0.0);
        let sentences = [variant.limit.as_ref().map(|limit| describe_limit(limit, plan)), drain.map(describe_drain)];
        let sentences: Vec<String> = sentences.into_iter().flatten().collect();
        if !sentences.is_empty() {
            text += &format!("\n{}\n{}", variant.name, sentences.concat());
        }
    }
    if let Some(difference) = plan.limit_difference {
        text += &format!("\nlimit, the second less the first: {}\n", interval(difference, load));
    }
    text
}

fn points(points: &[Point]) -> String {
    let rows = points.iter().map(|point| row(point.load.to_string(), point, |estimate| estimate.mean));
    terminal::columns(&std::iter::once(heading()).chain(rows).collect::<Vec<_>>())
}

/// Two lines for each load, as a difference says nothing without its interval.
fn differences(plan: &Plan) -> String {
    let rows = plan.differences.iter().flat_map(|point| {
        let spread = row("+-".into(), point, |estimate| (estimate.high - estimate.low) / 2.0);
        [row(point.load.to_string(), point, |estimate| estimate.mean), spread]
    });
    terminal::columns(&std::iter::once(heading()).chain(rows).collect::<Vec<_>>())
}

fn heading() -> Vec<String> {
    std::iter::once("load").chain(COLUMNS.iter().map(|column| column.heading)).map(String::from).collect()
}

fn row(first: String, point: &Point, number: fn(Estimate) -> f64) -> Vec<String> {
    let figures = COLUMNS.iter().map(|column| (column.show)(number(point.figure(column.figure))));
    std::iter::once(first).chain(figures).collect()
}

fn describe_limit(limit: &Limit, plan: &Plan) -> String {
    let of = &plan.load_of;
    let mut text = match limit.load {
        Some(found) => {
            let headroom = percent(found.mean - 1.0);
            let spread = interval(found, load);
            let room = if found.mean >= 1.0 {
                format!("headroom {headroom}")
            } else {
                format!("no headroom: it is {} too much", percent(1.0 - found.mean))
            };
            format!("  stops keeping up at {spread} times {of}; {room}\n")
        }
        None => {
            let have = limit.loads.iter().flatten().count();
            let seeds = limit.loads.len();
            let some = if have == 0 { String::new() } else { format!(" with {} of {seeds} seeds", seeds - have) };
            format!("  keeps up at every load that was tried{some}, to {} times {of}\n", load(limit.searched))
        }
    };
    for first in &limit.first {
        let what = name(first.resource);
        let moment = moment(first.begin_micros);
        let _ = writeln!(
            text,
            "  exhausted first: {what} of {}, from {moment} on ({} of {} seeds)",
            first.appliance,
            first.seeds,
            limit.loads.len()
        );
    }
    text
}

fn describe_drain(drain: Estimate) -> String {
    // An interval does not know that there are no times below nothing.
    let drain = Estimate { low: drain.low.max(0.0), ..drain };
    format!("  at a load of 1 it takes {} to drain after the worst peak\n", interval(drain, seconds))
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

/// A moment with its day of the week.
fn moment(micros: u64) -> String {
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let day = DAYS[(micros / DAY % 7) as usize];
    let whole = Moment::from_micros(micros / 1_000_000 * 1_000_000).to_string();
    format!("{day} {} {} GMT", &whole[..10], &whole[11..16])
}

fn interval(estimate: Estimate, show: fn(f64) -> String) -> String {
    let Estimate { mean, low, high } = estimate;
    if low == high { show(mean) } else { format!("{} ({} to {})", show(mean), show(low), show(high)) }
}

/// A load to three digits: a limit is known to 1 %.
fn load(load: f64) -> String {
    let digits = 2i32.saturating_sub(load.abs().log10().floor() as i32).clamp(0, 5) as usize;
    let text = fixed(load, digits, "");
    if digits == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A number of things: whole from 100 on, and with enough digits below.
fn count(number: f64) -> String {
    match number.abs() {
        0.0 => "0".into(),
        size if size < 1.0 => fixed(number, 2, ""),
        size if size < 100.0 => fixed(number, 1, ""),
        size => format!("{}{}", sign(number), HumanCount(size.round() as u64)),
    }
}

fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        size if size < 120.0 => fixed(seconds, 2, " s"),
        size if size < 7200.0 => fixed(seconds / 60.0, 1, " min"),
        size if size < 172_800.0 => fixed(seconds / 3600.0, 1, " h"),
        _ => fixed(seconds / 86_400.0, 1, " d"),
    }
}

fn share(share: f64) -> String {
    fixed(100.0 * share, 1, " %")
}

fn percent(share: f64) -> String {
    fixed(100.0 * share, 0, " %")
}

fn disk(kib: f64) -> String {
    format!("{}{}", sign(kib), HumanBytes((kib.abs() * 1024.0) as u64))
}

/// A number with so many digits behind the point, and what follows it. What is rounded to nothing has no sign.
fn fixed(number: f64, digits: usize, unit: &str) -> String {
    let text = format!("{:.digits$}", number.abs());
    let is_nothing = text.chars().all(|digit| digit == '0' || digit == '.');
    format!("{}{text}{unit}", if is_nothing { "" } else { sign(number) })
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "-" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        for (shown, expected) in [
            (count(0.0), "0"),
            (count(0.034), "0.03"),
            (count(-12.34), "-12.3"),
            (count(1234567.8), "1,234,568"),
            (count(-1000.0), "-1,000"),
            (seconds(0.25), "0.25 s"),
            (seconds(-0.001), "0.00 s"),
            (seconds(300.0), "5.0 min"),
            (seconds(-9000.0), "-2.5 h"),
            (seconds(400_000.0), "4.6 d"),
            (share(0.1234), "12.3 %"),
            (share(-0.0001), "0.0 %"),
            (percent(0.891), "89 %"),
            (disk(2048.0), "2.00 MiB"),
            (load(2.0), "2"),
            (load(1.8906), "1.89"),
            (load(-17.4219), "-17.4"),
            (load(1000.0), "1000"),
            (load(0.001), "0.001"),
            (load(0.0), "0"),
            (moment(1_226_998_800_000_000), "Tuesday 2008-11-18 09:00 GMT"),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
