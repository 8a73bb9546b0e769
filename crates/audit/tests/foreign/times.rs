//! Intervals that differ in length, overlap, are repeated or are missing.

use tollgate_audit::{Exports, Window};

use crate::foreign::files::{directory, read};
use crate::foreign::{DETAILS, FIRST, HOUR, MESSAGES, window};

const SUMMARY: &str = "tls_connections_outgoing_tls_connections_summary.csv";
const OUTBREAKS: &str = "virus_outbreaks_virus_outbreak_filter_details.csv";

/// Table 28 with one row for each beginning and length, in seconds after `FIRST`. Each row has another count.
fn messages(rows: &[(i64, i64)]) -> String {
    let mut text = "Begin Timestamp,End Timestamp,TLS Encrypted,Unencrypted,Total Connections\n".to_owned();
    for (count, (begin, length)) in rows.iter().enumerate() {
        text += &format!("{}.0,{}.0,{count},0,0\n", FIRST + begin, FIRST + begin + length - 1);
    }
    text
}

/// Table 29 with one row for each beginning (in seconds after `FIRST`), domain and number of messages.
fn details(rows: &[(i64, &str, u32)]) -> String {
    let mut text = "Begin Timestamp,End Timestamp,Domain,Failed - Required,Successful - Required,Failed - Preferred,\
                    Successful - Preferred,% Connections,Total Connections,Total Messages\n"
        .to_owned();
    for (begin, domain, messages) in rows {
        text += &format!("{}.0,{}.0,{domain},0,0,0,0,0.0,0,{messages}\n", FIRST + begin, FIRST + begin + HOUR - 1);
    }
    text
}

/// The windows in short. For each window its beginning after `FIRST` and its tables; for each table the beginnings of its intervals and the
/// texts of one column.
type Shown = Vec<(i64, Vec<(u32, Vec<(i64, String)>)>)>;

fn show(windows: &[Window], column: impl Fn(u32) -> usize) -> Shown {
    let intervals = |table: u32, window: &Window| {
        let shown = |values: &Option<tollgate_audit::Values>| match values {
            Some(tollgate_audit::Values::Texts(texts)) => texts.join(" "),
            Some(tollgate_audit::Values::Numbers(numbers)) => {
                numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
            }
            Some(tollgate_audit::Values::Packed(_)) | None => "-".to_owned(),
        };
        let intervals = window.tables[&table].iter();
        intervals.map(|interval| (interval.begin_seconds - FIRST, shown(&interval.columns[column(table)]))).collect()
    };
    let tables = |window: &Window| window.tables.keys().map(|&table| (table, intervals(table, window))).collect();
    windows.iter().map(|window| (window.begin_seconds - FIRST, tables(window))).collect()
}

/// The windows of some files with the first column of each table, and the remarks.
fn shown(files: &[(&str, &str)]) -> (Shown, Vec<String>) {
    let (windows, remarks) = read(files);
    (show(&windows, |_| 0), remarks)
}

fn cells(cells: &[(i64, &str)]) -> Vec<(i64, String)> {
    cells.iter().map(|&(begin, text)| (begin, text.to_owned())).collect()
}

#[test]
fn shorter_intervals_nest_in_the_longest() {
    let fine: Vec<_> = (0..24).map(|place| (place * 300, 300)).collect();
    let (found, remarks) =
        shown(&[(MESSAGES, &messages(&fine)), (DETAILS, &details(&[(0, "a", 1), (0, "b", 2), (HOUR, "a", 3)]))]);
    let counts = |from: i64| (from..from + 12).map(|place| (place * 300, place.to_string())).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (0, vec![(28, counts(0)), (29, cells(&[(0, "a b")]))]),
            (HOUR, vec![(28, counts(12)), (29, cells(&[(HOUR, "a")]))]),
        ]
    );
    assert_eq!(remarks, [format!("intervals have different lengths: 5 min in {MESSAGES}; 1 h in {DETAILS}")]);
}

