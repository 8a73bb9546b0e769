//! Divides time into windows.

use super::index::IntervalRun;
use super::indexed_file::IndexedFile;

/// Windows of one length, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// Beginning of one of the windows, in seconds since the Unix epoch.
    anchor_seconds: i64,
    /// Their length in seconds.
    pub(crate) length_seconds: i64,
}

impl Grid {
    /// The windows of some files. They are as long as the longest interval, and the first of the longest intervals is a window.
    pub(crate) fn of<'a>(sources: impl Iterator<Item = &'a IndexedFile>) -> Option<Grid> {
        let runs = sources.filter(|source| source.is_timed()).flat_map(|source| &source.index.runs);
        let longest = runs.max_by_key(|run| (run.length_seconds, std::cmp::Reverse(run.begin_seconds)))?;
        Some(Grid { anchor_seconds: longest.begin_seconds, length_seconds: longest.length_seconds })
    }

    /// The number of the window that an interval begins in.
    pub(crate) fn place(&self, run: &IntervalRun) -> i64 {
        (run.begin_seconds - self.anchor_seconds).div_euclid(self.length_seconds)
    }

    /// Beginning of a window, in seconds since the Unix epoch.
    pub(crate) fn begin_seconds(&self, place: i64) -> i64 {
        self.anchor_seconds + place * self.length_seconds
    }

    /// Returns true if an interval lies within one window.
    pub(crate) fn holds(&self, run: &IntervalRun) -> bool {
        run.end_seconds() <= self.begin_seconds(self.place(run) + 1)
    }
}

/// Beginning and end of the span that all files without keys have in common, if the files with keys lie within it. `None` if the
/// files disagree.
pub(crate) fn common_span<'a>(sources: impl Iterator<Item = &'a IndexedFile> + Clone) -> Option<(i64, i64)> {
    let with_keys = |wanted: bool| {
        let found = sources.clone().filter(move |source| source.is_timed() && source.has_keys() == wanted);
        found.filter_map(|source| span(&source.index.runs))
    };
    let (begin, end) = with_keys(false).next()?;
    let agree = with_keys(false).all(|other| other == (begin, end));
    let within = with_keys(true).all(|other| begin <= other.0 && other.1 <= end);
    (agree && within).then_some((begin, end))
}

/// Beginning of the first and end of the last of some intervals, which must be in order of time.
pub(crate) fn span(runs: &[IntervalRun]) -> Option<(i64, i64)> {
    Some((runs.first()?.begin_seconds, runs.iter().map(IntervalRun::end_seconds).max()?))
}
