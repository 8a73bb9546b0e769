//! The tables, span and intervals that a directory of exports has.

use serde::Serialize;
use tollgate_catalogue::Catalogue;
use tollgate_wording::iso;

use crate::reader::{Exports, micros};

/// The tables, span and intervals that a directory of exports has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Number of tables that the directory has a file of.
    pub recognised: usize,
    /// Number of tables in the catalogue.
    pub tables: usize,
    /// Beginning of the first interval, such as `2008-11-18T10:00:00Z`. `None` without intervals.
    pub begin: Option<String>,
    /// End of the last interval, in the same form.
    pub end: Option<String>,
    /// Beginning of the first interval, in seconds since the Unix epoch.
    #[serde(skip)]
    pub begin_seconds: Option<i64>,
    /// End of the last interval, in seconds since the Unix epoch.
    #[serde(skip)]
    pub end_seconds: Option<i64>,
    /// The lengths of its intervals, the shortest first.
    pub intervals: Vec<IntervalCount>,
}

/// The number of intervals of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalCount {
    /// The length of the intervals, in seconds.
    pub length_seconds: i64,
    /// Number of such intervals in the file that has most of them.
    pub count: u64,
}

impl Coverage {
    /// Summarises the files of a directory.
    pub fn of(exports: &Exports) -> Self {
        let files = exports.files();
        let counts = files.iter().flat_map(|file| &file.interval_counts);
        let count = |(&length_seconds, &count)| IntervalCount { length_seconds, count };
        let mut intervals: Vec<IntervalCount> = counts.map(count).collect();
        // The largest count of each length comes first; `dedup` drops the others.
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
