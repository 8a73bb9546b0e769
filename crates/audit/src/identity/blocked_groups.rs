//! Checks the sender groups of blocked addresses.
//!
//! A policy that rejects or refuses connections accepts no mail. Each connection of such a sender group counts as a fixed number of stopped
//! messages, so both tables of sender groups show the same blocked connections. The exports do not name these groups. The audit finds them in
//! two ways: reputation filtering stopped nearly all rows of the group, or the stopped messages equal the connections times the multiplier in
//! nearly all intervals. An address counts under the group of its latest connection, so the figures of an appliance differ a little.

use std::collections::BTreeMap;

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::{Worst, files_of};
use super::source::{Sources, stem, table_of};
use super::sums::numbers;

/// Incoming Mail Summary: Stopped by Reputation Filtering.
const OVERVIEW: u32 = 1;
const OVERVIEW_STOPPED: usize = 0;

/// Incoming IP Addresses.
const ADDRESSES: u32 = 5;
/// The places of its columns.
const GROUP: usize = 4;
const ATTEMPTED: usize = 5;
const STOPPED: usize = 6;
const CLEAN: usize = 12;

/// Sender Group Connection Numbers: the group and its connections.
const CONNECTED: u32 = 7;
const CONNECTED_GROUP: usize = 0;
const CONNECTIONS: usize = 1;

const TABLES: [u32; 3] = [OVERVIEW, ADDRESSES, CONNECTED];

/// The part of a group's rows that must be stopped, and the part of its intervals that must match, before it is taken as blocked.
const MOSTLY: f64 = 0.9;
/// The fewest rows that show it.
const FEWEST_ROWS: u64 = 10;

/// The part of the stopped messages by which the tables may differ, and the number of connections that they may always differ by.
const WITHIN: f64 = 0.1;
const FEW_CONNECTIONS: f64 = 10.0;

/// The clean messages that a blocked group may have: addresses whose group changed in the interval.
const FEW_CLEAN: f64 = 10.0;

/// The sender groups, with the intervals that contradict a policy that blocks them.
#[derive(Debug)]
pub(super) struct BlockedGroups {
    missing: Vec<u32>,
    multiplier: f64,
    /// Number of intervals that are in all tables, and of those in which the addresses add up to the Overview.
    common_intervals: u64,
    intervals: u64,
    groups: BTreeMap<Box<str>, GroupRecord>,
}

/// The figures of a sender group.
#[derive(Debug, Default)]
struct GroupRecord {
    /// The figures of the interval that is being read.
    latest: GroupFigures,
    rows: u64,
    stopped_rows: u64,
    intervals: u64,
    /// Number of intervals with connections, and of those in which they equal the stopped messages.
    connected_intervals: u64,
    equal_intervals: u64,
    unequal: GroupFailures,
    clean: GroupFailures,
}

/// The figures of a sender group in an interval.
#[derive(Clone, Copy, Debug, Default)]
struct GroupFigures {
    stopped: f64,
    clean: f64,
    connections: f64,
}

/// The failures of a sender group, with the worst of them: two values in an interval.
#[derive(Debug, Default)]
struct GroupFailures {
    count: u64,
    worst: Option<(i64, i64, f64, f64)>,
}

impl BlockedGroups {
    pub(super) fn new(sources: &Sources, multiplier: u32) -> Self {
        let missing = TABLES.into_iter().filter(|table| sources.get(*table).is_none()).collect();
        BlockedGroups {
            missing,
            multiplier: f64::from(multiplier),
            common_intervals: 0,
            intervals: 0,
            groups: BTreeMap::new(),
        }
    }

    /// Returns true if the rule needs a column that is no key.
    pub(super) fn uses(table: u32, column: usize) -> bool {
        match table {
            OVERVIEW => column == OVERVIEW_STOPPED,
            ADDRESSES => [GROUP, ATTEMPTED, STOPPED, CLEAN].contains(&column),
            CONNECTED => column == CONNECTIONS,
            _ => false,
        }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        let time = |other: &IntervalRows| (other.begin_seconds, other.length_seconds);
        let at = |table: u32, wanted: &IntervalRows| {
            let intervals = window.tables.get(&table)?;
            Some(&intervals[intervals.binary_search_by_key(&time(wanted), time).ok()?])
        };
        for addresses in window.tables.get(&ADDRESSES).into_iter().flatten() {
            let Some((overview, connected)) = at(OVERVIEW, addresses).zip(at(CONNECTED, addresses)) else { continue };
            self.common_intervals += 1;
            let sum = |of: &IntervalRows, place: usize| numbers(of, place).map(|column| column.iter().sum::<f64>());
            // A busy appliance drops minor senders. Then the groups are not complete.
            if sum(overview, OVERVIEW_STOPPED) == sum(addresses, STOPPED) {
                self.add(addresses, connected);
            }
        }
    }

