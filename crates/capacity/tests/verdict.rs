//! The sentences of a verdict.

use tollgate_capacity::{Estimate, FirstExhaustion, Limit, Plan, PlanVerdict, Point, Resource, SideVerdict};
use tollgate_scenario::Traffic;

use crate::plans::{TUESDAY, estimate, limit, limit_of, plan, plan_side, point, points};

/// The verdict of a plan of one side.
fn side(seeds: u64, points: &[Point], limit: Option<Limit>) -> SideVerdict {
    PlanVerdict::new(&plan(seeds, vec![plan_side("week", &["all"], points, limit)])).sides.remove(0)
}

/// A limit from those of the seeds, with the first exhaustion of each.
fn seed_limits(loads: &[Option<f64>]) -> Limit {
    let found: Vec<f64> = loads.iter().copied().flatten().collect();
    let load = (found.len() == loads.len()).then(|| Estimate::new(&found));
    let first = FirstExhaustion {
        resource: Resource::QueueDisk,
        appliance: "c650".into(),
        begin_micros: TUESDAY,
        seeds: found.len(),
    };
    let first = if found.is_empty() { Vec::new() } else { vec![first] };
    Limit { load, loads: loads.to_vec(), searched: 1000.0, first }
}

/// The headline and the sentences about the limit, without those about the queue and the backlog.
fn limit_sentences(least: f64, limit: Limit) -> Vec<String> {
    let seeds = limit.loads.len() as u64;
    let verdict = side(seeds, &[point(least, &[], 2), point(4.0, &[], 2)], Some(limit));
    let details = verdict.details();
    let (of_limit, others) = details.split_at(details.len() - 2);
    assert!(others[0].starts_with("The work queue ") && others[1].starts_with("At load "), "{others:?}");
    std::iter::once(verdict.headline()).chain(of_limit.iter().cloned()).collect()
}

#[test]
fn a_limit_has_a_headline_and_details() {
    let disk = "At that load, the queue disk of c650 is exhausted first, from Tue 18 Nov 2008 09:00 GMT.";
    let disk_in = |seeds: &str| {
        format!(
            "At that load, the queue disk of c650 is exhausted first, from Tue 18 Nov 2008 09:00 GMT, with {seeds} seeds."
        )
    };
    let scripted = "Loads do not multiply scripted mail, which may be too much by itself.";
    let cases = [
        (0.5, vec![Some(2.0), Some(2.0)], vec!["Stops keeping up at 2 times the scenario's mail.", disk]),
        (0.5, vec![Some(0.8), Some(0.8)], vec!["Stops keeping up at 0.8 times the scenario's mail.", disk]),
        (0.5, vec![Some(1.0), Some(1.0)], vec!["Stops keeping up at 1 times the scenario's mail.", disk]),
        (0.5, vec![None, None], vec!["Keeps up at every load that was tried, up to 1,000 times the scenario's mail."]),
        (
            0.5,
            vec![Some(0.001), Some(0.001)],
            vec![
                "Does not keep up even with 0.001 times the scenario's mail, the smallest load that was tried.",
                disk,
                scripted,
            ],
        ),
        (0.0001, vec![Some(0.0005)], vec!["Stops keeping up at 0.0005 times the scenario's mail.", disk]),
        // A load of the sweep counts as tried.
        (
            0.0004,
            vec![Some(0.0004); 5],
            vec![
                "Does not keep up even with 0.0004 times the scenario's mail, the smallest load that was tried.",
                disk,
                scripted,
            ],
        ),
    ];
    for (least, loads, expected) in cases {
        assert_eq!(limit_sentences(least, seed_limits(&loads)), expected);
    }
    let some = seed_limits(&[Some(870.0), Some(400.0), None, Some(320.0), Some(500.0)]);
    let expected = [
        "Stops keeping up at 320 to 870 times the scenario's mail with 4 of 5 seeds; with the other seed, keeps up at all loads up to 1,000.",
        &disk_in("4 of 5"),
    ];
    assert_eq!(limit_sentences(0.5, some), expected);
    let one = seed_limits(&[None, Some(400.0), None]);
    let expected = "Stops keeping up at 400 times the scenario's mail with 1 of 3 seeds; with the other seeds, keeps up at all loads up to \
                    1,000.";
    assert_eq!(limit_sentences(0.5, one)[0], expected);
    let hopeless = seed_limits(&[Some(0.001), None, Some(3.0)]);
    let expected = [
        "Stops keeping up at 0.001 to 3 times the scenario's mail with 2 of 3 seeds; with the other seed, keeps up at all loads up to 1,000.",
        &disk_in("2 of 3"),
        "With 1 of 3 seeds, the site does not keep up even with 0.001 times the scenario's mail, the smallest load that was tried.",
        scripted,
    ];
    assert_eq!(limit_sentences(0.5, hopeless), expected);
}

