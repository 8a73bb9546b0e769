//! Types of virus: how common each is, and the bursts in which it is more common.

use std::collections::BTreeMap;

use tollgate_audit::{ColumnForm, Error, Exports, Values};
use tollgate_catalogue::Catalogue;

use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::{self as counts, Evidence, TimeGrid};
use crate::options::{FitMode, FitOptions};
use crate::values::{moment, span};

/// The name of a virus type that the exports do not name.
pub(crate) const UNKNOWN: &str = "Unknown";

/// The tables of both directions, of incoming and of outgoing mail.
const DETAIL: u32 = 23;
const BY_DIRECTION: [u32; 2] = [21, 22];

/// The most parts of the span in which bursts may begin and end.
const MOST_PARTS: usize = 336;
/// The most bursts of a type that the format allows.
const MOST_BURSTS: usize = 50;
/// The logarithm of the likelihood ratio by which a burst is more than chance, beside the number of places where it could be.
const SURELY: f64 = 6.0;
/// Bounds of the factor of a burst.
const FACTORS: (f64, f64) = (0.001, 1000.0);

/// The infected messages of each type in each step of the grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct VirusTypes(pub(crate) BTreeMap<String, Vec<f64>>);

/// A time in which a type is more common.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BurstOfType {
    kind: usize,
    /// The first part, and the part after the last.
    first: usize,
    end: usize,
    factor: f64,
}

/// Reads the types of virus of all appliances.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn read_viruses(site: &[Exports], grid: TimeGrid) -> Result<VirusTypes, Error> {
    let mut types = VirusTypes::default();
    for exports in site {
        let has_detail = exports.file_of(DETAIL).is_some();
        let is_wanted = |table: u32| if has_detail { table == DETAIL } else { BY_DIRECTION.contains(&table) };
        for window in exports.windows_of_columns(is_wanted, |_, _| ColumnForm::Packed)? {
            for (number, intervals) in window?.tables {
                let Some(table) = Catalogue::builtin().table(number) else { continue };
                // The last column has the sum of both directions, or the only count.
                let last = table.columns.len() - 1;
                for interval in &intervals {
                    let Some(Some(Values::Numbers(numbers))) = interval.columns.get(last) else { continue };
                    let Some(place) = grid.place(interval.begin_seconds) else { continue };
                    for (row, number) in numbers.iter().enumerate() {
                        let name = interval.text(0, row).unwrap_or_default();
                        let is_name = !name.trim().is_empty() && !name.contains(char::is_control);
                        let name = if is_name { name } else { UNKNOWN };
                        let series = types.0.entry(name.to_owned()).or_insert_with(|| vec![0.0; grid.steps]);
                        series[place] += number;
                    }
                }
            }
        }
    }
    Ok(types)
}

/// Writes the types of virus, of which an outbreak needs one. `types` has no messages of outbreaks.
pub(crate) fn write_viruses(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (types, has_outbreaks): (&VirusTypes, bool),
    options: &FitOptions,
) {
    let has_viruses =
        [counts::VIRUS, counts::SENT_VIRUS].iter().any(|sources| evidence.total(sources).is_some_and(|sum| sum > 0.0));
    if types.0.is_empty() && (has_viruses || has_outbreaks) {
        document.section("[[virus_types]]", "virus type");
        document.line("name", quoted(UNKNOWN));
        document.value("weight", 1, Origin::Assumed, "no table has types of virus");
    }
    let each = evidence.grid.steps.div_ceil(MOST_PARTS);
    let parts: Vec<Vec<f64>> =
        types.0.values().map(|series| series.chunks(each).map(|part| part.iter().sum()).collect()).collect();
    // A burst is not typical.
    let (weights, bursts) = match options.mode {
        FitMode::AsItWas => find_bursts(&parts),
        FitMode::Typical => (parts.iter().map(|series| series.iter().sum()).collect(), Vec::new()),
    };
    let is_any = weights.iter().any(|weight| *weight > 0.0);
    for (kind, (name, series)) in types.0.keys().zip(&parts).enumerate() {
        document.section("[[virus_types]]", "virus type");
        document.line("name", quoted(name));
        let bursts: Vec<_> = bursts.iter().filter(|burst| burst.kind == kind).collect();
        let (origin, how) = match bursts.as_slice() {
            _ if !is_any => (Origin::Assumed, "all its messages were in outbreaks"),
            [] => (Origin::Exact, "its messages"),
            _ => (Origin::Fitted, "its messages outside bursts"),
        };
        let weight = if bursts.is_empty() { series.iter().sum() } else { weights[kind] };
        document.value("weight", if is_any { digits(weight) } else { "1".into() }, origin, how);
        if bursts.is_empty() {
            continue;
        }
        let entry = |burst: &&BurstOfType| {
            let step = each as i64 * evidence.grid.step;
            let begin = evidence.grid.begin + burst.first as i64 * step;
            let end = (evidence.grid.begin + burst.end as i64 * step).min(evidence.grid.end());
            let (begin, span) = (moment(begin), span(end - begin));
            format!("    {{ begin = {begin}, span = {span}, factor = {} }},\n", digits(burst.factor))
        };
        let list: String = bursts.iter().map(entry).collect();
        document.long_value("bursts", format!("[\n{list}]"), Origin::Fitted, "more messages than chance explains");
    }
}