#[test]
fn windows_are_as_long_as_the_longest_interval_even_before_the_first_of_them() {
    let (found, remarks) = shown(&[
        (MESSAGES, &messages(&[(-600, 300), (-300, 300), (0, 300), (3300, 300)])),
        (DETAILS, &details(&[(0, "a", 1)])),
    ]);
    let before = vec![(28, cells(&[(-600, "0"), (-300, "1")]))];
    let after = vec![(28, cells(&[(0, "2"), (3300, "3")])), (29, cells(&[(0, "a")]))];
    assert_eq!(found, [(-HOUR, before), (0, after)]);
    assert_eq!(
        remarks[0],
        format!("{MESSAGES}: has 1 gap between its intervals, the first Tue 18 Nov 2008 00:05 to 00:55 GMT")
    );
}

#[test]
fn intervals_of_several_lengths_in_one_file_and_such_as_do_not_nest_are_said() {
    // One file has its last hour in base intervals, as some releases do. The other is half an hour off.
    let (found, remarks) = shown(&[
        (MESSAGES, &messages(&[(0, HOUR), (HOUR, 300), (HOUR + 300, 300)])),
        (
            SUMMARY,
            "Begin Timestamp,End Timestamp,Successful - Required,Successful - Preferred,Failed - TLS Required,\
         Failed - Preferred,Unencrypted Connections,Total Connections\n1226968200,1226971799,7,0,0,0,0,0\n",
        ),
    ]);
    let first = vec![(27, cells(&[(1800, "7")])), (28, cells(&[(0, "0")]))];
    assert_eq!(found, [(0, first), (HOUR, vec![(28, cells(&[(HOUR, "1"), (HOUR + 300, "2")]))])]);
    assert_eq!(
        remarks,
        [
            format!("intervals have different lengths: 5 min, 1 h in {MESSAGES}; 1 h in {SUMMARY}"),
            format!("{SUMMARY}: some intervals cross the boundaries of the longest intervals (1 h)"),
            format!(
                "files cover different spans, and figures are compared only where all files have rows: Tue 18 Nov 2008 00:00 to 01:10 GMT in {MESSAGES}; \
                 Tue 18 Nov 2008 00:30 to 01:30 GMT in {SUMMARY}"
            ),
        ]
    );
}

#[test]
fn gaps_and_overlaps_are_said() {
    let (found, remarks) =
        shown(&[(MESSAGES, &messages(&[(0, HOUR), (2 * HOUR, HOUR), (2 * HOUR + 1800, HOUR), (5 * HOUR, HOUR)]))]);
    let window = |hour: i64, rows: &[(i64, &str)]| (hour * HOUR, vec![(28, cells(rows))]);
    assert_eq!(
        found,
        [window(0, &[(0, "0")]), window(2, &[(2 * HOUR, "1"), (2 * HOUR + 1800, "2")]), window(5, &[(5 * HOUR, "3")]),]
    );
    assert_eq!(
        remarks,
        [
            format!("{MESSAGES}: has 2 gaps between its intervals, the first Tue 18 Nov 2008 01:00 to 02:00 GMT"),
            format!(
                "{MESSAGES}: 1 interval begins before the previous one has ended, the first at Tue 18 Nov 2008 02:30 GMT"
            ),
            format!("{MESSAGES}: some intervals cross the boundaries of the longest intervals (1 h)"),
        ]
    );
}

#[test]
fn what_comes_again_is_read_once() {
    // Two exports with overlapping spans, joined in one file.
    let (found, remarks) = shown(&[
        (MESSAGES, &messages(&[(0, HOUR), (HOUR, HOUR), (HOUR, HOUR), (2 * HOUR, HOUR), (0, HOUR)])),
        (DETAILS, &details(&[(0, "a", 1), (HOUR, "a", 2), (HOUR, "b", 3), (HOUR, "b", 3), (0, "a", 1), (0, "c", 4)])),
    ]);
    let window = |hour: i64, count: &str, domains: &[(i64, &str)]| {
        (hour * HOUR, vec![(28, cells(&[(hour * HOUR, count)])), (29, cells(domains))])
    };
    assert_eq!(found, [window(0, "0", &[(0, "a c")]), window(1, "1", &[(HOUR, "a b")]), window(2, "3", &[])]);
    assert_eq!(
        remarks,
        [
            format!(
                "{DETAILS}: rows are not in order of time, the first at Tue 18 Nov 2008 00:00 GMT; if an interval has a key twice, \
                 its first row is used"
            ),
            format!(
                "{MESSAGES}: repeats an interval 2 times, the first at Tue 18 Nov 2008 00:00 GMT; the first row is used"
            ),
        ]
    );
}

