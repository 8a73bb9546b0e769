//! Flows of outgoing mail.

use crate::finding::Findings;
use crate::mail::ListedDomain;
use crate::outgoing::{Destination, Flow, Servers};
use crate::place::Place;
use crate::scenario::Scenario;
use crate::site::ListenerKind;

use super::changes::check_retries;
use super::names::{check_domain, check_listener, check_name, check_unique, is_label};
use super::networks::addresses;
use super::volumes::{check_listed, check_recipients, check_rhythm, check_size, check_volume, mean_recipients};
use super::weights::check_sum;

/// Checks every flow.
pub(super) fn check(findings: &mut Findings, scenario: &Scenario) {
    for (index, flow) in scenario.outgoing.iter().enumerate() {
        let place = Place::top().key("outgoing").at(index);
        check_name(findings, place.key("name"), &flow.name);
        check_listener(findings, &place, scenario, &flow.listener, ListenerKind::Private);
        check_servers(findings, &place.key("servers"), &flow.servers);
        check_volume(findings, place.key("messages_per_week"), flow.messages_per_week, scenario.volume);
        check_rhythm(findings, &place.key("rhythm"), &flow.rhythm);
        check_recipients(findings, &place.key("recipients"), &flow.recipients);
        check_size(findings, &place.key("size"), &flow.size);
        check_destinations(findings, &place.key("destinations"), scenario, flow);
        check_retries(findings, &place.key("retry"), &flow.retry);
    }
}

/// Checks that there is an address for a server, and a domain for its name.
pub(super) fn check_servers(findings: &mut Findings, place: &Place, servers: &Servers) {
    check_domain(findings, place.key("domain"), &servers.domain);
    if addresses(servers.addresses) < 3 {
        let allowed = "allowed is a network with addresses between its first and its last, such as one of /30";
        findings.refuse(place.key("addresses"), format!("found {}, {allowed}", servers.addresses));
    }
}

fn check_destinations(findings: &mut Findings, place: &Place, scenario: &Scenario, flow: &Flow) {
    let places = flow.destinations.iter().enumerate().map(|(index, destination)| (place.at(index), destination));
    check_unique(findings, "name", places.clone().map(|(place, destination)| (place, destination.name.as_str())));
    let mean = mean_recipients(&flow.recipients);
    for (place, destination) in places.clone() {
        check_destination(findings, &place, destination, mean);
        check_listed(findings, &place.key("listed"), &destination.listed, scenario.volume);
    }
    check_listed_once(findings, places.clone());
    // A flow may have no mail but that of its listed domains.
    let listed_only = flow.messages_per_week.get() == 0.0 && places.clone().any(|(_, it)| !it.listed.is_empty());
    if !listed_only {
        check_sum(findings, place.clone(), "weights", flow.destinations.iter().map(|destination| destination.weight));
    }
}

fn check_destination(findings: &mut Findings, place: &Place, destination: &Destination, mean_recipients: f64) {
    if !is_label(&destination.name) {
        let allowed = "allowed are lower-case letters, digits and hyphens, because it is part of names of domains";
        findings.refuse(place.key("name"), format!("found {:?}, {allowed}", destination.name));
    }
    if destination.domains == 0 {
        findings.refuse(place.key("domains"), "found 0, allowed is one or more");
    }
    let per_connection = destination.messages_per_connection.get();
    if per_connection > mean_recipients + 1e-9 {
        let allowed = format!(
            "allowed is at most {mean_recipients:.4}, the mean number of recipients of the flow's messages, because a \
             connection carries one message (transaction)"
        );
        findings.refuse(place.key("messages_per_connection"), format!("found {per_connection}, {allowed}"));
    }
}

/// Checks that no domain is listed in two destinations, which might not behave alike.
fn check_listed_once<'s>(findings: &mut Findings, places: impl Iterator<Item = (Place, &'s Destination)>) {
    let mut seen: Vec<(Place, &ListedDomain)> = Vec::new();
    for (place, destination) in places {
        let own = seen.len();
        for (index, entry) in destination.listed.iter().enumerate() {
            let place = place.key("listed").at(index);
            if let Some((earlier, _)) = seen[..own].iter().find(|(_, earlier)| earlier.domain == entry.domain) {
                let message = format!("found {:?}, which {earlier} has already", entry.domain);
                findings.refuse(place.key("domain"), format!("{message}, allowed is one destination for a domain"));
            }
            seen.push((place, entry));
        }
    }
}
