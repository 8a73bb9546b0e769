//! The state that the simulation thread shares with readers.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tollgate_ledger::Part;
use tollgate_scenario::{Moment, SECOND, Scenario, Span};
use tollgate_simulation::Simulation;

use crate::clock::Clock;
use crate::era::Eras;
use crate::error::HistoryError;
use crate::host::{Host, LineKind};
use crate::interval::ApplianceInterval;
use crate::pace::{Pace, TooFast};
use crate::progress::HistoryProgress;
use crate::resolution::Resolution;
use crate::store::{CHUNK, PartSection, SECTIONS, Store, StoredPart, write_at};

#[derive(Debug)]
pub(crate) struct SharedHistory {
    pub(crate) scenario: Scenario,
    /// Counts by the base interval, whatever the interval of the exports is.
    pub(crate) simulation: Simulation,
    pub(crate) clock: Clock,
    pub(crate) eras: Eras,
    pub(crate) host: Host,
    state: Mutex<HistoryState>,
    /// Notified when intervals are ready, when a reader waits, and when the history ends.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct HistoryState {
    store: Store,
    /// The moment up to which each kept era has been made, in microseconds since the Unix epoch.
    made: BTreeMap<u64, u64>,
    pace: Pace,
    /// The error of the last attempt to write an interval, until an attempt succeeds.
    fault: Option<HistoryError>,
    /// True if there are no more readers.
    stopped: bool,
    /// The error for readers that wait, after the simulation has ended.
    ended: Option<HistoryError>,
}

