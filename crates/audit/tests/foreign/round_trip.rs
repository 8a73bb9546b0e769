//! Exports are read back as they were written: our own, and random ones in random forms.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use tollgate_audit::{Exports, IntervalRows, Values, Window};
use tollgate_catalogue::{Catalogue, Column, ColumnKind, Table};

use crate::foreign::files::windows;

/// The column of a table as the reader should give it, from the cells of its rows.
fn values(kind: ColumnKind, cells: impl Iterator<Item = String>) -> Option<Values> {
    Some(match kind {
        ColumnKind::Key | ColumnKind::Attribute => Values::Texts(cells.map(String::into_boxed_str).collect()),
        _ => Values::Numbers(cells.map(|cell| cell.parse().unwrap()).collect()),
    })
}

#[test]
fn our_own_exports_are_read_as_they_are_written() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report/tests/golden");
    let exports = Exports::open(&golden, &[]).unwrap();
    assert_eq!(exports.remarks(), [] as [String; 0]);
    assert_eq!(exports.files().len(), Catalogue::builtin().tables().len());
    assert!(exports.files().iter().all(|file| file.table.is_some()));
    let mut seen = 0;
    let windows = windows(&exports);
    for table in Catalogue::builtin().tables() {
        // A second, slower reader: it reads everything at once.
        let mut reader = csv::Reader::from_path(golden.join(&table.file)).unwrap();
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        let times = if table.timestamps { 4 } else { 0 };
        let mut found = Vec::new();
        for window in &windows {
            for interval in window.tables.get(&table.number).into_iter().flatten() {
                let of_interval = rows
                    .iter()
                    .filter(|row| !table.timestamps || row[0].parse::<f64>().unwrap() == interval.begin_seconds as f64);
                let of_interval: Vec<_> = of_interval.collect();
                let columns = table.columns.iter().enumerate().map(|(place, column)| {
                    values(column.kind(), of_interval.iter().map(|row| row[times + place].to_owned()))
                });
                let (own, later) = interval.columns.split_at(table.columns.len());
                assert_eq!(own, columns.collect::<Vec<_>>(), "{}", table.file);
                assert!(later.iter().all(Option::is_none), "{}", table.file);
                found.push(of_interval.len());
            }
        }
        assert_eq!(found.iter().sum::<usize>(), rows.len(), "{}", table.file);
        seen += rows.len();
    }
    assert!(seen > 84, "only {seen} rows");
}

/// Rows of one interval of a table, each a list of cells.
type Rows = Vec<Vec<String>>;

/// A random table with rows in random intervals of an hour, and the form that it is written in.
#[derive(Clone, Debug)]
struct Written {
    table: &'static Table,
    /// The rows by number of the hour.
    intervals: BTreeMap<i64, Rows>,
    /// Random numbers whose order gives the order of the columns.
    order: Vec<u32>,
    crlf: bool,
    byte_order_mark: bool,
    quoted: bool,
    extra: bool,
}

const HOUR: i64 = 3600;

/// Number of columns that later releases add to a table.
fn later_columns(table: u32) -> usize {
    match table {
        1 => 9,
        2 => 5,
        4..=6 => 7,
        _ => 0,
    }
}

fn cell(kind: ColumnKind) -> BoxedStrategy<String> {
    let number = (0u32..1_000_000, 0u32..6).prop_map(|(number, scale)| f64::from(number) / 10f64.powi(scale as i32));
    match kind {
        // Any text that a name may have, and characters that are special in CSV.
        ColumnKind::Key | ColumnKind::Attribute => {
            prop_oneof!["[a-z0-9.@-]{1,12}", "[a-z,\"\r\n; ]{1,8}x", "\\PC{1,6}"].boxed()
        }
        ColumnKind::Count => {
            prop_oneof![Just(0), 0..1000u64, 0..=1u64 << 53].prop_map(|count| count.to_string()).boxed()
        }
        ColumnKind::Number => number.prop_map(|number| number.to_string()).boxed(),
        ColumnKind::Percent => number.prop_map(|number| format!("{:.1}", number % 100.0)).boxed(),
    }
}

fn written() -> impl Strategy<Value = Written> {
    (0..42usize).prop_flat_map(|place| {
        let table = &Catalogue::builtin().tables()[place];
        let kinds: Vec<ColumnKind> = table.columns.iter().map(|column| column.kind()).collect();
        // The times of outbreaks are texts, but must be whole numbers.
        let is_time = |name: &str| name.starts_with("First Seen") || name == "Protection Time";
        let of_column = |column: &Column| match is_time(&column.name) {
            true => cell(ColumnKind::Count),
            false => cell(column.kind()),
        };
        let row = table.columns.iter().map(of_column).collect::<Vec<_>>();
        let rows = if kinds[0] == ColumnKind::Key { 1..5 } else { 1..2usize };
        let hours = if table.timestamps { 0..50i64 } else { 0..1 };
        let intervals = proptest::collection::btree_map(hours, vec(row, rows), 1..12);
        let columns = table.headings().count();
        (intervals, vec(any::<u32>(), columns), any::<[bool; 4]>()).prop_map(
            move |(intervals, order, [crlf, byte_order_mark, quoted, extra])| Written {
                table,
                intervals,
                order,
                crlf,
                byte_order_mark,
                quoted,
                extra,
            },
        )
    })
}

