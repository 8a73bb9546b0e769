//! The settings that all parts of a fit share.

use crate::draft::ScenarioDraft;
use crate::evidence::Evidence;
use crate::keys::ListedKeys;
use crate::names::Pseudonyms;
use crate::template::Template;
use crate::typical::{LevelKind, TypicalWeek};
use crate::values::write_observed;

/// The time that a scenario shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FitMode {
    /// The span of the exports, with the volume of each interval.
    #[default]
    AsItWas,
    /// A typical week, with the variation from day to day.
    Typical,
}

/// The settings that all parts of a fit share.
#[derive(Debug)]
pub(crate) struct FitOptions {
    pub(crate) mode: FitMode,
    /// The domains, users, owners and destinations that the scenario lists.
    pub(crate) keys: ListedKeys,
    pub(crate) template: Template,
    /// The reputation multiplier of the first appliance.
    pub(crate) multiplier: u32,
    /// The messages of outbreaks that the quarantine released in each step.
    pub(crate) released: Vec<f64>,
    /// The simulated time before the exports.
    pub(crate) warm_up_hours: i64,
    pub(crate) pseudonyms: Pseudonyms,
}

/// The volume of a class or flow over time.
pub(crate) enum VolumeOverTime<'a> {
    AsItWas(&'a [f64]),
    Typical(TypicalWeek),
}

impl<'a> VolumeOverTime<'a> {
    pub(crate) fn of(mode: FitMode, evidence: &Evidence<'_>, series: &'a [f64], kind: LevelKind) -> Self {
        match mode {
            FitMode::AsItWas => VolumeOverTime::AsItWas(series),
            FitMode::Typical => VolumeOverTime::Typical(TypicalWeek::of(evidence, series, kind)),
        }
    }

    /// The number of typical weeks that the exports have the volume of.
    pub(crate) fn weeks(&self, evidence: &Evidence<'_>, series: &[f64]) -> f64 {
        match self {
            VolumeOverTime::Typical(week) if week.volume > 0.0 => series.iter().sum::<f64>() / week.volume,
            _ => evidence.grid.weeks(),
        }
    }

    /// Writes the rhythm. `list` is the key of the list that the class or flow is in.
    pub(crate) fn write(&self, document: &mut ScenarioDraft, list: &str, evidence: &Evidence<'_>) {
        match self {
            VolumeOverTime::AsItWas(series) => write_observed(document, list, evidence.grid, series),
            VolumeOverTime::Typical(week) => week.write(document, list),
        }
    }
}
