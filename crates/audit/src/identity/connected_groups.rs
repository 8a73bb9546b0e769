//! Checks that the sender groups of addresses have connections.

use std::collections::{BTreeMap, BTreeSet};

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::{Worst, files_of};
use super::source::Sources;
use super::sums::numbers;

/// Incoming IP Addresses.
const ADDRESSES: u32 = 5;
/// The places of its columns.
const ADDRESS: usize = 0;
const GROUP: usize = 4;

/// Sender Group Connection Numbers: the group and its connections.
const GROUPS: u32 = 7;
const GROUP_NAME: usize = 0;
const CONNECTIONS: usize = 1;

/// In the first interval, the connection of a message may be earlier. Such rows are few: at most so many, or one in so many.
const FEW_ROWS: u64 = 2;
const CARRIED_OVER: u64 = 10;

/// A group with more rows than these few should have connections in an interval, if it has connections in so many times as many others.
const USUALLY: u64 = 2;

/// A group has at most so many rows of addresses for each connection, and a few more, because each address has a connection.
const MOST_ROWS: f64 = 2.0;
const FEW_MORE: f64 = 20.0;

/// The words for the time of all rows.
const ALL_INTERVALS: &str = "all intervals";

/// The addresses of each sender group, and the groups with connections.
#[derive(Debug, Default)]
pub(super) struct ConnectedGroups {
    missing: Vec<u32>,
    intervals: u64,
    rows: u64,
    first_rows: u64,
    groups: BTreeMap<Box<str>, GroupAddresses>,
    /// The connections of each group, if it has any.
    connected: BTreeMap<Box<str>, f64>,
}

/// The rows of a sender group.
#[derive(Debug, Default)]
struct GroupAddresses {
    /// Number of rows in the first interval, and in later ones.
    first: u64,
    later: u64,
    /// Beginning and length of the interval of the first row, and its address.
    time: (i64, i64),
    address: Box<str>,
    /// Number of rows in the interval that is being read.
    latest: u64,
    /// Number of intervals with rows: with connections of the group, and with few rows but no connections.
    connected: u64,
    nearly_empty: u64,
    /// The intervals with more rows but no connections: beginning, length and number of rows.
    unconnected: Vec<(i64, i64, u64)>,
}

impl ConnectedGroups {
    pub(super) fn new(sources: &Sources) -> Self {
        let missing = [ADDRESSES, GROUPS].into_iter().filter(|table| sources.get(*table).is_none()).collect();
        ConnectedGroups { missing, ..ConnectedGroups::default() }
    }

    /// Returns true if the rule needs a column that is no key.
    pub(super) fn uses(table: u32, column: usize) -> bool {
        (table == ADDRESSES && column == GROUP) || (table == GROUPS && column == CONNECTIONS)
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        let Some(groups) = window.tables.get(&GROUPS).filter(|groups| !groups.is_empty()) else {
            self.intervals += window.tables.get(&ADDRESSES).map_or(0, |intervals| intervals.len() as u64);
            return;
        };
        for interval in window.tables.get(&ADDRESSES).into_iter().flatten() {
            self.intervals += 1;
            self.add_addresses(interval);
            let time = |other: &IntervalRows| (other.begin_seconds, other.length_seconds);
            let place = groups.binary_search_by_key(&time(interval), time).ok();
            let names =
                place.map(|place| connected_groups(&groups[place]).map(|(name, _)| name).collect()).unwrap_or_default();
            self.end_interval(time(interval), &names);
        }
        for (name, connections) in groups.iter().flat_map(connected_groups) {
            match self.connected.get_mut(name) {
                Some(sum) => *sum += connections,
                None => _ = self.connected.insert(name.into(), connections),
            }
        }
    }

    fn add_addresses(&mut self, interval: &IntervalRows) {
        let rows = (0..).map_while(|row| Some((interval.text(ADDRESS, row)?, interval.text(GROUP, row)?)));
        for (address, group) in rows {
            // Most rows are of a group that is known.
            if !self.groups.contains_key(group) {
                let time = (interval.begin_seconds, interval.length_seconds);
                let addresses = GroupAddresses { time, address: address.into(), ..GroupAddresses::default() };
                self.groups.insert(group.into(), addresses);
            }
            let Some(addresses) = self.groups.get_mut(group) else { continue };
            let is_first = self.intervals == 1;
            *(if is_first { &mut addresses.first } else { &mut addresses.later }) += 1;
            addresses.latest += 1;
            self.first_rows += u64::from(is_first);
            self.rows += 1;
        }
    }

