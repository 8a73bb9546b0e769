//! Users and network owners that the scenario lists.

use std::collections::HashMap;

use tollgate_scenario::{HOUR, Scenario};
use tollgate_traffic::{Connections, Messages, Schedule};

/// A site in which nobody is absent, so that shares hold exactly.
const SCENARIO: &str = r#"
format = 1
time = { begin = "2008-11-17T00:00:00Z", span = "1h" }
appliances = [{ name = "c650" }]
variation = { none = true }
users = { count = 40, domain = "example.com", absent_days = 0, absent_weeks = 0 }

[[networks]]
name = "homes"
addresses = "10.0.0.0/8"
owners = 60
owner_slope = 1.2
no_owner = 0.1

[[incoming]]
name = "ham"
connections_per_week = 5e6
size = { parts = [{ mu = 8, sigma = 1 }] }
domains = { count = 10, slope = 1, network = "homes" }

[[incoming]]
name = "spam"
connections_per_week = 5e6
size = { parts = [{ mu = 8, sigma = 1 }] }
spam = 0.9
bots = { network = "homes", kinds = [{ share = 1, life = "1h", connections = 1 }] }

[[outgoing]]
name = "staff"
messages_per_week = 5e6
servers = { domain = "example.com", addresses = "192.0.2.0/29" }
size = { parts = [{ mu = 8, sigma = 1 }] }
destinations = [{ name = "any", weight = 1, domains = 10 }]
"#;

/// The mail of a population in an hour.
#[derive(Default)]
struct Counts {
    /// Recipients by user.
    recipients: HashMap<String, f64>,
    /// Transactions by sender.
    senders: HashMap<String, f64>,
    /// Connections by network owner.
    owners: HashMap<String, f64>,
}

/// The schedule of the scenario with overrides, and the counts of each population.
fn counts(overrides: &[&str]) -> (Schedule, HashMap<String, Counts>) {
    let overrides: Vec<_> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    let scenario = Scenario::parse(SCENARIO, "listed.toml", &overrides).unwrap_or_else(|error| panic!("{error}"));
    let schedule = Schedule::new(&scenario);
    let hour = schedule.hour(0, scenario.time.begin.micros() / HOUR * HOUR);
    let mut counts: HashMap<String, Counts> = HashMap::new();
    for population in schedule.populations() {
        let counts = counts.entry(population.name.clone()).or_default();
        let add = |counts: &mut HashMap<String, f64>, name: &str| *counts.entry(name.into()).or_default() += 1.0;
        let (mut traffic, mut connections) = (schedule.traffic_of(population, &hour), Connections::default());
        while traffic.draw(&mut connections) {
            for at in 0..connections.len() {
                let mut messages = Messages::default();
                traffic.messages(&connections, at, &mut messages);
                let directory = schedule.directory();
                add(&mut counts.owners, directory.owner(connections.owner[at]));
                messages.messages.iter().for_each(|each| add(&mut counts.senders, directory.user(each.sender)));
                messages.recipients.iter().for_each(|each| add(&mut counts.recipients, directory.user(each.user)));
            }
        }
    }
    (schedule, counts)
}

fn assert_share(counts: &HashMap<String, f64>, name: &str, expected: f64) {
    let all: f64 = counts.values().sum();
    let (found, sigma) =
        (counts.get(name).copied().unwrap_or_default() / all, (expected * (1.0 - expected) / all).sqrt());
    assert!(
        all > 10_000.0 && (found - expected).abs() <= 4.0 * sigma,
        "{name} has {found} of {all}, expected {expected}"
    );
}

#[test]
fn listed_users_and_owners_have_their_shares_and_change_no_others() {
    let (plain, before) = counts(&[]);
    let users: Vec<&String> = plain.directory().users.iter().filter(|user| user.contains('@')).collect();
    let taken = users[5].split('@').next().unwrap();
    let owner = plain.directory().owners.iter().find(|owner| before["spam"].owners.contains_key(*owner)).unwrap();
    let listed = format!(
        "users.listed=[{{ name = '{taken}', received = 0.25, sent = 0.1 }}, {{ name = 'x', exposed = 0.3, sent = 0 }}, {{ name = 'y' }}]"
    );
    let owners = format!(
        "networks.homes.listed_owners=[{{ name = 'Example, Inc.', share = 0.3 }}, {{ name = \"{owner}\", share = 0.05 }}]"
    );
    let (with, after) = counts(&[&listed, &owners]);
    let [taken, x] = [taken, "x"].map(|name| format!("{name}@example.com"));
    assert_share(&after["ham"].recipients, &taken, 0.25);
    assert_share(&after["spam"].recipients, &x, 0.3);
    assert_share(&after["staff"].senders, &taken, 0.1);
    assert_eq!(after["staff"].senders.get(&x), None);
    for name in [&taken, &x, "y@example.com"] {
        assert_eq!(with.directory().users.iter().filter(|user| *user == name).count(), 1);
    }
    assert_eq!(with.directory().users.len(), plain.directory().users.len());
    assert_share(&after["spam"].owners, "Example, Inc.", 0.3);
    assert_share(&after["spam"].owners, owner, 0.05);
    // Three of the forty users have other names, unless one of them had the taken name.
    let kept = users.into_iter().filter(|user| with.directory().users.contains(user)).count();
    assert!((37..=38).contains(&kept), "{kept}");
}
