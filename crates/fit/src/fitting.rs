//! Makes a scenario from exports.

use tollgate_audit::{Diagnosis, Evidence as TlsEvidence, Exports, Multiplier, MultiplierOrigin};
use tollgate_catalogue::Catalogue;

use crate::document::{Document, FittedValue, Origin, digits};
use crate::error::FitError;
use crate::evidence::{Evidence, Grid};
use crate::figures::Figures;
use crate::groups::find_groups;
use crate::keys::zeta_of_mean;
use crate::names::Pseudonyms;
use crate::senders::read_senders;
use crate::{incoming, outgoing, site};

/// The rule that the document describes.
const DOCUMENTED: &str = "every-plain";
/// Mean size of a message, if the exports do not show it: that of c650-week (assumed).
const BYTES: f64 = 20_000.0;
/// Sigma of the logarithm of sizes (assumed).
const SIZE_SIGMA: f64 = 1.0;

/// The choices of a fit.
#[derive(Debug)]
pub struct FitSettings {
    /// Number of domains and destinations that the scenario lists, each by itself.
    pub keys: usize,
    /// Random seed of the scenario.
    pub seed: u64,
    /// The names in the scenario.
    pub pseudonyms: Pseudonyms,
}

/// The choices, and what all parts of a fit share.
#[derive(Debug)]
pub(crate) struct FitOptions {
    pub(crate) keys: usize,
    pub(crate) multiplier: u32,
    /// How the multiplier was found. Empty if it is assumed.
    pub(crate) multiplier_from: &'static str,
    pub(crate) pseudonyms: Pseudonyms,
}

/// A scenario that gives exports like those it was fitted to.
#[derive(Clone, Debug)]
pub struct FittedScenario {
    /// The scenario as text.
    pub text: String,
    /// The values and their origins, in the order of the text.
    pub values: Vec<FittedValue>,
}

impl FittedScenario {
    /// The number of values of each origin: exact, fitted, assumed.
    pub fn counts(&self) -> [usize; 3] {
        [Origin::Exact, Origin::Fitted, Origin::Assumed]
            .map(|origin| self.values.iter().filter(|value| value.origin == origin).count())
    }
}

/// Fits a scenario to exports, as it was: it has the span of the exports, and the volume of each interval.
///
/// # Errors
/// If a file cannot be read, if no table has timestamps, or if the exports show no mail.
pub fn fit(exports: &Exports, settings: FitSettings) -> Result<FittedScenario, FitError> {
    let figures = Figures::read(exports)?;
    let senders = read_senders(exports)?;
    let grid = Grid::of(&figures).ok_or(FitError::NoTimes)?;
    let interval = grid.step;
    let evidence = Evidence { figures: &figures, grid: grid.with_step_of(300) };
    let Multiplier { value, origin } = Multiplier::find(None, exports)?;
    let multiplier_from = match origin {
        MultiplierOrigin::Given => "given",
        MultiplierOrigin::Manifest => "the manifest of the run",
        MultiplierOrigin::Rows(_) => "it fits the rows of senders",
        MultiplierOrigin::Default => "",
    };
    let options =
        FitOptions { keys: settings.keys, multiplier: value, multiplier_from, pseudonyms: settings.pseudonyms };
    let groups = find_groups(&evidence, senders);
    let rule = counting_rule(exports)?;
    let mut document = Document::default();
    document.comment("A scenario that was fitted to exports: it has their span and the volume of each interval.");
    document.comment(
        "Each value is exact (the exports show it), fitted (estimated from them) or assumed (they cannot show it).",
    );
    document.text.push('\n');
    document.line("format", 1);
    document.line("seed", settings.seed);
    document.section("[variation]", "variation");
    document.value("none", true, Origin::Assumed, "the observed volumes have all of it");
    site::write_time(&mut document, evidence.grid, interval);
    site::write_appliance(&mut document, &evidence, &options, (&rule.0, rule.1, rule.2));
    site::write_listeners(&mut document, &evidence, &groups, &options);
    site::write_users(&mut document, &evidence);
    site::write_filters(&mut document, &evidence, &options);
    site::write_viruses(&mut document, &evidence);
    incoming::write_incoming(&mut document, &evidence, &groups, &options);
    outgoing::write_outgoing(&mut document, &evidence, &options);
    site::write_restarts(&mut document, &evidence);
    let Document { text, values, .. } = document;
    if !text.contains("[[incoming]]") && !text.contains("[[outgoing]]") {
        return Err(FitError::NoMail);
    }
    Ok(FittedScenario { text, values })
}

