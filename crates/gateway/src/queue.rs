//! The work queue: parallel workers, first come first served.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The work queue of one appliance. Times are in microseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    /// When each worker will be free.
    free: BinaryHeap<Reverse<u64>>,
    /// When each message that is in the queue will leave it.
    leaving: BinaryHeap<Reverse<u64>>,
    /// Up to when the depth has been told.
    told: u64,
}

/// A message's stay in the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// When it enters.
    pub entered: u64,
    /// When a worker takes it up.
    pub started: u64,
    /// When it leaves.
    pub left: u64,
}

impl WorkQueue {
    /// An empty queue with so many workers, at least one, at a moment before its first message.
    pub fn new(workers: usize, now: u64) -> Self {
        assert!(workers > 0, "a work queue without workers");
        WorkQueue { free: std::iter::repeat_n(Reverse(0), workers).collect(), leaving: BinaryHeap::new(), told: now }
    }

    /// Lets a message in that needs so much service. Messages come in order of time.
    ///
    /// `depth` is told how many messages were in the queue from one moment to another, without gaps, for all time that
    /// has passed since the last message.
    pub fn enter(&mut self, at: u64, service: u64, depth: impl FnMut(u64, u64, u64)) -> Stay {
        self.advance(at, depth);
        let mut worker = self.free.peek_mut().expect("a queue has workers");
        let started = worker.0.max(at);
        let left = started + service;
        worker.0 = left;
        drop(worker);
        self.leaving.push(Reverse(left));
        Stay { entered: at, started, left }
    }

    /// Lets time pass until a moment. Who leaves at that moment is gone.
    pub fn advance(&mut self, to: u64, mut depth: impl FnMut(u64, u64, u64)) {
        while let Some(&Reverse(left)) = self.leaving.peek().filter(|left| left.0 <= to) {
            self.tell(left, &mut depth);
            self.leaving.pop();
        }
        self.tell(to, &mut depth);
    }

    /// How many messages are in the queue, those in service included.
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
