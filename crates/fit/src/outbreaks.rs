//! Outbreaks: their facts from the table of the outbreak filter, and the messages that they held.

use tollgate_audit::{ColumnForm, Error, Exports, IntervalRows, Values};

use crate::class::{FittedClass, RecipientLaw};
use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::{Evidence, TimeGrid};
use crate::groups::FittedGroup;
use crate::options::FitOptions;
use crate::values::{moment, span};
use crate::viruses::{UNKNOWN, VirusTypes};

/// The table of the outbreak filter, and the places of its columns.
const OUTBREAKS: u32 = 20;
const NAME: usize = 0;
const ID: usize = 1;
const FIRST_SEEN: usize = 2;
const PROTECTION_TIME: usize = 3;
const HELD: usize = 4;

/// Seconds over which the quarantine releases messages (assumed).
const RELEASE_SPAN: i64 = 1800;
/// Hours of warm-up without outbreaks before the exports (assumed), and the most for their sake.
const WARM_UP: i64 = 1;
const MOST_WARM_UP: i64 = 24 * 30;
/// The class of the senders of outbreaks.
const CLASS: &str = "outbreaks";
/// Half-lives in the protection time (assumed).
const HALF_LIVES: i64 = 4;

/// An outbreak of the exports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FittedOutbreak {
    name: String,
    id: u32,
    /// Seconds since the Unix epoch.
    first_seen: i64,
    protection_seconds: i64,
    /// Recipients of the messages that the quarantine has released.
    held: f64,
    release: OutbreakRelease,
}

/// The release of an outbreak's messages from the quarantine.
#[derive(Clone, Debug, Default, PartialEq)]
struct OutbreakRelease {
    /// The type of virus that they count as. Empty if the exports do not show it.
    virus: String,
    /// Seconds since the Unix epoch.
    begin: i64,
    seconds: i64,
    is_seen: bool,
}

/// Reads the outbreaks of all appliances. An outbreak that several appliances had is one.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn read_outbreaks(site: &[Exports], grid: TimeGrid) -> Result<Vec<FittedOutbreak>, Error> {
    let mut all: Vec<FittedOutbreak> = Vec::new();
    for exports in site {
        for window in exports.windows_of_columns(|table| table == OUTBREAKS, |_, _| ColumnForm::Packed)? {
            for outbreak in window?.tables.values().flatten().flat_map(outbreaks_of) {
                match all.iter_mut().find(|other| other.id == outbreak.id) {
                    Some(other) => other.held += outbreak.held,
                    None => all.push(outbreak),
                }
            }
        }
    }
    all.retain(|outbreak| outbreak.first_seen < grid.end());
    Ok(all)
}

fn outbreaks_of(interval: &IntervalRows) -> Vec<FittedOutbreak> {
    let Some(Some(Values::Numbers(held))) = interval.columns.get(HELD) else { return Vec::new() };
    let number = |column: usize, row: usize| interval.text(column, row)?.trim().parse::<f64>().ok();
    let outbreak = |(row, &held): (usize, &f64)| {
        // The year 2200 is the last that scenarios allow, and a century is the longest time.
        let first_seen = number(FIRST_SEEN, row).filter(|seconds| (0.0..7e9).contains(seconds))? as i64;
        let protection_seconds = number(PROTECTION_TIME, row).filter(|seconds| (0.0..3e9).contains(seconds))? as i64;
        let id = interval.text(ID, row)?.trim().parse().ok()?;
        let name = interval.text(NAME, row)?.to_owned();
        Some(FittedOutbreak { name, id, first_seen, protection_seconds, held, release: OutbreakRelease::default() })
    };
    held.iter().enumerate().filter_map(outbreak).collect()
}

