//! Several runs at the same time, each on one thread.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::ThreadError;

/// Works on jobs in order, on at most so many threads, and returns the results in the order of the jobs. After an error no further job
/// starts. `cannot_start` makes the error if a thread cannot be started.
///
/// It does not use rayon's threads: one that waits within a run would start the next run, and all runs would be in memory at the same time.
///
/// # Errors
/// The first error of a job, or that of a thread that cannot be started.
pub fn in_parallel<T: Sync, R: Send, E: Send>(
    threads: usize,
    jobs: &[T],
    cannot_start: impl Fn(ThreadError) -> E,
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
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
        let start = |_| thread::Builder::new().spawn_scoped(scope, take_jobs);
        let threads = (0..threads.min(jobs.len())).map(start).collect::<Result<Vec<_>, _>>();
        // The threads that have started end after their first jobs.
        let threads = threads.map_err(|error| {
            next.store(jobs.len(), Ordering::Relaxed);
            cannot_start(ThreadError(error))
        })?;
        let results = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|cause| resume_unwind(cause)));
        results.collect::<Result<Vec<_>, _>>()
    })?;
    let mut results: Vec<(usize, R)> = done.into_iter().flatten().collect();
    results.sort_by_key(|(place, _)| *place);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
