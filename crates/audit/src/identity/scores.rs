//! Checks that the reputation scores of addresses fit their sender groups, and that these groups have connections.
//!
//! A sender group that is defined by scores has a range of its own. The range is inferred from the rows: nearly all rows of the
//! group lie in it, and nearly all rows in it are of the group. A row contradicts its group if its score is in the range of another
//! such group, or beyond it. A group with listed addresses has many such rows, so that only few of them are a break.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::Worst;
use super::source::{Sources, table_of};
use super::sums::numbers;

/// Incoming IP Addresses.
const ADDRESSES: u32 = 5;
/// The places of its columns.
const ADDRESS: usize = 0;
const SCORE: usize = 3;
const GROUP: usize = 4;

/// Sender Group Connection Numbers: the group and its connections.
const GROUPS: u32 = 7;
const CONNECTIONS: usize = 1;

/// The largest score in tenths.
const MOST_TENTHS: i16 = 100;

/// The fewest rows with a score that show the range of a group.
const FEWEST_ROWS: u64 = 20;

/// The part of a group's rows that may lie below its range, and above it.
const OUTSIDE: u64 = 100;

/// The smallest share of a group among the rows in its range.
const OWN_SHARE: f64 = 0.8;

/// The number of contradictions that is always taken for a break, and the part of a group's rows up to which more of them are.
const FEW_ROWS: u64 = 2;
const FEW_OF: u64 = 1000;

/// In the first interval, the connection of a message may be earlier. Such rows are few: at most one in so many.
const CARRIED_OVER: u64 = 10;

/// A score in tenths, or none.
type Tenths = Option<i16>;

/// The rows of each sender group by score.
#[derive(Debug, Default)]
pub(super) struct SenderScores {
    is_missing: bool,
    rows: u64,
    intervals: u64,
    groups: BTreeMap<Box<str>, GroupRows>,
    /// The groups that have connections. `None` without a table of them.
    connected: Option<BTreeSet<Box<str>>>,
    /// The rows of the first interval that the table of connections also has.
    first_rows: u64,
}

/// The rows of a sender group.
#[derive(Debug, Default)]
struct GroupRows {
    by_score: BTreeMap<Tenths, ScoredRows>,
    /// The rows in the first interval, and in later ones, of those that the table of connections also has.
    first: ScoredRows,
    later: ScoredRows,
}

/// A number of rows, and the first of them.
#[derive(Clone, Debug, Default)]
struct ScoredRows {
    count: u64,
    begin_seconds: i64,
    length_seconds: i64,
    address: Box<str>,
    score: f64,
}

impl SenderScores {
    pub(super) fn new(sources: &Sources) -> Self {
        let is_missing = sources.get(ADDRESSES).is_none();
        let connected = sources.get(GROUPS).map(|_| BTreeSet::new());
        SenderScores { is_missing, connected, ..SenderScores::default() }
    }

    /// Returns true if the rule needs a column that is no key.
    pub(super) fn uses(table: u32, column: usize) -> bool {
        (table == ADDRESSES && (column == SCORE || column == GROUP)) || (table == GROUPS && column == CONNECTIONS)
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        for interval in window.tables.get(&ADDRESSES).into_iter().flatten() {
            self.intervals += 1;
            let has_connections = window.tables.get(&GROUPS).is_some_and(|groups| !groups.is_empty());
            self.count(interval, has_connections);
        }
        let Some(connected) = &mut self.connected else { return };
        for interval in window.tables.get(&GROUPS).into_iter().flatten() {
            for (row, connections) in numbers(interval, CONNECTIONS).unwrap_or_default().iter().enumerate() {
                let name = interval.text(ADDRESS, row).filter(|_| *connections > 0.0);
                connected.extend(name.filter(|name| !connected.contains(*name)).map(Box::from));
            }
        }
    }

