//! Keeps the counts of appliances up to the moment of a clock.
//!
//! A [`History`] simulates a scenario on a thread of its own, up to the moment of its [`Clock`], and continues as the
//! clock moves. It keeps the counts of each interval at three [`Resolution`]s, each for as long as the appliance does.
//!
//! Within the scenario's span, the counts are those of a run of the scenario. The span is era 0. The time
//! after it is simulated in *eras* of seven days. Each of these is simulated by itself, with a warm-up that is longer
//! than any message waits for its delivery. The counts of an interval therefore depend on the scenario
//! alone, and not on when the history began. A restart gives the same figures, and yesterday's figures do not need a
//! simulation of all years since a scenario of 2008. A work queue that has not been empty for days starts empty at the
//! boundary of two eras.
//!
//! The latest era is simulated first, then the eras before it, and then an hour or more ahead of the clock. A reader
//! that asks for an interval that is over but not ready waits for it. If the clock runs faster than the machine can
//! simulate, readers wait longer and longer. When an interval would be dropped as soon as it is ready, they receive an
//! error. While an interval cannot be written, for example to a full disk, readers of missing intervals receive an error at
//! once. The history tries to write it again until it succeeds, and then continues.
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
mod forecast;
mod history;
mod host;
mod interval;
mod maker;
mod pace;
mod progress;
mod recorder;
mod resolution;
mod shared;
mod store;

pub use clock::Clock;
pub use error::HistoryError;
pub use forecast::HistoryForecast;
pub use history::History;
pub use host::{Host, LineKind};
pub use interval::ApplianceInterval;
pub use pace::TooFast;
pub use progress::HistoryProgress;
pub use resolution::Resolution;
