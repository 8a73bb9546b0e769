//! The identities that exports are checked against.

use std::sync::LazyLock;

use tollgate_catalogue::{CatalogueError, ColumnKind};

use super::check::{Identity, IdentityCheck};
use super::entry;
use super::source::table_of;

/// The identities, in the order in which they are reported.
#[derive(Clone, Debug)]
pub struct Identities {
    list: Vec<Identity>,
}

const FILE: &str = "identities.toml";

static BUILTIN: LazyLock<Identities> = LazyLock::new(|| {
    // The identities are part of the program and a test reads them, so a mistake in them is a bug and no user's error.
    Identities::read(FILE, include_str!("../../identities.toml"))
        .unwrap_or_else(|error| panic!("the builtin identities: {error:?}"))
});

impl Identities {
    /// The identities of the appliance's exports.
    pub fn builtin() -> &'static Identities {
        &BUILTIN
    }

    /// Reads identities from the text of a file.
    ///
    /// # Errors
    /// If the file is malformed, or if it names a column that the catalogue does not have.
    pub fn read(file: &str, text: &str) -> Result<Identities, CatalogueError> {
        entry::read(file, text).map(|list| Identities { list })
    }

    /// Returns true if an identity uses a column, given by the number of its table and its place, or names rows by it.
    pub fn uses(&self, table: u32, column: usize) -> bool {
        let is_key = table_of(table).and_then(|table| table.columns.get(column)).is_some_and(|c| c.kind() == ColumnKind::Key);
        let is_compared = |check: &IdentityCheck| {
            check.places().any(|place| (place.table, place.column) == (table, column))
        };
        let is_used = |identity: &Identity| {
            identity.rule.is_some_and(|rule| rule.uses(table, column)) || identity.checks.iter().any(is_compared)
        };
        is_key || self.list.iter().any(is_used)
    }

    /// All identities, in the order in which they are reported.
    pub fn all(&self) -> &[Identity] {
        &self.list
    }
}
