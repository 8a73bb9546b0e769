//! Binds the names of the catalogue to the ledger.

use tollgate_catalogue::{FilterDirection, KeyPart, Table, TlsOutcome, TlsSetting};
use tollgate_ledger::{self as ledger, Part};
use tollgate_scenario::Direction;
use tollgate_traffic::FilterName;

/// The part of the counts that a table uses.
pub fn part_of(table: &Table) -> Part {
    // A test compares the two lists.
    Part::ALL[table.account as usize]
}

/// The catalogue's name for a TLS setting of the ledger.
#[inline]
pub(crate) fn setting_of(setting: ledger::TlsSetting) -> TlsSetting {
    match setting {
        ledger::TlsSetting::No => TlsSetting::No,
        ledger::TlsSetting::Preferred => TlsSetting::Preferred,
        ledger::TlsSetting::Required => TlsSetting::Required,
    }
}

/// The catalogue's name for a TLS outcome of the ledger.
#[inline]
pub(crate) fn outcome_of(outcome: ledger::TlsOutcome) -> TlsOutcome {
    match outcome {
        ledger::TlsOutcome::NotTried => TlsOutcome::NotTried,
        ledger::TlsOutcome::NotOffered => TlsOutcome::NotOffered,
        ledger::TlsOutcome::Negotiated => TlsOutcome::Negotiated,
        ledger::TlsOutcome::FailedBefore220 => TlsOutcome::FailedBefore220,
        ledger::TlsOutcome::FailedAfter220 => TlsOutcome::FailedAfter220,
        ledger::TlsOutcome::NotVerified => TlsOutcome::NotVerified,
        ledger::TlsOutcome::SecondConnection => TlsOutcome::SecondConnection,
    }
}

/// True if the table shows content filters of this filter's direction.
pub fn shows_filter(table: &Table, filter: &FilterName) -> bool {
    match table.direction {
        Some(FilterDirection::Incoming) => filter.direction == Direction::Incoming,
        Some(FilterDirection::Outgoing) => filter.direction == Direction::Outgoing,
        None => false,
    }
}

/// A part of an account's key. Only the key of filters has two parts. The filter is in its upper half.
#[inline]
pub(crate) fn key_part(part: KeyPart, key: u64) -> u32 {
    match part {
        KeyPart::Filter => (key >> 32) as u32,
        _ => key as u32,
    }
}

#[cfg(test)]
mod tests {
    use tollgate_catalogue::{AccountName, CATEGORIES};
    use tollgate_ledger::IncomingTls;

    use super::*;

    /// If this fails because the ledger has gained or lost a cell, edit `crates/catalogue/src/account.rs`. Keep the
    /// order of the ledger.
    #[test]
    fn cells_of_the_catalogue_are_those_of_the_ledger() {
        assert_eq!(AccountName::ALL.len(), Part::ALL.len());
        for (account, part) in AccountName::ALL.into_iter().zip(Part::ALL) {
            assert_eq!(account.name(), part.name());
            let counted = match part {
                // A counting rule puts the connections into the categories of incoming TLS.
                Part::Deliveries => [part.cells(), IncomingTls::NAMES].concat(),
                _ => part.cells().to_vec(),
            };
            assert_eq!(account.cells(), counted, "{account:?}");
        }
    }

    #[test]
    fn categories_are_the_first_cells_of_incoming_tls() {
        assert_eq!(CATEGORIES, IncomingTls::NAMES[..CATEGORIES.len()]);
    }
}
