//! Listeners, their policies and their sender groups.

use crate::finding::Findings;
use crate::place::Place;
use crate::site::{Action, Listener, ListenerKind, Policy, SenderGroup};
use crate::value::HOUR;

use super::names::{DOMAIN, check_known, check_name, check_unique, is_domain};

/// Checks every listener.
pub(super) fn check(findings: &mut Findings, listeners: &[Listener]) {
    let place = Place::top().key("listeners");
    let places = listeners.iter().enumerate().map(|(index, listener)| (place.at(index), listener));
    check_unique(findings, "name", places.clone().map(|(place, listener)| (place, listener.name.as_str())));
    for (place, listener) in places {
        check_name(findings, place.key("name"), &listener.name);
        check_connections(findings, &place, listener);
        check_policies(findings, &place, listener);
        check_sender_groups(findings, &place, listener);
        check_order(findings, &place.key("sender_groups"), &listener.sender_groups);
    }
}

fn check_connections(findings: &mut Findings, place: &Place, listener: &Listener) {
    if listener.max_connections == Some(0) {
        findings.refuse(place.key("max_connections"), "found 0, allowed is one or more");
    }
    // No other session is longer either.
    if listener.rejected_for.micros() > HOUR {
        findings
            .refuse(place.key("rejected_for"), format!("found {}, allowed is at most an hour", listener.rejected_for));
    }
}

fn check_policies(findings: &mut Findings, place: &Place, listener: &Listener) {
    let place = place.key("policies");
    let places = listener.policies.iter().enumerate().map(|(index, policy)| (place.at(index), policy));
    check_unique(findings, "name", places.clone().map(|(place, policy)| (place, policy.name.as_str())));
    for (place, policy) in places {
        check_name(findings, place.key("name"), &policy.name);
        match (listener.kind, policy.action) {
            (ListenerKind::Public, Action::Relay) => {
                let allowed = "allowed on a public listener are \"accept\", \"reject\", \"tcp-refuse\"";
                findings.refuse(place.key("action"), format!("found \"relay\", {allowed}"));
            }
            (ListenerKind::Private, Action::Accept) => {
                let allowed = "allowed on a private listener are \"relay\", \"reject\", \"tcp-refuse\"";
                findings.refuse(place.key("action"), format!("found \"accept\", {allowed}"));
            }
            _ => {}
        }
        check_limits(findings, &place, policy);
    }
}

fn check_limits(findings: &mut Findings, place: &Place, policy: &Policy) {
    let limits = [
        ("max_messages_per_session", Some(policy.max_messages_per_session)),
        ("max_recipients_per_message", Some(policy.max_recipients_per_message)),
        ("max_recipients_per_hour", policy.max_recipients_per_hour),
    ];
    for (key, limit) in limits {
        if limit == Some(0) {
            findings.refuse(place.key(key), "found 0, allowed is one or more");
        }
    }
}

fn check_sender_groups(findings: &mut Findings, place: &Place, listener: &Listener) {
    let place = place.key("sender_groups");
    let places = listener.sender_groups.iter().enumerate().map(|(index, group)| (place.at(index), group));
    check_unique(findings, "name", places.clone().map(|(place, group)| (place, group.name.as_str())));
    for (place, group) in places {
        check_name(findings, place.key("name"), &group.name);
        let policies = listener.policies.iter().map(|policy| policy.name.as_str());
        check_known(findings, place.key("policy"), "a policy of the same listener", &group.policy, policies);
        for (index, (low, high)) in group.sbrs.iter().enumerate() {
            if low > high {
                let message = format!("found {low} to {high}, allowed is the lower score first");
                findings.refuse(place.key("sbrs").at(index), message);
            }
        }
        for (index, domain) in group.domains.iter().enumerate() {
            if !is_domain(domain.strip_prefix('.').unwrap_or(domain)) {
                let message = format!("found {domain:?}, {DOMAIN}, perhaps with a dot in front");
                findings.refuse(place.key("domains").at(index), message);
            }
        }
    }
}

/// Checks that a group is found for every sender and none stands behind one that takes all.
fn check_order(findings: &mut Findings, place: &Place, groups: &[SenderGroup]) {
    let Some((last, earlier)) = groups.split_last() else {
        findings.refuse(place.clone(), "found no sender group, allowed is one or more");
        return;
    };
    if !last.matches_all() {
        let message = format!("found {:?} as the last, allowed is a last group without any condition", last.name);
        findings.refuse(place.at(earlier.len()), message);
    }
    for (index, group) in earlier.iter().enumerate().filter(|(_, group)| group.matches_all()) {
        let message = format!("found no condition in {:?}, allowed is that only in the last group", group.name);
        findings.refuse(place.at(index), message);
    }
}