#[test]
fn rows_in_order_of_keys_are_read_as_those_in_order_of_time() {
    let rows: Vec<(i64, &str, u32)> =
        ["a", "b", "c"].iter().flat_map(|domain| (0..5).map(move |hour| (hour * HOUR, *domain, 1))).collect();
    let (found, _) = shown(&[(DETAILS, &details(&rows))]);
    let expected: Shown = (0..5).map(|hour| (hour * HOUR, vec![(29, cells(&[(hour * HOUR, "a b c")]))])).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_table_with_keys_is_silent_where_nothing_was_counted() {
    let hours = |from: i64, to: i64| messages(&(from..to).map(|hour| (hour * HOUR, HOUR)).collect::<Vec<_>>());
    let tables = |messages: &str, details: &str| -> Vec<Vec<u32>> {
        let (windows, _) = read(&[(MESSAGES, messages), (DETAILS, details)]);
        windows.iter().map(|window| window.tables.keys().copied().collect()).collect()
    };
    // All summaries cover the span, so missing rows of details mean that nothing was counted.
    let quiet = details(&[(HOUR, "a", 1), (3 * HOUR, "a", 1)]);
    assert_eq!(tables(&hours(0, 5), &quiet), vec![vec![28, 29]; 5]);
    assert_eq!(tables(&hours(0, 2), &details(&[])), vec![vec![28, 29]; 2]);
    // The details go beyond the summary, so they cover only the time from their first row to their last.
    let (found, remarks) = shown(&[(MESSAGES, &hours(0, 3)), (DETAILS, &quiet)]);
    let silent: Vec<Vec<u32>> =
        found.iter().map(|(_, tables)| tables.iter().map(|(table, _)| *table).collect()).collect();
    assert_eq!(silent, [vec![28], vec![28, 29], vec![28, 29], vec![29]]);
    assert_eq!(
        remarks,
        [format!(
            "files cover different spans, and figures are compared only where all files have rows: Tue 18 Nov 2008 00:00 to 03:00 GMT in {MESSAGES}; \
             Tue 18 Nov 2008 01:00 to 04:00 GMT in {DETAILS}"
        )]
    );
}

#[test]
fn what_has_no_timestamps_goes_into_the_first_window() {
    let outbreaks = "Outbreak Name,Outbreak ID,First Seen Globally (UNIX Epoch Timestamp),Protection Time,\
                     Quarantined Messages\r\n\"Storm, third wave\",31,1226962800,18000,5\r\n";
    let (windows, remarks) = read(&[(MESSAGES, &messages(&[(0, HOUR), (HOUR, HOUR)])), (OUTBREAKS, outbreaks)]);
    assert_eq!(remarks, [] as [String; 0]);
    let tables: Vec<Vec<u32>> = windows.iter().map(|window| window.tables.keys().copied().collect()).collect();
    assert_eq!(tables, [vec![20, 28], vec![28]]);
    let columns = [
        crate::foreign::texts(&["Storm, third wave"]),
        crate::foreign::texts(&["31"]),
        crate::foreign::texts(&["1226962800"]),
        crate::foreign::texts(&["18000"]),
        crate::foreign::numbers(&[5.0]),
    ];
    assert_eq!(windows[0].tables[&20], window(0, 0, &[(20, &columns)]).tables[&20]);
    let (alone, _) = read(&[(OUTBREAKS, outbreaks)]);
    assert_eq!(alone, [window(0, 0, &[(20, &columns)])]);
}

#[test]
fn a_file_says_what_it_has() {
    let directory = directory(&[(MESSAGES, &messages(&[(0, HOUR), (2 * HOUR, HOUR), (2 * HOUR, HOUR)]))]);
    let exports = Exports::open(directory.path(), &[]).unwrap();
    let file = exports.file_of(28).unwrap();
    assert_eq!((file.intervals, file.rows, file.interval_seconds), (2, 3, Some(HOUR)));
    assert_eq!((file.begin_seconds, file.end_seconds), (Some(FIRST), Some(FIRST + 3 * HOUR)));
    assert_eq!((file.gaps, file.overlaps, file.repeats), (1, 0, 1));
    assert_eq!((file.first_gap, file.first_repeat), (Some((FIRST + HOUR, FIRST + 2 * HOUR)), Some(FIRST + 2 * HOUR)));
    assert!(file.ignored_columns.is_empty() && file.missing_columns.is_empty());
}
