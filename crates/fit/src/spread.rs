//! Judges exports by the spread of a scenario's runs.

use serde::Serialize;
use statrs::distribution::{Binomial, ContinuousCDF, DiscreteCDF, Normal, StudentsT};
use tollgate_catalogue::{Catalogue, ColumnKind};
use tollgate_scenario::Scenario;
use tollgate_simulation::{ThreadError, Workers, in_parallel};

use crate::draft::round_to_three_digits;
use crate::figures::{Figures, MAXIMA};
use crate::measure::{FigurePlace, Measure, MeasuredFigures};
use crate::senders::ADDRESSES;

/// The number of standard deviations beyond which a total counts as a misfit.
pub const MISFIT_Z: f64 = 3.0;

/// Counts whose mean is smaller are judged by their exact probability.
const SMALL_COUNT: f64 = 20.0;

/// The figures of exports, judged by the runs of a scenario.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The number of runs.
    pub runs: usize,
    /// The figures, the least likely first.
    pub figures: Vec<JudgedFigure>,
    /// The counts of columns over time.
    pub series: Vec<JudgedSeries>,
    /// The beginning of the first step in seconds since the Unix epoch, and the length of a step in seconds.
    pub steps: Option<(i64, i64)>,
}

/// A figure of exports, judged by the runs of a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedFigure {
    /// The number of its table.
    pub table: u32,
    /// The title of its table.
    pub title: String,
    /// The heading of its column.
    pub column: String,
    /// The measure of the column.
    pub measure: Measure,
    /// The figure of the exports.
    pub exports: f64,
    /// The mean of the runs.
    pub mean: f64,
    /// The ends of the range in which 95 of 100 further runs are expected.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// The standard deviations between the exports and the mean. For a total with a mean below 20, those of a normal distribution with the
    /// same probability. `None` if no run differs from another, but the exports do.
    pub z: Option<f64>,
}

/// The counts of a column over time.
#[derive(Clone, Debug)]
pub struct JudgedSeries {
    /// The number of the table.
    pub table: u32,
    /// The place of the column.
    pub column: usize,
    /// The counts of the exports.
    pub exports: Vec<f64>,
    /// The means of the runs.
    pub mean: Vec<f64>,
}

impl Judgement {
    /// Makes a run of a scenario with each seed, and judges figures by them. `done` is called after each run.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub fn of_runs(
        figures: &Figures,
        scenario: &Scenario,
        seeds: &[u64],
        threads: usize,
        done: impl Fn() + Sync,
    ) -> Result<Judgement, ThreadError> {
        let interval = (scenario.time.export_interval.micros() / 1_000_000) as i64;
        let longest = figures.tables.values().flat_map(|table| &table.series).map(|point| point.length_seconds).max();
        let step = interval.max(longest.unwrap_or_default());
        let customer = MeasuredFigures::new(figures, step);
        let runs = in_parallel(threads, seeds, std::convert::identity, |&seed| {
            let scenario = Scenario { seed, ..scenario.clone() };
            let is_wanted = |table| figures.table(table).is_some();
            // The addresses of different seeds are different, and many.
            let run = Figures::simulate(&scenario, is_wanted, |table| table != ADDRESSES, &Workers::new(Some(1))?);
            let measured = MeasuredFigures::new(&run, step);
            done();
            Ok(measured)
        })?;
        let begin = figures.span().map(|(begin, _)| begin.div_euclid(step) * step);
        Ok(Judgement::new(&customer, &runs, begin.map(|begin| (begin, step))))
    }

    fn new(exports: &MeasuredFigures, runs: &[MeasuredFigures], steps: Option<(i64, i64)>) -> Judgement {
        let figures = exports.values.iter().map(|(place, &value)| {
            let values: Vec<f64> = runs.iter().map(|run| run.values.get(place).copied().unwrap_or_default()).collect();
            JudgedFigure::new(*place, value, &values)
        });
        let mut figures: Vec<JudgedFigure> = figures.collect();
        figures.sort_by(|one, other| other.size().total_cmp(&one.size()));
        let series = exports.series.iter().map(|(&(table, column), ours)| JudgedSeries {
            table,
            column,
            exports: ours.clone(),
            mean: mean_series(runs, (table, column), ours.len()),
        });
        Judgement { runs: runs.len(), figures, series: series.collect(), steps }
    }

    /// The totals.
    pub fn totals(&self) -> impl Iterator<Item = &JudgedFigure> {
        self.figures.iter().filter(|figure| figure.measure == Measure::Total)
    }

    /// Rounds all figures and counts to three digits.
    pub fn round(&mut self) {
        self.figures.iter_mut().for_each(JudgedFigure::round);
        let counts = self.series.iter_mut().flat_map(|series| series.exports.iter_mut().chain(&mut series.mean));
        counts.for_each(|count| *count = round_to_three_digits(*count));
    }
}

