//! What a plan is asked, and how it is answered.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tollgate_scenario::{Appliance, ListenerKind, Scenario, ScenarioError, Traffic};

use crate::estimate::{CONFIDENCE, Estimate};
use crate::limit::{EXPECTED, Search, Seeded};
use crate::outcome::{Measured, Outcome};
use crate::plan::{Has, Limit, Part, Plan, Point, Variant};
use crate::runs::{Run, Runs, Wanted, Watcher};

/// What a plan is asked.
#[derive(Clone, Debug)]
pub struct Question {
    name: String,
    sides: Vec<Side>,
    load_of: Traffic,
    loads: Vec<f64>,
    seeds: Vec<u64>,
    with_limit: bool,
}

/// One of the scenarios that are planned with.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// What it is at a load of 1; its seed is left aside.
    pub scenario: Scenario,
}

/// An answer, and what it rests on.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The answer.
    pub plan: Plan,
    /// Every run that it rests on, by side, load and seed.
    pub runs: Vec<Run>,
}

/// What was measured of one side, by load and seed.
type Swept = Vec<Vec<Arc<Measured>>>;

impl Question {
    /// A question about one scenario or two, of which the second is set against the first. Loads are put in order.
    ///
    /// # Errors
    /// If the traffic of a scenario cannot be multiplied by a load: if there is no such traffic, or if the load is not above 0
    /// or more than scenarios may have.
    ///
    /// # Panics
    /// If there are no sides, loads or seeds.
    pub fn new(
        name: &str,
        sides: Vec<Side>,
        load_of: Traffic,
        mut loads: Vec<f64>,
        seeds: Vec<u64>,
        with_limit: bool,
    ) -> Result<Self, ScenarioError> {
        assert!(
            !sides.is_empty() && !loads.is_empty() && !seeds.is_empty(),
            "a question without sides, loads or seeds"
        );
        for side in &sides {
            for &load in &loads {
                side.scenario.scaled(&load_of, load)?;
            }
        }
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        Ok(Question { name: name.into(), sides, load_of, loads, seeds, with_limit })
    }

    /// Answers it, on so many threads (one for each processor, without a number), which change nothing in the answer. Runs
    /// that are known, from the same program, are not done again.
    ///
    /// # Errors
    /// What the watcher returns.
    pub fn answer<W: Watcher>(
        &self,
        program: &str,
        known: impl IntoIterator<Item = Run>,
        threads: Option<NonZeroUsize>,
        watcher: &W,
    ) -> Result<Answer, W::Error> {
        let sides = self.sides.iter().map(|side| side.name.as_str()).collect();
        let runs = Runs::new(program, sides, known, threads, watcher);
        let swept = self.sweep(&runs)?;
        let limits = if self.with_limit { self.find_limits(&runs, &swept)? } else { Vec::new() };
        Ok(Answer { plan: self.plan(&swept, limits), runs: runs.finish() })
    }

    /// Does the runs of all points, and gives those of each side.
    fn sweep<W: Watcher>(&self, runs: &Runs<W>) -> Result<Vec<Swept>, W::Error> {
        let (loads, seeds) = (self.loads.len(), self.seeds.len());
        let load = |place: usize| self.loads[place / seeds % loads];
        // The dearest come first, so that no thread is left with a long one at the end.
        let mut order: Vec<usize> = (0..self.sides.len() * loads * seeds).collect();
        order.sort_by(|&one, &other| load(other).total_cmp(&load(one)));
        // A search takes about as long as so many runs at the largest load, until more is known of it.
        let searches = if self.with_limit { (self.sides.len() * seeds) as f64 * EXPECTED } else { 0.0 };
        runs.watcher.expect(order.iter().map(|&place| load(place)).sum::<f64>() + searches * self.loads[loads - 1]);
        let measured = runs.in_parallel(&order, |&place| {
            let (side, load, seed) = (place / seeds / loads, load(place), self.seeds[place % seeds]);
            let scenario = self.sides[side].scenario.scaled(&self.load_of, load);
            let scenario = Scenario { seed, ..scenario.expect("checked when the question was made") };
            runs.measure(&Wanted { side, load, scenario: &scenario })
        })?;
        let mut by_place: Vec<_> = order.into_iter().zip(measured).collect();
        by_place.sort_by_key(|(place, _)| *place);
        let measured: Vec<_> = by_place.into_iter().map(|(_, measured)| measured).collect();
        Ok(measured.chunks(loads * seeds).map(|side| side.chunks(seeds).map(<[_]>::to_vec).collect()).collect())
    }