    /// Counts the rows of an interval. `has_connections` is true if the table of connections also has the interval.
    fn count(&mut self, interval: &IntervalRows, has_connections: bool) {
        let text = |column: usize, row: usize| interval.text(column, row);
        let rows = (0..).map_while(|row| Some((text(ADDRESS, row)?, text(SCORE, row)?, text(GROUP, row)?)));
        for (address, score, group) in rows {
            self.rows += 1;
            // Most rows are of a group that is known.
            if !self.groups.contains_key(group) {
                self.groups.insert(group.into(), GroupRows::default());
            }
            let Some(of_group) = self.groups.get_mut(group) else { continue };
            if has_connections {
                let is_first = self.intervals == 1;
                self.first_rows += u64::from(is_first);
                let rows = if is_first { &mut of_group.first } else { &mut of_group.later };
                rows.add(interval, address, score);
            }
            // Another identity finds scores that cannot be.
            if let Some(tenths) = parse(score) {
                of_group.by_score.entry(tenths).or_default().add(interval, address, score);
            }
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { comparisons: self.rows, intervals: self.intervals, ..RuleResult::default() };
        if self.is_missing {
            result.missing.push(ADDRESSES);
            return result;
        }
        let mut notice = self.check_connected(&mut result);
        let homes: Vec<Home<'_>> =
            self.groups.iter().filter_map(|(name, group)| self.home(name, &group.by_score)).collect();
        for home in &homes {
            let strays: Vec<(&ScoredRows, &Home<'_>)> = home.strays(&homes).collect();
            let count: u64 = strays.iter().map(|(rows, _)| rows.count).sum();
            let is_break = count <= FEW_ROWS.max(home.count / FEW_OF);
            *(if is_break { &mut result.breaks } else { &mut result.notices }) += count;
            if let Some((rows, other)) = strays.first() {
                let nearest =
                    if other.range.start() > home.range.end() { home.range.end() } else { home.range.start() };
                let limit = format!("the end of the scores of {}; {} has scores there", home.name, other.name);
                let contradiction = rows.contradict((limit, f64::from(*nearest) / 10.0));
                let worst = if is_break { &mut result.worst } else { &mut notice };
                worst.get_or_insert_with(|| contradiction.into_worst());
            }
        }
        result.worst = result.worst.or(notice);
        if result.worst.is_some() {
            result.files = table_of(ADDRESSES).map(|table| table.file.clone()).into_iter().collect();
        }
        result
    }

    /// Checks that every group of an address has connections. Few rows in the first interval are a notice, which
    /// is returned.
    fn check_connected(&self, result: &mut RuleResult) -> Option<Worst> {
        let connected = self.connected.as_ref().filter(|connected| !connected.is_empty())?;
        let mut notice = None;
        for (name, GroupRows { first, later, .. }) in &self.groups {
            let count = first.count + later.count;
            if connected.contains(name) || count == 0 {
                continue;
            }
            let is_break = later.count > 0 || first.count > FEW_ROWS.max(self.first_rows / CARRIED_OVER);
            let rows = if first.count > 0 { first } else { later };
            let worst = Worst { difference: None, ..rows.without_connections(name, count).into_worst() };
            if is_break {
                result.breaks += count;
                result.worst.get_or_insert(worst);
            } else {
                result.notices += count;
                notice.get_or_insert(worst);
            }
        }
        notice
    }

    /// The range of a group, if scores define it.
    fn home<'a>(&'a self, name: &'a str, rows: &'a BTreeMap<Tenths, ScoredRows>) -> Option<Home<'a>> {
        let scored = || rows.iter().filter_map(|(score, rows)| Some(((*score)?, rows.count)));
        let count: u64 = scored().map(|(_, count)| count).sum();
        if count < FEWEST_ROWS {
            return None;
        }
        let outside = (count / OUTSIDE).max(FEW_ROWS);
        let low = end_of(scored(), outside)?;
        let high = end_of(scored().collect::<Vec<_>>().into_iter().rev(), outside)?;
        let within = |rows: &BTreeMap<Tenths, ScoredRows>| -> u64 {
            rows.iter().filter(|(score, _)| (Some(low)..=Some(high)).contains(score)).map(|(_, rows)| rows.count).sum()
        };
        let all: u64 = self.groups.values().map(|group| within(&group.by_score)).sum();
        (low <= high && within(rows) as f64 >= OWN_SHARE * all as f64).then_some(Home {
            name,
            range: low..=high,
            count,
            rows,
        })
    }
}

