//! The draws of a seed, and their independence of everything else.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};
use tollgate_scenario::{HOUR, Scenario};
use tollgate_traffic::{Connection, Connections, Directory, Messages, Population, Schedule, ServiceMicros};

/// The draws of every population in the first hour on the first appliance.
fn draws(scenario: &Scenario) -> BTreeMap<String, String> {
    draws_in(&Schedule::new(scenario), 0, scenario.time.begin.micros() / HOUR * HOUR)
}

/// The draws of every population in one hour. Names replace numbers, because numbers can change even if names do not.
fn draws_in(schedule: &Schedule, appliance: usize, begin: u64) -> BTreeMap<String, String> {
    let directory = schedule.directory();
    let hour = schedule.hour(appliance, begin);
    let draw = |population| {
        let mut traffic = schedule.traffic_of(population, &hour);
        let (mut connections, mut text) = (Connections::default(), String::new());
        while traffic.draw(&mut connections) {
            for at in 0..connections.len() {
                let mut messages = Messages::default();
                let session_micros = traffic.messages(&connections, at, &mut messages).micros();
                text += &written(directory, &connections.get(at), session_micros, &messages);
            }
        }
        text
    };
    schedule.populations().iter().map(|population| (population.name.clone(), draw(population))).collect()
}

fn written(directory: &Directory, connection: &Connection, session_micros: u64, messages: &Messages) -> String {
    let (domain, owner) = (directory.domain(connection.domain), directory.owner(connection.owner));
    let (opened, address, sbrs, tls) =
        (connection.opened.micros(), connection.address.bits(), connection.sbrs, connection.tls);
    let mut text =
        format!("{opened} {address} {domain} {owner} {sbrs} {tls:?} {} {session_micros}\n", connection.verified);
    for message in &messages.messages {
        let (received, size) = (message.received.micros(), message.size_bytes);
        let ServiceMicros { anti_spam, anti_virus, processing } = message.service;
        let service = [anti_spam, anti_virus, processing];
        let virus = message.virus.map(|virus| directory.virus(virus));
        let sender = directory.user(message.sender);
        text += &format!("{received} {size} {service:?} {} {virus:?} {sender}\n", message.spam);
    }
    for recipient in &messages.recipients {
        text += &format!("{} {}\n", directory.user(recipient.user), recipient.exists);
    }
    for group in &messages.groups {
        let domain = directory.domain(group.domain);
        let retries = (group.deferrals, group.second_refusals);
        text += &format!("{domain} {} {} {retries:?}\n", group.recipients, group.refused);
    }
    text
}

/// Number of connections of a population in one hour.
fn count(schedule: &Schedule, population: &Population, appliance: usize, begin: u64) -> usize {
    let hour = schedule.hour(appliance, begin);
    let mut traffic = schedule.traffic_of(population, &hour);
    let (mut connections, mut count) = (Connections::default(), 0);
    while traffic.draw(&mut connections) {
        count += connections.len();
    }
    count
}

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    std::fs::read_to_string(path).unwrap()
}

fn read(text: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<_> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    Scenario::parse(text, "test.toml", &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// A golden value over every distribution. If it changes, the output of every scenario and seed changes: a dependency
/// draws different numbers, or the platform's mathematics affects the output. Such a change is value-breaking.
///
/// `UPDATE=1 cargo nextest run -p tollgate-traffic a_seed_gives_what_it_always_gave` writes it again.
#[test]
fn a_seed_gives_what_it_always_gave() {
    let mut hash = Sha256::new();
    for (name, draws) in draws(&read(&text(), &[])) {
        hash.update(name);
        hash.update(draws);
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quiet-hour.sha256");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{hash}\n")).unwrap();
    }
    assert_eq!(hash, std::fs::read_to_string(&path).unwrap().trim());
}

#[test]
fn another_seed_gives_something_else() {
    let one = draws(&read(&text(), &[]));
    let other = draws(&read(&text(), &["seed=1"]));
    for (name, drawn) in one {
        assert!(
            name.starts_with("script") || drawn.is_empty() || drawn != other[&name],
            "{name} does not depend on the seed"
        );
    }
}

#[test]
fn additions_to_a_scenario_change_no_other_draws() {
    let before = draws(&read(&text(), &[]));
    let class = r#"
        [[incoming]]
        name = "added"
        connections_per_week = 200000
        sbrs = [{ from = 0.0, to = 5.0, share = 1 }]
        size = { parts = [{ mu = 8.0, sigma = 1.0 }] }
        [incoming.domains]
        count = 40
        slope = 1
        network = "hosting"
        [[incoming.listed]]
        domain = "mx.listed.example"
        per_week = 100000
        [[content_filters]]
        name = "added"
        direction = "incoming"
        action = "drop"
        probability = 0.5
    "#;
    let after = draws(&read(&format!("{}\n{class}", text()), &[]));
    assert!(!after["added"].is_empty() && !after["added/mx.listed.example"].is_empty());
    for (name, drawn) in &before {
        assert!(drawn == &after[name], "the draws of {name} changed");
    }
}

