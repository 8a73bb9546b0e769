//! Checks flows of outgoing mail.

use std::collections::HashMap;

use crate::outgoing::{Destination, Flow, Servers, StartTls};
use crate::path::KeyPath;
use crate::phrases::exact;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::site::ListenerKind;

use super::changes::check_retries;
use super::names::{check_domain, check_listener, check_name, check_unique, is_label};
use super::networks::addresses;
use super::volumes::{check_listed, check_recipients, check_rhythm, check_size, check_volume};
use super::weights::{check_shares, check_sum};

/// Checks every flow.
pub(super) fn check(problems: &mut Problems, scenario: &Scenario) {
    for (index, flow) in scenario.outgoing.iter().enumerate() {
        let path = KeyPath::top().key("outgoing").at(index);
        check_name(problems, path.key("name"), &flow.name);
        check_listener(problems, &path, scenario, &flow.listener, ListenerKind::Private);
        check_servers(problems, &path.key("servers"), &flow.servers);
        let volume = (flow.name.as_str(), "messages_per_week");
        check_volume(problems, &path, volume, flow.messages_per_week, scenario.volume);
        check_rhythm(problems, &path.key("rhythm"), &flow.rhythm);
        check_recipients(problems, &path.key("recipients"), &flow.recipients);
        check_size(problems, &path.key("size"), &flow.size);
        check_destinations(problems, &path.key("destinations"), scenario, flow);
        check_retries(problems, &path.key("retry"), &flow.retry);
    }
}

/// Checks that servers have a domain and at least one address.
pub(super) fn check_servers(problems: &mut Problems, path: &KeyPath, servers: &Servers) {
    check_domain(problems, path.key("domain"), &servers.domain);
    if addresses(servers.addresses) < 3 {
        let allowed = "allowed is a network of at least 4 addresses (/30), because the first and the last are not used";
        problems.add(path.key("addresses"), format!("found {}, {allowed}", servers.addresses));
    }
}

fn check_destinations(problems: &mut Problems, path: &KeyPath, scenario: &Scenario, flow: &Flow) {
    let paths = flow.destinations.iter().enumerate().map(|(index, destination)| (path.at(index), destination));
    check_unique(problems, "name", paths.clone().map(|(path, destination)| (path, destination.name.as_str())));
    let mean = flow.recipients.mean();
    for (path, destination) in paths.clone() {
        check_destination(problems, &path, destination, mean);
        let path = path.key("listed");
        let volumes = destination.listed.iter().map(|listed| (listed.domain.as_str(), listed.per_week));
        check_listed(problems, &path, volumes, scenario.volume);
        for (index, (listed, own)) in destination.listed_domains().enumerate() {
            if listed.messages_per_connection.is_some() {
                check_mean(problems, &path.at(index), &own, mean);
            }
            if own.starttls != destination.starttls || listed.has_failures() {
                check_failures(problems, &path.at(index), &own);
            }
        }
    }
    check_listed_once(problems, paths.clone());
    // A flow may have listed domains only.
    let listed_only = flow.messages_per_week.get() == 0.0 && paths.clone().any(|(_, it)| !it.listed.is_empty());
    if !listed_only {
        check_sum(problems, path.clone(), "weights", flow.destinations.iter().map(|destination| destination.weight));
    }
}

fn check_destination(problems: &mut Problems, path: &KeyPath, destination: &Destination, mean_recipients: f64) {
    if !is_label(&destination.name) {
        let allowed = "allowed are lower-case letters, digits and hyphens, because the name becomes part of domains";
        problems.add(path.key("name"), format!("found {:?}, {allowed}", destination.name));
    }
    check_mean(problems, path, destination, mean_recipients);
    check_failures(problems, path, destination);
}

/// Checks that a connection does not carry more recipients than a transaction has.
fn check_mean(problems: &mut Problems, path: &KeyPath, destination: &Destination, mean_recipients: f64) {
    let per_connection = destination.messages_per_connection.get();
    if per_connection > mean_recipients + 1e-9 {
        let allowed = format!(
            "allowed is at most {}, because a connection carries one transaction, and a transaction of this flow has on \
             average that many messages (recipients)",
            exact(mean_recipients)
        );
        problems.add(path.key("messages_per_connection"), format!("found {per_connection}, {allowed}"));
    }
}

/// Checks the probabilities that STARTTLS fails.
fn check_failures(problems: &mut Problems, path: &KeyPath, destination: &Destination) {
    let failures = [
        ("starttls_fails_before220", destination.starttls_fails_before220),
        ("starttls_fails_after220", destination.starttls_fails_after220),
    ];
    check_shares(problems, path, failures[0], failures[1]);
    for (key, share) in failures.into_iter().filter(|(_, share)| share.get() > 0.0) {
        if destination.starttls != StartTls::Good {
            let allowed = "allowed is a probability of failure only with `starttls = \"good\"`";
            problems.add(path.key(key), format!("found {}, {allowed}", exact(share.get())));
        }
    }
}

/// Checks that no domain is listed in two destinations, because their behaviour may differ.
fn check_listed_once<'s>(problems: &mut Problems, paths: impl Iterator<Item = (KeyPath, &'s Destination)>) {
    let mut seen: HashMap<&str, (usize, KeyPath)> = HashMap::new();
    for (number, (path, destination)) in paths.enumerate() {
        for (index, entry) in destination.listed.iter().enumerate() {
            let path = path.key("listed").at(index);
            match seen.get(entry.domain.as_str()) {
                Some((of, earlier)) if *of != number => {
                    let message = format!("found {:?}, which {earlier} already has", entry.domain);
                    problems.add(path.key("domain"), format!("{message}, allowed is one destination per domain"));
                }
                Some(_) => {}
                None => {
                    seen.insert(&entry.domain, (number, path));
                }
            }
        }
    }
}
