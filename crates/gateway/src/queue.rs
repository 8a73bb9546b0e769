//! The work queue: parallel workers, first come, first served.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use tollgate_scenario::{Moment, Span};

/// The work queue of one appliance.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    /// Time at which each worker becomes free.
    free: BinaryHeap<Reverse<Moment>>,
    /// Time at which each message in the queue will leave it, in order. A new message leaves after nearly all others.
    leaving: VecDeque<Moment>,
    /// The depth has been reported up to this time.
    told: Moment,
}

/// A message's stay in the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Time of entry.
    pub entered: Moment,
    /// Time at which a worker starts on it.
    pub started: Moment,
    /// Time of leaving.
    pub left: Moment,
}

/// A time in which the work queue stands still: no worker goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    /// Its beginning.
    pub at: Moment,
    /// Its end.
    pub until: Moment,
}

impl WorkQueue {
    /// An empty queue with at least one worker. `now` must not be after its first message.
    ///
    /// # Panics
    /// If there are no workers.
    pub fn new(workers: usize, now: Moment) -> Self {
        assert!(workers > 0, "a work queue needs at least one worker");
        let free = std::iter::repeat_n(Reverse(Moment::default()), workers).collect();
        WorkQueue { free, leaving: VecDeque::new(), told: now }
    }

    /// Adds a message that needs this service time. Messages must come in order of time. `stops` are the stops that may affect it, in
    /// order of their beginnings.
    ///
    /// `depth` gets spans of time, each with the number of messages in the queue. They cover the time since the last
    /// message without gaps.
    pub fn enter(&mut self, at: Moment, service: Span, stops: &[Stop], depth: impl FnMut(Range<Moment>, u64)) -> Stay {
        self.advance(at, depth);
        let mut worker = self.free.peek_mut().expect("a queue has workers");
        let mut started = worker.0.max(at);
        let mut left = started.plus(service);
        for stop in stops.iter().filter(|stop| stop.until > stop.at) {
            if (stop.at..stop.until).contains(&started) {
                (started, left) = (stop.until, stop.until.plus(service));
            } else if (started..left).contains(&stop.at) {
                left = left.plus(stop.until.since(stop.at));
            }
        }
        worker.0 = left;
        drop(worker);
        let before = self.leaving.iter().rev().take_while(|&&other| other > left).count();
        self.leaving.insert(self.leaving.len() - before, left);
        Stay { entered: at, started, left }
    }

    /// Advances the time. A message that leaves at exactly `to` is no longer in the queue.
    pub fn advance(&mut self, to: Moment, mut depth: impl FnMut(Range<Moment>, u64)) {
        while let Some(&left) = self.leaving.front().filter(|left| **left <= to) {
            self.tell(left, &mut depth);
            self.leaving.pop_front();
        }
        self.tell(to, &mut depth);
    }

    /// Number of messages in the queue, including those in service.
    pub fn depth(&self) -> u64 {
        self.leaving.len() as u64
    }

    fn tell(&mut self, to: Moment, depth: &mut impl FnMut(Range<Moment>, u64)) {
        if to > self.told {
            depth(self.told..to, self.leaving.len() as u64);
            self.told = to;
        }
    }
}
