//! Checks the messages of scripts that are stopped because of their content.

use ipnet::Ipv4Net;

use crate::happening::{ScriptedIncoming, ScriptedOutgoing};
use crate::path::KeyPath;
use crate::problem::Problems;
use crate::roll_up::RollUp;
use crate::scenario::Scenario;
use crate::sender::Sender;
use crate::site::{Direction, FilterAction, Policy};

use super::names::check_known;

/// The counts of a script that depend on its policy, on content filters or on virus types.
pub(crate) struct Stopped<'s> {
    name: &'s str,
    direction: Direction,
    listener: &'s str,
    sender: Sender<'s>,
    invalid: u32,
    spam: u32,
    virus: NamedCount<'s>,
    content_filter: NamedCount<'s>,
    quarantine: NamedCount<'s>,
}

/// A count, and the name of its virus type or content filter.
#[derive(Clone, Copy)]
struct NamedCount<'s> {
    count: u32,
    name: Option<&'s str>,
}

/// The keys of a count and its name, and the actions of the content filters that are allowed.
struct FilterKeys {
    count: &'static str,
    name: &'static str,
    actions: &'static [FilterAction],
    words: &'static str,
}

const DROPS: FilterKeys = FilterKeys {
    count: "content_filter",
    name: "content_filter_name",
    actions: &[FilterAction::Drop, FilterAction::Bounce],
    words: "\"drop\" or \"bounce\"",
};
const QUARANTINES: FilterKeys = FilterKeys {
    count: "quarantine",
    name: "quarantine_filter_name",
    actions: &[FilterAction::Quarantine],
    words: "\"quarantine\"",
};

impl<'s> NamedCount<'s> {
    fn new(count: u32, name: &'s Option<String>) -> Self {
        NamedCount { count, name: name.as_deref() }
    }
}

impl Scenario {
    /// True if no policy takes mail from the sender of a script.
    pub fn refuses_incoming(&self, script: &ScriptedIncoming) -> bool {
        Stopped::incoming(script).is_refused(self)
    }

    /// True if no policy takes mail from the servers of a script.
    pub fn refuses_outgoing(&self, script: &ScriptedOutgoing) -> bool {
        Stopped::outgoing(script).is_refused(self)
    }
}

impl<'s> Stopped<'s> {
    /// The counts of incoming mail.
    pub(crate) fn incoming(script: &'s ScriptedIncoming) -> Self {
        Stopped {
            name: &script.name,
            direction: Direction::Incoming,
            listener: &script.listener,
            sender: Sender { host: &script.host, addresses: Ipv4Net::from(script.address), sbrs: script.sbrs },
            invalid: script.invalid,
            spam: script.spam,
            virus: NamedCount::new(script.virus, &script.virus_type),
            content_filter: NamedCount::new(script.content_filter, &script.content_filter_name),
            quarantine: NamedCount::new(script.quarantine, &script.quarantine_filter_name),
        }
    }

    /// The counts of outgoing mail.
    pub(crate) fn outgoing(script: &'s ScriptedOutgoing) -> Self {
        let servers = &script.servers;
        Stopped {
            name: &script.name,
            direction: Direction::Outgoing,
            listener: &script.listener,
            sender: Sender { host: &servers.domain, addresses: servers.addresses, sbrs: None },
            invalid: 0,
            spam: 0,
            virus: NamedCount::new(script.virus, &script.virus_type),
            content_filter: NamedCount::new(script.content_filter, &script.content_filter_name),
            quarantine: NamedCount::new(script.quarantine, &script.quarantine_filter_name),
        }
    }

    /// Checks that the appliance can stop the messages for the stated reasons.
    pub(super) fn check(&self, problems: &mut Problems, path: &KeyPath, scenario: &Scenario) {
        self.check_virus_type(problems, path, scenario);
        self.check_filter(problems, path, scenario, (&DROPS, self.content_filter));
        self.check_filter(problems, path, scenario, (&QUARANTINES, self.quarantine));
        self.check_scans(problems, path, scenario);
    }

