//! Checks delivery, outbreaks and events.

use std::collections::{HashMap, HashSet};

use crate::delivery::{BounceProfile, DestinationControls};
use crate::happening::{Event, Outbreak, VolumeChange};
use crate::path::KeyPath;
use crate::phrases::list;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::value::{Amount, DAY, HOUR, MINUTE, Moment, SECOND, Span};

use super::names::{check_appliance, check_domain, check_known, check_name, check_unique};
use super::time::check_simulated;
use super::volumes::check_volume;
use super::weights::check_sum;

/// The longest time that a message may wait for delivery or in quarantine after its outbreak is recognised, in days.
const MAX_DAYS: u64 = 30;

/// Checks that the waits of retries grow and that retries end.
pub(super) fn check_retries(problems: &mut Problems, path: &KeyPath, profile: &BounceProfile) {
    if profile.first_wait.micros() < SECOND {
        let message = format!("found {}, allowed is at least 1s", profile.first_wait);
        problems.add(path.key("first_wait"), message);
    }
    if profile.longest_wait < profile.first_wait {
        let allowed = format!("allowed is at least `first_wait` ({})", profile.first_wait);
        problems.add(path.key("longest_wait"), format!("found {}, {allowed}", profile.longest_wait));
    }
    if profile.max_time.micros() > MAX_DAYS * DAY {
        let message = format!("found {}, allowed is at most {MAX_DAYS}d", profile.max_time);
        problems.add(path.key("max_time"), message);
    }
}

/// Checks that every domain is valid and has one setting.
pub(super) fn check_destination_controls(problems: &mut Problems, controls: &DestinationControls) {
    let path = KeyPath::top().key("destination_controls").key("domains");
    let paths = controls.domains.iter().enumerate().map(|(index, control)| (path.at(index), control.domain.as_str()));
    for (path, domain) in paths.clone() {
        check_domain(problems, path.key("domain"), domain);
    }
    check_unique(problems, "domain", paths);
}

/// Checks every outbreak.
pub(super) fn check_outbreaks(problems: &mut Problems, scenario: &Scenario) {
    let mut seen = HashSet::new();
    for (index, outbreak) in scenario.outbreaks.iter().enumerate() {
        let path = KeyPath::top().key("outbreaks").at(index);
        check_name(problems, path.key("name"), &outbreak.name);
        if !seen.insert(outbreak.id) {
            let found = format!("found {}, which another outbreak already has", outbreak.id);
            problems.add(path.key("id"), format!("{found}, allowed is another ID"));
        }
        check_outbreak(problems, &path, scenario, outbreak);
    }
}

fn check_outbreak(problems: &mut Problems, path: &KeyPath, scenario: &Scenario, outbreak: &Outbreak) {
    let classes = scenario.incoming.iter().map(|class| class.name.as_str());
    check_known(problems, path.key("class"), "a class", &outbreak.class, classes);
    let viruses = scenario.virus_types.iter().map(|virus| virus.name.as_str());
    check_known(problems, path.key("virus"), "a virus type", &outbreak.virus, viruses);
    check_simulated(problems, path.key("first_seen"), &scenario.time, outbreak.first_seen);
    check_volume(problems, path, (&outbreak.name, "connections"), outbreak.connections, scenario.volume);
    if outbreak.half_life.micros() < MINUTE {
        let message = format!("found {}, allowed is at least 1m", outbreak.half_life);
        problems.add(path.key("half_life"), message);
    }
    if outbreak.release_span.micros() > MAX_DAYS * DAY {
        let message = format!("found {}, allowed is at most {MAX_DAYS}d", outbreak.release_span);
        problems.add(path.key("release_span"), message);
    }
    if outbreak.protection_time < outbreak.filter_delay {
        let allowed = format!("allowed is at least `filter_delay` ({})", outbreak.filter_delay);
        problems.add(path.key("protection_time"), format!("found {}, {allowed}", outbreak.protection_time));
    }
}

/// Checks that every event changes exactly one thing, and that the thing exists.
pub(super) fn check_events(problems: &mut Problems, scenario: &Scenario) {
    for (index, event) in scenario.events.iter().enumerate() {
        let path = KeyPath::top().key("events").at(index);
        check_simulated(problems, path.key("at"), &scenario.time, event.at);
        check_one_thing(problems, &path, event);
        if let Some(control) = event.destination_control.as_ref().filter(|control| control.domain != "default") {
            check_domain(problems, path.key("destination_control").key("domain"), &control.domain);
        }
        if let Some(outage) = &event.destination {
            let path = path.key("destination");
            if outage.domain != "default" {
                check_domain(problems, path.key("domain"), &outage.domain);
            }
            check_unreachable(problems, &path, outage.unreachable);
        }
        if let Some(outage) = &event.internal_hosts {
            check_unreachable(problems, &path.key("internal_hosts"), outage.unreachable);
        }
        if let Some(change) = &event.volume {
            check_change(problems, &path.key("volume"), scenario, change);
        }
        if let Some(change) = &event.appliance_load {
            check_appliance(problems, path.key("appliance_load").key("of"), scenario, &change.of);
        }
        if let Some(restart) = &event.restart {
            let path = path.key("restart");
            check_appliance(problems, path.key("of"), scenario, &restart.of);
            if restart.takes.micros() == 0 || restart.takes.micros() > DAY {
                problems.add(path.key("takes"), format!("found {}, allowed is above 0s and at most 1d", restart.takes));
            }
        }
    }
    check_outages(problems, scenario);
    check_loads(problems, scenario);
}

