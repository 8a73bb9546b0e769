//! Looks for the smallest load at which something is exhausted.

use std::collections::BTreeMap;
use std::sync::Arc;

use tollgate_scenario::{Scenario, Traffic};

use crate::estimate::Estimate;
use crate::fluid;
use crate::measurement::{Exhaustion, SiteMeasurement};
use crate::plan::{First, Limit};
use crate::runs::{Runs, Wanted, Watcher};

/// How far apart two loads may be, as a part of the smaller, of which the limit lies between.
const PRECISION: f64 = 0.01;
/// How many runs a search is expected to take.
pub(crate) const EXPECTED: f64 = 4.0;
/// The largest load that is tried.
const MOST: f64 = 1000.0;
/// The most connections and messages (transactions) that a run may have in a search: some half a minute of simulation.
const MOST_SIMULATED: f64 = 1e8;

/// A search with one seed.
pub(crate) struct Search<'a, W> {
    /// The scenario at a load of 1, with the seed.
    pub(crate) scenario: Scenario,
    pub(crate) load_of: &'a Traffic,
    /// The place of the side in the plan.
    pub(crate) side: usize,
    /// What the sweep measured with the seed, from the smallest load.
    pub(crate) swept: Vec<(f64, Arc<SiteMeasurement>)>,
    pub(crate) runs: &'a Runs<'a, W>,
}

/// The limit with one seed.
#[derive(Clone, Debug)]
pub(crate) struct Seeded {
    /// The load, if there is one up to `searched`.
    load: Option<f64>,
    searched: f64,
    /// What was exhausted there first.
    first: Option<Exhaustion>,
    /// What a guess has to be multiplied by to give the load.
    pub(crate) correction: f64,
}

/// What is known so far: nothing is exhausted at `low`, and something at `high`.
#[derive(Default)]
struct Bracket {
    low: Option<f64>,
    high: Option<(f64, Exhaustion)>,
}

/// Where to look next.
struct Strides {
    start: f64,
    /// The latest load that was tried, and whether something was exhausted.
    latest: Option<(f64, bool)>,
    /// Whether both has been seen.
    crossed: bool,
    /// How far to go from there, as a part of it.
    stride: f64,
}

impl<W: Watcher> Search<'_, W> {
    /// Finds the limit, with a guess that is corrected by a factor.
    pub(crate) fn find(&self, correction: f64) -> Result<Seeded, W::Error> {
        let mut bracket = self.bracket();
        let most = self.most();
        let guess = self.guess();
        let start = bracket.nearest(guess * correction);
        let mut strides = Strides::new(start);
        let mut expected = EXPECTED * start.min(most);
        self.runs.watcher.expect(expected - self.promised());
        while let Some(load) = bracket.next(&mut strides, most) {
            let exhausted = self.measure(load)?.site.exhausted.first().cloned();
            strides.note(load, exhausted.is_some());
            bracket.note(load, exhausted);
            let less = load.min(expected);
            expected -= less;
            self.runs.watcher.expect(less - load);
        }
        self.runs.watcher.expect(-expected);
        Ok(bracket.finish(guess, most))
    }

    fn measure(&self, load: f64) -> Result<Arc<SiteMeasurement>, W::Error> {
        let scenario = self.scenario.scaled(self.load_of, load).expect("no more than what is known to be allowed");
        self.runs.measure(&Wanted { side: self.side, load, scenario: &scenario })
    }

    /// What the sweep says: the smallest load with something exhausted, and the largest below it without.
    fn bracket(&self) -> Bracket {
        let mut bracket = Bracket::default();
        for (load, measured) in &self.swept {
            match measured.site.exhausted.first() {
                None => bracket.low = Some(*load),
                Some(first) => {
                    bracket.high = Some((*load, first.clone()));
                    break;
                }
            }
        }
        bracket
    }

    /// A guess at the limit from the largest load at which nothing was exhausted; if there is none, from the smallest.
    fn guess(&self) -> f64 {
        let calm = self.swept.iter().take_while(|(_, measured)| measured.site.exhausted.is_empty()).last();
        let (load, measured) = calm.unwrap_or(&self.swept[0]);
        load * fluid::limit(measured)
    }

    /// What the watcher has been told to expect of a search when nothing was known yet.
    fn promised(&self) -> f64 {
        EXPECTED * self.swept.last().map_or(0.0, |(load, _)| *load)
    }

    /// The largest load that may be tried: what can be afforded and is allowed, and no less than the sweep has.
    fn most(&self) -> f64 {
        let (swept, measured) = self.swept.last().expect("a sweep has a load");
        let simulated = (measured.site.connections + measured.site.entered).max(1) as f64;
        let mut most = rounded((swept * MOST_SIMULATED / simulated).min(MOST));
        while most > *swept && self.scenario.scaled(self.load_of, most).is_err() {
            most = rounded(most / 2.0);
        }
        most.max(*swept)
    }
}

