//! Scales of graphs: small values, and scales that several graphs share.

use super::*;

#[test]
fn less_than_one_is_drawn_where_it_is() {
    // 0.25, 0.63 and 1 are spaced by their logarithms, above a baseline of 0.1.
    let series =
        [Series { name: String::from("Mean"), role: SeriesRole::First, values: vec![0.25, 0.63, 1.0, 10_000.0] }];
    let begins = begins(4, HOUR);
    let graph = orders_of(&begins, &series, None);
    let svg = graph.svg();
    let heights: Vec<f64> = points(wide(&svg), "polyline").iter().map(|point| point.1).collect();
    let order = (heights[2] - heights[3]) / 4.0;
    for (height, value) in heights.iter().zip([0.25_f64, 0.63, 1.0]) {
        let expected = heights[2] - value.log10() * order;
        assert!((height - expected).abs() <= 1.0, "{value}: {height} {expected}");
    }
    assert!(svg.contains(">\n0.1\n</text>") && !svg.contains('\u{2264}'), "{svg}");
    // On a log scale, zeros sit on the baseline, whose label then begins with "≤".
    let empty = [Series { values: vec![0.0, 0.63, 1.0, 10_000.0], ..series[0].clone() }];
    let svg = OverTime { series: &empty, ..graph }.svg();
    assert!(svg.contains(">\n\u{2264} 0.1\n</text>"), "{svg}");
}

#[test]
fn graphs_beside_each_other_have_one_scale() {
    let small = [Series { name: String::from("One"), role: SeriesRole::First, values: vec![0.5, 2.0] }];
    let large = [Series { name: String::from("One"), role: SeriesRole::First, values: vec![400.0, 70_000.0] }];
    let limit = MarkedValue { name: String::from("limit"), value: 500_000.0 };
    let begins = begins(2, HOUR);
    let (one, other) = (orders_of(&begins, &small, None), orders_of(&begins, &large, Some(&limit)));
    let labels = |svg: &str| {
        let axes = wide(svg).split("</g>").next().unwrap_or_default();
        axes.split("text-anchor=\"end\"")
            .skip(1)
            .filter_map(|label| Some(label.split(['>', '<']).nth(1)?.trim().to_owned()))
            .collect::<Vec<_>>()
    };
    let shared = ["0.1", "1", "10", "100", "1,000", "10k", "100k", "1M"];
    assert_eq!(labels(&one.svg_beside(&[one, other])), shared);
    assert_eq!(labels(&other.svg_beside(&[one, other])), shared);
    assert_eq!(labels(&one.svg()), ["0.1", "1", "10"]);
    let over_load = |series| OverLoad {
        title: "CPU",
        across: "times",
        loads: &[1.0, 2.0],
        series,
        intervals: &[],
        stacked: true,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
        turns: &[],
    };
    let (one, other) = (over_load(&small), over_load(&large));
    assert_eq!(labels(&one.svg_beside(&[other])), ["0", "20k", "40k", "60k", "80k"]);
    assert_eq!(labels(&one.svg()), ["0", "0.5", "1.0", "1.5", "2.0"]);
}

#[test]
fn an_interval_that_reaches_below_the_scale_marks_its_bottom() {
    let series = [Series { name: String::from("Mean"), role: SeriesRole::First, values: vec![3.0, 30.0] }];
    let svg = |low: f64| {
        let intervals = [vec![(low, 4.0), (25.0, 35.0)]];
        let graph = OverLoad {
            title: "Delay",
            across: "times",
            loads: &[1.0, 2.0],
            series: &series,
            intervals: &intervals,
            stacked: false,
            logarithmic: true,
            unit: Unit::Seconds,
            level: None,
            turns: &[],
        };
        graph.svg()
    };
    assert!(svg(0.0).contains(">\n\u{2264} 1 s\n</text>") && svg(2.0).contains(">\n1 s\n</text>"));
}
