//! The plan: all results, ready to be written or shown.

use serde::Serialize;
use tollgate_scenario::{Moment, Traffic};
use tollgate_wording::span;

use crate::equipment::Equipment;
use crate::estimate::Estimate;
use crate::figure::FIGURES;
use crate::growth::TrafficGrowth;
use crate::measurement::{Measurement, Resource};
use crate::objective::{Objective, Objectives};

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The name of the scenario: its file name without the extension.
    pub scenario: String,
    /// The command that makes the plan, quoted for a shell. It has only the options that decide the answer. Empty if there is none.
    pub command: String,
    /// The version of the program.
    pub version: String,
    /// The traffic that the loads multiply. It is written as its name: `all traffic`, `outgoing mail`, `class spam-bots`.
    #[serde(serialize_with = "serialize_traffic")]
    pub load_of: Traffic,
    /// The seeds of every point.
    pub seeds: Vec<u64>,
    /// The confidence level of all confidence intervals.
    pub confidence: f64,
    /// The growth of the traffic, if the question has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<PlannedGrowth>,
    /// The scenario as given, or the two sides of a comparison.
    #[serde(rename = "variants")]
    pub sides: Vec<PlanSide>,
    /// The differences, second side minus first: a point for each load, with the same seeds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Point>,
    /// The difference of the limits, second side minus first, if every seed has both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_difference: Option<Estimate>,
    /// The difference of the loads at which an objective is broken, second side minus first, if every seed has both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objective_difference: Option<Estimate>,
}

/// The growth of the traffic that the loads multiply.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PlannedGrowth {
    /// The growth.
    pub growth: TrafficGrowth,
    /// The day on which the load is 1. None for the beginning of each side's span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
}

/// One side of a plan: a scenario with its results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanSide {
    /// The name of its scenario, with the values that override it; or the user's name for the side.
    pub name: String,
    /// True if the user chose the name.
    #[serde(skip)]
    pub is_labelled: bool,
    /// The start of its span.
    pub begin: Moment,
    /// The end of its span.
    pub end: Moment,
    /// The scenario's volume: the `--volume` of `tollgate run` that equals a load of 1.
    pub volume: f64,
    /// The whole site, named `all`, then each appliance if there are several.
    pub parts: Vec<SitePart>,
    /// The limit, if the question asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The objectives, if the question has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objectives: Option<ObjectiveResult>,
}

/// The whole site, or one appliance of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SitePart {
    /// The appliance's name; `all` for the whole site.
    pub name: String,
    /// Its equipment.
    pub has: Equipment,
    /// A point for each load, in ascending order.
    pub points: Vec<Point>,
}

/// The results at one load.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The load.
    pub load: f64,
    /// The figures, in the order of [`FIGURES`].
    #[serde(serialize_with = "by_name")]
    pub figures: Vec<Estimate>,
    /// The work queue hour by hour, averaged over the seeds.
    pub hours: Vec<PointHour>,
}

/// One hour of a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointHour {
    /// Its start, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// The mean number of messages in the work queue.
    pub depth_mean: f64,
    /// The largest number of messages in the work queue with any seed.
    pub depth_max: u64,
}

/// A limit of the load, to 1%: the load at which a site stops keeping up, or breaks an objective.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit<F = FirstExhaustion> {
    /// The estimate over the seeds. None unless every seed has a limit.
    pub load: Option<Estimate>,
    /// The limit of each seed. None if it has none up to `searched`.
    pub loads: Vec<Option<f64>>,
    /// The largest load of the search. If it differs between seeds, this is the smallest of them.
    pub searched: f64,
    /// The resources that are exhausted first, or the objectives that are broken first, sorted by falling number of seeds.
    pub first: Vec<F>,
}

/// The smallest load at which a site breaks an objective.
pub type ObjectiveLimit = Limit<FirstBroken>;

/// A resource that is exhausted first with some seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstExhaustion {
    /// The resource.
    pub resource: Resource,
    /// The appliance.
    pub appliance: String,
    /// The earliest start of the exhaustion over those seeds, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// The number of those seeds.
    pub seeds: usize,
}

