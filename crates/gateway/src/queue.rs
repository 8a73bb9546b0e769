//! The work queue: parallel workers, first come, first served.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The work queue of one appliance. Times are in microseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    /// Time at which each worker becomes free.
    free: BinaryHeap<Reverse<u64>>,
    /// Time at which each message in the queue will leave it, in order. A new message leaves after nearly all others.
    leaving: VecDeque<u64>,
    /// The depth has been reported up to this time.
    told: u64,
}

/// A message's stay in the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Time of entry.
    pub entered: u64,
    /// Time at which a worker starts on it.
    pub started: u64,
    /// Time of leaving.
    pub left: u64,
}

impl WorkQueue {
    /// An empty queue with at least one worker. `now` must not be after its first message.
    ///
    /// # Panics
    /// If there are no workers.
    pub fn new(workers: usize, now: u64) -> Self {
        assert!(workers > 0, "a work queue needs at least one worker");
        WorkQueue { free: std::iter::repeat_n(Reverse(0), workers).collect(), leaving: VecDeque::new(), told: now }
    }

    /// Adds a message that needs this service time. Messages must come in order of time.
    ///
    /// `depth` gets spans of time, each with the number of messages in the queue. They cover the time since the last
    /// message without gaps.
    pub fn enter(&mut self, at: u64, service: u64, depth: impl FnMut(u64, u64, u64)) -> Stay {
        self.advance(at, depth);
        let mut worker = self.free.peek_mut().expect("a queue has workers");
        let started = worker.0.max(at);
        let left = started + service;
        worker.0 = left;
        drop(worker);
        let before = self.leaving.iter().rev().take_while(|&&other| other > left).count();
        self.leaving.insert(self.leaving.len() - before, left);
        Stay { entered: at, started, left }
    }

    /// Advances the time. A message that leaves at exactly `to` is no longer in the queue.
    pub fn advance(&mut self, to: u64, mut depth: impl FnMut(u64, u64, u64)) {
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

    fn tell(&mut self, to: u64, depth: &mut impl FnMut(u64, u64, u64)) {
        if to > self.told {
            depth(self.told, to, self.leaving.len() as u64);
            self.told = to;
        }
    }
}
