//! The clock: what moment it is for the appliances.

use std::time::Instant;

/// What moment it is for the appliances.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's own time.
    Live,
    /// So many simulated seconds to a second, from a moment in microseconds since the Unix epoch on.
    Running {
        /// Simulated seconds to a second.
        speed: f64,
        /// Where it stood when it was started.
        from_micros: u64,
        /// When it was started.
        since: Instant,
    },
    /// Always the same moment, in microseconds since the Unix epoch.
    Frozen(u64),
}

impl Clock {
    /// Where it stands, in microseconds since the Unix epoch.
    pub fn now_micros(&self) -> u64 {
        match *self {
            Clock::Live => {
                let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                since_epoch.map_or(0, |passed| passed.as_micros() as u64)
            }
            Clock::Running { speed, from_micros, since } => {
                from_micros + (since.elapsed().as_micros() as f64 * speed) as u64
            }
            Clock::Frozen(micros) => micros,
        }
    }
}
