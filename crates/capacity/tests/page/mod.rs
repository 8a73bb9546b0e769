//! The page of a plan, made of plans by hand.

mod answers;
mod graphs;
mod sides;
mod tables;

use tollgate_capacity::{
    Equipment, Estimate, FIGURES, FirstExhaustion, Limit, Plan, Point, PointHour, Resource, SitePart, Variant, page,
};
use tollgate_scenario::Moment;

/// Tuesday 18 November 2008, 09:00 GMT.
const TUESDAY: u64 = 1_226_998_800_000_000;
const HOUR: u64 = 3_600_000_000;
const EVIL: &str = "a<b>&\"c'</style><script>alert(1)</script>";

const HAS: Equipment = Equipment {
    cores: 8,
    workers: 6,
    queue_warning: 10_000,
    public_connections: 1_000,
    private_connections: 600,
    outbound_connections: 10_000,
    queue_kib: 71_303_168,
};

fn estimate(mean: f64, half: f64) -> Estimate {
    Estimate { mean, low: mean - half, high: mean + half }
}

/// A point at which every figure is nothing but those that are given.
fn point(load: f64, given: &[(&str, Estimate)], hours: u64) -> Point {
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

fn variant(name: &str, parts: &[&str], points: &[Point], limit: Option<Limit>) -> Variant {
    let part = |name: &&str| SitePart { name: (*name).to_owned(), has: HAS, points: points.to_vec() };
    Variant {
        name: name.to_owned(),
        begin: Moment::from_micros(TUESDAY - 33 * HOUR),
        end: Moment::from_micros(TUESDAY + 135 * HOUR),
        volume: 1.0,
        parts: parts.iter().map(part).collect(),
        limit,
    }
}

fn plan(seeds: u64, variants: Vec<Variant>) -> Plan {
    Plan {
        scenario: String::from("c650-week"),
        load_of: String::from("all traffic"),
        seeds: (1..=seeds).collect(),
        confidence: 0.95,
        variants,
        differences: Vec::new(),
        limit_difference: None,
    }
}

fn limit(mean: f64, half: f64, seeds: &[(Resource, usize)]) -> Limit {
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
fn limit_of(loads: &[Option<f64>], load: Option<Estimate>, seeds: &[(Resource, usize)]) -> Limit {
    Limit { load, loads: loads.to_vec(), searched: 1_000.0, ..limit(1.0, 0.0, seeds) }
}

/// The text of the page of a plan of one side, with so many seeds.
fn text_of(seeds: u64, variant: Variant) -> String {
    let page = page(&plan(seeds, vec![variant]));
    assert_sound(&page);
    text(&page)
}

/// The two drawings of the graph of that name.
fn drawing<'a>(page: &'a str, name: &str) -> &'a str {
    let begin = page.find(&format!("aria-label=\"{name}\"")).unwrap_or_else(|| panic!("no graph {name}"));
    page[begin..].split_once("</figure>").unwrap().0
}

/// The points of three loads, that grow.
fn points() -> Vec<Point> {
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

/// The text of a page without its elements, a word after the other.
fn text(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let text: Vec<&str> = body.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Fails unless every element is closed in its order and nothing is asked of any machine.
fn assert_sound(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    // What a style holds is no element.
    let (before, rest) = page.split_once("<style>").unwrap();
    let after = rest.split_once("</style>").unwrap().1;
    for part in before.split('<').skip(1).chain(after.split('<').skip(1)) {
        let tag = part.split_once('>').unwrap().0;
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{part}");
        } else if !tag.ends_with('/') && !["meta", "!DOCTYPE"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for refused in ["<script", "<link", "<img", "@import", "url(", " src=", " style=\"", "href=\"http", "NaN", "inf "] {
        assert!(!page.contains(refused), "{refused}");
    }
    let identities: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for identity in &identities {
        assert_eq!(identities.iter().filter(|other| *other == identity).count(), 1, "{identity}");
    }
    for target in page.split("\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(identities.contains(&target) || target.len() == 6, "{target}");
    }
}
