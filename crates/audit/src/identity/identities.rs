//! The identities that exports are checked against.

use std::sync::LazyLock;

use tollgate_catalogue::CatalogueError;

use super::check::Identity;
use super::entry;

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

    /// All identities, in the order in which they are reported.
    pub fn all(&self) -> &[Identity] {
        &self.list
    }
}
