//! Sender groups: their actions, and the senders that belong to them.

use std::collections::BTreeMap;

use crate::evidence::Evidence;
use crate::names::USUAL_GROUPS;
use crate::senders::GroupSenders;

/// The columns of the table of addresses, which show the mail of each group.
pub(crate) const GROUP_COLUMNS: [&str; 5] =
    ["Clean", "Stopped by Content Filter", "Spam Detected", "Virus Detected", "Stopped as Invalid Recipients"];

/// An action of a mail flow policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GroupAction {
    Accept,
    Relay,
    Reject,
    TcpRefuse,
}

/// A sender group of the exports.
#[derive(Clone, Debug)]
pub(crate) struct FittedGroup {
    pub(crate) name: String,
    /// A short word for it in the names of classes and networks.
    pub(crate) label: String,
    pub(crate) action: GroupAction,
    /// True if the exports leave no other action.
    pub(crate) is_certain: bool,
    /// Connections.
    pub(crate) connections: f64,
    /// Its senders, if the table of addresses is there.
    pub(crate) senders: GroupSenders,
    /// The range of the score in tenths that selects its senders. `None` if something else does.
    pub(crate) range: Option<(i16, i16)>,
    /// True if it also matches senders without a score.
    pub(crate) has_unscored: bool,
}

impl FittedGroup {
    /// The name of the network of its senders. Senders that their score does not select have a network of their own.
    pub(crate) fn network(&self) -> String {
        if self.range.is_some() { "senders".into() } else { format!("senders-{}", self.label) }
    }
}

impl GroupAction {
    const ALL: [GroupAction; 4] =
        [GroupAction::Accept, GroupAction::Relay, GroupAction::Reject, GroupAction::TcpRefuse];

    /// The column of the table of policies.
    fn heading(self) -> &'static str {
        match self {
            GroupAction::Accept => "Accept",
            GroupAction::Relay => "Relay",
            GroupAction::Reject => "Reject",
            GroupAction::TcpRefuse => "TCP Refuse",
        }
    }

    /// The word in scenarios.
    pub(crate) fn word(self) -> &'static str {
        match self {
            GroupAction::Accept => "accept",
            GroupAction::Relay => "relay",
            GroupAction::Reject => "reject",
            GroupAction::TcpRefuse => "tcp-refuse",
        }
    }

    /// The action of a group with this name on an appliance that nobody has changed.
    fn usual(group: &str) -> GroupAction {
        match group {
            "BLACKLIST" => GroupAction::Reject,
            "RELAYLIST" => GroupAction::Relay,
            _ => GroupAction::Accept,
        }
    }
}

/// The groups of exports, the largest first. Without a table of groups, those of an appliance that nobody has changed.
pub(crate) fn find_groups(evidence: &Evidence<'_>, mut senders: BTreeMap<String, GroupSenders>) -> Vec<FittedGroup> {
    let by_name = evidence.by_key(7, &["Total Connections"]);
    let mut connections: Vec<(String, f64)> = match by_name {
        Some(groups) => groups.into_iter().map(|(name, sum)| (name.to_owned(), sum)).collect(),
        None if !senders.is_empty() => senders.iter().map(|(name, group)| (name.clone(), group.rows as f64)).collect(),
        None => ["UNKNOWNLIST", "BLACKLIST"].map(|name| (name.to_owned(), 0.0)).to_vec(),
    };
    connections.sort_by(|(one, ours), (other, theirs)| theirs.total_cmp(ours).then(one.cmp(other)));
    let totals = GroupAction::ALL.map(|action| {
        let table = evidence.figures.table(8)?;
        Some(table.total(table.column(action.heading())?))
    });
    let (actions, is_certain) = find_actions(&connections, totals);
    let groups = connections.into_iter().zip(actions).zip(1..).map(|(((name, connections), action), number)| {
        let senders = senders.remove(&name).unwrap_or_default();
        let is_usual = USUAL_GROUPS.contains(&name.as_str());
        let label = if is_usual { name.to_lowercase() } else { format!("group-{number}") };
        FittedGroup { name, label, action, is_certain, connections, senders, range: None, has_unscored: false }
    });
    let mut groups: Vec<FittedGroup> = groups.collect();
    assign_scores(&mut groups);
    groups
}

/// The share of a group in the recipients that some groups have of each of `GROUP_COLUMNS`.
pub(crate) fn shares_of<'a>(group: &FittedGroup, groups: impl Iterator<Item = &'a FittedGroup> + Clone) -> [f64; 5] {
    GROUP_COLUMNS.map(|column| {
        let all: f64 = groups.clone().map(|group| group.senders.sum(column)).sum();
        if all > 0.0 { group.senders.sum(column) / all } else { 0.0 }
    })
}

