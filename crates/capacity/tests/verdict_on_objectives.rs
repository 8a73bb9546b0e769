//! The sentences of a verdict about objectives.

use tollgate_capacity::{Estimate, FirstBroken, Limit, ObjectiveLimit, ObjectiveResult, PlanVerdict, PlannedGrowth};
use tollgate_scenario::Moment;

use crate::plans::{TUESDAY, estimate, limit_of, plan, plan_side, point, points};
use crate::verdict::sentences;

#[test]
fn objectives_of_two_sides_are_compared_before_their_limits() {
    let comparison = |loads: [&[Option<f64>]; 2]| {
        let side = |loads: &[Option<f64>]| {
            let all: Option<Vec<f64>> = loads.iter().copied().collect();
            let limit = ObjectiveLimit {
                load: all.map(|all| Estimate::new(&all)),
                loads: loads.to_vec(),
                searched: 1000.0,
                first: Vec::new(),
            };
            let mut side = plan_side("week", &["all"], &points(), None);
            side.objectives = Some(ObjectiveResult { objectives: "p99<10m".parse().unwrap(), limit: Some(limit) });
            side
        };
        let mut plan = plan(2, loads.map(side).to_vec());
        let limits = plan.sides.iter().map(|side| side.objectives.as_ref().unwrap().limit.as_ref().unwrap());
        let limits: Vec<&ObjectiveLimit> = limits.collect();
        plan.objective_difference = limits[1].minus(limits[0]);
        PlanVerdict::new(&plan).comparison().unwrap()
    };
    let twice = [Some(2.0); 2];
    assert_eq!(
        comparison([&twice, &[Some(3.0); 2]]),
        "B breaks an objective at a load that is 50% higher than A's: the loads differ by 1 times today's mail."
    );
    assert_eq!(
        comparison([&twice, &[Some(1.9), Some(2.2)]]),
        "B breaks an objective at a load that is 3% higher than A's, but this may be chance: the loads differ by 0.05 \
         (-1.86 to 1.96) times today's mail."
    );
    assert_eq!(
        comparison([&twice, &[Some(2.0), None]]),
        "With some seeds, a side does not break an objective within the loads that were tried."
    );
    assert_eq!(comparison([&[None; 2]; 2]), "Neither side breaks an objective within the loads that were tried.");
    assert_eq!(comparison([&[Some(0.001); 2]; 2]), "Both sides break an objective even with 0.001 times today's mail.");
}

/// The headline and the details about objectives.
fn objective_sentences(objectives: &str, loads: &[Option<f64>], first: &[(&str, usize)], p99: f64) -> Vec<String> {
    let found: Vec<f64> = loads.iter().copied().flatten().collect();
    let first = first.iter().map(|&(text, seeds)| FirstBroken {
        objective: text.parse().unwrap(),
        seeds,
        worst_hour_micros: None,
        worst_hour_seeds: 0,
    });
    let limit = ObjectiveLimit {
        load: (found.len() == loads.len()).then(|| Estimate::new(&found)),
        loads: loads.to_vec(),
        searched: 1000.0,
        first: first.collect(),
    };
    let mut side = plan_side("week", &["all"], &[point(1.0, &[("delay_p99", estimate(p99, 0.0))], 2)], None);
    side.objectives = Some(ObjectiveResult { objectives: objectives.parse().unwrap(), limit: Some(limit) });
    let verdict = PlanVerdict::new(&plan(loads.len() as u64, vec![side])).sides.remove(0);
    sentences(&verdict).into_iter().take_while(|sentence| !sentence.starts_with("The work queue ")).collect()
}

/// The loads of the seeds, the objectives that they break first, the 99th percentile at load 1, and the sentences.
type ObjectiveCase<'a> = (&'a [Option<f64>], &'a [(&'a str, usize)], f64, &'a [&'a str]);