fn check_unreachable(problems: &mut Problems, path: &KeyPath, unreachable: Span) {
    if unreachable.micros() == 0 {
        problems.add(path.key("unreachable"), "found 0s, allowed is a duration above 0");
    }
}

fn check_one_thing(problems: &mut Problems, path: &KeyPath, event: &Event) {
    let things = [
        ("destination_control", event.destination_control.is_some()),
        ("destination", event.destination.is_some()),
        ("internal_hosts", event.internal_hosts.is_some()),
        ("volume", event.volume.is_some()),
        ("appliance_load", event.appliance_load.is_some()),
        ("restart", event.restart.is_some()),
    ];
    let found: Vec<&str> = things.iter().filter(|(_, is_there)| *is_there).map(|&(thing, _)| thing).collect();
    match found.len() {
        0 => {
            let allowed = list(things.map(|(thing, _)| thing), '`');
            problems.add(path.clone(), format!("found no change, allowed is one of {allowed}"));
        }
        1 => {}
        _ => problems.add(path.clone(), format!("found {}, allowed is only one of them", list(found, '`'))),
    }
}

/// Checks that nothing becomes unreachable while it is unreachable.
fn check_outages(problems: &mut Problems, scenario: &Scenario) {
    let events = scenario.events.iter().enumerate();
    let outages = events.filter_map(|(index, event)| {
        let outside = event.destination.as_ref().map(|outage| (Some(outage.domain.as_str()), outage.unreachable));
        let (domain, span) = outside.or(event.internal_hosts.as_ref().map(|outage| (None, outage.unreachable)))?;
        Some((event.at, index, domain, span))
    });
    let mut outages: Vec<_> = outages.collect();
    outages.sort_by_key(|&(at, index, ..)| (at, index));
    let mut ends: HashMap<Option<&str>, Moment> = HashMap::new();
    for (at, index, domain, unreachable) in outages {
        let end = ends.entry(domain).or_insert(at);
        if at < *end {
            let place = domain.map_or("the internal hosts".to_owned(), |domain| format!("{domain:?}"));
            let reason = format!("because another event makes {place} unreachable until then");
            let message = format!("found {at}, allowed is {end} or later, {reason}");
            problems.add(KeyPath::top().key("events").at(index).key("at"), message);
        }
        *end = at.plus(unreachable).max(*end);
    }
}

/// Checks that loads change only between clock hours and at most once per appliance and moment, and that some appliance
/// always has a load above 0.
fn check_loads(problems: &mut Problems, scenario: &Scenario) {
    let events = scenario.events.iter().enumerate();
    let changes = events.filter_map(|(index, event)| Some((event.at, index, event.appliance_load.as_ref()?)));
    let mut changes: Vec<_> = changes.collect();
    changes.sort_by_key(|&(at, index, _)| (at, index));
    let mut loads: Vec<Amount> = scenario.appliances.iter().map(|appliance| appliance.load).collect();
    for at_once in changes.chunk_by(|(one, ..), (other, ..)| one == other) {
        let mut seen = HashSet::new();
        for &(at, index, change) in at_once {
            let path = KeyPath::top().key("events").at(index);
            if !at.micros().is_multiple_of(HOUR) {
                let allowed = "allowed is the beginning of a clock hour, because traffic is drawn by the hour";
                problems.add(path.key("at"), format!("found {at}, {allowed}"));
            }
            let path = path.key("appliance_load");
            if !seen.insert(&change.of) {
                let found = format!("found a second load of {:?} at {at}", change.of);
                problems.add(path.key("of"), format!("{found}, allowed is one load per appliance and moment"));
            }
            let of = scenario.appliances.iter().position(|appliance| appliance.name == change.of);
            if let Some(of) = of {
                loads[of] = change.load;
            }
        }
        if let Some((_, index, _)) = at_once.last() {
            let path = KeyPath::top().key("events").at(*index).key("appliance_load").key("load");
            check_sum(problems, path, "loads", loads.iter().copied());
        }
    }
}

fn check_change(problems: &mut Problems, path: &KeyPath, scenario: &Scenario, change: &VolumeChange) {
    let classes = scenario.incoming.iter().map(|class| class.name.as_str());
    let flows = scenario.outgoing.iter().map(|flow| flow.name.as_str());
    check_known(problems, path.key("of"), "a class or a flow", &change.of, classes.chain(flows));
    let Some(recovery) = change.recovery else { return };
    if recovery.micros() == 0 {
        problems.add(path.key("recovery"), "found 0s, allowed is a duration above 0");
    }
    if change.factor.get() == 0.0 {
        // A volume of 0 cannot recover by equal percentages.
        problems.add(path.key("factor"), "found 0 with a `recovery`, allowed is a factor above 0");
    }
}