#[test]
fn a_limit_has_its_interval_and_names_each_resource() {
    let limit = limit(9.3, 0.1, &[(Resource::Workers, 3), (Resource::Processor, 1), (Resource::SuspendedListeners, 1)]);
    let expected = [
        "Stops keeping up at 9.3 (9.2 to 9.4) times the scenario's mail.",
        "At that load, the workers of c650 are exhausted first, from Tue 18 Nov 2008 09:00 GMT, with 3 of 5 seeds.",
        "With 1 of 5 seeds, the processor of c650 is exhausted first.",
        "With 1 of 5 seeds, the listeners of c650 are suspended first.",
    ];
    assert_eq!(limit_sentences(0.5, limit), expected);
    for (resource, expected) in [
        (
            Resource::PublicConnections,
            "At that load, the connections to a public listener of c650 are exhausted first,",
        ),
        (
            Resource::PrivateConnections,
            "At that load, the connections to a private listener of c650 are exhausted first,",
        ),
        (Resource::OutgoingConnections, "At that load, the outgoing connections of c650 are exhausted first,"),
    ] {
        let sentences = limit_sentences(0.5, self::limit(9.3, 0.1, &[(resource, 5)]));
        assert!(sentences[1].starts_with(expected), "{sentences:?}");
    }
    let without_search = "The work queue does not exceed its 10,000-message warning at any load that was run.";
    assert_eq!(side(1, &points(), None).headline(), without_search);
    assert_eq!(side(1, &[], None).headline(), "No load was run.");
}

#[test]
fn traffic_has_its_name() {
    for (load_of, traffic, rest) in [
        (Traffic::All, "the scenario's mail", "scripted mail"),
        (Traffic::Incoming, "the scenario's incoming mail", "other traffic"),
        (Traffic::Outgoing, "the scenario's outgoing mail", "other traffic"),
        (Traffic::Class("spam-bots".into()), "the scenario's mail of class spam-bots", "other traffic"),
        (Traffic::Flow("users".into()), "the scenario's mail of flow users", "other traffic"),
    ] {
        let limit = Some(seed_limits(&[Some(Limit::LEAST)]));
        let plan = Plan { load_of, ..plan(1, vec![plan_side("week", &["all"], &points(), limit)]) };
        let verdict = PlanVerdict::new(&plan).sides.remove(0);
        let expected = format!("Does not keep up even with 0.001 times {traffic}, the smallest load that was tried.");
        assert_eq!(verdict.headline(), expected);
        let expected = format!("Loads do not multiply {rest}, which may be too much by itself.");
        assert!(verdict.details().contains(&expected), "{:?}", verdict.details());
    }
}

/// The headline and the details.
pub fn sentences(verdict: &SideVerdict) -> Vec<String> {
    std::iter::once(verdict.headline()).chain(verdict.details()).collect()
}

#[test]
fn problems_are_reported_with_their_smallest_load() {
    let at = |load: f64, above: f64, turned_away: f64| {
        let figures = [
            ("above_warning", estimate(above, 0.0)),
            ("delay_p99", estimate(1_790.0 * load, 0.0)),
            ("turned_away", estimate(turned_away, 0.0)),
        ];
        point(load, &figures, 2)
    };
    let verdict = side(2, &[at(1.0, 0.0, 0.0), at(2.5, 0.1, 0.0), at(4.0, 0.5, 7.0)], None);
    let expected = [
        "The work queue exceeds its 10,000-message warning from load 2.5.",
        "From load 2.5, 1 message in 100 spends at least 1 h 15 min in the work queue.",
        "From load 4, connections are turned away.",
        "At load 1, no message waits for a worker.",
    ];
    assert_eq!(sentences(&verdict), expected);
    let expected = [
        "The work queue does not exceed its 10,000-message warning at any load that was run.",
        "At load 1, no message waits for a worker.",
    ];
    assert_eq!(sentences(&side(2, &[at(1.0, 0.0, 0.0)], None)), expected);
}

#[test]
fn a_backlog_drains_or_does_not() {
    let last = |seeds: u64, load: f64, figures: &[(&str, Estimate)]| {
        side(seeds, &[point(load, figures, 2), point(4.0, &[], 2)], None).details().pop().unwrap()
    };
    let drain = [("drain", estimate(600.0, 60.0))];
    assert_eq!(
        last(5, 1.0, &drain),
        "At load 1, the worst backlog takes 10 min (9 min to 11 min) to drain after its peak."
    );
    assert_eq!(
        last(5, 0.5, &drain),
        "At load 0.5, the worst backlog takes 10 min (9 min to 11 min) to drain after its peak."
    );
    let undrained = [("drain", estimate(93_600.0, 60.0)), ("undrained", estimate(0.4, 0.0))];
    let expected = "At load 1, the worst backlog does not drain within a day with 2 of 5 seeds; after its peak it takes more than \
                    1 d 2 h.";
    assert_eq!(last(5, 1.0, &undrained), expected);
    let undrained = [("drain", estimate(93_600.0, 60.0)), ("undrained", estimate(1.0, 0.0))];
    let expected =
        "At load 1, the worst backlog does not drain within a day; after its peak it takes more than 1 d 2 h.";
    assert_eq!(last(1, 1.0, &undrained), expected);
}

