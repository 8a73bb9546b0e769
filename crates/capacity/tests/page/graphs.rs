//! The graphs of the page.

use super::*;

#[test]
fn turned_away_connections_are_shown_if_there_are_any() {
    let points = [point(1.0, &[], 2), point(2.0, &[("turned_away", estimate(40.0, 3.0))], 2)];
    let page = page(&plan(2, vec![plan_side("v", &["all"], &points, None)]));
    assert_sound(&page);
    assert!(text(&page).contains("Turned away or delayed"));
}

/// The lines of a graph's tooltip at a load, one for each value.
fn tip<'a>(drawing: &'a str, load: &str) -> Vec<&'a str> {
    let tip = drawing.split_once(&format!("<title>Load {load}\n")).unwrap().1.split_once("</title>").unwrap().0;
    tip.lines().collect()
}

#[test]
fn use_is_that_of_the_listener_nearest_its_limit() {
    // The listener with the most connections uses a tenth of its limit, and another listener half.
    let given = [("public_connections_max", estimate(100.0, 0.0)), ("public_connections_used", estimate(0.5, 0.0))];
    let points = [point(1.0, &given, 2), point(2.0, &given, 2)];
    let page = page(&plan(2, vec![plan_side("v", &["all"], &points, None)]));
    let tip = tip(drawing(&page, "Use of limited resources"), "2");
    assert_eq!(tip[3], "Public listener: 50.0%", "{tip:?}");
}

#[test]
fn one_load_makes_no_curve_and_few_intervals_no_line() {
    let headings = |points: &[Point]| {
        let page = page(&plan(2, vec![plan_side("v", &["all"], points, None)]));
        assert_sound(&page);
        let graphs = page.split("<figcaption><h3>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        (graphs.collect::<Vec<String>>(), text(&page).contains("because only one load was run"))
    };
    assert_eq!(headings(&[point(1.0, &[], 4)]), (vec![String::from("The work queue over time")], true));
    assert_eq!(headings(&[point(1.0, &[], 3)]), (Vec::new(), false));
    let several = headings(&[point(1.0, &[], 3), point(2.0, &[], 3)]).0;
    assert!(several.len() == 5 && !several.contains(&String::from("The work queue over time")), "{several:?}");
}

#[test]
fn sides_are_drawn_on_the_same_scale() {
    let side = |name: &str, depth: f64| {
        let at = |load: f64| {
            let mut point = point(load, &[("cpu_anti_spam", estimate(depth / 1e5, 0.0))], 4);
            point.hours.iter_mut().for_each(|hour| hour.depth_mean = depth * load);
            point
        };
        plan_side(name, &["all"], &[at(1.0), at(2.0)], None)
    };
    let page = page(&plan(2, vec![side("one", 0.25), side("two", 40_000.0)]));
    assert_sound(&page);
    let marks = |name: &str| {
        let drawing = drawing(&page, name);
        let axes = drawing.split_once("<g class=\"chart-axes\">").unwrap().1.split_once("</g>").unwrap().0;
        let labels = axes.split("text-anchor=\"end\"").skip(1);
        labels.map(|label| label.split(['>', '<']).nth(1).unwrap().trim().to_owned()).collect::<Vec<String>>()
    };
    // One side has a quarter of a message in the queue. The other has so many that its own scale would begin at 10k.
    let week = marks("The work queue over time, A: one");
    assert_eq!(week, ["0.1", "1", "10", "100", "1,000", "10k", "100k"]);
    assert_eq!(week, marks("The work queue over time, B: two"));
    assert_eq!(marks("CPU by function, A: one"), ["0", "10%", "20%", "30%", "40%"]);
    assert_eq!(marks("CPU by function, A: one"), marks("CPU by function, B: two"));
}

#[test]
fn a_comparison_shows_two_percentiles_of_each_side() {
    let at = |load: f64, delay: f64| {
        let given = [("delay_p50", estimate(delay, 0.0)), ("delay_p99", estimate(10.0 * delay, 0.0))];
        point(load, &given, 2)
    };
    let side = |name: &str, delay: f64| plan_side(name, &["all"], &[at(1.0, delay), at(2.0, 2.0 * delay)], None);
    let page = page(&plan(2, vec![side("one", 1.0), side("two", 3.0)]));
    let tip = tip(drawing(&page, "Time in the work queue"), "2");
    assert_eq!(tip, ["B: 99% within: 1 min", "B: 50% within: 6 s", "A: 99% within: 20 s", "A: 50% within: 2 s"]);
    for side in ["A: one", "B: two"] {
        assert!(drawing(&page, &format!("CPU by function, {side}")).contains("Anti-virus"));
    }
}
