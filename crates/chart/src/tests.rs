//! Graphs as a whole.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod scales;

use std::path::{Path, PathBuf};
use std::{env, fs};

use proptest::prelude::*;

use super::*;

const HOUR: u64 = 3_600_000_000;
/// Monday 2 March 2009.
const MONDAY: u64 = 14_305 * 24 * HOUR;

fn series(name: &str, role: SeriesRole, count: usize, value: impl Fn(f64) -> f64) -> Series {
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
    let turns = [MarkedValue { name: String::from("stops keeping up at 2.4"), value: 2.4 }];
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

/// Writes a page of all samples, and gives its path.
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

/// The page stays in the directory `ARTEFACTS`, for a person to look at, if that is set.
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

/// Fails if a shape or the beginning of a text lies outside of its drawing.
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

/// Values of all sizes, and what is no value.
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

fn lines_of(values: &[f64], stacked: bool) -> String {
    let series = [Series { name: String::from("One"), role: SeriesRole::First, values: values.to_vec() }];
    let begins = begins(values.len(), HOUR);
    OverTime {
        title: "Lines",
        begins_micros: &begins,
        interval_micros: HOUR,
        series: &series,
        stacked,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
    }
    .svg()
}

/// A graph of numbers over hours, by their orders of magnitude.
fn orders_of<'a>(begins_micros: &'a [u64], series: &'a [Series], level: Option<&'a MarkedValue>) -> OverTime<'a> {
    OverTime {
        title: "Depth",
        begins_micros,
        interval_micros: HOUR,
        series,
        stacked: false,
        logarithmic: true,
        unit: Unit::Count,
        level,
    }
}

/// The wide one of the two drawings.
pub(super) fn wide(svg: &str) -> &str {
    svg.split_once("</svg>").unwrap().0
}

/// The values of an attribute in the elements that hold something.
fn attributes(svg: &str, holding: &str, name: &str) -> Vec<String> {
    let marker = format!(" {name}=\"");
    let elements = svg.split('<').filter(|element| element.contains(holding));
    let value = |element: &str| Some(element.split_once(&marker)?.1.split_once('"')?.0.to_owned());
    elements.filter_map(value).collect()
}

pub(super) fn numbers(svg: &str, holding: &str, name: &str) -> Vec<f64> {
    attributes(svg, holding, name).iter().map(|text| text.parse().unwrap()).collect()
}

/// The points of the first shape that holds something.
pub(super) fn points(svg: &str, holding: &str) -> Vec<(f64, f64)> {
    let text = attributes(svg, holding, "points").swap_remove(0);
    let point = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
    text.split_whitespace().map(point).collect()
}

/// Fails unless every element is closed in its order, every attribute quoted and every entity known.
pub(super) fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for (place, part) in svg.split('<').enumerate() {
        if place == 0 {
            assert_eq!(part, "");
            continue;
        }
        let (tag, text) = part.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            assert!(tag.matches('"').count() % 2 == 0, "{tag}");
            if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().unwrap());
            }
        }
        assert!(!text.contains('>') && !text.contains(|letter: char| letter.is_control() && letter != '\n'), "{text}");
        for entity in part.split('&').skip(1) {
            let known = ["lt;", "gt;", "amp;", "quot;", "apos;", "#39;"];
            assert!(known.iter().any(|known| entity.starts_with(known)), "{entity}");
        }
    }
    assert!(open.is_empty(), "{open:?}");
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

/// Every sentinel of a drawing is known to the style sheet, by the letter.
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

