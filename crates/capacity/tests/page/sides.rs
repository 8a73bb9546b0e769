//! Two sides on one page.

use super::*;

#[test]
fn two_sides_share_graphs_and_have_a_table_of_differences() {
    let one = plan_side("one", &["all", "a", "b"], &points(), Some(limit(1.5, 0.1, &[(Resource::Workers, 2)])));
    let two = plan_side("two", &["all"], &points(), Some(limit(1.2, 0.1, &[(Resource::Processor, 2)])));
    let more = point(
        1.0,
        &[
            ("delay_p99", estimate(0.42, 0.1)),
            ("delay_p50", estimate(-3.0, 1.0)),
            ("cpu", estimate(0.01, 0.02)),
            ("cpu_reporting", estimate(1e-5, 0.0)),
        ],
        0,
    );
    let plan = Plan { differences: vec![more], ..plan(2, vec![one, two]) };
    let page = page(&plan);
    assert_sound(&page);
    let text = text(&page);
    for expected in [
        "Curves of a",
        "Curves of b",
        "Time in the work queue",
        "Use of limited resources, A: one",
        "Use of limited resources, B: two",
        "A stops keeping up at 1.5",
        "B stops keeping up at 1.2",
        "All figures, A: one, all appliances",
        "All figures, A: one, b",
        "All figures, B: two",
        "\u{25b2} +0.42 s +0.32 s to +0.52 s",
        "\u{25bc} \u{2212}3 s \u{2212}4 s to \u{2212}2 s",
        "CPU +1.0% \u{2212}1.0% to +3.0%",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    // A difference has no arrow if it may be chance, or if it is too small to be written.
    assert_eq!(page.matches("class=\"arrow\"").count(), 2);
    assert_eq!(page.matches("differs\">").count(), 2);
}

#[test]
fn names_are_escaped_everywhere() {
    let first =
        FirstExhaustion { resource: Resource::Workers, appliance: EVIL.to_owned(), begin_micros: TUESDAY, seeds: 2 };
    let limit = Limit { first: vec![first], ..limit(1.5, 0.1, &[]) };
    let sides = [EVIL, "other"].map(|name| plan_side(name, &["all", EVIL], &points(), Some(limit.clone())));
    for sides in [sides[..1].to_vec(), sides.to_vec()] {
        let plan = Plan {
            scenario: EVIL.to_owned(),
            load_of: Traffic::Class(EVIL.to_owned()),
            differences: points(),
            ..plan(2, sides)
        };
        let page = page(&plan);
        assert_sound(&page);
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(page.contains("a&#60;b&#62;&#38;") || page.contains("a&lt;b&gt;&amp;"), "{page}");
    }
}

/// The text of a comparison with a difference in CPU.
fn compared(seeds: u64, sides: [PlanSide; 2], limit_difference: Option<Estimate>) -> String {
    let differences = vec![point(1.0, &[("cpu", estimate(0.2, 0.0))], 0)];
    let page = page(&Plan { differences, limit_difference, ..plan(seeds, sides.to_vec()) });
    assert_sound(&page);
    assert_eq!(page.contains("class=\"arrow\""), seeds > 1, "arrows need more than one seed");
    text(&page)
}

fn sides(names: [&str; 2], limits: [Option<Limit>; 2]) -> [PlanSide; 2] {
    let [one, two] = limits;
    [plan_side(names[0], &["all"], &points(), one), plan_side(names[1], &["all"], &points(), two)]
}

#[test]
fn the_comparison_of_the_limits_comes_first() {
    let limits = [4.0, 5.0].map(|load| Some(limit(load, 0.1, &[])));
    let text = compared(5, sides(["one", "two"], limits), Some(estimate(1.0, 0.1)));
    let expected =
        "B&#39;s limit is 25% higher than A&#39;s: the limits differ by 1 (0.9 to 1.1) times the scenario&#39;s mail.";
    let found = text.find(expected).unwrap_or_else(|| panic!("{expected}: {text}"));
    assert!(found < text.find("A: one").unwrap(), "{text}");
    let text = compared(5, sides(["one", "two"], [None, None]), None);
    assert!(!text.contains("keeps up with"), "{text}");
}

#[test]
fn the_heading_names_both_sides_and_their_times() {
    let same = compared(2, sides(["c650-week", "c650-week with workers=12"], [None, None]), None);
    for expected in [
        "c650-week: A and B compared all traffic at 3 loads from 0.5 to 2 \u{b7} Mon 17 Nov 2008 00:00 to",
        "A: c650-week The work queue",
        "B: c650-week with workers=12 The work queue",
        "their traffic is the same as far as their scenarios agree",
    ] {
        assert!(same.contains(expected), "{expected}: {same}");
    }
    let mut other = sides(["c650-week with volume=2", "mccolo"], [None, None]);
    other[1].begin = Moment::from_micros(TUESDAY - 57 * HOUR);
    let other = compared(2, other, None);
    for expected in [
        "c650-week and mccolo compared all traffic at 3 loads from 0.5 to 2 \u{b7} different times \u{b7} 2 seeds",
        "A: c650-week with volume=2 Mon 17 Nov 2008 00:00 to Mon 24 Nov 2008 00:00 GMT",
        "B: mccolo Sun 16 Nov 2008 00:00 to Mon 24 Nov 2008 00:00 GMT",
        "The sides cover different times, so their traffic differs",
    ] {
        assert!(other.contains(expected), "{expected}: {other}");
    }
    assert!(!other.contains("traffic is the same"), "{other}");
}

#[test]
fn with_one_seed_any_difference_may_be_chance() {
    let text = compared(1, sides(["one", "two"], [None, None]), None);
    assert!(text.contains("One seed gives no interval, so any difference may be chance."), "{text}");
    assert!(!text.contains("is bold") && !text.contains('\u{25b2}'), "{text}");
}

#[test]
fn a_long_name_appears_once() {
    let long = "c650-week with events=[{ begin = 2008-11-18T09:00:00Z, span = 1h }]";
    let text = compared(2, sides(["c650-week", long], [None, None]), None);
    assert_eq!(text.matches("events=").count(), 1, "{text}");
    for expected in ["Use of limited resources, B ", "All figures, A ", "A: most"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn the_difference_is_unknown_if_a_side_does_not_drain() {
    let side = |undrained: f64| {
        let given = [("drain", estimate(93_600.0, 60.0)), ("undrained", estimate(undrained, 0.0))];
        plan_side("v", &["all"], &[point(1.0, &given, 2)], None)
    };
    let row = |undrained: f64| {
        let differences = vec![point(1.0, &[("drain", estimate(3_600.0, 60.0))], 0)];
        let text = text(&page(&Plan { differences, ..plan(2, vec![side(0.0), side(undrained)]) }));
        // Both sides have it among their main figures, before the differences.
        let row = text.split("Time to drain after the worst peak ").nth(3).unwrap();
        row.split_once(" Runs whose").unwrap().0.to_owned()
    };
    assert_eq!(row(0.0), "\u{25b2} +1 h +59 min to +1 h 1 min");
    assert_eq!(row(1.0), "\u{2014} unknown");
}
