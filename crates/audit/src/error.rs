//! The errors of reading exports.

use std::io;
use std::path::PathBuf;

/// An error of reading exports.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A directory has no exports, or those of several appliances.
    #[error("{}: found {found}, allowed is {allowed}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Contents of the directory.
        found: String,
        /// Allowed contents.
        allowed: String,
    },
    /// The caller names a file or table that does not exist, or names one twice.
    #[error("{file}={table}: found {found}, allowed is {allowed}")]
    Named {
        /// The name of the file.
        file: String,
        /// The number of the table.
        table: u32,
        /// The mistake.
        found: String,
        /// The allowed files or tables.
        allowed: String,
    },
    /// A header or a row is malformed.
    #[error("{}:{line}: {column}: found {found}, allowed is {allowed}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// The heading of the column, or `row` or `header` for the whole line.
        column: String,
        /// Text in the file.
        found: String,
        /// Allowed text.
        allowed: String,
    },
}
