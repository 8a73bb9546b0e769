//! Finds how a site's appliances stand up to load.
//!
//! [`measure`] simulates a scenario once and gives what its appliances were seen to do, an [`Outcome`] each; a [`Figure`] is
//! one number of an outcome, and an [`Estimate`] is what several seeds say of it. A [`Question`] asks for many runs, at several
//! loads and with several seeds, and its [`Answer`] has the [`Plan`].

mod estimate;
mod figure;
mod fluid;
mod limit;
mod meter;
mod outcome;
mod page;
mod plan;
mod question;
mod runs;

pub use estimate::{CONFIDENCE, Estimate};
pub use figure::{FIGURES, Figure, Unit};
pub use meter::measure;
pub use outcome::{Backlog, Exhausted, Hour, Measured, Outcome, Resource, Waits};
pub use page::page;
pub use plan::{First, Has, Limit, Part, Plan, Point, PointHour, Variant};
pub use question::{Answer, Question, Side};
pub use runs::{Run, Watcher};
