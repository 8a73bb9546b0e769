//! The run: shards are drawn in parallel, passed through the work queues in order, counted in parallel and merged in
//! order.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use tollgate_scenario::{HOUR, Moment, Span};

use crate::appliance::{Appliance, Counted, Task};
use crate::machine::Machine;
use crate::shard::{Shard, Spares};
use crate::{Closed, Observer, Simulation, Tally};

/// A run that can be advanced hour by hour. Stopping and going on does not change the counts.
#[derive(Debug)]
pub struct Progression<'a> {
    workers: &'a Workers,
    run: Run<'a>,
}

/// Threads for simulation. Several runs can share them in turn.
#[derive(Debug)]
pub struct Workers {
    pool: rayon::ThreadPool,
}

impl Workers {
    /// Starts `threads` threads (`None`: one for each core). As many hours of each appliance are processed at once. The number
    /// changes no counts.
    ///
    /// # Errors
    /// If the system cannot start the threads.
    pub fn new(threads: Option<usize>) -> Result<Self, ThreadError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
        let pool = pool.map_err(|error| ThreadError(io::Error::other(error)))?;
        Ok(Workers { pool })
    }

    /// The number of threads.
    pub fn threads(&self) -> usize {
        self.pool.current_num_threads()
    }
}

/// The system cannot start threads.
#[derive(Debug, thiserror::Error)]
#[error("cannot start threads")]
pub struct ThreadError(#[source] pub io::Error);

#[derive(Debug)]
struct Run<'a> {
    simulation: &'a Simulation,
    /// The span that the observer and the tallies see.
    span: Range<Moment>,
    appliances: Vec<Appliance>,
    reached: Moment,
    /// Number of connections and messages (transactions), including those of the warm-up.
    simulated: u64,
    /// The times in which each appliance is down.
    down: Vec<Arc<[Range<Moment>]>>,
    spares: Spares,
}

impl<'a> Progression<'a> {
    pub(crate) fn new(simulation: &'a Simulation, span: Range<Moment>, warm_up: Span, workers: &'a Workers) -> Self {
        let start = Moment::from_micros(span.start.micros().saturating_sub(warm_up.micros()) / HOUR * HOUR);
        let scenario = &simulation.scenario;
        let appliances = 0..scenario.appliances.len();
        let down = appliances.clone().map(|number| Machine::down(scenario, number, start..span.end)).collect();
        let appliances = appliances.map(|number| Appliance::new(scenario, number, start, span.end)).collect();
        Progression {
            workers,
            run: Run { simulation, span, appliances, reached: start, simulated: 0, down, spares: Spares::default() },
        }
    }

    /// The end of the last simulated hour.
    pub fn reached(&self) -> Moment {
        self.run.reached
    }

    /// Simulates every clock hour that begins before `until`, up to the end of the span. The observer receives
    /// the intervals of the span that are complete by then.
    ///
    /// # Errors
    /// The error of the observer. Some counts are then lost, and the progression cannot be used again.
    pub fn advance<O>(&mut self, until: Moment, observer: &mut O) -> Result<(), O::Error>
    where
        O: Observer + Send,
        O::Error: Send,
    {
        let Progression { workers, run } = self;
        let hours = (run.reached.micros()..until.min(run.span.end).micros()).step_by(HOUR as usize);
        let hours: Vec<Moment> = hours.map(Moment::from_micros).collect();
        workers.pool.install(|| run.advance(&hours, workers.threads(), observer))
    }

    /// Simulates the next clock hour. If the hour is beyond the end of the span, the observer receives only the stays
    /// in the work queues.
    ///
    /// # Errors
    /// As for `advance`.
    pub fn go_on<O>(&mut self, observer: &mut O) -> Result<(), O::Error>
    where
        O: Observer + Send,
        O::Error: Send,
    {
        let Progression { workers, run } = self;
        let next = [run.reached];
        workers.pool.install(|| run.advance(&next, workers.threads(), observer))
    }

