//! The state that an appliance carries from hour to hour, and the processing of its hours.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use rayon::prelude::*;
use tollgate_gateway::{Stay, WorkQueue};
use tollgate_ledger::{Ledger, System, SystemCounts};
use tollgate_scenario::Scenario;

use crate::count::Counter;
use crate::deliveries::{Books, Deliveries};
use crate::occupancy::Recorder;
use crate::returning::Returning;
use crate::shard::{Carried, Shard, book_depth};
use crate::{Simulation, Tally, Usage};

/// The state that an appliance carries from hour to hour.
#[derive(Debug)]
pub(crate) struct Appliance {
    pub(crate) number: usize,
    pub(crate) queue: WorkQueue,
    pub(crate) carried: Carried,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    pub(crate) recorder: Recorder,
    pub(crate) deliveries: Deliveries,
    /// By listener: closing times of the connections that were open at the end of the last hour.
    pub(crate) open: Vec<BinaryHeap<Reverse<u64>>>,
    /// The messages that were in the work queue at the end of the last hour: time of leaving and size.
    pub(crate) queued: BinaryHeap<Reverse<(u64, u32)>>,
    pub(crate) returning: Returning,
    /// True if its listeners are suspended because the work queue is too long.
    pub(crate) suspended: bool,
    /// Overdue processor time, in the order of `CAN_WAIT`.
    late: [u64; CAN_WAIT.len()],
}

/// The work that waits for free cores, in the order in which it is delayed. Workers of the work queue never wait,
/// because there are no more of them than cores.
const CAN_WAIT: [System; 3] = [System::CpuReporting, System::CpuQuarantine, System::CpuMailProcessing];

/// A shard that has been counted.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) end: u64,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    /// Stays of its mail in the work queue.
    pub(crate) stays: Vec<Stay>,
    /// Connections and messages (transactions).
    pub(crate) simulated: u64,
}

/// A shard whose mail has passed through the work queue.
struct Passed {
    shard: Shard,
    stays: Vec<Stay>,
    ledger: Ledger,
}

/// The parameters that hours are processed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a> {
    pub(crate) simulation: &'a Simulation,
    /// The span that the observer and the tallies see, in microseconds since the Unix epoch.
    pub(crate) span: &'a Range<u64>,
    /// True if the counts are needed by key.
    pub(crate) by_key: bool,
}

impl Appliance {
    /// An empty appliance at a moment. `end` is the end of the span that is observed.
    pub(crate) fn new(scenario: &Scenario, number: usize, start: u64, end: u64) -> Self {
        let appliance = &scenario.appliances[number];
        let interval = scenario.time.export_interval.micros();
        Appliance {
            number,
            queue: WorkQueue::new(appliance.workers as usize, start),
            carried: Carried::default(),
            ledger: Ledger::new(interval).without_later_than(end),
            tally: Tally::default(),
            recorder: Recorder::new(interval, scenario.listeners.len()),
            deliveries: Deliveries::new(appliance.limits.outbound_connections),
            open: vec![BinaryHeap::new(); scenario.listeners.len()],
            queued: BinaryHeap::new(),
            returning: Returning::default(),
            suspended: false,
            late: [0; CAN_WAIT.len()],
        }
    }

    /// Processes drawn hours in order. If no limit can be reached, they pass through the work queue in order and are
    /// counted in parallel. Otherwise the hour is simulated again, connection by connection.
    pub(crate) fn settle(&mut self, task: Task<'_>, shards: Vec<Shard>) -> Vec<Counted> {
        let mut shards = VecDeque::from(shards);
        let mut counted = Vec::with_capacity(shards.len());
        while !shards.is_empty() {
            let mut passed = Vec::with_capacity(shards.len());
            let mut stored = self.stored_bytes();
            let mut stopped = None;
            while let Some(shard) = shards.pop_front() {
                let begin = shard.begin;
                let Some(shard) = self.pass(task, shard, &mut stored) else {
                    stopped = Some(begin);
                    break;
                };
                passed.push(shard);
            }
            counted.extend(self.count(task, passed));
            counted.extend(stopped.map(|begin| self.pass_one_by_one(task, begin)));
        }
        counted
    }

    /// The tally at the end. Mail of a session that is still open counts as queued.
    pub(crate) fn finish(self, end: u64) -> Tally {
        let mut tally = self.tally;
        let (incoming, outgoing) = self.carried.recipients();
        tally.balance.queued_incoming += incoming;
        tally.balance.queued_outgoing += outgoing;
        tally.balance.waiting_for_retry += self.deliveries.waiting(end);
        tally
    }

    /// The use of the limits in the interval that begins at `begin`. Call it for the intervals in order.
    pub(crate) fn close(&mut self, scenario: &Scenario, begin: u64) -> Usage {
        let listeners: Vec<u64> =
            scenario.listeners.iter().map(|listener| u64::from(listener.max_connections())).collect();
        let outbound = u64::from(scenario.appliances[self.number].limits.outbound_connections);
        self.recorder.close(begin, &listeners, outbound)
    }

    /// Delays work that exceeds the time of the cores to later intervals. Call it for the intervals in order.
    pub(crate) fn delay_work(&mut self, system: &mut SystemCounts) {
        for (cell, late) in CAN_WAIT.into_iter().zip(&mut self.late) {
            system.add(cell, std::mem::take(late));
        }
        let engines = [System::CpuAntiSpam, System::CpuAntiVirus];
        let wanted: u64 = engines.into_iter().chain(CAN_WAIT).map(|cell| system.get(cell)).sum();
        let mut excess = wanted.saturating_sub(system.get(System::CpuCapacity));
        for (cell, late) in CAN_WAIT.into_iter().zip(&mut self.late) {
            *late = excess.min(system.get(cell));
            system.cells[cell as usize] -= *late;
            excess -= *late;
        }
    }

