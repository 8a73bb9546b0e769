//! The counts of exports as series on one grid of time. Each comes from the best table that has it.

use std::collections::BTreeMap;

use tollgate_catalogue::ColumnKind;

use crate::figures::{Figures, TableSeries};

/// The columns that can show a count, the best first: the number of a table and headings whose columns are added up.
pub(crate) type CountSources = &'static [(u32, &'static [&'static str])];

/// Recipients of incoming mail, by what became of them.
pub(crate) const CLEAN: CountSources = &[
    (1, &["Clean messages"]),
    (4, &["Clean"]),
    (6, &["Clean"]),
    (5, &["Clean"]),
    (9, &["Incoming Clean"]),
    (10, &["Clean"]),
    // As if all mail were clean.
    (25, &["TLS Encrypted", "Unencrypted"]),
    (34, &["Messages"]),
];
pub(crate) const FILTERED: CountSources = &[
    (1, &["Stopped by Content Filters"]),
    (4, &["Stopped by Content Filter"]),
    (6, &["Stopped by Content Filter"]),
    (5, &["Stopped by Content Filter"]),
    (9, &["Incoming Stopped by Content Filters"]),
    (10, &["Stopped by Content Filters"]),
];
pub(crate) const SPAM: CountSources = &[
    (1, &["Spam Detected"]),
    (4, &["Spam Detected"]),
    (6, &["Spam Detected"]),
    (5, &["Spam Detected"]),
    (9, &["Incoming Spam Detected"]),
    (10, &["Spam Detected"]),
];
pub(crate) const VIRUS: CountSources = &[
    (1, &["Virus Detected"]),
    (4, &["Virus Detected"]),
    (6, &["Virus Detected"]),
    (5, &["Virus Detected"]),
    (9, &["Incoming Virus Detected"]),
    (10, &["Virus Detected"]),
    (23, &["Incoming Messages"]),
];
pub(crate) const INVALID: CountSources = &[
    (1, &["Stopped as Invalid Recipients"]),
    (4, &["Stopped as Invalid Recipients"]),
    (6, &["Stopped as Invalid Recipients"]),
    (5, &["Stopped as Invalid Recipients"]),
];
pub(crate) const THROTTLED: CountSources =
    &[(4, &["Stopped by Recipient Throttling"]), (6, &["Stopped by Recipient Throttling"])];
pub(crate) const REPUTATION: CountSources = &[
    (1, &["Stopped by Reputation Filtering"]),
    (4, &["Stopped by Reputation Filtering"]),
    (6, &["Stopped by Reputation Filtering"]),
    (5, &["Stopped by Reputation Filtering"]),
];
/// Connections.
pub(crate) const REJECTED: CountSources =
    &[(8, &["Reject", "TCP Refuse"]), (4, &["Rejected"]), (6, &["Connections Rejected"])];
pub(crate) const ACCEPTED: CountSources =
    &[(8, &["Accept"]), (4, &["Accepted"]), (6, &["Connections Accepted"]), (24, &["Total Connections"])];
pub(crate) const RELAYED: CountSources = &[(8, &["Relay"])];
/// Messages (transactions) and bytes of incoming mail.
pub(crate) const MESSAGES_IN: CountSources = &[(34, &["Messages"])];
pub(crate) const BYTES_IN: CountSources = &[(36, &["Message Size"])];
/// Recipients of outgoing mail.
pub(crate) const SENT_CLEAN: CountSources = &[(2, &["Clean Messages"]), (9, &["Outgoing Clean"]), (11, &["Clean"])];
pub(crate) const SENT_FILTERED: CountSources = &[
    (2, &["Stopped by Content Filters"]),
    (9, &["Outgoing Stopped by Content Filters"]),
    (11, &["Stopped by Content Filters"]),
];
pub(crate) const SENT_VIRUS: CountSources =
    &[(2, &["Virus Detected"]), (9, &["Outgoing Virus Detected"]), (11, &["Virus Detected"])];
pub(crate) const DELIVERED: CountSources = &[(3, &["Delivered"]), (28, &["TLS Encrypted", "Unencrypted"])];
pub(crate) const BOUNCED: CountSources = &[(3, &["Hard Bounces"])];
/// Messages (transactions), connections and bytes of outgoing mail.
pub(crate) const MESSAGES_OUT: CountSources = &[(38, &["Messages"])];
pub(crate) const CONNECTIONS_OUT: CountSources = &[(37, &["Connections"])];
pub(crate) const BYTES_OUT: CountSources = &[(40, &["Message Size"])];

/// A grid of equal steps of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeGrid {
    /// Seconds since the Unix epoch.
    pub(crate) begin: i64,
    pub(crate) step: i64,
    pub(crate) steps: usize,
}

/// The evidence of exports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub(crate) figures: &'a Figures,
    pub(crate) grid: TimeGrid,
}

impl TimeGrid {
    /// The grid of exports: its steps are the longest intervals. `None` if no table has timestamps.
    pub(crate) fn of(figures: &Figures) -> Option<TimeGrid> {
        let (begin, end) = figures.span()?;
        let points = figures.tables.values().flat_map(|table| &table.series);
        let step = points.map(|point| point.length_seconds).max().filter(|&step| step > 0)?;
        let begin = begin.div_euclid(step) * step;
        Some(TimeGrid { begin, step, steps: ((end - begin + step - 1) / step) as usize })
    }

    pub(crate) fn end(self) -> i64 {
        self.begin + self.step * self.steps as i64
    }

