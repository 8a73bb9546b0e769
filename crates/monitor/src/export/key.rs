//! The key of an export in the cache.

use tollgate_history::Resolution;

use crate::scope::Scope;

/// The key of an export in the cache. Exports with equal keys have the same bytes at any time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ExportKey {
    pub(super) scope: Scope,
    /// The number of the table.
    pub(super) table: u32,
    pub(super) from_micros: u64,
    pub(super) to_micros: u64,
    pub(super) resolution: Resolution,
    /// The name of the counting rule. Without one, each appliance uses its own.
    pub(super) rule: Option<&'static str>,
    /// The user or filter whose rows the export has. Without one, it has all rows.
    pub(super) only: Option<String>,
}
