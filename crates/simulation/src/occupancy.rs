//! The use of limited resources over time: connections, messages and disk space.

use std::ops::{AddAssign, Range};

use tollgate_scenario::{Moment, SECOND, Span};

use crate::usage::{Level, TurnedAway, Usage};

/// The amount of one thing in use, second by second. The order of additions does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occupancy {
    seconds: Cells<Second>,
    /// Amount in use at the end of the last second that was closed.
    level: u64,
}

/// Changes in one second.
#[derive(Clone, Copy, Debug, Default)]
struct Second {
    /// Amount that comes into use.
    begun: u64,
    /// Amount that goes out of use, at the end of the second at the latest.
    ended: u64,
    /// Contribution of both to the integral until the end of the second, in units times microseconds.
    time: i64,
}

/// Use of an appliance's limits, by interval.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    interval_micros: u64,
    /// Connections, by listener.
    pub(crate) inbound: Vec<Occupancy>,
    /// Outgoing connections.
    pub(crate) outbound: Occupancy,
    /// Bytes of messages.
    pub(crate) queue_bytes: Occupancy,
    events: Cells<Events>,
}

/// Effects of limits in one interval.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Events {
    pub(crate) above_warning_micros: u64,
    pub(crate) turned_away: TurnedAway,
    pub(crate) given_up: u64,
    pub(crate) deferred: u64,
}

/// Cells by number. The cells in use lie close together and move forward.
#[derive(Clone, Debug, Default)]
struct Cells<T> {
    first: u64,
    cells: Vec<T>,
}

impl Occupancy {
    /// Adds an amount that is in use from `from` to `to`.
    #[inline]
    pub(crate) fn occupy(&mut self, from: Moment, to: Moment, amount: u64) {
        if from < to {
            self.begin(from, amount);
            self.end(to, amount);
        }
    }

    /// Adds an amount that comes into use at `at`.
    #[inline]
    pub(crate) fn begin(&mut self, at: Moment, amount: u64) {
        let at = at.micros();
        let number = at / SECOND;
        let second = self.seconds.at(number);
        second.begun += amount;
        second.time += (amount * ((number + 1) * SECOND - at)) as i64;
    }

    /// Subtracts an amount that goes out of use at `at`.
    #[inline]
    pub(crate) fn end(&mut self, at: Moment, amount: u64) {
        let at = at.micros();
        // An amount that ends exactly at the end of a second belongs to that second and not to the next.
        let number = at.saturating_sub(1) / SECOND;
        let second = self.seconds.at(number);
        second.ended += amount;
        second.time -= (amount * ((number + 1) * SECOND - at)) as i64;
    }

    /// Removes everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.seconds.cells.clear();
        self.level = 0;
    }

    /// Adds all of another occupancy. It must not begin before the seconds that this one has closed.
    pub(crate) fn absorb(&mut self, other: &Occupancy) {
        self.seconds.absorb(&other.seconds);
    }

    /// The largest amount in use in any second of a span, including that of another occupancy.
    pub(crate) fn most_with(&self, other: &Occupancy, span: Range<Moment>) -> u64 {
        let (from, to) = (span.start.micros() / SECOND, span.end.micros().div_ceil(SECOND));
        let mut before = self.seconds.sum_before(from);
        before += other.seconds.sum_before(from);
        let mut level = before.level_after(self.level);
        let mut most = 0;
        for number in from..to {
            let mut second = self.seconds.get(number);
            second += other.seconds.get(number);
            most = most.max(level + second.begun);
            level = second.level_after(level);
        }
        most
    }

    /// Closes the whole seconds from `from` to `to`. Call it for the spans in order.
    fn close(&mut self, from: u64, to: u64, limit: u64) -> Level {
        let (from, to) = (from / SECOND, to / SECOND);
        self.level = self.seconds.forget_before(from).level_after(self.level);
        // Even a span without changes needs an entry for its first second.
        self.seconds.at(from);
        let (mut most, mut levels, mut time) = (0, 0u128, 0i128);
        let mut left = to - from;
        for second in self.seconds.take_before(to) {
            most = most.max(self.level + second.begun);
            levels += u128::from(self.level);
            time += i128::from(second.time);
            self.level = second.level_after(self.level);
            left -= 1;
        }
        levels += u128::from(self.level) * u128::from(left);
        // Two uses one after the other in the same second count as two. Real use never exceeds the limit.
        Level { most: most.min(limit), time: (levels as i128 * i128::from(SECOND) + time) as u128 }
    }
}

impl Second {
    /// Amount in use at its end, from the amount at its beginning.
    fn level_after(self, level: u64) -> u64 {
        level + self.begun - self.ended
    }
}

