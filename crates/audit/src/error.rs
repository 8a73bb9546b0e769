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
    /// A directory, an archive or a file has no exports, those of several appliances, or something that cannot be read.
    #[error("{}: {}. {}.", shown(path), printable(problem), printable(remedy))]
    Directory {
        /// The directory, the archive or the file.
        path: PathBuf,
        /// The problem, as a sentence without a full stop.
        problem: String,
        /// An instruction for the user, without a full stop.
        remedy: String,
    },
    /// The caller names a file or table that does not exist, or names one twice.
    #[error("--as {}={table}: {}", printable(file), printable(problem))]
    Named {
        /// The name of the file.
        file: String,
        /// The number of the table.
        table: u32,
        /// The problem, in sentences.
        problem: String,
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
    pub(crate) fn directory(path: &Path, problem: &str, remedy: &str) -> Error {
        Error::Directory { path: path.into(), problem: problem.into(), remedy: remedy.into() }
    }
}

/// A path without characters that control a terminal.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}