impl JudgedFigure {
    fn new(place: FigurePlace, exports: f64, runs: &[f64]) -> Self {
        let table = Catalogue::builtin().table(place.table).expect("figures are those of tables of the catalogue");
        let column = &table.columns[place.column];
        let count = runs.len() as f64;
        let mean = runs.iter().sum::<f64>() / count;
        let variance = runs.iter().map(|run| (run - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        let is_count = column.kind() == ColumnKind::Count;
        let z = match place.measure {
            Measure::Total | Measure::BusiestInterval
                if is_count && table.number != MAXIMA && mean < SMALL_COUNT && mean + exports > 0.0 =>
            {
                Some(z_of_small_count(exports, runs.len(), mean, variance))
            }
            _ => z_of(exports, count, mean, variance),
        };
        let reach = reach_of_95(count) * (variance * (1.0 + 1.0 / count)).sqrt();
        let (low, high) = match place.measure {
            Measure::Autocorrelation => ((mean - reach).max(-1.0), (mean + reach).min(1.0)),
            Measure::TenLargestKeys => ((mean - reach).max(0.0), (mean + reach).min(1.0)),
            Measure::Total | Measure::BusiestInterval | Measure::P95Interval => ((mean - reach).max(0.0), mean + reach),
        };
        let (number, title) = (table.number, table.title.clone());
        let (column, measure) = (column.name.clone(), place.measure);
        JudgedFigure { table: number, title, column, measure, exports, mean, low, high, z }
    }

    fn round(&mut self) {
        for figure in [&mut self.exports, &mut self.mean, &mut self.low, &mut self.high] {
            *figure = round_to_three_digits(*figure);
        }
    }

    /// The number of standard deviations without a sign. Infinite if it is a total, no run differs from another, but the exports do.
    pub fn size(&self) -> f64 {
        let without = if self.measure == Measure::Total { f64::INFINITY } else { MISFIT_Z };
        self.z.map_or(without, f64::abs)
    }
}

/// The standard deviations of a further run that are in 95 of 100 cases not exceeded.
fn reach_of_95(runs: f64) -> f64 {
    let student = StudentsT::new(0.0, 1.0, (runs - 1.0).max(1.0));
    student.map_or(0.0, |student| student.inverse_cdf(0.975))
}

fn z_of(value: f64, runs: f64, mean: f64, variance: f64) -> Option<f64> {
    let difference = value - mean;
    if difference.abs() <= 1e-9 * value.abs().max(mean.abs()) {
        return Some(0.0);
    }
    (variance > 0.0).then(|| difference / (variance * (1.0 + 1.0 / runs)).sqrt())
}

/// The probability of a count and of the sum of the runs, if all have the same mean, as a number of standard deviations. Given their sum, a
/// Poisson count has a binomial distribution. Counts that vary more than Poisson counts come in lumps, which are counted instead.
fn z_of_small_count(value: f64, runs: usize, mean: f64, variance: f64) -> f64 {
    let lump = if mean > 0.0 { (variance / mean).max(1.0) } else { 1.0 };
    let [own, others] = [value, mean * runs as f64].map(|count| (count / lump).round() as u64);
    let Ok(binomial) = Binomial::new(1.0 / (runs as f64 + 1.0), own + others) else { return 0.0 };
    let below = binomial.cdf(own);
    let above = if own == 0 { 1.0 } else { binomial.sf(own - 1) };
    let tail = below.min(above).clamp(1e-300, 0.5);
    let size = Normal::standard().inverse_cdf(tail).abs();
    if value < mean { -size } else { size }
}

/// The mean of the runs in each step.
fn mean_series(runs: &[MeasuredFigures], place: (u32, usize), steps: usize) -> Vec<f64> {
    let mut mean = vec![0.0; steps];
    for series in runs.iter().filter_map(|run| run.series.get(&place)) {
        mean.iter_mut().zip(series).for_each(|(sum, value)| *sum += value / runs.len() as f64);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_count_is_as_unlikely_as_its_probability() {
        // 20 runs with 40 in all. A further run has none with the probability (20/21)^40 = 0.142.
        let z = z_of_small_count(0.0, 20, 2.0, 2.0);
        assert!((z + Normal::standard().inverse_cdf(1.0 - 0.142)).abs() < 1e-2, "{z}");
        assert_eq!(z_of_small_count(2.0, 20, 2.0, 2.0).signum(), 1.0);
        assert!(z_of_small_count(19.0, 20, 2.0, 2.0) > 5.0);
        // The same count in lumps of four is less unlikely.
        assert!(z_of_small_count(19.0, 20, 2.0, 8.0) < 4.0);
    }

    #[test]
    fn a_figure_is_judged_by_the_spread_of_the_runs() {
        let place = FigurePlace { table: 1, column: 0, measure: Measure::Total };
        let runs: Vec<f64> = (0..20).map(|run| 1000.0 + f64::from(run % 2) * 20.0).collect();
        let figure = JudgedFigure::new(place, 1041.0, &runs);
        let deviation = (100.0f64 * 20.0 / 19.0).sqrt() * 1.05f64.sqrt();
        assert!((figure.z.unwrap_or_default() - 31.0 / deviation).abs() < 1e-9);
        assert!((figure.high - (1010.0 + 2.093 * deviation)).abs() < 0.01, "{figure:?}");
        // Runs that do not differ explain only their own value.
        let same = |value| JudgedFigure::new(place, value, &[50.0; 20]).z;
        assert_eq!([same(50.0), same(51.0)], [Some(0.0), None]);
    }
}
