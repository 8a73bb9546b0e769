//! Takes the evidence from the outgoing TLS tables of exports.

use std::collections::BTreeMap;

use tollgate_catalogue::Catalogue;

use super::established::Established;
use super::evidence::{DomainFigures, Evidence, Observation};
use super::figure::Figure;
use crate::error::Error;
use crate::identity::{Assumptions, Auditor, FindingResult, Identities, Sources};
use crate::reader::{ExportFile, Exports};
use crate::window::{IntervalRows as Interval, Values, Window};

/// Outgoing TLS Connections Summary.
const CONNECTIONS: u32 = 27;
/// Outgoing TLS Messages Summary.
const MESSAGES: u32 = 28;
/// Outgoing TLS Connections Details.
const DETAILS: u32 = 29;
/// Total Outgoing Connections.
const ESTABLISHED: u32 = 37;

/// The columns that a diagnosis uses, by table.
const CATEGORIES: [&str; 5] = [
    "Successful - Required",
    "Successful - Preferred",
    "Failed - TLS Required",
    "Failed - Preferred",
    "Unencrypted Connections",
];
const OF_MESSAGES: [&str; 2] = ["TLS Encrypted", "Unencrypted"];
const OF_ESTABLISHED: &str = "Connections";
const OF_DETAILS: [&str; 7] = [
    "Domain",
    "Successful - Required",
    "Successful - Preferred",
    "Failed - Required",
    "Failed - Preferred",
    "Total Connections",
    "Total Messages",
];

impl Evidence {
    /// The numbers of the tables that a diagnosis needs.
    pub const NEEDED: [u32; 2] = [CONNECTIONS, MESSAGES];

    /// The numbers of all tables that a diagnosis uses.
    pub const TABLES: [u32; 4] = [CONNECTIONS, MESSAGES, DETAILS, ESTABLISHED];

    /// The columns that a diagnosis needs and a file of one of its tables lacks.
    pub fn missing_columns(file: &ExportFile) -> Vec<&'static str> {
        let needed: &[&str] = match file.table {
            Some(CONNECTIONS) => &CATEGORIES,
            Some(MESSAGES) => &OF_MESSAGES,
            Some(DETAILS) => &OF_DETAILS,
            Some(ESTABLISHED) => &[OF_ESTABLISHED],
            _ => &[],
        };
        let is_missing = |name: &&str| file.missing_columns.iter().any(|missing| missing == name);
        needed.iter().copied().filter(is_missing).collect()
    }

    /// Takes evidence from the wanted tables of exports, and checks that these tables agree with each other as far as they must under
    /// every counting rule.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn of_exports(exports: &Exports, is_wanted: impl Fn(u32) -> bool) -> Result<Evidence, Error> {
        let is_wanted = |table| Evidence::TABLES.contains(&table) && is_wanted(table);
        let mut sources = Sources::default();
        for file in exports.files() {
            if let Some(table) = file.table.filter(|&table| is_wanted(table)) {
                sources.add(table, file);
            }
        }
        let all = Identities::builtin().all().iter();
        let identities = all.filter(|identity| identity.rule.is_none() && !identity.needs_all_connections);
        // No identity of these tables depends on the assumptions.
        let mut auditor = Auditor::new(identities, &sources, Assumptions { multiplier: 3, max_per_connection: 100 });
        let windows = exports.windows_of(is_wanted)?;
        let mut totals = Vec::new();
        let mut evidence = Evidence::read(windows.inspect(|window| {
            if let Ok(window) = window {
                auditor.look_at(window);
                totals.extend(established(window).map(|total| (window.begin_seconds + window.length_seconds, total)));
            }
        }))?;
        // An interval in progress when the tables were read shows another number in each of them.
        let end_seconds = auditor.unfinished().map_or(i64::MAX, |interval| interval.begin_seconds);
        evidence.established =
            totals.into_iter().filter(|(end, _)| *end <= end_seconds).map(|(_, total)| total).reduce(Established::plus);
        let findings = auditor.finish();
        let broken = findings.iter().filter(|finding| finding.verdict == FindingResult::Broken);
        evidence.contradictions = broken.map(|finding| format!("{}: {}", finding.name, finding.states)).collect();
        Ok(evidence)
    }

    /// Takes evidence from exports, a window at a time. A window without both summaries is skipped.
    ///
    /// # Errors
    /// The first error of `windows`.
    pub fn read<E>(windows: impl IntoIterator<Item = Result<Window, E>>) -> Result<Evidence, E> {
        let mut evidence = Evidence::default();
        for window in windows {
            observe(&window?).into_iter().for_each(|observation| evidence.add(observation));
        }
        evidence.settle();
        Ok(evidence)
    }

    /// Returns true if no interval has both summaries.
    pub fn is_empty(&self) -> bool {
        self.intervals.is_empty()
    }
}

