//! Little's law for the work queue: over any time, the sum of the times that messages spend in the queue is its average length
//! times the length of the time.
//!
//! `stays.rs` derives the limits of the difference that exports may show.

use crate::digits::FileDigits;
use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::source::{Sources, stem, table_of};
use super::stays::{Excess, LONGEST, StayInterval, doubt_of_span, excess_of_interval, excess_of_span};
use super::sums::numbers;

/// The tables of the page System Capacity that the law is about, each with one column.
const TIME: u32 = 30;
const LENGTH: u32 = 31;
const GREATEST: u32 = 32;
const INCOMING: u32 = 34;
const OUTGOING: u32 = 38;
const NEEDED: [u32; 4] = [TIME, LENGTH, INCOMING, OUTGOING];

/// Outgoing Mail Summary: Virus Detected, Stopped by Content Filters, Clean Messages.
const SCANNED: u32 = 2;
/// Outgoing Mail Delivery Details: Hard Bounces, Delivered, Total Messages Delivered.
const DELIVERED: u32 = 3;

/// The difference over the span that is a notice, as a share, if the number of messages that leave the queue is not known better.
const ROUGHLY: f64 = 0.1;

/// The fewest intervals, and the smallest share of them, that must begin and end with an empty queue before an interval that does not
/// is doubted.
const FEWEST_INTERVALS: usize = 10;
const MOSTLY_EMPTY: f64 = 0.5;

/// The largest distance from a whole number that twelve digits of the average time and length leave.
const WHOLE: f64 = 1e-6;

/// The figures of the work queue, interval by interval.
#[derive(Debug)]
pub(super) struct QueueFlow {
    missing: Vec<u32>,
    /// The digits of the average times and lengths.
    digits: [FileDigits; 2],
    intervals: Vec<QueueInterval>,
}

/// The figures of one interval.
#[derive(Clone, Copy, Debug)]
struct QueueInterval {
    begin_seconds: i64,
    length_seconds: i64,
    /// Average time of a message in the queue, in seconds.
    time: f64,
    /// Average length of the queue, in messages.
    length: f64,
    /// The parts that the time and the length have lost if they were rounded.
    lost: [f64; 2],
    /// Messages accepted from outside, and messages that outside servers accepted.
    counted: f64,
    bounds: Option<QueueBounds>,
}

/// Figures that bound the number of messages that left the queue.
#[derive(Clone, Copy, Debug)]
struct QueueBounds {
    /// The largest number of messages in the queue.
    greatest: f64,
    /// Recipients of outgoing messages that were scanned but never delivered.
    given_up: f64,
    /// Recipients of outgoing messages that were scanned, less those that were delivered or given up.
    pending: f64,
}

impl QueueFlow {
    pub(super) fn new(sources: &Sources) -> Self {
        let missing = NEEDED.into_iter().filter(|&table| sources.get(table).is_none()).collect();
        let digits =
            [TIME, LENGTH].map(|table| sources.get(table).map_or_else(FileDigits::default, |source| source.digits));
        QueueFlow { missing, digits, intervals: Vec::new() }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        for interval in window.tables.get(&LENGTH).into_iter().flatten() {
            self.intervals.extend(QueueInterval::find(window, interval, self.digits));
        }
    }