impl Written {
    fn text(&self) -> Vec<u8> {
        let mut order: Vec<usize> = (0..self.order.len()).collect();
        order.sort_by_key(|&place| self.order[place]);
        let mut writer = csv::WriterBuilder::new();
        writer.terminator(if self.crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') });
        writer.quote_style(if self.quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary });
        let mut out = if self.byte_order_mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        let mut writer = writer.from_writer(&mut out);
        let mut write = |cells: &[&str], extra: &str| {
            let extra = self.extra.then_some(extra);
            writer.write_record(order.iter().map(|&place| cells[place]).chain(extra)).unwrap();
        };
        write(&self.table.headings().collect::<Vec<_>>(), "Something, Else");
        for (hour, rows) in &self.intervals {
            let times = [format!("{}.0", hour * HOUR), format!("{}.0", hour * HOUR + HOUR - 1), "?".into(), "?".into()];
            let times = if self.table.timestamps { &times[..] } else { &[] };
            for row in rows {
                write(&times.iter().chain(row).map(String::as_str).collect::<Vec<_>>(), "1,5");
            }
        }
        writer.flush().unwrap();
        drop(writer);
        out
    }

    fn windows(&self) -> Vec<Window> {
        let length_seconds = if self.table.timestamps { HOUR } else { 0 };
        let window = |(hour, rows): (&i64, &Rows)| {
            let columns = self.table.columns.iter().enumerate();
            // A row is read only if it is the first of its key.
            let keys = self.table.columns.iter().filter(|column| column.kind() == ColumnKind::Key).count();
            let is_first = |at: &usize| !rows[..*at].iter().any(|row| row[..keys] == rows[*at][..keys]);
            let first: Vec<usize> = (0..rows.len()).filter(is_first).collect();
            let of_column = |place: usize| first.iter().map(move |&at| rows[at][place].clone());
            let columns = columns.map(|(place, column)| values(column.kind(), of_column(place)));
            let begin_seconds = hour * HOUR;
            let interval = IntervalRows {
                begin_seconds,
                length_seconds,
                columns: columns.chain(std::iter::repeat_n(None, later_columns(self.table.number))).collect(),
                repeated_rows: (rows.len() - first.len()) as u64,
                first_repeated: (0..rows.len()).find(|at| !is_first(at)).map(|at| rows[at][..keys].to_vec()),
                ..IntervalRows::default()
            };
            Window { begin_seconds, length_seconds, tables: BTreeMap::from([(self.table.number, vec![interval])]) }
        };
        self.intervals.iter().map(window).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_tables_in_random_forms_are_read_back(written in written()) {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("any.csv"), written.text()).unwrap();
        let named = [("any.csv".to_owned(), written.table.number)];
        let exports = Exports::open(directory.path(), &named).unwrap();
        prop_assert_eq!(windows(&exports), written.windows());
        let extra: &[&str] = if written.extra { &["Something, Else"] } else { &[] };
        prop_assert_eq!(&exports.files()[0].ignored_columns, extra);

        // Without the hint, the header identifies the table or leaves it among the candidates.
        let exports = Exports::open(directory.path(), &[]).unwrap();
        let file = &exports.files()[0];
        prop_assert!(file.table.is_none_or(|table| table == written.table.number));
        prop_assert!(file.table.is_some() || file.candidates.contains(&written.table.number));
    }

    #[test]
    fn no_bytes_at_all_make_the_reader_panic(
        bytes in vec(prop_oneof![Just(b','), Just(b'"'), Just(b'\n'), Just(b'\r'), b'0'..=b'9', any::<u8>()], 0..400),
        at in 0..400usize,
    ) {
        let mut text = crate::foreign::MESSAGES_TEXT.as_bytes().to_vec();
        let at = at.min(text.len());
        text.splice(at..(at + bytes.len() / 4).min(text.len()), bytes);
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("any.csv"), text).unwrap();
        for named in [&[][..], &[("any.csv".to_owned(), 28)]] {
            let Ok(exports) = Exports::open(directory.path(), named) else { continue };
            // The second pass reads every row that the first pass accepted.
            prop_assert!(exports.windows().unwrap().all(|window| window.is_ok()));
        }
    }
}