/// The comparison of two limits.
fn comparison(seeds: u64, limits: [Option<Limit>; 2], limit_difference: Option<Estimate>) -> Option<String> {
    let sides = limits.map(|limit| plan_side("week", &["all"], &points(), limit));
    PlanVerdict::new(&Plan { limit_difference, ..plan(seeds, sides.to_vec()) }).comparison()
}

#[test]
fn limits_of_two_sides_are_compared() {
    let limits = || [Some(limit(4.0, 0.1, &[])), Some(limit(5.0, 0.1, &[]))];
    let none = || Some(limit_of(&[None; 5], None, &[]));
    let least = || Some(limit_of(&[Some(Limit::LEAST); 5], Some(Estimate::new(&[Limit::LEAST; 5])), &[]));
    let cases = [
        (
            5,
            limits(),
            Some(estimate(1.0, 0.1)),
            "B's limit is 25% higher than A's: the limits differ by 1 (0.9 to 1.1) times the scenario's mail.",
        ),
        (
            5,
            limits(),
            Some(estimate(-0.5, 0.1)),
            "B's limit is 13% lower than A's: the limits differ by 0.5 (0.4 to 0.6) times the scenario's mail.",
        ),
        (
            5,
            limits(),
            Some(estimate(-0.2, 0.3)),
            "B's limit is 5% lower than A's, but this may be chance: the limits differ by -0.2 (-0.5 to 0.1) times the scenario's mail.",
        ),
        (
            1,
            limits(),
            Some(estimate(1.0, 0.0)),
            "B's limit is 25% higher than A's: the limits differ by 1 times the scenario's mail.",
        ),
        (
            5,
            [none(), none()],
            None,
            "The limits cannot be compared: neither side has one within the loads that were tried.",
        ),
        (
            5,
            [limits()[0].clone(), none()],
            None,
            "The limits cannot be compared: some seeds have no limit on one side or both within the loads that were tried.",
        ),
        (
            5,
            [least(), least()],
            Some(estimate(0.0, 0.0)),
            "Neither side keeps up even with 0.001 times the scenario's mail.",
        ),
    ];
    for (seeds, limits, difference, expected) in cases {
        assert_eq!(comparison(seeds, limits, difference).unwrap(), expected);
    }
    assert_eq!(comparison(5, [None, None], None), None);
    assert_eq!(PlanVerdict::new(&plan(1, vec![plan_side("week", &["all"], &points(), None)])).comparison(), None);
}

#[test]
fn notes_explain_limits_and_the_lack_of_intervals() {
    let notes =
        |seeds, limit| PlanVerdict::new(&plan(seeds, vec![plan_side("week", &["all"], &points(), limit)])).notes();
    let keeping_up = "A site keeps up if no backlog lasts a day, no connection is turned away, no delivery waits for a connection, \
                      and no hour uses all of the CPU.";
    let backlog = "A backlog is a time in which every message that arrives has to wait for a worker.";
    let one_seed = "One seed gives no confidence interval.";
    assert_eq!(notes(5, Some(limit(2.0, 0.1, &[]))), [keeping_up, backlog]);
    assert_eq!(notes(1, Some(limit(2.0, 0.0, &[]))), [keeping_up, backlog, one_seed]);
    assert_eq!(notes(1, None), [one_seed]);
    assert!(notes(5, None).is_empty());
    let few = "So few seeds give wide confidence intervals. Use 5 seeds or more to decide.";
    assert_eq!(notes(2, None), [few]);
    assert_eq!(notes(4, None), [few]);
}

#[test]
fn an_interval_that_is_wider_than_half_of_the_load_is_told() {
    let details = |mean, half| {
        let side = plan_side("week", &["all"], &points(), Some(limit(mean, half, &[])));
        PlanVerdict::new(&plan(5, vec![side])).sides[0].details().remove(0)
    };
    // The interval from 1 to 3 is twice as wide as it may be, so four times the seeds are enough.
    let expected = "The confidence interval is wider than half of this load. About 20 seeds make it narrow enough.";
    assert_eq!(details(2.0, 1.0), expected);
    assert!(!details(2.0, 0.4).contains("wider"));
}
