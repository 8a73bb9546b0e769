//! How much a directory of exports holds.

use serde::Serialize;
use tollgate_catalogue::Catalogue;

use crate::reader::{ExportFile, Exports, gmt};

/// How much a directory of exports holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many of the tables it has a file of.
    pub recognised: usize,
    /// How many tables there are.
    pub tables: usize,
    /// When its first interval begins, such as `2008-11-18 10:00 GMT`; none without intervals.
    pub begin: Option<String>,
    /// When its last interval is over.
    pub end: Option<String>,
    /// Its intervals, the shortest first.
    pub intervals: Vec<IntervalCount>,
}

/// The intervals of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalCount {
    /// The length.
    pub length_seconds: i64,
    /// How many of them the file has that has most.
    pub count: u64,
}

impl Coverage {
    /// How much there is.
    pub fn of(exports: &Exports) -> Self {
        let files = exports.files();
        let of_file =
            |file: &ExportFile| Some(IntervalCount { length_seconds: file.interval_seconds?, count: file.intervals });
        let mut intervals: Vec<IntervalCount> = files.iter().filter_map(of_file).collect();
        // Of each length the most come first, and the others are dropped.
        intervals.sort_unstable_by_key(|each| (each.length_seconds, std::cmp::Reverse(each.count)));
        intervals.dedup_by_key(|each| each.length_seconds);
        Coverage {
            recognised: files.iter().filter(|file| file.table.is_some()).count(),
            tables: Catalogue::builtin().tables().len(),
            begin: files.iter().filter_map(|file| file.begin_seconds).min().map(gmt),
            end: files.iter().filter_map(|file| file.end_seconds).max().map(gmt),
            intervals,
        }
    }
}
