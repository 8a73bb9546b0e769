//! Little's law for the work queue: over any time, the sum of the times that messages spend in the queue is its average length
//! times the length of the time.
//!
//! Exports show the average time of the messages that leave, but not how many leave. The number lies between two sums of other
//! tables. At the begin and the end of the time, messages are in the queue that belong to it only in part.

use crate::window::{IntervalRows, Window};

use super::contradiction::{Contradiction, RuleResult};
use super::source::{Sources, stem, table_of};
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

/// The part by which messages may leave the queue in another interval than the one in which they are counted elsewhere.
const ELSEWHERE: f64 = 0.02;
/// The same as a number of messages.
const FEW_MESSAGES: f64 = 3.0;

/// The messages in the queue at a moment are no more than the smaller maximum of the intervals beside it. Together they spend at most
/// so many times their number of average stays in the queue.
const AT_AN_END: f64 = 3.0;

/// One of them may be very large and stay so many times longer than the average, or as long as all messages of the interval together.
const LONGEST_STAY: f64 = 30.0;

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

/// The seconds that messages spent in the queue, from its length and from the time of each message.
#[derive(Clone, Copy, Debug, Default)]
struct Stays {
    from_length: f64,
    least: f64,
    most: f64,
    /// The part of the bounds that comes from the messages in the queue at the ends.
    at_ends: f64,
}

impl QueueFlow {
    pub(super) fn new(sources: &Sources) -> Self {
        let missing = NEEDED.into_iter().filter(|&table| sources.get(table).is_none()).collect();
        QueueFlow { missing, intervals: Vec::new() }
    }

