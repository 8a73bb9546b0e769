//! The verdict of a plan: the conclusions from its figures. The terminal and the page lay it out.

mod objectives;
mod sentences;

use tollgate_scenario::{HOUR, Moment, Traffic};

use crate::estimate::Estimate;
use crate::growth::TrafficGrowth;
use crate::objective::{Objective, Objectives};
use crate::plan::{FirstBroken, FirstExhaustion, Limit, ObjectiveResult, Plan, PlanSide, Point, SitePart};

/// Mail is late if 1 message in 100 spends longer than this in the work queue.
const LATE_SECONDS: f64 = 1_800.0;

/// The verdict of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanVerdict {
    /// The verdict of each side, in the order of the plan.
    pub sides: Vec<SideVerdict>,
    /// The comparison of the loads at which two sides break an objective, if the question asked for them.
    pub objective_comparison: Option<LimitComparison>,
    /// The comparison of the limits of two sides, if the question asked for limits.
    pub comparison: Option<LimitComparison>,
    /// The number of seeds.
    pub seeds: usize,
    /// The traffic that the loads multiply, at a load of 1: `the scenario's mail`.
    pub traffic: String,
}

/// The verdict of one side.
#[derive(Clone, Debug, PartialEq)]
pub struct SideVerdict {
    /// Its objectives, if the question has any.
    pub objectives: Option<ObjectiveVerdict>,
    /// Its limit, if the question asked for one.
    pub limit: Option<LimitVerdict>,
    /// The work queue at the loads that were run. None if no load was run.
    pub queue: Option<QueueVerdict>,
    /// The mail that is not handled at once at the loads that were run.
    pub losses: Vec<Loss>,
    /// The worst backlog at the load nearest to 1. None if no load was run.
    pub backlog: Option<BacklogVerdict>,
    /// The number of seeds.
    pub seeds: usize,
    /// The traffic that the loads multiply, at a load of 1: `the scenario's mail`.
    pub traffic: String,
}

/// Mail that is not handled at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// The kind of loss.
    pub kind: LossKind,
    /// The smallest load that was run and has it.
    pub from: f64,
    /// The largest load that was run.
    pub largest_load: f64,
    /// The mean number at that load.
    pub count: f64,
}

/// The kinds of mail that is not handled at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossKind {
    /// Connections are turned away.
    TurnedAway,
    /// Senders give up.
    GivenUp,
    /// Deliveries wait for a connection.
    Deferred,
}

/// The objectives of a side.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectiveVerdict {
    /// The objectives.
    pub objectives: Objectives,
    /// The loads at which they are met. None if the question did not ask for limits.
    pub met: Option<KeepsUp>,
    /// The objectives that are broken first, sorted by falling number of seeds.
    pub first: Vec<FirstBroken>,
    /// The objectives that the runs at the load nearest to 1 cannot decide.
    pub undecided: Vec<UndecidedObjective>,
    /// The objectives that are broken at load 1. None if load 1 was not run.
    pub broken_as_given: Option<Vec<Objective>>,
    /// The load nearest to 1 that was run, and the objectives that are broken at it. None if no load was run.
    pub broken_nearest: Option<(f64, Vec<Objective>)>,
    /// The smallest load that was run, above the one nearest to 1, at which an objective is broken, and the broken objectives.
    pub broken_above: Option<(f64, Vec<Objective>)>,
    /// The growth of the traffic, and the day on which the load is 1.
    pub growth: Option<(TrafficGrowth, Moment)>,
    /// The number of seeds.
    pub seeds: usize,
    /// The smallest load that was tried.
    pub least_load: f64,
}

/// An objective for a percentile whose runs have too few messages for a confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UndecidedObjective {
    /// The objective.
    pub objective: Objective,
    /// The messages (transactions) of a run.
    pub messages_of_a_run: f64,
    /// The number of seeds with which the percentile has an interval.
    pub least_seeds: u64,
}

/// The limit of a side.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitVerdict {
    /// The loads at which the side keeps up.
    pub keeps_up: KeepsUp,
    /// The resources that are exhausted first, sorted by falling number of seeds.
    pub first: Vec<FirstExhaustion>,
    /// The number of seeds.
    pub seeds: usize,
    /// The smallest load that was tried.
    pub least_load: f64,
    /// The number of seeds with which the side does not keep up even at that load.
    pub hopeless_seeds: usize,
    /// True if loads multiply all traffic except scripted mail.
    pub is_of_all_traffic: bool,
}

