//! A plan on the terminal: the verdict, then three tables for each part.

use tollgate_capacity::{Estimate, Plan, PlanFigure, PlanSide, Point};
use tollgate_wording::exact;

use super::verdict;
use crate::terminal::{self, wrapped};

/// A column of a table: its heading and the name of its figure.
struct FigureColumn {
    heading: &'static str,
    figure: &'static str,
}

const fn column(heading: &'static str, figure: &'static str) -> FigureColumn {
    FigureColumn { heading, figure }
}

const MAIL: &[FigureColumn] = &[
    column("accepted/h", "messages_accepted_per_hour"),
    column("processed/h", "messages_processed_per_hour"),
    column("queue", "depth_mean"),
    column("most", "depth_max"),
    column("warning", "above_warning"),
    column("turned away", "turned_away"),
    column("gave up", "given_up"),
    column("deferred", "deferred"),
];

const DELAY: &[FigureColumn] = &[
    column("p50", "delay_p50"),
    column("p95", "delay_p95"),
    column("p99", "delay_p99"),
    column("p99.9", "delay_p999"),
    column("longest", "delay_longest"),
];

const EQUIPMENT: &[FigureColumn] = &[
    column("CPU", "cpu"),
    column("workers", "workers_busy"),
    column("public", "public_connections_max"),
    column("private", "private_connections_max"),
    column("outside", "outbound_connections_max"),
    column("disk", "queue_disk_max"),
];

const LEGEND: &str = "\
accepted/h, processed/h: messages per hour that enter the work queue, and that leave it
queue, most: mean and largest number of messages in the work queue
warning: share of the time in which the queue is longer than its warning threshold
turned away: connections refused because a limit was reached
gave up: connections turned away whose senders stopped trying
deferred: deliveries that waited for a free connection
p50 to p99.9: 50%, 95%, 99% and 99.9% of messages spend at most this time in the queue
longest: longest time of a message in the queue
CPU, workers: mean share in use
public, private, outside: most connections at once, by listener and to other hosts
disk: largest use
Times in the queue are those of all seeds together. Other values are means over the seeds.
";
/// The text of a value that is not known.
const UNKNOWN: &str = "unknown";
const ALL: &str = "\
all: queue is the sum over the appliances; most, public, private, outside and disk are the largest
of any one appliance
";

/// The whole plan.
pub(crate) fn describe(plan: &Plan) -> String {
    let mut text = heading(plan) + "\n" + &verdict::describe(plan);
    for side in &plan.sides {
        for part in &side.parts {
            let heading = plan.heading(side);
            let heading = if side.parts.len() > 1 { format!("{heading}, {}", part.name) } else { heading };
            let has = format!("Equipment: {}", part.has.describe());
            text += &format!("\n{}{}{}", wrapped(&heading), tables(&part.points, false), wrapped(&has));
        }
    }
    if plan.sides.len() > 1 {
        let has_intervals = plan.seeds.len() > 1;
        let title = if has_intervals { "B minus A; ± is half the 95% confidence interval\n" } else { "B minus A\n" };
        text += &format!("\n{title}{}", tables(&plan.differences, has_intervals));
    }
    text += &format!("\n{LEGEND}");
    if text.contains(UNKNOWN) {
        text += "unknown: the runs have too few messages for an interval\n";
    }
    if plan.sides.iter().any(|side| side.parts.len() > 1) {
        text += ALL;
    }
    text
}

/// The spans of time, the loads and the seeds.
fn heading(plan: &Plan) -> String {
    let mut text = String::new();
    for side in &plan.sides {
        let PlanSide { volume, .. } = side;
        text += &format!("{}: {}", plan.heading(side), side.span());
        if *volume != 1.0 {
            text += &format!("; load 1 is the traffic of --volume {volume}");
        }
        text += "\n";
    }
    let seeds = match plan.seeds[..] {
        [seed] => format!("seed {seed}"),
        [first, .., last] => format!("seeds {first} to {last}"),
        [] => String::from("no seeds"),
    };
    wrapped(&format!("{text}Loads multiply {}; {seeds}", plan.multiplied_traffic()))
}

/// All tables of some points. With `with_interval`, each point has a second line with half its confidence interval.
fn tables(points: &[Point], with_interval: bool) -> String {
    [MAIL, DELAY, EQUIPMENT].map(|columns| table(columns, points, with_interval)).join("\n")
}

fn table(columns: &[FigureColumn], points: &[Point], with_interval: bool) -> String {
    let mut rows = vec![row("load", columns.iter().map(|column| column.heading.into()))];
    for point in points {
        let cells = |value: fn(Estimate) -> f64| columns.iter().map(move |column| cell(column, point, value));
        rows.push(row(&exact(point.load), cells(|estimate| estimate.mean)));
        if with_interval {
            rows.push(row("±", cells(|estimate| (estimate.high - estimate.low) / 2.0)));
        }
    }
    terminal::columns(&rows)
}

fn cell(column: &FigureColumn, point: &Point, value: fn(Estimate) -> f64) -> String {
    let figure = PlanFigure::find(column.figure).expect("the name of a figure");
    let value = value(point.figure(column.figure));
    if value.is_finite() { figure.unit.write(value) } else { UNKNOWN.into() }
}

fn row(first: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(first.to_owned()).chain(cells).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use tollgate_capacity::{FIGURES, FigureUnit};

    use super::*;
    use crate::terminal::WIDTH;

    /// A point with the widest value of each figure, and with the published limits of connections.
    fn widest(sign: f64) -> Point {
        let value = |figure: &PlanFigure| match (figure.name, figure.unit) {
            ("public_connections_max" | "private_connections_max", _) => 1000.0,
            ("outbound_connections_max", _) => 10_000.0,
            (_, FigureUnit::PerHour | FigureUnit::Count) => 999_999.0,
            (_, FigureUnit::Seconds) => 3599.0,
            (_, FigureUnit::Share) => 0.994,
            (_, FigureUnit::Kib) => 68.3 * 1024.0 * 1024.0,
        };
        let figures = FIGURES.iter().map(|figure| {
            let mean = sign * value(figure);
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
