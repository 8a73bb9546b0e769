//! The run: shards drawn in parallel, passed through the work queues in order, counted in parallel, merged in order.

use rayon::prelude::*;
use tollgate_gateway::WorkQueue;
use tollgate_ledger::Ledger;
use tollgate_scenario::HOUR;

use crate::count::Counter;
use crate::shard::{Carried, Shard};
use crate::{Closed, Observer, Simulation, Tally};

/// What one appliance hands from hour to hour.
struct Appliance {
    number: usize,
    queue: WorkQueue,
    carried: Carried,
    ledger: Ledger,
    tally: Tally,
}

/// Runs a simulation. This is the one function that knows how many threads there are: it decides how many shards are
/// in hand at once, and nothing that is counted.
pub(crate) fn run<O>(simulation: &Simulation, threads: Option<usize>, observer: &mut O) -> Result<Vec<Tally>, O::Error>
where
    O: Observer + Send,
    O::Error: Send,
{
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build().expect("threads can be started");
    let hours_at_once = 2 * pool.current_num_threads();
    pool.install(|| run_windows(simulation, hours_at_once, observer))
}

fn run_windows<O>(simulation: &Simulation, hours_at_once: usize, observer: &mut O) -> Result<Vec<Tally>, O::Error>
where
    O: Observer + Send,
    O::Error: Send,
{
    let time = &simulation.scenario.time;
    let start = time.start().micros() / HOUR * HOUR;
    let hours: Vec<u64> = (start..time.end().micros()).step_by(HOUR as usize).collect();
    let appliances = simulation.scenario.appliances.iter().enumerate();
    let mut appliances: Vec<Appliance> = appliances
        .map(|(number, appliance)| Appliance {
            number,
            queue: WorkQueue::new(appliance.workers as usize, start),
            carried: Carried::default(),
            ledger: Ledger::new(time.export_interval.micros()),
            tally: Tally::default(),
        })
        .collect();
    let mut windows = hours.chunks(hours_at_once);
    let mut drawn = windows.next().map_or_else(Vec::new, |window| draw(simulation, window));
    let mut simulated = 0;
    while !drawn.is_empty() {
        let window = windows.next().unwrap_or_default();
        let settled = std::mem::take(&mut drawn);
        // Settling comes first where one thread does both, while what was drawn is still at hand.
        let settle = || settle(simulation, settled, &mut appliances, &mut simulated, observer);
        let (result, next) = rayon::join(settle, || draw(simulation, window));
        result?;
        drawn = next;
    }
    Ok(appliances.into_iter().map(finish).collect())
}

/// Draws and judges the shards of some hours, those of one appliance together and in order.
fn draw(simulation: &Simulation, hours: &[u64]) -> Vec<Vec<Shard>> {
    if hours.is_empty() {
        return Vec::new();
    }
    let of_appliance = |appliance: usize| -> Vec<Shard> {
        let shard = |&begin: &u64| {
            let hour = simulation.schedule.hour(appliance, begin);
            Shard::new(begin, simulation.gateway.judge(&simulation.schedule, &hour))
        };
        hours.par_iter().map(shard).collect()
    };
    (0..simulation.scenario.appliances.len()).into_par_iter().map(of_appliance).collect()
}

/// Passes shards through the work queues, counts them, and gives the observer the intervals that are complete.
fn settle<O>(
    simulation: &Simulation,
    shards: Vec<Vec<Shard>>,
    appliances: &mut [Appliance],
    simulated: &mut u64,
    observer: &mut O,
) -> Result<(), O::Error>
where
    O: Observer + Send,
    O::Error: Send,
{
    let time = &simulation.scenario.time;
    let span = time.begin.micros()..time.end().micros();
    let counted: Vec<Vec<Counted>> = appliances
        .par_iter_mut()
        .zip(shards)
        .map(|(appliance, shards)| settle_appliance(simulation, shards, appliance))
        .collect();
    for (appliance, counted) in appliances.iter_mut().zip(counted) {
        for shard in counted {
            appliance.ledger.absorb(shard.ledger);
            appliance.tally.absorb(shard.tally);
            *simulated += shard.simulated;
            for (begin_micros, counts) in appliance.ledger.close(shard.end) {
                if span.contains(&begin_micros) {
                    observer.interval(Closed { appliance: appliance.number, begin_micros, counts })?;
                }
            }
            observer.reached(shard.end, *simulated);
        }
    }
    Ok(())
}

/// A shard that has been counted.
struct Counted {
    end: u64,
    ledger: Ledger,
    tally: Tally,
    /// Connections and messages (transactions).
    simulated: u64,
}

fn settle_appliance(simulation: &Simulation, shards: Vec<Shard>, appliance: &mut Appliance) -> Vec<Counted> {
    let interval = simulation.scenario.time.export_interval.micros();
    let passed: Vec<_> = shards
        .into_iter()
        .map(|mut shard| {
            let mut ledger = Ledger::new(interval);
            shard.exchange(&mut appliance.carried);
            let stays = shard.pass(&mut appliance.queue, &mut ledger);
            (shard, stays, ledger)
        })
        .collect();
    let count = |(shard, stays, ledger): (Shard, Vec<_>, Ledger)| {
        let mut counter = simulation.counter(appliance.number, ledger);
        counter.count(&shard, &stays);
        let connections: usize = shard.judged.batches.iter().map(|batch| batch.connections.len()).sum();
        let simulated = (connections + shard.judged.mail.len()) as u64;
        Counted { end: shard.end(), ledger: counter.ledger, tally: counter.tally, simulated }
    };
    passed.into_par_iter().map(count).collect()
}

impl Simulation {
    /// A counter for one shard of an appliance.
    pub(crate) fn counter(&self, appliance: usize, ledger: Ledger) -> Counter<'_> {
        let time = &self.scenario.time;
        let appliance = &self.scenario.appliances[appliance];
        Counter {
            gateway: &self.gateway,
            schedule: &self.schedule,
            cost: &appliance.cost,
            cores: u64::from(appliance.cores),
            base_interval: time.base_interval.micros(),
            span: (time.begin.micros(), time.end().micros()),
            ledger,
            tally: Tally::default(),
            matches: Vec::new(),
        }
    }
}

/// The tally at the end: mail whose session went on is with what is queued.
fn finish(appliance: Appliance) -> Tally {
    let mut tally = appliance.tally;
    let (incoming, outgoing) = appliance.carried.recipients();
    tally.balance.queued_incoming += incoming;
    tally.balance.queued_outgoing += outgoing;
    tally
}
