//! Keeps what appliances counted, as far as a clock has come.
//!
//! A [`History`] simulates a scenario on a thread of its own, up to where its [`Clock`] stands and onward as it moves, and
//! keeps the counts of each interval at three [`Resolution`]s, each for as long as the appliance would.
//!
//! Within the scenario's span the counts are those of a run of the scenario. What comes after the span is simulated in
//! *eras* of seven days, the first of which begins where the span ends. Each era is simulated by itself, with a warm-up
//! that is longer than any message waits for its delivery. So what an interval holds depends on the scenario alone, and not
//! on when a history was begun: a restart gives the same figures, and nothing of the years between a scenario of 2008 and
//! today need be simulated to show yesterday. Where two eras meet, a work queue that has not been empty for days starts
//! anew.
//!
//! The latest era is made first, then those before it, and then an hour or more ahead of the clock. Whoever asks for an
//! interval that is over and not made yet waits for it. A clock may run faster than the machine can simulate: then readers
//! wait longer and longer, until what they ask for would be forgotten at once, and they are told so.
//!
//! ```
//! use tollgate_history::{ApplianceInterval, Clock, History, Resolution};
//! use tollgate_ledger::{Counts, Part, System};
//! use tollgate_scenario::Scenario;
//!
//! let text = r#"
//! format = 1
//!
//! [time]
//! begin = "2008-11-17T00:00:00Z"
//! span = "1d"
//!
//! [[appliances]]
//! name = "c650"
//!
//! [users]
//! count = 5000
//! domain = "example.com"
//! "#;
//! let scenario = Scenario::parse(text, "day.toml", &[])?;
//! let clock = Clock::read("2008-11-17T12:00:00Z", &scenario.time)?;
//! let history = History::begin(&scenario, clock, None)?;
//! let now = history.now_micros();
//! let hour = history.interval_micros(Resolution::Hour);
//!
//! let mut counts = Counts::default();
//! let interval = ApplianceInterval { appliance: 0, resolution: Resolution::Hour, begin_micros: now - hour };
//! history.absorb(interval, Part::System, &mut counts)?;
//! assert_eq!(counts.system.get(System::Elapsed), hour);
//!
//! // The hour that has just begun is not over.
//! assert!(history.absorb(ApplianceInterval { begin_micros: now, ..interval }, Part::System, &mut counts).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod era;
mod error;
mod history;
mod interval;
mod maker;
mod progress;
mod recorder;
mod resolution;
mod shared;
mod store;

pub use clock::Clock;
pub use error::HistoryError;
pub use history::History;
pub use interval::ApplianceInterval;
pub use progress::HistoryProgress;
pub use resolution::Resolution;
