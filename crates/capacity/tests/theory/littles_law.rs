//! Little's law to the microsecond, where nothing is in the queue as the measured time begins and ends: the integral of how many
//! messages are in the queue is the time that they spend in it, whoever counts the one and the other.

use tollgate_capacity::measure;

use crate::theory::queue::{Queue, Spread};

#[test]
fn depth_and_delay_tell_the_same_time() {
    // Mail comes from 6 to 18 o'clock, twice as much as on the mean of the day.
    let day = (0..24).map(|hour| if (6..18).contains(&hour) { "1.0" } else { "0.0" }).collect::<Vec<_>>().join(", ");
    let rhythm = format!("rhythm = {{ day = [{day}] }}");
    let spreads = [Spread::Fixed, Spread::Exponential, Spread::Lognormal { sigma: 1.5 }];
    // The workers keep up on the mean of the day; with the larger load they do not while mail comes.
    for (workers, spread, load) in [1, 4, 16].into_iter().zip(spreads).flat_map(|(w, s)| [(w, s, 0.4), (w, s, 0.6)]) {
        let queue = Queue { workers, load, spread, capacity_per_hour: 3_600.0, hours: 24 };
        let outcome = measure(&queue.scenario(3, &rhythm)).site;
        let hours = || outcome.hours.iter();
        assert!(hours().next().unwrap().depth_max == 0 && hours().last().unwrap().depth_max == 0);
        assert!(outcome.entered > 30_000 && outcome.waited > outcome.entered / 20);
        assert_eq!(outcome.left, outcome.entered);
        assert_eq!(hours().map(|hour| hour.accepted).sum::<u64>(), outcome.entered);
        assert_eq!(hours().map(|hour| hour.depth_time).sum::<u64>(), outcome.delay.sum, "{queue:?}");
        // The same of the workers alone: how many are busy, and what service messages had.
        assert_eq!(
            hours().map(|hour| hour.workers_busy).sum::<u64>(),
            outcome.delay.sum - outcome.wait.sum,
            "{queue:?}"
        );
        // And of the processor, whose time is counted elsewhere.
        assert_eq!(hours().map(|hour| hour.cpu.total()).sum::<u64>(), outcome.delay.sum - outcome.wait.sum);
    }
}
