//! The differences between an appliance's counting rule and the truth.

use serde::Serialize;
use tollgate_catalogue::{ColumnKind, Table};
use tollgate_report::{Projection, Rows, Setting, Value};
use tollgate_simulation::Closed;
use tollgate_wording::{count, counted};

use crate::terminal;

/// The column sums of a table over the span, as the appliance counts and in truth.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) appliance: String,
    /// The counting rule of the appliance.
    pub(crate) rule: String,
    /// The number of the table.
    pub(crate) table: u32,
    /// Its file.
    pub(crate) file: String,
    pub(crate) intervals: u64,
    /// Number of intervals in which a row differs.
    pub(crate) intervals_that_differ: u64,
    /// The columns that are counts.
    pub(crate) columns: Vec<ColumnDifference>,
}

/// The sums of a column.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ColumnDifference {
    pub(crate) column: String,
    /// As the appliance counts.
    pub(crate) counted: u64,
    /// The truth.
    pub(crate) truth: u64,
}

/// The differences as text, by appliance and table.
pub(crate) fn describe_differences(differences: &[Difference]) -> String {
    if differences.is_empty() {
        return "No table of this run depends on the counting rule.\n".into();
    }
    let mut text = String::new();
    for difference in differences {
        let Difference { appliance, rule, table, file, intervals, intervals_that_differ, columns } = difference;
        text.push_str(&format!("{appliance} under {rule}, table {table} ({file}): "));
        if *intervals_that_differ == 0 {
            text.push_str("equal to the truth\n");
            continue;
        }
        let (differ, all) = (count(*intervals_that_differ), counted(*intervals, "interval"));
        text.push_str(&format!("differs from the truth in {differ} of {all}\n"));
        let mut rows = vec![["sum of", "counted", "true"].map(String::from).to_vec()];
        rows.extend(
            columns
                .iter()
                .filter(|column| column.counted != column.truth)
                .map(|column| vec![column.column.clone(), count(column.counted), count(column.truth)]),
        );
        text.push_str(&terminal::indented_columns(&rows, 2));
    }
    text
}

/// A table that is compared interval by interval during the run.
#[derive(Debug)]
pub(crate) struct Comparison<'a> {
    table: &'a Table,
    counted: ColumnTotals<'a>,
    truth: ColumnTotals<'a>,
    intervals: u64,
    intervals_that_differ: u64,
}

/// The sums of a table's columns.
#[derive(Debug)]
struct ColumnTotals<'a> {
    projection: Projection<'a>,
    sums: Vec<u64>,
}

/// Adds the counts of rows to the sums of their columns.
struct Adding<'a> {
    sums: &'a mut [u64],
    column: usize,
}

impl<'a> Comparison<'a> {
    /// The comparison of a table under two settings.
    pub(crate) fn new(table: &'a Table, counted: Setting<'a>, truth: Setting<'a>) -> Self {
        let totals =
            |setting| ColumnTotals { projection: Projection::new(setting), sums: vec![0; table.columns.len()] };
        Comparison { table, counted: totals(counted), truth: totals(truth), intervals: 0, intervals_that_differ: 0 }
    }

    /// Adds an interval. `differs` is true if its rows are not the same.
    pub(crate) fn take(&mut self, closed: &Closed, differs: bool) {
        self.intervals += 1;
        self.intervals_that_differ += u64::from(differs);
        for totals in [&mut self.counted, &mut self.truth] {
            let end_micros = closed.begin.micros() + totals.projection.setting().interval_micros;
            let mut adding = Adding { sums: &mut totals.sums, column: 0 };
            totals.projection.project(self.table, end_micros, &[&closed.counts], &mut adding);
        }
    }

    /// The difference for an appliance.
    pub(crate) fn finish(self, appliance: &str) -> Difference {
        let sums = self.counted.sums.iter().zip(&self.truth.sums);
        let columns = self.table.columns.iter().zip(sums).filter(|(column, _)| column.kind() == ColumnKind::Count);
        Difference {
            appliance: appliance.into(),
            rule: self.counted.projection.setting().counting.rule.name.clone(),
            table: self.table.number,
            file: self.table.file.clone(),
            intervals: self.intervals,
            intervals_that_differ: self.intervals_that_differ,
            columns: columns
                .map(|(column, (&counted, &truth))| ColumnDifference { column: column.name.clone(), counted, truth })
                .collect(),
        }
    }
}

impl Rows for Adding<'_> {
    fn begin(&mut self) {
        self.column = 0;
    }

    fn value(&mut self, value: Value<'_>) {
        if let Value::Count(count) = value {
            self.sums[self.column] += count;
        }
        self.column += 1;
    }

    fn end(&mut self) {}
}
