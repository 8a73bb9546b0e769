//! What the page answers before all its figures.

use super::*;

#[test]
fn the_answer_comes_first_and_in_words() {
    let limit = limit(9.3, 0.1, &[(Resource::Workers, 4), (Resource::Processor, 1)]);
    let page = page(&plan(5, vec![variant("c650-week", &["all"], &points(), Some(limit))]));
    assert_sound(&page);
    let expected = "Stops keeping up at 9.3 times today&#39;s mail (9.2 to 9.4). The workers of c650 are exhausted first, \
                    from Tue 18 November 2008 09:00 GMT on, in 4 of 5 seeds. In 1 of 5 seeds the processor of c650 is \
                    exhausted first. Headroom: 8.3 times today&#39;s mail on top.";
    let text = text(&page);
    let found = text.find(expected).unwrap_or_else(|| panic!("{text}"));
    assert!(found < text.find("Curves").unwrap());
    for expected in
        ["0.42 s 0.39 s to 0.45 s", "12,609 12,509 to 12,709", "31.0% 29.0% to 33.0%", "2.4 h 0 s to 4.9 h", "1 GiB"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(page.contains("stops keeping up at 9.3 \u{2192}") && page.contains("warning 10,000"));
    assert!(text.contains("crates/capacity/MODEL.md"));
}

#[test]
fn a_limit_is_told_in_its_own_words() {
    let sentence = |limit: Option<Limit>, load_of: &str| {
        let plan = Plan { load_of: load_of.to_owned(), ..plan(2, vec![variant("v", &["all"], &points(), limit)]) };
        text(&page(&plan))
    };
    let none = Limit { load: None, loads: vec![None; 5], searched: 64.0, first: Vec::new() };
    let cases = [
        (Some(none), "all traffic", "Keeps up at every load tried, up to 64 times today&#39;s mail."),
        (None, "all traffic", "Where it stops keeping up was not asked."),
        (
            Some(limit(0.8, 0.0, &[(Resource::QueueDisk, 2)])),
            "outgoing mail",
            "Stops keeping up at 0.8 times today&#39;s outgoing mail. The room for the queue of c650 is exhausted first, from \
             Tue 18 November 2008 09:00 GMT on. There is no headroom: it does not keep up with today&#39;s outgoing mail.",
        ),
        (
            Some(limit(3.0, 0.0, &[])),
            "class spam-bots",
            "Stops keeping up at 3 times today&#39;s mail of class spam-bots. Headroom: 2 times",
        ),
    ];
    for (limit, load_of, expected) in cases {
        let text = sentence(limit, load_of);
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn one_seed_one_load_and_nothing_to_see_make_a_page() {
    let page = page(&plan(1, vec![variant("v", &["all"], &[point(0.25, &[], 1)], None)]));
    assert_sound(&page);
    let text = text(&page);
    for expected in [
        "at load 0.25 \u{b7}",
        "\u{b7} 1 seed ",
        "Load 1 was not run: these are the figures of load 0.25.",
        "No message had to wait for a worker, so there was nothing to drain.",
        "0 s",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("Turned away and put off"), "{text}");
    assert_sound(&self::page(&plan(1, vec![variant("v", &["all"], &[], None)])));
    assert_sound(&self::page(&plan(1, Vec::new())));
}

/// What is said of a limit, with five seeds.
fn told(limit: Limit) -> String {
    text_of(5, variant("v", &["all"], &points(), Some(limit)))
}

#[test]
fn a_limit_of_some_seeds_is_none_of_keeping_up() {
    let some = [Some(320.0), None, Some(870.0), Some(500.4), Some(400.0)];
    let text = told(limit_of(&some, None, &[(Resource::PublicConnections, 4)]));
    let expected = "Stops keeping up in 4 of 5 seeds, at 320 to 870 times today&#39;s mail; in the other it keeps up to 1,000 \
                    times. The connections to a public listener of c650 are exhausted first, from Tue 18 November 2008 09:00 \
                    GMT on, in 4 of 5 seeds. Headroom: 319 times today&#39;s mail on top.";
    assert!(text.contains(expected) && !text.contains("Keeps up at every load"), "{text}");
    assert!(text.contains("stops keeping up in 4 of 5 seeds, from 320 on"), "{text}");
    let text = told(limit_of(&[Some(0.5), None, None, None, None], None, &[(Resource::Workers, 1)]));
    let expected =
        "Stops keeping up in 1 of 5 seeds, at 0.5 times today&#39;s mail; in the other 4 it keeps up to 1,000 times.";
    assert!(text.contains(expected) && text.contains("There is no headroom"), "{text}");
}

#[test]
fn a_limit_at_the_least_load_is_there_or_below() {
    let least = Estimate::new(&[Limit::LEAST; 5]);
    let text = told(limit_of(&[Some(Limit::LEAST); 5], Some(least), &[(Resource::SuspendedListeners, 5)]));
    let expected = "Does not keep up even with 0.001 times today&#39;s mail, the least that is tried. The listeners of c650 are \
                    suspended first, from Tue 18 November 2008 09:00 GMT on. What a script lists by number is never \
                    multiplied, so it may be too much whatever the load.";
    assert!(text.contains(expected), "{text}");
    assert!(text.contains("\u{2190} keeps up at no load"), "{text}");
    for refused in ["headroom", "Headroom", "Stops keeping up", "stops keeping up at"] {
        assert!(!text.contains(refused), "{refused}: {text}");
    }
    let loads = [Limit::LEAST, 2.0, 2.0, 2.0, 2.0];
    let text = told(limit_of(&loads.map(Some), Some(Estimate::new(&loads)), &[]));
    let expected = "In 1 of 5 seeds it does not keep up even with 0.001 times, the least that is tried. Headroom: 0.6 times \
                    today&#39;s mail on top, but none in 1 of 5 seeds.";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn what_it_is_to_keep_up_and_when_the_queue_is_long_stand_by_the_answer() {
    let meaning = "A site keeps up as long as messages do not wait for workers without a break for a day and nothing else is \
                   exhausted:";
    assert!(told(limit(2.0, 0.1, &[])).contains(meaning));
    assert!(!text_of(5, variant("v", &["all"], &points(), None)).contains(meaning));
    let late = |load: f64, above: f64| {
        point(load, &[("above_warning", estimate(above, 0.0)), ("delay_p99", estimate(3_600.0 * load, 0.0))], 2)
    };
    let long = text_of(2, variant("v", &["all"], &[late(1.0, 0.0), late(2.5, 0.1), late(4.0, 0.5)], None));
    let expected = "Of the loads run, the work queue passes the warning of 10,000 messages from load 2.5 on. From load 1 on, \
                    one in a hundred messages is in it for 60 min or longer.";
    assert!(long.contains(expected), "{long}");
    let short = text_of(2, variant("v", &["all"], &[late(1.0, 0.0)], None));
    assert!(
        short.contains("At no load that was run does the work queue pass the warning of 10,000 messages."),
        "{short}"
    );
}

#[test]
fn values_that_override_the_scenario_are_told() {
    let given = Variant { volume: 0.4, ..variant("c650-week with volume=0.4, workers=1", &["all"], &points(), None) };
    let text = text_of(2, given);
    assert!(text.contains("c650-week with volume=0.4, workers=1 all traffic at 3 loads"), "{text}");
    assert!(text.contains("These are the figures of load 1, the scenario as given, at its volume of 0.4."), "{text}");
    let plain = text_of(2, variant("c650-week", &["all"], &points(), None));
    assert!(plain.contains("c650-week all traffic at 3 loads") && plain.contains("the scenario as given. "), "{plain}");
}

#[test]
fn a_backlog_that_does_not_drain_is_no_measurement() {
    let at =
        |undrained: f64| point(1.0, &[("drain", estimate(93_600.0, 60.0)), ("undrained", estimate(undrained, 0.0))], 2);
    let text = |seeds, undrained| text_of(seeds, variant("v", &["all"], &[at(undrained)], None));
    let some = text(5, 0.4);
    let expected = "To drain after the worst peak more than 26 h in 2 of 5 seeds it does not drain within a day";
    assert!(some.contains(expected), "{some}");
    assert!(some.contains("Time to drain after the worst peak &#62; 26 h Runs in which"), "{some}");
    assert!(text(1, 1.0).contains("more than 26 h it does not drain within a day"));
    let drained = text(5, 0.0);
    assert!(!drained.contains("more than") && !drained.contains("&#62;"), "{drained}");
}

#[test]
fn one_seed_gives_no_interval() {
    let text =
        text_of(1, variant("v", &["all"], &points(), Some(limit_of(&[Some(2.0)], Some(estimate(2.0, 0.0)), &[]))));
    assert!(
        text.contains("Stops keeping up at 2 times today&#39;s mail. One seed gives no interval. Headroom: 1 times"),
        "{text}"
    );
    assert!(text.contains("with one seed there are no confidence intervals"), "{text}");
}