    /// The tally of each appliance. Call it after the end of the span has been reached.
    pub fn tallies(self) -> Vec<Tally> {
        let Run { span, appliances, .. } = self.run;
        appliances.into_iter().map(|appliance| appliance.finish(span.end)).collect()
    }
}

impl Run<'_> {
    fn advance<O>(&mut self, hours: &[Moment], hours_at_once: usize, observer: &mut O) -> Result<(), O::Error>
    where
        O: Observer + Send,
        O::Error: Send,
    {
        let simulation = self.simulation;
        let mut windows = hours.chunks(hours_at_once);
        let span = self.span.clone();
        let spares = std::mem::take(&mut self.spares);
        let selection = observer.selection();
        let down = self.down.clone();
        let task = Task { simulation, span: &span, selection, listens: O::LISTENS, down: &down, spares: &spares };
        let mut drawn = windows.next().map_or_else(Vec::new, |window| draw(task, window));
        while !drawn.is_empty() {
            let window = windows.next().unwrap_or_default();
            let settled = std::mem::take(&mut drawn);
            // On a single thread, settling comes first because the drawn shards are still in the cache.
            let (result, next) = rayon::join(|| self.settle(task, settled, observer), || draw(task, window));
            result?;
            drawn = next;
        }
        self.spares = spares;
        Ok(())
    }

    /// Passes shards through the work queues, counts them, and gives the complete intervals to the observer.
    fn settle<O>(&mut self, task: Task<'_>, shards: Vec<Vec<Shard<'_>>>, observer: &mut O) -> Result<(), O::Error>
    where
        O: Observer + Send,
        O::Error: Send,
    {
        let Task { simulation, span, .. } = task;
        let counted: Vec<Vec<Counted>> = self
            .appliances
            .par_iter_mut()
            .zip(shards)
            .map(|(appliance, shards)| appliance.settle(task, shards))
            .collect();
        for (appliance, counted) in self.appliances.iter_mut().zip(counted) {
            for shard in counted {
                observer.stays(appliance.number, &shard.stays);
                appliance.ledger.absorb(shard.ledger);
                appliance.tally.absorb(shard.tally);
                appliance.events.extend(shard.events);
                self.simulated += shard.simulated;
                self.reached = self.reached.max(shard.end);
                let closed = appliance.ledger.close(shard.end.micros());
                let closed = closed.map(|(begin_micros, counts)| (Moment::from_micros(begin_micros), counts));
                for (begin, mut counts) in closed.filter(|(begin, _)| *begin < span.end) {
                    appliance.delay_work(&mut counts.system);
                    let usage = appliance.close(&simulation.scenario, begin);
                    if O::LISTENS {
                        let end = begin.plus(simulation.scenario.time.export_interval);
                        let events = appliance.take_events(simulation, end);
                        observer.events(appliance.number, begin.max(shard.begin), events)?;
                    }
                    if span.contains(&begin) {
                        appliance.tally.limits.absorb(&usage);
                        observer.interval(Closed { appliance: appliance.number, begin, counts, usage })?;
                    }
                }
                // In an interval of several hours, an hour is complete before the interval is.
                if O::LISTENS && shard.begin < span.end {
                    let events = appliance.take_events(simulation, shard.end.min(span.end));
                    if !events.is_empty() {
                        observer.events(appliance.number, shard.begin, events)?;
                    }
                }
                observer.reached(shard.end, self.simulated);
            }
        }
        Ok(())
    }
}

/// Draws and judges the shards of some hours, by appliance and in order.
fn draw<'a>(task: Task<'a>, hours: &[Moment]) -> Vec<Vec<Shard<'a>>> {
    if hours.is_empty() {
        return Vec::new();
    }
    let of_appliance = |appliance: usize| -> Vec<Shard<'a>> {
        hours.par_iter().map(|&begin| Shard::draw(task, appliance, begin)).collect()
    };
    (0..task.simulation.scenario.appliances.len()).into_par_iter().map(of_appliance).collect()
}
