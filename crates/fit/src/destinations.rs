//! The destinations of the table of outgoing TLS.

use std::collections::BTreeMap;

use crate::evidence::{self as counts, Evidence};

/// The columns of the table of destinations.
pub(crate) const COLUMNS: [&str; 6] = [
    "Successful - Required",
    "Failed - Required",
    "Successful - Preferred",
    "Failed - Preferred",
    "Total Connections",
    "Total Messages",
];

/// A destination domain.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DestinationFigures {
    /// Connections under TLS, and those that failed.
    pub(crate) successful: f64,
    pub(crate) failed: f64,
    /// Those of both under Required.
    pub(crate) required: f64,
    pub(crate) connections: f64,
    pub(crate) messages: f64,
}

/// The use of TLS with a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TlsUse {
    Clear,
    Preferred,
    Required,
}

impl DestinationFigures {
    /// The share of the connections with TLS that failed.
    pub(crate) fn failing(&self) -> f64 {
        self.failed / (self.successful + self.failed).max(1.0)
    }

    /// True if no connection can carry its mail.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.required > 0.0 && self.successful == 0.0 && self.messages == 0.0
    }

    pub(crate) fn tls(&self) -> TlsUse {
        if self.required > 0.0 {
            TlsUse::Required
        } else if self.successful + self.failed > 0.0 {
            TlsUse::Preferred
        } else {
            TlsUse::Clear
        }
    }
}

/// The figures of each destination. Empty without the table of destinations.
pub(crate) fn destinations<'a>(evidence: &Evidence<'a>) -> BTreeMap<&'a str, DestinationFigures> {
    let Some(table) = evidence.figures.table(29) else { return BTreeMap::new() };
    let places = COLUMNS.map(|heading| table.column(heading));
    let of = |sums: &Vec<f64>, column: usize| places[column].map_or(0.0, |place| sums[place]);
    let figures = |sums: &Vec<f64>| DestinationFigures {
        successful: of(sums, 0) + of(sums, 2),
        failed: of(sums, 1) + of(sums, 3),
        required: of(sums, 0) + of(sums, 1),
        connections: of(sums, 4),
        messages: of(sums, 5),
    };
    let mut destinations = table.keys.sums.iter().map(|(domain, sums)| (domain.as_str(), figures(sums))).collect();
    add_lost_connections(&mut destinations, evidence);
    destinations
}

/// Adds the connections in clear that the counting rule loses, in proportion to the messages of their destinations.
fn add_lost_connections(destinations: &mut BTreeMap<&str, DestinationFigures>, evidence: &Evidence<'_>) {
    /// The smallest share of the connections that is not an accident.
    const LEAST: f64 = 0.02;
    let Some(made) = evidence.total(counts::CONNECTIONS_OUT) else { return };
    let is_clear = |figures: &DestinationFigures| figures.tls() == TlsUse::Clear;
    let (mut seen, mut in_clear, mut messages) = (0.0, 0.0, 0.0);
    for figures in destinations.values() {
        seen += figures.connections;
        if is_clear(figures) {
            in_clear += figures.connections;
            messages += figures.messages;
        }
    }
    if messages > 0.0 && made - seen > LEAST * made {
        let each = ((made - seen + in_clear) / messages).min(1.0);
        destinations
            .values_mut()
            .filter(|figures| is_clear(figures))
            .for_each(|figures| figures.connections = figures.messages * each);
    }
}
