//! Runs traffic through the gateway into the ledger, on any number of threads.

mod appliance;
mod count;
mod deliveries;
mod depth;
mod event;
mod forecast;
mod life;
mod machine;
mod mean_mail;
mod mean_senders;
mod occupancy;
mod one_by_one;
mod parallel;
mod register;
mod returning;
mod run;
mod shard;
mod tell;
mod trace;
mod traffic_forecast;
mod usage;

use std::ops::Range;
use std::sync::Arc;

use tollgate_gateway::{Gateway, Stay};
use tollgate_ledger::{Counts, Selection};
use tollgate_scenario::{Moment, Scenario, Span};
use tollgate_traffic::{Directory, Schedule};

use crate::machine::Machine;

pub use event::{
    Addressed, DeliveryEvent, Event, Filtered, Happening, Identities, NoRoom, QuarantineReason, RecipientList,
};
pub use forecast::{ExtraParts, Forecast};
pub use life::{Cell, Delivered, FilteredBy, Life, MessageLife};
pub use parallel::in_parallel;
pub use run::{Progression, ThreadError, Workers};
pub use usage::{Level, TurnedAway, Usage};

/// The value generation. Within one generation, the same scenario and seed give the same bytes. The number rises by one
/// with every change of those bytes. `CHANGELOG.md` lists the changes.
pub const VALUE_GENERATION: u32 = 6;

/// A scenario that is ready to run.
#[derive(Debug)]
pub struct Simulation {
    scenario: Scenario,
    schedule: Schedule,
    gateway: Gateway,
}

/// An observer of a run.
pub trait Observer {
    /// The observer's error. It ends the run.
    type Error;

    /// True if the observer listens to events.
    const LISTENS: bool = false;

    /// The accounts that it needs. The others stay empty, which makes a run faster. Unkeyed totals are cheaper than accounts by key.
    fn selection(&self) -> Selection {
        Selection::ALL
    }

    /// Receives a complete interval. Each appliance's intervals of the span come in order, without gaps.
    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error>;

    /// Receives what happened on an appliance in an interval, or in each hour of a longer interval, in order of time, before the interval
    /// itself. `begin` is the beginning of this time. The intervals of the warm-up come too. Only observers that listen are told.
    ///
    /// # Errors
    /// Those of the observer.
    fn events(&mut self, _appliance: usize, _begin: Moment, _events: Vec<Event>) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Receives the stays in an appliance's work queue of the messages that entered it in one hour, in order of entry.
    /// An appliance's hours come in order, including those of the warm-up.
    fn stays(&mut self, _appliance: usize, _stays: &[Stay]) {}

    /// Receives the progress of the simulation: the moment reached, and the number of connections and messages (transactions) so far,
    /// including those of the warm-up.
    fn reached(&mut self, _moment: Moment, _simulated: u64) {}
}

/// A complete interval of one appliance.
#[derive(Debug)]
pub struct Closed {
    /// Place of the appliance in the scenario.
    pub appliance: usize,
    /// The beginning of the interval.
    pub begin: Moment,
    /// The counts.
    pub counts: Counts,
    /// The use of the appliance's limits.
    pub usage: Usage,
}

/// The numbers that one appliance simulated within the span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Mail from outside.
    pub incoming: Simulated,
    /// Mail to outside.
    pub outgoing: Simulated,
    /// Mail that was still on the appliance at the end of the span.
    pub balance: Balance,
    /// Effects of the appliance's limits.
    pub limits: Limited,
}

/// Effects of the appliance's limits within the span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limited {
    /// Connections turned away. They are in no table because no listener accepted them.
    pub turned_away: u64,
    /// Connections with mail that were turned away and whose senders gave up.
    pub given_up: u64,
    /// Delivery attempts that had to wait for another connection to end.
    pub deferred: u64,
}

/// Numbers simulated in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Connections to the appliance, accepted or not.
    pub connections: u64,
    /// Messages (transactions) accepted.
    pub transactions: u64,
    /// Recipients accepted.
    pub recipients: u64,
}

/// Recipients that were accepted but not yet counted at the end of the span, by their place on the appliance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// In the work queue, incoming.
    pub queued_incoming: u64,
    /// In the work queue, outgoing.
    pub queued_outgoing: u64,
    /// In outbreak quarantine.
    pub quarantined: u64,
    /// Outgoing, past the work queue, waiting for another delivery attempt.
    pub waiting_for_retry: u64,
    /// Incoming, past the work queue, waiting for the internal hosts, which are unreachable. They are counted already.
    pub waiting_inwards: u64,
    /// Incoming, given up because the internal hosts were unreachable for too long. They are counted already.
    pub given_up_inwards: u64,
}

impl Simulation {
    /// Prepares a scenario.
    pub fn new(scenario: &Scenario) -> Self {
        let schedule = Schedule::new(scenario);
        let gateway = Gateway::new(scenario, &schedule);
        Simulation { scenario: scenario.clone(), schedule, gateway }
    }

    /// The names of everything that is counted.
    pub fn directory(&self) -> &Directory {
        self.schedule.directory()
    }

    /// The gateway that judges the traffic.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The schedule that the traffic is drawn from.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Runs the whole scenario and returns each appliance's tally. The result does not depend on the number of threads.
    ///
    /// # Errors
    /// The error of the observer.
    pub fn run<O>(&self, workers: &Workers, observer: &mut O) -> Result<Vec<Tally>, O::Error>
    where
        O: Observer + Send,
        O::Error: Send,
    {
        let time = &self.scenario.time;
        let mut progression = self.progression(time.begin..time.end(), time.warm_up, workers);
        progression.advance(time.end(), observer)?;
        Ok(progression.tallies())
    }

    /// A run of a span at the beginning of its warm-up. The span begins and ends with an interval. It may be any span, because the draws
    /// of an hour depend on that hour alone.
    pub fn progression<'a>(&'a self, span: Range<Moment>, warm_up: Span, workers: &'a Workers) -> Progression<'a> {
        Progression::new(self, span, warm_up, workers)
    }

    /// The times in a span in which an appliance is down, in order. They are whole base intervals, and the times of events are there whatever
    /// the span.
    pub fn down(&self, appliance: usize, span: Range<Moment>) -> Arc<[Range<Moment>]> {
        Machine::down(&self.scenario, appliance, span)
    }

    /// Traces the first connections of the span, in order of opening on all appliances, until nothing more happens to them
    /// or the span ends. The cells are those that a run counts, but an overloaded appliance counts processor time later.
    pub fn trace(&self, count: usize, workers: &Workers) -> Vec<Life> {
        trace::trace(self, count, workers)
    }
}

impl Tally {
    fn absorb(&mut self, other: Tally) {
        self.incoming.absorb(other.incoming);
        self.outgoing.absorb(other.outgoing);
        self.balance.queued_incoming += other.balance.queued_incoming;
        self.balance.queued_outgoing += other.balance.queued_outgoing;
        self.balance.quarantined += other.balance.quarantined;
        self.balance.waiting_for_retry += other.balance.waiting_for_retry;
        self.balance.waiting_inwards += other.balance.waiting_inwards;
        self.balance.given_up_inwards += other.balance.given_up_inwards;
    }
}

impl Limited {
    fn absorb(&mut self, usage: &Usage) {
        self.turned_away += usage.turned_away.total();
        self.given_up += usage.given_up;
        self.deferred += usage.deferred;
    }
}

impl Simulated {
    fn absorb(&mut self, other: Simulated) {
        self.connections += other.connections;
        self.transactions += other.transactions;
        self.recipients += other.recipients;
    }
}
