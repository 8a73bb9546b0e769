//! Tables of what many intervals come to.

use tollgate_catalogue::{AccountName, Table};
use tollgate_ledger::Counts;

use crate::project::{Booked, Projection, Rows, Setting};

/// Adds up intervals and gives a table of the sum. Memory depends on keys, not on the number of intervals.
#[derive(Debug)]
pub struct Totals<'a> {
    table: &'a Table,
    projection: Projection<'a>,
    appliances: usize,
    counts: Counts,
    /// Deliveries are booked before they are added up, as some counting rules look at each interval.
    deliveries: Booked,
}

impl<'a> Totals<'a> {
    /// Nothing added up yet, for a table of one appliance or of several that are shown as one.
    ///
    /// # Panics
    /// If there is no setting, or the appliances have unlike multipliers.
    pub fn new(table: &'a Table, settings: &[Setting<'a>]) -> Self {
        let projection = Projection::merged(settings);
        let (counts, deliveries) = (Counts::default(), Booked::default());
        Totals { table, projection, appliances: settings.len(), counts, deliveries }
    }

    /// From now on gives only the rows whose first key has that name, and says whether the scenario knows it.
    pub fn restrict(&mut self, name: &str) -> bool {
        self.projection.restrict(self.table, name)
    }

    /// Adds an interval, the next in order of time. `fetch` adds what one appliance, by its place among the settings,
    /// counted in it; only the table's part is looked at.
    ///
    /// # Errors
    /// What `fetch` returns.
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

    /// Looks at an interval of before those that are added, in order of time, as some counting rules depend on what went
    /// before. `fetch` is as in `add`.
    ///
    /// # Errors
    /// What `fetch` returns.
    pub fn look<E>(&mut self, mut fetch: impl FnMut(usize, &mut Counts) -> Result<(), E>) -> Result<(), E> {
        for place in (0..self.appliances).filter(|_| self.table.account == AccountName::Deliveries) {
            let mut counts = Counts::default();
            fetch(place, &mut counts)?;
            self.projection.add_deliveries(place, &counts, &mut Booked::default());
        }
        Ok(())
    }

    /// Hands out the rows of the table, in order, and gives their number. `end_micros` is the end of the last interval.
    ///
    /// # Panics
    /// If something was counted that the directory does not name.
    pub fn project(&mut self, end_micros: u64, rows: &mut impl Rows) -> u64 {
        if self.table.account == AccountName::Deliveries {
            self.projection.project_booked(self.table, &self.deliveries, rows)
        } else {
            self.projection.project(self.table, end_micros, &[&self.counts], rows)
        }
    }
}
