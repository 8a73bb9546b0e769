//! Compares the files of the fixture's counts with golden files. Another program, `make_golden.py`, makes these from
//! the same counts.

use std::path::Path;
use std::process::Command;

use tollgate_catalogue::Catalogue;
use tollgate_ledger::{Counts, Sender, System};
use tollgate_report::{CsvWriter, Setting};

use crate::fixture::{BEGIN, HOUR, directory, file, first, second, setting, table};

#[test]
fn every_file_is_its_golden_file() {
    let directory = directory();
    let intervals = [(BEGIN, first()), (BEGIN + HOUR, second())];
    for table in Catalogue::builtin().tables() {
        let (ours, rows) = file(table, setting(&directory), &intervals);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&table.file);
        let golden = std::fs::read_to_string(&path).expect("a golden file for every table");
        assert_eq!(ours, golden, "{}", table.file);
        assert_eq!(rows as usize, golden.matches("\r\n").count() - 1, "rows of {}", table.file);
    }
}

#[test]
fn golden_files_are_those_that_the_other_program_makes() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden");
    let mut python = Command::new("python3");
    python.arg("-B").arg(tests.join("make_golden.py")).arg(&made);
    assert!(python.status().expect("python3 is on the path").success());
    for table in Catalogue::builtin().tables() {
        let read = |directory: &Path| std::fs::read(directory.join(&table.file)).expect("a file for every table");
        assert!(read(&made) == read(&tests.join("golden")), "{} differs from the file of make_golden.py", table.file);
    }
}

#[test]
fn every_file_reads_back_as_csv() {
    let directory = directory();
    let intervals = [(BEGIN, first()), (BEGIN + HOUR, second())];
    for table in Catalogue::builtin().tables() {
        let (ours, _) = file(table, setting(&directory), &intervals);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(ours.as_bytes());
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        // An independent reader and writer give the same fields in every row, and the same quotes.
        for record in reader.records() {
            writer.write_record(&record.expect("as many fields as the heading has")).expect("a record");
        }
        let theirs = writer.into_inner().expect("a buffer");
        assert_eq!(ours.as_bytes(), theirs, "{}", table.file);
    }
}

#[test]
fn quotes_stand_only_where_they_are_needed() {
    let mut directory = directory();
    directory.domains = ["", " spaced ", "a,b", "c\"d\"", "e\r\nf", "g'h;i", "j\nk"].map(String::from).to_vec();
    let mut counts = Counts::default();
    for domain in (0..7).rev() {
        counts.domains.add(domain, Sender::Clean, 1);
    }
    let (ours, _) = file(table(4), setting(&directory), &[(BEGIN, counts)]);
    let times = "1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,";
    let rows = ours.split_once("\r\n").expect("a heading").1;
    let fields = ["", " spaced ", "\"a,b\"", "\"c\"\"d\"\"\"", "\"e\r\nf\"", "g'h;i", "\"j\nk\""];
    let expected: String = fields.map(|field| format!("{times}{field},1,0,0,0,0,0,0,0,0,0,1\r\n")).concat();
    assert_eq!(rows, expected);
}

#[test]
fn longer_intervals_are_made_of_the_counts_of_shorter_ones() {
    let directory = directory();
    let mut both = first();
    both.absorb(second());
    let setting = Setting { interval_micros: 2 * HOUR, ..setting(&directory) };
    let rows = |number| {
        let (text, _) = file(table(number), setting, &[(BEGIN, both.clone())]);
        let rows = text.lines().skip(1).map(|line| line.splitn(5, ',').last().expect("a fifth field").to_string());
        rows.collect::<Vec<_>>()
    };
    // Sums are added. Keys of either hour have a row.
    assert_eq!(rows(1), ["17,1,3,1,2,10"]);
    assert_eq!(rows(21), ["Mal/Iframe-E,1", "W32/Netsky-P,3"]);
    assert_eq!(rows(22), ["Mal/Iframe-E,1", "W32/Netsky-P,2"]);
    // A maximum stays a maximum.
    assert_eq!(rows(32), ["5"]);
    // Averages and percentages are calculated from the sums: 31.029999 s over 20 messages, 31 s of depth over two
    // hours.
    assert_eq!(rows(30), ["1.55149995"]);
    assert_eq!(rows(31), ["0.00430555555556"]);
    assert_eq!(rows(42), ["2.5,0.0121527795139,0.578703703125,2.5e-07,0"]);
    assert_eq!(rows(29)[1], "alpha.example,0,0,0,11,61.1,18,23");
    // The SBRS and the sender group are those of the later hour.
    assert_eq!(rows(5)[1], "198.51.100.7,unknown,No,0.5,BLACKLIST,22,8,1,3,1,0,13,9");
    // The outbreak that was first seen at the end of the two hours is not listed. One microsecond later, it is.
    let mut out = Vec::new();
    let mut writer = CsvWriter::new(setting);
    assert_eq!(writer.write_span(table(20), BEGIN + 2 * HOUR, &[&both], &mut out), 2);
    assert_eq!(writer.write_span(table(20), BEGIN + 2 * HOUR + 1, &[&both], &mut out), 3);
}

#[test]
fn the_order_in_which_counts_came_is_of_no_consequence() {
    let directory = directory();
    let (mut one_way, mut other_way) = (first(), second());
    one_way.absorb(second());
    other_way.absorb(first());
    for table in Catalogue::builtin().tables() {
        let one = file(table, setting(&directory), &[(BEGIN, one_way.clone())]);
        let other = file(table, setting(&directory), &[(BEGIN, other_way.clone())]);
        assert_eq!(one, other, "{}", table.file);
    }
}