impl Recorder {
    pub(crate) fn new(interval: Span, listeners: usize) -> Self {
        Recorder {
            interval_micros: interval.micros(),
            inbound: vec![Occupancy::default(); listeners],
            outbound: Occupancy::default(),
            queue_bytes: Occupancy::default(),
            events: Cells::default(),
        }
    }

    /// The events of the interval that contains a moment.
    pub(crate) fn events(&mut self, at: Moment) -> &mut Events {
        self.events.at(at.micros() / self.interval_micros)
    }

    /// Adds a span in which the work queue exceeded its warning.
    pub(crate) fn worry(&mut self, span: Range<Moment>) {
        let mut begin = span.start;
        while begin < span.end {
            let next = (begin.micros() / self.interval_micros + 1) * self.interval_micros;
            let end = Moment::from_micros(next).min(span.end);
            self.events(begin).above_warning_micros += end.since(begin).micros();
            begin = end;
        }
    }

    /// Closes the interval that begins at `begin`. Call it for the intervals in order. `listeners` and `outbound` are
    /// the limits of connections.
    pub(crate) fn close(&mut self, begin: Moment, listeners: &[u64], outbound: u64) -> Usage {
        let begin = begin.micros();
        let end = begin + self.interval_micros;
        let inbound = self.inbound.iter_mut().zip(listeners);
        let inbound = inbound.map(|(occupancy, &limit)| occupancy.close(begin, end, limit)).collect();
        let number = begin / self.interval_micros;
        self.events.forget_before(number);
        let events = self.events.get(number);
        Usage {
            inbound,
            outbound: self.outbound.close(begin, end, outbound),
            queue_bytes: self.queue_bytes.close(begin, end, u64::MAX),
            above_warning_micros: events.above_warning_micros,
            turned_away: events.turned_away,
            given_up: events.given_up,
            deferred: events.deferred,
        }
    }
}

impl<T: Copy + Default> Cells<T> {
    /// The cell with a number, which is created if there is none.
    #[inline]
    fn at(&mut self, number: u64) -> &mut T {
        if number.wrapping_sub(self.first) >= self.cells.len() as u64 {
            self.reach(number);
        }
        &mut self.cells[(number - self.first) as usize]
    }

    /// Creates the cell with a number, and those between.
    #[cold]
    fn reach(&mut self, number: u64) {
        if self.cells.is_empty() {
            self.first = number;
        }
        if number < self.first {
            let missing = (self.first - number) as usize;
            self.cells.splice(..0, std::iter::repeat_n(T::default(), missing));
            self.first = number;
        }
        // Creates many at a time, because the next cells mostly follow.
        let length = (number - self.first + 1) as usize;
        if length > self.cells.len() {
            self.cells.resize(length.next_multiple_of(64), T::default());
        }
    }

    fn get(&self, number: u64) -> T {
        let place = number.checked_sub(self.first).and_then(|place| self.cells.get(place as usize));
        place.copied().unwrap_or_default()
    }

    fn numbered(&self) -> impl Iterator<Item = (u64, T)> {
        (self.first..).zip(self.cells.iter().copied())
    }
}

impl<T: Copy + Default + AddAssign> Cells<T> {
    /// Adds other cells.
    fn absorb(&mut self, other: &Cells<T>) {
        let Some(last) = (other.cells.len() as u64).checked_sub(1) else { return };
        // Both ends exist then.
        self.at(other.first);
        self.at(other.first + last);
        let from = (other.first - self.first) as usize;
        for (ours, theirs) in self.cells[from..].iter_mut().zip(&other.cells) {
            *ours += *theirs;
        }
    }

    /// The sum of the cells before a number.
    fn sum_before(&self, number: u64) -> T {
        let mut sum = T::default();
        for (_, cell) in self.numbered().take_while(|&(each, _)| each < number) {
            sum += cell;
        }
        sum
    }

    /// Removes the cells before a number and returns their sum.
    fn forget_before(&mut self, number: u64) -> T {
        let mut sum = T::default();
        for cell in self.take_before(number) {
            sum += cell;
        }
        sum
    }

    /// Removes the cells before a number and gives them in order.
    fn take_before(&mut self, number: u64) -> impl Iterator<Item = T> {
        let count = number.saturating_sub(self.first).min(self.cells.len() as u64);
        self.first += count;
        self.cells.drain(..count as usize)
    }
}

impl AddAssign for Second {
    fn add_assign(&mut self, other: Second) {
        self.begun += other.begun;
        self.ended += other.ended;
        self.time += other.time;
    }
}

impl AddAssign for Events {
    fn add_assign(&mut self, other: Events) {
        self.above_warning_micros += other.above_warning_micros;
        self.turned_away += other.turned_away;
        self.given_up += other.given_up;
        self.deferred += other.deferred;
    }
}