    pub(super) fn look_at(&mut self, window: &Window) {
        for interval in window.tables.get(&LENGTH).into_iter().flatten() {
            self.intervals.extend(QueueInterval::find(window, interval));
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
        for place in 0..self.intervals.len() {
            let Some(stays) = self.stays_of(place) else { continue };
            result.comparisons += 1;
            if stays.is_broken() {
                self.add(&mut result, &self.intervals[place], stays);
            }
        }
        for interval in self.alone_with_parts() {
            let from_length = interval.stays_by_length();
            let most = interval.time * interval.left().round();
            self.add(&mut result, interval, Stays { from_length, least: most, most, at_ends: 0.0 });
        }
        let span = QueueInterval {
            begin_seconds: first.begin_seconds,
            length_seconds: last.begin_seconds + last.length_seconds - first.begin_seconds,
            ..*first
        };
        result.comparisons += 1;
        match self.stays_of_span() {
            Some(stays) if stays.is_broken() => self.add(&mut result, &span, stays),
            Some(_) => {}
            None => self.compare_roughly(&mut result, &span),
        }
        if result.worst.is_some() {
            result.files = NEEDED.iter().filter_map(|&table| Some(table_of(table)?.file.clone())).collect();
        }
        result
    }

    fn add(&self, result: &mut RuleResult, interval: &QueueInterval, stays: Stays) {
        result.breaks += 1;
        result.worst.get_or_insert_with(|| stays.contradict(interval).into_worst());
    }

    /// Compares the stays over the span if other tables do not bound the number of messages that leave the queue. A few messages may
    /// be in the queue at both ends and stay long.
    fn compare_roughly(&self, result: &mut RuleResult, span: &QueueInterval) {
        let sum = |value: fn(&QueueInterval) -> f64| self.intervals.iter().map(value).sum::<f64>();
        let (from_length, by_time) = (sum(QueueInterval::stays_by_length), sum(QueueInterval::stays_by_time));
        let counted = sum(|interval| interval.counted);
        let mean_time = if counted > 0.0 { by_time / counted } else { 0.0 };
        let slack = ROUGHLY * by_time + 2.0 * LONGEST_STAY * mean_time;
        if (from_length - by_time).abs() > slack && result.breaks == 0 {
            result.notices += 1;
            let stays = Stays { from_length, least: by_time, most: by_time, at_ends: 0.0 };
            result.worst = Some(stays.contradict(span).into_worst());
        }
    }

    /// The intervals that show a part of a message although the queue was empty before and after. If the queue is empty at the
    /// beginning and the end of an interval, its average length divided by the average time gives a whole number of messages. A
    /// message that is in the queue at an end gives a part of a message on both sides of it.
    fn alone_with_parts(&self) -> impl Iterator<Item = &QueueInterval> {
        let whole = self.intervals.iter().filter(|interval| interval.is_whole()).count();
        let is_usual =
            self.intervals.len() >= FEWEST_INTERVALS && whole as f64 >= MOSTLY_EMPTY * self.intervals.len() as f64;
        let is_alone = |three: &&[QueueInterval]| match three {
            [before, interval, after] => {
                before.is_whole()
                    && !interval.is_whole()
                    && after.is_whole()
                    && interval.touches(before)
                    && interval.touches(after)
            }
            _ => false,
        };
        self.intervals.windows(3).filter(move |_| is_usual).filter(is_alone).map(|three| &three[1])
    }

    /// The stays in one interval. `None` if the tables that bound them are missing.
    fn stays_of(&self, place: usize) -> Option<Stays> {
        let interval = &self.intervals[place];
        let bounds = interval.bounds?;
        let at_end = |other: Option<&QueueInterval>| {
            // Before the first interval and after the last, the queue may be anything.
            let neighbour = other.filter(|other| interval.touches(other))?;
            let greatest = bounds.greatest.min(neighbour.bounds?.greatest);
            let longest = LONGEST_STAY.min(interval.counted.max(neighbour.counted));
            Some((AT_AN_END * greatest + longest) * interval.time.max(neighbour.time))
        };
        let before = place.checked_sub(1).and_then(|place| self.intervals.get(place));
        let unknown = (AT_AN_END * bounds.greatest + LONGEST_STAY) * interval.time;
        let at_ends = at_end(before).unwrap_or(unknown) + at_end(self.intervals.get(place + 1)).unwrap_or(unknown);
        let elsewhere = interval.time * (ELSEWHERE * interval.counted + FEW_MESSAGES);
        Some(Stays {
            from_length: interval.stays_by_length(),
            least: interval.time * (interval.counted - (-bounds.pending).max(0.0)) - elsewhere,
            most: interval.time * (interval.counted + bounds.given_up + bounds.pending.max(0.0)) + elsewhere,
            at_ends,
        })
    }

    /// The stays over the whole span.
    fn stays_of_span(&self) -> Option<Stays> {
        let mut stays = Stays::default();
        let mut pending = 0.0;
        let mut counted = 0.0;
        for interval in &self.intervals {
            let bounds = interval.bounds?;
            stays.from_length += interval.stays_by_length();
            stays.least += interval.stays_by_time();
            stays.most += interval.stays_by_time() + interval.time * bounds.given_up;
            pending += bounds.pending;
            counted += interval.counted;
        }
        let mean_time = if counted > 0.0 { stays.least / counted } else { 0.0 };
        // They may leave in any interval, such as one in which no message is accepted.
        let elsewhere = self.intervals.iter().map(|interval| interval.time).fold(0.0, f64::max) * FEW_MESSAGES;
        stays.least -= mean_time * (-pending).max(0.0) + elsewhere;
        stays.most += mean_time * pending.max(0.0) + elsewhere;
        for end in [self.intervals.first()?, self.intervals.last()?] {
            stays.at_ends += (AT_AN_END * end.bounds?.greatest + LONGEST_STAY) * end.time;
        }
        Some(stays)
    }
}

impl QueueInterval {
    /// The figures of an interval, if all needed tables have it.
    fn find(window: &Window, interval: &IntervalRows) -> Option<QueueInterval> {
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
        Some(QueueInterval {
            begin_seconds: time.0,
            length_seconds: time.1,
            time: value(TIME, 0)?,
            length: value(LENGTH, 0)?,
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

    /// Number of messages that left the queue, if it was empty at both ends.
    fn left(&self) -> f64 {
        if self.time > 0.0 { self.stays_by_length() / self.time } else { self.stays_by_length() }
    }

    /// Returns true if that number is whole, as far as the digits of the figures show.
    fn is_whole(&self) -> bool {
        (self.left() - self.left().round()).abs() <= WHOLE
    }

    fn touches(&self, other: &QueueInterval) -> bool {
        self.begin_seconds + self.length_seconds == other.begin_seconds
            || other.begin_seconds + other.length_seconds == self.begin_seconds
    }
}

impl Stays {
    fn is_broken(&self) -> bool {
        self.from_length < self.least - self.at_ends || self.from_length > self.most + self.at_ends
    }

    fn contradict(&self, interval: &QueueInterval) -> Contradiction {
        let stem_of = |table: u32| table_of(table).map_or("", stem);
        let (limit, value) = if self.from_length < self.least {
            ("least", self.least - self.at_ends)
        } else {
            ("most", self.most + self.at_ends)
        };
        Contradiction {
            begin_seconds: interval.begin_seconds,
            length_seconds: interval.length_seconds,
            key: Vec::new(),
            left: (format!("seconds × Messages of {}", stem_of(LENGTH)), self.from_length),
            right: (format!("the {limit} that Time of {} allows with the other tables", stem_of(TIME)), value),
        }
    }
}