#[test]
fn names_and_titles_are_escaped_everywhere() {
    let evil = "</title><script>alert(\"1\")</script> & '\u{0}\u{1b}";
    let series = [Series { name: evil.to_owned(), role: SeriesRole::First, values: vec![1.0, 2.0] }];
    let graph = OverTime {
        title: evil,
        begins_micros: &begins(2, HOUR),
        interval_micros: HOUR,
        series: &series,
        stacked: true,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
    };
    let bars = [(evil.to_owned(), vec![3.0, 1.0])];
    let parts = [(evil.to_owned(), SeriesRole::Good), (evil.to_owned(), SeriesRole::Bad)];
    let ranking = Ranking { title: evil, bars: &bars, parts: &parts, unit: Unit::Count };
    let level = MarkedValue { name: evil.to_owned(), value: 1.0 };
    let over_load = OverLoad {
        title: evil,
        across: evil,
        loads: &[1.0, 2.0],
        series: &series,
        intervals: &[],
        stacked: false,
        logarithmic: false,
        unit: Unit::Count,
        level: Some(&level),
        turns: std::slice::from_ref(&level),
    };
    for svg in [graph.svg(), ranking.svg(), over_load.svg()] {
        assert_well_formed(&svg);
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;alert(&quot;1&quot;)"), "{svg}");
    }
}

#[test]
fn a_line_goes_through_the_middles_of_intervals_at_heights_that_are_proportional() {
    let svg = lines_of(&[0.0, 5.0, 10.0, 5.0], false);
    let points = points(wide(&svg), "polyline");
    assert_eq!(points.len(), 4);
    let (base, top) = (points[0].1, points[2].1);
    assert!((points[1].1 - (base + top) / 2.0).abs() <= 1.0 && points[1].1 == points[3].1, "{points:?}");
    let gaps: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps.iter().all(|gap| (gap - gaps[0]).abs() <= 1.0), "{gaps:?}");
}

#[test]
fn orders_of_magnitude_over_time_are_as_far_apart_and_a_limit_stands_among_them() {
    let series = [series("Depth", SeriesRole::First, 3, |hour| 10_f64.powf(2.0 * hour))];
    let limit = MarkedValue { name: String::from("warning 1,000"), value: 1_000.0 };
    let begins = begins(3, HOUR);
    let svg = orders_of(&begins, &series, Some(&limit)).svg();
    let heights: Vec<f64> = points(wide(&svg), "polyline").iter().map(|point| point.1).collect();
    let level = numbers(wide(&svg), "#100006", "y1")[0];
    assert_eq!([heights[0] - heights[1], heights[1] - level], [950.0, 475.0], "{heights:?} {level}");
    assert!(heights[1] - heights[2] == 950.0 && svg.contains("warning 1,000"), "{heights:?}");
}

#[test]
fn bands_reach_up_to_the_sums_of_those_below() {
    let of = |role, values: &[f64]| Series { name: format!("{role:?}"), role, values: values.to_vec() };
    let series = [
        of(SeriesRole::Good, &[1.0, 2.0, 0.0]),
        of(SeriesRole::Bad, &[3.0, 2.0, 0.0]),
        of(SeriesRole::Neutral, &[6.0, 1.0, 10.0]),
    ];
    let svg = OverTime {
        title: "Bands",
        begins_micros: &begins(3, HOUR),
        interval_micros: HOUR,
        series: &series,
        stacked: true,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
    }
    .svg();
    // The scale goes from 0 to 10 in a plot of 190 pixels of 10 units.
    let heights = |sentinel: &str| -> Vec<f64> {
        let points: Vec<(f64, f64)> = points(wide(&svg), &format!("polygon opacity=\"1\" fill=\"{sentinel}\""));
        let base = points[0].1;
        points[1..points.len() - 1].iter().map(|point| (base - point.1) / 190.0).collect()
    };
    assert_eq!(heights("#200001"), [1.0, 1.0, 2.0, 2.0, 0.0, 0.0]);
    assert_eq!(heights("#200002"), [4.0, 4.0, 4.0, 4.0, 0.0, 0.0]);
    assert_eq!(heights("#200004"), [10.0, 10.0, 5.0, 5.0, 10.0, 10.0]);
}

#[test]
fn a_missing_interval_is_a_gap_between_bands() {
    let series = [Series { name: String::from("One"), role: SeriesRole::First, values: vec![1.0, 1.0] }];
    let svg = OverTime {
        title: "Gap",
        begins_micros: &[MONDAY, MONDAY + 2 * HOUR],
        interval_micros: HOUR,
        series: &series,
        stacked: true,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
    }
    .svg();
    let points = points(wide(&svg), "polygon");
    let base = points[0].1;
    let on_base: Vec<bool> = points.iter().map(|point| point.1 == base).collect();
    assert_eq!(on_base, [true, false, false, true, true, false, false, true]);
}

