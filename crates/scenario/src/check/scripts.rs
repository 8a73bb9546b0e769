//! Exact counts of mail.

use crate::finding::Findings;
use crate::happening::{ScriptedIncoming, ScriptedOutgoing};
use crate::place::Place;
use crate::scenario::{Scenario, Time};
use crate::site::ListenerKind;
use crate::value::{Moment, Span};

use super::names::{check_domain, check_known, check_listener, check_name, check_unique};
use super::outgoing::check_servers;

/// The most messages (recipients) of a connection.
const MAX_MESSAGES: u64 = 1_000_000;

/// Checks every script.
pub(super) fn check(findings: &mut Findings, scenario: &Scenario) {
    let incoming = places("scripted_incoming", &scenario.scripted_incoming);
    let outgoing = places("scripted_outgoing", &scenario.scripted_outgoing);
    for (place, script) in incoming.clone() {
        check_incoming(findings, &place, scenario, script);
    }
    for (place, script) in outgoing.clone() {
        check_outgoing(findings, &place, scenario, script);
    }
    let names = incoming.map(|(place, script)| (place, script.name.as_str()));
    check_unique(findings, "name", names.chain(outgoing.map(|(place, script)| (place, script.name.as_str()))));
}

fn places<'s, T>(key: &str, scripts: &'s [T]) -> impl Iterator<Item = (Place, &'s T)> + Clone {
    let place = Place::top().key(key);
    scripts.iter().enumerate().map(move |(index, script)| (place.at(index), script))
}

fn check_incoming(findings: &mut Findings, place: &Place, scenario: &Scenario, script: &ScriptedIncoming) {
    check_name(findings, place.key("name"), &script.name);
    check_appliance(findings, place, scenario, script.appliance.as_deref());
    check_listener(findings, place, scenario, &script.listener, ListenerKind::Public);
    check_stretch(findings, place, &scenario.time, script.begin, script.span);
    check_domain(findings, place.key("host"), &script.host);
    if let Some(owner) = &script.owner {
        check_name(findings, place.key("owner"), owner);
    }
    check_counts(findings, place, script.connections, script.messages, 0);
}

fn check_outgoing(findings: &mut Findings, place: &Place, scenario: &Scenario, script: &ScriptedOutgoing) {
    check_name(findings, place.key("name"), &script.name);
    check_appliance(findings, place, scenario, script.appliance.as_deref());
    check_listener(findings, place, scenario, &script.listener, ListenerKind::Private);
    check_servers(findings, &place.key("servers"), &script.servers);
    check_stretch(findings, place, &scenario.time, script.begin, script.span);
    check_domain(findings, place.key("destination"), &script.destination);
    check_counts(findings, place, script.connections, script.messages, script.hard_bounces);
}

fn check_appliance(findings: &mut Findings, place: &Place, scenario: &Scenario, name: Option<&str>) {
    if let Some(name) = name {
        let known = scenario.appliances.iter().map(|appliance| appliance.name.as_str());
        check_known(findings, place.key("appliance"), "an appliance", name, known);
    }
}

/// Checks that a script counts in full: none of it comes before the first interval or after the last.
fn check_stretch(findings: &mut Findings, place: &Place, time: &Time, begin: Moment, span: Span) {
    if begin < time.begin || begin >= time.end() {
        let allowed = format!("allowed is a moment from {} to before {}", time.begin, time.end());
        findings.refuse(place.key("begin"), format!("found {begin}, {allowed}"));
    } else if begin.plus(span) > time.end() {
        let allowed = format!("allowed is a stretch from {begin} that ends by {}", time.end());
        findings.refuse(place.key("span"), format!("found {span}, {allowed}"));
    }
}

fn check_counts(findings: &mut Findings, place: &Place, connections: u32, messages: u32, hard_bounces: u32) {
    let carried = u64::from(messages) + u64::from(hard_bounces);
    let most = u64::from(connections) * MAX_MESSAGES;
    if carried > most {
        let found = format!("found {connections} for {carried} messages and hard bounces");
        findings.refuse(place.key("connections"), format!("{found}, allowed are at most {MAX_MESSAGES} on each"));
    }
}
