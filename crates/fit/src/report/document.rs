//! The report of a fit: how well runs of the scenario agree with the exports, and what is known about its values.

use serde::Serialize;
use tollgate_wording::{counted, estimate, load, number, percent, signed, span, whole_percent};

use super::facts::{disclosures, not_identifiable};
use crate::draft::{FittedValue, Origin};
use crate::estimates::{KeyLaw, SiteEstimate};
use crate::fitting::FittedScenario;
use crate::measure::Measure;
use crate::spread::{JudgedFigure, Judgement, MISFIT_Z};

/// The report of a fit.
#[derive(Clone, Debug, Serialize)]
pub struct FitReport {
    /// The name of the scenario.
    pub scenario: String,
    /// The version of this program.
    pub version: String,
    /// The time of the exports, in words. `None` if no table has timestamps.
    pub time: Option<String>,
    /// The numbers of the tables that were fitted.
    pub tables: Vec<u32>,
    /// The number of exact values.
    pub exact: usize,
    /// The number of fitted values.
    pub fitted: usize,
    /// The number of assumed values.
    pub assumed: usize,
    /// The values of the scenario and their origins.
    pub values: Vec<FittedValue>,
    /// The volumes and ratios of a typical week, with 90 % intervals.
    pub estimates: Vec<SiteEstimate>,
    /// The power laws of keys.
    pub power_laws: Vec<KeyLaw>,
    /// The number of shares of the ten largest keys, and of those within three standard deviations of the mean of the runs.
    pub shares_of_keys: usize,
    /// See `shares_of_keys`.
    pub shares_of_keys_inside: usize,
    /// The facts that these tables cannot tell.
    pub not_identifiable: Vec<String>,
    /// The facts about the site that the scenario and this report disclose.
    pub disclosed: Vec<&'static str>,
    /// The number of runs with which the scenario was checked.
    pub check_runs: usize,
    /// The number of totals, and of those within three standard deviations of the mean of the runs.
    pub totals: usize,
    /// See `totals`.
    pub totals_inside: usize,
    /// The figures of the exports and of the runs, the largest misfit first. Empty without runs.
    pub figures: Vec<JudgedFigure>,
}

impl FitReport {
    /// The report of a fitted scenario with a name. `judgement` has the runs that check it, if there are any.
    pub fn new(name: &str, fitted: &FittedScenario, judgement: Option<&Judgement>) -> FitReport {
        let figures = &fitted.figures;
        let [exact, fitted_values, assumed] = fitted.counts();
        let time = figures.span().map(|(begin, end)| {
            let [begin, end] = [begin, end].map(|seconds| u64::try_from(seconds).unwrap_or_default() * 1_000_000);
            span(begin, end)
        });
        let judged = judgement.map(|judgement| judgement.figures.clone()).unwrap_or_default();
        let shares = || judged.iter().filter(|figure| figure.measure == Measure::TenLargestKeys);
        let totals = || judged.iter().filter(|figure| figure.measure == Measure::Total);
        FitReport {
            scenario: name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            time,
            tables: figures.tables.keys().copied().collect(),
            exact,
            fitted: fitted_values,
            assumed,
            not_identifiable: not_identifiable(figures),
            disclosed: disclosures(figures, fitted.has_names, fitted.is_anonymous),
            check_runs: judgement.map_or(0, |judgement| judgement.runs),
            totals: totals().count(),
            totals_inside: totals().filter(|figure| figure.size() < MISFIT_Z).count(),
            values: fitted.values.clone(),
            estimates: fitted.estimates.clone(),
            power_laws: fitted.power_laws.clone(),
            shares_of_keys: shares().count(),
            shares_of_keys_inside: shares().filter(|figure| figure.size() < MISFIT_Z).count(),
            figures: judged,
        }
    }

    /// The result of the check in a sentence. `None` without runs.
    pub fn verdict(&self) -> Option<String> {
        (self.check_runs > 0).then(|| {
            format!(
                "The scenario reproduces {} of {}, and {} of {} of the ten largest keys",
                self.totals_inside,
                counted(self.totals as u64, "total"),
                self.shares_of_keys_inside,
                counted(self.shares_of_keys as u64, "share"),
            )
        })
    }

    /// The totals that are misfits, the largest first, one for each fact: a column with the same heading in a later table is left out.
    pub fn misfits(&self) -> Vec<&JudgedFigure> {
        let mut misfits: Vec<&JudgedFigure> = Vec::new();
        for figure in self.figures.iter().filter(|figure| figure.measure == Measure::Total) {
            let is_known = |known: &&JudgedFigure| known.column == figure.column && known.exports == figure.exports;
            if figure.size() >= MISFIT_Z && !misfits.iter().any(is_known) {
                misfits.push(figure);
            }
        }
        misfits
    }

    /// The values of an origin.
    pub(super) fn values_of(&self, origin: Origin) -> impl Iterator<Item = &FittedValue> {
        self.values.iter().filter(move |value| value.origin == origin)
    }
}

impl SiteEstimate {
    /// The estimate in words.
    pub fn written(&self) -> String {
        three_digits(self.value)
    }

    /// The interval in words.
    pub fn written_interval(&self) -> String {
        format!("{} to {}", three_digits(self.low), three_digits(self.high))
    }
}

/// A number in words. Small means differ in their third digit.
fn three_digits(value: f64) -> String {
    if value < 10.0 { load(value) } else { number(value) }
}

impl JudgedFigure {
    /// The figure in a sentence, such as `Incoming Mail Summary: Clean messages: 12,609 in the exports, 13,020 in the runs, 3% more`.
    pub fn sentence(&self) -> String {
        let measure = match self.measure {
            Measure::Total => String::new(),
            other => format!(", {}", other.words()),
        };
        let more = if self.exports > 0.0 && self.mean > 0.0 {
            let ratio = self.mean / self.exports;
            match ratio {
                ratio if ratio >= 2.0 => format!(", {} times as much", number(ratio)),
                ratio if ratio >= 1.0 => format!(", {} more", whole_percent(ratio - 1.0)),
                ratio => format!(", {} less", whole_percent(1.0 - ratio)),
            }
        } else {
            String::new()
        };
        let exports = self.written(self.exports);
        let mean = self.written(self.mean);
        format!("{}: {}{measure}: {exports} in the exports, {mean} in the runs{more}", self.title, self.column)
    }

    /// A value of the measure in words.
    pub fn written(&self, value: f64) -> String {
        match self.measure {
            Measure::TenLargestKeys => percent(value),
            Measure::Autocorrelation => format!("{value:.2}").replace('-', "\u{2212}"),
            Measure::Total | Measure::BusiestInterval | Measure::P95Interval => three_digits(value),
        }
    }

    /// The mean of the runs and the range in which 95 of 100 runs are.
    pub fn written_range(&self) -> String {
        estimate(self.mean, self.low, self.high, |value| self.written(value))
    }

    /// The number of standard deviations in words.
    pub fn written_z(&self) -> String {
        self.z.map_or_else(|| "no spread".into(), |z| signed(z, |z| format!("{z:.1}")).replace("\u{2212}0.0", "0.0"))
    }
}
