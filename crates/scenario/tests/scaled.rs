//! Scaling of all traffic or a part of it.

use proptest::prelude::*;
use serde_json::Value;
use tollgate_scenario::{Scenario, Traffic};

const EVERYTHING: &str = include_str!("good/everything.toml");
const SMALLEST: &str = include_str!("good/smallest.toml");

/// Reads a scenario with overrides.
fn read(text: &str, sets: &[&str]) -> Scenario {
    let overrides: Vec<_> = sets.iter().map(|set| set.parse().unwrap()).collect();
    Scenario::parse(text, "file.toml", &overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(sets: &[&str], of: &str, factor: f64) -> String {
    read(EVERYTHING, sets).scaled(&of.parse().unwrap(), factor).unwrap_err().to_string()
}

/// Each part of the traffic of `good/everything.toml`, with the values that scaling multiplies.
const VOLUMES: [(&str, &[&str]); 6] = [
    ("all", &["/volume"]),
    (
        "incoming",
        &[
            "/incoming/0/connections_per_week",
            "/incoming/0/listed/0/per_week",
            "/incoming/1/connections_per_week",
            "/outbreaks/0/connections",
        ],
    ),
    ("outgoing", &["/outgoing/0/messages_per_week", "/outgoing/0/destinations/2/listed/0/per_week"]),
    ("class.people", &["/incoming/0/connections_per_week", "/incoming/0/listed/0/per_week"]),
    ("class.bots", &["/incoming/1/connections_per_week", "/outbreaks/0/connections"]),
    ("flow.staff", &["/outgoing/0/messages_per_week", "/outgoing/0/destinations/2/listed/0/per_week"]),
];

proptest! {
    #[test]
    fn scaling_multiplies_the_named_traffic_and_nothing_else(which in 0..VOLUMES.len(), factor in 1e-3..1e3) {
        let (of, volumes) = VOLUMES[which];
        let scenario = read(EVERYTHING, &[]);
        let mut expected = serde_json::to_value(&scenario).unwrap();
        for volume in volumes {
            let value = expected.pointer_mut(volume).unwrap();
            *value = Value::from(value.as_f64().unwrap() * factor);
        }
        let scaled = scenario.scaled(&of.parse().unwrap(), factor).unwrap();
        prop_assert_eq!(serde_json::to_value(scaled).unwrap(), expected);
    }

    #[test]
    fn scaling_all_traffic_is_the_same_as_setting_volume(factor in 1e-3..1e3) {
        let scaled = read(EVERYTHING, &["volume=1"]).scaled(&Traffic::All, factor).unwrap();
        prop_assert_eq!(scaled, read(EVERYTHING, &[&format!("volume={factor}")]));
    }

    #[test]
    fn any_factor_gives_a_valid_scenario_or_an_error(factor in any::<f64>(), which in 0..VOLUMES.len()) {
        let scenario = read(EVERYTHING, &[]);
        match scenario.scaled(&VOLUMES[which].0.parse().unwrap(), factor) {
            // The scaled scenario can be read again, so it has passed every check.
            Ok(scaled) => prop_assert_eq!(read(&toml::to_string(&scaled).unwrap(), &[]), scaled),
            Err(error) => prop_assert!(error.to_string().contains("allowed is "), "{}", error),
        }
    }

    #[test]
    fn traffic_that_is_written_reads_the_same(name in any::<String>(), is_class in any::<bool>()) {
        let traffic = if is_class { Traffic::Class(name) } else { Traffic::Flow(name) };
        prop_assert_eq!(traffic.to_string().parse::<Traffic>().unwrap(), traffic);
    }

    #[test]
    fn text_is_traffic_or_is_refused(text in "(all|incoming|class|flow|\\.|\"|'|=|#|a|0| |\\\\|\n){0,8}") {
        if let Ok(traffic) = text.parse::<Traffic>() {
            prop_assert_eq!(traffic.to_string().parse::<Traffic>().unwrap(), traffic);
            prop_assert!(!text.contains(['#', '\n']) || text.contains(['"', '\'']), "{:?}", text);
        }
    }
}

#[test]
fn traffic_is_parsed_from_its_text_form() {
    let cases = [
        ("all", Traffic::All),
        ("incoming", Traffic::Incoming),
        ("outgoing", Traffic::Outgoing),
        ("class.spam-bots", Traffic::Class("spam-bots".into())),
        ("flow.\"to = partners\"", Traffic::Flow("to = partners".into())),
    ];
    for (text, traffic) in cases {
        assert_eq!(text.parse::<Traffic>().unwrap(), traffic);
        assert_eq!(traffic.to_string(), text);
    }
    for text in ["", "al", "All", "class", "flow.", "class.a.b", "class.a b", "all.x", "all = 1 #", "incoming=1"] {
        let expected = format!(
            "traffic: found {text:?}, allowed are `all`, `incoming`, `outgoing`, `class.NAME` and `flow.NAME`; put \
             NAME in quotes if it has characters other than letters, digits, hyphens and underscores"
        );
        assert_eq!(text.parse::<Traffic>().unwrap_err().to_string(), expected);
    }
}

#[test]
fn invalid_factors_are_refused() {
    for factor in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let expected = format!("incoming: found the factor {factor}, allowed is a finite number above 0");
        assert_eq!(refused(&[], "incoming", factor), expected);
    }
    for factor in [1e308, 1e-320] {
        let of = if factor > 1.0 { "flow.staff" } else { "all" };
        let expected =
            format!("{of}: found the factor {factor}, allowed is a factor that keeps all volumes finite and above 0");
        assert_eq!(refused(&["volume=1e-10"], of, factor), expected);
    }
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    assert_eq!(
        refused(&[], "class.peeple", 2.0),
        "class.peeple: found no class of that name, allowed are \"people\", \"bots\"; did you mean \"people\"?"
    );
    assert_eq!(refused(&[], "flow.people", 2.0), "flow.people: found no flow of that name, allowed is \"staff\"");
    assert_eq!(
        refused(&["incoming=[]", "outbreaks=[]", "events=[]"], "class.bots", 2.0),
        "class.bots: found no class of that name, allowed are none, because the scenario has no class"
    );
}

#[test]
fn volumes_above_the_largest_are_refused() {
    assert_eq!(
        refused(&[], "class.bots", 1e6),
        "class.bots: found the factor 1000000, allowed is a factor that keeps the scenario valid \
         (incoming.bots.connections_per_week: found 100000000000, which is 50000000000 at volume 0.5, \
         allowed is at most 10000000000)"
    );
    assert_eq!(
        refused(&["incoming.bots.connections_per_week=1"], "class.bots", 1e9),
        "class.bots: found the factor 1000000000, allowed is a factor that keeps the scenario valid \
         (outbreaks.\"Invoice Trojan\".connections: found 400000000000, which is 200000000000 at volume 0.5, \
         allowed is at most 10000000000)"
    );
    // A small volume of the scenario does not make up for it, because the scaled scenario could not be read again.
    assert_eq!(
        refused(&["outgoing.staff.messages_per_week=1e10"], "flow.staff", 1.5),
        "flow.staff: found the factor 1.5, allowed is a factor that keeps the scenario valid \
         (outgoing.staff.messages_per_week: found 15000000000, which is 7500000000 at volume 0.5, \
         allowed is at most 10000000000)"
    );
}

#[test]
fn traffic_without_volume_is_refused() {
    let no_volume = "found no volume to multiply, allowed is traffic with a volume above 0 (scripts have exact counts, \
                     which are never multiplied)";
    // With these overrides, only scripts have mail.
    let scripts = ["incoming=[]", "outgoing=[]", "outbreaks=[]", "events=[]"];
    for of in ["all", "incoming", "outgoing"] {
        assert_eq!(refused(&scripts, of, 2.0), format!("{of}: {no_volume}"));
    }
    for (_, of) in VOLUMES.map(|(of, _)| (of, of)) {
        assert_eq!(refused(&["volume=0"], of, 2.0), format!("{of}: {no_volume}"));
    }
    let nothing = read(SMALLEST, &[]).scaled(&Traffic::All, 2.0).unwrap_err();
    assert_eq!(nothing.to_string(), format!("all: {no_volume}"));
    // An outbreak of a class counts as volume of the class.
    let outbreak = read(EVERYTHING, &["incoming.bots.connections_per_week=0"]);
    let scaled = outbreak.scaled(&Traffic::Class("bots".into()), 2.0).unwrap();
    assert_eq!(scaled.outbreaks[0].connections.get(), 800.0);
    assert_eq!(scaled.incoming[1].connections_per_week.get(), 0.0);
}
