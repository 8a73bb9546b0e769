//! How much a directory of exports holds.

use serde::Serialize;
use tollgate_catalogue::Catalogue;
use tollgate_wording::iso;

use crate::reader::{ExportFile, Exports, micros};

/// How much a directory of exports holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// How many of the tables it has a file of.
    pub recognised: usize,
    /// How many tables there are.
    pub tables: usize,
    /// When its first interval begins, such as `2008-11-18T10:00:00Z`; none without intervals.
    pub begin: Option<String>,
    /// When its last interval is over.
    pub end: Option<String>,
    /// When its first interval begins, in seconds since the Unix epoch.
    #[serde(skip)]
    pub begin_seconds: Option<i64>,
    /// When its last interval is over, in seconds since the Unix epoch.
    #[serde(skip)]
    pub end_seconds: Option<i64>,
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
        let begin_seconds = files.iter().filter_map(|file| file.begin_seconds).min();
        let end_seconds = files.iter().filter_map(|file| file.end_seconds).max();
        Coverage {
            recognised: files.iter().filter(|file| file.table.is_some()).count(),
            tables: Catalogue::builtin().tables().len(),
            begin: begin_seconds.map(|seconds| iso(micros(seconds))),
            end: end_seconds.map(|seconds| iso(micros(seconds))),
            begin_seconds,
            end_seconds,
            intervals,
        }
    }
}