/// The objectives of a plan, and the loads at which a side meets them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectiveResult {
    /// The objectives.
    pub objectives: Objectives,
    /// The smallest load at which one of them is broken, if the question asked for limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<ObjectiveLimit>,
}

/// An objective that is broken first with some seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FirstBroken {
    /// The objective.
    pub objective: Objective,
    /// The number of those seeds.
    pub seeds: usize,
    /// The start of the hour in which the figure is worst, in microseconds since the Unix epoch. If it differs between the seeds,
    /// the most frequent, and the earliest of those. None if no hour is worse than another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst_hour_micros: Option<u64>,
    /// The number of seeds with that hour.
    pub worst_hour_seeds: usize,
}

impl Plan {
    /// True if a side breaks an objective at a load of 1: the scenario as given.
    pub fn breaks_objectives_as_given(&self) -> bool {
        self.sides.iter().any(PlanSide::breaks_objectives_as_given)
    }

    /// The traffic that the loads multiply: `all traffic`, `outgoing mail`, `class spam-bots`.
    pub fn multiplied_traffic(&self) -> String {
        traffic_name(&self.load_of)
    }

    /// That traffic at a load of 1, in a sentence: `the scenario's mail`.
    pub fn scenario_traffic(&self) -> String {
        let traffic = self.multiplied_traffic();
        match self.load_of {
            Traffic::All => "the scenario's mail".into(),
            Traffic::Incoming | Traffic::Outgoing => format!("the scenario's {traffic}"),
            Traffic::Class(_) | Traffic::Flow(_) => format!("the scenario's mail of {traffic}"),
        }
    }

    /// The letter of a side: `A` or `B`. None if the plan has only one side.
    pub fn letter(&self, side: &PlanSide) -> Option<char> {
        let place = self.sides.iter().position(|other| std::ptr::eq(other, side))?;
        ('A'..='Z').nth(place).filter(|_| self.sides.len() > 1)
    }

    /// The name of a side with its letter: `A: c650-week with time.span=1d`. The name alone if the plan has only one side.
    pub fn heading(&self, side: &PlanSide) -> String {
        self.letter(side).map_or_else(|| side.name.clone(), |letter| format!("{letter}: {}", side.name))
    }

    /// True if all sides have the same span.
    pub fn is_simultaneous(&self) -> bool {
        self.sides.windows(2).all(|pair| (pair[0].begin, pair[0].end) == (pair[1].begin, pair[1].end))
    }
}

impl Point {
    /// The point of a load, from one measurement for each seed.
    ///
    /// # Panics
    /// If there are no measurements.
    pub fn new(load: f64, measurements: &[&Measurement]) -> Self {
        let hours = (0..measurements[0].hours.len()).map(|place| {
            let hours = measurements.iter().map(|measurement| &measurement.hours[place]);
            let depths = hours.clone().map(|hour| hour.depth_time as f64 / hour.span as f64);
            PointHour {
                begin_micros: measurements[0].hours[place].begin,
                depth_mean: depths.sum::<f64>() / measurements.len() as f64,
                depth_max: hours.map(|hour| hour.depth_max).max().unwrap_or_default(),
            }
        });
        let figures = FIGURES.iter().map(|figure| figure.estimate(measurements));
        Point { load, figures: figures.collect(), hours: hours.collect() }
    }

    /// The difference of two points, second minus first, computed for each seed.
    pub fn difference(load: f64, first: &[&Measurement], second: &[&Measurement]) -> Self {
        let figures = FIGURES.iter().map(|figure| figure.difference(first, second));
        Point { load, figures: figures.collect(), hours: Vec::new() }
    }

    /// True if its load is 1: the scenario as given.
    pub fn is_as_given(&self) -> bool {
        (self.load - 1.0).abs() < 1e-9
    }

    /// True if the true value of a figure is larger than its estimate: `drain`, if the worst backlog does not drain within a
    /// day with some seed.
    pub fn is_lower_bound(&self, name: &str) -> bool {
        name == "drain" && self.figure("undrained").mean > 0.0
    }

