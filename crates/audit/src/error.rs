//! Why exports cannot be read.

use std::io;
use std::path::PathBuf;

/// Why exports cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read at all.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A directory that holds no exports, or those of several appliances.
    #[error("{}: found {found}, allowed is {allowed}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is in it.
        found: String,
        /// What could be.
        allowed: String,
    },
    /// A file that is said to be a table, where there is no such file or table.
    #[error("{file}={table}: found {found}, allowed is {allowed}")]
    Named {
        /// The name of the file.
        file: String,
        /// The number of the table.
        table: u32,
        /// What is wrong with it.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// A header or a row that is malformed.
    #[error("{}:{line}: {column}: found {found}, allowed is {allowed}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: u64,
        /// The heading of the column, or what of the line is meant.
        column: String,
        /// What stands there.
        found: String,
        /// What could.
        allowed: String,
    },
}
