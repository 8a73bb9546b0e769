//! A plan on the terminal.

use std::fmt::Write;

use indicatif::{HumanBytes, HumanCount};
use tollgate_capacity::{Estimate, Limit, Plan, Point, Resource};
use tollgate_scenario::{DAY, Moment};

use crate::terminal;

/// A column of the table: its heading in two lines' worth of words, the figure it shows, and how.
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
    let mut text =
        format!("{}: {} to {}, {} at several loads, {seeds}\n", plan.scenario, plan.begin, plan.end, plan.load_of);
    for variant in &plan.variants {
        for part in &variant.parts {
            let several = variant.parts.len() > 1;
            let of = if several { format!("{}, {}", variant.name, part.name) } else { variant.name.clone() };
            text += &format!("\n{of}\n{}", points(&part.points));
        }
    }
    if let [ours, theirs] = plan.variants.as_slice() {
        text += &format!("\n{} less {}\n{}", theirs.name, ours.name, points(&plan.differences));
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
    let heading = std::iter::once("load").chain(COLUMNS.iter().map(|column| column.heading)).map(String::from);
    let mut rows = vec![heading.collect::<Vec<_>>()];
    rows.extend(points.iter().map(|point| {
        let figures = COLUMNS.iter().map(|column| (column.show)(point.figure(column.figure).mean));
        std::iter::once(point.load.to_string()).chain(figures).collect()
    }));
    terminal::columns(&rows)
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

fn load(load: f64) -> String {
    format!("{load:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A number of things: whole from 100 on, and with enough digits below.
fn count(number: f64) -> String {
    let sign = if number < 0.0 { "-" } else { "" };
    match number.abs() {
        0.0 => "0".into(),
        size if size < 1.0 => format!("{sign}{size:.2}"),
        size if size < 100.0 => format!("{sign}{size:.1}"),
        size => format!("{sign}{}", HumanCount(size.round() as u64)),
    }
}

fn seconds(seconds: f64) -> String {
    match seconds.abs() {
        size if size < 120.0 => format!("{seconds:.2} s"),
        size if size < 7200.0 => format!("{:.1} min", seconds / 60.0),
        size if size < 172_800.0 => format!("{:.1} h", seconds / 3600.0),
        _ => format!("{:.1} d", seconds / 86_400.0),
    }
}

fn share(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn disk(kib: f64) -> String {
    let sign = if kib < 0.0 { "-" } else { "" };
    format!("{sign}{}", HumanBytes((kib.abs() * 1024.0) as u64))
}
