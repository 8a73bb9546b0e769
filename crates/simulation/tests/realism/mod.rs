//! The traffic that comes out, measured against published figures.
//!
//! Each test measures some figures under three seeds and has them judged by `REALISM.md`, beside the crate's manifest, which
//! says what was published, what is accepted and what was measured.
#![allow(clippy::print_stdout, reason = "what was measured is to be seen")]

mod arrivals;
mod page;
mod reputation;
mod senders;
mod site;
mod statistics;
mod users;
mod week;

use std::convert::Infallible;
use std::path::Path;

use tollgate_ledger::{Counts, Sender};
use tollgate_scenario::{Amount, Event, Moment, Override, Rhythm, Scenario, VolumeChange};
use tollgate_simulation::{Closed, Observer, Simulation};

/// Every figure is measured under each of these, so that none hangs on one draw.
const SEEDS: [u64; 3] = [1, 2, 3];

/// A shipped scenario under a seed, with values overridden as `--set` overrides them.
fn scenario(name: &str, seed: u64, overrides: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name).with_extension("toml");
    let seed = format!("seed={seed}");
    let overrides = overrides.iter().copied().chain([seed.as_str()]);
    let overrides: Vec<Override> = overrides.map(|text| text.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// Leaves out all incoming classes and outgoing flows but those of some names, and the outbreaks.
fn keep(scenario: &mut Scenario, names: &[&str]) {
    scenario.incoming.retain(|class| names.contains(&class.name.as_str()));
    scenario.outgoing.retain(|flow| names.contains(&flow.name.as_str()));
    scenario.outbreaks.clear();
}

/// Leaves out the factors that differ from day to day.
fn make_days_alike(scenario: &mut Scenario) {
    let classes = scenario.incoming.iter_mut().map(|class| &mut class.rhythm);
    let flows = scenario.outgoing.iter_mut().map(|flow| &mut flow.rhythm);
    classes.chain(flows).for_each(|rhythm: &mut Rhythm| rhythm.day_to_day = Amount::new(0.0));
}

/// Lets no more mail come from a moment on.
fn silence(scenario: &mut Scenario, at: Moment) {
    let classes = scenario.incoming.iter().map(|class| &class.name);
    let names: Vec<String> = classes.chain(scenario.outgoing.iter().map(|flow| &flow.name)).cloned().collect();
    let silence = |of| VolumeChange { of, factor: Amount::new(0.0), recovery: None };
    let event = |of| Event { at, destination_control: None, volume: Some(silence(of)), appliance_load: None };
    scenario.events.extend(names.into_iter().map(event));
}

/// What looks at each interval of a run.
struct Watch<See, const BY_KEY: bool>(See);

impl<See: FnMut(Closed), const BY_KEY: bool> Observer for Watch<See, BY_KEY> {
    type Error = Infallible;

    const BY_KEY: bool = BY_KEY;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        (self.0)(closed);
        Ok(())
    }
}

/// Runs a simulation and looks at what is exported of each interval.
fn watch(simulation: &Simulation, see: impl FnMut(Closed) + Send) {
    let Ok(_) = simulation.run(Some(1), &mut Watch::<_, true>(see));
}

/// Runs a simulation and looks at the sums over all keys of each interval. It takes a fraction of the time.
fn watch_sums(simulation: &Simulation, see: impl FnMut(Closed) + Send) {
    let Ok(_) = simulation.run(Some(1), &mut Watch::<_, false>(see));
}

/// Runs a scenario and adds up what is exported of all intervals.
fn total(simulation: &Simulation) -> Counts {
    let mut total = Counts::default();
    watch(simulation, |closed| total.absorb(closed.counts));
    total
}

/// Recipients attempted, of a row's cells or their sums: three for each connection that reputation stopped.
fn attempted(cells: &[u64; Sender::COUNT]) -> u64 {
    let stopped = cells[Sender::Rejected as usize] + cells[Sender::Refused as usize];
    3 * stopped + cells[Sender::Throttled as usize..].iter().sum::<u64>()
}
