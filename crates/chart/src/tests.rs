//! Whole graphs.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod samples;
mod scales;

use super::*;

const HOUR: u64 = 3_600_000_000;
/// Monday 2 March 2009.
const MONDAY: u64 = 14_305 * 24 * HOUR;

fn series(name: &str, role: SeriesRole, count: usize, value: impl Fn(f64) -> f64) -> Series {
    Series { name: name.to_owned(), role, values: (0..count).map(|place| value(place as f64)).collect() }
}

/// A daily rise and fall with some noise. The hour is counted from a Monday.
fn swing(hour: f64, low: f64, high: f64, unrest: f64) -> f64 {
    let day = ((hour - 14.0) / 24.0 * std::f64::consts::TAU).cos() / 2.0 + 0.5;
    let weekend = if hour >= 120.0 { 0.45 } else { 1.0 };
    let noise = ((hour * 12.9898).sin() * 43_758.545).fract().abs();
    ((low + (high - low) * day * day * weekend) * (1.0 + unrest * (noise - 0.5))).round()
}

fn begins(count: usize, interval_micros: u64) -> Vec<u64> {
    (0..count as u64).map(|place| MONDAY + place * interval_micros).collect()
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

/// A graph of counts by the hour, on a logarithmic scale.
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

/// The wide drawing of a graph.
pub(super) fn wide(svg: &str) -> &str {
    svg.split_once("</svg>").unwrap().0
}

/// The values of an attribute in the elements that contain the text `holding`.
fn attributes(svg: &str, holding: &str, name: &str) -> Vec<String> {
    let marker = format!(" {name}=\"");
    let elements = svg.split('<').filter(|element| element.contains(holding));
    let value = |element: &str| Some(element.split_once(&marker)?.1.split_once('"')?.0.to_owned());
    elements.filter_map(value).collect()
}

pub(super) fn numbers(svg: &str, holding: &str, name: &str) -> Vec<f64> {
    attributes(svg, holding, name).iter().map(|text| text.parse().unwrap()).collect()
}

/// The points of the first shape that contains the text `holding`.
pub(super) fn points(svg: &str, holding: &str) -> Vec<(f64, f64)> {
    let text = attributes(svg, holding, "points").swap_remove(0);
    let point = |pair: &str| pair.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
    text.split_whitespace().map(point).collect()
}

/// Fails unless all elements nest correctly, all attributes are quoted and all entities are known.
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
        turns: &[MarkedLoad { name: evil.to_owned(), load: 1.0, interval: Some((0.9, 1.1)) }],
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
    // The scale goes from 0 to 10 in a plot of 190 pixels, with 10 units per pixel.
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
    // The first rectangle of each colour is its sample in the legend. The second part of bar 0 is zero.
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
fn values_that_cannot_be_drawn_are_drawn_as_zero() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0];
    for svg in [lines_of(&odd, true), lines_of(&odd, false), lines_of(&[0.0], false), lines_of(&[0.0; 3], true)] {
        assert_well_formed(&svg);
        assert!(svg.contains("All values are zero") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
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
