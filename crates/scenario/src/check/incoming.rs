//! Checks classes of senders.

use crate::incoming::{Bots, Class, ListedSender, ScoreShare, SenderDomains};
use crate::path::KeyPath;
use crate::phrases::exact;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::site::{ListenerKind, Network};
use crate::value::{MINUTE, Score};

use super::changes::check_retries;
use super::names::{check_known, check_listener, check_name};
use super::networks::addresses;
use super::volumes::{check_listed, check_recipients, check_rhythm, check_size, check_volume};
use super::weights::{check_shares, check_sum};

/// Checks every class.
pub(super) fn check(problems: &mut Problems, scenario: &Scenario) {
    for (index, class) in scenario.incoming.iter().enumerate() {
        let path = KeyPath::top().key("incoming").at(index);
        check_name(problems, path.key("name"), &class.name);
        check_listener(problems, &path, scenario, &class.listener, ListenerKind::Public);
        check_senders(problems, &path, scenario, class);
        check_scores(problems, &path.key("sbrs"), &class.scores());
        check_shares(problems, &path, ("dns_missing", class.dns_missing), ("dns_unmatched", class.dns_unmatched));
        check_shares(problems, &path, ("starttls", class.starttls), ("starttls_fails", class.starttls_fails));
        let volume = (class.name.as_str(), "connections_per_week");
        check_volume(problems, &path, volume, class.connections_per_week, scenario.volume);
        check_rhythm(problems, &path.key("rhythm"), &class.rhythm);
        check_recipients(problems, &path.key("recipients"), &class.recipients);
        check_size(problems, &path.key("size"), &class.size);
        if let Some(retry) = &class.retry {
            check_retries(problems, &path.key("retry"), retry);
        }
    }
}

fn check_senders(problems: &mut Problems, path: &KeyPath, scenario: &Scenario, class: &Class) {
    match (&class.domains, &class.bots) {
        (Some(domains), None) => {
            check_domains(problems, &path.key("domains"), &scenario.networks, domains, class);
        }
        (None, Some(bots)) => {
            check_bots(problems, &path.key("bots"), &scenario.networks, bots, &class.scores());
            if !class.listed.is_empty() {
                let allowed = "allowed is `listed` only in a class with `domains`, because listed hosts use the network of `domains`";
                problems.add(path.key("listed"), format!("found `listed` in a class with `bots`, {allowed}"));
            }
        }
        (Some(_), Some(_)) => {
            problems.add(path.clone(), "found both `domains` and `bots`, allowed is only one of them")
        }
        (None, None) => problems.add(path.clone(), "found neither `domains` nor `bots`, allowed is one of them"),
    }
    let path = path.key("listed");
    let volumes = class.listed.iter().map(|listed| (listed.domain.as_str(), listed.per_week));
    check_listed(problems, &path, volumes, scenario.volume);
    for (index, (listed, own)) in class.listed_senders().enumerate() {
        let path = path.at(index);
        if let Some(sbrs) = &listed.sbrs {
            check_scores(problems, &path.key("sbrs"), sbrs);
        }
        if listed.starttls.is_some() {
            check_shares(problems, &path, ("starttls", own.starttls), ("starttls_fails", own.starttls_fails));
        }
    }
}

fn check_domains(
    problems: &mut Problems,
    path: &KeyPath,
    networks: &[Network],
    domains: &SenderDomains,
    class: &Class,
) {
    check_network(problems, path, networks, &domains.network);
    let Some(network) = networks.iter().find(|network| network.name == domains.network) else { return };
    // Free addresses are found by random trials, which take long in a network that is nearly full.
    let room = addresses(network.addresses) / 2;
    let each = domains.addresses_per_domain.get();
    let of_listed = |listed: &ListedSender| listed.addresses.map_or(each, f64::from);
    let needed = f64::from(domains.count) * each + class.listed.iter().map(of_listed).sum::<f64>();
    if needed > room as f64 {
        let found = format!(
            "found {} addresses for {} domains (`count` and `listed` together)",
            exact(needed),
            domains.count as usize + class.listed.len()
        );
        let allowed = format!("allowed are at most {room}, half of the addresses of {:?}", network.name);
        problems.add(path.key("count"), format!("{found}, {allowed}"));
    }
}

fn check_bots(problems: &mut Problems, path: &KeyPath, networks: &[Network], bots: &Bots, scores: &[ScoreShare]) {
    check_network(problems, path, networks, &bots.network);
    let path = path.key("kinds");
    for (index, kind) in bots.kinds.iter().enumerate() {
        if kind.life.micros() < MINUTE {
            let message = format!("found {}, allowed is at least 1m", kind.life);
            problems.add(path.at(index).key("life"), message);
        }
        let ends: Vec<Score> = scores.iter().filter_map(|part| part.to).collect();
        if let Some(highest) = kind.highest_score.filter(|highest| !ends.contains(highest)) {
            let allowed = match (&ends[..], ends.len()) {
                ([], _) => "allowed is none, because no part of `sbrs` has scores".to_owned(),
                ([first, .., last], 10..) => format!("allowed is the end of a part of `sbrs`, from {first} to {last}"),
                _ => {
                    let ends: Vec<String> = ends.iter().map(Score::to_string).collect();
                    format!("allowed is the end of a part of `sbrs`: {}", ends.join(", "))
                }
            };
            problems.add(path.at(index).key("highest_score"), format!("found {highest}, {allowed}"));
        } else if kind.highest_score.is_some() && kind.scores(scores).iter().all(|part| part.share.get() == 0.0) {
            let message =
                "found a score below which no part of `sbrs` has a share, allowed is a score at or above one that has";
            problems.add(path.at(index).key("highest_score"), message);
        }
    }
    check_sum(problems, path, "shares", bots.kinds.iter().map(|kind| kind.share));
}

fn check_network(problems: &mut Problems, path: &KeyPath, networks: &[Network], name: &str) {
    let known = networks.iter().map(|network| network.name.as_str());
    check_known(problems, path.key("network"), "a network", name, known);
}

fn check_scores(problems: &mut Problems, path: &KeyPath, scores: &[ScoreShare]) {
    for (index, part) in scores.iter().enumerate() {
        match (part.from, part.to) {
            (Some(from), Some(to)) if from > to => {
                problems.add(path.at(index), format!("found {from} to {to}, allowed is the lower score first"));
            }
            (Some(_), None) => problems.add(path.at(index), "found `from` without `to`, allowed are both or neither"),
            (None, Some(_)) => problems.add(path.at(index), "found `to` without `from`, allowed are both or neither"),
            _ => {}
        }
    }
    check_sum(problems, path.clone(), "shares", scores.iter().map(|part| part.share));
}
