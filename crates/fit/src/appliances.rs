//! The appliances of a site: their names, their loads, and what each of them shows by itself.

use std::collections::BTreeSet;

use tollgate_audit::{Exports, Multiplier, MultiplierOrigin};

use crate::error::FitError;
use crate::evidence::{self as counts, CountSources, Evidence};
use crate::figures::SiteFigures;
use crate::names::{NameKind, Pseudonyms};

/// The name of the only appliance of a site.
const ONLY: &str = "c650";

/// The columns that show how much of the site's mail an appliance has, the best first.
const LOADS: [CountSources; 6] = [
    &[(8, &["Accept", "Relay", "Reject", "TCP Refuse"])],
    counts::MESSAGES_IN,
    counts::CLEAN,
    counts::MESSAGES_OUT,
    counts::SENT_CLEAN,
    counts::DELIVERED,
];

/// An appliance of the exports.
#[derive(Clone, Debug)]
pub(crate) struct FittedAppliance<'a> {
    pub(crate) name: String,
    /// Its part of the mail. `None` if it is the only appliance, or if no table shows it.
    pub(crate) load: Option<f64>,
    pub(crate) multiplier: u32,
    /// How the multiplier was found. Empty if it is assumed.
    pub(crate) multiplier_from: &'static str,
    /// Its own figures.
    pub(crate) evidence: Evidence<'a>,
    pub(crate) exports: &'a Exports,
}

/// The appliances of a site, in the order of their directories.
///
/// # Errors
/// If a file cannot be read, or if appliances have exports of different times.
pub(crate) fn find_appliances<'a>(
    site: &'a [Exports],
    figures: &'a SiteFigures,
    all: Evidence<'a>,
    pseudonyms: &Pseudonyms,
) -> Result<Vec<FittedAppliance<'a>>, FitError> {
    check_times(figures)?;
    let evidence = |place: usize| figures.appliances.get(place).map_or(all, |figures| Evidence { figures, ..all });
    let loads = loads(&(0..site.len()).map(evidence).collect::<Vec<_>>());
    let mut names = BTreeSet::new();
    let mut appliances = Vec::new();
    for (place, exports) in site.iter().enumerate() {
        let mut name = if site.len() == 1 { ONLY.to_owned() } else { name_of(exports, pseudonyms) };
        if !names.insert(name.clone()) {
            name = format!("{name}-{}", place + 1);
            names.insert(name.clone());
        }
        let Multiplier { value: multiplier, origin } = Multiplier::find(None, exports)?;
        let multiplier_from = match origin {
            MultiplierOrigin::Given => "given",
            MultiplierOrigin::Manifest => "the manifest of the run",
            MultiplierOrigin::Rows(_) => "it fits the rows of senders",
            MultiplierOrigin::Default => "",
        };
        let load = loads.as_ref().map(|loads| loads[place]);
        appliances.push(FittedAppliance {
            name,
            load,
            multiplier,
            multiplier_from,
            evidence: evidence(place),
            exports,
        });
    }
    Ok(appliances)
}

/// Checks that each appliance shares a part of its time with the first.
fn check_times(figures: &SiteFigures) -> Result<(), FitError> {
    let spans: Vec<(i64, i64)> = figures.appliances.iter().filter_map(|figures| figures.span()).collect();
    match spans.first() {
        Some(&(begin, end)) if spans.iter().any(|&(from, to)| to <= begin || end <= from) => Err(FitError::Apart),
        _ => Ok(()),
    }
}

/// The share of each appliance in the mail, from the best count that all of them have.
fn loads(appliances: &[Evidence<'_>]) -> Option<Vec<f64>> {
    if appliances.len() < 2 {
        return None;
    }
    let of = |sources: CountSources| {
        let sums: Option<Vec<f64>> = appliances.iter().map(|evidence| evidence.total(sources)).collect();
        let all: f64 = sums.as_ref()?.iter().sum();
        (all > 0.0).then(|| sums.unwrap_or_default().iter().map(|sum| sum / all).collect())
    };
    LOADS.into_iter().find_map(of)
}

/// The name of an appliance, which is that of its directory.
fn name_of(exports: &Exports, pseudonyms: &Pseudonyms) -> String {
    let directory = exports.directory().file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let name = pseudonyms.of(NameKind::Appliance, &directory);
    let is_allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-._".contains(letter);
    let name: String =
        name.to_lowercase().chars().map(|letter| if is_allowed(letter) { letter } else { '-' }).collect();
    let name: String = name.trim_start_matches('.').chars().take(90).collect();
    let is_reserved = ["-truth", ".json", ".toml"].iter().any(|ending| name.ends_with(ending));
    match name.as_str() {
        "" => ONLY.into(),
        name if is_reserved => format!("{name}-1"),
        name => name.into(),
    }
}
