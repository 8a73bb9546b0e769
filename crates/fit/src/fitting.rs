//! Makes a scenario from exports.

use tollgate_audit::{Diagnosis, Evidence as TlsEvidence, Exports};
use tollgate_catalogue::Catalogue;

use crate::appliances::find_appliances;
use crate::domains::{DomainFacts, wanted_domains};
use crate::draft::{FittedValue, Origin, ScenarioDraft};
use crate::error::FitError;
use crate::estimates::{KeyLaw, SiteEstimate, estimates, power_laws};
use crate::evidence::{Evidence, TimeGrid};
use crate::figures::Figures;
use crate::groups::find_groups;
use crate::incoming::SenderFacts;
use crate::incoming_tls::GroupTls;
use crate::keys::ListedKeys;
use crate::names::Pseudonyms;
use crate::options::{FitMode, FitOptions};
use crate::outbreaks::{read_outbreaks, take_releases, warm_up_hours, write_outbreaks};
use crate::senders::{ADDRESSES, Senders, read_senders};
use crate::template::Template;
use crate::users::write_users;
use crate::values::{moment, span};
use crate::viruses::{read_viruses, write_viruses};
use crate::{incoming, outgoing, site, typical};

/// The rule that the document describes.
const DOCUMENTED: &str = "every-plain";

/// The choices of a fit.
#[derive(Debug)]
pub struct FitSettings {
    /// Number of domains and destinations that the scenario lists, each by itself.
    pub keys: usize,
    /// The time that the scenario shows.
    pub mode: FitMode,
    /// Random seed of the scenario.
    pub seed: u64,
    /// True if the scenario lists neither keys with a count below 10 nor fewer than 5 of them, and its numbers have three digits.
    pub is_anonymous: bool,
    /// The scenarios of which the one nearest in shape gives the values that exports cannot tell. At least one.
    pub templates: Vec<Template>,
    /// The names in the scenario.
    pub pseudonyms: Pseudonyms,
}

/// A scenario that gives exports like those it was fitted to.
#[derive(Clone, Debug)]
pub struct FittedScenario {
    /// The scenario as text.
    pub text: String,
    /// The values and their origins, in the order of the text.
    pub values: Vec<FittedValue>,
    /// The volumes and ratios of a typical week, with 90 % intervals. Empty if the exports have fewer than five whole days.
    pub estimates: Vec<SiteEstimate>,
    /// The power laws of keys.
    pub power_laws: Vec<KeyLaw>,
    /// True if it has the names of the exports instead of pseudonyms.
    pub has_names: bool,
    /// True if it was fitted with `is_anonymous`.
    pub is_anonymous: bool,
    /// The time of the exports.
    grid: TimeGrid,
    /// The figures that it was fitted to, without those of each address.
    pub figures: Figures,
}

impl FittedScenario {
    /// The beginning and the span of the exports, in the form of scenarios.
    pub fn time(&self) -> (String, String) {
        (moment(self.grid.begin), span(self.grid.end() - self.grid.begin))
    }

    /// The number of values of each origin: exact, fitted, assumed.
    pub fn counts(&self) -> [usize; 3] {
        [Origin::Exact, Origin::Fitted, Origin::Assumed]
            .map(|origin| self.values.iter().filter(|value| value.origin == origin).count())
    }
}

