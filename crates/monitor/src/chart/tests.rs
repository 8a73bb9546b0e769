//! Graphs as a whole.

use std::fmt::Write as _;
use std::{env, fs};

use super::*;

const HOUR: u64 = 3_600_000_000;
/// Monday 2 March 2009.
const MONDAY: u64 = 14_305 * 24 * HOUR;

fn series(name: &str, role: Role, count: usize, value: impl Fn(f64) -> f64) -> Series {
    Series { name: name.to_owned(), role, values: (0..count).map(|place| value(place as f64)).collect() }
}

/// A day's swing with some unrest, from hours since a Monday.
fn swing(hour: f64, low: f64, high: f64, unrest: f64) -> f64 {
    let day = ((hour - 14.0) / 24.0 * std::f64::consts::TAU).cos() / 2.0 + 0.5;
    let weekend = if hour >= 120.0 { 0.45 } else { 1.0 };
    let noise = ((hour * 12.9898).sin() * 43_758.545).fract().abs();
    ((low + (high - low) * day * day * weekend) * (1.0 + unrest * (noise - 0.5))).round()
}

fn begins(count: usize, interval_micros: u64) -> Vec<u64> {
    (0..count as u64).map(|place| MONDAY + place * interval_micros).collect()
}

fn samples() -> Vec<(&'static str, String)> {
    let week = begins(168, HOUR);
    let incoming = [
        series("Clean", Role::Good, 168, |hour| swing(hour, 300.0, 2_400.0, 0.2)),
        series("Spam Detected", Role::Warning, 168, |hour| swing(hour, 900.0, 1_300.0, 0.5)),
        series("Virus Detected", Role::Second, 168, |hour| swing(hour, 10.0, 40.0, 0.9)),
        series("Stopped by Reputation Filtering", Role::Bad, 168, |hour| swing(hour, 7_000.0, 9_000.0, 0.4)),
        series("Invalid Recipients", Role::Neutral, 168, |hour| swing(hour, 300.0, 500.0, 0.9)),
    ];
    let lines = [
        series("Workqueue", Role::First, 24, |hour| swing(hour, 2.0, 60.0, 0.6)),
        series("Incoming", Role::Second, 24, |hour| swing(hour, 12.0, 30.0, 0.3)),
        series("Quarantine", Role::Third, 24, |hour| swing(hour, 4.0, 9.0, 0.8)),
    ];
    let load = [series("Overall CPU Usage", Role::First, 168, |hour| swing(hour, 12.0, 70.0, 0.2))];
    let tls = [
        series("Successful: TLS", Role::Good, 12, |_| 1_904.0 / 12.0),
        series("Failed", Role::Bad, 12, |place| if place > 7.0 { 30.0 } else { 4.0 }),
        series("Unencrypted", Role::Neutral, 12, |place| 60.0 + 4.0 * place),
    ];
    let six: Vec<Series> = [Role::First, Role::Second, Role::Third, Role::Fourth, Role::Fifth, Role::Sixth]
        .into_iter()
        .enumerate()
        .map(|(place, role)| series(&format!("Filter {place}"), role, 90, |day| swing(day * 5.0, 40.0, 200.0, 0.5)))
        .collect();
    let six_lines: Vec<Series> = [Role::First, Role::Second, Role::Third, Role::Fourth, Role::Fifth, Role::Sixth]
        .into_iter()
        .enumerate()
        .map(|(place, role)| {
            series(&format!("Line {place}"), role, 48, |hour| {
                swing(hour, 40.0 * place as f64, 60.0 + 50.0 * place as f64, 0.1)
            })
        })
        .collect();
    let over = |title, begins_micros, interval_micros, series, stacked, unit| {
        OverTime { title, begins_micros, interval_micros, series, stacked, unit }.svg()
    };
    let names = [
        "spam-example.com",
        "mail.a-very-long-name-of-a-domain-that-nobody-would-type.example.org",
        "example.net",
        "no domain",
    ];
    let bars: Vec<(String, Vec<f64>)> = (0..10)
        .map(|place| {
            (
                format!("{}{}", names[place % 4], if place > 3 { format!(".{place}") } else { String::new() }),
                vec![18_000.0 / (place as f64 + 1.0), 6_000.0 / (place as f64 + 1.0), 1_500.0],
            )
        })
        .collect();
    let parts =
        [("Stopped".to_owned(), Role::Bad), ("Spam".to_owned(), Role::Warning), ("Clean".to_owned(), Role::Good)];
    let single: Vec<(String, Vec<f64>)> = ["W32/Netsky-P", "W32/Mytob-C", "Mal/Iframe-F"]
        .iter()
        .enumerate()
        .map(|(place, name)| ((*name).to_owned(), vec![321.0 - 100.0 * place as f64]))
        .collect();
    vec![
        ("incoming-week", over("Incoming Mail", &week, HOUR, &incoming, true, Unit::Count)),
        ("queue-day", over("Queue", &week[..24], HOUR, &lines, false, Unit::Count)),
        ("load-week", over("Load", &week, HOUR, &load, false, Unit::Percent)),
        ("tls-hour", over("TLS", &begins(12, HOUR / 12), HOUR / 12, &tls, true, Unit::Count)),
        ("filters-90-days", over("Filters", &begins(90, 24 * HOUR), 24 * HOUR, &six, true, Unit::Bytes)),
        ("lines-2-days", over("Lines", &week[..48], HOUR, &six_lines, false, Unit::Seconds)),
        ("one-interval", over("One", &week[..1], HOUR, &lines, false, Unit::Count)),
        ("nothing", over("Nothing", &[], HOUR, &lines, true, Unit::Count)),
        ("domains", Ranking { title: "Top domains", bars: &bars, parts: &parts, unit: Unit::Count }.svg()),
        ("viruses", Ranking { title: "Top viruses", bars: &single, parts: &parts[..1], unit: Unit::Count }.svg()),
    ]
}

/// Pages of samples, to be looked at; the directory is printed.
#[test]
fn samples_can_be_looked_at() {
    let directory = env::var_os("ARTEFACTS").map_or_else(env::temp_dir, Into::into).join("tollgate-charts");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("chart.css"), include_str!("../../assets/chart.css")).unwrap();
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><meta name=color-scheme content='light dark'><title>Graphs</title>",
    );
    page.push_str("<link rel=stylesheet href=chart.css><link rel=stylesheet href=page.css>");
    for (name, svg) in samples() {
        let _ = write!(page, "<h2>{name}</h2><figure>{svg}</figure>");
    }
    let style = "body { font: 15px system-ui, sans-serif; background: Canvas; } figure { margin: 0 0 1rem; }\n\
                 @media (prefers-color-scheme: dark) { body { background: #14181c; color: #e6e9ec; } }";
    fs::write(directory.join("page.css"), style).unwrap();
    fs::write(directory.join("index.html"), page).unwrap();
    println!("samples: {}", directory.display());
}
