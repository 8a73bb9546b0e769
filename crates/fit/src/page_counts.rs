//! The figures of a TLS Connections page in whole numbers.

use serde::Serialize;
use tollgate_audit::{Figure, Observation};
use tollgate_catalogue::Rule;

/// The choices of a fit to a page.
#[derive(Clone, Copy, Debug)]
pub struct PageSettings<'r> {
    /// The figures in the order of the page: connections Successful - Required, Successful - Preferred, Failed - TLS Required, Failed -
    /// Preferred and Unencrypted, then messages TLS Encrypted and Unencrypted. A missing one is 0, except TLS Encrypted, which is assumed.
    pub figures: [Option<Figure>; 7],
    /// The time that the page covers, in seconds: a whole number of intervals of five minutes.
    pub span_seconds: i64,
    /// The counting rule. `None`: the one that explains the figures best; among equals, the documented one.
    pub rule: Option<&'r Rule>,
    /// Random seed of the scenario.
    pub seed: u64,
}

/// The outgoing figures of a TLS Connections page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PageCounts {
    /// Successful - Required, in connections.
    pub successful_required: u64,
    /// Successful - Preferred, in connections.
    pub successful_preferred: u64,
    /// Failed - TLS Required, in connections.
    pub failed_required: u64,
    /// Failed - Preferred, in connections.
    pub failed_preferred: u64,
    /// Unencrypted Connections.
    pub unencrypted_connections: u64,
    /// TLS Encrypted, in messages.
    pub encrypted_messages: u64,
    /// Unencrypted, in messages.
    pub unencrypted_messages: u64,
}

impl PageCounts {
    /// The names of the figures, in the order of the page.
    pub const NAMES: [&str; 7] = [
        "Successful - Required",
        "Successful - Preferred",
        "Failed - TLS Required",
        "Failed - Preferred",
        "Unencrypted Connections",
        "TLS Encrypted",
        "Unencrypted",
    ];

    /// The figures in the order of the page.
    pub fn figures(self) -> [u64; 7] {
        [
            self.successful_required,
            self.successful_preferred,
            self.failed_required,
            self.failed_preferred,
            self.unencrypted_connections,
            self.encrypted_messages,
            self.unencrypted_messages,
        ]
    }

    /// The middle of each range. Unencrypted connections and failures are equal if they may be, as in a diagnosis.
    pub(crate) fn middle(page: &Observation) -> PageCounts {
        let middle = |figure: Figure| figure.middle().round() as u64;
        let (failed, unencrypted) = (page.failed_preferred, page.unencrypted_connections);
        let equal = Figure { low: failed.low.max(unencrypted.low), high: failed.high.min(unencrypted.high) };
        let [failed_preferred, unencrypted_connections] = match equal.low <= equal.high {
            true => [middle(equal); 2],
            false => [middle(failed), middle(unencrypted)],
        };
        PageCounts {
            successful_required: middle(page.successful_required),
            successful_preferred: middle(page.successful_preferred),
            failed_required: middle(page.failed_required),
            failed_preferred,
            unencrypted_connections,
            encrypted_messages: middle(page.encrypted_messages),
            unencrypted_messages: middle(page.unencrypted_messages),
        }
    }

    pub(crate) fn successes(&self) -> u64 {
        self.successful_required + self.successful_preferred
    }
}