#[test]
fn objectives_have_a_headline_and_details() {
    let both = "p99<10m,turned_away=0";
    let meets = "At load 1, it meets p99<10m, turned_away=0.";
    let cases: [ObjectiveCase; 5] = [
        (&[Some(2.0), Some(2.0)], &[("p99<10m", 2)], 60.0, &["Breaks p99<10m at 2 times today's mail.", meets]),
        (
            &[Some(2.0), Some(2.0)],
            &[("p99<10m", 1), ("turned_away=0", 1)],
            600.0,
            &[
                "Breaks its objectives at 2 times today's mail.",
                "It first breaks p99<10m with 1 of 2 seeds, turned_away=0 with 1 of 2 seeds.",
                "At load 1, it breaks p99<10m.",
            ],
        ),
        (
            &[Some(3.0), None],
            &[("p99<10m", 1)],
            60.0,
            &[
                "Breaks p99<10m at 3 times today's mail with 1 of 2 seeds; otherwise, meets p99<10m, turned_away=0 at all loads up to 1,000.",
                meets,
            ],
        ),
        (
            &[None, None],
            &[],
            60.0,
            &["Meets p99<10m, turned_away=0 at every load that was tried, up to 1,000 times today's mail.", meets],
        ),
        (
            &[Some(0.001)],
            &[("p99<10m", 1)],
            1e6,
            &[
                "Breaks p99<10m even with 0.001 times today's mail, the smallest load that was tried.",
                "At load 1, it breaks p99<10m.",
            ],
        ),
    ];
    for (loads, first, p99, expected) in cases {
        assert_eq!(objective_sentences(both, loads, first, p99), expected);
    }
}

#[test]
fn the_headline_names_the_hour_in_which_the_objective_is_broken() {
    let headline = |seeds: usize, with_hour: usize| {
        let first = FirstBroken {
            objective: "p99<10m".parse().unwrap(),
            seeds,
            worst_hour_micros: Some(TUESDAY),
            worst_hour_seeds: with_hour,
        };
        let loads = vec![Some(1.5); seeds];
        let limit = ObjectiveLimit { load: Some(estimate(1.5, 0.0)), loads, searched: 9.0, first: vec![first] };
        let mut side = plan_side("week", &["all"], &[point(1.0, &[], 2)], None);
        side.objectives = Some(ObjectiveResult { objectives: "p99<10m".parse().unwrap(), limit: Some(limit) });
        PlanVerdict::new(&plan(seeds as u64, vec![side])).sides[0].headline()
    };
    let begin = "Breaks p99<10m at 1.5 times today's mail, worst in the hour from Tue 18 Nov 2008 09:00 GMT";
    assert_eq!(headline(5, 5), format!("{begin}."));
    assert_eq!(headline(5, 3), format!("{begin} with 3 of 5 seeds."));
}

#[test]
fn an_objective_that_too_few_messages_decide_is_named_with_the_seeds_that_are_enough() {
    let sentence = |per_hour: f64, longest: f64, seeds: u64| {
        let figures =
            [("messages_accepted_per_hour", estimate(per_hour, 0.0)), ("delay_longest", estimate(longest, 0.0))];
        let mut side = plan_side("week", &["all"], &[point(1.0, &figures, 2)], None);
        side.objectives = Some(ObjectiveResult { objectives: "p99<10m".parse().unwrap(), limit: None });
        let details = PlanVerdict::new(&plan(seeds, vec![side])).sides[0].details();
        details.into_iter().find(|sentence| sentence.contains("too few messages"))
    };
    // The span has 168 hours, so a run has 1,680 messages, and 50,000 messages are enough.
    assert_eq!(
        sentence(10.0, 900.0, 2).as_deref(),
        Some(
            "The runs have too few messages to decide p99<10m: 1,680 each. About 30 seeds, or a longer span, are enough."
        )
    );
    assert_eq!(sentence(10.0, 900.0, 30), None);
    assert_eq!(sentence(60.0, 900.0, 2), None, "10,080 messages in a run");
    assert_eq!(sentence(10.0, 9.0, 2), None, "no message is late");
}

