//! The figures: what was published, what is accepted, and where what was measured is written down.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use Accepted::{Above, Below, Exactly, Unjudged, Within};

/// A figure that is measured.
pub struct Figure {
    name: &'static str,
    published: &'static str,
    accepted: Accepted,
}

/// What is accepted.
#[derive(Clone, Copy)]
enum Accepted {
    Within(f64, f64),
    Below(f64),
    Above(f64),
    Exactly(f64),
    /// The figure is shown beside the published one, and no more.
    Unjudged,
}

const fn figure(name: &'static str, published: &'static str, accepted: Accepted) -> Figure {
    Figure { name, published, accepted }
}

/// Every figure, in the order of the page.
const FIGURES: &[Figure] = &[
    figure("Gaps between connections in busy hours, user-sent mail: Weibull shape", "0.98 (mail corpora, n = 32,823)", Within(0.95, 1.05)),
    figure("The same: coefficient of variation, user-sent", "1.13 (mail corpora)", Within(0.95, 1.20)),
    figure("The same: distance to the exponential distribution, user-sent", "0.028 (mail corpora)", Below(0.03)),
    figure("Gaps between connections in busy hours, inbound ham: Weibull shape", "0.98 (mail corpora)", Within(0.95, 1.05)),
    figure("The same: coefficient of variation, inbound ham", "1.13 (mail corpora)", Within(0.95, 1.20)),
    figure("The same: distance to the exponential distribution, inbound ham", "0.028 (mail corpora)", Below(0.03)),
    figure("Hours of the week, user-sent mail: worst deviation from the scenario's table", "the table is Enron's week and the EU institution's day", Below(0.10)),
    figure("Hours of the week, user-sent mail in summer time: worst deviation", "the same, in local time", Below(0.10)),
    figure("Hours of the week, ham from people: worst deviation", "hours of the EU institution; days assumed", Below(0.10)),
    figure("Hours of the week, bulk ham: worst deviation", "assumed", Below(0.10)),
    figure("Hours of the week, spam from bots: worst deviation", "days 87.4-101.6 %; hours by their peak and trough", Below(0.10)),
    figure("The busiest hour's share of a week's user-sent mail", "0.019-0.026 (mail corpora)", Within(0.019, 0.026)),
    figure("Weekend day over weekday: spam", "0.87-0.90", Within(0.85, 0.92)),
    figure("Weekend day over weekday: inbound ham", "0.32-0.375", Within(0.30, 0.40)),
    figure("Weekend day over weekday: outbound ham", "0.08 (Enron), 0.08 (EU institution)", Within(0.05, 0.15)),
    figure("How user-sent mail differs from day to day: standard deviation of the logarithm", "0.15-0.25 fits (mail corpora)", Unjudged),
    figure("Messages sent by a user: standard deviation of the logarithm", "1.56 (both corpora)", Within(1.45, 1.67)),
    figure("Messages sent by a user: share of the top tenth", "0.45-0.50", Within(0.43, 0.52)),
    figure("Ham received by a user: standard deviation of the logarithm", "1.32-1.70", Within(1.32, 1.70)),
    figure("Ham received by a user: share of the top tenth", "0.45-0.50 (of mail sent)", Within(0.43, 0.52)),
    figure("Recipients of user-sent mail: zeta exponent", "2.48 (Enron), 2.83 (EU institution)", Within(2.4, 2.9)),
    figure("Recipients of user-sent mail: share with one", "0.72 (Enron), 0.83 (EU institution)", Within(0.70, 0.85)),
    figure("Recipients of inbound ham from people: zeta exponent", "2.48 (Enron), 2.83 (EU institution)", Within(2.4, 2.9)),
    figure("Recipients of inbound ham from people: share with one", "0.72 (Enron), 0.83 (EU institution)", Within(0.70, 0.85)),
    figure("Spam sources with at most 10 connections in 60 days", "0.93 (spams)", Within(0.90, 0.95)),
    figure("Spam sources active on one day at most of 60", "0.81", Within(0.78, 0.84)),
    figure("Connections of an address in a week", "3.1-5.9", Within(3.1, 5.9)),
    figure("Reverse DNS missing or unmatched among rejected connections", "0.296 in two separate weeks", Within(0.27, 0.32)),
    figure("(Stopped by reputation - throttled) / rejected connections", "3, the appliance's own multiplier", Exactly(3.0)),
    figure("The same where the multiplier is set to 5", "the multiplier", Exactly(5.0)),
    figure("Share of attempted mail that reputation stops", "0.775 (RWTH), 0.80 (Microsoft IT), 0.947 (EMU), 0.97 (Plusnet)", Within(0.775, 0.97)),
    figure("Share of attempted mail to invalid recipients", "0.0026 (EMU) to 0.32 of bad mail (harvests, 2005)", Within(0.0026, 0.32)),
    figure("Share of attempted mail that is not clean", "0.77 (Commtouch), 0.81 (MessageLabs), 0.90 (Panda, Cisco)", Unjudged),
    figure("Recipients throttled a week", "none published; a THROTTLED policy stops some", Above(0.0)),
    figure("Recipients past the reputation filter for each infected one", "20,000 (EMU)", Unjudged),
    figure("Sender domains of ham: rank-size slope of the top 100", "-0.78 (mail corpora)", Unjudged),
    figure("Sender domains of ham: share of the top 10", "0.32-0.37 (mail corpora)", Unjudged),
    figure("Sender domains of detected spam: rank-size slope of the top 100", "-0.97 (mail corpora)", Unjudged),
    figure("Sender domains of detected spam: share of the top 10", "0.32-0.37 (mail corpora)", Unjudged),
    figure("Network owners of all mail: rank-size slope of the top 100", "-1.19 (address space)", Unjudged),
    figure("Network owners of all mail: share of the top 10", "0.27 (address space)", Unjudged),
    figure("Recipients accepted of an incoming connection", "1.18-1.28 (thread), 2.8 (reputation-blocked edge)", Unjudged),
    figure("Outgoing recipients attempted a week", "261,502 (thread)", Unjudged),
    figure("Share of them that bounced hard", "0.02247 (thread)", Unjudged),
    figure("Recipients delivered by an outgoing connection", "1.289 (thread)", Unjudged),
    figure("Depth of the work queue over time / time spent in it, a week", "1 (Little's law)", Exactly(1.0)),
    figure("The same on a day near the limit", "1 (Little's law)", Exactly(1.0)),
    figure("McColo: spam of the next day over that before", "0.59 (world, a day), 0.30 (Postini)", Within(0.30, 0.60)),
    figure("McColo: spam of the week after 140 days over that before", "1 (by about 1 April 2009)", Within(0.90, 1.10)),
];

