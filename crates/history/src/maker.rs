//! The simulation thread of a history.

use std::ops::Range;
use std::time::Instant;

use tollgate_scenario::{DAY, Moment, Span};
use tollgate_simulation::{Progression, Workers};

use crate::error::HistoryError;
use crate::recorder::IntervalRecorder;
use crate::resolution::Resolution;
use crate::shared::SharedHistory;

/// Simulates the latest era up to the clock, then the eras before it, then the time ahead of the clock.
#[derive(Debug)]
pub(crate) struct HistoryMaker<'a> {
    shared: &'a SharedHistory,
    workers: &'a Workers,
    recorder: IntervalRecorder<'a>,
    /// The latest era to be simulated. When its run is done, the era of the clock's moment replaces it.
    current: EraRun<'a>,
    /// An earlier era that is not complete.
    earlier: Option<EraRun<'a>>,
}

/// The run of one era.
#[derive(Debug)]
struct EraRun<'a> {
    era: u64,
    span: Range<u64>,
    progression: Progression<'a>,
}

impl<'a> HistoryMaker<'a> {
    pub(crate) fn new(shared: &'a SharedHistory, workers: &'a Workers) -> Self {
        // The era of the clock's present moment would be wrong, because the eras before it would be left out.
        let era = shared.latest();
        HistoryMaker {
            shared,
            workers,
            recorder: IntervalRecorder::new(shared),
            current: EraRun::new(shared, era, workers),
            earlier: None,
        }
    }

    /// Simulates until there are no more readers, or until everything is done if the clock stands still.
    ///
    /// # Errors
    /// If counts cannot be kept.
    pub(crate) fn make(mut self) -> Result<(), HistoryError> {
        let shared = self.shared;
        while !shared.stopped() {
            let now = shared.clock.now_micros();
            shared.forget(now);
            self.recorder.forget(now);
            if self.step(now)? {
                continue;
            }
            if shared.clock.is_frozen() {
                return Ok(());
            }
            let next = self.current.reached() + shared.interval_micros(Resolution::Raw);
            let ahead = now.saturating_add(shared.clock.ahead_micros());
            shared.pause(shared.clock.wait(next.saturating_sub(ahead)));
        }
        Ok(())
    }

    /// Simulates at most a day of the time that is needed first. Returns false if there was nothing to do.
    fn step(&mut self, now: u64) -> Result<bool, HistoryError> {
        let shared = self.shared;
        if self.earlier.as_ref().is_none_or(|run| run.is_done() || !shared.expects(run.era)) {
            let era = shared.unfinished_before(self.current.era);
            self.earlier = era.map(|era| EraRun::new(shared, era, self.workers));
        }
        let ahead = if self.earlier.is_some() { 0 } else { shared.clock.ahead_micros() };
        let target = shared.over_micros(now.saturating_add(ahead));
        if target > self.current.reached() && self.current.is_done() {
            self.enter(shared.era_before(target));
        }
        if target > self.current.reached() {
            self.current.advance(target, shared, &mut self.recorder)?;
        } else if let Some(run) = &mut self.earlier {
            run.advance(run.span.end, shared, &mut self.recorder)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Continues with a later era. The eras in between are simulated when there is time.
    fn enter(&mut self, era: u64) {
        self.shared.expect(self.current.era..=era);
        self.current = EraRun::new(self.shared, era, self.workers);
    }
}

impl<'a> EraRun<'a> {
    fn new(shared: &'a SharedHistory, era: u64, workers: &'a Workers) -> Self {
        let span = shared.eras.span(era);
        let moments = Moment::from_micros(span.start)..Moment::from_micros(span.end);
        let warm_up = Span::from_micros(shared.eras.warm_up(era));
        let progression = shared.simulation.progression(moments, warm_up, workers);
        EraRun { era, span, progression }
    }

    /// The moment that the run has reached, in microseconds since the Unix epoch.
    fn reached(&self) -> u64 {
        self.progression.reached().micros().min(self.span.end)
    }

    fn is_done(&self) -> bool {
        self.reached() == self.span.end
    }

    /// Advances the run by a day, but not beyond `until`.
    fn advance(
        &mut self,
        until: u64,
        shared: &SharedHistory,
        recorder: &mut IntervalRecorder<'_>,
    ) -> Result<(), HistoryError> {
        let (before, began) = (self.progression.reached(), Instant::now());
        self.progression.advance(Moment::from_micros(until.min(self.reached() + DAY)), recorder)?;
        shared.count_work(self.progression.reached().since(before).micros(), began.elapsed());
        shared.reach(self.era, self.reached());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use tollgate_scenario::{HOUR, Scenario};

    use super::*;
    use crate::clock::Clock;
    use crate::host::Host;

    /// A scenario of one hour without mail.
    fn hour() -> Scenario {
        let text = "format = 1\n[time]\nbegin = \"2008-11-18T09:00:00Z\"\nspan = \"1h\"\n[[appliances]]\nname = \"c650\"\n\
                    [users]\ncount = 5\ndomain = \"example.com\"\n";
        Scenario::parse(text, "hour.toml", &[]).expect("the text is a scenario")
    }

    #[test]
    fn no_era_is_left_out_that_the_clock_passes_before_anything_is_made() {
        let scenario = hour();
        let end = scenario.time.end().micros();
        let hand = Arc::new(AtomicU64::new(end));
        let shared = SharedHistory::new(&scenario, Clock::Set(hand.clone()), Host::new(|_, _| {}));
        let now = end + 15 * DAY + HOUR;
        hand.store(now, Ordering::Release);
        let workers = Workers::new(Some(1)).expect("a thread starts");
        let mut maker = HistoryMaker::new(&shared, &workers);
        while maker.step(now).expect("temporary files can be written") {}
        assert_eq!([0, 1, 2, 3].map(|era| shared.expects(era)), [true; 4]);
        assert_eq!(shared.made_until_micros(), now);
    }

    #[test]
    fn only_an_end_before_everything_is_simulated_is_a_fault() {
        let scenario = hour();
        let end = scenario.time.end().micros();
        let workers = Workers::new(Some(1)).expect("a thread starts");
        for (clock, is_fault) in [(Clock::Frozen(end), false), (Clock::Set(Arc::new(AtomicU64::new(end))), true)] {
            let shared = SharedHistory::new(&scenario, clock, Host::new(|_, _| {}));
            assert!(shared.fault().is_none(), "it has not ended");
            shared.end(HistoryError::Fault);
            assert!(shared.fault().is_some(), "it has ended too early");
            let mut maker = HistoryMaker::new(&shared, &workers);
            while maker.step(end).expect("temporary files can be written") {}
            // Only a clock that stands still needs nothing more.
            assert_eq!(shared.fault().is_some(), is_fault, "{:?}", shared.clock);
        }
    }
}