#[test]
fn a_side_that_turns_mail_away_is_named_before_the_limits_are_compared() {
    let comparison = |turned_away: [f64; 2], limits: [Option<Limit>; 2]| {
        let side = |turned_away: f64, limit: Option<Limit>| {
            let point = |load| point(load, &[("turned_away", estimate(turned_away * (load - 1.0), 0.0))], 2);
            plan_side("week", &["all"], &[point(1.0), point(2.0)], limit)
        };
        let [first, second] = limits;
        let mut plan = plan(2, vec![side(turned_away[0], first), side(turned_away[1], second)]);
        plan.limit_difference =
            plan.sides[1].limit.as_ref().and_then(|limit| limit.minus(plan.sides[0].limit.as_ref()?));
        PlanVerdict::new(&plan).comparison()
    };
    let without = |turned_away| comparison(turned_away, [None, None]);
    assert_eq!(without([0.0, 0.0]), None);
    let second = "With B, connections are turned away from load 2 (5 at load 2); with A, none is turned away at the loads that were run.";
    assert_eq!(without([0.0, 5.0]).as_deref(), Some(second));
    let first = "With A, connections are turned away from load 2 (5 at load 2); with B, none is turned away at the loads that were run.";
    assert_eq!(without([5.0, 0.0]).as_deref(), Some(first));
    assert_eq!(
        without([5.0, 5.0]).as_deref(),
        Some("With A, connections are turned away from load 2 (5 at load 2); with B, from load 2 (5 at load 2).")
    );
    let limits = || {
        [
            limit_of(&[Some(2.0); 2], Some(estimate(2.0, 0.0)), &[]),
            limit_of(&[Some(3.0); 2], Some(estimate(3.0, 0.0)), &[]),
        ]
    };
    let shown = comparison([0.0, 5.0], limits().map(Some)).unwrap();
    assert!(shown.starts_with(&format!("{second} B's limit is 50% higher than A's")), "{shown}");
}

#[test]
fn growth_dates_the_load_at_which_an_objective_is_broken() {
    let sentence = |loads: &[Option<f64>], from: Option<Moment>| {
        let found: Vec<f64> = loads.iter().copied().flatten().collect();
        let first = vec![FirstBroken {
            objective: "p99<10m".parse().unwrap(),
            seeds: loads.len(),
            worst_hour_micros: None,
            worst_hour_seeds: 0,
        }];
        let limit = ObjectiveLimit { load: Some(Estimate::new(&found)), loads: loads.to_vec(), searched: 9.0, first };
        let mut side = plan_side("week", &["all"], &[point(1.0, &[], 2)], None);
        side.objectives = Some(ObjectiveResult { objectives: "p99<10m".parse().unwrap(), limit: Some(limit) });
        let mut plan = plan(loads.len() as u64, vec![side]);
        plan.growth = Some(PlannedGrowth { growth: "3%/month".parse().unwrap(), from });
        PlanVerdict::new(&plan).sides[0].details().remove(0)
    };
    let year = Some(1.03_f64.powi(12));
    assert_eq!(
        sentence(&[year], Some(Moment::from_micros(TUESDAY))),
        "With a growth of 3%/month from Tue 18 Nov 2008, that load is reached in 12 months, around Wed 18 Nov 2009."
    );
    // The span begins on Monday, and the interval does not go below today.
    let shown = sentence(&[Some(1.01), Some(1.21)], None);
    assert!(
        shown.starts_with("With a growth of 3%/month from Mon 17 Nov 2008, that load is reached in 4 (0 to "),
        "{shown}"
    );
    // At a load of 1 or less there is nothing to wait for.
    assert!(sentence(&[Some(0.9)], None).starts_with("At load 1, "));
}
