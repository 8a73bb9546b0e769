//! Errors of reading a catalogue.

/// An error in a file of the catalogue.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file is not TOML, or has a key or a kind of value that a catalogue does not have. The source says where.
    #[error("cannot read {file} of the catalogue")]
    Malformed {
        /// The file.
        file: String,
        /// The error of the TOML reader, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A name is unknown, or values contradict each other.
    #[error("{file}:{line}: {field}: found {found}, allowed is {allowed}")]
    Unresolved {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The field.
        field: String,
        /// The value in the file.
        found: String,
        /// The allowed values.
        allowed: String,
    },
}