    /// Bytes on the queue's disk at the end of the last hour.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let queued: u64 = self.queued.iter().map(|queued| u64::from(queued.0.1)).sum();
        queued + self.deliveries.stored_bytes()
    }

    /// Passes an hour through the work queue. If a limit might be reached, it changes nothing and returns `None`.
    /// `stored` is at least the number of bytes on the disk.
    fn pass(&mut self, task: Task<'_>, mut shard: Shard, stored: &mut u64) -> Option<Passed> {
        let scenario = &task.simulation.scenario;
        let limits = &scenario.appliances[self.number].limits;
        let (begin, end) = (shard.begin, shard.end());
        let entering: u64 = self.carried.bytes() + shard.bytes();
        let is_crowded = |place: usize| {
            let limit = u64::from(scenario.listeners[place].max_connections());
            // So few connections cannot reach the limit, even if all are open at once.
            shard.connections + self.open[place].len() as u64 > limit
                && self.recorder.inbound[place].most_with(&shard.inbound[place], begin, end) > limit
        };
        let is_full = *stored + entering >= limits.queue_kib * 1024;
        if self.suspended || is_full || self.returning.is_due(end) || (0..self.open.len()).any(is_crowded) {
            return None;
        }
        let before = limits.suspend_above.map(|_| (self.queue.clone(), self.carried.clone()));
        let mut ledger = task.ledger();
        let mut worries = Vec::new();
        let mut most = 0;
        shard.exchange(&mut self.carried);
        let stays = shard.pass(&mut self.queue, |from, to, depth| {
            book_depth(&mut ledger, from, to, depth);
            most = most.max(depth);
            if depth > u64::from(limits.queue_warning) {
                worries.push((from, to));
            }
        });
        if let (Some((queue, carried)), Some(limit)) = (before, limits.suspend_above)
            && most > u64::from(limit)
        {
            (self.queue, self.carried) = (queue, carried);
            return None;
        }
        *stored += entering;
        worries.into_iter().for_each(|(from, to)| self.recorder.worry(from, to));
        for (entry, stay) in shard.order.iter().zip(&stays) {
            if stay.left > end {
                self.queued.push(Reverse((stay.left, shard.judged.mail[entry.place()].message.size_bytes)));
            }
        }
        self.leave_behind(&shard);
        Some(Passed { shard, stays, ledger })
    }

    /// Carries open connections and queued mail into the next hour, and removes those that have ended.
    pub(crate) fn leave_behind(&mut self, shard: &Shard) {
        let end = shard.end();
        for (ours, theirs) in self.recorder.inbound.iter_mut().zip(&shard.inbound) {
            ours.absorb(theirs);
        }
        for &(listener, closed) in &shard.crossing {
            self.open[listener].push(Reverse(closed));
        }
        for open in &mut self.open {
            while open.peek().is_some_and(|closed| closed.0 <= end) {
                open.pop();
            }
        }
        while self.queued.peek().is_some_and(|queued| queued.0.0 <= end) {
            self.queued.pop();
        }
    }

    /// Counts hours in parallel, then makes their deliveries in order.
    fn count(&mut self, task: Task<'_>, passed: Vec<Passed>) -> Vec<Counted> {
        let number = self.number;
        let count = |Passed { shard, stays, ledger }: Passed| {
            let mut counter = task.simulation.counter(number, task.span, ledger);
            counter.count(&shard, &stays);
            (counter, shard, stays)
        };
        let counted: Vec<_> = passed.into_par_iter().map(count).collect();
        let deliver = |(mut counter, shard, stays): (Counter<'_>, Shard, Vec<Stay>)| {
            for handed in &counter.handed {
                self.deliveries.take(task.simulation, handed, &shard.judged.groups);
            }
            self.deliver_until(task, shard.end(), &mut counter.ledger);
            self.counted(&shard, stays, counter)
        };
        counted.into_iter().map(deliver).collect()
    }

    /// Makes the delivery attempts that are due before `to`.
    pub(crate) fn deliver_until(&mut self, task: Task<'_>, to: u64, ledger: &mut Ledger) {
        let appliance = &task.simulation.scenario.appliances[self.number];
        let mut books = Books { ledger, recorder: &mut self.recorder, end: task.span.end };
        self.deliveries.advance(task.simulation, appliance, to, &mut books);
    }

    /// The counted shard, after everything in it has been counted.
    pub(crate) fn counted(&mut self, shard: &Shard, stays: Vec<Stay>, counter: Counter<'_>) -> Counted {
        self.recorder.queue_bytes.absorb(&counter.queue_bytes);
        let simulated = shard.connections + shard.judged.mail.len() as u64;
        Counted { end: shard.end(), ledger: counter.ledger, tally: counter.tally, stays, simulated }
    }
}

impl Task<'_> {
    /// An empty ledger.
    pub(crate) fn ledger(&self) -> Ledger {
        let interval = self.simulation.scenario.time.export_interval.micros();
        let ledger = if self.by_key { Ledger::new(interval) } else { Ledger::of_sums(interval) };
        ledger.without_later_than(self.span.end)
    }
}
