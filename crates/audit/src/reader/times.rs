//! Finds faults in the times of a file's rows.

use csv::ByteRecord;

use super::date::Date;

/// The headings of the dates.
const HEADINGS: [&str; 2] = ["Begin Date", "End Date"];

/// The results of checking the times of a file's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowTimes {
    /// Number of rows with timestamps.
    pub rows: u64,
    /// Dates that name another minute than the timestamp beside them.
    pub dates: Faults,
    /// Number of dates that were compared with their timestamps.
    pub compared_dates: u64,
    /// Dates in an unknown form or time zone, which cannot be compared.
    pub unknown_dates: Faults,
    /// Beginnings that are not on a whole minute.
    pub begins: Faults,
    /// Ends that are neither the last second of a minute nor the first second of the next, counted from the beginning.
    pub ends: Faults,
    /// Ends that are the last second of the interval. These are no faults by themselves.
    pub last_seconds: Faults,
    /// Ends that are the first second after the interval. These are no faults by themselves.
    pub next_seconds: Faults,
}

/// The number of rows with a fault, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Number of rows.
    pub count: u64,
    /// The first row.
    pub first: Option<Fault>,
}

/// A fault in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Beginning of the row's interval, in seconds since the Unix epoch.
    pub begin_seconds: i64,
    /// Length of the row's interval in seconds.
    pub length_seconds: i64,
    /// The parts of the row's key.
    pub key: Vec<String>,
    /// The heading of the wrong value.
    pub heading: &'static str,
    /// The value, in seconds since the Unix epoch. `None` if it cannot be read.
    pub found: Option<i64>,
    /// The text of a date. Empty for a timestamp.
    pub text: String,
    /// A value that would be right.
    pub expected: i64,
}

impl Faults {
    fn add(&mut self, fault: impl FnOnce() -> Fault) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some(fault());
        }
    }
}

/// The kinds of fault that a row of times can have. Neighbouring rows mostly have the same times.
#[derive(Clone, Copy, Debug, Default)]
struct TimeVerdict {
    /// The values of the two dates and their expected values. `None` if they are as expected or absent.
    wrong_dates: [Option<(i64, i64)>; 2],
    compared_dates: u8,
    /// The place among the two dates of the first one that cannot be read.
    unknown_date: Option<usize>,
    is_odd_begin: bool,
    end: EndForm,
}

/// The relation of an End Timestamp to its interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum EndForm {
    #[default]
    LastSecond,
    NextSecond,
    Odd,
}

/// The times of the current row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowTime {
    /// Beginning of the interval, in seconds since the Unix epoch.
    pub(crate) begin_seconds: i64,
    /// Length of the interval in seconds.
    pub(crate) length_seconds: i64,
    /// The End Timestamp.
    pub(crate) end_stamp: i64,
}

/// Checks the times of rows, one row after the other.
#[derive(Debug, Default)]
pub(crate) struct TimeCheck {
    results: RowTimes,
    /// The dates of the previous row.
    dates: [Vec<u8>; 2],
    verdict: TimeVerdict,
    is_first_over: bool,
}

impl TimeCheck {
    /// Checks a row. `places` are the places of the dates. `has_new_times` is false if the row has the timestamps of the previous row. `key` gives the key of the row.
    #[inline]
    pub(crate) fn check(
        &mut self,
        row: &ByteRecord,
        places: [Option<usize>; 2],
        time: RowTime,
        has_new_times: bool,
        key: impl Fn() -> Vec<String>,
    ) {
        let has_old_dates = places.iter().zip(&self.dates).all(|(place, old)| place.is_none_or(|at| row[at] == **old));
        if !self.is_first_over || has_new_times || !has_old_dates {
            self.is_first_over = true;
            self.verdict = TimeVerdict::new(row, places, time);
            for (place, old) in places.iter().zip(&mut self.dates) {
                place.map_or(&b""[..], |at| &row[at]).clone_into(old);
            }
        }
        self.record(time, key);
    }

    /// The results of all rows.
    pub(crate) fn finish(self) -> RowTimes {
        self.results
    }

    fn record(&mut self, time: RowTime, key: impl Fn() -> Vec<String>) {
        let TimeVerdict { wrong_dates, compared_dates, unknown_date, is_odd_begin, end } = self.verdict;
        let RowTime { begin_seconds, length_seconds, end_stamp } = time;
        let fault = |heading, found, expected, text| Fault {
            begin_seconds,
            length_seconds,
            key: key(),
            heading,
            found,
            expected,
            text,
        };
        let text = |at: usize| String::from_utf8_lossy(&self.dates[at]).into_owned();
        let results = &mut self.results;
        results.rows += 1;
        results.compared_dates += u64::from(compared_dates);
        if let Some(at) = wrong_dates.iter().position(Option::is_some)
            && let Some((found, expected)) = wrong_dates[at]
        {
            results.dates.add(|| fault(HEADINGS[at], Some(found), expected, text(at)));
        }
        if let Some(at) = unknown_date {
            results.unknown_dates.add(|| fault(HEADINGS[at], None, begin_seconds, text(at)));
        }
        if is_odd_begin {
            let expected = begin_seconds - begin_seconds.rem_euclid(60);
            results.begins.add(|| fault("Begin Timestamp", Some(begin_seconds), expected, String::new()));
        }
        let expected = begin_seconds + (end_stamp - begin_seconds + 30) / 60 * 60 - 1;
        let fault = || fault("End Timestamp", Some(end_stamp), expected, String::new());
        match end {
            EndForm::LastSecond => results.last_seconds.add(fault),
            EndForm::NextSecond => results.next_seconds.add(fault),
            EndForm::Odd => results.ends.add(fault),
        }
    }
}

impl TimeVerdict {
    fn new(row: &ByteRecord, places: [Option<usize>; 2], time: RowTime) -> Self {
        let RowTime { begin_seconds, length_seconds, end_stamp } = time;
        let mut verdict = TimeVerdict { is_odd_begin: begin_seconds % 60 != 0, ..TimeVerdict::default() };
        // An end may be written as the last second of the interval or as the first second after it.
        let ends = [begin_seconds + length_seconds - 1, end_stamp];
        let allowed = [&[begin_seconds][..], &ends];
        for (at, (place, allowed)) in places.iter().zip(allowed).enumerate() {
            let Some(text) = place.map(|place| String::from_utf8_lossy(&row[place])) else { continue };
            let Some(date) = Date::parse(&text) else {
                verdict.unknown_date = verdict.unknown_date.or(Some(at));
                continue;
            };
            verdict.compared_dates += 1;
            if !date.is_any_of(allowed) {
                verdict.wrong_dates[at] = date.moments.first().map(|moment| (*moment, allowed[0]));
            }
        }
        verdict.end = match end_stamp - begin_seconds {
            59.. if (end_stamp - begin_seconds) % 60 == 59 => EndForm::LastSecond,
            60.. if (end_stamp - begin_seconds) % 60 == 0 => EndForm::NextSecond,
            _ => EndForm::Odd,
        };
        verdict
    }
}
