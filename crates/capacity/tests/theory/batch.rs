//! A batch of arrivals that drains, compared with its closed form. Nothing is random, so both agree to the microsecond.

use tollgate_capacity::{Backlog, Exhaustion, Measurement, PlanFigure, Resource, Waits, measure};
use tollgate_scenario::{DAY, Moment, SECOND};

use crate::theory::queue::site;

/// The start of the batch, in microseconds since the Unix epoch: 2008-11-17T01:10:00Z.
const BEGIN: u64 = 1_226_884_200 * SECOND;

/// Messages that arrive faster than the workers can process them, with equal gaps and equal service times.
///
/// The workers take the messages in rounds. Message `r` of round `q` arrives `q * workers` gaps after message `r` of the first
/// round, and its service begins `q` service times after that message arrived. All messages of a round therefore wait equally
/// long. Each round waits longer than the one before, by a service time minus `workers` gaps.
#[derive(Clone, Copy, Debug)]
struct Batch {
    workers: u64,
    rounds: u64,
    /// Microseconds from one message to the next, an even number; 0 if all come at once.
    gap: u64,
    /// Microseconds.
    service: u64,
}

/// Two batches that arrive all at once, as from a mail server after an outage. Then traffic at 2 times and at 1.5 times the
/// rate of the workers, the latter for more than an hour.
const BATCHES: [Batch; 4] = [
    Batch { workers: 1, rounds: 1500, gap: 0, service: 2 * SECOND },
    Batch { workers: 6, rounds: 250, gap: 0, service: 777_777 },
    Batch { workers: 4, rounds: 500, gap: SECOND / 8, service: SECOND },
    Batch { workers: 16, rounds: 1000, gap: SECOND / 4, service: 6 * SECOND },
];

#[test]
fn a_batch_drains_as_its_closed_form_says() {
    for batch in BATCHES {
        let outcome = batch.measured("");
        batch.assert_waits(&outcome);
        batch.assert_sums(&outcome);
        let backlog = Backlog {
            begin: BEGIN + batch.gap / 2 + batch.workers * batch.gap,
            peak: batch.arrival(batch.count() - batch.workers),
            wait: batch.wait(batch.rounds - 1),
            end: batch.arrival(batch.workers - 1) + (batch.rounds - 1) * batch.service,
            ended: true,
        };
        assert_eq!((outcome.worst, outcome.longest), (Some(backlog), Some(backlog)), "{batch:?}");
        let drain = PlanFigure::find("drain").unwrap().value(&outcome);
        let others = (batch.workers - 1) * batch.gap;
        assert_eq!(drain, (batch.wait(batch.rounds - 1) + others) as f64 / SECOND as f64, "{batch:?}");
    }
}

#[test]
fn a_backlog_ends_with_the_first_message_that_does_not_wait() {
    for batch in BATCHES {
        // The worker that took the first message is the first to be free again.
        let free = batch.arrival(0) + batch.rounds * batch.service;
        let too_early = batch.measured(&script("probe", free - 1, 1, 0));
        assert_eq!(too_early.waited, batch.count() - batch.workers + 1, "{batch:?}");
        let worst = too_early.worst.unwrap();
        assert_eq!((worst.end, worst.ended), (free, true), "{batch:?}");
        let in_time = batch.measured(&script("probe", free, 1, 0));
        assert_eq!(in_time.waited, batch.count() - batch.workers, "{batch:?}");
        let worst = in_time.worst.unwrap();
        assert_eq!((worst.end, worst.ended), (free, true), "{batch:?}");
    }
}

