//! The key of an export in the cache.

use tollgate_history::Resolution;

use crate::scope::Scope;

/// The key of an export in the cache. Exports with equal keys have the same bytes, whenever they are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ExportKey {
    pub(super) scope: Scope,
    /// The number of the table.
    pub(super) table: u32,
    pub(super) from_micros: u64,
    pub(super) to_micros: u64,
    pub(super) resolution: Resolution,
    /// The name of the counting rule; without one, each appliance's own.
    pub(super) rule: Option<&'static str>,
    /// The only user or filter.
    pub(super) only: Option<String>,
}
