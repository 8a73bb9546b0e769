//! The figures of a page: the values in the rows of its tables.

use std::net::Ipv4Addr;

use tollgate_catalogue::{Rule, Table};
use tollgate_ledger::Counts;
use tollgate_report::{Projection, Rows, Totals, Value, is_missing};
use tollgate_wording::count;

use super::definition::{PageTable, TableLayout};
use super::request::PageRequest;
use crate::counts::TableCounts;
use crate::range::Range;
use crate::refusal::{HttpRefusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CellValue {
    Text(String),
    Flag(bool),
    Address(Ipv4Addr),
    /// An SBRS in tenths, or none.
    Score(Option<i16>),
    Count(u64),
    Number(f64),
    /// A percentage.
    Percent(f64),
}

/// The rows of a table in one interval.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct IntervalFigures {
    /// The beginning of the interval, in microseconds since the Unix epoch.
    pub(super) begin_micros: u64,
    pub(super) rows: Vec<Vec<CellValue>>,
}

/// The rows of a table over a range of time.
#[derive(Clone, Debug)]
pub(super) struct RangeRows {
    /// The rows of each interval. A ranking has one entry, with the rows of the whole range.
    pub(super) intervals: Vec<IntervalFigures>,
    /// The sum of each column over all rows, or zero if the column has no counts.
    pub(super) sums: Vec<u64>,
}

/// The figures of one table of a page.
#[derive(Clone, Debug)]
pub(super) struct TableFigures {
    pub(super) counted: RangeRows,
    /// The true figures, if the page compares and the table depends on the counting rule. A summary has them only if its lines
    /// differ.
    pub(super) truth: Option<RangeRows>,
}

/// A query for the figures of one table under one counting rule.
#[derive(Clone, Copy, Debug)]
struct FigureQuery<'a> {
    scope: &'a Scope,
    table: &'static Table,
    range: &'a Range,
    /// The counting rule. Without one, each appliance uses its own.
    rule: Option<&'static Rule>,
    /// The user or filter whose rows are read. Without one, all rows are read.
    key: Option<&'a str>,
}

/// Reads the figures of every table that a page shows, part by part. A page without its user or filter has none. Blocks until
/// the history has the range.
///
/// # Errors
/// If the user or filter does not exist, or the history does not keep the range.
pub(super) fn read(request: &PageRequest<'_>) -> Result<Vec<Vec<TableFigures>>, HttpRefusal> {
    if request.lacks_subject {
        return Ok(Vec::new());
    }
    let of_part = |tables: &[PageTable]| tables.iter().map(|table| TableFigures::read(request, table)).collect();
    request.parts.iter().map(|part| of_part(&part.tables)).collect()
}

impl CellValue {
    /// The value as a number, for graphs and sorting. Texts, flags, addresses and missing scores have none.
    pub(super) fn number(&self) -> Option<f64> {
        match *self {
            CellValue::Count(count) => Some(count as f64),
            CellValue::Number(number) | CellValue::Percent(number) => Some(number),
            CellValue::Score(score) => score.map(|tenths| f64::from(tenths) / 10.0),
            CellValue::Text(_) | CellValue::Flag(_) | CellValue::Address(_) => None,
        }
    }

    /// The count, or zero if the value is not a count.
    pub(super) fn count(&self) -> u64 {
        if let CellValue::Count(count) = *self { count } else { 0 }
    }

    /// The value as a name. Ids are the only numbers that serve as names. They are written without commas.
    pub(super) fn name(&self) -> String {
        match self {
            CellValue::Text(text) => text.clone(),
            CellValue::Flag(flag) => String::from(if *flag { "Yes" } else { "No" }),
            CellValue::Address(address) => address.to_string(),
            CellValue::Score(_) => self.number().map_or_else(|| String::from("None"), |score| format!("{score:.1}")),
            CellValue::Count(_) | CellValue::Number(_) | CellValue::Percent(_) => {
                self.number().unwrap_or_default().to_string()
            }
        }
    }
}

impl TableFigures {
    fn read(request: &PageRequest<'_>, table: &PageTable) -> Result<TableFigures, HttpRefusal> {
        let PageRequest { site, scope, ref range, subject: key, .. } = *request;
        let query = FigureQuery { scope, table: table.table, range, rule: request.rule_of(table.table), key };
        let read = |query: FigureQuery<'_>| match table.layout {
            TableLayout::Ranking { .. } => {
                let rows = query.totals(site)?;
                Ok(RangeRows::new(table, vec![IntervalFigures { begin_micros: range.from_micros, rows }]))
            }
            TableLayout::Summary { .. } | TableLayout::OverTime { .. } => {
                Ok(RangeRows::new(table, query.over_time(site)?))
            }
        };
        let counted = read(query)?;
        let truth = request.truth.filter(|_| table.table.follows_rule());
        let truth = truth.map(|rule| read(FigureQuery { rule: Some(rule), ..query })).transpose()?;
        let truth = truth.filter(|truth| match &table.layout {
            TableLayout::Summary { lines, .. } => {
                lines.iter().any(|line| line.sum(&counted.sums) != line.sum(&truth.sums))
            }
            TableLayout::OverTime { .. } | TableLayout::Ranking { .. } => true,
        });
        Ok(TableFigures { counted, truth })
    }
}

