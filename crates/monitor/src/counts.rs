//! The counts behind a table.

use tollgate_catalogue::{LossCondition, Rule, Table};
use tollgate_history::ApplianceInterval;
use tollgate_ledger::{Counts, Part};
use tollgate_report::{CountingRule, Setting, part_of};

use crate::range::Range;
use crate::refusal::HttpRefusal;
use crate::scope::Scope;
use crate::site::Site;

/// The counts behind one table over one range, for each appliance of a scope and each interval.
#[derive(Debug)]
pub(crate) struct TableCounts<'a> {
    site: &'a Site,
    table: &'static Table,
    range: &'a Range,
    /// The places of the appliances in the scenario.
    appliances: Vec<usize>,
    /// The table settings of each of these appliances.
    pub(crate) settings: Vec<Setting<'a>>,
}

impl<'a> TableCounts<'a> {
    /// The counts of a table under a counting rule. Without a rule, each appliance uses its own.
    ///
    /// # Errors
    /// If the appliances cannot be merged because their reputation multipliers differ.
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
                    "appliance {}: found counting rule {}, which does not exist",
                    appliance.name, appliance.counting.rule
                ))
            })?;
            Ok(Setting {
                directory: site.history.simulation().directory(),
                reputation_multiplier: appliance.reputation_multiplier,
                interval_micros: site.history.interval_micros(range.resolution),
                counting: CountingRule::new(rule, appliance, &scenario.time),
            })
        };
        let settings = appliances.iter().map(setting).collect::<Result<Vec<_>, HttpRefusal>>()?;
        let multiplier = settings[0].reputation_multiplier;
        if let Some(other) = settings.iter().find(|other| other.reputation_multiplier != multiplier) {
            return Err(HttpRefusal::bad(format!(
                "/monitor_email: found reputation multipliers {multiplier} and {}, allowed is one multiplier for all \
                 appliances, because counts under different multipliers cannot be added up",
                other.reputation_multiplier
            )));
        }
        Ok(TableCounts { site, table, range, appliances, settings })
    }

    /// The beginnings of the intervals that the table must process before the range, in order. Some counting rules depend on
    /// earlier intervals, and a short range must show the same figures as a longer one.
    pub(crate) fn lead_in(&self) -> impl Iterator<Item = u64> + use<> {
        let Range { from_micros, resolution, interval_micros, .. } = *self.range;
        let remembers = |setting: &&Setting<'_>| {
            let lost = setting.counting.rule.lost();
            lost.is_some_and(|lost| matches!(lost.when, LossCondition::Known)) && self.table.follows_rule()
        };
        let starts = self.settings.iter().filter(remembers).map(|setting| {
            let stretch_micros = setting.counting.known_for_micros;
            from_micros / stretch_micros * stretch_micros
        });
        let start = starts.min().unwrap_or(from_micros);
        let kept = self.site.history.kept_from_micros(resolution, self.site.history.now_micros());
        let begin = (start / interval_micros * interval_micros).max(kept);
        (begin..from_micros).step_by(interval_micros as usize)
    }

    /// Checks that all intervals of the table can be read at once or can still be made. It does not wait.
    ///
    /// # Errors
    /// If an interval is missing because of a fault of the history.
    pub(crate) fn check(&self) -> Result<(), HttpRefusal> {
        let resolution = self.range.resolution;
        for begin_micros in self.lead_in().chain(self.range.begins()) {
            for &appliance in &self.appliances {
                let interval = ApplianceInterval { appliance, resolution, begin_micros };
                self.site.history.check(interval).map_err(|error| self.site.refuse(&error))?;
            }
        }
        Ok(())
    }

    /// The counts that the table needs, and those of the system, of each appliance, in the interval with a beginning. Blocks until the history has
    /// them.
    ///
    /// # Errors
    /// If the interval is not kept or cannot be read.
    pub(crate) fn read(&self, begin_micros: u64) -> Result<Vec<Counts>, HttpRefusal> {
        let read = |place| {
            let mut counts = Counts::default();
            self.absorb(place, begin_micros, &mut counts)?;
            // It says whether the appliance was up.
            if self.table.keys.is_empty() && part_of(self.table) != Part::System {
                let interval = self.interval(place, begin_micros);
                let absorbed = self.site.history.absorb_sum(interval, Part::System, &mut counts);
                absorbed.map_err(|error| self.site.refuse(&error))?;
            }
            Ok(counts)
        };
        (0..self.appliances.len()).map(read).collect()
    }

    /// Adds the counts of one appliance in an interval to other counts. `place` is the place of the appliance among the
    /// settings. Blocks until the history has them.
    ///
    /// # Errors
    /// If the interval is not kept or cannot be read.
    pub(crate) fn absorb(&self, place: usize, begin_micros: u64, into: &mut Counts) -> Result<(), HttpRefusal> {
        let interval = self.interval(place, begin_micros);
        let absorbed = if self.table.is_sum() {
            self.site.history.absorb_sum(interval, part_of(self.table), into)
        } else {
            self.site.history.absorb(interval, part_of(self.table), into)
        };
        absorbed.map_err(|error| self.site.refuse(&error))
    }

    fn interval(&self, place: usize, begin_micros: u64) -> ApplianceInterval {
        ApplianceInterval { appliance: self.appliances[place], resolution: self.range.resolution, begin_micros }
    }
}