impl SharedHistory {
    pub(crate) fn new(scenario: &Scenario, clock: Clock, host: Host) -> Self {
        let mut counting = scenario.clone();
        counting.time.export_interval = counting.time.base_interval;
        let shared = SharedHistory {
            scenario: scenario.clone(),
            simulation: Simulation::new(&counting),
            clock,
            eras: Eras::new(scenario),
            host,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        let now = shared.clock.now_micros();
        let earliest = Resolution::ALL.map(|resolution| shared.kept_from_micros(resolution, now));
        let earliest = earliest.into_iter().fold(now, u64::min);
        shared.expect(shared.eras.at(earliest)..=shared.era_before(shared.over_micros(now)));
        shared
    }

    pub(crate) fn interval_micros(&self, resolution: Resolution) -> u64 {
        resolution.micros(&self.scenario.time)
    }

    pub(crate) fn kept_from_micros(&self, resolution: Resolution, now_micros: u64) -> u64 {
        let length = self.interval_micros(resolution);
        let earliest = (now_micros / length * length).saturating_sub(resolution.kept_micros());
        earliest.max(self.scenario.time.begin.micros().next_multiple_of(length))
    }

    /// Intervals before this moment are dropped. If the clock moves, it is one chunk earlier than the promised time, so
    /// that a reader that has begun to read a range can finish.
    pub(crate) fn dropped_before_micros(&self, resolution: Resolution, now_micros: u64) -> u64 {
        let spare = if self.clock.is_frozen() { 0 } else { CHUNK * self.interval_micros(resolution) };
        self.kept_from_micros(resolution, now_micros).saturating_sub(spare)
    }

    /// Every interval that is not dropped begins at or after this moment.
    pub(crate) fn earliest_micros(&self, now_micros: u64) -> u64 {
        let of_each = Resolution::ALL.map(|resolution| self.dropped_before_micros(resolution, now_micros));
        of_each.into_iter().fold(now_micros, u64::min)
    }

    /// The end of the last raw interval that is over.
    pub(crate) fn over_micros(&self, now_micros: u64) -> u64 {
        let length = self.interval_micros(Resolution::Raw);
        now_micros / length * length
    }

    /// The era of the time just before a moment.
    pub(crate) fn era_before(&self, micros: u64) -> u64 {
        self.eras.at(micros.saturating_sub(1))
    }

    /// Adds eras to be simulated.
    pub(crate) fn expect(&self, eras: impl Iterator<Item = u64>) {
        let mut state = self.lock();
        for era in eras {
            state.made.entry(era).or_insert(self.eras.span(era).start);
        }
    }

    /// The latest era to be simulated.
    pub(crate) fn latest(&self) -> u64 {
        self.lock().made.last_key_value().map_or(0, |(&era, _)| era)
    }

    /// The latest incomplete era before another one.
    pub(crate) fn unfinished_before(&self, era: u64) -> Option<u64> {
        let state = self.lock();
        let mut earlier = state.made.range(..era).rev();
        earlier.find(|&(&era, &made)| made < self.eras.span(era).end).map(|(&era, _)| era)
    }

    /// Sets the moment that an era has reached.
    pub(crate) fn reach(&self, era: u64, micros: u64) {
        if let Some(made) = self.lock().made.get_mut(&era) {
            *made = micros.max(*made);
        }
        self.changed.notify_all();
    }

    /// Writes an interval to its file. `ends_bytes` are the ends of its sections. If that fails, tries again until it succeeds or
    /// the interval is not kept any more.
    ///
    /// # Errors
    /// If it still fails when there are no more readers.
    pub(crate) fn keep(
        &self,
        interval: ApplianceInterval,
        bytes: &[u8],
        ends_bytes: [u64; SECTIONS],
    ) -> Result<(), HistoryError> {
        while let Err(error) = self.try_keep(interval, bytes, ends_bytes) {
            self.note_fault(Some(error.clone()));
            let began = Instant::now();
            self.pause(self.host.retry);
            self.lock().pace.pause(began.elapsed());
            if self.stopped() {
                return Err(error);
            }
            // Intervals that the clock has passed in the meantime give their space back.
            let now = self.clock.now_micros();
            self.forget(now);
            if interval.begin_micros < self.dropped_before_micros(interval.resolution, now) {
                return Ok(());
            }
        }
        self.note_fault(None);
        Ok(())
    }

    fn try_keep(
        &self,
        interval: ApplianceInterval,
        bytes: &[u8],
        ends_bytes: [u64; SECTIONS],
    ) -> Result<(), HistoryError> {
        let length = self.interval_micros(interval.resolution);
        let found = self.lock().store.file(interval, length);
        let (file, size_bytes) = match found {
            Some(found) => found,
            None => (Arc::new(self.host.file().map_err(|error| self.store_error("create", error))?), 0),
        };
        // The lock is not needed here: only one thread writes, and no reader reads the bytes before `note`.
        write_at(&file, bytes, size_bytes).map_err(|error| self.store_error("write to", error))?;
        self.lock().store.note(interval, length, &file, ends_bytes);
        self.changed.notify_all();
        Ok(())
    }

    /// Records that intervals cannot be written, or that they can. A change goes to the log.
    fn note_fault(&self, fault: Option<HistoryError>) {
        let mut state = self.lock();
        let change = match (&state.fault, &fault) {
            (None, Some(error)) => Some((LineKind::Error, format!("{error}; trying again until it succeeds"))),
            (Some(_), None) => {
                let line = format!("the history can write its temporary files in {} again", self.host.directory());
                Some((LineKind::Note, line))
            }
            (None, None) | (Some(_), Some(_)) => None,
        };
        state.fault = fault;
        drop(state);
        if let Some((severity, line)) = change {
            self.changed.notify_all();
            self.host.log(severity, &line);
        }
    }

    /// Counts simulated time and the real time that it took. Warns once if the clock is too fast.
    pub(crate) fn count_work(&self, simulated_micros: u64, took: Duration) {
        let warning = self.lock().pace.count(simulated_micros, took, self.clock.speed());
        if let Some(too_fast) = warning {
            self.host.log(LineKind::Warning, &too_fast.to_string());
        }
    }

    /// The speeds of the clock and of the simulation, if the clock is too fast.
    pub(crate) fn too_fast(&self) -> Option<TooFast> {
        self.lock().pace.too_fast(self.clock.speed())
    }

    /// Drops intervals and eras that are not kept any more.
    pub(crate) fn forget(&self, now_micros: u64) {
        let before = |resolution| self.dropped_before_micros(resolution, now_micros);
        let mut state = self.lock();
        state.store.forget(|resolution| self.interval_micros(resolution), before);
        let latest = state.made.last_key_value().map(|(&era, _)| era);
        let earliest = self.earliest_micros(now_micros);
        state.made.retain(|&era, _| Some(era) == latest || self.eras.span(era).end > earliest);
    }

    /// True if an era is still to be simulated or kept.
    pub(crate) fn expects(&self, era: u64) -> bool {
        self.lock().made.contains_key(&era)
    }

    /// Checks that an interval is stored, or that the simulation can still make it.
    pub(crate) fn check(&self, interval: ApplianceInterval) -> Result<(), HistoryError> {
        let state = self.lock();
        let length = self.interval_micros(interval.resolution);
        if state.store.find(interval, length, Part::System, PartSection::Sum).is_some() {
            return Ok(());
        }
        state.ended.as_ref().or(state.fault.as_ref()).cloned().map_or(Ok(()), Err)
    }

    /// Waits for an interval and finds the place of a part of it.
    pub(crate) fn find(
        &self,
        interval: ApplianceInterval,
        part: Part,
        section: PartSection,
    ) -> Result<StoredPart, HistoryError> {
        let length = self.interval_micros(interval.resolution);
        let mut waits = false;
        let mut state = self.lock();
        loop {
            let now = self.clock.now_micros();
            if interval.begin_micros + length > now {
                return Err(HistoryError::NotOver {
                    length: Span::from_micros(length).to_string(),
                    found: shown(interval.begin_micros),
                    now: shown(now),
                });
            }
            if let Some(place) = state.store.find(interval, length, part, section) {
                return Ok(place);
            }
            // Wait for an interval that was kept at the time of the request, unless it would be dropped at once.
            let limit = if waits { Self::dropped_before_micros } else { Self::kept_from_micros };
            if interval.begin_micros < limit(self, interval.resolution, now) {
                if let Some(too_fast) = state.pace.too_fast(self.clock.speed()) {
                    return Err(HistoryError::TooFast(too_fast));
                }
                return Err(HistoryError::NotKept {
                    length: Span::from_micros(length).to_string(),
                    found: shown(interval.begin_micros),
                    allowed: shown(self.kept_from_micros(interval.resolution, now)),
                });
            }
            if let Some(error) = state.ended.as_ref().or(state.fault.as_ref()) {
                return Err(error.clone());
            }
            if !waits {
                waits = true;
                self.changed.notify_all();
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The moment up to which everything has been simulated.
    pub(crate) fn made_until_micros(&self) -> u64 {
        let now = self.clock.now_micros();
        let state = self.lock();
        let unfinished = state.made.iter().find(|&(&era, &made)| made < self.eras.span(era).end);
        unfinished.or(state.made.last_key_value()).map_or(now, |(_, &made)| made.min(now))
    }

    /// The progress of simulating the intervals that are over.
    pub(crate) fn progress(&self) -> HistoryProgress {
        let over = self.over_micros(self.clock.now_micros());
        let mut progress = HistoryProgress { made_micros: 0, needed_micros: 0 };
        for (&era, &made) in &self.lock().made {
            let span = self.eras.span(era);
            progress.made_micros += made.min(over).saturating_sub(span.start);
            progress.needed_micros += span.end.min(over).saturating_sub(span.start);
        }
        progress
    }

    /// The error that ended the simulation before everything was simulated, or because of which intervals cannot be stored now. A clock
    /// that stands still ends the simulation without an error.
    pub(crate) fn fault(&self) -> Option<HistoryError> {
        let progress = self.progress();
        let is_complete = self.clock.is_frozen() && progress.made_micros == progress.needed_micros;
        let state = self.lock();
        state.ended.as_ref().filter(|_| !is_complete).or(state.fault.as_ref()).cloned()
    }

    /// Number of files, and their total size in bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        self.lock().store.size()
    }

    /// Pauses until there may be something to do, at most for `duration`.
    pub(crate) fn pause(&self, duration: Duration) {
        let state = self.lock();
        if !state.stopped {
            drop(self.changed.wait_timeout(state, duration).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// True if there are no more readers.
    pub(crate) fn stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Tells the simulation thread that there are no more readers.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// Tells readers that the simulation has ended, and why.
    pub(crate) fn end(&self, error: HistoryError) {
        self.lock().ended = Some(error);
        self.changed.notify_all();
    }

    pub(crate) fn store_error(&self, doing: &'static str, source: io::Error) -> HistoryError {
        HistoryError::Store { doing, directory: self.host.directory(), source: Arc::new(source) }
    }

    fn lock(&self) -> MutexGuard<'_, HistoryState> {
        // The data behind the lock is consistent wherever a thread can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shown(micros: u64) -> String {
    Moment::from_micros(micros / SECOND * SECOND).to_string()
}