#[test]
fn bars_are_as_long_as_their_values() {
    let bars: Vec<(String, Vec<f64>)> =
        (0..12).map(|place| (format!("bar {place}"), vec![24.0 - 2.0 * f64::from(place), f64::from(place)])).collect();
    let parts = [(String::from("One"), SeriesRole::First), (String::from("Two"), SeriesRole::Second)];
    let svg = Ranking { title: "Bars", bars: &bars, parts: &parts, unit: Unit::Count }.svg();
    // The first of each colour is its sample beside its name; bar 0 has nothing of the second part.
    let first = numbers(wide(&svg), "rect x=", "width");
    let of = |sentinel: &str| numbers(wide(&svg), &format!("fill=\"{sentinel}\""), "width")[1..].to_vec();
    let (ones, twos) = (of("#200011"), of("#200012"));
    assert_eq!((ones.len(), twos.len(), first.len()), (10, 9, 21));
    for (place, width) in ones.iter().enumerate() {
        assert!((width / ones[0] - (24.0 - 2.0 * place as f64) / 24.0).abs() < 0.001, "{ones:?}");
    }
    for (place, width) in twos.iter().enumerate() {
        assert!((width / ones[0] - (place as f64 + 1.0) / 24.0).abs() < 0.001, "{twos:?}");
    }
    assert!(svg.contains(">\n24\n</text>") && !svg.contains("bar 10"));
}

#[test]
fn a_long_name_is_cut_and_told_in_full_when_pointed_at() {
    let name = "a-name-that-is-much-too-long-to-stand-beside-a-bar-of-any-graph-at-all.example.com";
    let bars = [(name.to_owned(), vec![1.0])];
    let svg =
        Ranking { title: "Bars", bars: &bars, parts: &[(String::from("All"), SeriesRole::First)], unit: Unit::Count }
            .svg();
    assert!(svg.contains(&format!("<title>{name}: 1</title>")) && svg.contains("\u{2026}"), "{svg}");
}

#[test]
fn what_cannot_be_drawn_is_drawn_as_nothing() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0];
    for svg in [lines_of(&odd, true), lines_of(&odd, false), lines_of(&[0.0], false), lines_of(&[0.0; 3], true)] {
        assert_well_formed(&svg);
        assert!(svg.contains("None in this time") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    assert!(lines_of(&[], true).contains("No interval yet"));
    assert!(!lines_of(&[3.0], false).contains("<polyline"), "one interval is a dot");
    let far = [u64::MAX - 1, u64::MAX];
    let series = [Series { name: String::new(), role: SeriesRole::Bad, values: vec![f64::MAX, f64::MAX] }];
    let series = [series[0].clone(), series[0].clone()];
    let graph = OverTime {
        title: "",
        begins_micros: &far,
        interval_micros: HOUR,
        series: &series,
        stacked: true,
        logarithmic: false,
        unit: Unit::Bytes,
        level: None,
    };
    assert_well_formed(&graph.svg());
    let ranking = Ranking { title: "", bars: &[(String::new(), vec![f64::NAN])], parts: &[], unit: Unit::Seconds };
    assert_well_formed(&ranking.svg());
}

#[test]
fn a_graph_is_described_in_a_sentence() {
    let svg = lines_of(&[1.0, 12_609.0, 3.0], false);
    let expected = "One, Mon 2 Mar 2009 00:00 to 03:00 GMT. The largest value is 12,609 (One), \
                    Mon 2 Mar 2009 01:00 to 02:00 GMT.";
    assert!(svg.contains(&format!("<desc>{expected}</desc>")), "{svg}");
    assert!(svg.contains("<title>Mon 2 Mar 2009 01:00 to 02:00 GMT\nOne: 12,609</title>"), "{svg}");
}
