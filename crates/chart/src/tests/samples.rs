//! Samples of all graphs, and graphs of random values.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proptest::prelude::*;

use super::*;

fn samples() -> Vec<(&'static str, String)> {
    let week = begins(168, HOUR);
    let incoming = [
        series("Clean", SeriesRole::Good, 168, |hour| swing(hour, 300.0, 2_400.0, 0.2)),
        series("Spam Detected", SeriesRole::Warning, 168, |hour| swing(hour, 900.0, 1_300.0, 0.5)),
        series("Virus Detected", SeriesRole::Second, 168, |hour| swing(hour, 10.0, 40.0, 0.9)),
        series("Stopped by Reputation Filtering", SeriesRole::Bad, 168, |hour| swing(hour, 7_000.0, 9_000.0, 0.4)),
        series("Invalid Recipients", SeriesRole::Neutral, 168, |hour| swing(hour, 300.0, 500.0, 0.9)),
    ];
    let lines = [
        series("Workqueue", SeriesRole::First, 24, |hour| swing(hour, 2.0, 60.0, 0.6)),
        series("Incoming", SeriesRole::Second, 24, |hour| swing(hour, 12.0, 30.0, 0.3)),
        series("Quarantine", SeriesRole::Third, 24, |hour| swing(hour, 4.0, 9.0, 0.8)),
    ];
    let load = [series("Overall CPU Usage", SeriesRole::First, 168, |hour| swing(hour, 12.0, 70.0, 0.2))];
    let tls = [
        series("Successful: TLS", SeriesRole::Good, 12, |_| 1_904.0 / 12.0),
        series("Failed", SeriesRole::Bad, 12, |place| if place > 7.0 { 30.0 } else { 4.0 }),
        series("Unencrypted", SeriesRole::Neutral, 12, |place| 60.0 + 4.0 * place),
    ];
    let six: Vec<Series> = [
        SeriesRole::First,
        SeriesRole::Second,
        SeriesRole::Third,
        SeriesRole::Fourth,
        SeriesRole::Fifth,
        SeriesRole::Neutral,
    ]
    .into_iter()
    .enumerate()
    .map(|(place, role)| series(&format!("Filter {place}"), role, 90, |day| swing(day * 5.0, 40.0, 200.0, 0.5)))
    .collect();
    let six_lines: Vec<Series> = [
        SeriesRole::First,
        SeriesRole::Second,
        SeriesRole::Third,
        SeriesRole::Fourth,
        SeriesRole::Fifth,
        SeriesRole::Neutral,
    ]
    .into_iter()
    .enumerate()
    .map(|(place, role)| {
        series(&format!("Line {place}"), role, 48, |hour| {
            swing(hour, 40.0 * place as f64, 60.0 + 50.0 * place as f64, 0.1)
        })
    })
    .collect();
    let over = |title, begins_micros, interval_micros, series, stacked, unit| {
        OverTime { title, begins_micros, interval_micros, series, stacked, logarithmic: false, unit, level: None }.svg()
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
    let parts = [
        ("Stopped".to_owned(), SeriesRole::Bad),
        ("Spam".to_owned(), SeriesRole::Warning),
        ("Clean".to_owned(), SeriesRole::Good),
    ];
    let single: Vec<(String, Vec<f64>)> = ["W32/Netsky-P", "W32/Mytob-C", "Mal/Iframe-F"]
        .iter()
        .enumerate()
        .map(|(place, name)| ((*name).to_owned(), vec![321.0 - 100.0 * place as f64]))
        .collect();
    let mut samples = over_load_samples();
    samples.extend([
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
    ]);
    samples
}

fn over_load_samples() -> Vec<(&'static str, String)> {
    let loads = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0];
    let grows = |name: &str, role, base: f64| {
        let value = |load: f64| base * if load > 2.0 { 40.0_f64.powf(load - 1.0) } else { 1.0 };
        Series { name: name.to_owned(), role, values: loads.map(value).to_vec() }
    };
    let delays = [grows("50% within", SeriesRole::First, 0.4), grows("99% within", SeriesRole::Second, 3.0)];
    let share = |name: &str, role, share: f64| Series {
        name: name.to_owned(),
        role,
        values: loads.map(|load| share * load).to_vec(),
    };
    let functions = [share("Anti-spam", SeriesRole::First, 13.0), share("Anti-virus", SeriesRole::Second, 7.0)];
    let around = |series: &Series| series.values.iter().map(|value| (value * 0.8, value * 1.3)).collect();
    let intervals: Vec<Vec<(f64, f64)>> = delays.iter().map(around).collect();
    let level = MarkedValue { name: String::from("an hour"), value: 3_600.0 };
    let turns = [MarkedLoad { name: String::from("stops keeping up at 2.4"), load: 2.4, interval: Some((2.2, 2.6)) }];
    let delay = OverLoad {
        title: "Delay",
        across: "times today's mail",
        loads: &loads,
        series: &delays,
        intervals: &intervals,
        stacked: false,
        logarithmic: true,
        unit: Unit::Seconds,
        level: Some(&level),
        turns: &turns,
    };
    let processor = OverLoad {
        title: "CPU",
        series: &functions,
        stacked: true,
        logarithmic: false,
        unit: Unit::Percent,
        level: None,
        ..delay
    };
    vec![
        ("delay-over-load", delay.svg()),
        ("cpu-over-load", processor.svg()),
        ("one-load", OverLoad { loads: &loads[..1], ..delay }.svg()),
        ("no-load", OverLoad { loads: &[], ..delay }.svg()),
    ]
}