    pub(super) fn finish(self) -> RuleResult {
        let mut result = RuleResult { missing: self.missing.clone(), ..RuleResult::default() };
        let (Some(first), Some(last)) = (self.intervals.first(), self.intervals.last()) else {
            if result.missing.is_empty() {
                result.why.push("no interval is in all tables of the work queue".into());
            }
            return result;
        };
        result.intervals = self.intervals.len() as u64;
        let bounded: Vec<StayInterval> = self.intervals.iter().filter_map(QueueInterval::bounded).collect();
        for (place, interval) in bounded.iter().enumerate() {
            result.comparisons += 1;
            if let Some(excess) = excess_of_interval(&bounded, place) {
                let time = (interval.begin_seconds, interval.length_seconds);
                add_break(&mut result, || excess.contradict(time, interval.from_length));
            }
        }
        for interval in self.alone_with_parts() {
            let limit = ("most", interval.time * interval.left().round());
            add_break(&mut result, || contradiction(interval.span(), interval.stays_by_length(), limit));
        }
        let span = (first.begin_seconds, last.begin_seconds + last.length_seconds - first.begin_seconds);
        result.comparisons += 1;
        if bounded.len() < self.intervals.len() {
            self.compare_roughly(&mut result, span);
        } else if let Some(excess) = excess_of_span(&bounded) {
            let from_length = bounded.iter().map(|interval| interval.from_length).sum();
            add_break(&mut result, || excess.contradict(span, from_length));
        } else if let Some(excess) = doubt_of_span(&bounded).filter(|_| result.breaks == 0) {
            let from_length = bounded.iter().map(|interval| interval.from_length).sum();
            result.notices += 1;
            result.worst = Some(excess.contradict(span, from_length).into_worst());
        }
        if result.worst.is_some() {
            result.files = NEEDED.iter().filter_map(|&table| Some(table_of(table)?.file.clone())).collect();
        }
        result
    }

    /// Compares the stays over the span if other tables do not bound the number of messages that leave the queue. A few messages may
    /// be in the queue at both ends and stay long.
    fn compare_roughly(&self, result: &mut RuleResult, span: (i64, i64)) {
        let sum = |value: fn(&QueueInterval) -> f64| self.intervals.iter().map(value).sum::<f64>();
        let (from_length, by_time) = (sum(QueueInterval::stays_by_length), sum(QueueInterval::stays_by_time));
        let counted = sum(|interval| interval.counted);
        let mean_time = if counted > 0.0 { by_time / counted } else { 0.0 };
        let lost = sum(|interval| interval.lost_stays(interval.counted));
        let slack = ROUGHLY * by_time + 2.0 * LONGEST.min(counted) * mean_time + lost;
        if (from_length - by_time).abs() > slack && result.breaks == 0 {
            result.notices += 1;
            let limit = if from_length > by_time { "most" } else { "least" };
            result.worst = Some(contradiction(span, from_length, (limit, by_time)).into_worst());
        }
    }

    /// The intervals that show a part of a message although the queue was empty before and after. If the queue is empty at the
    /// beginning and the end of an interval, its average length divided by the average time gives a whole number of messages. A
    /// message that is in the queue at an end gives a part of a message on both sides of it.
    fn alone_with_parts(&self) -> impl Iterator<Item = &QueueInterval> {
        let whole = self.intervals.iter().filter(|interval| interval.is_whole()).count();
        // Numbers that another program has rounded are not whole.
        let is_usual = self.digits.iter().all(|digits| digits.are_all())
            && self.intervals.len() >= FEWEST_INTERVALS
            && whole as f64 >= MOSTLY_EMPTY * self.intervals.len() as f64;
        let is_alone = |three: &&[QueueInterval]| match three {
            [before, interval, after] => {
                before.is_whole()
                    && before.has_fine_time()
                    && !interval.is_whole()
                    && after.is_whole()
                    && after.has_fine_time()
                    && interval.touches(before)
                    && interval.touches(after)
            }
            _ => false,
        };
        self.intervals.windows(3).filter(move |_| is_usual).filter(is_alone).map(|three| &three[1])
    }
}

