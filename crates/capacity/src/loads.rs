//! Chooses the loads of a plan around the limits of its sides.

use std::sync::Arc;

use tollgate_scenario::{Scenario, Traffic};

use crate::limit::{COARSE, EXPECTED_RUNS, LimitSearch};
use crate::measurement::SiteMeasurement;
use crate::objective::Objectives;
use crate::runs::{RunRequest, Runs, Watcher};

/// The smallest chosen load, as a part of the smallest limit.
const BELOW: f64 = 0.6;
/// The largest chosen load, as a multiple of the largest limit.
const ABOVE: f64 = 1.2;
/// The chosen loads if no side has a limit.
const WITHOUT_LIMIT: (f64, f64) = (0.5, 4.0);

/// Evenly spaced loads around the limits of the sides, and load 1. The limits are found to 10%, with one seed and a few runs.
///
/// # Errors
/// If the watcher returns an error.
pub(crate) fn around_limits<W: Watcher>(
    sides: &[Scenario],
    load_of: &Traffic,
    objectives: &Objectives,
    runs: &Runs<W>,
    count: usize,
) -> Result<Vec<f64>, W::Error> {
    let places: Vec<usize> = (0..sides.len()).collect();
    let limits = runs.in_parallel(&places, |&side| limits(side, &sides[side], load_of, objectives, runs))?;
    // The scenario may allow less traffic than the largest load has.
    let is_allowed = |load: &f64| sides.iter().all(|scenario| scenario.scaled(load_of, *load).is_ok());
    Ok(spread_around(&limits.concat(), count).into_iter().filter(is_allowed).collect())
}

/// The limits of a side with the seed of its scenario.
fn limits<W: Watcher>(
    side: usize,
    scenario: &Scenario,
    load_of: &Traffic,
    objectives: &Objectives,
    runs: &Runs<W>,
) -> Result<Vec<f64>, W::Error> {
    runs.watcher.expect(1.0 + 2.0 * EXPECTED_RUNS);
    let at_one = runs.measure(&RunRequest { side, load: 1.0, scenario })?;
    let find = |cause: &(dyn Fn(&SiteMeasurement) -> Option<()> + Sync)| {
        let sweep = vec![(1.0, Arc::clone(&at_one))];
        LimitSearch { scenario: scenario.clone(), load_of, side, sweep, runs, cause, precision: COARSE }.find(1.0)
    };
    let exhausted = find(&|measured| measured.site.exhausted.first().map(|_| ()))?;
    let broken = |measured: &SiteMeasurement| objectives.first_broken(&measured.site).map(|_| ());
    let broken = if objectives.is_empty() { None } else { find(&broken)?.load };
    Ok([exhausted.load, broken].into_iter().flatten().collect())
}

/// Loads from below the smallest limit to above the largest one, and load 1.
fn spread_around(limits: &[f64], count: usize) -> Vec<f64> {
    let (low, high) = match limits.iter().copied().reduce(f64::min) {
        Some(least) => (BELOW * least, ABOVE * limits.iter().copied().fold(least, f64::max)),
        None => WITHOUT_LIMIT,
    };
    let has_one_within = (low..=high).contains(&1.0);
    let spread = if has_one_within { count } else { count - 1 };
    let step = (high - low) / (spread - 1).max(1) as f64;
    let mut loads: Vec<f64> = (0..spread).map(|place| rounded(low + place as f64 * step)).collect();
    let distance = |place: &usize| (loads[*place] - 1.0).abs();
    match (0..spread).min_by(|one, other| distance(one).total_cmp(&distance(other))) {
        Some(nearest) if has_one_within => loads[nearest] = 1.0,
        _ => loads.push(1.0),
    }
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    loads
}

/// A load rounded to three digits.
fn rounded(load: f64) -> f64 {
    format!("{load:.2e}").parse().expect("a number as the program writes it")
}
