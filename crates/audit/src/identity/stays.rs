//! The time that messages spend in the work queue, over runs of neighbouring intervals.
//!
//! Let Q be the average length of the queue times the length of an interval: the seconds that messages spend in the queue within the
//! interval. Let S be the average time times the number of messages that leave: the seconds that these messages spend in the queue in
//! all. A message that enters and leaves in the interval adds the same to both. A message that is in the queue at the end has added its
//! age to Q only, and a message that was in the queue at the beginning adds the age that it had then to S only. So
//!
//! ```text
//! Q - S = A(end) - A(beginning)
//! ```
//!
//! where A is the sum of the ages of the messages that are in the queue at a moment. In a run of intervals, the ages at the moments
//! between them cancel each other.
//!
//! The number of messages that leave an interval is not exported. Let c be the number that is counted in it. A message is counted when
//! its connection opens, and leaves later; let x be the number of those between at a moment. Then c + x(beginning) - x(end) messages
//! leave, and in a run
//!
//! ```text
//! S = sum of t c + t(first) x(beginning) - t(last) x(end) + sum of x (t(after) - t(before)) over the moments between
//! ```
//!
//! where t is the average time. So a message that leaves in another interval than the one that counts it gets the average time of the
//! other. Outgoing messages that are never delivered are counted nowhere; two other tables bound their number. These tables also bound
//! the change of the number of messages that have left the queue and wait for delivery. Those that are scanned before a moment and
//! counted after it get the average time of a later interval.

use std::ops::Range;

/// The ages of the messages in the queue at a moment are together at most so many times their number of average stays.
const USUAL_AGE: f64 = 3.0;

/// One of them may stay much longer than the average, in average stays. A longer stay is rare, so not all of some successive moments
/// have one.
const USUAL_LONGEST: f64 = 30.0;

/// The longest stay of all, in average stays. It decides if there are fewer moments.
pub(super) const LONGEST: f64 = 1000.0;

/// The number of successive moments that are not all unusual.
const MOMENTS: usize = 4;

/// The time between the opening of a connection and the entry of its messages into the queue is at most so long on average.
const SESSION_SECONDS: f64 = 30.0;

/// A few messages come later than that, or are delivered in another interval than the one in which they leave the queue.
const FEW_MESSAGES: f64 = 3.0;

/// The figures of an interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct StayInterval {
    pub(super) begin_seconds: i64,
    pub(super) length_seconds: i64,
    /// The average time of a message in the queue, in seconds.
    pub(super) time: f64,
    /// The same, and what it may have lost by rounding.
    pub(super) longest_time: f64,
    /// The error of the sums of stays, in seconds, if the average time and length were rounded.
    pub(super) lost: f64,
    /// The average length of the queue times the length of the interval, in seconds.
    pub(super) from_length: f64,
    /// Messages accepted from outside, and messages that outside servers accepted.
    pub(super) counted: f64,
    /// The largest number of messages in the queue.
    pub(super) greatest: f64,
    /// Recipients of outgoing messages that were scanned but never delivered.
    pub(super) given_up: f64,
    /// Recipients of outgoing messages that were scanned, less those that were delivered or given up.
    pub(super) pending: f64,
}

/// The stays of messages in a run of intervals.
struct Run {
    from_length: f64,
    /// The least and the most that the average time allows, if the queue is empty at both ends.
    least: f64,
    most: f64,
}

/// An excess of the stays from the length over a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Excess {
    /// They are so much more than the most that is possible.
    Above(f64),
    /// They are so much less than the least that is possible.
    Below(f64),
}

/// The excess of an interval. A single long stay makes an interval odd, but not also the run of the interval and the next ones. So all
/// runs that begin or that end with the interval must be odd.
pub(super) fn excess_of_interval(intervals: &[StayInterval], place: usize) -> Option<Excess> {
    let ends = (place + 1..=intervals.len()).take(MOMENTS);
    let ends = ends.take_while(|&end| end == place + 1 || intervals[end - 2].touches(&intervals[end - 1]));
    let begins = (0..=place).rev().take(MOMENTS);
    let begins = begins.take_while(|&begin| begin == place || intervals[begin].touches(&intervals[begin + 1]));
    excess(intervals, (place, ends.collect()), (begins.collect(), place + 1))
}

/// The excess of all intervals together, and of all but a few at an end.
pub(super) fn excess_of_span(intervals: &[StayInterval]) -> Option<Excess> {
    let count = intervals.len();
    let ends = (1..=count).rev().take(MOMENTS);
    let begins = (0..count).take(MOMENTS);
    excess(intervals, (0, ends.collect()), (begins.collect(), count))
}

/// A doubt about the average time of all intervals together. The limits of the ages grow with the average time, so a time that is too long
/// can explain itself if few messages came. Here the average stay follows from the length of the queue instead. Only messages that had
/// waited for very long when the span began can explain such an excess.
pub(super) fn doubt_of_span(intervals: &[StayInterval]) -> Option<Excess> {
    let first = intervals.first()?;
    let run = Run::new(intervals, 0..intervals.len());
    let (counted, lost) = intervals
        .iter()
        .fold((0.0, 0.0), |(counted, lost), interval| (counted + interval.counted, lost + interval.lost));
    let average_stay = (run.from_length + lost) / f64::max(counted, 1.0);
    let ages = (USUAL_AGE * first.greatest + LONGEST) * average_stay;
    let below = run.least - ages - run.from_length;
    (below > 0.0).then_some(Excess::Below(below))
}

