//! How much of something is in use over time.

use std::collections::VecDeque;
use std::ops::AddAssign;

use tollgate_scenario::SECOND;

use crate::usage::{Level, TurnedAway, Usage};

/// How much of one thing is in use, second by second and interval by interval. Adding has no order.
#[derive(Clone, Debug)]
pub(crate) struct Occupancy {
    interval: u64,
    /// By second: by how much more is in use in it than in the second before.
    seconds: Ring<i64>,
    /// What was in use in the last second that was closed.
    level: i64,
    intervals: Ring<Part>,
    /// What was in use at the end of the last interval that was closed.
    held: i64,
}

/// What one interval adds.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// To the integral: what came into use in the interval, from then to the interval's end.
    time: i128,
    /// To what is in use throughout, from the interval on: what came into use in the one before.
    held: i64,
}

/// What an appliance uses of what it has, by interval.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    interval: u64,
    /// Connections, by listener.
    pub(crate) inbound: Vec<Occupancy>,
    /// Connections to outside.
    pub(crate) outbound: Occupancy,
    /// Bytes of messages.
    pub(crate) queue_bytes: Occupancy,
    events: Ring<Events>,
}

/// What happened for lack of room in one interval.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Events {
    pub(crate) above_warning_micros: u64,
    pub(crate) turned_away: TurnedAway,
    pub(crate) given_up: u64,
    pub(crate) deferred: u64,
}

/// Cells by number, of which those that are in use lie close together and move on.
#[derive(Clone, Debug, Default)]
struct Ring<T> {
    first: u64,
    cells: VecDeque<T>,
}

impl Occupancy {
    pub(crate) fn new(interval: u64) -> Self {
        Occupancy { interval, seconds: Ring::default(), level: 0, intervals: Ring::default(), held: 0 }
    }

    /// Notes that so much is in use from one moment to another.
    #[inline]
    pub(crate) fn occupy(&mut self, from: u64, to: u64, amount: u64) {
        if from < to {
            self.begin(from, amount);
            self.end(to, amount);
        }
    }

    /// Notes that so much more is in use from a moment on.
    pub(crate) fn begin(&mut self, at: u64, amount: u64) {
        self.change(at / SECOND, at, amount as i64);
    }

    /// Notes that so much less is in use from a moment on, which counts as in use for the rest of that second.
    pub(crate) fn end(&mut self, at: u64, amount: u64) {
        self.change(at.div_ceil(SECOND), at, -(amount as i64));
    }

    #[inline]
    fn change(&mut self, second: u64, at: u64, amount: i64) {
        *self.seconds.at(second) += amount;
        let number = at / self.interval;
        self.intervals.at(number).time += i128::from(amount) * i128::from((number + 1) * self.interval - at);
        self.intervals.at(number + 1).held += amount;
    }

    /// Adds all of another one that begins no earlier than what this one has closed.
    pub(crate) fn absorb(&mut self, other: &Occupancy) {
        for (number, change) in other.seconds.numbered() {
            *self.seconds.at(number) += change;
        }
        for (number, part) in other.intervals.numbered() {
            *self.intervals.at(number) += part;
        }
    }

    /// The most that is in use in any second from one moment to another, with what another one adds.
    pub(crate) fn most_with(&self, other: &Occupancy, from: u64, to: u64) -> u64 {
        let (from, to) = (from / SECOND, to.div_ceil(SECOND));
        let mut level = self.level + self.seconds.sum_before(from) + other.seconds.sum_before(from);
        let mut most = 0;
        for second in from..to {
            level += self.seconds.get(second) + other.seconds.get(second);
            most = most.max(level);
        }
        most as u64
    }

