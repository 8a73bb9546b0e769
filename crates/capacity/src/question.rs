//! The question that a plan answers.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use tollgate_scenario::{Scenario, ScenarioError, Traffic};

use crate::equipment::Equipment;
use crate::estimate::CONFIDENCE;
use crate::estimate::Estimate;
use crate::limit::{EXPECTED_RUNS, LimitSearch, PRECISION, SeedLimit};
use crate::loads;
use crate::measurement::{Measurement, SiteMeasurement};
use crate::objective::Objectives;
use crate::plan::{Limit, ObjectiveLimit, ObjectiveResult, Plan, PlanSide, PlannedGrowth, Point, SitePart};
use crate::runs::{PlanRun, RunRequest, Runs, Watcher};

/// A question about one scenario, or about two that are compared.
#[derive(Clone, Debug)]
pub struct Question {
    name: String,
    sides: Vec<PlannedScenario>,
    load_of: Traffic,
    loads: Vec<f64>,
    /// The number of loads that are chosen around the limits instead of `loads`.
    chosen_loads: Option<NonZeroUsize>,
    seeds: Vec<u64>,
    with_limit: bool,
    objectives: Objectives,
    growth: Option<PlannedGrowth>,
    command: String,
}

/// A scenario to plan with: one side of a comparison, or the only one.
#[derive(Clone, Debug)]
pub struct PlannedScenario {
    /// Its name in the plan.
    pub name: String,
    /// True if the user chose the name. Otherwise, it is the name of the scenario and its overrides.
    pub is_labelled: bool,
    /// The scenario at a load of 1. The seeds of the question replace its seed.
    pub scenario: Scenario,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The plan.
    pub plan: Plan,
    /// All runs of the plan, by side, load and seed.
    pub runs: Vec<PlanRun>,
}

/// The measurements of one side, by load and seed.
type Sweep = Vec<Vec<Arc<SiteMeasurement>>>;

/// A run of the sweep. Each field is an index into a list of the question.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SweepRun {
    side: usize,
    load: usize,
    seed: usize,
}

impl PlannedScenario {
    /// A scenario with the name of the scenario and its overrides.
    pub fn new(name: &str, scenario: Scenario) -> Self {
        PlannedScenario { name: name.into(), is_labelled: false, scenario }
    }

    /// The same scenario with a name that the user chose.
    pub fn labelled(self, label: &str) -> Self {
        PlannedScenario { name: label.into(), is_labelled: true, ..self }
    }
}

impl Question {
    /// A question about one scenario, or about two: the second is compared with the first. Sorts the loads.
    ///
    /// # Errors
    /// If the traffic of a scenario cannot be multiplied by a load: if there is no such traffic, if the load is not above 0, or
    /// if the scenario becomes invalid.
    ///
    /// # Panics
    /// If there are no sides, loads or seeds.
    pub fn new(
        name: &str,
        sides: Vec<PlannedScenario>,
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
        Ok(Question {
            name: name.into(),
            sides,
            load_of,
            loads,
            chosen_loads: None,
            seeds,
            with_limit,
            objectives: Objectives::default(),
            growth: None,
            command: String::new(),
        })
    }

    /// The same question with a growth of the traffic.
    pub fn with_growth(self, growth: PlannedGrowth) -> Self {
        Question { growth: Some(growth), ..self }
    }

    /// The same question with this number of loads, which are chosen around the limits of the first seed. Load 1 is among them.
    pub fn with_loads_around_limits(self, count: NonZeroUsize) -> Self {
        Question { loads: vec![1.0], chosen_loads: Some(count), ..self }
    }

    /// The same question with the command that asks it. The plan shows the command.
    pub fn with_command(self, command: String) -> Self {
        Question { command, ..self }
    }

    /// The same question with objectives.
    pub fn with_objectives(self, objectives: Objectives) -> Self {
        Question { objectives, ..self }
    }

