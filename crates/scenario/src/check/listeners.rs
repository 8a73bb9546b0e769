//! Checks listeners, their mail flow policies and their sender groups.

use crate::path::KeyPath;
use crate::phrases::list;
use crate::problem::Problems;
use crate::site::{Action, Listener, ListenerKind, SenderGroup};
use crate::value::HOUR;

use super::names::{DOMAIN, check_known, check_name, check_unique, is_domain};

/// Checks every listener.
pub(super) fn check(problems: &mut Problems, listeners: &[Listener]) {
    let path = KeyPath::top().key("listeners");
    let paths = listeners.iter().enumerate().map(|(index, listener)| (path.at(index), listener));
    check_unique(problems, "name", paths.clone().map(|(path, listener)| (path, listener.name.as_str())));
    for (path, listener) in paths {
        check_name(problems, path.key("name"), &listener.name);
        check_rejection(problems, &path, listener);
        check_policies(problems, &path, listener);
        check_sender_groups(problems, &path, listener);
        check_order(problems, &path.key("sender_groups"), &listener.sender_groups);
    }
}

fn check_rejection(problems: &mut Problems, path: &KeyPath, listener: &Listener) {
    // No session is longer than an hour.
    if listener.rejected_for.micros() > HOUR {
        problems.add(path.key("rejected_for"), format!("found {}, allowed is at most 1h", listener.rejected_for));
    }
}

fn check_policies(problems: &mut Problems, path: &KeyPath, listener: &Listener) {
    let path = path.key("policies");
    let paths = listener.policies.iter().enumerate().map(|(index, policy)| (path.at(index), policy));
    check_unique(problems, "name", paths.clone().map(|(path, policy)| (path, policy.name.as_str())));
    for (path, policy) in paths {
        check_name(problems, path.key("name"), &policy.name);
        match (listener.kind, policy.action) {
            (ListenerKind::Public, Action::Relay) => {
                let allowed = list(["accept", "reject", "tcp-refuse"], '"');
                let message = format!("found \"relay\", allowed on a public listener are {allowed}");
                problems.add(path.key("action"), message);
            }
            (ListenerKind::Private, Action::Accept) => {
                let allowed = list(["relay", "reject", "tcp-refuse"], '"');
                let message = format!("found \"accept\", allowed on a private listener are {allowed}");
                problems.add(path.key("action"), message);
            }
            _ => {}
        }
    }
}

fn check_sender_groups(problems: &mut Problems, path: &KeyPath, listener: &Listener) {
    let path = path.key("sender_groups");
    let paths = listener.sender_groups.iter().enumerate().map(|(index, group)| (path.at(index), group));
    check_unique(problems, "name", paths.clone().map(|(path, group)| (path, group.name.as_str())));
    for (path, group) in paths {
        check_name(problems, path.key("name"), &group.name);
        let policies = listener.policies.iter().map(|policy| policy.name.as_str());
        check_known(problems, path.key("policy"), "a policy of the same listener", &group.policy, policies);
        for (index, (low, high)) in group.sbrs.iter().enumerate() {
            if low > high {
                let message = format!("found {low} to {high}, allowed is the lower score first");
                problems.add(path.key("sbrs").at(index), message);
            }
        }
        for (index, domain) in group.domains.iter().enumerate() {
            if !is_domain(domain.strip_prefix('.').unwrap_or(domain)) {
                let message = format!("found {domain:?}, {DOMAIN}, with or without a leading dot");
                problems.add(path.key("domains").at(index), message);
            }
        }
    }
}

/// Checks that every sender matches a group, and that no group comes after one that matches every sender.
fn check_order(problems: &mut Problems, path: &KeyPath, groups: &[SenderGroup]) {
    let Some((last, earlier)) = groups.split_last() else {
        problems.add(path.clone(), "found no sender group, allowed is at least one");
        return;
    };
    if !last.matches_all() {
        let message = format!(
            "found conditions in {:?}, allowed is a last group without conditions, because every sender must match a group",
            last.name
        );
        problems.add(path.at(earlier.len()), message);
    }
    for (index, group) in earlier.iter().enumerate().filter(|(_, group)| group.matches_all()) {
        let message = format!(
            "found no condition in {:?}, allowed is at least one, because only the last group may match every sender",
            group.name
        );
        problems.add(path.at(index), message);
    }
}
