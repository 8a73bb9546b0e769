//! The state that an appliance carries from hour to hour, and the processing of its hours.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use tollgate_gateway::{Stay, WorkQueue};
use tollgate_ledger::{Ledger, Room, Selection, System, SystemCounts};
use tollgate_scenario::{HOUR, Moment, Scenario};

use crate::count::Counter;
use crate::deliveries::{Books, Deliveries, Leaving};
use crate::event::Event;
use crate::machine::Machine;
use crate::occupancy::{Occupancy, Recorder};
use crate::register::Register;
use crate::returning::Returning;
use crate::shard::{Carried, Shard, Spares};
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
    pub(crate) open: Vec<BinaryHeap<Reverse<Moment>>>,
    /// The messages that were in the work queue at the end of the last hour.
    pub(crate) queued: BinaryHeap<Reverse<Leaving>>,
    pub(crate) returning: Returning,
    /// True if its listeners are suspended because the work queue is too long.
    pub(crate) suspended: bool,
    /// Events that the intervals which are not complete yet will have.
    pub(crate) events: Vec<Event>,
    register: Register,
    /// Overdue processor time, in the order of `CAN_WAIT`.
    late: [u64; CAN_WAIT.len()],
}

/// The work that waits for free cores, in the order in which it is delayed. Workers of the work queue never wait,
/// because there are no more of them than cores.
const CAN_WAIT: [System; 3] = [System::CpuReporting, System::CpuQuarantine, System::CpuMailProcessing];

/// A shard that has been counted.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) begin: Moment,
    pub(crate) end: Moment,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    /// Stays of its mail in the work queue.
    pub(crate) stays: Vec<Stay>,
    /// Connections and messages (transactions).
    pub(crate) simulated: u64,
    /// The events of the hour. Empty if nobody listens.
    pub(crate) events: Vec<Event>,
}

/// A shard whose mail has passed through the work queue.
struct Passed<'a> {
    shard: Shard<'a>,
    stays: Vec<Stay>,
}

/// The parameters that hours are processed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a> {
    pub(crate) simulation: &'a Simulation,
    /// The span that the observer and the tallies see.
    pub(crate) span: &'a Range<Moment>,
    /// The accounts that are needed.
    pub(crate) selection: Selection,
    /// True if somebody listens to events.
    pub(crate) listens: bool,
    /// The times in which each appliance is down, in order.
    pub(crate) down: &'a [Arc<[Range<Moment>]>],
    pub(crate) spares: &'a Spares,
}

impl Appliance {
    /// An empty appliance at a moment. `end` is the end of the span that is observed.
    pub(crate) fn new(scenario: &Scenario, number: usize, start: Moment, end: Moment) -> Self {
        let appliance = &scenario.appliances[number];
        let interval = scenario.time.export_interval;
        Appliance {
            number,
            queue: WorkQueue::new(appliance.workers as usize, start),
            carried: Carried::default(),
            ledger: Ledger::new(interval.micros()).without_later_than(end.micros()),
            tally: Tally::default(),
            recorder: Recorder::new(interval, scenario.listeners.len()),
            deliveries: Deliveries::new(appliance.limits.outbound_connections),
            open: vec![BinaryHeap::new(); scenario.listeners.len()],
            queued: BinaryHeap::new(),
            returning: Returning::default(),
            suspended: false,
            events: Vec::new(),
            register: Register::default(),
            late: [0; CAN_WAIT.len()],
        }
    }

    /// Processes drawn hours in order. If no limit can be reached, they pass through the work queue in order and are
    /// counted in parallel. Otherwise the hour is simulated again, connection by connection.
    pub(crate) fn settle<'a>(&mut self, task: Task<'a>, shards: Vec<Shard<'a>>) -> Vec<Counted> {
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
    pub(crate) fn finish(self, end: Moment) -> Tally {
        let mut tally = self.tally;
        let carried = self.carried.recipients();
        tally.balance.queued_incoming += carried.incoming;
        tally.balance.queued_outgoing += carried.outgoing;
        let waiting = self.deliveries.waiting(end);
        tally.balance.waiting_for_retry += waiting.outgoing;
        tally.balance.waiting_inwards += waiting.incoming;
        tally
    }

    /// The use of the limits in the interval that begins at `begin`. Call it for the intervals in order.
    pub(crate) fn close(&mut self, scenario: &Scenario, begin: Moment) -> Usage {
        let listeners: Vec<u64> =
            scenario.listeners.iter().map(|listener| u64::from(listener.max_connections())).collect();
        let outbound = u64::from(scenario.appliances[self.number].limits.outbound_connections);
        self.recorder.close(begin, &listeners, outbound)
    }