    /// The grid with steps that are a multiple of a number of seconds. It may end later.
    pub(crate) fn with_step_of(self, seconds: i64) -> TimeGrid {
        if self.step % seconds == 0 {
            return self;
        }
        let step = (self.step + seconds - 1) / seconds * seconds;
        let begin = self.begin.div_euclid(step) * step;
        TimeGrid { begin, step, steps: ((self.end() - begin + step - 1) / step) as usize }
    }

    /// Its length in weeks.
    pub(crate) fn weeks(self) -> f64 {
        (self.step * self.steps as i64) as f64 / 604_800.0
    }

    /// The step that a moment is in.
    pub(crate) fn place(self, begin_seconds: i64) -> Option<usize> {
        let place = usize::try_from((begin_seconds - self.begin).div_euclid(self.step)).ok()?;
        (place < self.steps).then_some(place)
    }

    /// The sums of some columns of a table in each step.
    pub(crate) fn series(self, table: &TableSeries, columns: &[usize]) -> Vec<f64> {
        let mut series = vec![0.0; self.steps];
        for point in &table.series {
            if let Some(place) = self.place(point.begin_seconds) {
                series[place] += columns.iter().map(|&column| point.values[column]).sum::<f64>();
            }
        }
        series
    }
}

impl<'a> Evidence<'a> {
    /// The series of a count, from the best table that is there.
    pub(crate) fn series(&self, sources: CountSources) -> Option<Vec<f64>> {
        let of = |(number, headings): &(u32, &[&str])| {
            let table = self.figures.table(*number)?;
            let columns: Option<Vec<usize>> = headings.iter().map(|heading| table.column(heading)).collect();
            Some(self.grid.series(table, &columns?))
        };
        sources.iter().find_map(of)
    }

    /// The same, with zeros if no table has the count.
    pub(crate) fn series_or_zeros(&self, sources: CountSources) -> Vec<f64> {
        self.series(sources).unwrap_or_else(|| vec![0.0; self.grid.steps])
    }

    /// The sum of a count over the span.
    pub(crate) fn total(&self, sources: CountSources) -> Option<f64> {
        Some(self.series(sources)?.iter().sum())
    }

    /// The sums of the columns with these headings for each key of a table, without keys that have none.
    pub(crate) fn by_key(&self, number: u32, headings: &[&str]) -> Option<BTreeMap<&'a str, f64>> {
        let table = self.figures.table(number)?;
        let columns: Option<Vec<usize>> = headings.iter().map(|heading| table.column(heading)).collect();
        let columns = columns?;
        let sums = table.keys.sums.iter();
        let sums = sums.map(|(key, sums)| (key.as_str(), columns.iter().map(|&column| sums[column]).sum::<f64>()));
        Some(sums.filter(|(_, sum)| *sum > 0.0).collect())
    }

    /// The mean of a column over the time in which it has rows.
    pub(crate) fn mean(&self, number: u32, heading: &str) -> Option<f64> {
        let table = self.figures.table(number)?;
        let column = table.column(heading)?;
        debug_assert!(table.kind(column) != ColumnKind::Key);
        (!table.series.is_empty()).then(|| table.total(column))
    }

    /// The gaps in the tables without keys: beginning and end of each, in seconds since the Unix epoch. All tables that are there must have them.
    pub(crate) fn gaps(&self) -> Vec<(i64, i64)> {
        let whole = self.figures.tables.values().filter(|table| !table.table.has_keys() && table.table.timestamps);
        let mut all: Option<Vec<(i64, i64)>> = None;
        for table in whole {
            let mut end = self.grid.begin;
            let mut gaps = Vec::new();
            let last = (self.grid.end(), 0);
            let points = table.series.iter().map(|point| (point.begin_seconds, point.length_seconds));
            for (begin, length) in points.chain([last]) {
                if begin > end {
                    gaps.push((end, begin));
                }
                end = end.max(begin + length);
            }
            all = Some(match all {
                None => gaps,
                Some(all) => all.into_iter().filter(|gap| gaps.contains(gap)).collect(),
            });
        }
        all.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use tollgate_catalogue::Catalogue;

    use super::*;
    use crate::{destinations, domains, groups, users};

    #[test]
    fn the_catalogue_has_every_heading() {
        let has = |number: u32, heading: &str| {
            let table = Catalogue::builtin().table(number);
            table.is_some_and(|table| table.columns.iter().any(|column| column.name == heading))
        };
        let sources = [
            CLEAN,
            FILTERED,
            SPAM,
            VIRUS,
            INVALID,
            THROTTLED,
            REPUTATION,
            REJECTED,
            ACCEPTED,
            RELAYED,
            MESSAGES_IN,
            BYTES_IN,
            SENT_CLEAN,
            SENT_FILTERED,
            SENT_VIRUS,
            DELIVERED,
            BOUNCED,
            MESSAGES_OUT,
            CONNECTIONS_OUT,
            BYTES_OUT,
        ];
        let sources = sources
            .into_iter()
            .flatten()
            .flat_map(|(table, headings)| headings.iter().map(|heading| (*table, *heading)));
        let of_groups = groups::GROUP_COLUMNS.map(|heading| (5, heading));
        let of_destinations = destinations::COLUMNS.map(|heading| (29, heading));
        let of_domains = domains::KINDS.into_iter().flatten().map(|heading| (4, *heading));
        let of_tls = domains::TLS_COLUMNS.map(|heading| (26, heading));
        let of_users = users::VOLUMES.into_iter().flat_map(|(_, sources, _)| sources);
        let of_users = of_users.flat_map(|(table, headings)| headings.iter().map(|heading| (*table, *heading)));
        let of_parts = of_groups.into_iter().chain(of_destinations).chain(of_domains).chain(of_tls).chain(of_users);
        for (table, heading) in sources.chain(of_parts) {
            assert!(has(table, heading), "{table}: {heading}");
        }
    }
}
