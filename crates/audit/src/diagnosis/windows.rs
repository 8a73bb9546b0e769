//! Takes the evidence from the outgoing TLS tables of exports.

use std::collections::BTreeMap;

use tollgate_catalogue::Catalogue;

use super::evidence::{DomainFigures, Evidence, Observation};
use super::figure::Figure;
use crate::window::{IntervalRows as Interval, Values, Window};

/// Outgoing TLS Connections Summary.
const CONNECTIONS: u32 = 27;
/// Outgoing TLS Messages Summary.
const MESSAGES: u32 = 28;
/// Outgoing TLS Connections Details.
const DETAILS: u32 = 29;

impl Evidence {
    /// The numbers of the tables that a diagnosis needs.
    pub const NEEDED: [u32; 2] = [CONNECTIONS, MESSAGES];

    /// The numbers of all tables that a diagnosis uses.
    pub const TABLES: [u32; 3] = [CONNECTIONS, MESSAGES, DETAILS];

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

fn observation(
    (begin_seconds, length_seconds): (i64, i64),
    connections: &[Interval],
    messages: &[Interval],
    details: Option<&[Interval]>,
) -> Observation {
    let of_connections = |name| Figure::exact(sum(CONNECTIONS, connections, name));
    let of_messages = |name| Figure::exact(sum(MESSAGES, messages, name));
    Observation {
        begin_seconds,
        length_seconds,
        successful_required: of_connections("Successful - Required"),
        successful_preferred: of_connections("Successful - Preferred"),
        failed_required: of_connections("Failed - TLS Required"),
        failed_preferred: of_connections("Failed - Preferred"),
        unencrypted_connections: of_connections("Unencrypted Connections"),
        encrypted_messages: of_messages("TLS Encrypted"),
        unencrypted_messages: of_messages("Unencrypted"),
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
    let columns = [
        "Successful - Required",
        "Successful - Preferred",
        "Failed - Required",
        "Failed - Preferred",
        "Total Connections",
        "Total Messages",
    ]
    .map(column);
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
