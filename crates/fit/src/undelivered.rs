//! Mail to destinations whose TLS always fails under Required. It is tried again and again, and no table shows its volume, but only the
//! connections of its attempts.

use crate::evidence::TimeGrid;

/// The waits before attempts that scenarios have by default, in seconds: the first, and the longest. Each is twice as long as the last.
const FIRST_WAIT: f64 = 60.0;
const LONGEST_WAIT: f64 = 3600.0;
/// The time after which a message is given up, in seconds.
const MOST_TIME: f64 = 72.0 * 3600.0;

/// The attempts in the span for each message that arrives in it. Messages arrive as `volumes` says for each step. Before the span they arrive
/// at the mean rate, for some hours.
pub(crate) fn attempts_per_message(grid: TimeGrid, volumes: &[f64], warm_up_hours: i64) -> f64 {
    /// Moments of a step that stand for all of it.
    const MOMENTS: i64 = 12;
    let all: f64 = volumes.iter().sum();
    if all <= 0.0 {
        return 1.0;
    }
    let (step, span) = (grid.step as f64, (grid.step * grid.steps as i64) as f64);
    let warm_up = 3600.0 * warm_up_hours as f64;
    let of_step = |begin: f64, length: f64| {
        let moment = |place: i64| begin + length * (place as f64 + 0.5) / MOMENTS as f64;
        (0..MOMENTS).map(|place| attempts(moment(place), span)).sum::<f64>() / MOMENTS as f64
    };
    let steps = volumes.iter().enumerate();
    let inside: f64 = steps.map(|(place, volume)| volume * of_step(place as f64 * step, step)).sum();
    let hours = (1..=warm_up_hours).map(|hour| of_step(-3600.0 * hour as f64, 3600.0));
    let before: f64 = hours.sum::<f64>() / warm_up_hours.max(1) as f64 * all * warm_up / span;
    ((inside + before) / all).max(f64::MIN_POSITIVE)
}

/// The attempts from 0 to the end of the span, if the first is at a moment. Moments are in seconds.
fn attempts(first: f64, span: f64) -> f64 {
    let (mut at, mut wait, mut number) = (first, FIRST_WAIT, 0.0);
    while at < span && at <= first + MOST_TIME {
        number += if at >= 0.0 { 1.0 } else { 0.0 };
        at += wait;
        wait = (2.0 * wait).min(LONGEST_WAIT);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_follow_the_waits() {
        // At 0, 60, 180, 420, 900, 1,860 and 3,780 seconds, and then every hour.
        assert_eq!(attempts(0.0, 3600.0), 6.0);
        assert_eq!(attempts(0.0, 4.0 * 3600.0), 9.0);
        assert_eq!(attempts(-1000.0, 3600.0), 2.0);
        let grid = TimeGrid { begin: 0, step: 3600, steps: 1 };
        let found = attempts_per_message(grid, &[5.0], 0);
        assert!((4.0..6.0).contains(&found), "{found}");
        assert!(attempts_per_message(grid, &[5.0], 1) > found + 0.9);
    }
}
