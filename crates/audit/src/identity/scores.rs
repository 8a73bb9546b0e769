//! Checks that the reputation scores of addresses fit their sender groups.
//!
//! A sender group that is defined by scores has a range of its own. The range is inferred from the rows: nearly all rows of the
//! group lie in it, and nearly all rows in it are of the group. A row contradicts its group if its score is in the range of another
//! such group, or beyond it. A group with listed addresses has many such rows, so that only few of them are a break. Rows of groups
//! without a range are not compared.
//!
//! Three further statements need no ranges: an address keeps its score for a day (`score_changes.rs`), blocked addresses have worse scores than
//! others (`score_order.rs`), and addresses have different scores.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::finding::files_of;
use super::score_changes::{ScoreChanges, Tenths};
use super::score_order::{self, RowMessages, ScoreOrder};
use super::source::Sources;

/// Incoming IP Addresses.
const ADDRESSES: u32 = 5;
/// The places of its columns.
const ADDRESS: usize = 0;
const SCORE: usize = 3;
const GROUP: usize = 4;

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

/// The fewest rows with a score that do not all have the same score, if they belong to several groups.
const FEWEST_DIFFERENT: u64 = 100;

/// The rows of each sender group by score.
#[derive(Debug, Default)]
pub(super) struct SenderScores {
    is_missing: bool,
    intervals: u64,
    groups: BTreeMap<Box<str>, GroupRows>,
    changes: ScoreChanges,
    order: ScoreOrder,
}

/// The rows of a sender group by score.
type GroupRows = BTreeMap<Tenths, ScoredRows>;

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
        SenderScores { is_missing: sources.get(ADDRESSES).is_none(), ..SenderScores::default() }
    }

    /// Returns true if the rule needs a column that is no key.
    pub(super) fn uses(table: u32, column: usize) -> bool {
        table == ADDRESSES && (column == SCORE || column == GROUP || score_order::COLUMNS.contains(&column))
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        for interval in window.tables.get(&ADDRESSES).into_iter().flatten() {
            self.intervals += 1;
            self.count(interval);
        }
    }

    /// Counts the rows of an interval.
    fn count(&mut self, interval: &IntervalRows) {
        let text = |column: usize, row: usize| interval.text(column, row);
        let rows = (0..).map_while(|row| Some((row, text(ADDRESS, row)?, text(SCORE, row)?, text(GROUP, row)?)));
        let messages = RowMessages::of(interval);
        self.order.add_interval(interval);
        for (row, address, score, group) in rows {
            // Another identity finds scores that cannot be.
            let Some(tenths) = parse(score) else { continue };
            // Most rows are of a group that is known.
            if !self.groups.contains_key(group) {
                self.groups.insert(group.into(), GroupRows::default());
            }
            let Some(of_group) = self.groups.get_mut(group) else { continue };
            of_group.entry(tenths).or_default().add(interval, address, score);
            self.changes.add(interval, address, tenths);
            if let Some(tenths) = tenths {
                self.order.add(messages, row, tenths);
            }
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { intervals: self.intervals, ..RuleResult::default() };
        if self.is_missing {
            result.missing.push(ADDRESSES);
            return result;
        }
        self.changes.check(&mut result);
        self.check_ranges(&mut result);
        self.order.check(&mut result);
        self.check_difference(&mut result);
        if result.worst.is_some() {
            result.files = files_of(vec![ADDRESSES]);
        }
        result
    }

    /// Compares the rows of each group that has a range with the ranges of the other groups.
    fn check_ranges(&self, result: &mut RuleResult) {
        let homes: Vec<Home<'_>> = self.groups.iter().filter_map(|(name, rows)| self.home(name, rows)).collect();
        if homes.len() < 2 {
            result.why.push("fewer than two sender groups have a range of scores that no other group shares".into());
            return;
        }
        let mut notice = None;
        for home in &homes {
            result.comparisons += home.count;
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
        result.worst = result.worst.take().or(notice);
    }

    /// Notes rows of several groups that all have the same score.
    fn check_difference(&self, result: &mut RuleResult) {
        let scored = || self.groups.values().map(|rows| rows.iter().filter(|(score, _)| score.is_some()));
        let mut scores: Vec<Tenths> = scored().flatten().map(|(score, _)| *score).collect();
        scores.dedup();
        let with_scores = scored().filter(|rows| rows.clone().next().is_some()).count();
        let rows: u64 = scored().flatten().map(|(_, rows)| rows.count).sum();
        let ([_], true, true) = (&scores[..], with_scores > 1, rows >= FEWEST_DIFFERENT) else { return };
        result.comparisons = result.comparisons.max(rows);
        result.notices += rows;
        let Some((_, first)) = scored().flatten().next() else { return };
        let contradiction = Contradiction {
            left: ("rows with a score, all with the same one".into(), rows as f64),
            ..first.contradict(("such rows of several sender groups are usual".into(), 0.0))
        };
        result.worst.get_or_insert_with(|| contradiction.into_worst());
    }

    /// The range of a group, if scores define it.
    fn home<'a>(&'a self, name: &'a str, rows: &'a GroupRows) -> Option<Home<'a>> {
        let scored = || rows.iter().filter_map(|(score, rows)| Some(((*score)?, rows.count)));
        let count: u64 = scored().map(|(_, count)| count).sum();
        if count < FEWEST_ROWS {
            return None;
        }
        let outside = (count / OUTSIDE).max(FEW_ROWS);
        let low = end_of(scored(), outside)?;
        let high = end_of(scored().collect::<Vec<_>>().into_iter().rev(), outside)?;
        let within = |rows: &GroupRows| -> u64 {
            rows.iter().filter(|(score, _)| (Some(low)..=Some(high)).contains(score)).map(|(_, rows)| rows.count).sum()
        };
        let all: u64 = self.groups.values().map(within).sum();
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
    rows: &'a GroupRows,
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
