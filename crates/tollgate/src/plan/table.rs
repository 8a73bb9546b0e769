//! A plan on the terminal: its tables, two for each part, and below them what they come to.

use indicatif::HumanCount;
use tollgate_capacity::{Estimate, Plan, Point, SitePart, Variant};

use super::number::{count, room, seconds, share};
use super::verdict;
use crate::terminal::{self, wrapped};

/// A column of a table: its heading, the figure that it shows, and how.
struct Column {
    heading: &'static str,
    figure: &'static str,
    show: fn(f64) -> String,
}

const fn column(heading: &'static str, figure: &'static str, show: fn(f64) -> String) -> Column {
    Column { heading, figure, show }
}

/// What becomes of the mail.
const MAIL: &[Column] = &[
    column("in/h", "messages_in_per_hour", count),
    column("out/h", "messages_processed_per_hour", count),
    column("p50", "delay_p50", seconds),
    column("p95", "delay_p95", seconds),
    column("p99", "delay_p99", seconds),
    column("p99.9", "delay_p999", seconds),
    column("longest", "delay_longest", seconds),
    column("turned away", "turned_away", count),
    column("gave up", "given_up", count),
];

/// What is used of what there is.
const USE: &[Column] = &[
    column("queue", "depth_mean", count),
    column("most", "depth_max", count),
    column("warning", "above_warning", share),
    column("CPU", "cpu", share),
    column("workers", "workers_busy", share),
    column("public", "public_connections_max", count),
    column("private", "private_connections_max", count),
    column("outside", "outbound_connections_max", count),
    column("disk", "queue_disk_max", room),
    column("deferred", "deferred", count),
];

const LEGEND: &str = "\
in/h, out/h: messages accepted, and out of the work queue, an hour
p50 to longest: time in the work queue that 50 %, 95 % and so on of the messages did not exceed
turned away: connections for which there was no room; gave up: those whose senders tried in vain
queue, most: messages in the work queue, mean and most; warning: time above the warning
CPU, workers: busy, mean; public, private, outside: most connections at once; disk: most in use
deferred: deliveries that waited for a connection; all are means over the seeds
";

/// The whole plan in words and numbers.
pub(crate) fn describe(plan: &Plan) -> String {
    let mut text = heading(plan);
    for variant in &plan.variants {
        for part in &variant.parts {
            let several = variant.parts.len() > 1;
            let of = if several { format!("{}, {}", variant.name, part.name) } else { variant.name.clone() };
            let has = describe_what_it_has(part);
            text += &format!("\n{}{}{}", wrapped(&of), tables(&part.points, false), wrapped(&has));
        }
    }
    if let [ours, theirs] = plan.variants.as_slice() {
        let is_known_to = match plan.seeds.len() {
            1 => "one seed gives no interval",
            _ => "+- is half the interval",
        };
        let title = format!("{} less {}; {is_known_to}", theirs.name, ours.name);
        text += &format!("\n{}{}", wrapped(&title), tables(&plan.differences, plan.seeds.len() > 1));
    }
    text + "\n" + LEGEND + &wrapped(&verdict::describe(plan))
}

/// What was planned: when it plays, what a load of 1 is, and with which seeds.
fn heading(plan: &Plan) -> String {
    let mut text = String::new();
    for Variant { name, begin, end, volume, .. } in &plan.variants {
        text += &format!("{name}: {begin} to {end}");
        if *volume != 1.0 {
            text += &format!("; a load of 1 is --volume {volume}");
        }
        text += "\n";
    }
    let seeds = match plan.seeds.as_slice() {
        [seed] => format!("seed {seed}, and as it is one there are no intervals"),
        seeds => format!("{} seeds from {}", seeds.len(), seeds[0]),
    };
    wrapped(&format!("{text}{} multiplied by load, {seeds}", plan.load_of))
}

/// What there is of what is used, in the order of the columns.
fn describe_what_it_has(part: &SitePart) -> String {
    let has = part.has;
    let numbers = [
        ("warning", has.queue_warning),
        ("cores", has.cores),
        ("workers", has.workers),
        ("public", has.public_connections),
        ("private", has.private_connections),
        ("outside", has.outbound_connections),
    ];
    let numbers = numbers.map(|(what, number)| format!("{what} {}, ", HumanCount(number))).concat();
    format!("has: {numbers}disk {}", room(has.queue_kib as f64))
}

/// Both tables of points. A difference says nothing without its interval, so that it has a second line for it.
fn tables(points: &[Point], with_interval: bool) -> String {
    [MAIL, USE].map(|columns| table(columns, points, with_interval)).join("\n")
}

fn table(columns: &[Column], points: &[Point], with_interval: bool) -> String {
    let mut rows = vec![row("load", columns.iter().map(|column| column.heading.into()))];
    for point in points {
        let show = |number: fn(Estimate) -> f64| {
            columns.iter().map(move |column| (column.show)(number(point.figure(column.figure))))
        };
        rows.push(row(&point.load.to_string(), show(|estimate| estimate.mean)));
        if with_interval {
            rows.push(row("+-", show(|estimate| (estimate.high - estimate.low) / 2.0)));
        }
    }
    terminal::columns(&rows)
}

fn row(first: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(cells).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use tollgate_capacity::{FIGURES, FigureUnit, PlanFigure};

    use super::*;
    use crate::terminal::WIDTH;

    /// A point of which every figure is as wide as it gets, with as many connections as were published.
    fn widest(sign: f64) -> Point {
        let figure = |figure: &PlanFigure| match (figure.name, figure.unit) {
            ("public_connections_max" | "private_connections_max", _) => 1000.0,
            ("outbound_connections_max", _) => 10_000.0,
            (_, FigureUnit::PerHour | FigureUnit::Count) => 999_999.0,
            (_, FigureUnit::Seconds) => 7199.0,
            (_, FigureUnit::Share) => 0.994,
            (_, FigureUnit::Kib) => 68.0 * 1024.0 * 1024.0,
        };
        let figures = FIGURES.iter().map(|each| {
            let mean = sign * figure(each);
            Estimate { mean, low: mean, high: mean }
        });
        Point { load: 1000.5, figures: figures.collect(), hours: Vec::new() }
    }

    #[test]
    fn no_line_is_too_long() {
        for (sign, with_interval) in [(1.0, false), (-1.0, false), (-1.0, true)] {
            let text = tables(&[widest(sign)], with_interval);
            let longest = text.lines().chain(LEGEND.lines()).max_by_key(|line| line.chars().count()).unwrap();
            assert!(longest.chars().count() <= WIDTH, "{} characters: {longest}", longest.chars().count());
        }
    }
}