/// Finds the release of each outbreak, and takes its messages from those of the virus types. Returns the released messages of each step.
pub(crate) fn take_releases(outbreaks: &mut [FittedOutbreak], types: &mut VirusTypes, grid: TimeGrid) -> Vec<f64> {
    let mut released = vec![0.0; grid.steps];
    for outbreak in outbreaks {
        outbreak.release = find_release(outbreak, types, grid);
        let OutbreakRelease { virus, begin, seconds, .. } = &outbreak.release;
        let first = grid.place((*begin).max(grid.begin)).unwrap_or(grid.steps);
        let last = grid.place((begin + seconds - 1).max(grid.begin)).map_or(grid.steps, |place| place + 1);
        let mut left = outbreak.held;
        for place in first..last.max(first) {
            let steps_left = (last - place) as f64;
            let (of_type, most) = match types.0.get_mut(virus) {
                Some(series) => (Some(&mut series[place]), left),
                None => (None, left / steps_left),
            };
            let taken = of_type.as_ref().map_or(most, |count| most.min(**count));
            if let Some(count) = of_type {
                *count -= taken;
            }
            released[place] += taken;
            left -= taken;
        }
    }
    released
}

/// The release of an outbreak: the first step after the protection time with so many messages of a virus type, or the end of that time.
fn find_release(outbreak: &FittedOutbreak, types: &VirusTypes, grid: TimeGrid) -> OutbreakRelease {
    /// Fewer messages can be those of other mail.
    const LEAST: f64 = 3.0;
    /// The part of the messages that the steps of the release have at least. Some may turn out to be clean.
    const PART: f64 = 0.6;
    let earliest = outbreak.first_seen + outbreak.protection_seconds;
    let latest = earliest + outbreak.protection_seconds.max(6 * 3600);
    let unseen = OutbreakRelease { begin: earliest, seconds: RELEASE_SPAN, virus: heaviest(types), is_seen: false };
    if outbreak.held < LEAST {
        return unseen;
    }
    let Some(first) = grid.place(earliest.max(grid.begin)) else { return unseen };
    let last = grid.place(latest).map_or(grid.steps, |place| place + 1);
    let is_in_one = |one: f64, next: f64| one >= 0.9 * outbreak.held || next == 0.0;
    // The messages of a type in a step and the next. All of them in one step are better evidence.
    let of_type = |(virus, series): (&String, &Vec<f64>), place: usize| {
        let (one, next) = (series[place], series.get(place + 1).copied().unwrap_or(0.0));
        let sum = (one + next).min(outbreak.held) + if is_in_one(one, next) { outbreak.held } else { 0.0 };
        (one + next >= PART * outbreak.held && one > 0.0).then(|| (sum, place, virus.clone(), one, next))
    };
    let of_step = |place: usize| {
        let found = types.0.iter().filter_map(|kind| of_type(kind, place));
        found.max_by(|one, other| one.0.total_cmp(&other.0))
    };
    let Some(mut found) = (first..last).find_map(of_step) else { return unseen };
    // The first step may have only the beginning.
    while let Some(later) = (found.1 + 1 < last).then(|| of_step(found.1 + 1)).flatten()
        && later.0 > found.0
    {
        found = later;
    }
    let (_, place, virus, one, next) = found;
    let begin = grid.begin + place as i64 * grid.step;
    // The release lasts into the next step if that has a part of the messages.
    let seconds = RELEASE_SPAN.min(grid.step);
    let begin = match is_in_one(one, next) {
        true => begin.max(earliest).min(begin + grid.step - seconds),
        false => begin + grid.step - (seconds as f64 * one / (one + next)) as i64,
    };
    OutbreakRelease { virus, begin: begin.max(earliest), seconds, is_seen: true }
}

/// The virus type with the most messages.
fn heaviest(types: &VirusTypes) -> String {
    let sums = types.0.iter().map(|(name, series)| (name, series.iter().sum::<f64>()));
    sums.max_by(|one, other| one.1.total_cmp(&other.1)).map_or_else(|| UNKNOWN.into(), |(name, _)| name.clone())
}

/// The hours of warm-up with which all outbreaks are simulated.
pub(crate) fn warm_up_hours(outbreaks: &[FittedOutbreak], grid: TimeGrid) -> i64 {
    let needed = outbreaks.iter().map(|outbreak| (grid.begin - outbreak.first_seen + 3599).div_euclid(3600)).max();
    needed.unwrap_or(0).clamp(WARM_UP, MOST_WARM_UP)
}

