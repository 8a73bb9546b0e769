//! The graph of the objective that is broken first.

use super::*;

/// A side that breaks an objective at a load, give or take a tenth.
fn side(objective: &str, load: Option<f64>, points: &[Point]) -> PlanSide {
    let first = load.map(|_| FirstBroken {
        objective: objective.parse().unwrap(),
        seeds: 2,
        worst_hour_micros: None,
        worst_hour_seeds: 0,
    });
    let limit = ObjectiveLimit {
        load: load.map(|load| estimate(load, 0.1)),
        loads: vec![load; 2],
        searched: 1_000.0,
        first: first.into_iter().collect(),
    };
    let objectives = format!("{objective},mean<9d").parse().unwrap();
    PlanSide {
        objectives: Some(ObjectiveResult { objectives, limit: Some(limit) }),
        ..plan_side("v", &["all"], points, None)
    }
}

/// The heading and the drawings of the first graph.
fn first(sides: Vec<PlanSide>) -> (String, String) {
    let page = page(&plan(2, sides));
    assert_sound(&page);
    let figure = page.split("<figure>").nth(1).unwrap().split_once("</figure>").unwrap().0;
    let heading = figure.split_once("<h3>").unwrap().1.split_once("</h3>").unwrap().0;
    (heading.replace("&#60;", "<"), figure.to_owned())
}

#[test]
fn the_first_graph_shows_where_the_objective_is_broken() {
    let (heading, figure) = first(vec![side("p99<1s", Some(1.5), &points())]);
    assert_eq!(heading, "Objective p99<1s");
    for expected in [
        "Time in the work queue, 99th percentile.",
        "The shaded column is the confidence interval",
        "Marked: p99&lt;1s. Marked: broken at 1.5 (1.4 to 1.6).",
        "Load 1\nTime in the work queue, 99th percentile: 0.42 s (0.39 s to 0.45 s)",
        "fill=\"#100007\"",
    ] {
        assert!(figure.contains(expected), "{expected}: {figure}");
    }
    let (heading, figure) = first(vec![side("p99<1s", None, &points())]);
    assert_eq!(heading, "Objective p99<1s");
    assert!(!figure.contains("broken at") && !figure.contains("fill=\"#100007\""), "{figure}");
}

#[test]
fn an_objective_of_zero_shows_the_use_of_the_limit() {
    let at = |load: f64, given: &[(&str, f64)]| {
        let given: Vec<(&str, Estimate)> = given.iter().map(|(name, mean)| (*name, estimate(*mean, 0.0))).collect();
        point(load, &given, 2)
    };
    let used = [("public_connections_used", 0.5), ("queue_disk_used", 0.75)];
    let turned = |name: &'static str| vec![at(1.0, &used), at(2.0, &[("turned_away", 9.0), (name, 9.0)])];
    for (objective, points, expected) in [
        ("turned_away=0", turned("turned_away_public"), "Connections to a public listener, share of its limit: 50.0%"),
        ("turned_away=0", turned("turned_away_disk"), "Queue disk, share of its size: 75.0%"),
        ("turned_away=0", turned("turned_away_suspended"), "Connections turned away because a limit was reached: 0"),
        // Nothing is turned away, so the limit that is used most is shown.
        ("turned_away=0", vec![at(1.0, &used), at(2.0, &used)], "Queue disk, share of its size: 75.0%"),
        (
            "turned_away_public=0",
            turned("turned_away_disk"),
            "Connections to a public listener, share of its limit: 50.0%",
        ),
        ("turned_away<5", turned("turned_away_public"), "Connections turned away because a limit was reached: 0"),
    ] {
        let (heading, figure) = first(vec![side(objective, Some(1.5), &points)]);
        assert_eq!(heading, format!("Objective {objective}"));
        assert!(figure.contains(&format!("<title>Load 1\n{expected}")), "{expected}: {figure}");
        assert_eq!(figure.contains("Marked: full."), expected.contains("share of"), "{figure}");
    }
}

#[test]
fn both_sides_share_the_graph_of_an_objective() {
    let sides = [("p99<1s", 1.5), ("p99<1s", 1.2)].map(|(objective, load)| side(objective, Some(load), &points()));
    let (_, figure) = first(sides.to_vec());
    assert!(
        figure.contains("Marked: A: broken at 1.5 (1.4 to 1.6). Marked: B: broken at 1.2 (1.1 to 1.3)."),
        "{figure}"
    );
    let others = [("p99<1s", 1.5), ("queue<9", 1.2)].map(|(objective, load)| side(objective, Some(load), &points()));
    let page = page(&plan(2, others.to_vec()));
    for (objective, marked) in [("p99<1s", "A: broken at 1.5"), ("queue<9", "B: broken at 1.2")] {
        let drawing = drawing(&page, &format!("Objective {}", objective.replace('<', "&lt;")));
        assert!(drawing.contains(marked) && drawing.matches("fill=\"#100007\"").count() == 2, "{drawing}");
    }
}
