//! Warnings about values that are allowed but probably mistakes.

use tollgate_wording::count;

use crate::check::Stopped;
use crate::error::Warning;
use crate::happening::Event;
use crate::path::KeyPath;
use crate::problem::Problems;
use crate::scenario::Scenario;
use crate::site::{Listener, Network, SenderGroup};
use crate::value::Score;

impl Scenario {
    /// Returns warnings about values that are allowed but probably mistakes: sender groups and ranges that never match,
    /// policies without a group, classes and flows without volume, virus types without weight, limits that are reached at
    /// once, changes of the only appliance's load, and scripts whose messages are lost or not taken.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut problems = Problems::default();
        for (index, listener) in self.listeners.iter().enumerate() {
            let path = KeyPath::top().key("listeners").at(index);
            warn_of_groups(&mut problems, &path.key("sender_groups"), &listener.sender_groups);
            warn_of_policies(&mut problems, &path.key("policies"), listener);
        }
        warn_of_viruses(&mut problems, self);
        warn_of_volumes(&mut problems, self);
        warn_of_limits(&mut problems, self);
        warn_of_loads(&mut problems, self);
        warn_of_scripts(&mut problems, self);
        warn_of_restarts(&mut problems, self);
        problems.into_kept().into_iter().map(Warning).collect()
    }
}

/// The scores that earlier groups match, with a flag for each tenth from the lowest score to the highest.
struct TakenScores([bool; 201]);

impl TakenScores {
    fn has_all(&self, low: Score, high: Score) -> bool {
        self.0[tenth(low)..=tenth(high)].iter().all(|&taken| taken)
    }

    fn take(&mut self, low: Score, high: Score) {
        self.0[tenth(low)..=tenth(high)].fill(true);
    }
}

fn tenth(score: Score) -> usize {
    usize::from(score.tenths().abs_diff(Score::LOWEST.tenths()))
}

fn warn_of_groups(problems: &mut Problems, path: &KeyPath, groups: &[SenderGroup]) {
    let mut taken = TakenScores([false; 201]);
    let mut none_taken_by = None;
    for (group_index, group) in groups.iter().enumerate() {
        let path = path.at(group_index);
        let is_dead: Vec<bool> = group.sbrs.iter().map(|&(low, high)| taken.has_all(low, high)).collect();
        let none_is_dead = group.sbrs_none && none_taken_by.is_some();
        let has_scores = !group.sbrs.is_empty() || group.sbrs_none;
        let scores_are_dead = is_dead.iter().all(|&dead| dead) && group.sbrs_none == none_is_dead;
        if has_scores && scores_are_dead && group.domains.is_empty() && group.networks.is_empty() {
            let message = "this sender group never matches, because earlier groups match all of its scores";
            problems.add(path, message);
        } else {
            for index in (0..is_dead.len()).filter(|&index| is_dead[index]) {
                let (low, high) = group.sbrs[index];
                let message =
                    format!("the range {low} to {high} never matches, because earlier groups match all of it");
                problems.add(path.key("sbrs").at(index), message);
            }
            if let (true, Some(earlier)) = (none_is_dead, none_taken_by) {
                let message =
                    format!("senders without a score never reach this group, because {earlier:?} matches them first");
                problems.add(path.key("sbrs_none"), message);
            }
        }
        group.sbrs.iter().for_each(|&(low, high)| taken.take(low, high));
        if group.sbrs_none {
            none_taken_by = none_taken_by.or(Some(group.name.as_str()));
        }
    }
}

fn warn_of_policies(problems: &mut Problems, path: &KeyPath, listener: &Listener) {
    for (index, policy) in listener.policies.iter().enumerate() {
        if !listener.sender_groups.iter().any(|group| group.policy == policy.name) {
            problems.add(path.at(index), "no sender group uses this policy");
        }
    }
}

fn warn_of_viruses(problems: &mut Problems, scenario: &Scenario) {
    for (index, virus) in scenario.virus_types.iter().enumerate() {
        if virus.weight.get() == 0.0 {
            let path = KeyPath::top().key("virus_types").at(index).key("weight");
            problems.add(path, "with weight 0, this type appears only in outbreaks and scripts");
        }
    }
}

