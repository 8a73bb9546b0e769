//! A plan: what was found, ready to be written or shown.

use serde::Serialize;
use tollgate_scenario::Moment;

use crate::estimate::Estimate;
use crate::figure::{FIGURES, PlanFigure};
use crate::measurement::{Measurement, Resource};

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The name of the scenario, without the ending of its file.
    pub scenario: String,
    /// What was multiplied by the loads, in words: `all traffic`, `outgoing mail`, `class spam-bots`.
    pub load_of: String,
    /// The seeds that every point was run with.
    pub seeds: Vec<u64>,
    /// How sure the intervals of all estimates are.
    pub confidence: f64,
    /// What was planned: the scenario as given, or the two sides of a comparison.
    pub variants: Vec<Variant>,
    /// What the second side has more than the first, with the same load and the same seeds: a point for each load.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Point>,
    /// How much larger the second side's limit is, if every seed has both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_difference: Option<Estimate>,
}

/// One side of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variant {
    /// What it is called: the name of its scenario, with the values that override it.
    pub name: String,
    /// When its span begins, in GMT.
    pub begin: Moment,
    /// When it ends.
    pub end: Moment,
    /// The scenario's volume: what a load of 1 is to `tollgate run --volume`.
    pub volume: f64,
    /// The whole site, named `all`, and then each appliance if there are several.
    pub parts: Vec<Part>,
    /// Where it stops keeping up, unless that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

/// The whole site, or one appliance of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The appliance's name; of the whole site `all`.
    pub name: String,
    /// What it has.
    pub has: Has,
    /// A point for each load, from the smallest.
    pub points: Vec<Point>,
}

/// What an appliance has. Of the whole site: all cores and workers, and else what any one of its appliances has, of those the
/// least, as the figures of what is the most are those of any one appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Has {
    /// Processor cores.
    pub cores: u64,
    /// Workers of the work queue.
    pub workers: u64,
    /// Messages in the work queue from which on there is reason to worry.
    pub queue_warning: u64,
    /// Connections to the public listener that may have the most.
    pub public_connections: u64,
    /// Connections to the private listener that may have the most.
    pub private_connections: u64,
    /// Connections to outside.
    pub outbound_connections: u64,
    /// Room for the queue, in KiB.
    pub queue_kib: u64,
}

/// What was found at one load.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// The load.
    pub load: f64,
    /// The figures, in the order of [`FIGURES`].
    #[serde(serialize_with = "by_name")]
    pub figures: Vec<Estimate>,
    /// Hour by hour, on the mean over the seeds.
    pub hours: Vec<PointHour>,
}

/// One hour of a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PointHour {
    /// When it begins, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// The mean number of messages in the work queue.
    pub depth_mean: f64,
    /// The most messages in the work queue in any seed.
    pub depth_max: u64,
}

/// Where a site stops keeping up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// The smallest load at which something is exhausted, to 1 %, over the seeds; none unless every seed has one.
    pub load: Option<Estimate>,
    /// The same of each seed, if there is one up to `searched`.
    pub loads: Vec<Option<f64>>,
    /// The largest load that was tried or would have been, the least of all seeds.
    pub searched: f64,
    /// What was exhausted first, in how many of the seeds, most seeds first.
    pub first: Vec<First>,
}

/// What was exhausted first in some seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct First {
    /// What.
    pub resource: Resource,
    /// The appliance.
    pub appliance: String,
    /// The earliest begin of it among those seeds, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// How many seeds.
    pub seeds: usize,
}

impl Point {
    /// The point of a load from the measurements of all seeds, of which there is at least one.
    pub fn new(load: f64, measurements: &[&Measurement]) -> Self {
        let estimate = |figure: &PlanFigure| {
            let values: Vec<f64> = measurements.iter().map(|measurement| (figure.value)(measurement)).collect();
            Estimate::new(&values).within(0.0, figure.unit.most())
        };
        let hours = (0..measurements[0].hours.len()).map(|place| {
            let hours = measurements.iter().map(|measurement| &measurement.hours[place]);
            let depths = hours.clone().map(|hour| hour.depth_time as f64 / hour.span as f64);
            PointHour {
                begin_micros: measurements[0].hours[place].begin,
                depth_mean: depths.sum::<f64>() / measurements.len() as f64,
                depth_max: hours.map(|hour| hour.depth_max).max().unwrap_or_default(),
            }
        });
        Point { load, figures: FIGURES.iter().map(estimate).collect(), hours: hours.collect() }
    }

    /// What one point has more than another, seed by seed.
    pub fn difference(load: f64, ours: &[&Measurement], theirs: &[&Measurement]) -> Self {
        let estimate = |value: fn(&Measurement) -> f64| {
            let pairs = ours.iter().zip(theirs);
            Estimate::new(&pairs.map(|(ours, theirs)| value(theirs) - value(ours)).collect::<Vec<_>>())
        };
        Point { load, figures: FIGURES.iter().map(|figure| estimate(figure.value)).collect(), hours: Vec::new() }
    }

    /// Whether its load is 1: that of the scenario as it is given.
    pub fn is_as_given(&self) -> bool {
        (self.load - 1.0).abs() < 1e-9
    }

    /// The estimate of a figure.
    ///
    /// # Panics
    /// If there is no figure of that name.
    pub fn figure(&self, name: &str) -> Estimate {
        let place = FIGURES.iter().position(|figure| figure.name == name).expect("a figure that there is");
        self.figures[place]
    }
}

impl Part {
    /// The smallest load that was run at which there are more messages in the work queue at times than there is reason to
    /// worry from.
    pub fn warned_from(&self) -> Option<f64> {
        self.points.iter().find(|point| point.figure("above_warning").mean > 0.0).map(|point| point.load)
    }
}

impl Variant {
    /// The least load that is tried, whether by the sweep or in search of the limit. A limit of this much is there or below.
    pub fn least_load(&self) -> f64 {
        let swept = self.parts.iter().flat_map(|part| &part.points).map(|point| point.load);
        swept.fold(Limit::LEAST, f64::min)
    }
}

impl Limit {
    /// The smallest load that is tried in search of a limit.
    pub const LEAST: f64 = 0.001;

    /// The limits of the seeds that have one.
    pub fn found(&self) -> Vec<f64> {
        self.loads.iter().copied().flatten().collect()
    }
}

fn by_name<S: serde::Serializer>(figures: &[Estimate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(FIGURES.iter().zip(figures).map(|(figure, estimate)| (figure.name, estimate)))
}