    /// Ends an interval in which some groups have connections. Where none has, nothing is known.
    fn end_interval(&mut self, (begin_seconds, length_seconds): (i64, i64), connected: &BTreeSet<&str>) {
        for (name, addresses) in &mut self.groups {
            let rows = std::mem::take(&mut addresses.latest);
            if rows == 0 || connected.is_empty() {
                continue;
            }
            if connected.contains(&**name) {
                addresses.connected += 1;
            } else if rows <= FEW_ROWS || self.intervals == 1 {
                addresses.nearly_empty += 1;
            } else {
                addresses.unconnected.push((begin_seconds, length_seconds, rows));
            }
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { missing: self.missing, ..RuleResult::default() };
        // Without any connection, the table of sender groups may be empty for another reason.
        if !result.missing.is_empty() || self.connected.is_empty() {
            return result;
        }
        (result.comparisons, result.intervals) = (self.rows, self.intervals);
        let mut notice = None;
        for (name, addresses) in self.groups.iter().filter(|(name, _)| !self.connected.contains_key(*name)) {
            let is_break = addresses.later > 0 || addresses.first > FEW_ROWS.max(self.first_rows / CARRIED_OVER);
            let (rows, worst) = match is_break {
                true => (&mut result.breaks, &mut result.worst),
                false => (&mut result.notices, &mut notice),
            };
            *rows += addresses.first + addresses.later;
            worst.get_or_insert_with(|| addresses.without_connections(name));
        }
        for (name, addresses) in self.groups.iter().filter(|(name, _)| self.connected.contains_key(*name)) {
            if let Some(worst) = addresses.too_many_for(name, self.connected[name]) {
                result.breaks += 1;
                result.worst.get_or_insert(worst);
            }
            if addresses.is_usually_connected() {
                result.notices += addresses.unconnected.iter().map(|(.., rows)| rows).sum::<u64>();
                let first = addresses.unconnected.first();
                let worst = first.map(|&(begin_seconds, length_seconds, rows)| {
                    contradiction((begin_seconds, length_seconds), vec![name.to_string()], ("the interval", rows), 0.0)
                });
                notice = notice.or(worst);
            }
        }
        result.worst = result.worst.or(notice);
        if result.worst.is_some() {
            result.files = files_of(vec![ADDRESSES, GROUPS]);
        }
        result
    }
}

/// The sender groups with connections in an interval, and their connections.
fn connected_groups(groups: &IntervalRows) -> impl Iterator<Item = (&str, f64)> {
    let connections = numbers(groups, CONNECTIONS).unwrap_or_default().iter().copied().enumerate();
    let connected = connections.filter(|(_, connections)| *connections > 0.0);
    connected.filter_map(|(row, connections)| Some((groups.text(GROUP_NAME, row)?, connections)))
}

/// The contradiction of a number of rows of addresses with the connections of their sender group. `rows` are the words and the number.
fn contradiction(
    (begin_seconds, length_seconds): (i64, i64),
    key: Vec<String>,
    (words, rows): (&str, u64),
    connections: f64,
) -> Worst {
    let contradiction = Contradiction {
        begin_seconds,
        length_seconds,
        key,
        left: (format!("rows of the sender group in {words}"), rows as f64),
        right: ("connections of the sender group in sender_groups_sender_group_connection_numbers".into(), connections),
    };
    Worst { difference: None, ..contradiction.into_worst() }
}

impl GroupAddresses {
    /// Returns true if the group has connections in most intervals with addresses, and is not nearly empty in any.
    fn is_usually_connected(&self) -> bool {
        self.nearly_empty == 0 && self.connected >= USUALLY * self.unconnected.len() as u64
    }

    /// The contradiction of a group with far more rows than connections. A row has a connection in its interval or shortly before it.
    fn too_many_for(&self, group: &str, connections: f64) -> Option<Worst> {
        let rows = self.first + self.later;
        let is_more = rows as f64 > MOST_ROWS * connections + FEW_MORE;
        is_more.then(|| contradiction(self.time, vec![group.to_owned()], (ALL_INTERVALS, rows), connections))
    }

    /// The contradiction of rows whose group has no connections.
    fn without_connections(&self, group: &str) -> Worst {
        let key = vec![self.address.to_string(), group.to_owned()];
        contradiction(self.time, key, (ALL_INTERVALS, self.first + self.later), 0.0)
    }
}
