//! The plan: all results, ready to be written or shown.

use serde::Serialize;
use tollgate_scenario::Moment;
use tollgate_wording::span;

use crate::equipment::Equipment;
use crate::estimate::Estimate;
use crate::figure::{FIGURES, PlanFigure};
use crate::measurement::{Measurement, Resource};

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The name of the scenario: its file name without the extension.
    pub scenario: String,
    /// The traffic that the loads multiply: `all traffic`, `outgoing mail`, `class spam-bots`.
    pub load_of: String,
    /// The seeds of every point.
    pub seeds: Vec<u64>,
    /// The confidence level of all intervals.
    pub confidence: f64,
    /// The sides: the scenario as given, or the two sides of a comparison.
    pub variants: Vec<PlanSide>,
    /// The differences, second side minus first, with the same load and the same seeds: a point for each load.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Point>,
    /// The difference of the limits, second side minus first, if every seed has both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_difference: Option<Estimate>,
}

/// One side of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanSide {
    /// The name of its scenario, with the values that override it.
    pub name: String,
    /// The begin of its span.
    pub begin: Moment,
    /// The end of its span.
    pub end: Moment,
    /// The scenario's volume: the `--volume` of `tollgate run` that equals a load of 1.
    pub volume: f64,
    /// The whole site, named `all`, then each appliance if there are several.
    pub parts: Vec<SitePart>,
    /// The load at which it stops keeping up, if the question asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
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
    /// Its begin, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// The mean number of messages in the work queue.
    pub depth_mean: f64,
    /// The most messages in the work queue with any seed.
    pub depth_max: u64,
}

/// The load at which a site stops keeping up.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// The smallest load at which a resource is exhausted, to 1 %, over the seeds. None unless every seed has one.
    pub load: Option<Estimate>,
    /// The same for each seed. None if nothing is exhausted up to `searched`.
    pub loads: Vec<Option<f64>>,
    /// The largest load of the search. It may differ between seeds; this is the smallest.
    pub searched: f64,
    /// The resources that were exhausted first, most seeds first.
    pub first: Vec<FirstExhaustion>,
}

/// A resource that was exhausted first with some seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirstExhaustion {
    /// The resource.
    pub resource: Resource,
    /// The appliance.
    pub appliance: String,
    /// Its earliest begin over those seeds, in microseconds since the Unix epoch.
    pub begin_micros: u64,
    /// The number of those seeds.
    pub seeds: usize,
}

impl Plan {
    /// The traffic that the loads multiply, in a sentence: `today's mail`.
    pub fn traffic(&self) -> String {
        match self.load_of.as_str() {
            "all traffic" => "today's mail".into(),
            part if part.starts_with("class ") || part.starts_with("flow ") => format!("today's mail of {part}"),
            part => format!("today's {part}"),
        }
    }

    /// The letter of a side of a comparison: `A` or `B`. None without a comparison.
    pub fn letter(&self, side: &PlanSide) -> Option<char> {
        let place = self.sides.iter().position(|other| std::ptr::eq(other, side))?;
        ('A'..='Z').nth(place).filter(|_| self.sides.len() > 1)
    }

    /// The name of a side with its letter: `A: c650-week with time.span=1d`. The name alone without a comparison.
    pub fn heading(&self, side: &PlanSide) -> String {
        self.letter(side).map_or_else(|| side.name.clone(), |letter| format!("{letter}: {}", side.name))
    }

    /// Whether all sides have the same span of time.
    pub fn is_simultaneous(&self) -> bool {
        self.sides.windows(2).all(|pair| (pair[0].begin, pair[0].end) == (pair[1].begin, pair[1].end))
    }
}

impl Point {
    /// The point of a load, from one measurement for each seed, of which there is at least one.
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

    /// The difference of two points, second minus first, seed by seed.
    pub fn difference(load: f64, first: &[&Measurement], second: &[&Measurement]) -> Self {
        let estimate = |figure: &PlanFigure| {
            let pairs = first.iter().zip(second);
            let differences = pairs.map(|(first, second)| (figure.value)(second) - (figure.value)(first));
            Estimate::new(&differences.collect::<Vec<_>>())
        };
        Point { load, figures: FIGURES.iter().map(estimate).collect(), hours: Vec::new() }
    }

    /// Whether its load is 1, that of the scenario as given.
    pub fn is_as_given(&self) -> bool {
        (self.load - 1.0).abs() < 1e-9
    }

    /// Whether the worst backlog does not drain with some seed. The figure `drain` is then less than the time that it takes.
    pub fn is_undrained(&self) -> bool {
        self.figure("undrained").mean > 0.0
    }

    /// The estimate of a figure.
    ///
    /// # Panics
    /// If there is no figure of that name.
    pub fn figure(&self, name: &str) -> Estimate {
        let place = FIGURES.iter().position(|figure| figure.name == name).expect("the name of a figure");
        self.figures[place]
    }
}

impl PlanSide {
    /// The smallest load that is tried, by the sweep or in search of the limit. A limit of this much may also lie below it.
    pub fn least_load(&self) -> f64 {
        let loads = self.parts.iter().flat_map(|part| &part.points).map(|point| point.load);
        loads.fold(Limit::LEAST, f64::min)
    }

    /// The point of the whole site at the load nearest to 1.
    pub fn nearest_point(&self) -> Option<&Point> {
        let distance = |point: &Point| (point.load - 1.0).abs();
        self.parts.first()?.points.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)))
    }

    /// Its span, in words.
    pub fn period(&self) -> String {
        span(self.begin.micros(), self.end.micros())
    }
}

impl Limit {
    /// The smallest load that a search for the limit tries.
    pub const LEAST: f64 = 0.001;

    /// The limits of the seeds that have one.
    pub fn found(&self) -> Vec<f64> {
        self.loads.iter().copied().flatten().collect()
    }

    /// The difference of two limits, seed by seed, if every seed has both.
    pub fn minus(&self, other: &Limit) -> Option<Estimate> {
        let pairs = self.loads.iter().zip(&other.loads);
        let differences: Option<Vec<f64>> = pairs.map(|(ours, others)| Some((*ours)? - (*others)?)).collect();
        differences.map(|differences| Estimate::new(&differences))
    }
}

fn by_name<S: serde::Serializer>(figures: &[Estimate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(FIGURES.iter().zip(figures).map(|(figure, estimate)| (figure.name, estimate)))
}
