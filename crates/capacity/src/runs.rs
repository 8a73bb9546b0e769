//! The runs of a plan. They are made in parallel and each once. Known runs are not made again.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tollgate_scenario::Scenario;
use tollgate_simulation::{ThreadError, in_parallel};

use crate::measurement::SiteMeasurement;
use crate::meter::measure;

/// A finished run of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRun {
    /// Its key in hexadecimal: a digest of exactly the inputs that decide the result.
    pub key: String,
    /// The name of the side of the plan.
    pub side: String,
    /// The load.
    pub load: f64,
    /// The seed.
    pub seed: u64,
    /// The measurements.
    pub measured: SiteMeasurement,
}

/// Follows the progress of a plan. The unit of work is a run at a load of 1.
pub trait Watcher: Sync {
    /// An error of the watcher. It ends the plan.
    type Error: Send;

    /// Called when the sweep is done and the search for the limit begins.
    fn searching(&self) {}

    /// Called when the expected work grows by `work`, or shrinks if `work` is negative.
    fn expect(&self, _work: f64) {}

    /// Called when a run is done. Several threads may call it at the same time.
    fn done(&self, run: &PlanRun) -> Result<(), Self::Error>;

    /// The error if the threads of a run cannot be started.
    fn cannot_start(&self, error: ThreadError) -> Self::Error;

    /// Called when a run is known and is not made again.
    fn known(&self, _load: f64) {}
}

/// The runs of a plan.
pub(crate) struct Runs<'a, W> {
    pub(crate) watcher: &'a W,
    program: &'a str,
    threads: usize,
    /// The names of the plan's sides.
    sides: Vec<&'a str>,
    /// The measurements by key, of known and of new runs.
    measurements: Mutex<BTreeMap<String, Arc<SiteMeasurement>>>,
    /// The keys of the runs that were requested.
    requested: Mutex<BTreeMap<PlaceInPlan, String>>,
}

/// The place of a run in a plan, which orders runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PlaceInPlan {
    side: usize,
    /// The bits of the load. Loads are positive, so their bits have the same order.
    load_bits: u64,
    seed: u64,
}

/// A request for a run.
pub(crate) struct RunRequest<'a> {
    /// The index of the side in the plan.
    pub(crate) side: usize,
    pub(crate) load: f64,
    /// The scenario with the load and the seed.
    pub(crate) scenario: &'a Scenario,
}

impl<'a, W: Watcher> Runs<'a, W> {
    /// The runs of a plan. `threads` is by default the number of processors. Known runs of another program have other keys and
    /// are not used, because that program may count differently.
    pub(crate) fn new(
        program: &'a str,
        sides: Vec<&'a str>,
        known: impl IntoIterator<Item = PlanRun>,
        threads: Option<NonZeroUsize>,
        watcher: &'a W,
    ) -> Self {
        let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let measurements = known.into_iter().map(|run| (run.key, Arc::new(run.measured))).collect();
        Runs { watcher, program, threads, sides, measurements: Mutex::new(measurements), requested: Mutex::default() }
    }

    /// Returns the measurements of a run. Makes the run unless it is known.
    pub(crate) fn measure(&self, request: &RunRequest) -> Result<Arc<SiteMeasurement>, W::Error> {
        let &RunRequest { side, load, scenario } = request;
        let (key, seed) = (self.key(scenario), scenario.seed);
        let place = PlaceInPlan { side, load_bits: load.to_bits(), seed };
        let known = lock(&self.measurements).get(&key).cloned();
        let measurement = match known {
            Some(measurement) => {
                // The plan itself may need a run again.
                if lock(&self.requested).contains_key(&place) {
                    self.watcher.expect(-load);
                } else {
                    self.watcher.known(load);
                }
                measurement
            }
            None => {
                let side = self.sides[side].into();
                let measured = measure(scenario).map_err(|error| self.watcher.cannot_start(error))?;
                let run = PlanRun { key: key.clone(), side, load, seed, measured };
                self.watcher.done(&run)?;
                let measurement = Arc::new(run.measured);
                lock(&self.measurements).insert(key.clone(), measurement.clone());
                measurement
            }
        };
        lock(&self.requested).insert(place, key);
        Ok(measurement)
    }

    /// Works on jobs in order, on several threads, and returns the results in the order of the jobs. After an error no further job starts.
    pub(crate) fn in_parallel<T: Sync, R: Send>(
        &self,
        jobs: &[T],
        work: impl Fn(&T) -> Result<R, W::Error> + Sync,
    ) -> Result<Vec<R>, W::Error> {
        in_parallel(self.threads, jobs, |error| self.watcher.cannot_start(error), work)
    }

    /// The runs that were requested, by side, load and seed.
    pub(crate) fn finish(self) -> Vec<PlanRun> {
        let measurements = lock(&self.measurements);
        let requested = lock(&self.requested);
        let run = |(place, key): (&PlaceInPlan, &String)| PlanRun {
            key: key.clone(),
            side: self.sides[place.side].into(),
            load: f64::from_bits(place.load_bits),
            seed: place.seed,
            measured: SiteMeasurement::clone(&measurements[key]),
        };
        requested.iter().map(run).collect()
    }

    /// The key of a run: a digest of the program and of the scenario with its load and seed. A comment in the file does not
    /// change the key. A value gives the same key if the file or an override sets it.
    fn key(&self, scenario: &Scenario) -> String {
        let text = serde_json::to_vec(scenario).expect("a scenario can be written");
        let digest = Sha256::new().chain_update(self.program).chain_update([0]).chain_update(text).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Locks a mutex. If a panic has poisoned it, its value is still consistent, because every change is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
