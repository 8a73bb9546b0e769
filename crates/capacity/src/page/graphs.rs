//! The graphs of a plan, most of them as data: which figures, on what scale, beside which limit.

use tollgate_chart::{Level, OverLoad, OverTime, Role, Series, Unit as Shown};

use crate::estimate::Estimate;
use crate::figure::{Figure, Unit};
use crate::plan::{Has, Part, Plan, Point, Variant};

use super::{Graph, words};

/// A graph over load.
struct Sheet {
    heading: &'static str,
    text: &'static str,
    /// The figures with their names in the graph.
    figures: &'static [(&'static str, &'static str)],
    /// The figure that stands for them in a comparison, where each side has one line, with its name.
    main: (&'static str, &'static str),
    stacked: bool,
    logarithmic: bool,
    warned: bool,
    /// Whether it is shown where all is zero.
    always: bool,
    /// Whether it is shown of each appliance too.
    each: bool,
}

const ROLES: [Role; 6] = [Role::First, Role::Second, Role::Third, Role::Fourth, Role::Fifth, Role::Neutral];

/// The most loads whose week is shown.
const MOST_WEEKS: usize = 5;
const HOUR_MICROS: u64 = 3_600_000_000;

const DELAY: Sheet = Sheet {
    heading: "Time in the work queue",
    text: "How long messages stay, from their arrival to the end of their scanning.",
    figures: &[
        ("delay_p50", "50% within"),
        ("delay_p95", "95% within"),
        ("delay_p99", "99% within"),
        ("delay_p999", "99.9% within"),
        ("delay_longest", "Longest"),
    ],
    main: ("delay_p99", "what 99% of messages do not exceed"),
    stacked: false,
    logarithmic: true,
    warned: false,
    always: true,
    each: true,
};

const DEPTH: Sheet = Sheet {
    heading: "Messages in the work queue",
    text: "Waiting for a worker or with one.",
    figures: &[("depth_mean", "Mean"), ("depth_max", "Most")],
    main: ("depth_max", "the most at once"),
    stacked: false,
    logarithmic: true,
    warned: true,
    always: true,
    each: true,
};

const PROCESSOR: Sheet = Sheet {
    heading: "CPU by function",
    text: "Of all cores, on the mean of the span.",
    figures: &[
        ("cpu_anti_spam", "Anti-spam"),
        ("cpu_anti_virus", "Anti-virus"),
        ("cpu_mail_processing", "Mail processing"),
        ("cpu_reporting", "Reporting"),
        ("cpu_quarantine", "Quarantine"),
    ],
    main: ("cpu", "all functions together"),
    stacked: true,
    logarithmic: false,
    warned: false,
    always: true,
    each: true,
};

const THROUGHPUT: Sheet = Sheet {
    heading: "Throughput, an hour",
    text: "Messages (transactions) on the mean of the span. Where less is processed than accepted, the queue grows.",
    figures: &[
        ("messages_in_per_hour", "Accepted"),
        ("messages_processed_per_hour", "Out of the queue"),
        ("messages_out_per_hour", "Delivered outside"),
    ],
    main: ("messages_processed_per_hour", "out of the work queue"),
    stacked: false,
    logarithmic: false,
    warned: false,
    always: true,
    each: false,
};

const TURNED_AWAY: Sheet = Sheet {
    heading: "Turned away and put off",
    text: "Over the whole span, for lack of room.",
    figures: &[
        ("turned_away", "Connections turned away"),
        ("given_up", "Senders who gave up"),
        ("deferred", "Deliveries that waited"),
    ],
    main: ("turned_away", "connections turned away"),
    stacked: false,
    logarithmic: true,
    warned: false,
    always: false,
    each: true,
};