    /// The events before a moment, in order and numbered.
    pub(crate) fn take_events(&mut self, simulation: &Simulation, before: Moment) -> Vec<Event> {
        let (mut taken, left): (Vec<Event>, Vec<Event>) =
            std::mem::take(&mut self.events).into_iter().partition(|event| event.at < before);
        self.events = left;
        taken.sort_by_key(Event::order);
        taken.iter_mut().for_each(|event| self.register.number(simulation, event));
        taken
    }

    /// Delays work that exceeds the time of the cores to later intervals. What the machine does beside its mail gives way first, and is not
    /// done later. Call it for the intervals in order.
    pub(crate) fn delay_work(&mut self, system: &mut SystemCounts) {
        for (cell, late) in CAN_WAIT.into_iter().zip(&mut self.late) {
            system.add(cell, std::mem::take(late));
        }
        let engines = [System::CpuAntiSpam, System::CpuAntiVirus];
        let wanted: u64 = engines.into_iter().chain(CAN_WAIT).map(|cell| system.get(cell)).sum();
        // Nothing is done while the appliance is down.
        let [capacity, up, elapsed] = [System::CpuCapacity, System::Up, System::Elapsed].map(|cell| system.get(cell));
        let capacity = (u128::from(capacity) * u128::from(up) / u128::from(elapsed).max(1)) as u64;
        let other = &mut system.cells[System::CpuOther as usize];
        *other = capacity.saturating_sub(wanted).min(*other);
        let mut excess = wanted.saturating_sub(capacity);
        for (cell, late) in CAN_WAIT.into_iter().zip(&mut self.late) {
            *late = excess.min(system.get(cell));
            system.cells[cell as usize] -= *late;
            excess -= *late;
        }
    }

    /// Bytes on the queue's disk at the end of the last hour.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let queued: u64 = self.queued.iter().map(|queued| u64::from(queued.0.size_bytes)).sum();
        queued + self.deliveries.stored_bytes()
    }

    /// Passes an hour through the work queue. If a limit might be reached, it changes nothing and returns `None`.
    /// `stored` is at least the number of bytes on the disk.
    fn pass<'a>(&mut self, task: Task<'a>, mut shard: Shard<'a>, stored: &mut u64) -> Option<Passed<'a>> {
        let scenario = &task.simulation.scenario;
        let limits = &scenario.appliances[self.number].limits;
        let (begin, end) = (shard.begin, shard.end());
        let entering: u64 = self.carried.bytes() + shard.bytes();
        let is_crowded = |place: usize| {
            let limit = u64::from(scenario.listeners[place].max_connections());
            // So few connections cannot reach the limit, even if all are open at once.
            shard.connections + self.open[place].len() as u64 > limit
                && self.recorder.inbound[place].most_with(&shard.inbound[place], begin..end) > limit
        };
        let is_full = *stored + entering >= limits.queue_kib * 1024;
        if self.suspended || is_full || self.returning.is_due(end) || (0..self.open.len()).any(is_crowded) {
            return None;
        }
        let before = limits.suspend_above.map(|_| (self.queue.clone(), self.carried.clone()));
        let mut worries: Vec<Range<Moment>> = Vec::new();
        let mut most = 0;
        shard.exchange(&mut self.carried);
        let stops = shard.counter.machine.stops(begin.micros(), &task.down[self.number]);
        let stays = shard.pass(&mut self.queue, &stops, |span, depth| {
            most = most.max(depth);
            if depth > u64::from(limits.queue_warning) {
                match worries.last_mut() {
                    Some(last) if last.end == span.start => last.end = span.end,
                    _ => worries.push(span),
                }
            }
        });
        if let (Some((queue, carried)), Some(limit)) = (before, limits.suspend_above)
            && most > u64::from(limit)
        {
            (self.queue, self.carried) = (queue, carried);
            return None;
        }
        *stored += entering;
        worries.into_iter().for_each(|span| self.recorder.worry(span));
        for (entry, stay) in shard.order.iter().zip(&stays) {
            if stay.left > end {
                let size_bytes = shard.judged.mail[entry.place()].message.size_bytes;
                self.queued.push(Reverse(Leaving { at: stay.left, size_bytes }));
            }
        }
        self.leave_behind(&shard);
        Some(Passed { shard, stays })
    }

    /// Carries open connections and queued mail into the next hour, and removes those that have ended.
    pub(crate) fn leave_behind(&mut self, shard: &Shard<'_>) {
        let end = shard.end();
        for (ours, theirs) in self.recorder.inbound.iter_mut().zip(&shard.inbound) {
            ours.absorb(theirs);
        }
        for crossing in &shard.crossing {
            self.open[crossing.listener].push(Reverse(crossing.closed));
        }
        for open in &mut self.open {
            while open.peek().is_some_and(|closed| closed.0 <= end) {
                open.pop();
            }
        }
        while self.queued.peek().is_some_and(|queued| queued.0.at <= end) {
            self.queued.pop();
        }
    }

    /// Counts the mail of hours in parallel, then makes their deliveries in order.
    fn count(&mut self, task: Task<'_>, passed: Vec<Passed<'_>>) -> Vec<Counted> {
        let count = |Passed { mut shard, stays }| {
            shard.count_mail(&stays);
            Passed { shard, stays }
        };
        let counted: Vec<_> = passed.into_par_iter().map(count).collect();
        let deliver = |Passed { mut shard, stays }| {
            self.deliver(task, &mut shard);
            self.counted(task, shard, stays)
        };
        counted.into_iter().map(deliver).collect()
    }

    /// Delivers the mail of an hour. Each message is taken at its time, so that only those on the way need memory.
    fn deliver(&mut self, task: Task<'_>, shard: &mut Shard<'_>) {
        let end = shard.end();
        let mut handed = std::mem::take(&mut shard.counter.handed);
        handed.sort_unstable_by_key(|handed| handed.at);
        for handed in &handed {
            self.deliver_until(task, handed.at.min(end), &mut shard.counter);
            self.deliveries.take(task.simulation, handed, &shard.judged.groups);
        }
        self.deliver_until(task, end, &mut shard.counter);
        shard.counter.handed = handed;
    }

    /// Makes the delivery attempts that are due before `to`.
    pub(crate) fn deliver_until(&mut self, task: Task<'_>, to: Moment, counter: &mut Counter<'_>) {
        let appliance = &task.simulation.scenario.appliances[self.number];
        let down = &task.down[self.number];
        let mut books = Books { counter, recorder: &mut self.recorder, down, span: task.span };
        self.deliveries.advance(task.simulation, appliance, to, &mut books);
    }

    /// The counted shard, after everything in it has been counted.
    pub(crate) fn counted(&mut self, task: Task<'_>, mut shard: Shard<'_>, stays: Vec<Stay>) -> Counted {
        let end = shard.end();
        shard.counter.report(end.micros());
        self.recorder.queue_bytes.absorb(&shard.counter.queue_bytes);
        let simulated = shard.connections + shard.judged.mail.len() as u64;
        let (begin, end) = (shard.begin, shard.end());
        let Counter { ledger, tally, events, .. } = shard.finish(task.spares);
        Counted { begin, end, ledger, tally, stays, simulated, events: events.unwrap_or_default() }
    }
}