/// Writes the outbreaks, and a class for their senders.
pub(crate) fn write_outbreaks(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    (outbreaks, group): (&[FittedOutbreak], &FittedGroup),
    options: &FitOptions,
) {
    if outbreaks.is_empty() {
        return;
    }
    FittedClass::of_outbreaks(CLASS.into(), group).write_without_mail(document, evidence, options);
    let start = evidence.grid.begin - 3600 * warm_up_hours(outbreaks, evidence.grid);
    for outbreak in outbreaks {
        outbreak.write(document, start);
    }
}

impl FittedOutbreak {
    fn write(&self, document: &mut ScenarioDraft, start: i64) {
        let first_seen = self.first_seen.max(start);
        // A later beginning leaves less of the protection time.
        let protection = (self.first_seen + self.protection_seconds - first_seen).max(0);
        let delay = (self.release.begin - first_seen - protection).clamp(0, protection);
        let half_life = (protection / HALF_LIVES).max(60);
        document.section("[[outbreaks]]", "outbreak");
        document.line("name", quoted(&self.name));
        document.value("id", self.id, Origin::Exact, "");
        document.line("class", quoted(CLASS));
        let (origin, how) = match self.release.is_seen {
            true => (Origin::Fitted, "the type with so many messages after the protection time"),
            false => (Origin::Assumed, ""),
        };
        document.value("virus", quoted(&self.release.virus), origin, how);
        let (exact, how) = match first_seen == self.first_seen {
            true => (Origin::Exact, ""),
            false => (Origin::Fitted, "the beginning of the simulated time; the outbreak is older"),
        };
        document.value("first_seen", moment(first_seen), exact, how);
        document.value("protection_time", span(protection), exact, how);
        document.value("filter_delay", span(delay), origin, "until the messages are released");
        // Messages pass until the filter recognises the outbreak, and signatures find those after the protection time.
        let left = |seconds: i64| (-std::f64::consts::LN_2 * seconds as f64 / half_life as f64).exp();
        let held = left(delay) - left(delay + protection);
        let connections = if held > 0.0 { self.held / held } else { 0.0 };
        document.value("connections", digits(connections), Origin::Fitted, "the quarantined messages");
        document.value("half_life", span(half_life), Origin::Assumed, "");
        document.value("release_span", span(self.release.seconds), Origin::Assumed, "");
    }
}

impl<'a> FittedClass<'a> {
    /// A class that has no mail besides outbreaks.
    fn of_outbreaks(name: String, group: &'a FittedGroup) -> Self {
        FittedClass {
            name,
            group,
            connections: Vec::new(),
            domains: None,
            has_bots: true,
            messages: 1.0,
            recipients: RecipientLaw::Mean(1.0),
            shares: Vec::new(),
            tls: 0.0,
            bytes: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_release_of_an_outbreak_is_found_and_taken_from_its_virus_type() {
        let grid = TimeGrid { begin: 360_000, step: 3600, steps: 6 };
        let series = BTreeMap::from([
            ("A".to_owned(), vec![9.0, 1.0, 0.0, 2.0, 0.0, 1.0]),
            ("B".to_owned(), vec![0.0, 0.0, 1.0, 11.0, 8.0, 0.0]),
        ]);
        let mut types = VirusTypes(series);
        let outbreak = FittedOutbreak {
            name: "Worm".into(),
            id: 7,
            first_seen: 360_000 - 3600,
            protection_seconds: 3 * 3600,
            held: 18.0,
            release: OutbreakRelease::default(),
        };
        let mut outbreaks = [outbreak];
        let released = take_releases(&mut outbreaks, &mut types, grid);
        let OutbreakRelease { virus, begin, is_seen, .. } = &outbreaks[0].release;
        assert_eq!((virus.as_str(), *is_seen), ("B", true));
        // Eleven of nineteen messages are released before the end of the fourth hour.
        assert!((360_000 + 3 * 3600..360_000 + 4 * 3600).contains(begin), "{begin}");
        assert_eq!(released, [0.0, 0.0, 0.0, 11.0, 7.0, 0.0]);
        assert_eq!(types.0["B"], [0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        assert_eq!(warm_up_hours(&outbreaks, grid), 1);
    }
}
