//! Finds the action of each sender group that fits the connections by action in most intervals.

use std::cmp::Reverse;

/// The actions of mail flow policies, in the order of the columns of their table.
pub(super) const ACTIONS: [&str; 4] = ["Accept", "Relay", "Reject", "TCP Refuse"];

/// The number of steps after which the search is given up. Each adds the connections of a group in an interval.
const MOST_STEPS: u64 = 20_000_000;

/// The connections of a sender group.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupConnections {
    /// The intervals with connections, by their number, each with the connections.
    counts: Vec<(usize, f64)>,
}

impl GroupConnections {
    /// Adds connections in an interval. Its number is not smaller than those before.
    pub(super) fn add(&mut self, interval: usize, connections: f64) {
        match self.counts.last_mut() {
            Some((last, count)) if *last == interval => *count += connections,
            _ => self.counts.push((interval, connections)),
        }
    }

    /// The connections in an interval.
    pub(super) fn at(&self, interval: usize) -> f64 {
        let found = self.counts.binary_search_by_key(&interval, |(number, _)| *number);
        found.map_or(0.0, |place| self.counts[place].1)
    }

    /// Number of intervals with connections.
    pub(super) fn intervals(&self) -> usize {
        self.counts.len()
    }

    /// The connections in all intervals.
    pub(super) fn total(&self) -> f64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

/// The actions of the groups that fit most intervals.
#[derive(Clone, Debug, Default)]
pub(super) struct ActionFit {
    /// The action of each group. `None` for a group that may have several.
    pub(super) actions: Vec<Option<usize>>,
    /// The intervals in which an action has fewer connections than its groups, in order.
    pub(super) failing: Vec<usize>,
}

/// A search for the actions of groups.
#[derive(Clone, Debug)]
pub(super) struct ActionSearch<'a> {
    groups: &'a [GroupConnections],
    /// True for the groups whose connections may have several actions.
    free: Vec<bool>,
    /// The action of each group that is tried first among those with as many failing intervals.
    preferred: Vec<Option<usize>>,
    /// The connections with each action in each interval, without those of the groups whose action is set.
    left: Vec<[f64; ACTIONS.len()]>,
    /// Number of actions in each interval whose groups have more connections than the action.
    over: Vec<u8>,
    /// Number of intervals with such an action.
    failing: usize,
    actions: Vec<Option<usize>>,
    best: Option<ActionFit>,
    steps: u64,
}

impl<'a> ActionSearch<'a> {
    /// A search over intervals, given by their connections with each action.
    pub(super) fn new(groups: &'a [GroupConnections], by_action: Vec<[f64; ACTIONS.len()]>) -> Self {
        ActionSearch {
            groups,
            free: vec![false; groups.len()],
            preferred: vec![None; groups.len()],
            over: vec![0; by_action.len()],
            left: by_action,
            failing: 0,
            actions: vec![None; groups.len()],
            best: None,
            steps: 0,
        }
    }

    /// Lets the connections of a group have several actions.
    pub(super) fn set_free(&mut self, group: usize) {
        self.free[group] = true;
    }

    /// Prefers these actions among those that fit as many intervals.
    pub(super) fn prefer(&mut self, actions: &[Option<usize>]) {
        self.preferred = actions.to_vec();
    }

    /// Number of intervals in which a free group does not have its most usual action alone, if the other groups have the actions of a fit.
    pub(super) fn split_intervals(&self, group: usize, fit: &ActionFit) -> usize {
        let is_short = |action: usize, interval: usize, count: f64| {
            let others = self.groups.iter().zip(&fit.actions).filter(|(_, of_group)| **of_group == Some(action));
            let others: f64 = others.map(|(other, _)| other.at(interval)).sum();
            self.left[interval][action] - others < count
        };
        let of_action = |action: usize| {
            let counts = self.groups[group].counts.iter();
            counts.filter(|(interval, count)| is_short(action, *interval, *count)).count()
        };
        (0..ACTIONS.len()).map(of_action).min().unwrap_or_default()
    }

    /// The actions with which the fewest intervals fail. `None` if there are too many possibilities.
    pub(super) fn best(&self) -> Option<ActionFit> {
        let mut search = self.clone();
        let mut order: Vec<usize> = (0..self.groups.len()).filter(|group| !self.free[*group]).collect();
        // Groups with many connections fit few actions.
        order.sort_by_key(|&group| Reverse(self.groups[group].total() as u64));
        search.assign(&order);
        search.best.filter(|_| search.steps < MOST_STEPS)
    }

    /// Tries every action for the first of some groups, and then for the others.
    fn assign(&mut self, groups: &[usize]) {
        if self.best.as_ref().is_some_and(|best| self.failing >= best.failing.len()) || self.steps >= MOST_STEPS {
            return;
        }
        let Some((&group, others)) = groups.split_first() else {
            let failing = (0..self.over.len()).filter(|&interval| self.over[interval] > 0).collect();
            self.best = Some(ActionFit { actions: self.actions.clone(), failing });
            return;
        };
        let mut order: Vec<(usize, bool, usize)> = Vec::new();
        for action in 0..ACTIONS.len() {
            self.take(group, action, 1.0);
            order.push((self.failing, self.preferred[group] != Some(action), action));
            self.take(group, action, -1.0);
        }
        order.sort_unstable();
        for (_, _, action) in order {
            self.take(group, action, 1.0);
            self.actions[group] = Some(action);
            self.assign(others);
            self.take(group, action, -1.0);
        }
        self.actions[group] = None;
    }

    /// Takes the connections of a group from an action, or gives them back if `times` is -1.
    fn take(&mut self, group: usize, action: usize, times: f64) {
        let groups = self.groups;
        for &(interval, count) in &groups[group].counts {
            let left = &mut self.left[interval][action];
            let was_over = *left < 0.0;
            *left -= times * count;
            let is_over = *left < 0.0;
            let (before, over) = (self.over[interval], &mut self.over[interval]);
            *over = *over + u8::from(is_over) - u8::from(was_over);
            self.failing = self.failing + usize::from(*over > 0) - usize::from(before > 0);
        }
        self.steps += groups[group].counts.len() as u64 + 1;
    }
}
