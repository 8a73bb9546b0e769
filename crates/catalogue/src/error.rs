//! What can be wrong with a catalogue.

/// Why a catalogue cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not TOML, or has other keys or kinds of value than a catalogue has. The cause says where.
    #[error("cannot read {file} of the catalogue")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A name or a combination that the catalogue cannot make sense of.
    #[error("{file}:{line}: {field}: found {found}, allowed is {allowed}")]
    Unresolved {
        /// The file.
        file: String,
        /// The line, counted from one.
        line: usize,
        /// The field in question.
        field: String,
        /// What stands there.
        found: String,
        /// What could.
        allowed: String,
    },
}