    fn add(&mut self, addresses: &IntervalRows, connected: &IntervalRows) {
        self.intervals += 1;
        let column = |place: usize| numbers(addresses, place).unwrap_or_default();
        // Rows of addresses whose group certainly changed in the interval, because some of their connections were blocked and others were not.
        let mut changed = 0.0;
        let values = column(ATTEMPTED).iter().zip(column(STOPPED)).zip(column(CLEAN));
        for (row, ((attempted, stopped), clean)) in values.enumerate().filter(|(_, ((all, _), _))| **all > 0.0) {
            if *stopped > 0.0 && stopped < attempted {
                changed += attempted;
            }
            let Some(record) = addresses.text(GROUP, row).map(|name| self.record(name)) else { continue };
            record.rows += 1;
            record.stopped_rows += u64::from(stopped == attempted);
            record.latest.stopped += stopped;
            record.latest.clean += clean;
        }
        for (row, connections) in numbers(connected, CONNECTIONS).unwrap_or_default().iter().enumerate() {
            let Some(name) = connected.text(CONNECTED_GROUP, row) else { continue };
            self.record(name).latest.connections += connections;
        }
        for record in self.groups.values_mut() {
            record.end_interval(self.multiplier, changed, (addresses.begin_seconds, addresses.length_seconds));
        }
    }

    /// The record of a group. Most groups are known.
    fn record(&mut self, name: &str) -> &mut GroupRecord {
        if !self.groups.contains_key(name) {
            self.groups.insert(name.into(), GroupRecord::default());
        }
        self.groups.entry(name.into()).or_default()
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { missing: self.missing, intervals: self.intervals, ..RuleResult::default() };
        let connections = |connections: f64| {
            let of = format!("connections of the sender group in {}", table_of(CONNECTED).map_or("", stem));
            (format!("{} × {of}", self.multiplier), connections)
        };
        for (name, record) in &self.groups {
            let (is_stopped, matches) = (record.is_stopped(), record.matches());
            result.comparisons += if is_stopped || matches { record.intervals } else { 0 };
            if is_stopped {
                record.unequal.note(&mut result, name, "Stopped by Reputation Filtering", connections);
            }
            if is_stopped || matches {
                record.clean.note(&mut result, name, "Clean", |limit| {
                    ("the most of a sender group whose connections are blocked".into(), limit)
                });
            }
        }
        if result.worst.is_some() {
            result.files = files_of(vec![ADDRESSES, CONNECTED]);
        }
        if result.missing.is_empty() && result.comparisons == 0 {
            let why = match (self.common_intervals, self.intervals) {
                (0, _) => "no interval is in all tables of the sender groups",
                (_, 0) => "the addresses do not add up to the Overview in any interval",
                _ => "no sender group is shown whose connections are all blocked",
            };
            result.why.push(why.into());
        }
        result
    }
}

impl GroupRecord {
    /// Compares the figures of an interval and begins another one. `changed` are the messages of addresses that changed their group.
    fn end_interval(&mut self, multiplier: f64, changed: f64, time: (i64, i64)) {
        let GroupFigures { stopped, clean, connections } = std::mem::take(&mut self.latest);
        let blocked = multiplier * connections;
        if stopped == 0.0 && clean == 0.0 && blocked == 0.0 {
            return;
        }
        self.intervals += 1;
        self.connected_intervals += u64::from(blocked > 0.0);
        self.equal_intervals += u64::from(blocked > 0.0 && stopped == blocked);
        if (stopped - blocked).abs() > WITHIN * blocked.max(stopped) + FEW_CONNECTIONS * multiplier + changed {
            self.unequal.add(time, stopped, blocked);
        }
        let most_clean = FEW_CLEAN + WITHIN * blocked + changed;
        if clean > most_clean {
            self.clean.add(time, clean, most_clean);
        }
    }

    /// Returns true if reputation filtering stopped nearly all of its rows.
    fn is_stopped(&self) -> bool {
        self.rows >= FEWEST_ROWS && self.stopped_rows as f64 >= MOSTLY * self.rows as f64
    }

    /// Returns true if its stopped messages equal its connections times the multiplier in nearly all intervals.
    fn matches(&self) -> bool {
        let is_shown = self.rows >= FEWEST_ROWS && self.connected_intervals > 0;
        is_shown && self.equal_intervals as f64 >= MOSTLY * self.connected_intervals as f64
    }
}

impl GroupFailures {
    fn add(&mut self, (begin_seconds, length_seconds): (i64, i64), left: f64, right: f64) {
        self.count += 1;
        if self.worst.is_none_or(|(.., left_of, right_of)| (left - right).abs() > (left_of - right_of).abs()) {
            self.worst = Some((begin_seconds, length_seconds, left, right));
        }
    }

    /// Adds a notice for each failure.
    fn note(&self, result: &mut RuleResult, group: &str, heading: &str, right: impl FnOnce(f64) -> (String, f64)) {
        result.notices += self.count;
        let Some((begin_seconds, length_seconds, left, limit)) = self.worst else { return };
        let contradiction = Contradiction {
            begin_seconds,
            length_seconds,
            key: vec![group.to_owned()],
            left: (format!("{heading} of {}, of the sender group", table_of(ADDRESSES).map_or("", stem)), left),
            right: right(limit),
        };
        let worst = contradiction.into_worst();
        let distance = |worst: &Worst| (worst.left.value - worst.right.value).abs();
        if result.worst.as_ref().is_none_or(|other| distance(&worst) > distance(other)) {
            result.worst = Some(worst);
        }
    }
}
