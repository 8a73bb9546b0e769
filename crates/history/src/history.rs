//! The history of a scenario, as its readers see it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tollgate_ledger::{Counts, Part};
use tollgate_scenario::Scenario;
use tollgate_simulation::{Simulation, ThreadError, Workers};

use crate::clock::Clock;
use crate::error::HistoryError;
use crate::host::Host;
use crate::interval::ApplianceInterval;
use crate::maker::HistoryMaker;
use crate::pace::TooFast;
use crate::progress::HistoryProgress;
use crate::resolution::Resolution;
use crate::shared::SharedHistory;
use crate::store::{CHUNK, PartSection};

/// The counts of appliances up to the moment of a clock. A clone is another handle to the same history. The history
/// ends when the last handle is dropped, and its files disappear.
#[derive(Clone, Debug)]
pub struct History {
    running: Arc<RunningHistory>,
}

/// The simulation thread and the state that it shares with readers. Dropping this ends the thread.
#[derive(Debug)]
struct RunningHistory {
    shared: Arc<SharedHistory>,
    maker: Option<JoinHandle<()>>,
}

impl History {
    /// Begins a history on a thread of its own, which simulates on `threads` threads (`None`: one for each core). Kept
    /// counts go to unnamed files in the system's directory for temporary files.
    ///
    /// # Errors
    /// If the clock is before the beginning of the scenario, if temporary files cannot be written, or if the thread cannot be
    /// started.
    pub fn begin(scenario: &Scenario, clock: Clock, threads: Option<usize>) -> Result<History, HistoryError> {
        History::begin_on(Host::new(|_, _| {}), scenario, clock, threads)
    }

    /// Begins a history like [`History::begin`], with the temporary files and the log of a host. The history writes a line to the
    /// log when its files cannot be written and when they can be written again, and when the clock is too fast.
    ///
    /// # Errors
    /// As for [`History::begin`].
    pub fn begin_on(
        host: Host,
        scenario: &Scenario,
        clock: Clock,
        threads: Option<usize>,
    ) -> Result<History, HistoryError> {
        clock.check(&scenario.time)?;
        host.check()?;
        let shared = Arc::new(SharedHistory::new(scenario, clock, host));
        let made = Arc::clone(&shared);
        let thread = thread::Builder::new().name("history".into());
        let maker =
            thread.spawn(move || make(&made, threads)).map_err(|error| HistoryError::Thread(Arc::new(error)))?;
        Ok(History { running: Arc::new(RunningHistory { shared, maker: Some(maker) }) })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.running.shared.scenario
    }

    /// The simulation, which has the names of everything that is counted.
    pub fn simulation(&self) -> &Simulation {
        &self.running.shared.simulation
    }

    /// The moment of the clock, in microseconds since the Unix epoch.
    pub fn now_micros(&self) -> u64 {
        self.running.shared.clock.now_micros()
    }

    /// The length of intervals in microseconds.
    pub fn interval_micros(&self, resolution: Resolution) -> u64 {
        self.running.shared.interval_micros(resolution)
    }

    /// The beginning of the earliest interval that is kept when the clock is at `now_micros`, in microseconds since the
    /// Unix epoch. No interval begins before the scenario. If no interval has begun since then, the result is later
    /// than `now_micros`.
    pub fn kept_from_micros(&self, resolution: Resolution, now_micros: u64) -> u64 {
        self.running.shared.kept_from_micros(resolution, now_micros)
    }

    /// The moment up to which the history is complete, in microseconds since the Unix epoch. Every kept interval that
    /// ends by then can be read at once. The latest era is simulated first, so later intervals may be ready too.
    pub fn made_until_micros(&self) -> u64 {
        self.running.shared.made_until_micros()
    }

    /// The progress of the simulation.
    pub fn progress(&self) -> HistoryProgress {
        self.running.shared.progress()
    }

    /// The error that ended the simulation before everything was simulated, or because of which intervals cannot be stored now.
    pub fn fault(&self) -> Option<HistoryError> {
        self.running.shared.fault()
    }

