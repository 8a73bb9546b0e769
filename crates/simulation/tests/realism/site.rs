//! The work queue, and the end of a botnet.

use tollgate_ledger::{Sender, System};
use tollgate_scenario::{DAY, HOUR, Moment};
use tollgate_simulation::Simulation;

use crate::realism::page::judge;
use crate::realism::statistics::mean;
use crate::realism::{SEEDS, attempted, scenario, silence, watch_sums};

/// The integral of the work queue's depth divided by the time spent in it.
///
/// At any moment, the integral so far is the time that messages have spent in the queue so far, whether or not they
/// have left it. The run begins with an empty queue, and the last mail arrives four hours before its end. The queue is
/// then empty again, and the two are equal to the microsecond.
fn depth_over_time(name: &str, seed: u64) -> f64 {
    let mut scenario = scenario(name, seed, &["time.warm_up=0s", "outbreaks=[]"]);
    let end = scenario.time.end().micros();
    silence(&mut scenario, Moment::from_micros(end - 4 * HOUR));
    let (mut depth_time, mut queue_time) = (0, 0);
    watch_sums(&Simulation::new(&scenario), |closed| {
        depth_time += closed.counts.system.get(System::QueueDepthTime);
        queue_time += closed.counts.system.get(System::QueueTime);
        assert!(depth_time >= queue_time, "more time was spent in the queue than the integral of its depth");
        if end - closed.begin.micros() <= HOUR {
            assert_eq!(closed.counts.system.get(System::QueueDepthMax), 0, "the queue is not empty in the last hour");
        }
    });
    assert_eq!(depth_time, queue_time);
    depth_time as f64 / queue_time as f64
}

#[test]
fn the_depth_of_the_work_queue_is_the_time_spent_in_it() {
    let name = "Integral of the work queue's depth / time spent in it";
    judge(&format!("{name}, in a week"), SEEDS.map(|seed| depth_over_time("c650-week", seed)));
    judge(&format!("{name}, on the peak day"), SEEDS.map(|seed| depth_over_time("peak-day", seed)));
}

/// The number of the first day since the Unix epoch, and the stopped recipients of each day.
fn stopped_by_day(seed: u64) -> (u64, Vec<f64>) {
    let scenario = scenario("mccolo", seed, &["volume=0.05", "variation.none=true"]);
    let mut days = Vec::new();
    watch_sums(&Simulation::new(&scenario), |closed| {
        let cells = closed.counts.domains.total();
        days.push((attempted(&cells) - cells[Sender::Clean as usize]) as f64);
    });
    (scenario.time.begin.micros() / DAY, days)
}

#[test]
fn spam_falls_with_mccolo_and_comes_back() {
    let shutdown: Moment = "2008-11-11T21:30:00Z".to_string().try_into().unwrap();
    let ratios = SEEDS.map(|seed| {
        let (first_day, days) = stopped_by_day(seed);
        let shutdown = (shutdown.micros() / DAY - first_day) as usize;
        // Each day is divided by the mean of the same weekday in the four weeks before the shutdown.
        let ratio = |day: usize| {
            let before = (shutdown - 28..shutdown).filter(|other| other % 7 == day % 7);
            days[day] / mean(&before.map(|other| days[other]).collect::<Vec<_>>())
        };
        let week = |begin: usize| mean(&(begin..begin + 7).map(ratio).collect::<Vec<_>>());
        let [january, april] = [50, 133].map(|after| week(shutdown + 1 + after));
        (ratio(shutdown + 1), week(shutdown + 141), (april / january).powf(1.0 / 83.0) - 1.0)
    });
    judge("McColo: ratio of spam on the next day to spam before", ratios.map(|ratios| ratios.0));
    judge("McColo: ratio of spam in the week after 140 days to spam before", ratios.map(|ratios| ratios.1));
    judge("McColo: daily growth of spam in the first quarter", ratios.map(|ratios| ratios.2));
}
