//! Appliances, users, content filters and types of virus.

use crate::appliance::{Appliance, Limits};
use crate::finding::Findings;
use crate::place::Place;
use crate::scenario::Scenario;
use crate::site::{ContentFilter, Direction, Users};
use crate::value::Span;

use super::names::{check_domain, check_known, check_name, check_unique};
use super::weights::check_sum;

/// The most users; the exports name each of them.
const MAX_USERS: u32 = 1_000_000;
/// The most room for a queue, in KiB: a pebibyte, whose bytes can still be multiplied by times.
const MAX_QUEUE_KIB: u64 = 1 << 40;

/// Checks that there are appliances whose names can be directories and whose loads can be set against each other.
pub(super) fn check_appliances(findings: &mut Findings, appliances: &[Appliance]) {
    let place = Place::top().key("appliances");
    if appliances.is_empty() {
        findings.refuse(place, "found no appliance, allowed is one or more");
        return;
    }
    let places = appliances.iter().enumerate().map(|(index, appliance)| (place.at(index), appliance));
    for (place, appliance) in places.clone() {
        if !is_directory(&appliance.name) {
            let allowed = "allowed are lower-case letters, digits, dots, hyphens and underscores, no dot in front, and \
                           no -truth, .json or .toml at the end";
            findings.refuse(place.key("name"), format!("found {:?}, {allowed}", appliance.name));
        }
        if appliance.cores == 0 {
            findings.refuse(place.key("cores"), "found 0, allowed is one or more");
        } else if appliance.workers == 0 || appliance.workers > appliance.cores {
            let message = format!("found {}, allowed is from one to the {} cores", appliance.workers, appliance.cores);
            findings.refuse(place.key("workers"), message);
        }
    }
    for (place, appliance) in places.clone() {
        check_limits(findings, &place.key("limits"), &appliance.limits);
        if appliance.counting.known_for == Span::default() {
            findings.refuse(place.key("counting").key("known_for"), "found 0s, allowed is more");
        }
    }
    check_unique(findings, "name", places.map(|(place, appliance)| (place, appliance.name.as_str())));
    check_sum(findings, place, "loads", appliances.iter().map(|appliance| appliance.load));
}

/// Checks that an appliance can take something, and that what is suspended is resumed.
fn check_limits(findings: &mut Findings, place: &Place, limits: &Limits) {
    if limits.outbound_connections == 0 {
        findings.refuse(place.key("outbound_connections"), "found 0, allowed is one or more");
    }
    if !(1..=MAX_QUEUE_KIB).contains(&limits.queue_kib) {
        let message = format!("found {}, allowed is from 1 to {MAX_QUEUE_KIB}", limits.queue_kib);
        findings.refuse(place.key("queue_kib"), message);
    }
    match (limits.suspend_above, limits.resume_at) {
        (Some(0), _) => findings.refuse(place.key("suspend_above"), "found 0, allowed is one or more"),
        (Some(above), Some(at)) if at > above => {
            let allowed = format!("allowed is no more than `suspend_above` ({above})");
            findings.refuse(place.key("resume_at"), format!("found {at}, {allowed}"));
        }
        (None, Some(at)) => {
            let allowed = "allowed is that only beside `suspend_above`, without which listeners are never suspended";
            findings.refuse(place.key("resume_at"), format!("found {at}, {allowed}"));
        }
        _ => {}
    }
}

/// Checks that every appliance counts by a rule that is known.
pub(crate) fn check_rules(findings: &mut Findings, appliances: &[Appliance], known: &[&str]) {
    for (index, appliance) in appliances.iter().enumerate() {
        let place = Place::top().key("appliances").at(index).key("counting").key("rule");
        check_known(findings, place, "a counting rule", &appliance.counting.rule, known.iter().copied());
    }
}

/// Whether a name can stand beside the other files and directories of an output.
fn is_directory(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let is_taken = ["-truth", ".json", ".toml"].iter().any(|end| name.ends_with(end));
    (1..=100).contains(&name.len()) && name.bytes().all(is_allowed) && !name.starts_with('.') && !is_taken
}

/// Checks that there are users with a domain.
pub(super) fn check_users(findings: &mut Findings, users: &Users) {
    let place = Place::top().key("users");
    if !(1..=MAX_USERS).contains(&users.count) {
        findings.refuse(place.key("count"), format!("found {}, allowed is from 1 to {MAX_USERS}", users.count));
    }
    check_domain(findings, place.key("domain"), &users.domain);
}

/// Checks that filters which look at the same mail differ in name.
pub(super) fn check_content_filters(findings: &mut Findings, filters: &[ContentFilter]) {
    let place = Place::top().key("content_filters");
    for (index, filter) in filters.iter().enumerate() {
        check_name(findings, place.at(index).key("name"), &filter.name);
    }
    for direction in [Direction::Incoming, Direction::Outgoing] {
        let same = filters.iter().enumerate().filter(|(_, filter)| filter.direction == direction);
        check_unique(findings, "name", same.map(|(index, filter)| (place.at(index), filter.name.as_str())));
    }
}

/// Checks that there is a type for every infected message at any time.
pub(super) fn check_virus_types(findings: &mut Findings, scenario: &Scenario) {
    let place = Place::top().key("virus_types");
    let places = scenario.virus_types.iter().enumerate().map(|(index, virus)| (place.at(index), virus));
    for (place, virus) in places.clone() {
        check_name(findings, place.key("name"), &virus.name);
        for (index, burst) in virus.bursts.iter().enumerate() {
            // With a factor of 0 there might be a time at which no type has any weight.
            if burst.factor.get() == 0.0 {
                findings.refuse(place.key("bursts").at(index).key("factor"), "found 0, allowed is a factor above 0");
            }
        }
    }
    check_unique(findings, "name", places.map(|(place, virus)| (place, virus.name.as_str())));
    let is_infected = scenario.incoming.iter().any(|class| class.virus.get() > 0.0)
        || scenario.outgoing.iter().any(|flow| flow.virus.get() > 0.0)
        || !scenario.outbreaks.is_empty();
    if is_infected {
        check_sum(findings, place, "weights", scenario.virus_types.iter().map(|virus| virus.weight));
    }
}