/// The first score that is passed by more than `outside` rows.
fn end_of(mut scores: impl Iterator<Item = (i16, u64)>, outside: u64) -> Option<i16> {
    let mut passed = 0;
    let end = scores.find(|(_, count)| {
        passed += count;
        passed > outside
    });
    end.map(|(score, _)| score)
}

/// A sender group that is defined by scores.
#[derive(Debug)]
struct Home<'a> {
    name: &'a str,
    /// Its scores in tenths.
    range: RangeInclusive<i16>,
    /// Number of its rows with a score.
    count: u64,
    rows: &'a BTreeMap<Tenths, ScoredRows>,
}

impl Home<'_> {
    /// The rows of the group whose scores are in the range of another group or beyond it, each with that group.
    fn strays<'h>(&'h self, homes: &'h [Home<'h>]) -> impl Iterator<Item = (&'h ScoredRows, &'h Home<'h>)> {
        self.rows.iter().filter_map(move |(score, rows)| {
            let score = (*score)?;
            let is_own = self.range.contains(&score);
            let is_there = |home: &&Home<'_>| home.range.contains(&score) || home.is_between(&self.range, score);
            let other = homes.iter().find(|home| home.name != self.name && is_there(home));
            other.filter(|_| !is_own).map(|other| (rows, other))
        })
    }
}

impl Home<'_> {
    /// Returns true if the group's range lies between another range and a score.
    fn is_between(&self, other: &RangeInclusive<i16>, score: i16) -> bool {
        let (start, end) = (self.range.start(), self.range.end());
        (end < other.start() && score < *start) || (other.end() < start && *end < score)
    }
}

impl ScoredRows {
    /// Adds a row. The place of the first is kept.
    fn add(&mut self, interval: &IntervalRows, address: &str, score: &str) {
        if self.count == 0 {
            *self = ScoredRows::new(interval, address, score);
        }
        self.count += 1;
    }

    /// The contradiction of rows whose group has no connections.
    fn without_connections(&self, group: &str, count: u64) -> Contradiction {
        Contradiction {
            begin_seconds: self.begin_seconds,
            length_seconds: self.length_seconds,
            key: vec![self.address.to_string(), group.to_owned()],
            left: ("rows of the sender group in all intervals".into(), count as f64),
            right: ("connections of the sender group in sender_groups_sender_group_connection_numbers".into(), 0.0),
        }
    }

    /// No row yet, but the place of the first.
    fn new(interval: &IntervalRows, address: &str, score: &str) -> ScoredRows {
        ScoredRows {
            count: 0,
            begin_seconds: interval.begin_seconds,
            length_seconds: interval.length_seconds,
            address: address.into(),
            score: score.trim().parse().unwrap_or_default(),
        }
    }

    fn contradict(&self, right: (String, f64)) -> Contradiction {
        Contradiction {
            begin_seconds: self.begin_seconds,
            length_seconds: self.length_seconds,
            key: vec![self.address.to_string()],
            left: ("SBRS of incoming_mail_incoming_ip_addresses".into(), self.score),
            right,
        }
    }
}

/// Parses a score such as `-3.4` or `None`. `None` if it is no score.
fn parse(text: &str) -> Option<Tenths> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("none") {
        return Some(None);
    }
    let score: f64 = text.parse().ok()?;
    let tenths = (score * 10.0).round();
    (tenths.abs() <= f64::from(MOST_TENTHS)).then_some(Some(tenths as i16))
}