/// Writes a page of all samples and returns its path.
fn write_page(directory: &Path) -> PathBuf {
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><meta name=color-scheme content='light dark'><title>Graphs</title>",
    );
    page.push_str("<link rel=stylesheet href=base.css><link rel=stylesheet href=chart.css>");
    for (name, svg) in samples() {
        page.push_str(&format!("<h2>{name}</h2><figure>{svg}</figure>"));
    }
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join("base.css"), BASE_STYLE).unwrap();
    fs::write(directory.join("chart.css"), STYLE).unwrap();
    let path = directory.join("index.html");
    fs::write(&path, page).unwrap();
    path
}

/// If the environment variable `ARTEFACTS` is set, the page stays in that directory for you to look at.
#[test]
fn a_page_of_samples_shows_every_graph_inside_of_its_drawing() {
    let temporary = tempfile::tempdir().unwrap();
    let kept = env::var_os("ARTEFACTS").map(|directory| Path::new(&directory).join("graphs"));
    let page = fs::read_to_string(write_page(kept.as_deref().unwrap_or(temporary.path()))).unwrap();
    let drawings =
        page.split("<svg ").skip(1).map(|rest| format!("<svg {}</svg>", rest.split_once("</svg>").unwrap().0));
    let drawings: Vec<String> = drawings.collect();
    assert_eq!(drawings.len(), 2 * samples().len());
    for drawing in drawings {
        assert_well_formed(&drawing);
        assert_inside(&drawing);
    }
}

/// Fails if a shape or the beginning of a text lies outside its drawing.
fn assert_inside(drawing: &str) {
    let size = attributes(drawing, "svg class", "viewBox").swap_remove(0);
    let size: Vec<f64> = size.split_whitespace().map(|length| length.parse().unwrap()).collect();
    let [_, _, width, height] = size[..] else { panic!("{size:?}") };
    let check = |at: f64, most: f64| assert!((0.0..=most).contains(&at), "{at} of {most}: {drawing}");
    for (axis, most) in [("x", width), ("y", height)] {
        for name in [axis.to_owned(), format!("{axis}1"), format!("{axis}2"), format!("c{axis}")] {
            numbers(drawing, "", &name).into_iter().for_each(|at| check(at, most));
        }
    }
    for (at, more, most) in [("x", "width", width), ("y", "height", height)] {
        let (at, more) = (numbers(drawing, "rect ", at), numbers(drawing, "rect ", more));
        at.into_iter().zip(more).for_each(|(at, more)| check(at + more, most));
    }
    for text in attributes(drawing, "", "points") {
        for pair in text.split_whitespace() {
            let (x, y) = pair.split_once(',').unwrap();
            check(x.parse().unwrap(), width);
            check(y.parse().unwrap(), height);
        }
    }
}