#[test]
fn a_writer_gives_the_same_whatever_it_wrote_before() {
    let directory = directory();
    let intervals = [(BEGIN, first()), (BEGIN + HOUR, second())];
    let tables = Catalogue::builtin().tables().iter().filter(|table| table.timestamps);
    // Like a run, writes all tables of one interval before the next.
    let mut used = CsvWriter::new(setting(&directory));
    let mut outs = vec![Vec::new(); 1 + Catalogue::builtin().tables().len()];
    for (begin, counts) in &intervals {
        for table in tables.clone() {
            used.write_interval(table, *begin, &[counts], &mut outs[table.number as usize]);
        }
    }
    for table in tables {
        let (text, _) = file(table, setting(&directory), &intervals);
        let rows = text.split_once("\r\n").expect("a heading").1;
        assert_eq!(String::from_utf8_lossy(&outs[table.number as usize]), rows, "{}", table.file);
    }
}

#[test]
fn the_multiplier_is_the_settings() {
    let directory = directory();
    let rows = |reputation_multiplier| {
        let setting = Setting { reputation_multiplier, ..setting(&directory) };
        let (text, rows) = file(table(5), setting, &[(BEGIN, first())]);
        (text.lines().nth(1).expect("a row").splitn(5, ',').last().expect("a fifth field").to_string(), rows)
    };
    assert_eq!(rows(5).0, "9.200.0.1,unknown,No,-10.0,BLACKLIST,15,15,0,0,0,0,15,0");
    // If blocked connections stand for no recipients, that address has nothing to show.
    assert_eq!(rows(0).1, 2);
    assert_eq!(rows(0).0, "198.51.100.7,unknown,No,-3.4,UNKNOWNLIST,16,2,1,3,1,0,7,9");
}

#[test]
fn times_are_those_of_the_interval() {
    let directory = directory();
    let row = |interval_micros, begin| {
        let mut counts = Counts::default();
        counts.system.add(System::Up, interval_micros);
        counts.system.add(System::IncomingMessages, 10);
        let (text, _) = file(table(34), Setting { interval_micros, ..setting(&directory) }, &[(begin, counts)]);
        text.lines().nth(1).expect("a row").to_string()
    };
    let minutes = row(HOUR / 12, BEGIN - HOUR / 12);
    assert_eq!(minutes, "1226966100.0,1226966399.0,2008-11-17 23:55 GMT,2008-11-17 23:59 GMT,10");
    let day = row(24 * HOUR, 1_230_681_600_000_000);
    assert_eq!(day, "1230681600.0,1230767999.0,2008-12-31 00:00 GMT,2008-12-31 23:59 GMT,10");
}

#[test]
fn details_sum_to_their_summaries() {
    let directory = directory();
    let column = |number: u32, name: &str| {
        let (text, _) = file(table(number), setting(&directory), &[(BEGIN, first())]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let at = reader.headers().expect("a heading").iter().position(|heading| heading == name);
        let at = at.unwrap_or_else(|| panic!("{name} in table {number}"));
        reader.records().map(|record| record.expect("a row")[at].parse::<u64>().expect("a count")).sum::<u64>()
    };
    for (details, summary, messages) in [(26, 24, 25), (29, 27, 28)] {
        for (detail, total) in [
            ("Successful - Required", "Successful - Required"),
            ("Successful - Preferred", "Successful - Preferred"),
            ("Failed - Required", "Failed - TLS Required"),
            ("Failed - Preferred", "Failed - Preferred"),
            ("Total Connections", "Total Connections"),
        ] {
            assert_eq!(column(details, detail), column(summary, total), "{detail} of table {details}");
        }
        assert_eq!(column(summary, "Total Connections"), column(messages, "Total Connections"));
        let carried = column(messages, "TLS Encrypted") + column(messages, "Unencrypted");
        assert_eq!(column(details, "Total Messages"), carried);
    }
    assert_eq!(column(28, "TLS Encrypted") + column(28, "Unencrypted"), column(3, "Delivered"));
    assert_eq!(column(37, "Connections"), column(27, "Total Connections"));
    let groups = ["Accept", "Relay", "Reject", "TCP Refuse"].map(|action| column(8, action));
    assert_eq!(groups.iter().sum::<u64>(), column(7, "Total Connections"));
    assert_eq!(column(33, "Connections"), groups[0] + groups[2] + groups[3]);
}

#[test]
#[should_panic(expected = "has no intervals")]
fn a_table_of_the_whole_span_is_not_written_by_interval() {
    let directory = directory();
    CsvWriter::new(setting(&directory)).write_interval(table(20), BEGIN, &[&first()], &mut Vec::new());
}

/// The rows of an interval in which the appliance was down are missing.
#[test]
fn an_interval_without_time_has_no_rows() {
    let directory = directory();
    let mut down = Counts::default();
    down.system.add(System::IncomingMessages, 0);
    for number in [1, 8, 34, 41] {
        let (text, rows) = file(table(number), setting(&directory), &[(BEGIN, first()), (BEGIN + HOUR, down.clone())]);
        assert_eq!((text.lines().count(), rows), (2, 1), "table {number}");
    }
}
