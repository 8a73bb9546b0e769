//! The speed of the simulation, compared with that of the clock.

use std::fmt;
use std::time::Duration;

use tollgate_scenario::SECOND;

/// The real time after which the speed of the simulation is known well enough.
const MEASURED: Duration = Duration::from_millis(250);

/// The simulated time so far, and the real time that it took.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    simulated_micros: u64,
    took: Duration,
    /// The part of the next real time in which nothing was simulated.
    paused: Duration,
    has_warned: bool,
}

/// The clock runs faster than the machine simulates. Its text says so to people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooFast {
    /// Simulated seconds per real second of the clock.
    pub clock: f64,
    /// Simulated seconds per real second of the simulation.
    pub machine: f64,
}

impl Pace {
    /// Counts simulated time and the real time that it took. Gives a warning, once, if a clock of a speed is too fast.
    pub(crate) fn count(&mut self, simulated_micros: u64, took: Duration, clock: f64) -> Option<TooFast> {
        self.simulated_micros += simulated_micros;
        self.took += took.saturating_sub(std::mem::take(&mut self.paused));
        let warning = self.too_fast(clock).filter(|_| !self.has_warned);
        self.has_warned |= warning.is_some();
        warning
    }

    /// Takes a pause of the simulation out of the next real time.
    pub(crate) fn pause(&mut self, paused: Duration) {
        self.paused += paused;
    }

    /// The speeds, if a clock of a speed is too fast.
    pub(crate) fn too_fast(&self, clock: f64) -> Option<TooFast> {
        let machine = self.simulated_micros as f64 / SECOND as f64 / self.took.as_secs_f64();
        (self.took >= MEASURED && machine < clock).then_some(TooFast { clock, machine })
    }
}

impl fmt::Display for TooFast {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TooFast { clock, machine } = self;
        // Rounded down to two digits, so that a clock of this speed has some reserve.
        let digit = 10_f64.powf((machine.log10() - 1.0).floor());
        let machine = (machine / digit).floor() * digit;
        let decimals = usize::from(machine < 10.0);
        write!(
            formatter,
            "the clock runs at x{clock}, but this machine simulates at about x{machine:.decimals$}; exports are refused or cut, because \
             intervals are dropped before they are made; start with a slower --clock"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_faster_than_the_machine_is_warned_of_once() {
        let mut pace = Pace::default();
        // Too early to tell.
        assert_eq!(pace.count(SECOND, Duration::from_millis(100), 60.0), None);
        pace.pause(Duration::from_secs(5));
        let second = Duration::from_millis(5900);
        // 51 seconds in one second, without the pause.
        assert_eq!(pace.count(50 * SECOND, second, 60.0), Some(TooFast { clock: 60.0, machine: 51.0 }));
        assert_eq!(pace.count(0, Duration::ZERO, 60.0), None);
        assert_eq!(pace.too_fast(60.0), Some(TooFast { clock: 60.0, machine: 51.0 }));
        assert_eq!((pace.too_fast(50.0), pace.too_fast(0.0)), (None, None));
    }

    #[test]
    fn the_speed_of_the_machine_is_rounded_down() {
        let text = |machine| TooFast { clock: 1e5, machine }.to_string();
        assert!(text(43_987.0).starts_with("the clock runs at x100000, but this machine simulates at about x43000;"));
        assert!(text(5.96).contains("about x5.9;"), "{}", text(5.96));
    }
}