/// The counting rule. Among rules that explain the figures alike, it is the documented one.
fn counting_rule(exports: &Exports) -> Result<(String, Origin, &'static str), FitError> {
    if TlsEvidence::NEEDED.into_iter().any(|number| exports.file_of(number).is_none()) {
        return Ok((DOCUMENTED.into(), Origin::Assumed, "no outgoing TLS tables"));
    }
    let evidence = TlsEvidence::of_exports(exports, |_| true)?;
    if evidence.is_empty() {
        return Ok((DOCUMENTED.into(), Origin::Assumed, "no interval is in both TLS summaries"));
    }
    let diagnosis = Diagnosis::new(Catalogue::builtin().rules(), &evidence);
    Ok(match diagnosis.best {
        Some(best) => (best, Origin::Exact, "the only rule that explains the TLS figures"),
        None if diagnosis.possible.iter().any(|rule| rule == DOCUMENTED) => {
            (DOCUMENTED.into(), Origin::Fitted, "the documented rule is possible, and so are others")
        }
        None => {
            let likeliest = diagnosis.possible.first().cloned().unwrap_or_else(|| DOCUMENTED.into());
            (likeliest, Origin::Fitted, "the likeliest of the possible rules")
        }
    })
}

/// Writes the recipients of a message with a mean.
pub(crate) fn write_recipients(document: &mut Document, mean: f64) {
    let value = match zeta_of_mean(mean) {
        Some(zeta) => format!("{{ zeta = {}, max = 100 }}", digits(zeta)),
        None if mean > 1.0001 => {
            // Two neighbouring numbers have this mean.
            let (low, part) = (mean.floor(), mean.fract());
            format!(
                "{{ bins = [{{ from = {low}, to = {low}, share = {} }}, {{ from = {}, to = {}, share = {} }}] }}",
                digits(1.0 - part),
                low + 1.0,
                low + 1.0,
                digits(part)
            )
        }
        None => return,
    };
    document.value("recipients", value, Origin::Fitted, "the mean; the law is assumed");
}

/// Writes the sizes of messages with a mean in bytes.
pub(crate) fn write_size(document: &mut Document, mean: Option<f64>) {
    let mu = mean.unwrap_or(BYTES).max(100.0).ln() - 0.5 * SIZE_SIGMA * SIZE_SIGMA;
    let value = format!("{{ parts = [{{ mu = {}, sigma = {SIZE_SIGMA:.1} }}] }}", digits(mu));
    match mean {
        Some(_) => document.value("size", value, Origin::Fitted, "the mean; the spread is assumed"),
        None => document.value("size", value, Origin::Assumed, "no table has sizes"),
    }
}

/// Writes the volume in each step. `list` is the key of the list that the class or flow is in.
pub(crate) fn write_observed(document: &mut Document, list: &str, grid: Grid, volumes: &[f64]) {
    let total: f64 = volumes.iter().sum();
    if total <= 0.0 {
        return;
    }
    let mean = total / volumes.len() as f64;
    document.text += &format!("\n[{list}.rhythm.observed]\n");
    document.line("begin", site::moment(grid.begin));
    document.line("step", site::span(grid.step));
    let mut factors = String::new();
    for (place, volume) in volumes.iter().enumerate() {
        factors += if place % 12 == 0 { "\n    " } else { " " };
        factors += &digits(volume / mean);
        factors.push(',');
    }
    document.line("factors", format!("[{factors}\n]"));
}