#[test]
fn a_backlog_that_outlasts_the_span_is_followed_until_it_ends_or_has_lasted_a_day() {
    // The last message waits for about 10 h, for 2 s less than a day, for 2 s more than a day, and for about 30 h.
    let lengths = [(10 * 1800, true), (24 * 1800, true), (24 * 1800 + 2, true), (30 * 1800, false)];
    for (rounds, ended) in lengths {
        let batch = Batch { workers: 1, rounds, gap: 0, service: 2 * SECOND };
        // The length of the span does not matter.
        for hours in [1, 4, 24] {
            let outcome = batch.measured_for(hours, "");
            let wait = batch.wait(rounds - 1);
            let backlog = Backlog { begin: BEGIN, peak: BEGIN, wait, end: BEGIN + wait, ended };
            assert_eq!((outcome.worst, outcome.longest), (Some(backlog), Some(backlog)), "{batch:?}, {hours} h");
            assert_eq!(PlanFigure::find("undrained").unwrap().value(&outcome), f64::from(u8::from(!ended)));
            let of_workers = |each: &&Exhaustion| each.resource == Resource::Workers;
            let exhausted = outcome.exhausted.iter().find(of_workers).map(|each| each.begin);
            assert_eq!(exhausted, (wait >= DAY).then_some(BEGIN), "{batch:?}, {hours} h");
            // The measurements of the span contain nothing that comes after it.
            assert_eq!(outcome.hours.len(), hours as usize);
            assert_eq!(outcome.entered, batch.count());
        }
    }
}

impl Batch {
    fn count(self) -> u64 {
        self.workers * self.rounds
    }

    /// The arrival of a message.
    fn arrival(self, place: u64) -> u64 {
        BEGIN + self.gap / 2 + place * self.gap
    }

    /// The wait of the messages of a round.
    fn wait(self, round: u64) -> u64 {
        round * (self.service - self.workers * self.gap)
    }

    /// The largest number of messages in the queue. It is reached when a message arrives, and then the earlier messages whose
    /// service is over have left.
    fn depth_max(self) -> u64 {
        let depth = |place: u64| {
            let left = |first: u64| (place.saturating_sub(first) * self.gap / self.service).min(self.rounds);
            place + 1 - (0..self.workers).map(left).sum::<u64>()
        };
        (0..self.count()).map(depth).max().unwrap()
    }

    fn measured(self, more: &str) -> Measurement {
        self.measured_for(4, more)
    }

    fn measured_for(self, hours: u32, more: &str) -> Measurement {
        let work = format!(r#"message = "{}us""#, self.service);
        let batch = script("batch", BEGIN, self.count(), self.count() * self.gap);
        measure(&site(1, hours, self.workers as u32, &work, &(batch + more))).unwrap().site
    }

    fn assert_waits(self, outcome: &Measurement) {
        // A share of the messages waits no longer than the round of the last of them.
        let not_exceeded = |share: f64| {
            let place = (share * self.count() as f64).ceil() as u64;
            self.wait((place - 1) / self.workers)
        };
        let Waits { count, sum, p50, p95, p99, p999, longest, .. } = outcome.wait;
        let rounds = self.rounds;
        let waits = self.workers * (0..rounds).map(|round| self.wait(round)).sum::<u64>();
        assert_eq!((count, sum), (self.count(), u128::from(waits)));
        assert_eq!(longest, self.wait(rounds - 1), "{self:?}");
        let percentiles = [(p50, 0.5), (p95, 0.95), (p99, 0.99), (p999, 0.999)];
        for (seen, share) in percentiles {
            let theory = not_exceeded(share);
            // Percentiles are exact to three digits and rounded up.
            assert!((theory..=theory + theory / 1000).contains(&seen), "{self:?}: {share} {seen}, theory {theory}");
        }
    }

    fn assert_sums(self, outcome: &Measurement) {
        let count = self.count();
        assert_eq!((outcome.entered, outcome.left, outcome.waited), (count, count, count - self.workers), "{self:?}");
        assert_eq!(outcome.delay.sum, outcome.wait.sum + u128::from(count * self.service), "{self:?}");
        let hours = || outcome.hours.iter();
        assert_eq!(hours().map(|hour| hour.workers_busy).sum::<u64>(), count * self.service, "{self:?}");
        assert_eq!(hours().map(|hour| hour.depth_max).max(), Some(self.depth_max()), "{self:?}");
        // Little's law. No message is in the queue at the ends of the span.
        assert_eq!(hours().map(|hour| u128::from(hour.depth_time)).sum::<u128>(), outcome.delay.sum, "{self:?}");
    }
}

/// A script of messages (transactions), each on its own connection, spread evenly over a time.
fn script(name: &str, begin: u64, connections: u64, span_micros: u64) -> String {
    let begin = Moment::from_micros(begin);
    format!(
        r#"
[[scripted_incoming]]
name = "{name}"
begin = "{begin}"
span = "{span_micros}us"
host = "out.sender.example"
address = "203.0.113.77"
connections = {connections}
messages = {connections}
"#
    )
}
