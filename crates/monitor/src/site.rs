//! What all requests share.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use tokio::sync::Semaphore;
use tollgate_catalogue::{Catalogue, Rule, Table, When};
use tollgate_history::{ApplianceInterval, History, Resolution};
use tollgate_ledger::Counts;
use tollgate_report::{Booking, Setting, part_of};

use crate::cache::{Bounds, Cache};
use crate::export::Key;
use crate::range::Range;
use crate::refusal::{Refusal, shown};
use crate::scope::Scope;

/// How many pages are made at once.
const PAGES: usize = 8;

/// Where less is to be kept, readers may still hold as much as though it were this.
const LEAST_CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) history: History,
    pub(crate) catalogue: &'static Catalogue,
    /// The exports that have been made.
    pub(crate) exports: Cache<Key>,
    /// How many more pages may be made at once: while their figures are awaited each of them holds a thread, and the threads
    /// are there for downloads too.
    pub(crate) pages: Arc<Semaphore>,
}

impl Site {
    /// A site over a history, which keeps so many bytes of exports that were made.
    pub(crate) fn new(history: History, cache_bytes: u64) -> Self {
        let bounds = Bounds {
            kept_bytes: cache_bytes,
            most_bytes: 4 * cache_bytes.max(LEAST_CACHE_BYTES),
            makers: thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        Site {
            history,
            catalogue: Catalogue::builtin(),
            exports: Cache::new(bounds),
            pages: Arc::new(Semaphore::new(PAGES)),
        }
    }

    /// The places of the appliances of a scope.
    pub(crate) fn appliances(&self, scope: &Scope) -> Vec<usize> {
        match *scope {
            Scope::Appliance(place) => vec![place],
            Scope::Merged => (0..self.history.scenario().appliances.len()).collect(),
        }
    }

    /// The counting rule of that name.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn rule(&self, name: &str) -> Result<&'static Rule, Refusal> {
        self.catalogue.rule(name).ok_or_else(|| {
            let allowed: Vec<&str> = self.catalogue.rules().iter().map(|rule| rule.name.as_str()).collect();
            Refusal::bad(format!("rule: found {}, allowed are {}", shown(name), allowed.join(", ")))
        })
    }

    /// What tables of a scope depend on, one setting for each of its appliances: under a rule, or without one under each
    /// appliance's own.
    ///
    /// # Errors
    /// If the appliances cannot be shown as one, as their multipliers are unlike.
    pub(crate) fn settings(
        &self,
        scope: &Scope,
        resolution: Resolution,
        rule: Option<&'static Rule>,
    ) -> Result<Vec<Setting<'_>>, Refusal> {
        let scenario = self.history.scenario();
        let setting = |place: usize| {
            let appliance = &scenario.appliances[place];
            let own = self.catalogue.rule(&appliance.counting.rule);
            let rule = rule.or(own).ok_or_else(|| {
                Refusal::failed(format!(
                    "{} counts by {}, which no rule is called",
                    appliance.name, appliance.counting.rule
                ))
            })?;
            Ok(Setting {
                directory: self.history.simulation().directory(),
                reputation_multiplier: appliance.reputation_multiplier,
                interval_micros: self.history.interval_micros(resolution),
                booking: Booking::new(rule, appliance, &scenario.time),
            })
        };
        let settings = self.appliances(scope).into_iter().map(setting).collect::<Result<Vec<_>, Refusal>>()?;
        let multiplier = settings[0].reputation_multiplier;
        if let Some(other) = settings.iter().find(|other| other.reputation_multiplier != multiplier) {
            return Err(Refusal::bad(format!(
                "/monitor_email: found appliances with reputation multipliers {multiplier} and {}, allowed are appliances \
                 with the same one, as the sums of others mean nothing",
                other.reputation_multiplier
            )));
        }
        Ok(settings)
    }

    /// The beginnings of the intervals before a range that a table must be shown first, in order: some counting rules look
    /// at what went before, and a range is to show what a longer one does.
    pub(crate) fn lead_in(
        &self,
        table: &Table,
        settings: &[Setting<'_>],
        range: &Range,
    ) -> impl Iterator<Item = u64> + use<> {
        let remembers = |setting: &&Setting<'_>| {
            setting.booking.rule.lost().is_some_and(|lost| matches!(lost.when, When::Known)) && table.follows_rule()
        };
        let starts = settings.iter().filter(remembers).map(|setting| {
            let stretch_micros = setting.booking.known_for_micros;
            range.from_micros / stretch_micros * stretch_micros
        });
        let start = starts.min().unwrap_or(range.from_micros);
        let kept = self.history.kept_from_micros(range.resolution, self.history.now_micros());
        let begin = (start / range.interval_micros * range.interval_micros).max(kept);
        (begin..range.from_micros).step_by(range.interval_micros as usize)
    }

    /// What the appliances of a scope counted in an interval of a range, as far as a table is made from it; blocks until it
    /// has been made.
    ///
    /// # Errors
    /// If it is not kept, or cannot be read.
    pub(crate) fn read(
        &self,
        scope: &Scope,
        table: &Table,
        range: &Range,
        begin_micros: u64,
    ) -> Result<Vec<Counts>, Refusal> {
        let read = |appliance| {
            let mut counts = Counts::default();
            self.absorb(table, appliance, range, begin_micros, &mut counts)?;
            Ok(counts)
        };
        self.appliances(scope).into_iter().map(read).collect()
    }

    /// Adds the part of one appliance's interval that a table is made from; blocks until it has been made.
    ///
    /// # Errors
    /// If it is not kept, or cannot be read.
    pub(crate) fn absorb(
        &self,
        table: &Table,
        appliance: usize,
        range: &Range,
        begin_micros: u64,
        into: &mut Counts,
    ) -> Result<(), Refusal> {
        let interval = ApplianceInterval { appliance, resolution: range.resolution, begin_micros };
        let absorbed = if table.is_sum() {
            self.history.absorb_sum(interval, part_of(table), into)
        } else {
            self.history.absorb(interval, part_of(table), into)
        };
        absorbed.map_err(|error| Refusal::failed(error.to_string()))
    }
}
