//! The errors of reading exports.

use std::io;
use std::path::{Path, PathBuf};

use tollgate_wording::printable;

/// An error of reading exports.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory cannot be read.
    #[error("cannot read {}", shown(path))]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A directory has no exports, or those of several appliances.
    #[error("{}: found {}, allowed is {allowed}", shown(path), printable(found))]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Contents of the directory.
        found: String,
        /// Allowed contents.
        allowed: String,
    },
    /// The caller names a file or table that does not exist, or names one twice.
    #[error("{}={table}: found {found}, allowed is {}", printable(file), printable(allowed))]
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
    #[error("{}:{line}: {}: found {}, allowed is {allowed}", shown(path), printable(column), printable(found))]
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

impl Error {
    /// The error for a directory, an archive or a single file that has no usable exports.
    pub(crate) fn directory(path: &Path, found: &str, allowed: &str) -> Error {
        Error::Directory { path: path.into(), found: found.into(), allowed: allowed.into() }
    }
}

/// A path without characters that control a terminal.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}
