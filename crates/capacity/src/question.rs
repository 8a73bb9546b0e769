//! What a plan is asked, and how it is answered.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tollgate_scenario::{Appliance, Error, ListenerKind, Scenario, Traffic};

use crate::estimate::{CONFIDENCE, Estimate};
use crate::limit::{Search, Seeded};
use crate::outcome::{Measured, Outcome};
use crate::plan::{Has, Limit, Part, Plan, Point, Variant};
use crate::runs::{Run, Runs, Wanted, Watcher, in_parallel};

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

/// One point of a side with one seed.
struct Place<'a> {
    side: usize,
    load: f64,
    seed: u64,
    scenario: &'a Scenario,
}

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
    ) -> Result<Self, Error> {
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
        let runs = Runs::new(program, known, watcher);
        let swept = self.sweep(&runs, threads, watcher)?;
        let limits = if self.with_limit { self.find_limits(&runs, &swept, threads, watcher)? } else { Vec::new() };
        Ok(Answer { plan: self.plan(&swept, limits), runs: runs.finish() })
    }

    /// What was measured, by side, load and seed.
    fn sweep<W: Watcher>(
        &self,
        runs: &Runs<W>,
        threads: Option<NonZeroUsize>,
        watcher: &W,
    ) -> Result<Vec<Vec<Vec<Arc<Measured>>>>, W::Error> {
        let scaled: Vec<Vec<Scenario>> = self.sides.iter().map(|side| self.scaled(side)).collect();
        let mut places = Vec::new();
        for (side, scaled) in scaled.iter().enumerate() {
            for (&load, scenario) in self.loads.iter().zip(scaled) {
                places.extend(self.seeds.iter().map(|&seed| Place { side, load, seed, scenario }));
            }
        }
        watcher.expect(places.iter().map(|place| place.load).sum());
        // The dearest come first, so that no thread is left with a long one at the end.
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|&one, &other| places[other].load.total_cmp(&places[one].load));
        let done = in_parallel(threads, &order, |&number| {
            let &Place { side, load, seed, scenario } = &places[number];
            let scenario = Scenario { seed, ..scenario.clone() };
            let side = (side, self.sides[side].name.as_str());
            runs.measure(&Wanted { side, load, seed, scenario: &scenario })
        })?;
        let mut by_place: Vec<_> = order.into_iter().zip(done).collect();
        by_place.sort_by_key(|(number, _)| *number);
        let mut measured = by_place.into_iter().map(|(_, measured)| measured);
        let mut take = |count: usize| measured.by_ref().take(count).collect::<Vec<_>>();
        let side = |_| self.loads.iter().map(|_| take(self.seeds.len())).collect();
        Ok(self.sides.iter().map(side).collect())
    }

    fn scaled(&self, side: &Side) -> Vec<Scenario> {
        let scaled = |&load| side.scenario.scaled(&self.load_of, load).expect("checked when the question was made");
        self.loads.iter().map(scaled).collect()
    }

    /// The limit of each side. What the first seed's limit has to do with a guess is much the same for the others, so it is
    /// found first.
    fn find_limits<W: Watcher>(
        &self,
        runs: &Runs<W>,
        swept: &[Vec<Vec<Arc<Measured>>>],
        threads: Option<NonZeroUsize>,
        watcher: &W,
    ) -> Result<Vec<Limit>, W::Error> {
        watcher.searching();
        let search = |side: usize, seed: usize| Search {
            scenario: Scenario { seed: self.seeds[seed], ..self.sides[side].scenario.clone() },
            load_of: &self.load_of,
            side: (side, self.sides[side].name.as_str()),
            swept: self.loads.iter().zip(&swept[side]).map(|(&load, seeds)| (load, seeds[seed].clone())).collect(),
            runs,
            watcher,
        };
        let sides: Vec<usize> = (0..self.sides.len()).collect();
        let first = in_parallel(threads, &sides, |&side| search(side, 0).find(1.0))?;
        let others: Vec<(usize, usize)> =
            sides.iter().flat_map(|&side| (1..self.seeds.len()).map(move |seed| (side, seed))).collect();
        let found = in_parallel(threads, &others, |&(side, seed)| search(side, seed).find(first[side].correction))?;
        let mut found = found.into_iter();
        let of_side = |first: Seeded| {
            Limit::new(std::iter::once(first).chain(found.by_ref().take(self.seeds.len() - 1)).collect())
        };
        Ok(first.into_iter().map(of_side).collect())
    }

    fn plan(&self, swept: &[Vec<Vec<Arc<Measured>>>], limits: Vec<Limit>) -> Plan {
        let time = &self.sides[0].scenario.time;
        let limit_difference = match limits.as_slice() {
            [ours, theirs] => ours.difference(theirs),
            _ => None,
        };
        let mut limits = limits.into_iter();
        let variants = self.sides.iter().zip(swept);
        let variants = variants.map(|(side, points)| Variant {
            name: side.name.clone(),
            parts: self.parts(side, points),
            limit: limits.next(),
        });
        Plan {
            scenario: self.name.clone(),
            load_of: in_words(&self.load_of),
            begin: time.begin.to_string(),
            end: time.end().to_string(),
            seeds: self.seeds.clone(),
            confidence: CONFIDENCE,
            variants: variants.collect(),
            differences: self.differences(swept),
            limit_difference,
        }
    }

    fn parts(&self, side: &Side, points: &[Vec<Arc<Measured>>]) -> Vec<Part> {
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

    fn differences(&self, swept: &[Vec<Vec<Arc<Measured>>>]) -> Vec<Point> {
        let [ours, theirs] = swept else { return Vec::new() };
        let sites = |seeds: &'_ [Arc<Measured>]| seeds.iter().map(|measured| measured.site.clone()).collect::<Vec<_>>();
        let difference = |((&load, ours), theirs): ((&f64, &Vec<_>), &Vec<_>)| {
            let (ours, theirs) = (sites(ours), sites(theirs));
            Point::difference(load, &ours.iter().collect::<Vec<_>>(), &theirs.iter().collect::<Vec<_>>())
        };
        self.loads.iter().zip(ours).zip(theirs).map(difference).collect()
    }
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
