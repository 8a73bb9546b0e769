//! Tables over many intervals.

use tollgate_catalogue::{AccountName, Table};
use tollgate_ledger::Counts;

use crate::project::{CountedDeliveries, Projection, Rows, Setting};

/// Adds up intervals and makes a table of the sum. Memory depends on the number of keys, not of intervals.
#[derive(Debug)]
pub struct Totals<'a> {
    table: &'a Table,
    projection: Projection<'a>,
    appliances: usize,
    counts: Counts,
    /// Deliveries are counted by their rule before they are added, because some rules depend on single intervals.
    deliveries: CountedDeliveries,
}

impl<'a> Totals<'a> {
    /// An empty sum for a table of one appliance, or of several that are shown as one.
    ///
    /// # Panics
    /// If there is no setting, or the appliances have different multipliers.
    pub fn new(table: &'a Table, settings: &[Setting<'a>]) -> Self {
        let projection = Projection::merged(settings);
        let (counts, deliveries) = (Counts::default(), CountedDeliveries::default());
        Totals { table, projection, appliances: settings.len(), counts, deliveries }
    }

    /// From now on gives only the rows whose first key has this name. Returns false if the scenario has no such name.
    pub fn restrict(&mut self, name: &str) -> bool {
        self.projection.restrict(self.table, name)
    }

    /// Adds the next interval in order of time. `fetch` adds the counts of one appliance in this interval, given its
    /// place among the settings. Only the table's part is used.
    ///
    /// # Errors
    /// The error of `fetch`.
    pub fn add<E>(&mut self, mut fetch: impl FnMut(usize, &mut Counts) -> Result<(), E>) -> Result<(), E> {
        for place in 0..self.appliances {
            if self.table.account == AccountName::Deliveries {
                let mut counts = Counts::default();
                fetch(place, &mut counts)?;
                self.projection.add_deliveries(place, &counts, &mut self.deliveries);
            } else {
                fetch(place, &mut self.counts)?;
            }
        }
        Ok(())
    }

    /// Shows the counting rules an interval from before the added ones, because some rules depend on earlier
    /// intervals. These intervals must come in order of time. `fetch` is the same as for `add`.
    ///
    /// # Errors
    /// The error of `fetch`.
    pub fn look<E>(&mut self, mut fetch: impl FnMut(usize, &mut Counts) -> Result<(), E>) -> Result<(), E> {
        for place in (0..self.appliances).filter(|_| self.table.account == AccountName::Deliveries) {
            let mut counts = Counts::default();
            fetch(place, &mut counts)?;
            self.projection.add_deliveries(place, &counts, &mut CountedDeliveries::default());
        }
        Ok(())
    }

    /// The number of addresses that have been added. Only tables of addresses have them.
    pub fn addresses(&self) -> usize {
        self.counts.addresses.len()
    }

    /// Gives the rows of the table in order and returns their number. `end_micros` is the end of the last interval.
    ///
    /// # Panics
    /// If something was counted that the directory does not name.
    pub fn project(&mut self, end_micros: u64, rows: &mut impl Rows) -> u64 {
        if self.table.account == AccountName::Deliveries {
            self.projection.project_counted(self.table, &self.deliveries, rows)
        } else {
            self.projection.project(self.table, end_micros, &[&self.counts], rows)
        }
    }
}
