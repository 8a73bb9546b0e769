//! Little's law: the integral of the number of messages in the queue equals the sum of their times in it. It holds to the
//! microsecond if the queue is empty at both ends of the span. Different code counts the two.

use tollgate_capacity::measure;

use crate::theory::queue::{Queue, Spread};

#[test]
fn the_integral_of_depth_is_the_sum_of_delays() {
    // Mail arrives from 06:00 to 18:00, at twice the mean rate of the day.
    let day = (0..24).map(|hour| if (6..18).contains(&hour) { "1.0" } else { "0.0" }).collect::<Vec<_>>().join(", ");
    let rhythm = format!("rhythm = {{ day = [{day}] }}");
    let spreads = [Spread::Fixed, Spread::Exponential, Spread::Lognormal { sigma: 1.5 }];
    // The workers keep up with the mean of the day. At the larger load they fall behind while mail arrives.
    for (workers, spread, load) in [1, 4, 16].into_iter().zip(spreads).flat_map(|(w, s)| [(w, s, 0.4), (w, s, 0.6)]) {
        let queue = Queue { workers, load, spread, capacity_per_hour: 3_600.0, hours: 24 };
        let outcome = measure(&queue.scenario(3, &rhythm)).unwrap().site;
        let hours = || outcome.hours.iter();
        assert!(hours().next().unwrap().depth_max == 0 && hours().last().unwrap().depth_max == 0);
        assert!(outcome.entered > 30_000 && outcome.waited > outcome.entered / 20);
        assert_eq!(outcome.left, outcome.entered);
        assert_eq!(hours().map(|hour| hour.accepted).sum::<u64>(), outcome.entered);
        assert_eq!(hours().map(|hour| u128::from(hour.depth_time)).sum::<u128>(), outcome.delay.sum, "{queue:?}");
        // The same for the workers alone: the integral of busy workers equals the sum of service times.
        assert_eq!(
            hours().map(|hour| u128::from(hour.workers_busy)).sum::<u128>(),
            outcome.delay.sum - outcome.wait.sum,
            "{queue:?}"
        );
        // The same for the processor, whose time other code counts.
        assert_eq!(
            hours().map(|hour| u128::from(hour.cpu.total())).sum::<u128>(),
            outcome.delay.sum - outcome.wait.sum
        );
    }
}
