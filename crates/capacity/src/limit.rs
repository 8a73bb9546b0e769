//! Searches for the smallest load at which something happens: a resource is exhausted, or an objective is broken.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use tollgate_scenario::{Scenario, Traffic};

use crate::estimate::Estimate;
use crate::fluid;
use crate::measurement::{Exhaustion, Resource, SiteMeasurement};
use crate::objective::{BrokenObjective, Objective, Objectives};
use crate::plan::{FirstBroken, FirstExhaustion, Limit, ObjectiveLimit};
use crate::runs::{RunRequest, Runs, Watcher};

/// The precision of a limit.
pub(crate) const PRECISION: f64 = 0.01;
/// The precision of a search that only chooses the loads of a plan.
pub(crate) const COARSE: f64 = 0.1;
/// The expected number of runs of a search.
pub(crate) const EXPECTED_RUNS: f64 = 4.0;
/// The largest load that is tried.
const MOST: f64 = 1000.0;
/// The largest number of connections and messages (transactions) of a run in a search: about half a minute of simulation.
const MOST_SIMULATED: f64 = 1e8;

/// A search with one seed for the smallest load that has a cause `C`.
pub(crate) struct LimitSearch<'a, W, C> {
    /// The scenario at a load of 1, with the seed.
    pub(crate) scenario: Scenario,
    pub(crate) load_of: &'a Traffic,
    /// The index of the side in the plan.
    pub(crate) side: usize,
    /// The loads of the sweep in ascending order, with the measurements of this seed.
    pub(crate) sweep: Vec<(f64, Arc<SiteMeasurement>)>,
    pub(crate) runs: &'a Runs<'a, W>,
    /// The cause in a measurement, if there is one.
    pub(crate) cause: &'a (dyn Fn(&SiteMeasurement) -> Option<C> + Sync),
    /// The search ends when the limit lies between two loads that differ by this part of the smaller load.
    pub(crate) precision: f64,
}

/// The limit with one seed.
#[derive(Clone, Debug)]
pub(crate) struct SeedLimit<C> {
    /// The load. None if there is no cause up to `searched`.
    pub(crate) load: Option<f64>,
    pub(crate) searched: f64,
    /// The cause at that load.
    pub(crate) first: Option<C>,
    /// The load divided by the guess.
    pub(crate) correction: f64,
}

/// Two loads that enclose the limit: `low` has no cause, and `high` has one.
struct Bracket<C> {
    precision: f64,
    low: Option<f64>,
    high: Option<(f64, C)>,
}

/// The stride of a search. It doubles after each load until the limit is crossed.
struct SearchStride {
    start: f64,
    /// The latest load that was tried, and true if it had a cause.
    latest: Option<(f64, bool)>,
    /// True if loads on both sides of the limit have been tried.
    crossed: bool,
    /// The length of the next step, as a part of the load.
    length: f64,
}

impl<W: Watcher, C> LimitSearch<'_, W, C> {
    /// Finds the limit. The search starts at a guess times a correction.
    pub(crate) fn find(&self, correction: f64) -> Result<SeedLimit<C>, W::Error> {
        let mut bracket = self.bracket();
        let most = self.most();
        let guess = self.guess();
        let start = bracket.nearest(guess * correction);
        let mut stride = SearchStride::new(start, self.precision);
        let mut expected_work = EXPECTED_RUNS * start.min(most);
        self.runs.watcher.expect(expected_work - self.announced_work());
        while let Some(load) = bracket.next(&mut stride, most) {
            let cause = (self.cause)(&*self.measure(load)?);
            stride.add(load, cause.is_some());
            bracket.add(load, cause);
            let expected_of_run = load.min(expected_work);
            expected_work -= expected_of_run;
            self.runs.watcher.expect(load - expected_of_run);
        }
        self.runs.watcher.expect(-expected_work);
        Ok(bracket.finish(guess, most))
    }

    fn measure(&self, load: f64) -> Result<Arc<SiteMeasurement>, W::Error> {
        let scenario = self.scenario.scaled(self.load_of, load).expect("a load up to the largest that is allowed");
        self.runs.measure(&RunRequest { side: self.side, load, scenario: &scenario })
    }

    /// The bracket from the sweep: the smallest load with a cause, and the largest load below it.
    fn bracket(&self) -> Bracket<C> {
        let mut bracket = Bracket { precision: self.precision, low: None, high: None };
        for (load, measurement) in &self.sweep {
            bracket.add(*load, (self.cause)(measurement));
            if bracket.high.is_some() {
                break;
            }
        }
        bracket
    }

    /// A guess at the limit, from the largest load of the sweep below it. If there is none, from the smallest load.
    fn guess(&self) -> f64 {
        let below = self.sweep.iter().take_while(|(_, measurement)| (self.cause)(measurement).is_none()).last();
        let (load, measurement) = below.unwrap_or(&self.sweep[0]);
        load * fluid::limit(measurement)
    }

    /// The work of the limit search that was announced to the watcher before the sweep.
    fn announced_work(&self) -> f64 {
        EXPECTED_RUNS * self.sweep.last().map_or(0.0, |(load, _)| *load)
    }

    /// The largest load to try. The simulation can afford it and the scenario allows it, but it is at least the largest load
    /// of the sweep.
    fn most(&self) -> f64 {
        let (load, measurement) = self.sweep.last().expect("a sweep has a load");
        let simulated = (measurement.site.connections + measurement.site.entered).max(1) as f64;
        let mut most = rounded((load * MOST_SIMULATED / simulated).min(MOST));
        while most > *load && self.scenario.scaled(self.load_of, most).is_err() {
            most = rounded(most / 2.0);
        }
        most.max(*load)
    }
}