/// The action of each group such that the connections of the groups add up to those of the actions, and whether it is the only solution.
fn find_actions(groups: &[(String, f64)], totals: [Option<f64>; 4]) -> (Vec<GroupAction>, bool) {
    let usual = || groups.iter().map(|(name, _)| GroupAction::usual(name)).collect();
    let [Some(accept), Some(relay), Some(reject), Some(refuse)] = totals else { return (usual(), false) };
    // With many groups, a search takes too long.
    if groups.len() > 12 {
        return (usual(), false);
    }
    let mut found = Vec::new();
    let mut search =
        GroupActionSearch { groups, left: [accept, relay, reject, refuse], chosen: Vec::new(), found: &mut found };
    search.go_on();
    match found.as_slice() {
        [] => (usual(), false),
        [only] => (only.clone(), true),
        [first, ..] => (first.clone(), false),
    }
}

struct GroupActionSearch<'a> {
    groups: &'a [(String, f64)],
    /// The connections of each action that no group has yet.
    left: [f64; 4],
    chosen: Vec<GroupAction>,
    /// At most two solutions.
    found: &'a mut Vec<Vec<GroupAction>>,
}

impl GroupActionSearch<'_> {
    fn go_on(&mut self) {
        let Some((name, connections)) = self.groups.get(self.chosen.len()) else {
            if self.left.iter().all(|left| left.abs() < 0.5) {
                self.found.push(self.chosen.clone());
            }
            return;
        };
        // The usual action is tried first, so that it is the first solution.
        let mut order = GroupAction::ALL;
        order.sort_by_key(|&action| action != GroupAction::usual(name));
        for action in order {
            let place = action as usize;
            if self.found.len() < 2 && self.left[place] + 0.5 > *connections {
                self.left[place] -= connections;
                self.chosen.push(action);
                self.go_on();
                self.chosen.pop();
                self.left[place] += connections;
            }
        }
    }
}

/// Gives groups the ranges of their scores, the largest groups first. A group whose range overlaps that of a larger one is selected by
/// something else.
fn assign_scores(groups: &mut [FittedGroup]) {
    let mut taken: Vec<(i16, i16)> = Vec::new();
    let mut unscored_taken = false;
    for group in groups.iter_mut().filter(|group| group.action != GroupAction::Relay) {
        let usual = usual_scores(&group.name);
        let found =
            if group.senders.rows > 0 { group.senders.range() } else { usual.map(|(low, high, _)| (low, high)) };
        let unscored =
            if group.senders.rows > 0 { group.senders.without_score > 0 } else { usual.is_some_and(|(.., none)| none) };
        let is_free = |&(low, high): &(i16, i16)| taken.iter().all(|&(from, to)| high <= from || low >= to);
        if let Some(range) = found.filter(is_free) {
            taken.push(range);
            group.range = Some(range);
        }
        // Most senders without a score are in one group.
        let is_main = group.range.is_some() && group.senders.without_score * 20 >= group.senders.rows;
        if unscored && is_main && !unscored_taken {
            group.has_unscored = true;
            unscored_taken = true;
        }
    }
}

/// The scores of a group of an appliance that nobody has changed, in tenths, and whether it has senders without a score.
fn usual_scores(group: &str) -> Option<(i16, i16, bool)> {
    match group {
        "BLACKLIST" => Some((-100, -30, false)),
        "SUSPECTLIST" => Some((-29, -10, false)),
        "UNKNOWNLIST" => Some((-9, 100, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(groups: &[(&str, f64)], totals: [f64; 4]) -> (Vec<GroupAction>, bool) {
        let groups: Vec<_> = groups.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        find_actions(&groups, totals.map(Some))
    }

    #[test]
    fn actions_follow_from_the_sums() {
        let groups = [("PARTNERS", 100.0), ("BLOCKED_HERE", 70.0), ("OWN_SERVERS", 50.0), ("BLACKLIST", 9.0)];
        let expected = vec![GroupAction::Accept, GroupAction::Reject, GroupAction::Relay, GroupAction::TcpRefuse];
        assert_eq!(actions(&groups, [100.0, 50.0, 70.0, 9.0]), (expected, true));
    }

    #[test]
    fn several_solutions_are_not_certain_and_the_usual_one_is_taken() {
        let groups = [("UNKNOWNLIST", 5.0), ("BLACKLIST", 5.0)];
        assert_eq!(actions(&groups, [5.0, 0.0, 5.0, 0.0]), (vec![GroupAction::Accept, GroupAction::Reject], false));
        assert_eq!(actions(&groups, [3.0, 0.0, 5.0, 0.0]), (vec![GroupAction::Accept, GroupAction::Reject], false));
    }
}