/// The intervals that the tables have in common, or the sums of the window if their intervals differ.
fn observe(window: &Window) -> Vec<Observation> {
    let of = |table| window.tables.get(&table).map(Vec::as_slice).unwrap_or_default();
    let (connections, messages, details) = (of(CONNECTIONS), of(MESSAGES), of(DETAILS));
    if connections.is_empty() || messages.is_empty() {
        return Vec::new();
    }
    let times = |intervals: &[Interval]| -> Vec<(i64, i64)> {
        intervals.iter().map(|interval| (interval.begin_seconds, interval.length_seconds)).collect()
    };
    let shared = times(connections);
    // An interval without mail has summaries but no rows of details.
    let detailed = times(details).iter().all(|time| shared.contains(time));
    if times(messages) != shared || !detailed {
        let time = (window.begin_seconds, window.length_seconds);
        return vec![observation(time, connections, messages, (!details.is_empty()).then_some(details))];
    }
    let by_begin: BTreeMap<i64, &Interval> =
        details.iter().map(|interval| (interval.begin_seconds, interval)).collect();
    let row = |((time, one), other): ((&(i64, i64), &Interval), &Interval)| {
        let rows = by_begin.get(&time.0).map_or(&[][..], |interval| std::slice::from_ref(*interval));
        let rows = (!details.is_empty()).then_some(rows);
        observation(*time, std::slice::from_ref(one), std::slice::from_ref(other), rows)
    };
    shared.iter().zip(connections).zip(messages).map(row).collect()
}

/// All connections and the counted ones in a window, if both tables have the same intervals.
fn established(window: &Window) -> Option<Established> {
    let of = |table| window.tables.get(&table).map(Vec::as_slice).unwrap_or_default();
    let (all, counted) = (of(ESTABLISHED), of(CONNECTIONS));
    let times = |intervals: &[Interval]| -> Vec<(i64, i64)> {
        intervals.iter().map(|interval| (interval.begin_seconds, interval.length_seconds)).collect()
    };
    let is_comparable = !all.is_empty() && times(all) == times(counted);
    is_comparable.then(|| {
        let categories = CATEGORIES.iter().map(|name| sum(CONNECTIONS, counted, name));
        Established::new(sum(ESTABLISHED, all, OF_ESTABLISHED), categories.sum())
    })
}

fn observation(
    (begin_seconds, length_seconds): (i64, i64),
    connections: &[Interval],
    messages: &[Interval],
    details: Option<&[Interval]>,
) -> Observation {
    let [successful_required, successful_preferred, failed_required, failed_preferred, unencrypted_connections] =
        CATEGORIES.map(|name| Figure::exact(sum(CONNECTIONS, connections, name)));
    let [encrypted_messages, unencrypted_messages] =
        OF_MESSAGES.map(|name| Figure::exact(sum(MESSAGES, messages, name)));
    Observation {
        begin_seconds,
        length_seconds,
        successful_required,
        successful_preferred,
        failed_required,
        failed_preferred,
        unencrypted_connections,
        encrypted_messages,
        unencrypted_messages,
        domains: details.map(|details| details.iter().flat_map(rows).collect()),
    }
}

/// The place of a column in a table of the catalogue.
fn place(table: u32, name: &str) -> usize {
    let table = Catalogue::builtin().table(table);
    let place = table.and_then(|table| table.columns.iter().position(|column| column.name == name));
    place.expect("the catalogue has the outgoing TLS tables, and a test reads it")
}

/// The numbers of a column. Empty if the file does not have the column.
fn numbers<'a>(table: u32, interval: &'a Interval, name: &str) -> &'a [f64] {
    match interval.columns.get(place(table, name)) {
        Some(Some(Values::Numbers(numbers))) => numbers,
        _ => &[],
    }
}

fn sum(table: u32, intervals: &[Interval], name: &str) -> f64 {
    intervals.iter().flat_map(|interval| numbers(table, interval, name)).sum()
}

fn rows(interval: &Interval) -> Vec<DomainFigures> {
    let Some(Some(Values::Texts(domains))) = interval.columns.get(place(DETAILS, "Domain")) else { return Vec::new() };
    let column = |name| numbers(DETAILS, interval, name);
    let [_, counts @ ..] = OF_DETAILS;
    let columns = counts.map(column);
    let row = |at: usize| {
        let [successful_required, successful_preferred, failed_required, failed_preferred, connections, messages] =
            columns.map(|column| column.get(at).copied().unwrap_or_default());
        DomainFigures {
            domain: domains[at].clone(),
            successful_required,
            successful_preferred,
            failed_required,
            failed_preferred,
            connections,
            messages,
        }
    };
    (0..domains.len()).map(row).collect()
}
