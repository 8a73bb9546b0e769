//! Checks that the sender groups split into the actions of the mail flow policies in one way.
//!
//! A sender group has one mail flow policy on a listener, and a policy has one action. So in every interval, the connections of the groups
//! with an action add up to the connections with this action. The exports do not show the action of a group. The audit takes the actions that
//! fit most intervals. The group ALL ends the table of every listener, so its connections may have several actions. Other groups with one name
//! on several listeners are rare. If such a group can explain the figures, they are only a notice.

use std::collections::BTreeMap;

use tollgate_wording::list;

use crate::window::{IntervalRows, Window};

use super::action_fit::{ACTIONS, ActionFit, ActionSearch, GroupConnections};
use super::contradiction::{Contradiction, RuleResult};
use super::finding::{Worst, files_of};
use super::source::{Sources, stem, table_of};
use super::sums::numbers;

/// Sender Group Connection Numbers: the group and its connections.
const GROUPS: u32 = 7;
const GROUP: usize = 0;
const CONNECTIONS: usize = 1;

/// Sender Group Mail Flow Policy Overview. Its columns are the actions.
const POLICIES: u32 = 8;

/// The sender group that ends the table of every listener.
const LAST_GROUP: &str = "ALL";

/// A group that is on several listeners has its second action in more than one of so many intervals, or on at most one of so many
/// connections.
const RARE: f64 = 10.0;

/// The connections by sender group, and by action.
#[derive(Debug, Default)]
pub(super) struct GroupActions {
    missing: Vec<u32>,
    names: BTreeMap<Box<str>, usize>,
    groups: Vec<GroupConnections>,
    intervals: Vec<PolicyInterval>,
}

/// The connections by action in an interval.
#[derive(Clone, Copy, Debug)]
struct PolicyInterval {
    begin_seconds: i64,
    length_seconds: i64,
    by_action: [f64; ACTIONS.len()],
}

impl GroupActions {
    pub(super) fn new(sources: &Sources) -> Self {
        let missing = [GROUPS, POLICIES].into_iter().filter(|table| sources.get(*table).is_none()).collect();
        GroupActions { missing, ..GroupActions::default() }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        let both = window.tables.get(&GROUPS).zip(window.tables.get(&POLICIES));
        let Some((groups, policies)) = both else { return };
        for interval in groups {
            let time = |other: &IntervalRows| (other.begin_seconds, other.length_seconds);
            if let Ok(place) = policies.binary_search_by_key(&time(interval), time) {
                self.add(interval, &policies[place]);
            }
        }
    }

    /// Adds an interval, if both tables have the same number of connections. Another identity finds the others.
    fn add(&mut self, groups: &IntervalRows, policies: &IntervalRows) {
        let mut by_action = [0.0; ACTIONS.len()];
        for (action, sum) in by_action.iter_mut().enumerate() {
            let Some(connections) = numbers(policies, action) else { return };
            *sum = connections.iter().sum();
        }
        let connections = numbers(groups, CONNECTIONS).unwrap_or_default();
        let all: f64 = connections.iter().sum();
        if all == 0.0 || all != by_action.iter().sum::<f64>() {
            return;
        }
        let interval = self.intervals.len();
        self.intervals.push(PolicyInterval {
            begin_seconds: policies.begin_seconds,
            length_seconds: policies.length_seconds,
            by_action,
        });
        for (row, &count) in connections.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let Some(name) = groups.text(GROUP, row) else { continue };
            let number = self.names.get(name).copied().unwrap_or_else(|| {
                self.names.insert(name.into(), self.groups.len());
                self.groups.push(GroupConnections::default());
                self.groups.len() - 1
            });
            self.groups[number].add(interval, count);
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { missing: self.missing.clone(), ..RuleResult::default() };
        let by_action = || self.intervals.iter().map(|interval| interval.by_action).collect();
        let mut search = ActionSearch::new(&self.groups, by_action());
        if let Some(&last) = self.names.get(LAST_GROUP) {
            search.set_free(last);
        }
        let Some(fit) = search.best() else {
            result.why.push("there are too many sender groups and intervals to find the action of each group".into());
            return result;
        };
        let count = self.intervals.len() as u64;
        (result.intervals, result.comparisons) = (count, count);
        let failing = fit.failing.len() as u64;
        if failing > 0 {
            let is_notice = self.is_notice(&fit, &search);
            *(if is_notice { &mut result.notices } else { &mut result.breaks }) = failing;
            result.worst = self.worst(&fit);
            result.files = files_of(vec![GROUPS, POLICIES]);
        }
        result
    }

    /// Returns true if a single group that is on several listeners may explain the intervals that do not fit.
    fn is_notice(&self, fit: &ActionFit, search: &ActionSearch<'_>) -> bool {
        let failing = fit.failing.len() as f64;
        let moved: f64 = fit.failing.iter().map(|&interval| self.excess(fit, interval).1).sum();
        (0..self.groups.len()).any(|number| {
            let group = &self.groups[number];
            let is_rare = RARE * failing <= group.intervals() as f64 && RARE * moved > group.total();
            let mut search = search.clone();
            search.set_free(number);
            search.prefer(&fit.actions);
            // A search that is given up proves nothing. If the group had two actions in many more intervals than fail without, the others
            // would fit by chance.
            let explains = |shared: &ActionFit| {
                shared.failing.is_empty() && search.split_intervals(number, shared) <= 2 * fit.failing.len()
            };
            !is_rare && search.best().is_none_or(|shared| explains(&shared))
        })
    }

    /// The action with the most connections above those of its policies in an interval, and their number.
    fn excess(&self, fit: &ActionFit, interval: usize) -> (usize, f64) {
        let excess = |action: usize| self.assigned(fit, interval, action) - self.intervals[interval].by_action[action];
        let of_actions = (0..ACTIONS.len()).map(|action| (action, excess(action)));
        of_actions.max_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or_default()
    }

    /// The connections of the groups with an action in an interval.
    fn assigned(&self, fit: &ActionFit, interval: usize, action: usize) -> f64 {
        let groups = self.groups.iter().zip(&fit.actions).filter(|(_, of_group)| **of_group == Some(action));
        groups.map(|(group, _)| group.at(interval)).sum()
    }

    fn worst(&self, fit: &ActionFit) -> Option<Worst> {
        let worst = fit.failing.iter().max_by(|one, other| {
            // The first of several equal ones is taken.
            self.excess(fit, **one).1.total_cmp(&self.excess(fit, **other).1).then(other.cmp(one))
        });
        let &interval = worst?;
        let (action, _) = self.excess(fit, interval);
        let PolicyInterval { begin_seconds, length_seconds, by_action } = self.intervals[interval];
        let has_action = |number: usize| fit.actions[number] == Some(action) && self.groups[number].at(interval) > 0.0;
        let names = self.names.iter().filter(|(_, number)| has_action(**number)).map(|(name, _)| name);
        let contradiction = Contradiction {
            begin_seconds,
            length_seconds,
            key: Vec::new(),
            left: (
                format!(
                    "Total Connections of {}, of the sender groups that have the action {} in most intervals: {}",
                    table_of(GROUPS).map_or("", stem),
                    ACTIONS[action],
                    list(names)
                ),
                self.assigned(fit, interval, action),
            ),
            right: (format!("{} of {}", ACTIONS[action], table_of(POLICIES).map_or("", stem)), by_action[action]),
        };
        Some(contradiction.into_worst())
    }
}
