//! Keeps what appliances counted, as far as a clock has come.
//!
//! A [`History`] simulates a scenario on a thread of its own, up to where its [`Clock`] stands and onward as it moves, and
//! keeps the counts of each interval at three [`Resolution`]s, each for as long as the appliance would.
//!
//! Within the scenario's span the counts are those of a run of the scenario. What comes after the span is simulated in
//! *eras* of seven days, the first of which begins where the span ends. Each era is simulated by itself, with a warm-up
//! that is longer than any message waits for its delivery. So what an interval holds depends on the scenario alone, and not
//! on when a history was begun: a restart gives the same figures, and nothing of the years between a scenario of 2008 and
//! today need be simulated to show yesterday. Where two eras meet, a work queue that has not been empty for days starts
//! anew.
//!
//! The latest era is made first, then those before it, and then an hour or more ahead of the clock. Whoever asks for an
//! interval that is over and not made yet waits for it. A clock may run faster than the machine can simulate: then readers
//! wait longer and longer, until what they ask for would be forgotten at once, and they are told so.
//!
//! ```
//! use tollgate_history::{Clock, History, Interval, Resolution};
//! use tollgate_ledger::{Counts, Part, System};
//! use tollgate_scenario::Scenario;
//!
//! let text = r#"
//! format = 1
//!
//! [time]
//! begin = "2008-11-17T00:00:00Z"
//! span = "1d"
//!
//! [[appliances]]
//! name = "c650"
//!
//! [users]
//! count = 5000
//! domain = "example.com"
//! "#;
//! let scenario = Scenario::parse(text, "day.toml", &[])?;
//! let clock = Clock::read("2008-11-17T12:00:00Z", &scenario.time)?;
//! let history = History::begin(&scenario, clock, None)?;
//! let now = history.now_micros();
//! let hour = history.interval_micros(Resolution::Hour);
//!
//! let mut counts = Counts::default();
//! let interval = Interval { appliance: 0, resolution: Resolution::Hour, begin_micros: now - hour };
//! history.absorb(interval, Part::System, &mut counts)?;
//! assert_eq!(counts.system.get(System::Elapsed), hour);
//!
//! // The hour that has just begun is not over.
//! assert!(history.absorb(Interval { begin_micros: now, ..interval }, Part::System, &mut counts).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod era;
mod error;
mod maker;
mod recorder;
mod resolution;
mod shared;
mod store;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tollgate_ledger::{Counts, Part};
use tollgate_scenario::Scenario;
use tollgate_simulation::{Simulation, Workers};

pub use clock::Clock;
pub use error::HistoryError;
pub use resolution::Resolution;

use maker::Maker;
use shared::{Shared, directory, store_error};
use store::Extent;

/// What appliances counted, as far as a clock has come. A clone is another handle to the same; when the last is dropped,
/// no more is made and what was kept is gone.
#[derive(Clone, Debug)]
pub struct History {
    kept: Arc<Kept>,
}

#[derive(Debug)]
struct Kept {
    shared: Arc<Shared>,
    maker: Option<JoinHandle<()>>,
}

/// How much has been made of what is kept, in simulated microseconds of intervals that are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What has been made.
    pub made_micros: u64,
    /// What is needed for everything that is kept.
    pub needed_micros: u64,
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
    /// If the clock stands before the scenario begins, or if no thread can be started.
    pub fn begin(scenario: &Scenario, clock: Clock, threads: Option<usize>) -> Result<History, HistoryError> {
        clock.check(&scenario.time)?;
        let shared = Arc::new(Shared::new(scenario, clock));
        let made = Arc::clone(&shared);
        let thread = thread::Builder::new().name("history".into());
        let maker =
            thread.spawn(move || make(&made, threads)).map_err(|error| HistoryError::Thread(Arc::new(error)))?;
        Ok(History { kept: Arc::new(Kept { shared, maker: Some(maker) }) })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.kept.shared.scenario
    }

    /// The scenario made ready to run: what names everything that is counted.
    pub fn simulation(&self) -> &Simulation {
        &self.kept.shared.simulation
    }

    /// Where the clock stands, in microseconds since the Unix epoch.
    pub fn now_micros(&self) -> u64 {
        self.kept.shared.clock.now_micros()
    }

    /// The length of intervals in microseconds.
    pub fn interval_micros(&self, resolution: Resolution) -> u64 {
        self.kept.shared.interval_micros(resolution)
    }

    /// The beginning of the earliest interval that is kept when the clock stands at `now_micros`, in microseconds since
    /// the Unix epoch; intervals that begin before the scenario are not, as the appliances were not there. It is later
    /// than `now_micros` where no interval has begun since.
    pub fn kept_from_micros(&self, resolution: Resolution, now_micros: u64) -> u64 {
        self.kept.shared.kept_from_micros(resolution, now_micros)
    }

    /// How far history has been made, in microseconds since the Unix epoch: every interval that is kept and ends by then
    /// is at hand. The latest era is made first, so later intervals may be too.
    pub fn made_until_micros(&self) -> u64 {
        self.kept.shared.made_until_micros()
    }

    /// How much has been made of what is kept.
    pub fn progress(&self) -> Progress {
        self.kept.shared.progress()
    }

    /// The number of files that hold what is kept, and their bytes together.
    pub fn size(&self) -> (usize, u64) {
        self.kept.shared.size()
    }

    /// Adds one part of an interval's counts to others. Until they have been made, this blocks.
    ///
    /// # Errors
    /// If the interval is not kept or not over yet, or if what was kept cannot be written or read.
    ///
    /// # Panics
    /// If there is no such appliance, or if no interval of that length begins then.
    pub fn absorb(&self, interval: Interval, part: Part, into: &mut Counts) -> Result<(), HistoryError> {
        self.read(interval, part, Extent::Rows, into)
    }

    /// Adds the sums over one part's rows, as one row with the key 0. They are read much faster than the rows and are all
    /// that is needed for a table without keys; but of deliveries there are none.
    ///
    /// # Errors
    /// As of `absorb`.
    ///
    /// # Panics
    /// As `absorb`, and if the part is that of deliveries.
    pub fn absorb_sum(&self, interval: Interval, part: Part, into: &mut Counts) -> Result<(), HistoryError> {
        assert!(part != Part::Deliveries, "deliveries have no sums");
        self.read(interval, part, Extent::Sum, into)
    }

    fn read(&self, interval: Interval, part: Part, extent: Extent, into: &mut Counts) -> Result<(), HistoryError> {
        let Interval { appliance, resolution, begin_micros } = interval;
        assert!(appliance < self.scenario().appliances.len(), "no appliance {appliance}");
        assert!(begin_micros.is_multiple_of(self.interval_micros(resolution)), "nothing begins at {begin_micros}");
        let bytes =
            self.kept.shared.find(interval, part, extent)?.read().map_err(|error| store_error("read", error))?;
        into.absorb_bytes(part, &bytes).ok_or_else(|| HistoryError::Damaged { directory: directory() })
    }
}

/// Makes history to its end, and says that it has come.
fn make(shared: &Shared, threads: Option<usize>) {
    // Readers wait for what this thread makes: whatever becomes of it, they must hear of it.
    let result = catch_unwind(AssertUnwindSafe(|| Maker::new(shared, &Workers::new(threads)).make()));
    // Where the clock stands still everything has been made, and a reader that misses something has found a fault.
    shared.end(result.unwrap_or(Err(HistoryError::Fault)).err().unwrap_or(HistoryError::Fault));
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(maker) = self.maker.take() {
            // It catches its own panics, so it has none to hand on.
            let _ = maker.join();
        }
    }
}
