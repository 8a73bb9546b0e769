//! Drawn scenarios of the thread, over many seeds.

use tollgate_catalogue::{Catalogue, Rule, Table};
use tollgate_ledger::Selection;
use tollgate_report::{CountingRule, Projection, Rows, Setting, Value, part_of};
use tollgate_scenario::{Amount, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

use super::{Page, Sums, assert_told, cell, outgoing, page, table, thousands};
use crate::support::root;

/// Number of seeds of the drawn hour and of the drawn day.
const SEEDS: u64 = 200;

/// Number of seeds of the drawn week, which has ten times the messages of the hour and the day together. 25 are enough: the standard
/// error of the mean is 0.2 standard deviations, and 0.5 are allowed. The error of the standard deviation is 14 %, and 30 % are
/// allowed.
const SEEDS_OF_A_WEEK: u64 = 25;

#[test]
fn draws_of_the_hour_after_the_switch_have_the_reported_figures() {
    let draws = draw("thread-a-drawn", SEEDS, &[27, 28], &[("attempt-only", None), ("every-plain", None)]);
    assert_reported("A", &draws[0], [27, 28], [2, 943, 0, 0, 0, 1_019, 2_903]);
    assert_near("A, in truth", &draws[1], &cell(27, "Unencrypted Connections"), 2_252);
}

#[test]
fn draws_of_the_week_before_the_switch_have_the_reported_figures() {
    let draws = draw("thread-b-drawn", SEEDS_OF_A_WEEK, &[3, 27, 28], &[("attempt-only", None)]);
    assert_reported("B", &draws[0], [27, 28], [137, 0, 0, 0, 198_232, 139, 255_487]);
    assert_near("B", &draws[0], &cell(3, "Hard Bounces"), 5_876);
    assert_near("B", &draws[0], &cell(3, "Total Messages Delivered"), 261_502);
}

#[test]
fn draws_of_the_second_site_have_the_reported_figures() {
    let rules = [("attempt-only", None), ("every-plain", None), ("load-shed", Some(0.4))];
    let draws = draw("thread-d-drawn", SEEDS, &[24, 25, 27, 28], &rules);
    assert_reported("D, out", &draws[0], [27, 28], [0, 1_904, 0, 34, 34, 3_390, 12_600]);
    assert_reported("D, in", &draws[0], [24, 25], [0, 1_091, 0, 0, 7_055, 1_401, 8_314]);
    assert_near("D, in truth", &draws[1], &cell(27, "Unencrypted Connections"), 9_775);
    // Second connections are never refused here, so the numbers of connections that failed and that are in clear are equal. The
    // rule load-shed has no reason to make them equal.
    let agree = |draws: &[Sums]| draws.iter().filter(|sums| outgoing(sums)[3] == outgoing(sums)[4]).count();
    assert_eq!(agree(&draws[0]), SEEDS as usize);
    assert_told(&format!("of {SEEDS} seeds, {} have as many", agree(&draws[2])));
}

/// For each rule, the sums of some tables for each of the first seeds of a scenario. A rule may have a `busy_above` of its own.
fn draw(scenario: &str, seeds: u64, tables: &[u32], rules: &[(&str, Option<f64>)]) -> Vec<Vec<Sums>> {
    let path = root().join(format!("scenarios/{scenario}.toml"));
    let mut scenario = Scenario::read(&path, &[]).unwrap();
    let tables: Vec<&Table> = tables.iter().map(|&number| table(number)).collect();
    let mut draws = vec![Vec::new(); rules.len()];
    for seed in 1..=seeds {
        scenario.seed = seed;
        let simulation = Simulation::new(&scenario);
        let appliances = rules.iter().map(|&(_, busy_above)| {
            let mut appliance = scenario.appliances[0].clone();
            appliance.counting.busy_above = busy_above.map_or(appliance.counting.busy_above, Amount::new);
            appliance
        });
        let interval_micros = scenario.time.export_interval.micros();
        let views = rules.iter().zip(appliances).map(|(&(rule, _), appliance)| {
            let rule: &Rule = Catalogue::builtin().rule(rule).unwrap();
            let projection = Projection::new(Setting {
                directory: simulation.directory(),
                reputation_multiplier: appliance.reputation_multiplier,
                interval_micros,
                counting: CountingRule::new(rule, &appliance, &scenario.time),
            });
            let sums = tables.iter().map(|table| ColumnSums { sums: vec![0; table.columns.len()], place: 0 });
            (projection, sums.collect())
        });
        let mut summing = Summing { tables: tables.clone(), views: views.collect(), interval_micros };
        let Ok(_) = simulation.run(&Workers::new(None).unwrap(), &mut summing);
        for (draws, sums) in draws.iter_mut().zip(summing.finish()) {
            draws.push(sums);
        }
    }
    draws
}

/// Sums the columns of counts of some tables of a run, once for each rule.
struct Summing<'a> {
    tables: Vec<&'static Table>,
    views: Vec<(Projection<'a>, Vec<ColumnSums>)>,
    interval_micros: u64,
}

/// The sum of each column of a table, in the order of the columns.
struct ColumnSums {
    sums: Vec<u64>,
    place: usize,
}

impl Rows for ColumnSums {
    fn begin(&mut self) {
        self.place = 0;
    }

    fn value(&mut self, value: Value<'_>) {
        if let Value::Count(count) = value {
            self.sums[self.place] += count;
        }
        self.place += 1;
    }

    fn end(&mut self) {}
}

impl Observer for Summing<'_> {
    type Error = std::convert::Infallible;

    fn selection(&self) -> Selection {
        Selection::ALL.only(self.tables.iter().map(|table| part_of(table)))
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error> {
        let end_micros = closed.begin.micros() + self.interval_micros;
        for (projection, tables) in &mut self.views {
            for (table, sums) in self.tables.iter().zip(tables) {
                projection.project(table, end_micros, &[&closed.counts], sums);
            }
        }
        Ok(())
    }
}

impl Summing<'_> {
    /// The sums of each view.
    fn finish(self) -> impl Iterator<Item = Sums> {
        let tables = self.tables;
        self.views.into_iter().map(move |(_, sums)| {
            let columns = tables.iter().zip(sums).flat_map(|(table, columns)| {
                let names = table.columns.iter().map(|column| cell(table.number, &column.name));
                names.zip(columns.sums)
            });
            columns.collect()
        })
    }
}

fn assert_reported(set: &str, draws: &[Sums], tables: [u32; 2], reported: Page) {
    for (key, reported) in page(tables).iter().zip(reported) {
        assert_near(set, draws, key, reported);
    }
}

/// Asserts that a reported figure is at most half a standard deviation from the mean over seeds, and that the standard deviation
/// is about the square root of the figure, as it is for independent messages.
fn assert_near(set: &str, draws: &[Sums], key: &(u32, String), reported: u64) {
    let column = &key.1;
    let values: Vec<f64> = draws.iter().map(|sums| sums[key] as f64).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() - 1) as f64;
    let deviation = variance.sqrt();
    if reported > 0 {
        let [reported, mean] = [reported, mean.round() as u64].map(thousands);
        assert_told(&format!("| {set} | {column} | {reported} | {mean} ± {deviation:.0} |"));
    }
    assert!(
        (mean - reported as f64).abs() <= 0.5 * deviation,
        "{set}: {column}: {mean} +- {deviation}, not {reported}"
    );
    let expected = (reported as f64).sqrt();
    assert!((0.7 * expected..=1.7 * expected).contains(&deviation), "{set}: {column}: {mean} +- {deviation}");
}