fn warn_of_volumes(problems: &mut Problems, scenario: &Scenario) {
    for (index, class) in scenario.incoming.iter().enumerate() {
        let listed: f64 = class.listed.iter().map(|entry| entry.per_week.get()).sum();
        let has_outbreak = scenario.outbreaks.iter().any(|outbreak| outbreak.class == class.name);
        if class.connections_per_week.get() + listed == 0.0 && !has_outbreak {
            let path = KeyPath::top().key("incoming").at(index).key("connections_per_week");
            problems.add(path, "this class has no volume and sends nothing");
        }
    }
    for (index, flow) in scenario.outgoing.iter().enumerate() {
        let listed = flow.destinations.iter().flat_map(|destination| &destination.listed);
        let listed: f64 = listed.map(|entry| entry.per_week.get()).sum();
        if flow.messages_per_week.get() + listed == 0.0 {
            let path = KeyPath::top().key("outgoing").at(index).key("messages_per_week");
            problems.add(path, "this flow has no volume and sends nothing");
        }
    }
}

/// Warns of scripts that send while their appliance restarts.
fn warn_of_restarts(problems: &mut Problems, scenario: &Scenario) {
    let first = scenario.appliances[0].name.as_str();
    let base = scenario.time.base_interval.micros();
    let incoming = scenario.scripted_incoming.iter().map(|script| (&script.appliance, script.begin, script.span));
    let outgoing = scenario.scripted_outgoing.iter().map(|script| (&script.appliance, script.begin, script.span));
    let incoming = incoming.enumerate().map(|script| ("scripted_incoming", script));
    let scripts = incoming.chain(outgoing.enumerate().map(|script| ("scripted_outgoing", script)));
    for (list, (index, (appliance, begin, span))) in scripts {
        let name = appliance.as_deref().unwrap_or(first);
        let is_lost = |event: &&Event| {
            let Some(restart) = event.restart.as_ref().filter(|restart| restart.of == name) else { return false };
            let end = event.at.plus(restart.takes).micros().div_ceil(base) * base;
            // A script without a span sends at its beginning.
            let last = begin.plus(span).micros().max(begin.micros() + 1);
            begin.micros() < end && event.at.micros() / base * base < last
        };
        if let Some(event) = scenario.events.iter().find(is_lost) {
            let message = format!("{name:?} restarts at {}, and the connections of that time are lost", event.at);
            problems.add(KeyPath::top().key(list).at(index).key("begin"), message);
        }
    }
}

fn warn_of_limits(problems: &mut Problems, scenario: &Scenario) {
    let sizes =
        scenario.incoming.iter().map(|class| &class.size).chain(scenario.outgoing.iter().map(|flow| &flow.size));
    let largest = sizes.map(|size| size.max_bytes).max().unwrap_or_default();
    for (index, appliance) in scenario.appliances.iter().enumerate() {
        let (path, limits) = (KeyPath::top().key("appliances").at(index).key("limits"), &appliance.limits);
        if limits.queue_kib.saturating_mul(1024) < u64::from(largest) {
            let message = format!("one message of the largest size ({} bytes) fills the queue", count(largest.into()));
            problems.add(path.key("queue_kib"), message);
        }
        if limits.suspend_above.is_some_and(|above| above < appliance.workers) {
            let message = format!("listeners are suspended while some of the {} workers are idle", appliance.workers);
            problems.add(path.key("suspend_above"), message);
        }
    }
}

fn warn_of_loads(problems: &mut Problems, scenario: &Scenario) {
    let changes = scenario.events.iter().enumerate().filter(|(_, event)| event.appliance_load.is_some());
    for (index, _) in changes.filter(|_| scenario.appliances.len() == 1) {
        let message = "this has no effect, because the only appliance always has all of the load";
        problems.add(KeyPath::top().key("events").at(index).key("appliance_load"), message);
    }
}

fn warn_of_scripts(problems: &mut Problems, scenario: &Scenario) {
    for (index, script) in scenario.scripted_incoming.iter().enumerate() {
        let is_in =
            |network: &&Network| network.addresses.contains(&script.address) && scenario.has_senders_in(network);
        if let Some(network) = scenario.networks.iter().find(is_in) {
            let message = format!(
                "the address is in the network {:?}, so a generated sender may have it under another host name",
                network.name
            );
            problems.add(KeyPath::top().key("scripted_incoming").at(index).key("address"), message);
        }
    }
    let incoming = scenario.scripted_incoming.iter().map(Stopped::incoming).enumerate();
    let outgoing = scenario.scripted_outgoing.iter().map(Stopped::outgoing).enumerate();
    let incoming = incoming.map(|script| ("scripted_incoming", script));
    for (list, (index, stopped)) in incoming.chain(outgoing.map(|script| ("scripted_outgoing", script))) {
        stopped.warn(problems, &KeyPath::top().key(list).at(index), scenario);
    }
}