/// The loads at which a side keeps up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeepsUp {
    /// No seed keeps up, even at the smallest load that was tried.
    AtNoLoad,
    /// Every seed keeps up to a limit.
    UpTo(Estimate),
    /// Some seeds keep up to a limit, the others to the largest load of the search.
    WithSomeSeeds {
        /// The number of seeds with a limit.
        seeds: usize,
        /// The smallest limit.
        smallest: f64,
        /// The largest limit.
        largest: f64,
        /// The largest load of the search.
        searched: f64,
    },
    /// Every seed keeps up to the largest load of the search.
    AtEveryLoad {
        /// The largest load of the search.
        searched: f64,
    },
}

/// The work queue of a side at the loads that were run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueVerdict {
    /// The warning of the work queue, in messages.
    pub warning: u64,
    /// The smallest load at which the queue exceeds its warning.
    pub warned_from: Option<f64>,
    /// The smallest load at which mail is late.
    pub late_from: Option<LateMail>,
}

/// A load at which mail is late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LateMail {
    /// The load.
    pub load: f64,
    /// The time in the work queue that 1 message in 100 exceeds, in seconds.
    pub delay_seconds: f64,
}

/// The worst backlog at one load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BacklogVerdict {
    /// The load.
    pub load: f64,
    /// The time from its peak to its end, in seconds. A lower bound if it does not drain with some seed.
    pub drain_seconds: Estimate,
    /// The number of seeds with which it does not drain within a day.
    pub undrained_seeds: usize,
}

/// The comparison of the limits of two sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimitComparison {
    /// Neither side has a limit within the loads that were tried.
    NoLimit,
    /// Some seeds do not have a limit on both sides.
    SomeSeeds,
    /// Neither side keeps up even at the smallest load that was tried.
    NeitherKeepsUp {
        /// The smallest load that was tried.
        least_load: f64,
    },
    /// Every seed has a limit on both sides.
    Difference {
        /// The limit of the second side minus that of the first.
        difference: Estimate,
        /// The difference as a share of the first limit.
        share: f64,
    },
}

impl PlanVerdict {
    /// The verdict of a plan.
    pub fn new(plan: &Plan) -> Self {
        PlanVerdict {
            sides: plan.sides.iter().map(|side| SideVerdict::new(plan, side)).collect(),
            objective_comparison: LimitComparison::of_objectives(plan),
            comparison: LimitComparison::of_limits(plan),
            seeds: plan.seeds.len(),
            traffic: plan.scenario_traffic(),
        }
    }
}

impl SideVerdict {
    fn new(plan: &Plan, side: &PlanSide) -> Self {
        let points = side.parts.first().map_or(&[][..], |site| &site.points);
        SideVerdict {
            objectives: side.objectives.as_ref().map(|result| ObjectiveVerdict::new(plan, side, result)),
            limit: side.limit.as_ref().map(|limit| LimitVerdict::new(plan, side, limit)),
            queue: side.parts.first().filter(|site| !site.points.is_empty()).map(QueueVerdict::new),
            losses: Loss::all(points),
            backlog: side.nearest_point().map(|point| BacklogVerdict::new(point, plan.seeds.len())),
            seeds: plan.seeds.len(),
            traffic: plan.scenario_traffic(),
        }
    }
}

impl Loss {
    fn all(points: &[Point]) -> Vec<Self> {
        let loss = |kind: LossKind| {
            let count = |point: &Point| point.figure(kind.figure()).mean;
            let (first, last) = (points.iter().find(|point| count(point) > 0.0)?, points.last()?);
            Some(Loss { kind, from: first.load, largest_load: last.load, count: count(last) })
        };
        LossKind::ALL.into_iter().filter_map(loss).collect()
    }
}

impl LossKind {
    const ALL: [LossKind; 3] = [LossKind::TurnedAway, LossKind::GivenUp, LossKind::Deferred];

    /// The name of its figure.
    fn figure(self) -> &'static str {
        match self {
            LossKind::TurnedAway => "turned_away",
            LossKind::GivenUp => "given_up",
            LossKind::Deferred => "deferred",
        }
    }
}

impl ObjectiveVerdict {
    fn new(plan: &Plan, side: &PlanSide, result: &ObjectiveResult) -> Self {
        let least_load = side.least_load();
        ObjectiveVerdict {
            objectives: result.objectives.clone(),
            met: result.limit.as_ref().map(|limit| KeepsUp::new(limit, least_load)),
            first: result.limit.iter().flat_map(|limit| limit.first.clone()).collect(),
            undecided: side
                .nearest_point()
                .map_or_else(Vec::new, |point| UndecidedObjective::all(plan, side, point, result)),
            broken_as_given: side.broken_as_given(),
            broken_nearest: side.nearest_point().map(|point| (point.load, side.broken_at(point))),
            broken_above: side.broken_above_nearest(),
            growth: plan.growth.map(|planned| (planned.growth, planned.from.unwrap_or(side.begin))),
            seeds: plan.seeds.len(),
            least_load,
        }
    }
}

