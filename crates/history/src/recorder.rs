//! Receives simulated intervals, rolls them up, and stores those that are kept.

use std::collections::BTreeMap;

use tollgate_ledger::{Counts, Part, System};
use tollgate_simulation::{Closed, Observer};
use tollgate_wording::restarting;

use crate::error::HistoryError;
use crate::host::LineKind;
use crate::interval::ApplianceInterval;
use crate::resolution::Resolution;
use crate::shared::SharedHistory;
use crate::store::SECTIONS;

/// Rolls raw intervals up into hours and hours into days.
#[derive(Debug)]
pub(crate) struct IntervalRecorder<'a> {
    shared: &'a SharedHistory,
    /// Longer intervals with some of their parts, by resolution, beginning and appliance. Parts may come in any order,
    /// because a day can lie in two eras.
    unfinished: BTreeMap<(Resolution, u64, usize), UnfinishedInterval>,
    bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct UnfinishedInterval {
    counts: Counts,
    parts: u64,
}

impl<'a> IntervalRecorder<'a> {
    pub(crate) fn new(shared: &'a SharedHistory) -> Self {
        IntervalRecorder { shared, unfinished: BTreeMap::new(), bytes: Vec::new() }
    }

    /// Drops unfinished intervals that are older than the retention time.
    pub(crate) fn forget(&mut self, now_micros: u64) {
        let before = self.shared.earliest_micros(now_micros);
        self.unfinished.retain(|&(_, begin, _), _| begin >= before);
    }

    fn add(&mut self, interval: ApplianceInterval, counts: Counts, now_micros: u64) -> Result<(), HistoryError> {
        let shared = self.shared;
        if interval.begin_micros >= shared.dropped_before_micros(interval.resolution, now_micros) {
            self.keep(interval, &counts)?;
        }
        let Some(longer) = interval.resolution.longer() else { return Ok(()) };
        let length = shared.interval_micros(longer);
        let begin_micros = interval.begin_micros / length * length;
        if begin_micros < shared.earliest_micros(now_micros).max(shared.scenario.time.begin.micros()) {
            return Ok(());
        }
        let key = (longer, begin_micros, interval.appliance);
        let unfinished = self.unfinished.entry(key).or_default();
        unfinished.counts.absorb(counts);
        unfinished.parts += 1;
        if unfinished.parts < length / shared.interval_micros(interval.resolution) {
            return Ok(());
        }
        let whole = self.unfinished.remove(&key).unwrap_or_default().counts;
        self.add(ApplianceInterval { resolution: longer, begin_micros, ..interval }, whole, now_micros)
    }

    fn keep(&mut self, interval: ApplianceInterval, counts: &Counts) -> Result<(), HistoryError> {
        self.bytes.clear();
        let mut ends_bytes = [0; SECTIONS];
        for (ends, part) in ends_bytes.chunks_exact_mut(2).zip(Part::ALL) {
            counts.write_part(part, &mut self.bytes);
            ends[0] = self.bytes.len() as u64;
            counts.write_sum(part, &mut self.bytes);
            ends[1] = self.bytes.len() as u64;
        }
        self.shared.keep(interval, &self.bytes, ends_bytes)
    }
}

impl Observer for IntervalRecorder<'_> {
    type Error = HistoryError;

    fn interval(&mut self, closed: Closed) -> Result<(), HistoryError> {
        let Closed { appliance, begin, counts, .. } = closed;
        let begin_micros = begin.micros();
        if counts.system.get(System::Up) == 0 {
            let name = &self.shared.scenario.appliances[appliance].name;
            let end_micros = begin_micros + self.shared.interval_micros(Resolution::Raw);
            self.shared.host.log(LineKind::Note, &restarting(name, begin_micros, end_micros));
        }
        let interval = ApplianceInterval { appliance, resolution: Resolution::Raw, begin_micros };
        self.add(interval, counts, self.shared.clock.now_micros())
    }
}