impl<C> Bracket<C> {
    /// The next load to try. None if the limit is known.
    fn next(&self, stride: &mut SearchStride, most: f64) -> Option<f64> {
        let high = self.high.as_ref().map(|(load, _)| *load);
        let is_found = match (self.low, high) {
            (Some(low), Some(high)) => high <= low * (1.0 + self.precision),
            (None, Some(high)) => high <= Limit::LEAST,
            (Some(low), None) => low >= most,
            (None, None) => false,
        };
        if is_found {
            return None;
        }
        if !stride.crossed {
            let next = rounded(stride.next());
            if self.low.unwrap_or(Limit::LEAST) < next && next < high.unwrap_or(most) {
                return Some(next);
            }
            stride.crossed = true;
        }
        Some(match (self.low, high) {
            (Some(low), Some(high)) => rounded((low * high).sqrt()),
            (None, Some(_)) => Limit::LEAST,
            (_, None) => most,
        })
    }

    /// The load within the bracket that is nearest to a guess.
    fn nearest(&self, guess: f64) -> f64 {
        let high = self.high.as_ref().map_or(f64::INFINITY, |(load, _)| load / (1.0 + self.precision));
        guess.max(self.low.map_or(Limit::LEAST, |low| low * (1.0 + self.precision))).min(high)
    }

    fn add(&mut self, load: f64, cause: Option<C>) {
        match cause {
            Some(first) => self.high = Some((load, first)),
            None => self.low = Some(load),
        }
    }

    fn finish(self, guess: f64, searched: f64) -> SeedLimit<C> {
        let load = self.high.as_ref().map(|(high, _)| self.low.map_or(*high, |low| (low + high) / 2.0));
        let correction = load.map_or(1.0, |load| load / guess);
        SeedLimit { load, searched, first: self.high.map(|(_, first)| first), correction }
    }
}

impl SearchStride {
    fn new(start: f64, precision: f64) -> Self {
        SearchStride { start, latest: None, crossed: false, length: precision }
    }

    /// The next load: the start, then one step from the latest load towards the limit.
    fn next(&self) -> f64 {
        match self.latest {
            None => self.start,
            Some((load, false)) => load * (1.0 + self.length),
            Some((load, true)) => load / (1.0 + self.length),
        }
    }

    fn add(&mut self, load: f64, has_cause: bool) {
        if let Some((_, before)) = self.latest {
            self.crossed |= before != has_cause;
            self.length *= 2.0;
        }
        self.latest = Some((load, has_cause));
    }
}

impl Limit {
    /// The limit over the seeds. There is at least one.
    pub(crate) fn of_exhaustions(seeds: &[SeedLimit<Exhaustion>]) -> Self {
        let first = first_exhaustions(seeds.iter().filter_map(|seed| seed.first.as_ref()));
        Limit::of_seeds(seeds, first)
    }
}

impl ObjectiveLimit {
    /// The limit over the seeds. There is at least one.
    pub(crate) fn of_objectives(objectives: &Objectives, seeds: &[SeedLimit<BrokenObjective>]) -> Self {
        let broken = |objective: Objective| {
            let all = seeds.iter().filter_map(|seed| seed.first);
            FirstBroken::new(objective, all.filter(|first| first.objective == objective))
        };
        let first = objectives.iter().copied().map(broken);
        let mut first: Vec<FirstBroken> = first.filter(|first| first.seeds > 0).collect();
        first.sort_by_key(|first| Reverse(first.seeds));
        Limit::of_seeds(seeds, first)
    }
}

impl FirstBroken {
    fn new(objective: Objective, broken: impl Iterator<Item = BrokenObjective>) -> Self {
        let (mut seeds, mut hours) = (0, BTreeMap::new());
        for first in broken {
            seeds += 1;
            first.worst_hour.into_iter().for_each(|hour| *hours.entry(hour).or_default() += 1);
        }
        let most = hours.iter().rev().max_by_key(|(_, seeds)| **seeds);
        let (hour, with_hour) = most.map_or((None, 0), |(hour, seeds)| (Some(*hour), *seeds));
        FirstBroken { objective, seeds, worst_hour_micros: hour, worst_hour_seeds: with_hour }
    }
}

impl<F> Limit<F> {
    fn of_seeds<C>(seeds: &[SeedLimit<C>], first: Vec<F>) -> Self {
        let loads: Vec<Option<f64>> = seeds.iter().map(|seed| seed.load).collect();
        let all: Option<Vec<f64>> = loads.iter().copied().collect();
        let searched = seeds.iter().map(|seed| seed.searched).fold(f64::INFINITY, f64::min);
        Limit { load: all.map(|loads| Estimate::new(&loads)), loads, searched, first }
    }
}

/// Groups the exhaustions of several seeds by appliance and resource. The largest group comes first.
fn first_exhaustions<'a>(exhaustions: impl Iterator<Item = &'a Exhaustion>) -> Vec<FirstExhaustion> {
    let mut groups: BTreeMap<(&str, Resource), FirstExhaustion> = BTreeMap::new();
    for Exhaustion { resource, appliance, begin } in exhaustions {
        let group = groups.entry((appliance, *resource)).or_insert_with(|| FirstExhaustion {
            resource: *resource,
            appliance: appliance.clone(),
            begin_micros: *begin,
            seeds: 0,
        });
        group.seeds += 1;
        group.begin_micros = group.begin_micros.min(*begin);
    }
    let mut groups: Vec<FirstExhaustion> = groups.into_values().collect();
    groups.sort_by_key(|group| Reverse(group.seeds));
    groups
}

/// A load rounded to four digits, so that a user can type it.
fn rounded(load: f64) -> f64 {
    format!("{load:.3e}").parse().expect("a number as the program writes it")
}