/// Values of all sizes, among them values that cannot be drawn.
fn any_values(count: usize) -> impl Strategy<Value = Vec<f64>> {
    let odd = prop::sample::select(vec![0.0, -1.0, f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE]);
    let value = prop_oneof![8 => (-3.0..12.0_f64).prop_map(|order| 10_f64.powf(order)), 1 => odd];
    prop::collection::vec(value, count)
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(vec![Unit::Count, Unit::Percent, Unit::Seconds, Unit::Bytes, Unit::BinaryBytes])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_graph_of_any_values_stays_inside_of_its_drawings(
        (count, values) in (1..60_usize).prop_flat_map(|count| (Just(count), any_values(3 * count))),
        begin_micros in 0..4_000_000_000_000_000_u64,
        interval_micros in prop::sample::select(vec![HOUR / 12, HOUR, 24 * HOUR]),
        unit in any_unit(),
        (stacked, logarithmic) in prop::sample::select(vec![(true, false), (false, false), (false, true)]),
    ) {
        let roles = [SeriesRole::First, SeriesRole::Second, SeriesRole::Bad];
        let series: Vec<Series> = roles.into_iter().zip(values.chunks(count))
            .map(|(role, values)| Series { name: format!("{role:?}"), role, values: values.to_vec() })
            .collect();
        let begins_micros: Vec<u64> = (0..count as u64).map(|place| begin_micros + place * interval_micros).collect();
        let over_time =
            OverTime { title: "Any", begins_micros: &begins_micros, interval_micros, series: &series, stacked, logarithmic, unit, level: None };
        let loads: Vec<f64> = (1..=count).map(|place| place as f64 / 4.0).collect();
        let over_load = OverLoad {
            title: "Any", across: "times", loads: &loads, series: &series, intervals: &[], stacked, logarithmic, unit,
            level: None, turns: &[],
        };
        let bars: Vec<(String, Vec<f64>)> =
            values.chunks(3).enumerate().map(|(place, values)| (format!("bar {place}"), values.to_vec())).collect();
        let parts = roles.map(|role| (format!("{role:?}"), role));
        let ranking = Ranking { title: "Any", bars: &bars, parts: &parts, unit };
        for svg in [over_time.svg(), over_load.svg(), ranking.svg()] {
            assert_well_formed(&svg);
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
            let (wide, narrow) = svg.split_once("</svg>").unwrap();
            assert_inside(wide);
            assert_inside(narrow);
        }
    }
}

#[test]
fn every_sample_is_whole_and_holds_no_style_and_no_identity() {
    for (name, svg) in samples() {
        assert_well_formed(&svg);
        for refused in [" style=", "<style", " id=", "NaN", "inf", "href", "<script", "-0\""] {
            assert!(!svg.contains(refused), "{name}: {refused}");
        }
        assert_eq!(svg.matches("<svg ").count(), 2, "{name}");
        assert!(svg.starts_with("<svg class=\"chart chart-wide\" viewBox=\"0 0 6800 "), "{name}");
    }
    assert_eq!(samples(), samples(), "the same graph is the same text");
}

/// The style sheet has a rule for the exact text of every sentinel.
#[test]
fn the_style_sheet_knows_every_colour_of_a_drawing() {
    let sheet = STYLE;
    for (name, svg) in samples() {
        for attribute in ["fill", "stroke"] {
            for colour in attributes(&svg, "", attribute).iter().filter(|colour| colour.starts_with('#')) {
                assert!(sheet.contains(&format!("[{attribute}=\"{colour}\"]")), "{name}: {attribute} {colour}");
            }
        }
    }
}
