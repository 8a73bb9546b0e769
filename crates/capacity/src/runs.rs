//! The runs of a plan: done side by side, each once, and kept for plans that go on from there.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tollgate_scenario::Scenario;

use crate::measurement::SiteMeasurement;
use crate::meter::measure;

/// A run that is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What it is known by, in hexadecimal: all that decides what a run gives goes into it, and nothing else.
    pub key: String,
    /// The side of the plan that it is for, by name.
    pub side: String,
    /// The load.
    pub load: f64,
    /// The seed.
    pub seed: u64,
    /// What was measured.
    pub measured: SiteMeasurement,
}

/// Who hears of a plan on its way. Work is counted in runs at a load of 1.
pub trait Watcher: Sync {
    /// What can go wrong in listening; it ends the plan.
    type Error: Send;

    /// Hears that the limit is looked for from now on, and no longer points are made.
    fn searching(&self) {}

    /// Hears that there is more work than was known, or less.
    fn expect(&self, _work: f64) {}

    /// Takes a run that was done just now. Several threads may call it at once.
    fn done(&self, run: &Run) -> Result<(), Self::Error>;

    /// Hears that a run was done before.
    fn known(&self, _load: f64) {}
}

/// The runs of a plan.
pub(crate) struct Runs<'a, W> {
    pub(crate) watcher: &'a W,
    program: &'a str,
    threads: usize,
    /// The names of the plan's sides.
    sides: Vec<&'a str>,
    /// What is known by key, from before or from now.
    kept: Mutex<BTreeMap<String, Arc<SiteMeasurement>>>,
    /// The keys of the runs that the plan has asked for.
    used: Mutex<BTreeMap<Spot, String>>,
}

/// Where in a plan a run is: its side, load and seed. A load is positive, so its bits are in its order.
type Spot = (usize, u64, u64);

/// A run that is asked for: the scenario already has the load and the seed.
pub(crate) struct Wanted<'a> {
    /// The place of the side.
    pub(crate) side: usize,
    pub(crate) load: f64,
    pub(crate) scenario: &'a Scenario,
}

impl<'a, W: Watcher> Runs<'a, W> {
    /// Begins with what is known, on so many threads (one for each processor, without a number). A run of another program
    /// counts for nothing, as it may have counted otherwise.
    pub(crate) fn new(
        program: &'a str,
        sides: Vec<&'a str>,
        known: impl IntoIterator<Item = Run>,
        threads: Option<NonZeroUsize>,
        watcher: &'a W,
    ) -> Self {
        let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let kept = known.into_iter().map(|run| (run.key, Arc::new(run.measured))).collect();
        Runs { watcher, program, threads, sides, kept: Mutex::new(kept), used: Mutex::default() }
    }

    /// What a run measures, by doing it unless it is known.
    pub(crate) fn measure(&self, wanted: &Wanted) -> Result<Arc<SiteMeasurement>, W::Error> {
        let key = self.key(wanted.scenario);
        let &Wanted { side, load, scenario } = wanted;
        let known = lock(&self.kept).get(&key).cloned();
        let measured = match known {
            Some(measured) => {
                self.watcher.known(load);
                measured
            }
            None => {
                let run = Run {
                    key: key.clone(),
                    side: self.sides[side].into(),
                    load,
                    seed: scenario.seed,
                    measured: measure(scenario),
                };
                self.watcher.done(&run)?;
                let measured = Arc::new(run.measured);
                lock(&self.kept).insert(key.clone(), measured.clone());
                measured
            }
        };
        lock(&self.used).insert((side, load.to_bits(), scenario.seed), key);
        Ok(measured)
    }

    /// Does jobs in parallel, the first ones first, and gives the results in the order of the jobs. After an error no further
    /// job is begun.
    ///
    /// Not by rayon's threads: one that waits for a run, which has threads of its own, would begin the next run meanwhile, and
    /// in the end all runs would be in memory at once.
    pub(crate) fn in_parallel<T: Sync, R: Send>(
        &self,
        jobs: &[T],
        work: impl Fn(&T) -> Result<R, W::Error> + Sync,
    ) -> Result<Vec<R>, W::Error> {
        let next = AtomicUsize::new(0);
        let take_jobs = || {
            let mut results = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(place) else { return Ok(results) };
                let result = work(job).inspect_err(|_| next.store(jobs.len(), Ordering::Relaxed))?;
                results.push((place, result));
            }
        };
        let done = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads.min(jobs.len())).map(|_| scope.spawn(take_jobs)).collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|cause| resume_unwind(cause)));
            results.collect::<Result<Vec<_>, _>>()
        })?;
        let mut results: Vec<(usize, R)> = done.into_iter().flatten().collect();
        results.sort_by_key(|(place, _)| *place);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }

    /// The runs that were asked for, by side, load and seed.
    pub(crate) fn finish(self) -> Vec<Run> {
        let kept = lock(&self.kept);
        let used = lock(&self.used);
        let run = |(&(side, load, seed), key): (&Spot, &String)| Run {
            key: key.clone(),
            side: self.sides[side].into(),
            load: f64::from_bits(load),
            seed,
            measured: SiteMeasurement::clone(&kept[key]),
        };
        used.iter().map(run).collect()
    }

    /// What a run is known by: the program, and all that the scenario says once it has its load and seed. So a comment in its
    /// file makes no new run, and a value makes the same run whether the file or an override says it.
    fn key(&self, scenario: &Scenario) -> String {
        let text = serde_json::to_vec(scenario).expect("a scenario can be written");
        let digest = Sha256::new().chain_update(self.program).chain_update([0]).chain_update(text).finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What a thread that panicked left behind is whole: every change is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