/// The graphs of the same part of all sides; of an appliance the chief of them.
pub(super) fn all(plan: &Plan, parts: &[(&Variant, &Part)], site: bool) -> Vec<Graph> {
    let mut graphs: Vec<Graph> = parts.iter().map(|(variant, part)| used(plan, variant, part)).collect();
    let sheet = |sheet: &Sheet| (site || sheet.each).then(|| over_load(plan, parts, sheet)).flatten();
    graphs.extend([DELAY, DEPTH].iter().filter_map(sheet));
    if site {
        graphs.extend(parts.iter().filter_map(|(variant, part)| week(plan, variant, part)));
    }
    graphs.extend([PROCESSOR, THROUGHPUT, TURNED_AWAY].iter().filter_map(sheet));
    graphs
}

fn over_load(plan: &Plan, parts: &[(&Variant, &Part)], sheet: &Sheet) -> Option<Graph> {
    let compared = parts.len() > 1;
    let unit = Figure::find(sheet.main.0)?.unit;
    let mut lines: Vec<(String, Vec<Estimate>)> = Vec::new();
    for (variant, part) in parts {
        let estimates = |figure: &str| part.points.iter().map(|point| point.figure(figure)).collect();
        if compared {
            lines.push((words::side(plan, variant).unwrap_or_default(), estimates(sheet.main.0)));
        } else {
            lines.extend(sheet.figures.iter().map(|(figure, name)| ((*name).to_owned(), estimates(figure))));
        }
    }
    if !sheet.always && lines.iter().flat_map(|(_, estimates)| estimates).all(|estimate| estimate.mean <= 0.0) {
        return None;
    }
    let heading = if compared { format!("{}: {}", sheet.heading, sheet.main.1) } else { sheet.heading.to_owned() };
    // Sides may have different warnings; a line at one of them would say something wrong of the other.
    let mut warnings: Vec<u64> = parts.iter().map(|(_, part)| part.has.queue_warning).collect();
    warnings.dedup();
    let level = (sheet.warned && warnings.len() == 1).then(|| warning(&parts[0].1.has));
    let stacked = sheet.stacked && !compared;
    let svg = draw(plan, parts, &heading, unit, lines, (stacked, sheet.logarithmic), level.as_ref());
    Some(Graph { heading, text: sheet.text.to_owned(), svg })
}

/// The graph of all that an appliance has only so much of, in hundredths of it.
fn used(plan: &Plan, variant: &Variant, part: &Part) -> Graph {
    let has = &part.has;
    let of = |name: &str, unit: Unit, all: u64| format!("{name} ({})", words::value(unit, all as f64));
    let all: [(String, &str, u64); 6] = [
        (of("Workers", Unit::Count, has.workers), "workers_busiest_hour", 1),
        (of("Cores", Unit::Count, has.cores), "cpu_busiest_hour", 1),
        (of("To public", Unit::Count, has.public_connections), "public_connections_max", has.public_connections),
        (of("To private", Unit::Count, has.private_connections), "private_connections_max", has.private_connections),
        (of("To outside", Unit::Count, has.outbound_connections), "outbound_connections_max", has.outbound_connections),
        (of("Queue disk", Unit::Kib, has.queue_kib), "queue_disk_max", has.queue_kib),
    ];
    let share = |estimate: Estimate, all: u64| {
        let all = all.max(1) as f64;
        Estimate { mean: estimate.mean / all, low: estimate.low / all, high: estimate.high / all }
    };
    let lines = all
        .into_iter()
        .map(|(name, figure, all)| (name, part.points.iter().map(|point| share(point.figure(figure), all)).collect()));
    let heading = "What is used of what there is".to_owned() + &among(plan, variant);
    let text = "Workers and cores in the busiest hour; connections to a public listener, a private one and outside, and disk, at the \
                most.";
    let level = Level { name: String::from("all there is"), value: 100.0 };
    let parts = [(variant, part)];
    let svg = draw(plan, &parts, &heading, Unit::Share, lines.collect(), (false, false), Some(&level));
    Graph { heading, text: text.to_owned(), svg }
}

