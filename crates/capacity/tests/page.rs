//! The page of a plan, made of plans by hand.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use tollgate_capacity::{
    Estimate, FIGURES, First, Has, Limit, Part, Plan, Point, PointHour, Resource, Unit, Variant, page,
};
use tollgate_scenario::Moment;

/// Tuesday 18 November 2008, 09:00 GMT.
const TUESDAY: u64 = 1_226_998_800_000_000;
const HOUR: u64 = 3_600_000_000;
const EVIL: &str = "a<b>&\"c'</style><script>alert(1)</script>";

const HAS: Has = Has {
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
    let part = |name: &&str| Part { name: (*name).to_owned(), has: HAS, points: points.to_vec() };
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
    let first = |&(resource, seeds): &(Resource, usize)| First {
        resource,
        appliance: String::from("c650"),
        begin_micros: TUESDAY,
        seeds,
    };
    let loads = vec![Some(mean); 5];
    Limit { load: Some(estimate(mean, half)), loads, searched: 64.0, first: seeds.iter().map(first).collect() }
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
        ["0.42 s 0.39 s to 0.45 s", "12,609 12,509 to 12,709", "31.0% 29.0% to 33.0%", "2.4 h 0 s to 4.9 h", "1 GB"]
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
        "with one seed there are no confidence intervals",
        "Load 1 was not run: the figures below are those of load 0.25.",
        "No message had to wait for a worker, so there was nothing to drain.",
        "None at any load",
        "0 s",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(!text.contains("Turned away and put off"), "{text}");
    assert_sound(&self::page(&plan(1, vec![variant("v", &["all"], &[], None)])));
    assert_sound(&self::page(&plan(1, Vec::new())));
}

#[test]
fn what_was_turned_away_is_shown_where_there_is_any() {
    let points = [point(1.0, &[], 2), point(2.0, &[("turned_away", estimate(40.0, 3.0))], 2)];
    let page = page(&plan(2, vec![variant("v", &["all"], &points, None)]));
    assert_sound(&page);
    assert!(text(&page).contains("Turned away and put off"));
}

#[test]
fn two_sides_stand_in_the_same_graphs_and_their_differences_in_a_table() {
    let one = variant("one", &["all", "a", "b"], &points(), Some(limit(1.5, 0.1, &[(Resource::Workers, 2)])));
    let two = variant("two", &["all"], &points(), Some(limit(1.2, 0.1, &[(Resource::Processor, 2)])));
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
        "Time in the work queue: what 99% of messages do not exceed",
        "What is used of what there is, A: one",
        "What is used of what there is, B: two",
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
    // What may be chance has no arrow, and neither has what is too small to be written.
    assert_eq!(page.matches("class=\"arrow\"").count(), 2);
    assert_eq!(page.matches("differs\">").count(), 2);
}

#[test]
fn names_are_escaped_everywhere() {
    let first = First { resource: Resource::Workers, appliance: EVIL.to_owned(), begin_micros: TUESDAY, seeds: 2 };
    let limit = Limit { first: vec![first], ..limit(1.5, 0.1, &[]) };
    let sides = [EVIL, "other"].map(|name| variant(name, &["all", EVIL], &points(), Some(limit.clone())));
    for sides in [sides[..1].to_vec(), sides.to_vec()] {
        let plan = Plan {
            scenario: EVIL.to_owned(),
            load_of: format!("class {EVIL}"),
            differences: points(),
            ..plan(2, sides)
        };
        let page = page(&plan);
        assert_sound(&page);
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(page.contains("a&#60;b&#62;&#38;") || page.contains("a&lt;b&gt;&amp;"), "{page}");
    }
}

#[test]
fn many_loads_are_shown_in_tables_that_paper_has_room_for() {
    let points: Vec<Point> = (1..=23).map(|load| point(f64::from(load) / 4.0, &[], 1)).collect();
    let page = page(&plan(2, vec![variant("v", &["all"], &points, None)]));
    assert_sound(&page);
    assert_eq!(page.matches("<table>").count(), 3);
    let text = text(&page);
    assert!(
        text.contains("Figures at 10 loads from 0.25 to 2.5") && text.contains("Figures at 3 loads from 5.25 to 5.75")
    );
    // Of the weeks five are chosen, the first, the last and that of load 1 among them.
    let drawn = page.split("aria-label=\"The work queue over time\"").nth(1).unwrap();
    let description = drawn.split_once("<desc>").unwrap().1.split_once(" from ").unwrap().0;
    let loads: Vec<&str> = description.split(", ").collect();
    assert_eq!(loads.len(), 5);
    assert!(loads[0] == "Load 0.25" && loads.contains(&"Load 1") && loads[4] == "Load 5.75", "{loads:?}");
}

#[test]
fn every_figure_has_a_row_in_its_unit() {
    let given: Vec<(&str, Estimate)> = FIGURES.iter().map(|figure| (figure.name, estimate(0.5, 0.0))).collect();
    let page = text(&page(&plan(2, vec![variant("v", &["all"], &[point(1.0, &given, 1)], None)])));
    for figure in FIGURES {
        let value = match figure.unit {
            Unit::PerHour | Unit::Count => "0.50",
            Unit::Seconds => "0.50 s",
            Unit::Share => "50.0%",
            Unit::Kib => "512 B",
        };
        assert!(page.contains(&format!("{} {value}", figure.title)), "{}: {page}", figure.name);
    }
}