/// Only one test at a time reads and writes the page.
static PAGE: Mutex<()> = Mutex::new(());

/// Judges a figure that was measured under each seed, and compares it with what the page says of it. If the
/// environment sets `REALISM` to `update`, the page is changed instead.
pub fn judge(name: &str, measured: [f64; super::SEEDS.len()]) {
    let figure = FIGURES.iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("no figure is called {name}"));
    let row = figure.row(&measured);
    println!("{row}");
    for value in measured {
        assert!(figure.accepted.takes(value), "{name}: {value}, accepted is {}", figure.accepted.text());
    }
    let _one = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(page()).unwrap();
    if std::env::var("REALISM").is_ok_and(|value| value == "update") {
        let replaced = page.lines().map(|line| if line.starts_with(&figure.start()) { &row } else { line });
        std::fs::write(self::page(), replaced.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    } else {
        let help = "REALISM=update cargo test -p tollgate-simulation --test realism brings the page up to date";
        assert!(page.lines().any(|line| line == row), "REALISM.md does not say\n{row}\n{help}");
    }
}

impl Figure {
    fn start(&self) -> String {
        format!("| {} |", self.name)
    }

    /// The figure's row of the page.
    fn row(&self, measured: &[f64]) -> String {
        let mut row = format!("{} {} | {} | ", self.start(), self.published, self.accepted.text());
        for (place, value) in measured.iter().enumerate() {
            let digits = if value.abs() >= 100.0 { 0 } else { 3 };
            let comma = if place > 0 { ", " } else { "" };
            write!(row, "{comma}{value:.digits$}").unwrap();
        }
        row + " |"
    }
}

impl Accepted {
    fn takes(self, value: f64) -> bool {
        match self {
            Within(low, high) => (low..=high).contains(&value),
            Below(high) => value < high,
            Above(low) => value > low,
            Exactly(number) => value == number,
            Unjudged => true,
        }
    }

    fn text(self) -> String {
        match self {
            Within(low, high) => format!("{low} to {high}"),
            Below(high) => format!("below {high}"),
            Above(low) => format!("above {low}"),
            Exactly(number) => format!("{number}"),
            Unjudged => "not judged".into(),
        }
    }
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("REALISM.md")
}

#[test]
fn the_page_has_a_row_for_each_figure() {
    let _one = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(page()).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |")).map(|(name, _)| name);
    let known = FIGURES.iter().map(|figure| figure.name);
    assert_eq!(rows.collect::<Vec<_>>(), ["figure"].into_iter().chain(known).collect::<Vec<_>>());
}
