//! The distance D between two counting rules on the figures of one run.

use std::collections::BTreeMap;

use tollgate_audit::Observation;

/// The least and the largest factor between the messages per connection that the rules assume.
const FACTORS: [f64; 2] = [0.5, 2.0];

/// The figures that differ between rules, Unencrypted Connections and Failed - Preferred: of the intervals, and of their domains.
#[derive(Default)]
pub struct Cells {
    intervals: Vec<f64>,
    domains: BTreeMap<(usize, Box<str>, bool), f64>,
}

/// The sums and the sums of squares of cells over several seeds.
#[derive(Default)]
pub struct Spread {
    count: f64,
    intervals: Vec<[f64; 2]>,
    domains: BTreeMap<(usize, Box<str>, bool), [f64; 2]>,
}

impl Cells {
    pub fn of(observations: &[Observation]) -> Self {
        let mut cells = Cells::default();
        for (at, observation) in observations.iter().enumerate() {
            cells.intervals.extend([observation.unencrypted_connections.low, observation.failed_preferred.low]);
            for row in observation.domains.iter().flatten() {
                let tried =
                    row.successful_preferred + row.successful_required + row.failed_preferred + row.failed_required;
                for (figure, is_failed) in [(row.connections - tried, false), (row.failed_preferred, true)] {
                    if figure > 0.0 {
                        cells.domains.insert((at, row.domain.clone(), is_failed), figure);
                    }
                }
            }
        }
        cells
    }
}

impl Spread {
    pub fn add(&mut self, cells: &Cells) {
        self.count += 1.0;
        self.intervals.resize(cells.intervals.len(), [0.0; 2]);
        for ([sum, squares], figure) in self.intervals.iter_mut().zip(&cells.intervals) {
            *sum += figure;
            *squares += figure * figure;
        }
        for (key, figure) in &cells.domains {
            let [sum, squares] = self.domains.entry(key.clone()).or_default();
            *sum += figure;
            *squares += figure * figure;
        }
    }

    fn variance(&self, [sum, squares]: [f64; 2], figure: f64) -> f64 {
        let variance = (squares - sum * sum / self.count) / (self.count - 1.0);
        variance.max(figure).max(1.0)
    }
}

/// The distances by details or summaries, true rule and other rule. `nearest` has, for each rule, further observations under other
/// settings, and the nearest counts.
pub fn distances(
    observed: &[Vec<Observation>],
    nearest: &[(usize, Vec<Observation>)],
    spreads: &[Spread],
) -> [Vec<Vec<f64>>; 2] {
    let own: Vec<Cells> = observed.iter().map(|observations| Cells::of(observations)).collect();
    let further: Vec<(usize, Cells)> =
        nearest.iter().map(|(rule, observations)| (*rule, Cells::of(observations))).collect();
    let of_view = |distance: fn(&Cells, &Cells, &Spread) -> f64| -> Vec<Vec<f64>> {
        own.iter()
            .zip(spreads)
            .map(|(truth, spread)| {
                let least = |other: usize| {
                    let further = further.iter().filter(|(rule, _)| *rule == other).map(|(_, cells)| cells);
                    further
                        .chain([&own[other]])
                        .map(|cells| distance(truth, cells, spread))
                        .fold(f64::INFINITY, f64::min)
                };
                (0..own.len()).map(least).collect()
            })
            .collect()
    };
    [of_view(of_details), of_view(of_summaries)]
}

fn of_details(truth: &Cells, other: &Cells, spread: &Spread) -> f64 {
    let mut sum = 0.0;
    for (key, figure) in &truth.domains {
        let difference = figure - other.domains.get(key).copied().unwrap_or_default();
        if difference != 0.0 {
            sum += difference * difference
                / spread.variance(spread.domains.get(key).copied().unwrap_or_default(), *figure);
        }
    }
    for (key, figure) in &other.domains {
        if !truth.domains.contains_key(key) {
            sum += figure * figure / spread.variance(spread.domains.get(key).copied().unwrap_or_default(), 0.0);
        }
    }
    sum
}

fn of_summaries(truth: &Cells, other: &Cells, spread: &Spread) -> f64 {
    let cells: Vec<(f64, f64, f64)> = truth
        .intervals
        .iter()
        .zip(&other.intervals)
        .zip(&spread.intervals)
        .map(|((&one, &other), &sums)| (one, other, spread.variance(sums, one)))
        .collect();
    let product: f64 = cells.iter().map(|(one, other, variance)| one * other / variance).sum();
    let square: f64 = cells.iter().map(|(_, other, variance)| other * other / variance).sum();
    let factor = if square > 0.0 { (product / square).clamp(FACTORS[0], FACTORS[1]) } else { 1.0 };
    cells.iter().map(|(one, other, variance)| (one - factor * other) * (one - factor * other) / variance).sum()
}
