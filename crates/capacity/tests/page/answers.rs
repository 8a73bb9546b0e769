//! The answers at the top of the page.

use super::*;

/// The text with the escapes of the page.
fn escaped(text: &str) -> String {
    text.replace('\'', "&#39;")
}

#[test]
fn the_answer_comes_first() {
    let limit = limit(9.3, 0.1, &[(Resource::Workers, 4), (Resource::Processor, 1)]);
    let plan = plan(5, vec![plan_side("c650-week", &["all"], &points(), Some(limit))]);
    let (page, verdict) = (page(&plan), PlanVerdict::new(&plan));
    assert_sound(&page);
    let sentences = [vec![verdict.sides[0].headline()], verdict.sides[0].details()].concat();
    let expected = escaped(&format!("In short {} The figures are for load 1", sentences.join(" ")));
    let text = text(&page);
    let found = text.find(&expected).unwrap_or_else(|| panic!("{expected}: {text}"));
    assert!(found < text.find("Curves").unwrap());
    assert!(text.contains(&verdict.notes().join(" ")));
    for expected in [
        "0.42 s 0.39 s to 0.45 s",
        "12,609 12,509 to 12,709",
        "31.0% 29.0% to 33.0%",
        "2 h 24 min 0 s to 4 h 54 min",
        "1 GiB",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(page.contains("stops keeping up at 9.3 \u{2192}") && page.contains("warning 10,000"));
    assert!(text.contains("crates/capacity/MODEL.md"));
}

#[test]
fn a_graph_shows_the_limit_in_a_few_words() {
    let label = |least: f64, loads: &[Option<f64>]| {
        let found: Vec<f64> = loads.iter().copied().flatten().collect();
        let load = (found.len() == loads.len()).then(|| Estimate::new(&found));
        let limit = Limit { load, loads: loads.to_vec(), searched: 1000.0, first: Vec::new() };
        text_of(5, plan_side("v", &["all"], &[point(least, &[], 2), point(2.0, &[], 2)], Some(limit)))
    };
    let some = label(0.5, &[Some(320.0), None, Some(870.0), Some(500.4), Some(400.0)]);
    assert!(some.contains("stops keeping up at 320 or more (4 of 5 seeds)"), "{some}");
    let none = label(0.5, &[Some(Limit::LEAST); 5]);
    assert!(none.contains("\u{2190} keeps up at no load"), "{none}");
    assert!(!none.contains("stops keeping up at"), "{none}");
    let every = label(0.5, &[None; 5]);
    assert!(!every.contains("keeps up at no load") && !every.contains("stops keeping up"), "{every}");
}

#[test]
fn a_plan_without_results_has_a_page() {
    let page = page(&plan(1, vec![plan_side("v", &["all"], &[point(0.25, &[], 1)], None)]));
    assert_sound(&page);
    let text = text(&page);
    for expected in [
        "at load 0.25 \u{b7}",
        "\u{b7} 1 seed ",
        "Load 1 was not run. The figures are for load 0.25.",
        "At load 0.25, no message waits for a worker.",
        "0 s",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("Turned away or delayed"), "{text}");
    assert_sound(&self::page(&plan(1, vec![plan_side("v", &["all"], &[], None)])));
    assert_sound(&self::page(&plan(1, Vec::new())));
}

#[test]
fn the_page_shows_overrides_of_the_scenario() {
    let given =
        PlanSide { volume: 0.4, ..plan_side("c650-week with volume=0.4, workers=1", &["all"], &points(), None) };
    let text = text_of(2, given);
    assert!(text.contains("c650-week with volume=0.4, workers=1 all traffic at 3 loads"), "{text}");
    assert!(text.contains("The figures are for load 1: the scenario as given, with its volume of 0.4."), "{text}");
    let plain = text_of(2, plan_side("c650-week", &["all"], &points(), None));
    assert!(plain.contains("c650-week all traffic at 3 loads") && plain.contains("the scenario as given. "), "{plain}");
}

#[test]
fn the_time_of_a_backlog_that_does_not_drain_is_a_lower_bound() {
    let at =
        |undrained: f64| point(1.0, &[("drain", estimate(93_600.0, 60.0)), ("undrained", estimate(undrained, 0.0))], 2);
    let text = |undrained| text_of(5, plan_side("v", &["all"], &[at(undrained)], None));
    let some = text(0.4);
    assert!(some.contains("Time to drain after the worst peak more than 1 d 2 h Workers busy"), "{some}");
    assert!(some.contains("Time to drain after the worst peak more than 1 d 2 h Runs whose"), "{some}");
    let drained = text(0.0);
    assert!(!drained.contains("more than"), "{drained}");
}

#[test]
fn one_seed_gives_no_interval() {
    let limit = Limit { loads: vec![Some(2.0)], ..limit(2.0, 0.0, &[]) };
    let text = text_of(1, plan_side("v", &["all"], &points(), Some(limit)));
    assert!(text.contains("One seed gives no confidence interval."), "{text}");
    assert!(text.contains("Each dot is a load that was run. One seed gives no confidence intervals."), "{text}");
}