impl QueueInterval {
    /// The figures of an interval, if all needed tables have it.
    fn find(window: &Window, interval: &IntervalRows, digits: [FileDigits; 2]) -> Option<QueueInterval> {
        let time = (interval.begin_seconds, interval.length_seconds);
        let value = |table: u32, column: usize| {
            let intervals = window.tables.get(&table)?;
            let place =
                intervals.binary_search_by_key(&time, |other| (other.begin_seconds, other.length_seconds)).ok()?;
            numbers(&intervals[place], column)?.first().copied()
        };
        let bounds = || {
            let (stopped, clean) = (value(SCANNED, 0)? + value(SCANNED, 1)?, value(SCANNED, 2)?);
            let (bounced, delivered) = (value(DELIVERED, 0)?, value(DELIVERED, 1)?);
            let pending = clean - bounced - delivered;
            Some(QueueBounds { greatest: value(GREATEST, 0)?, given_up: stopped + bounced, pending })
        };
        let (average_time, average_length) = (value(TIME, 0)?, value(LENGTH, 0)?);
        Some(QueueInterval {
            begin_seconds: time.0,
            length_seconds: time.1,
            time: average_time,
            length: average_length,
            lost: [digits[0].lost(average_time), digits[1].lost(average_length)],
            counted: value(INCOMING, 0)? + value(OUTGOING, 0)?,
            bounds: bounds(),
        })
    }

    fn stays_by_length(&self) -> f64 {
        self.length * self.length_seconds as f64
    }

    fn stays_by_time(&self) -> f64 {
        self.time * self.counted
    }

    /// The error of the stays of a number of messages, in seconds, if the average time and length were rounded.
    fn lost_stays(&self, messages: f64) -> f64 {
        self.lost[0] * messages + self.lost[1] * self.length_seconds as f64
    }

    /// Number of messages that left the queue, if it was empty at both ends.
    fn left(&self) -> f64 {
        if self.time > 0.0 { self.stays_by_length() / self.time } else { self.stays_by_length() }
    }

    /// Returns true if that number is whole, as far as the digits of the figures show. If no message left, the queue must be empty.
    fn is_whole(&self) -> bool {
        let left = self.left();
        if self.time > 0.0 { (left - left.round()).abs() <= WHOLE } else { left == 0.0 }
    }

    /// Returns true if the average time has many decimals. An age that is a multiple of a coarse time would be a whole number of messages.
    fn has_fine_time(&self) -> bool {
        let hundredths = self.time * 100.0;
        self.time == 0.0 || (hundredths - hundredths.round()).abs() > WHOLE
    }

    fn touches(&self, other: &QueueInterval) -> bool {
        self.begin_seconds + self.length_seconds == other.begin_seconds
            || other.begin_seconds + other.length_seconds == self.begin_seconds
    }

    /// Its beginning and length, in seconds.
    fn span(&self) -> (i64, i64) {
        (self.begin_seconds, self.length_seconds)
    }

    /// The figures with their bounds, if the tables that bound them have the interval.
    fn bounded(&self) -> Option<StayInterval> {
        let QueueBounds { greatest, given_up, pending } = self.bounds?;
        Some(StayInterval {
            begin_seconds: self.begin_seconds,
            length_seconds: self.length_seconds,
            time: self.time,
            longest_time: self.time + self.lost[0],
            lost: self.lost_stays(self.counted + greatest + given_up),
            from_length: self.stays_by_length(),
            counted: self.counted,
            greatest,
            given_up,
            pending,
        })
    }
}

impl Excess {
    fn contradict(self, time: (i64, i64), from_length: f64) -> Contradiction {
        let limit = match self {
            Excess::Above(excess) => ("most", from_length - excess),
            Excess::Below(excess) => ("least", from_length + excess),
        };
        contradiction(time, from_length, limit)
    }
}

fn add_break(result: &mut RuleResult, contradiction: impl FnOnce() -> Contradiction) {
    result.breaks += 1;
    result.worst.get_or_insert_with(|| contradiction().into_worst());
}

fn contradiction(time: (i64, i64), from_length: f64, (limit, value): (&str, f64)) -> Contradiction {
    let stem_of = |table: u32| table_of(table).map_or("", stem);
    Contradiction {
        begin_seconds: time.0,
        length_seconds: time.1,
        key: Vec::new(),
        left: (format!("seconds × Messages of {}", stem_of(LENGTH)), from_length),
        right: (format!("the {limit} that Time of {} allows with the other tables", stem_of(TIME)), value),
    }
}
