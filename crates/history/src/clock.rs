//! The clock of the appliances.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tollgate_scenario::{HOUR, MINUTE, Moment, SECOND, Time};

use crate::error::HistoryError;

/// The year 2200, in microseconds since the Unix epoch. No moment is later, and the fastest clock stops here.
const LAST_MICROS: u64 = 7_258_118_400 * SECOND;

/// The fastest clock. It passes the time for which base intervals are kept, one day, in less than a second.
const FASTEST: f64 = 100_000.0;

const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// The clock of the appliances.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's own time.
    Live,
    /// Runs at `speed`, from a moment in microseconds since the Unix epoch.
    Running {
        /// Simulated seconds per real second.
        speed: f64,
        /// The simulated moment at which it started.
        from_micros: u64,
        /// The real time at which it started.
        since: Instant,
    },
    /// Always the same moment, in microseconds since the Unix epoch.
    Frozen(u64),
    /// Shows the moment that it was last set to, in microseconds since the Unix epoch. It lets a caller decide when
    /// time passes, for example in a test that must not depend on the speed of the machine. It must not be set back.
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// Parses a clock from the command line. A running clock starts now.
    ///
    /// - `live`: the machine's own time.
    /// - A moment such as `2008-11-24T00:00:00Z`: a clock that stands still there.
    /// - `x60`: a clock that starts at the end of the scenario's span and runs sixty times as fast as the machine's.
    /// - `x60@2008-11-17T14:00:00Z`: the same, but it starts at that moment.
    ///
    /// ```
    /// use tollgate_history::Clock;
    /// # let scenario = tollgate_scenario::Scenario::parse(
    /// #     "format = 1\n[time]\nbegin = \"2008-11-17T00:00:00Z\"\nspan = \"7d\"\n[[appliances]]\nname = \"c650\"\n\
    /// #      [users]\ncount = 5\ndomain = \"example.com\"\n", "week.toml", &[])?;
    ///
    /// let clock = Clock::read("2008-11-24T00:00:00Z", &scenario.time)?;
    /// assert_eq!(clock.now_micros(), 1_227_484_800_000_000);
    ///
    /// let error = Clock::read("x-1", &scenario.time).unwrap_err();
    /// assert_eq!(error.to_string(), "clock: found speed \"-1\", allowed is a number above 0 and at most 100000 such as \
    ///      in \"x60\"");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the text is none of these, or if the clock would start before the scenario begins.
    pub fn read(text: &str, time: &Time) -> Result<Clock, HistoryError> {
        let clock = match text.strip_prefix('x') {
            _ if text == "live" => Clock::Live,
            None => Clock::Frozen(read_moment(text)?),
            Some(rest) => {
                let (speed, from) = rest.split_once('@').map_or((rest, None), |(speed, from)| (speed, Some(from)));
                let from_micros = from.map_or(Ok(time.end().micros()), read_moment)?;
                Clock::Running { speed: read_speed(speed)?, from_micros, since: Instant::now() }
            }
        };
        clock.check(time).map(|()| clock)
    }

    /// The clock's moment, in microseconds since the Unix epoch.
    pub fn now_micros(&self) -> u64 {
        let now = match self {
            Clock::Live => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_micros() as u64),
            Clock::Running { speed, from_micros, since } => {
                from_micros.saturating_add((since.elapsed().as_micros() as f64 * speed) as u64)
            }
            Clock::Frozen(micros) => *micros,
            Clock::Set(micros) => micros.load(Ordering::Acquire),
        };
        now.min(LAST_MICROS)
    }

    /// True if it stands still.
    pub fn is_frozen(&self) -> bool {
        matches!(self, Clock::Frozen(_))
    }

    /// Refuses a clock that is before the beginning of the scenario.
    pub(crate) fn check(&self, time: &Time) -> Result<(), HistoryError> {
        let now = self.now_micros();
        if now < time.begin.micros() {
            let found = Moment::from_micros(now / SECOND * SECOND).to_string();
            return Err(HistoryError::TooEarly { found, allowed: time.begin.to_string() });
        }
        Ok(())
    }

    /// The simulated time by which the history is made ahead of the clock, in microseconds: ten seconds of a fast
    /// clock, and at least an hour.
    pub(crate) fn ahead_micros(&self) -> u64 {
        let passed = (self.speed() * 10.0 * SECOND as f64) as u64;
        if self.is_frozen() { 0 } else { passed.clamp(HOUR, 24 * HOUR) }
    }

    /// The real time in which the clock passes a simulated length of time. It is at most a minute, so that a machine
    /// that was asleep notices.
    pub(crate) fn wait(&self, micros: u64) -> Duration {
        // The next change of a set clock is unknown.
        let longest = if matches!(self, Clock::Set(_)) { SHORTEST_WAIT } else { Duration::from_micros(MINUTE) };
        let wait = Duration::try_from_secs_f64(micros as f64 / (self.speed() * SECOND as f64));
        wait.map_or(longest, |wait| wait.clamp(SHORTEST_WAIT, longest))
    }

    /// Simulated seconds per real second.
    pub(crate) fn speed(&self) -> f64 {
        match *self {
            Clock::Live => 1.0,
            Clock::Running { speed, .. } => speed,
            Clock::Frozen(_) | Clock::Set(_) => 0.0,
        }
    }
}

fn read_moment(text: &str) -> Result<u64, HistoryError> {
    let unreadable = |_| HistoryError::Clock {
        found: format!("{text:?}"),
        allowed: "are \"live\", \"xN\", \"xN@TIME\" and a TIME from 1970 to 2200 such as \"2008-11-17T14:00:00Z\""
            .into(),
    };
    Moment::try_from(text.to_owned()).map(Moment::micros).map_err(unreadable)
}

fn read_speed(text: &str) -> Result<f64, HistoryError> {
    let speed = text.parse().ok().filter(|&speed: &f64| speed > 0.0 && speed <= FASTEST);
    speed.ok_or_else(|| HistoryError::Clock {
        found: format!("speed {text:?}"),
        allowed: format!("is a number above 0 and at most {FASTEST} such as in \"x60\""),
    })
}