    /// The temporary files and the log of this history.
    pub fn host(&self) -> &Host {
        &self.running.shared.host
    }

    /// The speeds of the clock and of the simulation, if the clock is too fast for this machine.
    pub fn too_fast(&self) -> Option<TooFast> {
        self.running.shared.too_fast()
    }

    /// The maximum number of files that the history of a scenario keeps open at once.
    pub fn files_needed(scenario: &Scenario, clock: &Clock) -> u64 {
        let of_each = Resolution::ALL.map(|resolution| {
            // One chunk is incomplete at each end, one is spare, and the time ahead of the clock takes further ones.
            let chunk_micros = CHUNK * resolution.micros(&scenario.time);
            (resolution.kept_micros() + clock.ahead_micros()) / chunk_micros + 4
        });
        of_each.iter().sum()
    }

    /// Number of files with kept counts, and their total size in bytes.
    pub fn size(&self) -> (usize, u64) {
        self.running.shared.size()
    }

    /// Checks that an interval can be read at once, or that the simulation can still make it. It does not wait.
    ///
    /// # Errors
    /// If the interval is not stored, and the simulation has ended or its intervals cannot be written now.
    pub fn check(&self, interval: ApplianceInterval) -> Result<(), HistoryError> {
        self.running.shared.check(interval)
    }

    /// Adds one part of an interval's counts to `into`. Blocks until the interval has been simulated.
    ///
    /// # Errors
    /// If the interval is not kept or not over yet, or if its counts cannot be written or read.
    ///
    /// # Panics
    /// If there is no such appliance, or if no interval of that length begins at that moment.
    pub fn absorb(&self, interval: ApplianceInterval, part: Part, into: &mut Counts) -> Result<(), HistoryError> {
        self.read(interval, part, PartSection::Rows, into)
    }

    /// Adds the sums over one part's rows, as one row with the key 0. Reading them is much faster than reading the
    /// rows, and they are enough for a table without keys. Deliveries have no sums.
    ///
    /// # Errors
    /// As for `absorb`.
    ///
    /// # Panics
    /// As for `absorb`, and if the part is that of deliveries.
    pub fn absorb_sum(&self, interval: ApplianceInterval, part: Part, into: &mut Counts) -> Result<(), HistoryError> {
        assert!(part != Part::Deliveries, "deliveries have no sums");
        self.read(interval, part, PartSection::Sum, into)
    }

    fn read(
        &self,
        interval: ApplianceInterval,
        part: Part,
        section: PartSection,
        into: &mut Counts,
    ) -> Result<(), HistoryError> {
        let ApplianceInterval { appliance, resolution, begin_micros } = interval;
        assert!(appliance < self.scenario().appliances.len(), "no appliance {appliance}");
        assert!(begin_micros.is_multiple_of(self.interval_micros(resolution)), "nothing begins at {begin_micros}");
        let shared = &self.running.shared;
        let bytes = shared.find(interval, part, section)?.read().map_err(|error| shared.store_error("read", error))?;
        into.absorb_bytes(part, &bytes).ok_or_else(|| HistoryError::Damaged { directory: shared.host.directory() })
    }
}

/// Simulates to the end of the history, and then tells all readers that it has ended.
fn make(shared: &SharedHistory, threads: Option<usize>) {
    // Readers wait for this thread, so they must be told even if it panics.
    let make = || {
        let workers = Workers::new(threads).map_err(|ThreadError(error)| HistoryError::Thread(Arc::new(error)))?;
        HistoryMaker::new(shared, &workers).make()
    };
    let result = catch_unwind(AssertUnwindSafe(make));
    // If the clock stands still, everything has been simulated. A reader that still waits then has found a bug.
    shared.end(result.unwrap_or(Err(HistoryError::Fault)).err().unwrap_or(HistoryError::Fault));
}

impl Drop for RunningHistory {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(maker) = self.maker.take() {
            // The thread catches its own panics, so `join` returns none.
            let _ = maker.join();
        }
    }
}