    /// Closes the interval that begins at a moment. Intervals are closed in order.
    fn close(&mut self, begin: u64, limit: u64) -> Level {
        let (from, to) = (begin / SECOND, (begin + self.interval) / SECOND);
        self.level += self.seconds.forget_before(from);
        // In a second in which nothing changes all is in use that was in use before.
        let mut most = if self.seconds.first == from && !self.seconds.cells.is_empty() { 0 } else { self.level };
        while self.seconds.first < to {
            let Some(change) = self.seconds.cells.pop_front() else { break };
            self.seconds.first += 1;
            self.level += change;
            most = most.max(self.level);
        }
        let number = begin / self.interval;
        self.held += self.intervals.forget_before(number).held + self.intervals.get(number).held;
        let time = self.intervals.get(number).time + i128::from(self.held) * i128::from(self.interval);
        // What is taken here must not be added to what is held again.
        *self.intervals.at(number) = Part::default();
        // Two that use the same thing one after the other within a second count as two: what is never exceeded is known.
        Level { time: time as u128, most: (most as u64).min(limit) }
    }
}

impl Recorder {
    pub(crate) fn new(interval: u64, listeners: usize) -> Self {
        Recorder {
            interval,
            inbound: vec![Occupancy::new(interval); listeners],
            outbound: Occupancy::new(interval),
            queue_bytes: Occupancy::new(interval),
            events: Ring::default(),
        }
    }

    /// What happened in the interval that a moment lies in.
    pub(crate) fn events(&mut self, at: u64) -> &mut Events {
        self.events.at(at / self.interval)
    }

    /// Notes a stretch of time in which there was reason to worry.
    pub(crate) fn worry(&mut self, from: u64, to: u64) {
        let mut from = from;
        while from < to {
            let end = ((from / self.interval + 1) * self.interval).min(to);
            self.events(from).above_warning_micros += end - from;
            from = end;
        }
    }

    /// Closes the interval that begins at a moment. Intervals are closed in order. The limits are those of the listeners
    /// and of connections to outside.
    pub(crate) fn close(&mut self, begin: u64, listeners: &[u64], outbound: u64) -> Usage {
        let inbound = self.inbound.iter_mut().zip(listeners);
        let inbound = inbound.map(|(occupancy, &limit)| occupancy.close(begin, limit)).collect();
        self.events.forget_before(begin / self.interval);
        let events = self.events.get(begin / self.interval);
        Usage {
            inbound,
            outbound: self.outbound.close(begin, outbound),
            queue_bytes: self.queue_bytes.close(begin, u64::MAX),
            above_warning_micros: events.above_warning_micros,
            turned_away: events.turned_away,
            given_up: events.given_up,
            deferred: events.deferred,
        }
    }
}

impl<T: Copy + Default> Ring<T> {
    /// The cell of a number, made if there is none.
    #[inline]
    fn at(&mut self, number: u64) -> &mut T {
        if self.cells.is_empty() {
            self.first = number;
        }
        while number < self.first {
            self.cells.push_front(T::default());
            self.first -= 1;
        }
        let place = (number - self.first) as usize;
        if place >= self.cells.len() {
            self.cells.resize(place + 1, T::default());
        }
        &mut self.cells[place]
    }

    fn get(&self, number: u64) -> T {
        let place = number.checked_sub(self.first).and_then(|place| self.cells.get(place as usize));
        place.copied().unwrap_or_default()
    }

    fn numbered(&self) -> impl Iterator<Item = (u64, T)> {
        (self.first..).zip(self.cells.iter().copied())
    }
}

impl<T: Copy + Default + AddAssign> Ring<T> {
    /// The sum of the cells before a number.
    fn sum_before(&self, number: u64) -> T {
        let mut sum = T::default();
        for (_, cell) in self.numbered().take_while(|&(each, _)| each < number) {
            sum += cell;
        }
        sum
    }

    /// Forgets the cells before a number, and gives their sum.
    fn forget_before(&mut self, number: u64) -> T {
        let mut sum = T::default();
        while self.first < number {
            let Some(cell) = self.cells.pop_front() else { break };
            sum += cell;
            self.first += 1;
        }
        sum
    }
}

impl AddAssign for Part {
    fn add_assign(&mut self, other: Part) {
        self.time += other.time;
        self.held += other.held;
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
