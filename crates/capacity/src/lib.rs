//! Finds the load at which a site's appliances stop keeping up.
//!
//! [`measure`] simulates a scenario once and returns a [`Measurement`] of each appliance. A [`PlanFigure`] is one number of a
//! measurement; an [`Estimate`] is its mean over several seeds, with a confidence interval. A [`Question`] makes many runs, at
//! several loads and with several seeds, and returns an [`Answer`] with the [`Plan`].

mod distribution;
mod equipment;
mod estimate;
mod figure;
mod fluid;
mod growth;
mod hour;
mod limit;
mod loads;
mod measurement;
mod meter;
mod objective;
mod page;
mod plan;
mod question;
mod runs;
mod verdict;

pub use equipment::Equipment;
pub use estimate::{CONFIDENCE, Estimate};
pub use figure::{FIGURES, FigureUnit, PlanFigure};
pub use growth::TrafficGrowth;
pub use hour::{ConnectionUse, CpuTime, DiskUse, HourMeasurement, Utilisation};
pub use measurement::{Backlog, Exhaustion, Measurement, Resource, SiteMeasurement, Waits};
pub use meter::{Meter, measure};
pub use objective::{Objective, Objectives};
pub use page::page;
pub use plan::{
    FirstBroken, FirstExhaustion, Limit, ObjectiveLimit, ObjectiveResult, Plan, PlanSide, PlannedGrowth, Point,
    PointHour, SitePart,
};
pub use question::{Answer, PlannedScenario, Question};
pub use runs::{PlanRun, Watcher};
pub use verdict::{
    BacklogVerdict, Headroom, KeepsUp, LateMail, LimitComparison, LimitVerdict, Loss, LossKind, ObjectiveVerdict,
    PlanVerdict, QueueVerdict, SideVerdict, UndecidedObjective,
};