    /// The estimate of a figure.
    ///
    /// # Panics
    /// If there is no figure with that name.
    pub fn figure(&self, name: &str) -> Estimate {
        let place = FIGURES.iter().position(|figure| figure.name == name).expect("the name of a figure");
        self.figures[place]
    }
}

impl PlanSide {
    /// The objectives that are broken at a load of 1, by the means over the seeds. None if load 1 was not run.
    pub fn broken_as_given(&self) -> Option<Vec<Objective>> {
        self.nearest_point().filter(|point| point.is_as_given()).map(|point| self.broken_at(point))
    }

    /// The objectives that are broken at a point of the whole site, by the means over the seeds.
    pub(crate) fn broken_at(&self, point: &Point) -> Vec<Objective> {
        let is_broken = |objective: &&Objective| {
            let name = objective.figure.name;
            point.is_lower_bound(name) || !objective.allows(point.figure(name).mean)
        };
        self.objectives.iter().flat_map(|result| result.objectives.iter()).filter(is_broken).copied().collect()
    }

    /// The smallest load that was run, above the one nearest to 1, at which an objective is broken, and the broken objectives. The
    /// means over the seeds decide.
    pub fn broken_above_nearest(&self) -> Option<(f64, Vec<Objective>)> {
        let nearest = self.nearest_point()?.load;
        let above = self.parts.first()?.points.iter().filter(|point| point.load > nearest);
        let mut broken = above.map(|point| (point.load, self.broken_at(point)));
        broken.find(|(_, broken)| !broken.is_empty())
    }

    /// True if an objective is broken at a load of 1, or at a smaller load if load 1 was not run.
    pub fn breaks_objectives_as_given(&self) -> bool {
        let limit = self.objectives.as_ref().and_then(|result| result.limit.as_ref());
        match self.broken_as_given() {
            Some(broken) => !broken.is_empty(),
            None => limit.and_then(|limit| limit.load).is_some_and(|load| load.mean <= 1.0),
        }
    }

    /// The smallest load that the sweep or the search for the limit tries. A limit at this load may really be smaller.
    pub fn least_load(&self) -> f64 {
        let loads = self.parts.iter().flat_map(|part| &part.points).map(|point| point.load);
        loads.fold(Limit::LEAST, f64::min)
    }

    /// The point of the whole site whose load is nearest to 1.
    pub fn nearest_point(&self) -> Option<&Point> {
        let distance = |point: &Point| (point.load - 1.0).abs();
        self.parts.first()?.points.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)))
    }

    /// Its span, for people: `Mon 17 Nov 2008 00:00 to Mon 24 Nov 2008 00:00 GMT`.
    pub fn span(&self) -> String {
        span(self.begin.micros(), self.end.micros())
    }
}

impl Limit {
    /// The smallest load that a search for the limit tries.
    pub const LEAST: f64 = 0.001;
}

impl<F> Limit<F> {
    /// The limits of the seeds that have one.
    pub fn found(&self) -> Vec<f64> {
        self.loads.iter().copied().flatten().collect()
    }

    /// The difference of two limits, computed for each seed. None unless every seed has both limits.
    pub fn minus(&self, other: &Self) -> Option<Estimate> {
        let pairs = self.loads.iter().zip(&other.loads);
        let differences: Option<Vec<f64>> = pairs.map(|(ours, others)| Some((*ours)? - (*others)?)).collect();
        differences.map(|differences| Estimate::new(&differences))
    }
}

/// The name of traffic in a plan.
fn traffic_name(traffic: &Traffic) -> String {
    match traffic {
        Traffic::All => "all traffic".into(),
        Traffic::Incoming => "incoming mail".into(),
        Traffic::Outgoing => "outgoing mail".into(),
        Traffic::Class(name) => format!("class {name}"),
        Traffic::Flow(name) => format!("flow {name}"),
    }
}

fn serialize_traffic<S: serde::Serializer>(traffic: &Traffic, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&traffic_name(traffic))
}

fn by_name<S: serde::Serializer>(figures: &[Estimate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(FIGURES.iter().zip(figures).map(|(figure, estimate)| (figure.name, estimate)))
}
