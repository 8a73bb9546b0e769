//! The ledger of an appliance's intervals.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::counts::{Counts, Room, Selection};

/// The counts of one appliance by interval. Intervals are half-open, and numbered from the Unix epoch.
///
/// Counting moves forward in time, and additions lie close together, so the intervals are a queue.
#[derive(Clone, Debug)]
pub struct Ledger {
    interval_micros: u64,
    /// The accounts that are kept.
    selection: Selection,
    /// The expected size of an interval's accounts, for intervals that begin before a moment.
    room: (u64, Room),
    /// The number of the first interval of the queue.
    first: u64,
    intervals: VecDeque<Option<Box<Counts>>>,
    /// The beginning and the place of the interval that was used last. The next access mostly uses it again.
    recent: (u64, usize),
    /// The beginning of the last interval that is distinguished from later ones.
    last_micros: u64,
    /// Times in which nothing is counted, in order.
    gaps: Arc<[Range<u64>]>,
    /// The beginning of the first gap, or a moment after all others.
    first_gap: u64,
    /// The counts of the gaps, which nobody gets.
    lost: Option<Box<Counts>>,
}

/// The recent interval if there is none. No moment is less than an interval after this one.
const NONE: (u64, usize) = (1 << 63, 0);

impl Ledger {
    /// An empty ledger with intervals of this length.
    pub fn new(interval_micros: u64) -> Self {
        Ledger {
            interval_micros,
            selection: Selection::ALL,
            room: (0, Room::default()),
            first: 0,
            intervals: VecDeque::new(),
            recent: NONE,
            last_micros: u64::MAX,
            gaps: Arc::default(),
            first_gap: u64::MAX,
            lost: None,
        }
    }

    /// Keeps some accounts only.
    pub fn keeping(self, selection: Selection) -> Self {
        Ledger { selection, ..self }
    }

    /// Counts everything from a moment on in the interval that contains the moment. Mail that waits without end then needs no memory
    /// for the intervals in which it leaves.
    pub fn without_later_than(self, micros: u64) -> Self {
        Ledger { last_micros: micros / self.interval_micros * self.interval_micros, ..self }
    }

    /// Counts nothing in these times, which are in order. Everything from the first of them on takes longer.
    pub fn with_gaps(self, gaps: Arc<[Range<u64>]>) -> Self {
        let first_gap = gaps.first().map_or(u64::MAX, |gap| gap.start);
        Ledger { gaps, first_gap, ..self }
    }

    /// The beginning of the first gap, or a moment after all others.
    pub fn first_gap(&self) -> u64 {
        self.first_gap
    }

    /// The moment itself, or the end of the gap that it is in.
    #[inline]
    pub fn after_gap(&self, micros: u64) -> u64 {
        if micros < self.first_gap {
            return micros;
        }
        self.gaps.iter().find(|gap| gap.contains(&micros)).map_or(micros, |gap| gap.end)
    }

    /// The first moment from `micros` on at which a span of time is outside of gaps.
    pub fn free_from(&self, micros: u64, span: u64) -> u64 {
        let meets = |from: u64, gap: &Range<u64>| gap.start < from + span && from < gap.end;
        self.gaps.iter().fold(micros, |from, gap| if meets(from, gap) { gap.end } else { from })
    }

    /// The part of a span of time that is outside of gaps, in microseconds.
    #[inline]
    pub fn counted(&self, from: u64, to: u64) -> u64 {
        if to <= self.first_gap {
            return to - from;
        }
        let lost = self.gaps.iter().map(|gap| gap.end.min(to).saturating_sub(gap.start.max(from)));
        to - from - lost.sum::<u64>()
    }

    /// Expects accounts of this size in every interval that begins before a moment. Room that is made at once costs less than step by
    /// step.
    pub fn with_room(self, before_micros: u64, room: Room) -> Self {
        Ledger { room: (before_micros, room), ..self }
    }

    /// The length of an interval in microseconds.
    pub fn interval_micros(&self) -> u64 {
        self.interval_micros
    }