impl UndecidedObjective {
    fn all(plan: &Plan, side: &PlanSide, point: &Point, result: &ObjectiveResult) -> Vec<Self> {
        let hours = (side.end.micros() - side.begin.micros()) as f64 / HOUR as f64;
        let messages_of_a_run = point.figure("messages_accepted_per_hour").mean * hours;
        let undecided = |&objective: &Objective| {
            let least_seeds = objective.figure.least_seeds(messages_of_a_run)?;
            // If no message is late, the objective is met.
            let longest = if objective.figure.name.starts_with("delay") { "delay_longest" } else { "wait_longest" };
            let is_decided = least_seeds <= plan.seeds.len() as u64 || objective.allows(point.figure(longest).mean);
            let is_undecided = messages_of_a_run > 0.0 && !is_decided;
            is_undecided.then_some(UndecidedObjective { objective, messages_of_a_run, least_seeds })
        };
        result.objectives.iter().filter_map(undecided).collect()
    }
}

impl LimitVerdict {
    fn new(plan: &Plan, side: &PlanSide, limit: &Limit) -> Self {
        let (found, least_load) = (limit.found(), side.least_load());
        let keeps_up = KeepsUp::new(limit, least_load);
        LimitVerdict {
            keeps_up,
            first: limit.first.clone(),
            seeds: limit.loads.len(),
            least_load,
            hopeless_seeds: found.iter().filter(|&&load| load <= least_load).count(),
            is_of_all_traffic: plan.load_of == Traffic::All,
        }
    }
}

impl KeepsUp {
    /// The loads up to a limit. `least_load` is the smallest load that was tried.
    pub(crate) fn new<F>(limit: &Limit<F>, least_load: f64) -> Self {
        let searched = limit.searched;
        let found = limit.found();
        let Some(smallest) = found.iter().copied().reduce(f64::min) else {
            return KeepsUp::AtEveryLoad { searched };
        };
        let largest = found.iter().copied().fold(smallest, f64::max);
        match limit.load {
            Some(_) if largest <= least_load => KeepsUp::AtNoLoad,
            Some(limit) => KeepsUp::UpTo(limit),
            None => KeepsUp::WithSomeSeeds { seeds: found.len(), smallest, largest, searched },
        }
    }
}

impl QueueVerdict {
    fn new(site: &SitePart) -> Self {
        let first = |matches: &dyn Fn(&Point) -> bool| site.points.iter().find(|point| matches(point));
        let delay_seconds = |point: &Point| point.figure("delay_p99").mean;
        let late = first(&|point| delay_seconds(point) > LATE_SECONDS);
        QueueVerdict {
            warning: site.has.queue_warning,
            warned_from: first(&|point| point.figure("above_warning").mean > 0.0).map(|point| point.load),
            late_from: late.map(|point| LateMail { load: point.load, delay_seconds: delay_seconds(point) }),
        }
    }
}

impl BacklogVerdict {
    fn new(point: &Point, seeds: usize) -> Self {
        BacklogVerdict {
            load: point.load,
            drain_seconds: point.figure("drain"),
            undrained_seeds: (point.figure("undrained").mean * seeds as f64).round() as usize,
        }
    }
}

impl LimitComparison {
    fn of_limits(plan: &Plan) -> Option<Self> {
        let [first, second] = &plan.sides[..] else { return None };
        let limits = [first.limit.as_ref()?, second.limit.as_ref()?];
        Some(LimitComparison::new(limits, plan.limit_difference, first.least_load()))
    }

    fn of_objectives(plan: &Plan) -> Option<Self> {
        let [first, second] = &plan.sides[..] else { return None };
        let limits = [first.objectives.as_ref()?.limit.as_ref()?, second.objectives.as_ref()?.limit.as_ref()?];
        Some(LimitComparison::new(limits, plan.objective_difference, first.least_load()))
    }

    fn new<F>(limits: [&Limit<F>; 2], difference: Option<Estimate>, least_load: f64) -> Self {
        let found = limits.map(Limit::found);
        match (difference, limits[0].load) {
            (Some(_), Some(_)) if found.iter().flatten().all(|&limit| limit <= least_load) => {
                LimitComparison::NeitherKeepsUp { least_load }
            }
            (Some(difference), Some(limit)) => {
                LimitComparison::Difference { difference, share: difference.mean / limit.mean }
            }
            _ if found.iter().all(Vec::is_empty) => LimitComparison::NoLimit,
            _ => LimitComparison::SomeSeeds,
        }
    }
}
