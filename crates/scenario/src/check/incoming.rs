//! Classes of senders.

use crate::finding::Findings;
use crate::incoming::{Bots, Class, ScoreShare, SenderDomains};
use crate::place::Place;
use crate::scenario::Scenario;
use crate::site::{ListenerKind, Network};
use crate::value::{MINUTE, Share};

use super::changes::check_retries;
use super::names::{check_known, check_listener, check_name};
use super::networks::addresses;
use super::volumes::{check_listed, check_recipients, check_rhythm, check_size, check_volume};
use super::weights::check_sum;

/// Checks every class.
pub(super) fn check(findings: &mut Findings, scenario: &Scenario) {
    for (index, class) in scenario.incoming.iter().enumerate() {
        let place = Place::top().key("incoming").at(index);
        check_name(findings, place.key("name"), &class.name);
        check_listener(findings, &place, scenario, &class.listener, ListenerKind::Public);
        check_senders(findings, &place, scenario, class);
        check_scores(findings, &place.key("sbrs"), &class.sbrs);
        check_shares(findings, &place, ("dns_missing", class.dns_missing), ("dns_unmatched", class.dns_unmatched));
        check_shares(findings, &place, ("starttls", class.starttls), ("starttls_fails", class.starttls_fails));
        check_volume(findings, place.key("connections_per_week"), class.connections_per_week, scenario.volume);
        check_rhythm(findings, &place.key("rhythm"), &class.rhythm);
        check_recipients(findings, &place.key("recipients"), &class.recipients);
        check_size(findings, &place.key("size"), &class.size);
        if let Some(retry) = &class.retry {
            check_retries(findings, &place.key("retry"), retry);
        }
    }
}

fn check_senders(findings: &mut Findings, place: &Place, scenario: &Scenario, class: &Class) {
    match (&class.domains, &class.bots) {
        (Some(domains), None) => {
            check_domains(findings, &place.key("domains"), &scenario.networks, domains, class.listed.len());
        }
        (None, Some(bots)) => {
            check_bots(findings, &place.key("bots"), &scenario.networks, bots);
            if !class.listed.is_empty() {
                let allowed = "allowed are listed domains only beside `domains`, in whose network they are";
                findings.refuse(place.key("listed"), format!("found listed domains in a class of bots, {allowed}"));
            }
        }
        (Some(_), Some(_)) => findings.refuse(place.clone(), "found both `domains` and `bots`, allowed is one of them"),
        (None, None) => findings.refuse(place.clone(), "found neither `domains` nor `bots`, allowed is one of them"),
    }
    check_listed(findings, &place.key("listed"), &class.listed, scenario.volume);
}

fn check_domains(findings: &mut Findings, place: &Place, networks: &[Network], domains: &SenderDomains, listed: usize) {
    if domains.count == 0 {
        findings.refuse(place.key("count"), "found 0, allowed is one or more");
    }
    check_network(findings, place, networks, &domains.network);
    let Some(network) = networks.iter().find(|network| network.name == domains.network) else { return };
    // Addresses are found by trying at random, which takes long in a network that is nearly full.
    let room = addresses(network.addresses) / 2;
    let needed = (f64::from(domains.count) + listed as f64) * domains.addresses_per_domain.get();
    if needed > room as f64 {
        let found = format!("found {needed:.0} addresses of {} domains", domains.count as usize + listed);
        let allowed = format!("allowed are {room}, half of those of {:?}", network.name);
        findings.refuse(place.key("count"), format!("{found}, {allowed}"));
    }
}

fn check_bots(findings: &mut Findings, place: &Place, networks: &[Network], bots: &Bots) {
    check_network(findings, place, networks, &bots.network);
    let place = place.key("kinds");
    for (index, kind) in bots.kinds.iter().enumerate() {
        if kind.life.micros() < MINUTE {
            let message = format!("found {}, allowed is a minute or more", kind.life);
            findings.refuse(place.at(index).key("life"), message);
        }
        if kind.connections.get() == 0.0 {
            findings.refuse(place.at(index).key("connections"), "found 0, allowed is a number above 0");
        }
    }
    check_sum(findings, place, "shares", bots.kinds.iter().map(|kind| kind.share));
}

fn check_network(findings: &mut Findings, place: &Place, networks: &[Network], name: &str) {
    let known = networks.iter().map(|network| network.name.as_str());
    check_known(findings, place.key("network"), "a network", name, known);
}

fn check_scores(findings: &mut Findings, place: &Place, scores: &[ScoreShare]) {
    for (index, part) in scores.iter().enumerate() {
        match (part.from, part.to) {
            (Some(from), Some(to)) if from > to => {
                findings.refuse(place.at(index), format!("found {from} to {to}, allowed is the lower score first"));
            }
            (Some(_), None) => {
                findings.refuse(place.at(index), "found `from` alone, allowed are `from` and `to`, or neither")
            }
            (None, Some(_)) => {
                findings.refuse(place.at(index), "found `to` alone, allowed are `from` and `to`, or neither")
            }
            _ => {}
        }
    }
    check_sum(findings, place.clone(), "shares", scores.iter().map(|part| part.share));
}

/// Checks that two shares of the same senders leave no fewer than none.
fn check_shares(findings: &mut Findings, place: &Place, first: (&str, Share), second: (&str, Share)) {
    let sum = first.1.get() + second.1.get();
    // Shares that are meant to sum to 1 may miss it by the rounding of their decimals.
    if sum > 1.0 + 1e-9 {
        let message = format!("found {sum} as the sum with `{}`, allowed is at most 1", first.0);
        findings.refuse(place.key(second.0), message);
    }
}