    /// Makes all runs and returns the answer. Known runs of the same program are not made again. `threads` is by default the
    /// number of processors; it does not change the answer.
    ///
    /// # Errors
    /// If the watcher returns an error.
    pub fn answer<W: Watcher>(
        &self,
        program: &str,
        known: impl IntoIterator<Item = PlanRun>,
        threads: Option<NonZeroUsize>,
        watcher: &W,
    ) -> Result<Answer, W::Error> {
        let sides = self.sides.iter().map(|side| side.name.as_str()).collect();
        let runs = Runs::new(program, sides, known, threads, watcher);
        match self.chosen_loads {
            None => self.answer_with(runs),
            Some(count) => {
                let with_seed = |side: &PlannedScenario| Scenario { seed: self.seeds[0], ..side.scenario.clone() };
                let sides: Vec<Scenario> = self.sides.iter().map(with_seed).collect();
                let loads = loads::around_limits(&sides, &self.load_of, &self.objectives, &runs, count.get())?;
                Question { loads, chosen_loads: None, ..self.clone() }.answer_with(runs)
            }
        }
    }

    fn answer_with<W: Watcher>(&self, runs: Runs<W>) -> Result<Answer, W::Error> {
        let sweeps = self.sweep(&runs)?;
        let (mut limits, mut objective_limits) = (Vec::new(), Vec::new());
        if self.with_limit {
            runs.watcher.searching();
            let exhaustion = |measured: &SiteMeasurement| measured.site.exhausted.first().cloned();
            limits = self
                .find_limits(&runs, &sweeps, &exhaustion)?
                .iter()
                .map(|seeds| Limit::of_exhaustions(seeds))
                .collect();
            if !self.objectives.is_empty() {
                let broken = |measured: &SiteMeasurement| self.objectives.first_broken(&measured.site);
                let found = self.find_limits(&runs, &sweeps, &broken)?;
                objective_limits =
                    found.iter().map(|seeds| ObjectiveLimit::of_objectives(&self.objectives, seeds)).collect();
            }
        }
        Ok(Answer { plan: self.plan(&sweeps, limits, objective_limits), runs: runs.finish() })
    }

    /// Makes the runs of all points and returns the sweep of each side.
    fn sweep<W: Watcher>(&self, runs: &Runs<W>) -> Result<Vec<Sweep>, W::Error> {
        let order = self.sweep_runs();
        runs.watcher.expect(self.expected_work(&order));
        let measurements = runs.in_parallel(&order, |run| {
            let load = self.loads[run.load];
            let scenario = self.sides[run.side].scenario.scaled(&self.load_of, load);
            let scenario = scenario.expect("loads are checked when the question is made");
            let scenario = Scenario { seed: self.seeds[run.seed], ..scenario };
            runs.measure(&RunRequest { side: run.side, load, scenario: &scenario })
        })?;
        let by_run: BTreeMap<SweepRun, Arc<SiteMeasurement>> = order.into_iter().zip(measurements).collect();
        let by_seed =
            |side, load| (0..self.seeds.len()).map(|seed| by_run[&SweepRun { side, load, seed }].clone()).collect();
        let by_load = |side| (0..self.loads.len()).map(|load| by_seed(side, load)).collect();
        Ok((0..self.sides.len()).map(by_load).collect())
    }

    /// The runs of the sweep. The longest come first, so that no thread starts a long run at the end.
    fn sweep_runs(&self) -> Vec<SweepRun> {
        let mut runs = Vec::new();
        for load in (0..self.loads.len()).rev() {
            for side in 0..self.sides.len() {
                runs.extend((0..self.seeds.len()).map(|seed| SweepRun { side, load, seed }));
            }
        }
        runs
    }

    /// The work of the sweep and of the searches for the limit, in runs at a load of 1. A search is expected to take a few
    /// runs at the largest load.
    fn expected_work(&self, sweep: &[SweepRun]) -> f64 {
        let sweep: f64 = sweep.iter().map(|run| self.loads[run.load]).sum();
        let kinds = if self.objectives.is_empty() { 1 } else { 2 };
        let searches = if self.with_limit { kinds * self.sides.len() * self.seeds.len() } else { 0 };
        sweep + searches as f64 * EXPECTED_RUNS * self.loads[self.loads.len() - 1]
    }

