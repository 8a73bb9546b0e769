//! The identities that exports are checked against.

use std::sync::LazyLock;

use tollgate_catalogue::{CatalogueError, ColumnKind};

use super::check::{Identity, IdentityCheck, Per};
use super::entry;
use super::source::table_of;
use crate::window::ColumnForm;

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

    /// The form in which the audit needs a column, given by the number of its table and its place. Keys that are looked up are plain
    /// texts. Keys that only name rows are packed. Columns that no identity uses are absent.
    pub fn form_of(&self, table: u32, column: usize) -> ColumnForm {
        let is_key =
            table_of(table).and_then(|table| table.columns.get(column)).is_some_and(|c| c.kind() == ColumnKind::Key);
        let looks_up = |check: &IdentityCheck| match &check.per {
            Per::Key { columns, .. } => columns.iter().any(|(number, keys)| *number == table && keys.contains(&column)),
            _ => false,
        };
        let compares =
            |check: &IdentityCheck| check.places().any(|place| (place.table, place.column) == (table, column));
        let checks = || self.list.iter().flat_map(|identity| &identity.checks);
        let mut rules = self.list.iter().filter_map(|identity| identity.rule);
        if checks().any(looks_up) {
            ColumnForm::Plain
        } else if is_key || checks().any(compares) || rules.any(|rule| rule.uses(table, column)) {
            ColumnForm::Packed
        } else {
            ColumnForm::Absent
        }
    }

    /// The identity with a name.
    pub fn named(&self, name: &str) -> Option<&Identity> {
        self.list.iter().find(|identity| identity.name == name)
    }

    /// All identities, in the order in which they are reported.
    pub fn all(&self) -> &[Identity] {
        &self.list
    }
}
