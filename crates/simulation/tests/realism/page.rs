//! The page of figures. Each row has a published, an accepted and a measured value.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::realism::SEEDS;

/// Only one test at a time reads and writes the page.
static PAGE: Mutex<()> = Mutex::new(());

/// The accepted values of a figure.
#[derive(Debug, PartialEq)]
enum Accepted {
    Within(f64, f64),
    Below(f64),
    Above(f64),
    Exactly(f64),
    /// Any value. The figure is only shown for comparison.
    Unjudged,
}

/// Judges the values of a figure, one for each seed. All of them must be accepted by the row of that name, and the row
/// must show them. If the environment variable `REALISM` is `update`, they are written into the row instead.
pub fn judge(name: &str, measured: [f64; SEEDS.len()]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("REALISM.md");
    let _one = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let page = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with(&format!("| {name} |"))).collect();
    let [row] = rows[..] else { panic!("REALISM.md has {} rows for: {name}", rows.len()) };
    let [published, accepted, written] = row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>()[1..]
    else {
        panic!("not a row of four cells: {row}");
    };
    let shown = measured.map(show).join(", ");
    println!("{name}: {shown} (accepted: {accepted}; published: {published})");
    for value in measured {
        assert!(Accepted::read(accepted).takes(value), "{name}: measured {value}, accepted is {accepted}");
    }
    if std::env::var("REALISM").is_ok_and(|value| value == "update") {
        let updated = format!("| {name} | {published} | {accepted} | {shown} |");
        std::fs::write(&path, page.replace(row, &updated)).unwrap();
    } else {
        let help = "`REALISM=update cargo test -p tollgate-simulation realism` writes the measured values";
        assert_eq!(written, shown, "REALISM.md is out of date: {name}\n{help}");
    }
}

fn show(value: f64) -> String {
    let digits = if value.abs() < 0.03 { 4 } else { 3 };
    if value.abs() < 100.0 { format!("{value:.digits$}") } else { format!("{value:.0}") }
}

impl Accepted {
    /// Parses a cell of the page.
    fn read(text: &str) -> Self {
        let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("not a number: {text}"));
        match text.split(' ').collect::<Vec<_>>()[..] {
            [low, "to", high] => Accepted::Within(number(low), number(high)),
            ["below", high] => Accepted::Below(number(high)),
            ["above", low] => Accepted::Above(number(low)),
            ["not", "judged"] => Accepted::Unjudged,
            [exact] => Accepted::Exactly(number(exact)),
            _ => panic!("not a range: {text}"),
        }
    }

    fn takes(&self, value: f64) -> bool {
        match *self {
            Accepted::Within(low, high) => (low..=high).contains(&value),
            Accepted::Below(high) => value < high,
            Accepted::Above(low) => value > low,
            Accepted::Exactly(number) => value == number,
            Accepted::Unjudged => true,
        }
    }
}

#[test]
fn cells_say_what_is_accepted() {
    for (text, inside, outside) in [
        ("0.95 to 1.05", &[0.95, 1.05][..], &[0.949, 1.051, f64::NAN][..]),
        ("below 0.03", &[0.0299], &[0.03, f64::NAN]),
        ("above 0", &[0.1], &[0.0]),
        ("3", &[3.0], &[2.999, 3.001]),
        ("not judged", &[0.0], &[]),
    ] {
        let accepted = Accepted::read(text);
        assert!(inside.iter().all(|&value| accepted.takes(value)), "{text}");
        assert!(!outside.iter().any(|&value| accepted.takes(value)), "{text}");
    }
}
