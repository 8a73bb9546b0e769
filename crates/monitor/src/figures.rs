//! The figures that pages show: rows of tables, as values.

use std::net::Ipv4Addr;

use tollgate_catalogue::{Rule, Table};
use tollgate_ledger::Counts;
use tollgate_report::{Projection, Rows, Totals, Value};

use crate::range::Range;
use crate::refusal::{Refusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Figure {
    Text(String),
    Flag(bool),
    Address(Ipv4Addr),
    /// A reputation score in tenths, if there is one.
    Score(Option<i16>),
    Count(u64),
    Number(f64),
    /// A percentage that is shown with one decimal.
    Percent(f64),
}

/// The rows of each interval of a range, with the interval's beginning in microseconds since the Unix epoch.
pub(crate) type Intervals = Vec<(u64, Vec<Vec<Figure>>)>;

/// What figures are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) table: &'static Table,
    pub(crate) range: &'a Range,
    /// The counting rule; without one, each appliance's own.
    pub(crate) rule: Option<&'static Rule>,
    /// The only user or filter that is wanted, in a table of one.
    pub(crate) key: Option<&'a str>,
}

impl Figure {
    /// The value as a number, for graphs and sorting; none of a name.
    pub(crate) fn number(&self) -> Option<f64> {
        match *self {
            Figure::Count(count) => Some(count as f64),
            Figure::Number(number) | Figure::Percent(number) => Some(number),
            Figure::Score(score) => score.map(|tenths| f64::from(tenths) / 10.0),
            Figure::Text(_) | Figure::Flag(_) | Figure::Address(_) => None,
        }
    }
}

impl Wanted<'_> {
    /// The rows of the table over the whole range, in the order of exports. It blocks until the range has been made.
    ///
    /// # Errors
    /// If there is no such user or filter, or the history does not have the range.
    pub(crate) fn totals(&self, site: &Site) -> Result<Vec<Vec<Figure>>, Refusal> {
        let settings = site.settings(self.scope, self.range.resolution, self.rule)?;
        let appliances = site.appliances(self.scope);
        let mut totals = Totals::new(self.table, &settings);
        if let Some(key) = self.key {
            self.check_key(key, totals.restrict(key))?;
        }
        for begin in site.lead_in(self.table, &settings, self.range) {
            totals.look(|place, counts| site.absorb(self.table, appliances[place], self.range, begin, counts))?;
        }
        for begin in self.range.begins() {
            totals.add(|place, counts| site.absorb(self.table, appliances[place], self.range, begin, counts))?;
        }
        let mut taken = Taken::default();
        totals.project(self.range.to_micros, &mut taken);
        Ok(taken.rows)
    }

    /// The rows of the table in each interval of the range. It blocks until the range has been made.
    ///
    /// # Errors
    /// If there is no such user or filter, or the history does not have the range.
    pub(crate) fn over_time(&self, site: &Site) -> Result<Intervals, Refusal> {
        let settings = site.settings(self.scope, self.range.resolution, self.rule)?;
        let mut projection = Projection::merged(&settings);
        if let Some(key) = self.key {
            self.check_key(key, projection.restrict(self.table, key))?;
        }
        let mut intervals = Vec::new();
        for begin in site.lead_in(self.table, &settings, self.range).chain(self.range.begins()) {
            let counts = site.read(self.scope, self.table, self.range, begin)?;
            let mut taken = Taken::default();
            let counts: Vec<&Counts> = counts.iter().collect();
            projection.project(self.table, begin + self.range.interval_micros, &counts, &mut taken);
            if begin >= self.range.from_micros {
                intervals.push((begin, taken.rows));
            }
        }
        Ok(intervals)
    }

    fn check_key(&self, key: &str, known: bool) -> Result<(), Refusal> {
        if known {
            return Ok(());
        }
        let line =
            format!("{}: found {}, allowed are the names that its tables list", self.table.page_path, shown(key));
        Err(Refusal::missing(line))
    }
}

/// Rows on their way into values that stay.
#[derive(Debug, Default)]
struct Taken {
    rows: Vec<Vec<Figure>>,
}

impl Rows for Taken {
    fn begin(&mut self) {
        self.rows.push(Vec::new());
    }

    fn value(&mut self, value: Value<'_>) {
        let figure = match value {
            Value::Text(text) => Figure::Text(text.to_owned()),
            Value::Flag(flag) => Figure::Flag(flag),
            Value::Address(address) => Figure::Address(address.into()),
            Value::Score(score) => Figure::Score(score),
            Value::Count(count) => Figure::Count(count),
            Value::Number(number) => Figure::Number(number),
            Value::Percent(percent) => Figure::Percent(percent),
        };
        if let Some(row) = self.rows.last_mut() {
            row.push(figure);
        }
    }

    fn end(&mut self) {}
}

#[cfg(test)]
mod tests;