/// Fits a scenario to the exports of the appliances of a site, as it was: it has the span of the exports, and the volume of each interval.
///
/// # Errors
/// If a file cannot be read, if appliances have exports of different times, if no table has timestamps, or if the exports show no mail.
pub fn fit(site: &[Exports], settings: FitSettings) -> Result<FittedScenario, FitError> {
    // The addresses are read with their sender groups.
    let site_figures = Figures::read_site(site, |table| table != ADDRESSES)?;
    let figures = &site_figures.all;
    let Senders { groups, domains } = read_senders(site, &wanted_domains(figures, settings.keys))?;
    let grid = TimeGrid::of(figures).ok_or(FitError::NoTimes)?;
    let interval = grid.step;
    if 86_400 % interval != 0 {
        return Err(FitError::Interval { found_seconds: interval });
    }
    let found = figures.tables.values().map(|table| table.series.len()).max().unwrap_or_default();
    if grid.steps > 1000 && found * 10 < grid.steps {
        return Err(FitError::Sparse { found, all: grid.steps });
    }
    let evidence = Evidence { figures, grid: grid.with_step_of(300) };
    let pseudonyms = settings.pseudonyms;
    let has_names = pseudonyms.keeps_names();
    let appliances = find_appliances(site, &site_figures, evidence, &pseudonyms)?;
    let mut viruses = read_viruses(site, evidence.grid)?;
    let mut outbreaks = read_outbreaks(site, evidence.grid)?;
    let released = take_releases(&mut outbreaks, &mut viruses, evidence.grid);
    let multiplier = appliances.first().map_or(1, |appliance| appliance.multiplier);
    let (mode, warm_up_hours) = (settings.mode, warm_up_hours(&outbreaks, evidence.grid));
    let keys = ListedKeys { most: settings.keys, is_anonymous: settings.is_anonymous };
    let template = Template::nearest(settings.templates, tls_share(&evidence));
    let options = FitOptions { mode, keys, template, multiplier, released, warm_up_hours, pseudonyms };
    let groups = find_groups(&evidence, groups);
    let domains = DomainFacts::new(&evidence, &domains);
    let facts = SenderFacts { tls: GroupTls::find(&evidence, &groups, &domains), domains };
    let mut document = ScenarioDraft::new(settings.is_anonymous);
    document.comment(match settings.mode {
        FitMode::AsItWas => "A scenario that was fitted to exports: it has their span and the volume of each interval.",
        FitMode::Typical => "A scenario that was fitted to exports: it has the volumes of their typical week.",
    });
    document.comment(
        "Each value is exact (the exports show it), fitted (estimated from them) or assumed (they cannot show it).",
    );
    let template = options.template.name();
    document
        .comment(&format!("Sessions, retries and limits are in no export. They are those of the template {template}."));
    document.text.push('\n');
    document.line("format", 1);
    document.line("seed", settings.seed);
    match settings.mode {
        FitMode::AsItWas => {
            document.section("[variation]", "variation");
            document.value("none", true, Origin::Assumed, "the observed volumes have all of it");
        }
        FitMode::Typical => typical::write_variation(&mut document, &evidence),
    }
    site::write_time(&mut document, &evidence, interval, &options);
    for appliance in &appliances {
        let (rule, origin, how) = counting_rule(appliance.exports)?;
        site::write_appliance(&mut document, appliance, &options, (&rule, origin, how));
    }
    site::write_listeners(&mut document, &evidence, (&groups, &facts.tls), &options);
    write_users(&mut document, &evidence, &options);
    site::write_filters(&mut document, &evidence, &options);
    let has_outbreaks = !outbreaks.is_empty() && settings.mode == FitMode::AsItWas;
    write_viruses(&mut document, &evidence, (&viruses, has_outbreaks), &options);
    incoming::write_incoming(&mut document, &evidence, &groups, &facts, &options);
    // An outbreak is not typical.
    if let Some(group) = incoming::main_group(&evidence, &groups).filter(|_| settings.mode == FitMode::AsItWas) {
        write_outbreaks(&mut document, &evidence, (&outbreaks, group), &options);
    }
    outgoing::write_outgoing(&mut document, &evidence, &options);
    if settings.mode == FitMode::AsItWas {
        appliances.iter().for_each(|appliance| site::write_restarts(&mut document, appliance));
    }
    let (grid, estimates, power_laws) = (evidence.grid, estimates(&evidence), power_laws(&evidence));
    let ScenarioDraft { text, values, .. } = document;
    if !text.contains("[[incoming]]") && !text.contains("[[outgoing]]") {
        return Err(FitError::NoMail);
    }
    Ok(FittedScenario {
        text,
        values,
        estimates,
        power_laws,
        has_names,
        is_anonymous: settings.is_anonymous,
        grid,
        figures: site_figures.all,
    })
}

/// The share of the incoming messages that came under TLS.
fn tls_share(evidence: &Evidence<'_>) -> f64 {
    let Some(table) = evidence.figures.table(25) else { return 0.0 };
    let encrypted = table.sum_of("TLS Encrypted");
    encrypted / (encrypted + table.sum_of("Unencrypted")).max(1.0)
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