    /// The limit of each side. How far off a guess is with one seed tells how far off it is with the others, so that the first
    /// seed's limit is found before theirs.
    fn find_limits<W: Watcher>(&self, runs: &Runs<W>, swept: &[Swept]) -> Result<Vec<Limit>, W::Error> {
        runs.watcher.searching();
        let search = |side: usize, seed: usize| Search {
            scenario: Scenario { seed: self.seeds[seed], ..self.sides[side].scenario.clone() },
            load_of: &self.load_of,
            side,
            swept: self.loads.iter().zip(&swept[side]).map(|(&load, seeds)| (load, seeds[seed].clone())).collect(),
            runs,
        };
        let sides: Vec<usize> = (0..self.sides.len()).collect();
        let first = runs.in_parallel(&sides, |&side| search(side, 0).find(1.0))?;
        let others = sides.iter().flat_map(|&side| (1..self.seeds.len()).map(move |seed| (side, seed)));
        let others: Vec<(usize, usize)> = others.collect();
        let found = runs.in_parallel(&others, |&(side, seed)| search(side, seed).find(first[side].correction))?;
        let mut found = found.into_iter();
        let of_side = |first: Seeded| {
            Limit::new(std::iter::once(first).chain(found.by_ref().take(self.seeds.len() - 1)).collect())
        };
        Ok(first.into_iter().map(of_side).collect())
    }

    fn plan(&self, swept: &[Swept], limits: Vec<Limit>) -> Plan {
        let limit_difference = match limits.as_slice() {
            [ours, theirs] => ours.difference(theirs),
            _ => None,
        };
        let mut limits = limits.into_iter();
        let variants = self.sides.iter().zip(swept);
        let variants = variants.map(|(side, points)| Variant {
            name: side.name.clone(),
            begin: side.scenario.time.begin,
            end: side.scenario.time.end(),
            volume: side.scenario.volume.into(),
            parts: self.parts(side, points),
            limit: limits.next(),
        });
        Plan {
            scenario: self.name.clone(),
            load_of: in_words(&self.load_of),
            seeds: self.seeds.clone(),
            confidence: CONFIDENCE,
            variants: variants.collect(),
            differences: self.differences(swept),
            limit_difference,
        }
    }

    fn parts(&self, side: &Side, points: &Swept) -> Vec<Part> {
        let count = points[0][0].parts().len();
        let part = |place: usize| {
            let point = |(&load, seeds): (&f64, &Vec<Arc<Measured>>)| {
                let outcomes: Vec<&Outcome> = seeds.iter().map(|measured| measured.parts()[place]).collect();
                Point::new(load, &outcomes)
            };
            Part {
                name: points[0][0].parts()[place].name.clone(),
                has: has(&side.scenario, place.checked_sub(1)),
                points: self.loads.iter().zip(points).map(point).collect(),
            }
        };
        (0..count).map(part).collect()
    }

    fn differences(&self, swept: &[Swept]) -> Vec<Point> {
        let [ours, theirs] = swept else { return Vec::new() };
        let points = self.loads.iter().zip(ours.iter().zip(theirs));
        points.map(|(&load, (ours, theirs))| Point::difference(load, &sites(ours), &sites(theirs))).collect()
    }
}

/// The outcomes of the whole site.
fn sites(seeds: &[Arc<Measured>]) -> Vec<&Outcome> {
    seeds.iter().map(|measured| &measured.site).collect()
}

/// What an appliance has, by its place in the scenario; without one, the whole site.
fn has(scenario: &Scenario, appliance: Option<usize>) -> Has {
    let each = scenario.appliances.iter().enumerate();
    let chosen = each.filter(|(place, _)| appliance.is_none_or(|only| only == *place));
    let chosen: Vec<&Appliance> = chosen.map(|(_, each)| each).collect();
    let sum = |of: fn(&Appliance) -> u64| chosen.iter().map(|each| of(each)).sum();
    let connections = |kind: ListenerKind| {
        let of_kind = scenario.listeners.iter().filter(|listener| listener.kind == kind);
        of_kind.map(|listener| u64::from(listener.max_connections())).max().unwrap_or_default()
    };
    let least = |of: fn(&Appliance) -> u64| chosen.iter().map(|each| of(each)).min().unwrap_or_default();
    Has {
        cores: sum(|each| u64::from(each.cores)),
        workers: sum(|each| u64::from(each.workers)),
        queue_warning: least(|each| u64::from(each.limits.queue_warning)),
        public_connections: connections(ListenerKind::Public),
        private_connections: connections(ListenerKind::Private),
        outbound_connections: least(|each| u64::from(each.limits.outbound_connections)),
        queue_kib: least(|each| each.limits.queue_kib),
    }
}

/// Traffic as a plan calls it.
fn in_words(traffic: &Traffic) -> String {
    match traffic {
        Traffic::All => "all traffic".into(),
        Traffic::Incoming => "incoming mail".into(),
        Traffic::Outgoing => "outgoing mail".into(),
        Traffic::Class(name) => format!("class {name}"),
        Traffic::Flow(name) => format!("flow {name}"),
    }
}

impl Limit {
    /// The difference of two limits, seed by seed, if every seed has both.
    fn difference(&self, theirs: &Limit) -> Option<Estimate> {
        let pairs = self.loads.iter().zip(&theirs.loads);
        let differences: Option<Vec<f64>> = pairs.map(|(ours, theirs)| Some((*theirs)? - (*ours)?)).collect();
        differences.map(|differences| Estimate::new(&differences))
    }
}
