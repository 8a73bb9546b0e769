//! Mail stopped by reputation filtering.

use tollgate_catalogue::Catalogue;
use tollgate_report::{CountingRule, Projection, Rows, Setting, Value};
use tollgate_simulation::Simulation;

use crate::realism::page::judge;
use crate::realism::{SEEDS, scenario, watch};

/// The rows of a table. A value that is no count is zero.
#[derive(Default)]
struct Counted(Vec<Vec<u64>>);

impl Rows for Counted {
    fn begin(&mut self) {
        self.0.push(Vec::new());
    }

    fn value(&mut self, value: Value<'_>) {
        let count = if let Value::Count(count) = value { count } else { 0 };
        self.0.last_mut().unwrap().push(count);
    }

    fn end(&mut self) {}
}

/// The multiplier that a blocked connection has in a day's exports, by domain and hour.
fn measured_multiplier(seed: u64, multiplier: u64) -> f64 {
    let set = format!("appliances.c650.reputation_multiplier={multiplier}");
    let scenario = scenario("c650-week", seed, &["volume=0.1", "time.span=1d", &set]);
    let simulation = Simulation::new(&scenario);
    let catalogue = Catalogue::builtin();
    let mut projection = Projection::new(Setting {
        directory: simulation.directory(),
        reputation_multiplier: scenario.appliances[0].reputation_multiplier,
        interval_micros: scenario.time.export_interval.micros(),
        counting: CountingRule::new(&catalogue.rules()[0], &scenario.appliances[0], &scenario.time),
    });
    let table = catalogue.select("incoming_mail_incoming_domains.csv").next().unwrap();
    let column = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
    let [stopped, throttled, rejected] =
        ["Stopped by Reputation Filtering", "Stopped by Recipient Throttling", "Rejected"].map(column);
    let mut rows = Counted::default();
    watch(&simulation, |closed| {
        projection.project(table, closed.begin.micros(), &[&closed.counts], &mut rows);
    });
    for row in &rows.0 {
        assert_eq!(row[stopped] - row[throttled], multiplier * row[rejected]);
    }
    let sum = |column: usize| rows.0.iter().map(|row| row[column]).sum::<u64>() as f64;
    assert!(sum(throttled) > 0.0, "nothing was throttled");
    (sum(stopped) - sum(throttled)) / sum(rejected)
}

#[test]
fn a_blocked_connection_counts_for_the_multiplier() {
    let name = "(Stopped by reputation - throttled) / rejected connections";
    judge(name, SEEDS.map(|seed| measured_multiplier(seed, 3)));
    judge(&format!("{name}, with a multiplier of 5"), SEEDS.map(|seed| measured_multiplier(seed, 5)));
}