impl<'a> Task<'a> {
    /// A counter for one shard of an appliance, which is about to have `expected` connections.
    pub(crate) fn counter(&self, number: usize, begin: Moment, expected: f64) -> Counter<'a> {
        let machine = Machine::new(&self.simulation.scenario, number);
        let appliance = &self.simulation.scenario.appliances[number];
        // A ledger is faster before its first gap and without gaps, and an hour counts nothing in earlier ones.
        let gaps = self.down[number].iter().filter(|gap| gap.end > begin);
        let gaps = gaps.map(|gap| gap.start.micros()..gap.end.micros()).collect();
        Counter {
            gateway: &self.simulation.gateway,
            cost: &appliance.cost,
            cores: u64::from(appliance.cores),
            machine,
            reporting: 0,
            span: self.span.clone(),
            ledger: self.ledger(begin, expected).with_gaps(gaps),
            tally: Tally::default(),
            handed: Vec::new(),
            queue_bytes: Occupancy::default(),
            matches: Vec::new(),
            events: self.listens.then(Vec::new),
            admitted: Vec::new(),
        }
    }

    /// An empty ledger for an hour.
    fn ledger(&self, begin: Moment, expected: f64) -> Ledger {
        let interval = self.simulation.scenario.time.export_interval.micros();
        let ledger = Ledger::new(interval).keeping(self.selection);
        let directory = self.simulation.directory();
        let keys = [&directory.domains, &directory.owners, &directory.users].map(Vec::len);
        // Most connections have an address of their own. Three standard deviations more are seldom exceeded.
        let in_interval = expected * interval.min(HOUR) as f64 / HOUR as f64;
        let addresses = (in_interval + 3.0 * in_interval.sqrt()) as usize;
        ledger.without_later_than(self.span.end.micros()).with_room(begin.micros() + HOUR, Room { keys, addresses })
    }
}
