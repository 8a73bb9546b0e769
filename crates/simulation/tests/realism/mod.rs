//! Compares the simulated traffic with published figures.
//!
//! Each test measures some figures under three seeds. `REALISM.md`, beside the crate's manifest, has the published,
//! accepted and measured values of each.
#![allow(clippy::print_stdout, reason = "the measured figures are of interest")]

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

use tollgate_ledger::{Counts, Selection, Sender};
use tollgate_scenario::{Amount, Event, Moment, Override, Rhythm, Scenario, VolumeChange};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

/// Every figure is measured under each of these, so that none depends on a single draw.
const SEEDS: [u64; 3] = [1, 2, 3];

/// A shipped scenario with a seed and with overrides, as of `--set`.
fn scenario(name: &str, seed: u64, overrides: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name).with_extension("toml");
    let seed = format!("seed={seed}");
    let overrides = overrides.iter().copied().chain([seed.as_str()]);
    let overrides: Vec<Override> = overrides.map(|text| text.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// Removes the outbreaks, and all incoming classes and outgoing flows except those named.
fn keep(scenario: &mut Scenario, names: &[&str]) {
    scenario.incoming.retain(|class| names.contains(&class.name.as_str()));
    scenario.outgoing.retain(|flow| names.contains(&flow.name.as_str()));
    scenario.outbreaks.clear();
}

/// Removes all random variation of volumes over time.
fn make_days_alike(scenario: &mut Scenario) {
    scenario.variation.none = true;
    let classes = scenario.incoming.iter_mut().map(|class| &mut class.rhythm);
    let flows = scenario.outgoing.iter_mut().map(|flow| &mut flow.rhythm);
    classes.chain(flows).for_each(|rhythm: &mut Rhythm| rhythm.day_to_day = Amount::new(0.0));
}

/// Stops all mail from a moment on.
fn silence(scenario: &mut Scenario, at: Moment) {
    let classes = scenario.incoming.iter().map(|class| &class.name);
    let names: Vec<String> = classes.chain(scenario.outgoing.iter().map(|flow| &flow.name)).cloned().collect();
    let silence = |of| VolumeChange { of, factor: Amount::new(0.0), recovery: None };
    let event = |of| Event {
        at,
        destination_control: None,
        destination: None,
        internal_hosts: None,
        volume: Some(silence(of)),
        appliance_load: None,
        restart: None,
    };
    scenario.events.extend(names.into_iter().map(event));
}

/// An observer that passes each interval of a run to a function.
struct Watch<See>(See, Selection);

impl<See: FnMut(Closed)> Observer for Watch<See> {
    type Error = Infallible;

    fn selection(&self) -> Selection {
        self.1
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        (self.0)(closed);
        Ok(())
    }
}

/// Runs a simulation and passes each interval of the span to `see`.
fn watch(simulation: &Simulation, see: impl FnMut(Closed) + Send) {
    let Ok(_) = simulation.run(&Workers::new(Some(1)).unwrap(), &mut Watch(see, Selection::ALL));
}

/// Runs a simulation and passes each interval of the span to `see`, with sums over all keys only. It takes a fraction
/// of the time.
fn watch_sums(simulation: &Simulation, see: impl FnMut(Closed) + Send) {
    let Ok(_) = simulation.run(&Workers::new(Some(1)).unwrap(), &mut Watch(see, Selection::SUMS));
}

/// Runs a scenario and adds up all intervals of the span.
fn total(simulation: &Simulation) -> Counts {
    let mut total = Counts::default();
    watch(simulation, |closed| total.absorb(closed.counts));
    total
}

/// Attempted recipients in a row's cells or in sums of them. Each connection that reputation stopped counts as three.
fn attempted(cells: &[u64; Sender::COUNT]) -> u64 {
    let stopped = cells[Sender::Rejected as usize] + cells[Sender::Refused as usize];
    3 * stopped + cells[Sender::Throttled as usize..].iter().sum::<u64>()
}