    fn check_virus_type(&self, problems: &mut Problems, path: &KeyPath, scenario: &Scenario) {
        let NamedCount { count, name } = self.virus;
        if let Some(name) = name {
            let known = scenario.virus_types.iter().map(|virus| virus.name.as_str());
            check_known(problems, path.key("virus_type"), "a virus type", name, known);
        } else if count > 0 {
            let allowed = "allowed is `virus` only together with `virus_type`";
            problems.add(path.key("virus"), format!("found {count} without `virus_type`, {allowed}"));
        }
    }

    fn check_filter(
        &self,
        problems: &mut Problems,
        path: &KeyPath,
        scenario: &Scenario,
        (keys, found): (&FilterKeys, NamedCount<'_>),
    ) {
        let filters = scenario.content_filters.iter().filter(|filter| filter.direction == self.direction);
        if let Some(name) = found.name {
            let what = match self.direction {
                Direction::Incoming => "an incoming content filter",
                Direction::Outgoing => "an outgoing content filter",
            };
            let known = filters.clone().map(|filter| filter.name.as_str());
            check_known(problems, path.key(keys.name), what, name, known);
        } else if found.count == 0 {
            return;
        }
        let name = found.name.unwrap_or(self.name);
        let other = filters.clone().find(|filter| filter.name == name && !keys.actions.contains(&filter.action));
        if other.is_none() {
            return;
        }
        let allowed = format!("allowed is the name of a content filter with the action {}", keys.words);
        if found.name.is_some() {
            problems.add(path.key(keys.name), format!("found {name:?}, {allowed}"));
        } else {
            let message =
                format!("found {} without `{}`, so the filter has the script's name {name:?}", found.count, keys.name);
            problems.add(path.key(keys.count), format!("{message}, {allowed}"));
        }
    }

    fn check_scans(&self, problems: &mut Problems, path: &KeyPath, scenario: &Scenario) {
        let policies = self.policies(scenario);
        let mut check = |key: &str, count: u32, what: &str, scans: fn(&Policy) -> bool| {
            let without = policies.iter().find(|policy| policy.action.takes_mail() && !scans(policy));
            if let Some(policy) = without.filter(|_| count > 0) {
                let why = format!("because the policy {:?} of this sender does not scan for {what}", policy.name);
                problems.add(path.key(key), format!("found {count}, allowed is 0, {why}"));
            }
        };
        check("spam", self.spam, "spam", |policy| policy.anti_spam);
        check("virus", self.virus.count, "viruses", |policy| policy.anti_virus);
    }

    /// Warns if the policy takes no mail from the sender.
    pub(crate) fn warn(&self, problems: &mut Problems, path: &KeyPath, scenario: &Scenario) {
        let policies = self.policies(scenario);
        let Some(policy) = policies.iter().find(|policy| !policy.action.takes_mail()) else { return };
        let counts = [
            ("invalid", self.invalid),
            ("spam", self.spam),
            ("virus", self.virus.count),
            ("content_filter", self.content_filter.count),
            ("quarantine", self.quarantine.count),
        ];
        if let Some((key, _)) = counts.into_iter().find(|&(_, count)| count > 0) {
            let message =
                format!("the policy {:?} takes no mail from this sender, so no message is counted", policy.name);
            problems.add(path.key(key), message);
        }
    }

    fn is_refused(&self, scenario: &Scenario) -> bool {
        self.policies(scenario).iter().all(|policy| !policy.action.takes_mail())
    }

    /// The policies that a connection of the script can have.
    fn policies<'c>(&self, scenario: &'c Scenario) -> Vec<&'c Policy> {
        let listener = scenario.listeners.iter().find(|listener| listener.name == self.listener);
        let roll_up = RollUp::new(&scenario.second_level_domains);
        listener.map_or_else(Vec::new, |listener| listener.policies_of(&self.sender, &roll_up))
    }
}