/// The smallest excess of the runs from a place to each of some ends, or from each of some places to an end.
fn excess(intervals: &[StayInterval], from: (usize, Vec<usize>), to: (Vec<usize>, usize)) -> Option<Excess> {
    let longest = |moments: usize| if moments < MOMENTS { LONGEST } else { USUAL_LONGEST };
    let above = |&end: &usize| {
        let run = Run::new(intervals, from.0..end);
        run.from_length - run.most - intervals[end - 1].age_beside(intervals.get(end), longest(from.1.len()))
    };
    let below = |&begin: &usize| {
        let run = Run::new(intervals, begin..to.1);
        let before = begin.checked_sub(1).and_then(|place| intervals.get(place));
        run.least - intervals[begin].age_beside(before, longest(to.0.len())) - run.from_length
    };
    let above = from.1.iter().map(above).fold(f64::INFINITY, f64::min);
    let below = to.0.iter().map(below).fold(f64::INFINITY, f64::min);
    match (above, below) {
        (above, _) if above > 0.0 && above.is_finite() => Some(Excess::Above(above)),
        (_, below) if below > 0.0 && below.is_finite() => Some(Excess::Below(below)),
        _ => None,
    }
}

impl Run {
    fn new(intervals: &[StayInterval], places: Range<usize>) -> Run {
        let members = &intervals[places.clone()];
        let sum = |value: fn(&StayInterval) -> f64| members.iter().map(value).sum::<f64>();
        let by_time = sum(|interval| interval.time * interval.counted);
        let (pending, lost) = (sum(|interval| interval.pending), sum(|interval| interval.lost));
        // They may leave in any interval.
        let slowest = members.iter().map(|interval| interval.longest_time).fold(0.0, f64::max);
        let before = places.start.checked_sub(1).and_then(|place| intervals.get(place));
        let (mut waiting, mut waited_more, mut waited_less) = (0.0, 0.0, 0.0);
        let mut carried = 0.0;
        let (mut ages_after, mut ages_before) = (0.0, 0.0);
        if let [first, .., last] | [first @ last] = members {
            carried += first.longest_time * first.carried_beside(before);
            carried += last.longest_time * last.carried_beside(intervals.get(places.end));
        }
        for pair in members.windows(2) {
            let (one, next) = (&pair[0], &pair[1]);
            waiting += one.pending;
            if one.touches(next) {
                let other_time = waiting * (one.time - next.time);
                waited_more += f64::max(other_time, 0.0);
                waited_less += f64::max(-other_time, 0.0);
                carried += one.carried_beside(Some(next)) * (next.time - one.time).abs();
            } else {
                // Time is missing, so this is an end of two runs.
                carried += one.longest_time * one.carried_beside(None) + next.longest_time * next.carried_beside(None);
                ages_before += one.age_beside(None, LONGEST);
                ages_after += next.age_beside(None, LONGEST);
            }
        }
        Run {
            from_length: sum(|interval| interval.from_length),
            least: by_time - slowest * (-pending).max(0.0) - waited_less - carried - ages_after - lost,
            most: by_time
                + sum(|interval| interval.time * interval.given_up)
                + slowest * pending.max(0.0)
                + waited_more
                + carried
                + ages_before
                + lost,
        }
    }
}

impl StayInterval {
    /// The sum of the ages of the messages in the queue at an end of the interval. Beyond it, the queue may be anything if no interval is
    /// beside it.
    fn age_beside(&self, other: Option<&StayInterval>, longest: f64) -> f64 {
        match other.filter(|other| self.touches(other)) {
            Some(other) => {
                // A stay is no longer than all stays of an interval together.
                let longest = longest.min(self.counted.max(other.counted));
                (USUAL_AGE * self.greatest.min(other.greatest) + longest) * self.longest_time.max(other.longest_time)
            }
            None => (USUAL_AGE * self.greatest + longest) * self.longest_time,
        }
    }

    /// The largest number of messages that are counted before an end of the interval and leave after it, or the other way round.
    fn carried_beside(&self, other: Option<&StayInterval>) -> f64 {
        let other = other.filter(|other| self.touches(other)).unwrap_or(self);
        self.greatest.min(other.greatest) + self.in_sessions().max(other.in_sessions()) + FEW_MESSAGES
    }

    /// Messages on connections that are open at one time.
    fn in_sessions(&self) -> f64 {
        self.counted * (SESSION_SECONDS / self.length_seconds as f64).min(1.0)
    }

    fn touches(&self, other: &StayInterval) -> bool {
        self.begin_seconds + self.length_seconds == other.begin_seconds
            || other.begin_seconds + other.length_seconds == self.begin_seconds
    }
}