impl RangeRows {
    fn new(table: &PageTable, intervals: Vec<IntervalFigures>) -> RangeRows {
        let mut sums = vec![0; table.table.columns.len()];
        for row in intervals.iter().flat_map(|interval| &interval.rows) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value.count());
        }
        RangeRows { intervals, sums }
    }

    /// The number of rows of a ranking, or the number of intervals of another layout.
    pub(super) fn count(&self, layout: &TableLayout) -> usize {
        match layout {
            TableLayout::Ranking { .. } => self.intervals.iter().map(|interval| interval.rows.len()).sum(),
            TableLayout::Summary { .. } | TableLayout::OverTime { .. } => self.intervals.len(),
        }
    }
}

impl FigureQuery<'_> {
    /// The rows of the table over the whole range, in the order of exports. Blocks until the history has the range.
    ///
    /// # Errors
    /// If the user or filter does not exist, or the history does not keep the range.
    fn totals(&self, site: &Site) -> Result<Vec<Vec<CellValue>>, HttpRefusal> {
        let counts = TableCounts::new(site, self.scope, self.table, self.range, self.rule)?;
        let mut totals = Totals::new(self.table, &counts.settings);
        if let Some(key) = self.key {
            self.check_key(key, totals.restrict(key))?;
        }
        for begin in counts.lead_in() {
            totals.look(|place, into| counts.absorb(place, begin, into))?;
        }
        for begin in self.range.begins() {
            totals.add(|place, into| counts.absorb(place, begin, into))?;
            if totals.addresses() > site.most_addresses {
                return Err(self.refuse_size(site.most_addresses));
            }
        }
        let mut collector = RowCollector::default();
        totals.project(self.range.to_micros, &mut collector);
        Ok(collector.rows)
    }

    /// The rows of the table in each interval of the range. Blocks until the history has the range.
    ///
    /// # Errors
    /// If the user or filter does not exist, or the history does not keep the range.
    fn over_time(&self, site: &Site) -> Result<Vec<IntervalFigures>, HttpRefusal> {
        let counts = TableCounts::new(site, self.scope, self.table, self.range, self.rule)?;
        let mut projection = Projection::merged(&counts.settings);
        if let Some(key) = self.key {
            self.check_key(key, projection.restrict(self.table, key))?;
        }
        let mut intervals = Vec::new();
        for begin in counts.lead_in().chain(self.range.begins()) {
            let interval = counts.read(begin)?;
            let mut collector = RowCollector::default();
            let interval: Vec<&Counts> = interval.iter().collect();
            projection.project(self.table, begin + self.range.interval_micros, &interval, &mut collector);
            if begin >= self.range.from_micros {
                let rows = if is_missing(self.table, &interval) { Vec::new() } else { collector.rows };
                intervals.push(IntervalFigures { begin_micros: begin, rows });
            }
        }
        Ok(intervals)
    }

    /// The refusal of a range with more addresses than a page may hold in memory.
    fn refuse_size(&self, most: usize) -> HttpRefusal {
        let (title, most) = (&self.table.title, count(most as u64));
        HttpRefusal::bad(format!(
            "date_range: found more than {most} rows of {title}, allowed are {most} on a page; choose a shorter range or download \
             the export"
        ))
    }

    fn check_key(&self, key: &str, known: bool) -> Result<(), HttpRefusal> {
        if known {
            return Ok(());
        }
        let line = format!("{}: found {}, allowed are the names in its tables", self.table.page_path, shown(key));
        Err(HttpRefusal::missing(line))
    }
}

/// Collects rows as owned values.
#[derive(Debug, Default)]
struct RowCollector {
    rows: Vec<Vec<CellValue>>,
}

impl Rows for RowCollector {
    fn begin(&mut self) {
        self.rows.push(Vec::new());
    }

    fn value(&mut self, value: Value<'_>) {
        let value = match value {
            Value::Text(text) => CellValue::Text(text.to_owned()),
            Value::Flag(flag) => CellValue::Flag(flag),
            Value::Address(address) => CellValue::Address(address.into()),
            Value::Score(score) => CellValue::Score(score),
            Value::Count(count) => CellValue::Count(count),
            Value::Number(number) => CellValue::Number(number),
            Value::Percent(percent) => CellValue::Percent(percent),
        };
        if let Some(row) = self.rows.last_mut() {
            row.push(value);
        }
    }

    fn end(&mut self) {}
}

#[cfg(test)]
mod tests;
