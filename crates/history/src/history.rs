//! The history of a scenario, as readers see it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tollgate_ledger::{Counts, Part};
use tollgate_scenario::Scenario;
use tollgate_simulation::{Simulation, Workers};

use crate::clock::Clock;
use crate::error::HistoryError;
use crate::interval::ApplianceInterval;
use crate::maker::HistoryMaker;
use crate::progress::HistoryProgress;
use crate::resolution::Resolution;
use crate::shared::{SharedHistory, directory, store_error};
use crate::store::PartSection;

/// The counts of appliances up to the moment of a clock. A clone is another handle to the same history. When the last
/// handle is dropped, the history ends and its files are gone.
#[derive(Clone, Debug)]
pub struct History {
    running: Arc<RunningHistory>,
}

/// The thread that makes history, and what it shares with readers. The thread ends when this is dropped.
#[derive(Debug)]
struct RunningHistory {
    shared: Arc<SharedHistory>,
    maker: Option<JoinHandle<()>>,
}

impl History {
    /// Begins to make history, on a thread of its own and with so many threads for simulating (all there are, without a
    /// number). What is kept goes to files without a name in the system's directory for temporary files.
    ///
    /// # Errors
    /// If the clock stands before the scenario begins, or if no thread can be started.
    pub fn begin(scenario: &Scenario, clock: Clock, threads: Option<usize>) -> Result<History, HistoryError> {
        clock.check(&scenario.time)?;
        let shared = Arc::new(SharedHistory::new(scenario, clock));
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

    /// The scenario made ready to run: what names everything that is counted.
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

    /// The beginning of the earliest interval that is kept when the clock stands at `now_micros`, in microseconds since
    /// the Unix epoch; intervals that begin before the scenario are not, as the appliances were not there. It is later
    /// than `now_micros` where no interval has begun since.
    pub fn kept_from_micros(&self, resolution: Resolution, now_micros: u64) -> u64 {
        self.running.shared.kept_from_micros(resolution, now_micros)
    }

    /// The moment up to which history has been made, in microseconds since the Unix epoch: every kept interval that ends by
    /// then can be read at once. The latest era is made first, so later intervals may be too.
    pub fn made_until_micros(&self) -> u64 {
        self.running.shared.made_until_micros()
    }

    /// The progress of making history.
    pub fn progress(&self) -> HistoryProgress {
        self.running.shared.progress()
    }

    /// The number of files that hold what is kept, and their bytes together.
    pub fn size(&self) -> (usize, u64) {
        self.running.shared.size()
    }

    /// Adds one part of an interval's counts to others. Until they have been made, this blocks.
    ///
    /// # Errors
    /// If the interval is not kept or not over yet, or if what was kept cannot be written or read.
    ///
    /// # Panics
    /// If there is no such appliance, or if no interval of that length begins then.
    pub fn absorb(&self, interval: ApplianceInterval, part: Part, into: &mut Counts) -> Result<(), HistoryError> {
        self.read(interval, part, PartSection::Rows, into)
    }

    /// Adds the sums over one part's rows, as one row with the key 0. They are read much faster than the rows and are all
    /// that is needed for a table without keys; but of deliveries there are none.
    ///
    /// # Errors
    /// As of `absorb`.
    ///
    /// # Panics
    /// As `absorb`, and if the part is that of deliveries.
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
        let bytes =
            self.running.shared.find(interval, part, section)?.read().map_err(|error| store_error("read", error))?;
        into.absorb_bytes(part, &bytes).ok_or_else(|| HistoryError::Damaged { directory: directory() })
    }
}

/// Makes history to its end, and says that it has come.
fn make(shared: &SharedHistory, threads: Option<usize>) {
    // Readers wait for what this thread makes: whatever becomes of it, they must hear of it.
    let result = catch_unwind(AssertUnwindSafe(|| HistoryMaker::new(shared, &Workers::new(threads)).make()));
    // Where the clock stands still everything has been made, and a reader that misses something has found a fault.
    shared.end(result.unwrap_or(Err(HistoryError::Fault)).err().unwrap_or(HistoryError::Fault));
}

impl Drop for RunningHistory {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(maker) = self.maker.take() {
            // It catches its own panics, so it has none to hand on.
            let _ = maker.join();
        }
    }
}