    /// The counts of the interval that contains a moment, in microseconds since the Unix epoch. For a moment in a gap, they are counts that
    /// nobody gets.
    #[inline]
    pub fn at(&mut self, micros: u64) -> &mut Counts {
        if micros >= self.first_gap && self.gaps.iter().any(|gap| gap.contains(&micros)) {
            let selection = self.selection;
            return self.lost.get_or_insert_with(|| Box::new(Counts::keeping(selection)));
        }
        self.interval(micros)
    }

    /// The counts of the interval that contains a moment, even if the moment is in a gap.
    #[inline]
    pub fn interval(&mut self, micros: u64) -> &mut Counts {
        self.find(micros);
        let Ledger { recent, room, selection, .. } = self;
        self.intervals[recent.1].get_or_insert_with(|| {
            let is_expected = recent.0 < room.0;
            Box::new(if is_expected { Counts::with_room(*selection, &room.1) } else { Counts::keeping(*selection) })
        })
    }

    /// The beginning of the interval that contains a moment. After the last interval that is distinguished, this is its beginning.
    #[inline]
    pub fn interval_begin(&mut self, micros: u64) -> u64 {
        self.find(micros);
        self.recent.0
    }

    /// The end of the interval that contains a moment.
    pub fn interval_end(&self, micros: u64) -> u64 {
        (micros / self.interval_micros + 1) * self.interval_micros
    }

    /// Divides a span of time over the intervals and gaps. Calls `count` for each, with its part of the span in microseconds.
    #[inline]
    pub fn spread(&mut self, from: u64, to: u64, mut count: impl FnMut(&mut Counts, u64)) {
        let mut from = from;
        while from < to {
            self.find(from);
            let is_last = self.recent.0 == self.last_micros;
            let mut end = if is_last { to } else { (self.recent.0 + self.interval_micros).min(to) };
            if end > self.first_gap {
                let borders = self.gaps.iter().flat_map(|gap| [gap.start, gap.end]);
                end = borders.filter(|&border| border > from).fold(end, u64::min);
            }
            count(self.at(from), end - from);
            from = end;
        }
    }

    /// Adds all of another ledger with the same intervals.
    ///
    /// # Panics
    /// If the lengths of the intervals differ.
    pub fn absorb(&mut self, other: Ledger) {
        assert_eq!(self.interval_micros, other.interval_micros, "both ledgers need intervals of the same length");
        for (number, theirs) in (other.first..).zip(other.intervals) {
            let Some(theirs) = theirs else { continue };
            let place = self.place(number);
            match &mut self.intervals[place] {
                Some(ours) => ours.absorb(*theirs),
                none => *none = Some(theirs),
            }
        }
    }

    /// Removes the intervals that end at or before a moment and gives them in order, each with its beginning in
    /// microseconds. Empty intervals are skipped.
    pub fn close(&mut self, before_micros: u64) -> impl Iterator<Item = (u64, Counts)> + use<> {
        let interval = self.interval_micros;
        let first = self.first;
        let count = (before_micros / interval).saturating_sub(first).min(self.intervals.len() as u64);
        let closed: Vec<_> = self.intervals.drain(..count as usize).collect();
        self.first += count;
        self.recent = NONE;
        (first..).zip(closed).filter_map(move |(number, counts)| Some((number * interval, *counts?)))
    }

    /// Makes the interval that contains a moment the recent one.
    #[inline]
    fn find(&mut self, micros: u64) {
        if micros.wrapping_sub(self.recent.0) >= self.interval_micros {
            let number = micros.min(self.last_micros) / self.interval_micros;
            self.recent = (number * self.interval_micros, self.place(number));
        }
    }

    /// The place of an interval in the queue, which grows if necessary.
    fn place(&mut self, number: u64) -> usize {
        if self.intervals.is_empty() {
            self.first = number;
        }
        while number < self.first {
            self.intervals.push_front(None);
            self.first -= 1;
            self.recent = NONE;
        }
        let place = (number - self.first) as usize;
        if place >= self.intervals.len() {
            self.intervals.resize_with(place + 1, || None);
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_interval_of_the_epoch_is_found() {
        let hour = 3_600_000_000;
        let mut ledger = Ledger::new(hour);
        assert_eq!(ledger.interval_begin(0), 0);
        let mut parts = Vec::new();
        Ledger::new(hour).spread(0, 2 * hour + 1, |_, micros| parts.push(micros));
        assert_eq!(parts, [hour, hour, 1]);
    }
}