    /// Finds the smallest load with a cause, for each side and seed. The first seed goes first: its limit shows the error of the
    /// guess, which is about the same with the other seeds.
    fn find_limits<W: Watcher, C: Send + Sync>(
        &self,
        runs: &Runs<W>,
        sweeps: &[Sweep],
        cause: &(dyn Fn(&SiteMeasurement) -> Option<C> + Sync),
    ) -> Result<Vec<Vec<SeedLimit<C>>>, W::Error> {
        let search = |side: usize, seed: usize| LimitSearch {
            scenario: Scenario { seed: self.seeds[seed], ..self.sides[side].scenario.clone() },
            load_of: &self.load_of,
            side,
            sweep: self.loads.iter().zip(&sweeps[side]).map(|(&load, seeds)| (load, seeds[seed].clone())).collect(),
            runs,
            cause,
            precision: PRECISION,
        };
        let sides: Vec<usize> = (0..self.sides.len()).collect();
        let first = runs.in_parallel(&sides, |&side| search(side, 0).find(1.0))?;
        let others = sides.iter().flat_map(|&side| (1..self.seeds.len()).map(move |seed| (side, seed)));
        let others: Vec<(usize, usize)> = others.collect();
        let others = runs.in_parallel(&others, |&(side, seed)| search(side, seed).find(first[side].correction))?;
        let mut others = others.into_iter();
        let of_side = |first| std::iter::once(first).chain(others.by_ref().take(self.seeds.len() - 1)).collect();
        Ok(first.into_iter().map(of_side).collect())
    }

    fn plan(&self, sweeps: &[Sweep], limits: Vec<Limit>, objective_limits: Vec<ObjectiveLimit>) -> Plan {
        let limit_difference = difference(&limits);
        let objective_difference = difference(&objective_limits);
        let mut limits = limits.into_iter();
        let mut objective_limits = objective_limits.into_iter();
        let plan_side = |(side, sweep): (&PlannedScenario, &Sweep)| PlanSide {
            name: side.name.clone(),
            is_labelled: side.is_labelled,
            begin: side.scenario.time.begin,
            end: side.scenario.time.end(),
            volume: side.scenario.volume.into(),
            parts: self.parts(side, sweep),
            limit: limits.next(),
            objectives: (!self.objectives.is_empty())
                .then(|| ObjectiveResult { objectives: self.objectives.clone(), limit: objective_limits.next() }),
        };
        Plan {
            scenario: self.name.clone(),
            command: self.command.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            load_of: self.load_of.clone(),
            seeds: self.seeds.clone(),
            confidence: CONFIDENCE,
            growth: self.growth,
            sides: self.sides.iter().zip(sweeps).map(plan_side).collect(),
            differences: self.differences(sweeps),
            limit_difference,
            objective_difference,
        }
    }

    fn parts(&self, side: &PlannedScenario, sweep: &Sweep) -> Vec<SitePart> {
        let names = sweep[0][0].parts().into_iter().map(|part| part.name.clone());
        let part = |(place, name): (usize, String)| {
            let point = |(&load, seeds): (&f64, &Vec<Arc<SiteMeasurement>>)| {
                let measurements: Vec<&Measurement> = seeds.iter().map(|seed| seed.parts()[place]).collect();
                Point::new(load, &measurements)
            };
            let has = match place.checked_sub(1) {
                None => Equipment::of_site(&side.scenario),
                Some(appliance) => Equipment::of_appliance(&side.scenario, appliance),
            };
            SitePart { name, has, points: self.loads.iter().zip(sweep).map(point).collect() }
        };
        names.enumerate().map(part).collect()
    }

    /// The differences between two sides at each load, for the whole site.
    fn differences(&self, sweeps: &[Sweep]) -> Vec<Point> {
        let [first, second] = sweeps else { return Vec::new() };
        let points = self.loads.iter().zip(first.iter().zip(second));
        points.map(|(&load, (first, second))| Point::difference(load, &sites(first), &sites(second))).collect()
    }
}

/// The difference of the limits of two sides, second minus first.
fn difference<F>(limits: &[Limit<F>]) -> Option<Estimate> {
    let [first, second] = limits else { return None };
    second.minus(first)
}

fn sites(seeds: &[Arc<SiteMeasurement>]) -> Vec<&Measurement> {
    seeds.iter().map(|seed| &seed.site).collect()
}
