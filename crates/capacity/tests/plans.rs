//! Plans that are written by hand.

use tollgate_capacity::{
    Equipment, Estimate, FIGURES, FirstExhaustion, Limit, Plan, PlanSide, Point, PointHour, Resource, SitePart,
};
use tollgate_scenario::{Moment, Traffic};

/// Tuesday 18 November 2008, 09:00 GMT.
pub const TUESDAY: u64 = 1_226_998_800_000_000;
pub const HOUR: u64 = 3_600_000_000;

pub const HAS: Equipment = Equipment {
    cores: 8,
    workers: 6,
    queue_warning: 10_000,
    public_connections: 1_000,
    private_connections: 600,
    outbound_connections: 10_000,
    queue_kib: 71_303_168,
};

pub fn estimate(mean: f64, half: f64) -> Estimate {
    Estimate { mean, low: mean - half, high: mean + half }
}

/// A point at which every figure is zero except the given ones.
pub fn point(load: f64, given: &[(&str, Estimate)], hours: u64) -> Point {
    let value = |name: &str| given.iter().find(|(known, _)| *known == name).map_or(estimate(0.0, 0.0), |each| each.1);
    for (name, _) in given {
        assert!(FIGURES.iter().any(|figure| figure.name == *name), "{name}");
    }
    Point {
        load,
        figures: FIGURES.iter().map(|figure| value(figure.name)).collect(),
        hours: (0..hours)
            .map(|hour| PointHour { begin_micros: TUESDAY + hour * HOUR, depth_mean: load * hour as f64, depth_max: 9 })
            .collect(),
    }
}

pub fn plan_side(name: &str, parts: &[&str], points: &[Point], limit: Option<Limit>) -> PlanSide {
    let part = |name: &&str| SitePart { name: (*name).to_owned(), has: HAS, points: points.to_vec() };
    PlanSide {
        name: name.to_owned(),
        is_labelled: false,
        begin: Moment::from_micros(TUESDAY - 33 * HOUR),
        end: Moment::from_micros(TUESDAY + 135 * HOUR),
        volume: 1.0,
        parts: parts.iter().map(part).collect(),
        limit,
        objectives: None,
    }
}

pub fn plan(seeds: u64, sides: Vec<PlanSide>) -> Plan {
    Plan {
        scenario: String::from("c650-week"),
        command: String::from("tollgate plan c650-week"),
        version: String::from("1.2.3"),
        load_of: Traffic::All,
        seeds: (1..=seeds).collect(),
        confidence: 0.95,
        growth: None,
        sides,
        differences: Vec::new(),
        limit_difference: None,
        objective_difference: None,
    }
}

pub fn limit(mean: f64, half: f64, seeds: &[(Resource, usize)]) -> Limit {
    let first = |&(resource, seeds): &(Resource, usize)| FirstExhaustion {
        resource,
        appliance: String::from("c650"),
        begin_micros: TUESDAY,
        seeds,
    };
    let loads = vec![Some(mean); 5];
    Limit { load: Some(estimate(mean, half)), loads, searched: 64.0, first: seeds.iter().map(first).collect() }
}

/// A limit that only some seeds have.
pub fn limit_of(loads: &[Option<f64>], load: Option<Estimate>, seeds: &[(Resource, usize)]) -> Limit {
    Limit { load, loads: loads.to_vec(), searched: 1_000.0, ..limit(1.0, 0.0, seeds) }
}

/// The points of three loads. The figures grow with the load.
pub fn points() -> Vec<Point> {
    let at = |load: f64| {
        let given = [
            ("delay_p99", estimate(0.42 * load, 0.03)),
            ("delay_longest", estimate(8_640.0 * load, 9_000.0)),
            ("depth_max", estimate(12_609.0 * load, 100.0)),
            ("cpu", estimate(0.31 * load, 0.02)),
            ("queue_disk_max", estimate(1_048_576.0 * load, 0.0)),
        ];
        point(load, &given, 48)
    };
    vec![at(0.5), at(1.0), at(2.0)]
}