impl Bracket {
    /// The next load to try, or nothing if there is no more to find.
    fn next(&self, strides: &mut Strides, most: f64) -> Option<f64> {
        let high = self.high.as_ref().map(|(load, _)| *load);
        let is_found = match (self.low, high) {
            (Some(low), Some(high)) => high <= low * (1.0 + PRECISION),
            (None, Some(high)) => high <= Limit::LEAST,
            (Some(low), None) => low >= most,
            (None, None) => false,
        };
        if is_found {
            return None;
        }
        if !strides.crossed {
            let next = rounded(strides.next());
            if self.low.unwrap_or(Limit::LEAST) < next && next < high.unwrap_or(most) {
                return Some(next);
            }
            strides.crossed = true;
        }
        Some(match (self.low, high) {
            (Some(low), Some(high)) => rounded((low * high).sqrt()),
            (None, Some(_)) => Limit::LEAST,
            (_, None) => most,
        })
    }

    /// A guess, or where it is nearest to it within the bracket.
    fn nearest(&self, guess: f64) -> f64 {
        let high = self.high.as_ref().map_or(f64::INFINITY, |(load, _)| load / (1.0 + PRECISION));
        guess.max(self.low.map_or(Limit::LEAST, |low| low * (1.0 + PRECISION))).min(high)
    }

    fn note(&mut self, load: f64, exhausted: Option<Exhaustion>) {
        match exhausted {
            Some(first) => self.high = Some((load, first)),
            None => self.low = Some(load),
        }
    }

    fn finish(self, guess: f64, searched: f64) -> Seeded {
        let load = self.high.as_ref().map(|(high, _)| self.low.map_or(*high, |low| (low + high) / 2.0));
        let correction = load.map_or(1.0, |load| load / guess);
        Seeded { load, searched, first: self.high.map(|(_, first)| first), correction }
    }
}

impl Strides {
    fn new(start: f64) -> Self {
        Strides { start, latest: None, crossed: false, stride: PRECISION }
    }

    /// The start, and then further and further away from it in the direction that it turned out to miss.
    fn next(&self) -> f64 {
        match self.latest {
            None => self.start,
            Some((load, false)) => load * (1.0 + self.stride),
            Some((load, true)) => load / (1.0 + self.stride),
        }
    }

    fn note(&mut self, load: f64, exhausted: bool) {
        if let Some((_, before)) = self.latest {
            self.crossed |= before != exhausted;
            self.stride *= 2.0;
        }
        self.latest = Some((load, exhausted));
    }
}

impl Limit {
    /// The limit from those of all seeds, of which there is at least one.
    pub(crate) fn new(seeds: Vec<Seeded>) -> Self {
        let loads: Vec<Option<f64>> = seeds.iter().map(|seeded| seeded.load).collect();
        let all: Option<Vec<f64>> = loads.iter().copied().collect();
        let mut first = BTreeMap::new();
        for exhausted in seeds.iter().filter_map(|seeded| seeded.first.as_ref()) {
            let Exhaustion { resource, appliance, begin } = exhausted;
            let entry = first.entry((appliance, *resource)).or_insert((0, *begin));
            *entry = (entry.0 + 1, entry.1.min(*begin));
        }
        let mut first: Vec<First> = first
            .into_iter()
            .map(|((appliance, resource), (seeds, begin_micros))| First {
                resource,
                appliance: appliance.clone(),
                begin_micros,
                seeds,
            })
            .collect();
        first.sort_by_key(|first| std::cmp::Reverse(first.seeds));
        let searched = seeds.iter().map(|seeded| seeded.searched).fold(f64::INFINITY, f64::min);
        Limit { load: all.map(|loads| Estimate::new(&loads)), loads, searched, first }
    }
}

/// A load to four digits, so that it can be typed in.
fn rounded(load: f64) -> f64 {
    format!("{load:.3e}").parse().expect("a number as the program writes it")
}
