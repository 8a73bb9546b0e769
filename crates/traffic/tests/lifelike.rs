//! Senders, partners and users that look like real ones.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use tollgate_scenario::{DAY, HOUR, Scenario};
use tollgate_traffic::{Address, Connections, DomainId, Messages, NO_DOMAIN, PopulationId, Schedule, UserId};

fn scenario(overrides: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/c650-week.toml");
    let overrides: Vec<_> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// Calls a function for each batch of connections of each population in some hours.
fn each_batch(scenario: &Scenario, hours: &[u64], mut look: impl FnMut(&Schedule, PopulationId, u64, &Connections)) {
    let schedule = Schedule::new(scenario);
    for hour in hours {
        let begin = scenario.time.begin.micros() + hour * HOUR;
        let hour = schedule.hour(0, begin);
        for (number, population) in (0u16..).zip(schedule.populations()) {
            let mut traffic = schedule.traffic_of(population, &hour);
            let mut connections = Connections::default();
            while traffic.draw(&mut connections) {
                look(&schedule, PopulationId::new(number), begin, &connections);
            }
        }
    }
}

#[test]
fn an_address_has_one_host_name_and_one_domain() {
    for style in ["names.style=reserved", "names.style=lifelike"] {
        let mut hosts: HashMap<Address, (String, bool, DomainId)> = HashMap::new();
        let mut unverified = 0;
        each_batch(&scenario(&[style]), &[9, 33, 57], |schedule, population, _, connections| {
            let directory = schedule.directory();
            for at in 0..connections.len() {
                let connection = connections.get(at);
                let host = directory.host(population, connection.address);
                assert_eq!(host.verified, connection.verified, "{}", host.name);
                let domain = directory.domain(connection.domain);
                if host.verified {
                    assert!(host.name.ends_with(domain), "{} is not in {domain}", host.name);
                } else {
                    assert_eq!(domain, NO_DOMAIN, "{}", host.name);
                    unverified += 1;
                }
                let found = (host.name, host.verified, connection.domain);
                let known = hosts.entry(connection.address).or_insert_with(|| found.clone());
                assert_eq!(*known, found, "address {:?}", connection.address);
            }
        });
        assert!(unverified > 1000 && hosts.len() > 10_000, "{unverified} {}", hosts.len());
    }
}

#[test]
fn scores_change_from_day_to_day_but_their_distribution_does_not() {
    let histogram = |hour: u64| {
        let (mut counts, mut scores) = (HashMap::<i16, f64>::new(), HashMap::<Address, i16>::new());
        each_batch(&scenario(&["volume=3", "variation.none=true"]), &[hour], |_, _, _, connections| {
            for (&address, &sbrs) in connections.address.iter().zip(&connections.sbrs) {
                scores.insert(address, sbrs);
                *counts.entry(sbrs).or_default() += 1.0;
            }
        });
        (counts, scores)
    };
    let ((first, before), (second, after)) = (histogram(10), histogram(34));
    let sums = [&first, &second].map(|counts| counts.values().sum::<f64>());
    // The senders with the most mail decide the scores of much mail, so a score may differ by more than chance.
    for score in first.keys().chain(second.keys()) {
        let [one, other] = [(&first, sums[0]), (&second, sums[1])]
            .map(|(counts, sum)| counts.get(score).copied().unwrap_or_default() / sum);
        assert!((one - other).abs() < 0.01 + 0.1 * one, "{score}: {one} and {other}");
    }
    let both: Vec<(i16, i16)> =
        before.iter().filter_map(|(address, &score)| Some((score, *after.get(address)?))).collect();
    let moved = both.iter().filter(|(one, other)| one != other).count() as f64 / both.len() as f64;
    assert!(both.len() > 1000 && (0.15..0.35).contains(&moved), "{moved} of {}", both.len());
}

#[test]
fn destinations_write_back() {
    let scenario = scenario(&[]);
    let schedule = Schedule::new(&scenario);
    let (mut senders, mut written): (HashSet<DomainId>, HashMap<DomainId, u32>) = (HashSet::new(), HashMap::new());
    each_batch(&scenario, &[9, 10, 11, 33, 34, 35], |schedule, id, begin, connections| {
        let population = schedule.population(id);
        if population.name == "ham-people" {
            senders.extend(&connections.domain);
        }
        if population.name == "users" {
            let hour = schedule.hour(0, begin);
            let traffic = schedule.traffic_of(population, &hour);
            for at in 0..connections.len() {
                let mut messages = Messages::default();
                traffic.messages(connections, at, &mut messages);
                messages.groups.iter().for_each(|group| *written.entry(group.domain).or_default() += group.recipients);
            }
        }
    });
    let mut largest: Vec<(u32, DomainId)> =
        written.into_iter().map(|(domain, recipients)| (recipients, domain)).collect();
    largest.sort_unstable_by(|one, other| other.cmp(one));
    let back = largest[..100].iter().filter(|(_, domain)| senders.contains(domain)).count();
    assert!((35..=75).contains(&back), "{back} of the 100 largest destinations write back");
    assert!(schedule.directory().domains.len() > 20_000);
}

#[test]
fn users_are_absent_on_some_days_and_in_some_weeks() {
    // Ten users who send 1,000 messages an hour send every day, unless they are absent.
    let sets = [
        "users.count=200",
        "users.sent={ sigma = 0.0, cut = 1.0 }",
        "users.absent_days=0.1",
        "users.absent_weeks=0.05",
    ];
    let with = scenario(&sets);
    let hours: Vec<u64> = (0..28).map(|day| day * DAY / HOUR + 11).collect();
    let mut present: HashSet<(u64, UserId)> = HashSet::new();
    each_batch(&with, &hours, |schedule, id, begin, connections| {
        let population = schedule.population(id);
        if population.name != "users" {
            return;
        }
        let hour = schedule.hour(0, begin);
        let traffic = schedule.traffic_of(population, &hour);
        for at in 0..connections.len() {
            let mut messages = Messages::default();
            traffic.messages(connections, at, &mut messages);
            present.extend(messages.messages.iter().map(|message| (begin / DAY, message.sender)));
        }
    });
    // A user who is there sends 10 to 20 messages in this hour of a working day. Weekends have too little mail.
    let monday = with.time.begin.micros() / DAY;
    let mut absent = 0;
    let null = Schedule::new(&with).directory().users.iter().position(|user| user == "<>").unwrap() as u32;
    let days: Vec<u64> = (0..28).filter(|day| day % 7 < 5).map(|day| monday + day).collect();
    for day in &days {
        absent += (0..=200)
            .filter(|&user| user != null)
            .map(UserId::new)
            .filter(|&user| !present.contains(&(*day, user)))
            .count();
    }
    let share = absent as f64 / (200 * days.len()) as f64;
    // 1 - 0.9 x 0.95 = 0.145
    assert!((0.12..0.17).contains(&share), "{share}");
}

#[test]
fn both_styles_of_names_have_the_same_senders() {
    let draw = |style: &str| {
        let mut senders = Vec::new();
        each_batch(&scenario(&[style, "volume=0.2"]), &[9], |_, population, _, connections| {
            for at in 0..connections.len() {
                let connection = connections.get(at);
                senders.push((population, connection.opened, connection.sbrs, connection.tls, connection.verified));
            }
        });
        senders
    };
    let (reserved, lifelike) = (draw("names.style=reserved"), draw("names.style=lifelike"));
    assert!(reserved.len() > 1000 && reserved == lifelike);
}
