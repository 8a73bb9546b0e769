//! Objectives, as they are read and written.

use tollgate_capacity::{Objective, ObjectiveResult, Objectives, PlanVerdict, TrafficGrowth};

use crate::plans::{estimate, plan, plan_side, point};

#[test]
fn objectives_are_read_and_written() {
    for (text, written) in [
        ("p95<5m", "p95<5m"),
        ("p99.9 <= 90s, queue<10000", "p99.9<=1m30s, queue<10000"),
        ("turned_away=0", "turned_away=0"),
        ("cpu_busiest_hour<80%,drain<1h", "cpu_busiest_hour<80%, drain<1h"),
        ("deferred<=0", "deferred=0"),
    ] {
        let objectives: Objectives = text.parse().unwrap();
        assert_eq!(objectives.to_string(), written, "{text}");
        assert_eq!(written.parse(), Ok(objectives), "what is written can be read again");
    }
}

#[test]
fn nonsense_is_refused_with_what_is_allowed() {
    for (text, expected) in [
        ("", "found \"\", allowed is FIGURE<LIMIT"),
        ("p95", "allowed is FIGURE<LIMIT"),
        ("p95<", "p95: found \"\" as a limit, allowed is a duration"),
        ("p95<5", "allowed is a duration, such as 90s or 5m"),
        ("p95<0", "allowed is a limit above 0, or p95=0"),
        ("p95=5m", "allowed is = only with 0"),
        ("queue<-1", "allowed is a number of at least 0"),
        ("cpu<120%", "allowed is a share"),
        ("turned_awy=0", "did you mean turned_away?"),
        ("p95<5m,", "found \"\", allowed is"),
    ] {
        let refusal = text.parse::<Objectives>().unwrap_err();
        assert!(refusal.contains(expected), "{text}: {refusal}");
    }
}

#[test]
fn a_limit_is_met_below_it_or_at_it() {
    let objective = |text: &str| text.parse::<Objective>().unwrap();
    assert!(objective("queue<10").allows(9.0) && !objective("queue<10").allows(10.0));
    assert!(objective("queue<=10").allows(10.0) && !objective("queue<=10").allows(11.0));
    assert!(objective("turned_away=0").allows(0.0) && !objective("turned_away=0").allows(1.0));
    assert!(!objective("queue<10").allows(f64::NAN));
}

#[test]
fn growth_turns_loads_into_months() {
    let months = |growth: &str, load: f64| growth.parse::<TrafficGrowth>().unwrap().months_until(load);
    assert!((months("3%/month", 1.03_f64.powi(14)) - 14.0).abs() < 1e-9);
    assert!((months("20%/year", 1.2 * 1.2) - 24.0).abs() < 1e-9);
    assert!((months("100%/year", 0.5) + 12.0).abs() < 1e-9);
    for text in ["3", "3%", "3%/week", "0%/month", "-1%/month", "1e9%/year", "x%/year", "inf%/year"] {
        let refusal = text.parse::<TrafficGrowth>().unwrap_err();
        assert!(refusal.contains("allowed is a percentage from 0.001 to 1000"), "{text}: {refusal}");
    }
    assert_eq!("2.5%/year".parse::<TrafficGrowth>().unwrap().to_string(), "2.5%/year");
}

#[test]
fn without_a_search_the_headline_has_the_objectives_at_the_load_nearest_to_1() {
    let headline = |load: f64, p99: f64| {
        let mut side = plan_side("week", &["all"], &[point(load, &[("delay_p99", estimate(p99, 0.0))], 2)], None);
        side.objectives = Some(ObjectiveResult { objectives: "p99<10m,turned_away=0".parse().unwrap(), limit: None });
        PlanVerdict::new(&plan(2, vec![side])).sides[0].headline()
    };
    assert_eq!(headline(1.0, 1.0), "Meets p99<10m, turned_away=0 with the scenario's mail.");
    assert_eq!(headline(1.0, 700.0), "Breaks p99<10m with the scenario's mail.");
    assert_eq!(headline(2.5, 1.0), "Meets p99<10m, turned_away=0 at load 2.5.");
    assert_eq!(headline(2.5, 700.0), "Breaks p99<10m at load 2.5.");
}