/// The graph of the work queue over time at a few loads; nothing where no time was measured.
fn week(plan: &Plan, variant: &Variant, part: &Part) -> Option<Graph> {
    let chosen = chosen(&part.points);
    let hours = &chosen.first()?.hours;
    let begins: Vec<u64> = hours.iter().map(|hour| hour.begin_micros).collect();
    let first = *begins.first()?;
    let series = |(point, role): (&&Point, Role)| Series {
        name: format!("Load {}", words::load(point.load)),
        role,
        values: point.hours.iter().map(|hour| hour.depth_mean).collect(),
    };
    let heading = "The work queue over time".to_owned() + &among(plan, variant);
    let text = "Messages in it on the mean of each hour.";
    let svg = OverTime {
        title: &heading,
        begins_micros: &begins,
        interval_micros: begins.get(1).map_or(HOUR_MICROS, |second| second - first),
        series: &chosen.iter().zip(ROLES).map(series).collect::<Vec<_>>(),
        stacked: false,
        logarithmic: true,
        unit: Shown::Count,
        level: Some(&warning(&part.has)),
    }
    .svg();
    Some(Graph { heading, text: text.to_owned(), svg })
}

/// A few points from the first to the last, load 1 among them.
fn chosen(points: &[Point]) -> Vec<&Point> {
    let last = points.len().saturating_sub(1);
    let count = points.len().min(MOST_WEEKS);
    let mut places: Vec<usize> = (0..count).map(|place| place * last / (count - 1).max(1)).collect();
    if let Some(today) = points.iter().position(|point| (point.load - 1.0).abs() < 1e-9)
        && !places.contains(&today)
    {
        // Neither the first nor the last makes room for it.
        let inner = places.iter().enumerate().skip(1).take(count.saturating_sub(2));
        let nearest = inner.min_by_key(|(_, place)| place.abs_diff(today)).map(|(place, _)| place);
        nearest.into_iter().for_each(|nearest| places[nearest] = today);
    }
    places.into_iter().map(|place| &points[place]).collect()
}

fn draw(
    plan: &Plan,
    parts: &[(&Variant, &Part)],
    title: &str,
    unit: Unit,
    lines: Vec<(String, Vec<Estimate>)>,
    (stacked, logarithmic): (bool, bool),
    level: Option<&Level>,
) -> String {
    let (shown, factor) = words::shown(unit);
    let ends = |estimate: &Estimate| (estimate.low * factor, estimate.high * factor);
    let intervals: Vec<Vec<(f64, f64)>> = if plan.seeds.len() > 1 {
        lines.iter().map(|(_, estimates)| estimates.iter().map(ends).collect()).collect()
    } else {
        Vec::new()
    };
    let series = lines.into_iter().zip(ROLES).map(|((name, estimates), role)| Series {
        name,
        role,
        values: estimates.iter().map(|estimate| estimate.mean * factor).collect(),
    });
    let turn = |(variant, _): &(&Variant, &Part)| {
        let (what, value) = words::limit(variant.limit.as_ref())?;
        let side = words::letter(plan, variant).filter(|_| parts.len() > 1);
        let name = side.map_or(what.clone(), |side| format!("{side} {what}"));
        Some(Level { name, value })
    };
    let loads: Vec<f64> =
        parts.first().map_or(&[][..], |(_, part)| &part.points).iter().map(|point| point.load).collect();
    OverLoad {
        title,
        across: &format!("times {}", words::today(plan)),
        loads: &loads,
        series: &series.collect::<Vec<_>>(),
        intervals: &intervals,
        stacked,
        logarithmic,
        unit: shown,
        level,
        turns: &parts.iter().filter_map(turn).collect::<Vec<_>>(),
    }
    .svg()
}

fn warning(has: &Has) -> Level {
    let name = format!("warning {}", words::value(Unit::Count, has.queue_warning as f64));
    Level { name, value: has.queue_warning as f64 }
}

/// Which side a graph is of, where there are two.
fn among(plan: &Plan, variant: &Variant) -> String {
    words::side(plan, variant).map_or(String::new(), |side| format!(", {side}"))
}