#[test]
fn a_listed_domain_changes_no_other_draws() {
    let listed =
        |text: &str| text.replacen("listed = [", "listed = [{ domain = \"added.example\", per_week = 90000 }, ", 1);
    let with = listed(&text());
    assert_ne!(with, text(), "the scenario lists no domain");
    let (before, after) = (draws(&read(&text(), &[])), draws(&read(&with, &[])));
    assert_eq!(after.len(), before.len() + 1);
    for (name, drawn) in &before {
        assert!(drawn == &after[name], "the draws of {name} changed");
    }
}

#[test]
fn an_hour_can_be_drawn_alone() {
    let scenario = read(&text(), &[]);
    let schedule = Schedule::new(&scenario);
    let begin = scenario.time.begin.micros() / HOUR * HOUR;
    let drawn = |hours: &[u64]| hours.iter().map(|&begin| draws_in(&schedule, 0, begin)).next_back();
    assert_eq!(drawn(&[begin]), drawn(&[begin - HOUR, begin + HOUR, begin]));
}

const PAIR: &str = "appliances=[{ name = 'quiet', load = 1 }, { name = 'spare', load = 2 }]";

/// The quiet hour, made longer and shared by two appliances. The load of one is 0 from 11:00 to 13:00 and higher than
/// before from 13:00. The events are not in order.
fn failover() -> String {
    let event = |at: &str, load: &str| {
        format!("[[events]]\nat = \"2008-11-18T{at}:00Z\"\nappliance_load = {{ of = \"spare\", load = {load} }}\n")
    };
    format!("{}\n{}{}", text(), event("13:00", "3"), event("11:00", "0"))
}

/// The loads before a change do not affect the draws after it, nor the loads after it the draws before it.
#[test]
fn a_load_changes_at_its_hour_and_at_no_other() {
    let changing = Schedule::new(&read(&failover(), &["time.span=6h", PAIR]));
    let steady = |load: &str| Schedule::new(&read(&text(), &["time.span=6h", &PAIR.replace("load = 2", load)]));
    let hours = ["load = 2", "load = 2", "load = 0", "load = 0", "load = 3", "load = 3"];
    for (number, load) in hours.into_iter().enumerate() {
        let begin = read(&text(), &[]).time.begin.micros() + number as u64 * HOUR;
        let steady = steady(load);
        for appliance in 0..2 {
            let drawn = draws_in(&changing, appliance, begin);
            assert!(drawn == draws_in(&steady, appliance, begin), "hour {number}, appliance {appliance}, {load}");
            let is_away = appliance == 1 && load == "load = 0";
            assert_eq!(drawn["spam-bots"].is_empty(), is_away, "hour {number}, appliance {appliance}, {load}");
        }
    }
}

/// The other appliance takes the load that one loses, so that both together keep the scenario's mean.
#[test]
fn a_load_that_changes_leaves_the_sum_over_appliances_as_expected() {
    let sets = ["time.span=6h", PAIR, "incoming.ham-people.rhythm.day_to_day=0", "outgoing.users.rhythm.day_to_day=0"];
    let scenario = read(&failover(), &sets);
    let schedule = Schedule::new(&scenario);
    for begin in (0..6).map(|number| scenario.time.begin.micros() + number * HOUR) {
        let (mut expected, mut found) = (0.0, 0.0);
        for population in schedule.populations() {
            expected += schedule.expected(population, begin);
            for appliance in 0..2 {
                found += count(&schedule, population, appliance, begin) as f64;
            }
        }
        // Arrivals are a Poisson process. Scripts are exact and only make the deviation smaller.
        let deviations = (found - expected) / expected.sqrt();
        assert!(deviations.abs() < 4.0, "{begin}: found {found}, expected {expected}");
    }
}

#[test]
fn loads_that_stay_as_they_were_change_no_draws() {
    let event = "[[events]]\nat = \"2008-11-18T09:00:00Z\"\nappliance_load = { of = \"quiet\", load = 1 }\n";
    assert!(draws(&read(&text(), &[PAIR])) == draws(&read(&format!("{}\n{event}", text()), &[PAIR])));
    // A single appliance has all of the load, whatever its own value is.
    let event = event.replace("load = 1", "load = 0.25");
    assert!(draws(&read(&text(), &[])) == draws(&read(&format!("{}\n{event}", text()), &[])));
}
