//! The counts that a table is made from.

use tollgate_catalogue::{LossCondition, Rule, Table};
use tollgate_history::{ApplianceInterval, History};
use tollgate_ledger::Counts;
use tollgate_report::{Booking, Setting, part_of};

use crate::range::Range;
use crate::refusal::HttpRefusal;
use crate::scope::Scope;
use crate::site::Site;

/// The counts that one table is made from, over one range: those of each appliance of a scope in each interval.
#[derive(Debug)]
pub(crate) struct TableCounts<'a> {
    history: &'a History,
    table: &'static Table,
    range: &'a Range,
    /// The places of the appliances in the scenario.
    appliances: Vec<usize>,
    /// The settings of each of these appliances, for its tables.
    pub(crate) settings: Vec<Setting<'a>>,
}

impl<'a> TableCounts<'a> {
    /// The counts of a table under a counting rule, or without one under each appliance's own.
    ///
    /// # Errors
    /// If the appliances cannot be shown as one, as their reputation multipliers differ.
    pub(crate) fn new(
        site: &'a Site,
        scope: &Scope,
        table: &'static Table,
        range: &'a Range,
        rule: Option<&'static Rule>,
    ) -> Result<TableCounts<'a>, HttpRefusal> {
        let scenario = site.history.scenario();
        let appliances: Vec<usize> = scope.appliances(scenario.appliances.len()).collect();
        let setting = |&place: &usize| {
            let appliance = &scenario.appliances[place];
            let own = site.catalogue.rule(&appliance.counting.rule);
            let rule = rule.or(own).ok_or_else(|| {
                HttpRefusal::failed(format!(
                    "{} counts by {}, which no rule is called",
                    appliance.name, appliance.counting.rule
                ))
            })?;
            Ok(Setting {
                directory: site.history.simulation().directory(),
                reputation_multiplier: appliance.reputation_multiplier,
                interval_micros: site.history.interval_micros(range.resolution),
                booking: Booking::new(rule, appliance, &scenario.time),
            })
        };
        let settings = appliances.iter().map(setting).collect::<Result<Vec<_>, HttpRefusal>>()?;
        let multiplier = settings[0].reputation_multiplier;
        if let Some(other) = settings.iter().find(|other| other.reputation_multiplier != multiplier) {
            return Err(HttpRefusal::bad(format!(
                "/monitor_email: found appliances with reputation multipliers {multiplier} and {}, allowed are appliances \
                 with the same one, as the sums of others mean nothing",
                other.reputation_multiplier
            )));
        }
        Ok(TableCounts { history: &site.history, table, range, appliances, settings })
    }

    /// The beginnings of the intervals before the range that the table must be shown first, in order. Some counting
    /// rules depend on earlier intervals, and a range must show the figures that a longer one shows.
    pub(crate) fn lead_in(&self) -> impl Iterator<Item = u64> + use<> {
        let Range { from_micros, resolution, interval_micros, .. } = *self.range;
        let remembers = |setting: &&Setting<'_>| {
            let lost = setting.booking.rule.lost();
            lost.is_some_and(|lost| matches!(lost.when, LossCondition::Known)) && self.table.follows_rule()
        };
        let starts = self.settings.iter().filter(remembers).map(|setting| {
            let stretch_micros = setting.booking.known_for_micros;
            from_micros / stretch_micros * stretch_micros
        });
        let start = starts.min().unwrap_or(from_micros);
        let kept = self.history.kept_from_micros(resolution, self.history.now_micros());
        let begin = (start / interval_micros * interval_micros).max(kept);
        (begin..from_micros).step_by(interval_micros as usize)
    }

    /// The counts of each appliance in the interval that begins then, as far as the table is made from them. It blocks
    /// until they have been made.
    ///
    /// # Errors
    /// If the interval is not kept, or cannot be read.
    pub(crate) fn read(&self, begin_micros: u64) -> Result<Vec<Counts>, HttpRefusal> {
        let read = |place| {
            let mut counts = Counts::default();
            self.absorb(place, begin_micros, &mut counts)?;
            Ok(counts)
        };
        (0..self.appliances.len()).map(read).collect()
    }

    /// Adds the same of one appliance, by its place among the settings, to other counts.
    ///
    /// # Errors
    /// If the interval is not kept, or cannot be read.
    pub(crate) fn absorb(&self, place: usize, begin_micros: u64, into: &mut Counts) -> Result<(), HttpRefusal> {
        let resolution = self.range.resolution;
        let interval = ApplianceInterval { appliance: self.appliances[place], resolution, begin_micros };
        let absorbed = if self.table.is_sum() {
            self.history.absorb_sum(interval, part_of(self.table), into)
        } else {
            self.history.absorb(interval, part_of(self.table), into)
        };
        absorbed.map_err(|error| HttpRefusal::failed(error.to_string()))
    }
}
