//! Checks scripts.

use tollgate_wording::{count, counted};

use crate::happening::{ScriptedIncoming, ScriptedOutgoing};
use crate::path::KeyPath;
use crate::problem::Problems;
use crate::scenario::{Scenario, Time};
use crate::site::ListenerKind;
use crate::value::{Moment, Span};

use super::names::{check_appliance, check_domain, check_listener, check_name, check_unique};
use super::outgoing::check_servers;
use super::stopped::Stopped;

/// The largest number of messages (recipients) per connection.
const MAX_MESSAGES: u64 = 1_000_000;

/// Checks every script.
pub(super) fn check(problems: &mut Problems, scenario: &Scenario) {
    let incoming = paths("scripted_incoming", &scenario.scripted_incoming);
    let outgoing = paths("scripted_outgoing", &scenario.scripted_outgoing);
    for (path, script) in incoming.clone() {
        check_incoming(problems, &path, scenario, script);
    }
    for (path, script) in outgoing.clone() {
        check_outgoing(problems, &path, scenario, script);
    }
    let names = incoming.map(|(path, script)| (path, script.name.as_str()));
    check_unique(problems, "name", names.chain(outgoing.map(|(path, script)| (path, script.name.as_str()))));
}

fn paths<'s, T>(key: &str, scripts: &'s [T]) -> impl Iterator<Item = (KeyPath, &'s T)> + Clone {
    let path = KeyPath::top().key(key);
    scripts.iter().enumerate().map(move |(index, script)| (path.at(index), script))
}

fn check_incoming(problems: &mut Problems, path: &KeyPath, scenario: &Scenario, script: &ScriptedIncoming) {
    check_name(problems, path.key("name"), &script.name);
    if let Some(name) = &script.appliance {
        check_appliance(problems, path.key("appliance"), scenario, name);
    }
    check_listener(problems, path, scenario, &script.listener, ListenerKind::Public);
    check_span(problems, path, &scenario.time, script.begin, script.span);
    check_domain(problems, path.key("host"), &script.host);
    if let Some(owner) = &script.owner {
        check_name(problems, path.key("owner"), owner);
    }
    check_counts(problems, path, script.connections, script.recipients());
    Stopped::incoming(script).check(problems, path, scenario);
}

fn check_outgoing(problems: &mut Problems, path: &KeyPath, scenario: &Scenario, script: &ScriptedOutgoing) {
    check_name(problems, path.key("name"), &script.name);
    if let Some(name) = &script.appliance {
        check_appliance(problems, path.key("appliance"), scenario, name);
    }
    check_listener(problems, path, scenario, &script.listener, ListenerKind::Private);
    check_servers(problems, &path.key("servers"), &script.servers);
    check_span(problems, path, &scenario.time, script.begin, script.span);
    check_domain(problems, path.key("destination"), &script.destination);
    check_counts(problems, path, script.connections, script.recipients());
    Stopped::outgoing(script).check(problems, path, scenario);
}

/// Checks that a script lies within the exports, so that all of it is counted.
fn check_span(problems: &mut Problems, path: &KeyPath, time: &Time, begin: Moment, span: Span) {
    if begin < time.begin || begin >= time.end() {
        let allowed = format!("allowed is from {} to before {} (the exported span)", time.begin, time.end());
        problems.add_misfit(path.key("begin"), format!("found {begin}, {allowed}"));
    } else if begin.plus(span) > time.end() {
        let most = Span::from_micros(time.end().micros() - begin.micros());
        let allowed = format!("allowed is at most {most}, because the exports end at {}", time.end());
        problems.add_misfit(path.key("span"), format!("found {span}, {allowed}"));
    }
}

fn check_counts(problems: &mut Problems, path: &KeyPath, connections: u32, carried: u64) {
    let most = u64::from(connections) * MAX_MESSAGES;
    if carried > most {
        let least = carried.div_ceil(MAX_MESSAGES);
        let verb = if carried == 1 { "is" } else { "are" };
        let recipients = counted(carried, "recipient");
        let why = format!("there {verb} {recipients} and a connection carries at most {}", count(MAX_MESSAGES));
        problems
            .add(path.key("connections"), format!("found {connections}, allowed is at least {least}, because {why}"));
    }
}