/// The weight of each type outside bursts, and the bursts. In each part, the messages of a type are expected in proportion to its weight, times
/// the factor of its burst. Bursts are added by the likelihood ratio, the most likely first.
fn find_bursts(counts: &[Vec<f64>]) -> (Vec<f64>, Vec<BurstOfType>) {
    let parts = counts.first().map_or(0, Vec::len);
    let mut model = BurstModel { counts, totals: vec![0.0; parts], weights: Vec::new(), bursts: Vec::new() };
    for series in counts {
        model.weights.push(series.iter().sum());
        model.totals.iter_mut().zip(series).for_each(|(total, count)| *total += count);
    }
    if counts.len() < 2 {
        return (model.weights, model.bursts);
    }
    let least = SURELY + ((counts.len() * parts * parts) as f64).ln();
    while let Some(burst) = model.likeliest(least) {
        model.bursts.push(burst);
        model.fit();
    }
    model.bursts.sort_by_key(|burst| (burst.kind, burst.first));
    (model.weights, model.bursts)
}

/// A model of the messages of each type in each part of the span.
struct BurstModel<'a> {
    counts: &'a [Vec<f64>],
    /// The messages of all types in each part.
    totals: Vec<f64>,
    weights: Vec<f64>,
    bursts: Vec<BurstOfType>,
}

impl BurstModel<'_> {
    fn factor(&self, kind: usize, part: usize) -> f64 {
        let has = |burst: &&BurstOfType| burst.kind == kind && (burst.first..burst.end).contains(&part);
        self.bursts.iter().find(has).map_or(1.0, |burst| burst.factor)
    }

    /// The expected messages of each type for a weight of 1, by type and part, without the factors of bursts.
    fn units(&self) -> Vec<f64> {
        let unit = |(part, total): (usize, &f64)| {
            let weights = self.weights.iter().enumerate();
            let sum: f64 = weights.map(|(kind, weight)| weight * self.factor(kind, part)).sum();
            total / sum.max(f64::MIN_POSITIVE)
        };
        self.totals.iter().enumerate().map(unit).collect()
    }

    /// The burst with the largest likelihood ratio, if that is large enough.
    fn likeliest(&self, least: f64) -> Option<BurstOfType> {
        let units = self.units();
        let mut best: Option<(f64, BurstOfType)> = None;
        for (kind, series) in self.counts.iter().enumerate() {
            if self.bursts.iter().filter(|burst| burst.kind == kind).count() >= MOST_BURSTS {
                continue;
            }
            let is_taken = |part: usize| {
                self.bursts.iter().any(|burst| burst.kind == kind && (burst.first..burst.end).contains(&part))
            };
            for first in (0..series.len()).filter(|&part| series[part] > 0.0) {
                let (mut seen, mut expected) = (0.0, 0.0);
                for part in (first..series.len()).take_while(|&part| !is_taken(part)) {
                    seen += series[part];
                    expected += self.weights[kind] * units[part];
                    let ratio: f64 =
                        if seen > expected { seen * (seen / expected).ln() - seen + expected } else { 0.0 };
                    if ratio > best.as_ref().map_or(least, |(best, _)| *best) {
                        let factor = (seen / expected).clamp(1.0, FACTORS.1);
                        best = Some((ratio, BurstOfType { kind, first, end: part + 1, factor }));
                    }
                }
            }
        }
        best.map(|(_, burst)| burst)
    }

    /// Fits weights and factors by turns, so that each type has its messages outside bursts and in each of them.
    fn fit(&mut self) {
        /// Expected messages that a type has at least outside bursts, so that its factors are finite.
        const LEAST: f64 = 0.5;
        for _ in 0..40 {
            let units = self.units();
            for (kind, series) in self.counts.iter().enumerate() {
                let is_in = |part: usize| {
                    self.bursts.iter().any(|burst| burst.kind == kind && (burst.first..burst.end).contains(&part))
                };
                let outside = || (0..series.len()).filter(|&part| !is_in(part));
                let (seen, unit): (f64, f64) =
                    (outside().map(|part| series[part]).sum(), outside().map(|part| units[part]).sum());
                if unit > 0.0 {
                    self.weights[kind] = seen.max(if self.weights[kind] > 0.0 { LEAST } else { 0.0 }) / unit;
                }
            }
            for burst in &mut self.bursts {
                let seen: f64 = self.counts[burst.kind][burst.first..burst.end].iter().sum();
                let expected = self.weights[burst.kind] * units[burst.first..burst.end].iter().sum::<f64>();
                burst.factor = (seen / expected.max(f64::MIN_POSITIVE)).clamp(FACTORS.0, FACTORS.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_found_with_its_time_and_factor() {
        // Three types with weights 5, 3 and 2 over 48 hours. From hour 10 to 15, the third has 20 times its weight.
        let share = |kind: usize, hour: usize| {
            let weight =
                |other: usize| [5.0, 3.0, 2.0][other] * if other == 2 && (10..16).contains(&hour) { 20.0 } else { 1.0 };
            weight(kind) / (0..3).map(weight).sum::<f64>()
        };
        let counts: Vec<Vec<f64>> = (0..3)
            .map(|kind| (0..48).map(|hour| ((20 + hour % 7) as f64 * share(kind, hour)).round()).collect())
            .collect();
        let (weights, bursts) = find_bursts(&counts);
        let [burst] = bursts[..] else { panic!("{bursts:?}") };
        assert_eq!((burst.kind, burst.first, burst.end), (2, 10, 16));
        assert!((burst.factor / 20.0 - 1.0).abs() < 0.15, "{burst:?}");
        assert!((weights[0] / weights[1] - 5.0 / 3.0).abs() < 0.1, "{weights:?}");
    }

    #[test]
    fn chance_is_no_burst() {
        let counts: Vec<Vec<f64>> = [[3.0, 0.0, 2.0, 4.0, 1.0], [0.0, 2.0, 1.0, 1.0, 5.0]].map(Vec::from).to_vec();
        let (weights, bursts) = find_bursts(&counts);
        assert_eq!((weights, bursts), (vec![10.0, 9.0], Vec::new()));
    }
}
