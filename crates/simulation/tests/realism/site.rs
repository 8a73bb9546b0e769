//! The work queue, and a botnet's end.

use tollgate_ledger::{Sender, System};
use tollgate_scenario::{DAY, HOUR, Moment};
use tollgate_simulation::Simulation;

use crate::figures::judge;
use crate::statistics::mean;
use crate::{SEEDS, scenario, silence, watch};

/// The integral of the work queue's depth over the time that was spent in it.
///
/// At any moment the integral so far is the time spent by those that have left, and that spent so far by those still in
/// the queue. The run begins with an empty queue, and mail stops coming some hours before its end: then the queue is
/// empty, and the two are equal to the microsecond.
fn depth_over_time(name: &str, seed: u64, silent_hours: u64) -> f64 {
    let mut scenario = scenario(name, seed, &["time.warm_up=0s", "outbreaks=[]"]);
    let end = scenario.time.end().micros();
    silence(&mut scenario, Moment::from_micros(end - silent_hours * HOUR));
    let (mut depth_time, mut queue_time) = (0, 0);
    watch(&Simulation::new(&scenario), |closed| {
        depth_time += closed.counts.system.get(System::QueueDepthTime);
        queue_time += closed.counts.system.get(System::QueueTime);
        assert!(depth_time >= queue_time, "more time was spent in the queue than it was long");
        if end - closed.begin_micros <= HOUR {
            assert_eq!(closed.counts.system.get(System::QueueDepthMax), 0, "the queue is not empty in the last hour");
        }
    });
    assert_eq!(depth_time, queue_time);
    depth_time as f64 / queue_time as f64
}

#[test]
fn the_depth_of_the_work_queue_is_the_time_spent_in_it() {
    let week = SEEDS.map(|seed| depth_over_time("c650-week", seed, 4));
    judge("Depth of the work queue over time / time spent in it, a week", week);
    judge("The same on a day near the limit", SEEDS.map(|seed| depth_over_time("peak-day", seed, 4)));
}

/// Spam of each day: recipients, and for blocked connections three each.
fn spam_by_day(seed: u64) -> (u64, Vec<f64>) {
    let scenario = scenario("mccolo", seed, &["volume=0.05"]);
    let mut days = Vec::new();
    watch(&Simulation::new(&scenario), |closed| {
        let cells = closed.counts.domains.total();
        let of = |cell: Sender| cells[cell as usize];
        days.push((3 * (of(Sender::Rejected) + of(Sender::Refused)) + of(Sender::Throttled) + of(Sender::Spam)) as f64);
    });
    (scenario.time.begin.micros() / DAY, days)
}

#[test]
fn spam_falls_with_mccolo_and_comes_back() {
    let shutdown: Moment = "2008-11-11T21:30:00Z".to_string().try_into().unwrap();
    let ratios = SEEDS.map(|seed| {
        let (first_day, days) = spam_by_day(seed);
        let next_day = (shutdown.micros() / DAY + 1 - first_day) as usize;
        // Each day is set against the same weekday of the four weeks before.
        let before = |day: usize| mean(&[7, 14, 21, 28].map(|back| days[next_day + day % 7 - back]));
        let ratio = |day: usize| days[next_day + day] / before(day);
        (ratio(0), mean(&(140..147).map(ratio).collect::<Vec<_>>()))
    });
    judge("McColo: spam of the next day over that before", ratios.map(|ratios| ratios.0));
    judge("McColo: spam of the week after 140 days over that before", ratios.map(|ratios| ratios.1));
}
