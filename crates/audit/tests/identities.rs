//! Checks of identities with hand-made figures.

use std::path::Path;

use tollgate_audit::{
    Assumptions, Auditor, ExportFile, Finding, FindingResult, Identities, IntervalRows, Sources, Values, Window,
};
use tollgate_catalogue::{Catalogue, CatalogueError, ColumnKind};

pub const HOUR: i64 = 3600;
/// 2008-11-18 10:00 GMT.
pub const BEGIN: i64 = 1_227_002_400;
pub const ASSUMPTIONS: Assumptions = Assumptions { multiplier: 3, max_per_connection: 100 };
const SPACES: &str = "[spaces]\nuser = [\"Internal User\", \"Key (Internal User)\"]\n";

/// An interval of a table. Each row is a line of the file without the times.
pub fn interval(table: u32, begin_seconds: i64, length_seconds: i64, rows: &[&str]) -> (u32, IntervalRows) {
    let table = &Catalogue::builtin().tables()[table as usize - 1];
    let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.split(',').collect()).collect();
    let columns = table.columns.iter().enumerate().map(|(at, column)| {
        let values = cells.iter().map(|row| row[at]);
        Some(match column.kind() {
            ColumnKind::Key | ColumnKind::Attribute => Values::Texts(values.map(Box::from).collect()),
            _ => Values::Numbers(values.map(|value| value.parse().unwrap()).collect()),
        })
    });
    (
        table.number,
        IntervalRows { begin_seconds, length_seconds, columns: columns.collect(), ..IntervalRows::default() },
    )
}

/// An hour of a table.
pub fn hour(table: u32, rows: &[&str]) -> (u32, IntervalRows) {
    interval(table, BEGIN, HOUR, rows)
}

/// One window with these intervals.
fn window(intervals: Vec<(u32, IntervalRows)>) -> Window {
    let end = intervals.iter().map(|(_, interval)| interval.begin_seconds + interval.length_seconds).max().unwrap();
    let mut window = Window { begin_seconds: BEGIN, length_seconds: end - BEGIN, ..Window::default() };
    for (table, interval) in intervals {
        window.tables.entry(table).or_default().push(interval);
    }
    window
}

pub fn file(interval_seconds: i64, begin_seconds: i64, end_seconds: i64) -> ExportFile {
    ExportFile {
        interval_seconds: Some(interval_seconds),
        begin_seconds: Some(begin_seconds),
        end_seconds: Some(end_seconds),
        ..ExportFile::default()
    }
}

/// Files that fit the tables of a window.
fn sources(window: &Window) -> Sources {
    let mut sources = Sources::default();
    for (table, intervals) in &window.tables {
        let (first, last) = (intervals.first().unwrap(), intervals.last().unwrap());
        let end = last.begin_seconds + last.length_seconds;
        let longest = intervals.iter().map(|interval| interval.length_seconds).max().unwrap();
        sources.add(*table, &file(longest, first.begin_seconds, end));
    }
    sources
}

/// The finding of an identity with these checks.
fn find_from(checks: &str, sources: &Sources, windows: &[Window]) -> Finding {
    findings_from(checks, sources, windows).remove(0)
}

/// The finding of an identity with one check, in one window. None if the identity is left out.
fn findings(check: &str, intervals: Vec<(u32, IntervalRows)>) -> Vec<Finding> {
    let window = window(intervals);
    findings_from(&format!("[[identity.check]]\n{check}"), &sources(&window), &[window])
}

fn findings_from(checks: &str, sources: &Sources, windows: &[Window]) -> Vec<Finding> {
    let text =
        format!("{SPACES}[[identity]]\nname = \"it\"\nfinding = \"f\"\nstates = \"s\"\nmeaning = \"m\"\n{checks}");
    let identities = Identities::read("test.toml", &text).unwrap();
    let mut audit = Auditor::new(identities.all(), sources, ASSUMPTIONS);
    windows.iter().for_each(|window| audit.look_at(window));
    audit.finish()
}

/// The finding of an identity with one check, in one window.
pub fn find(check: &str, intervals: Vec<(u32, IntervalRows)>) -> Finding {
    let window = window(intervals);
    find_from(&format!("[[identity.check]]\n{check}"), &sources(&window), &[window])
}

/// The two sides of the worst failure.
fn sides(finding: &Finding) -> (f64, f64) {
    let worst = finding.worst.as_ref().unwrap();
    (worst.left.value, worst.right.value)
}

#[test]
fn sums_of_tables_are_compared_by_interval() {
    let check = "per = \"interval\"\nleft = [\"7: Total Connections\"]\nequals = [\"8: Accept\", \"8: Reject\"]";
    let found = find(check, vec![hour(7, &["A,3", "B,4"]), hour(8, &["5,9,2,9"])]);
    assert_eq!((found.verdict, found.comparisons, found.intervals), (FindingResult::Holds, 1, 1));
    let found = find(check, vec![hour(7, &["A,3", "B,5"]), hour(8, &["5,9,2,9"])]);
    assert_eq!((found.verdict, sides(&found)), (FindingResult::Broken, (8.0, 7.0)));
    let worst = found.worst.unwrap();
    assert_eq!((worst.begin.as_str(), worst.difference, worst.key.len()), ("2008-11-18T10:00:00Z", Some(1.0), 0));
    assert_eq!(worst.left.made_of, "Total Connections of sender_groups_sender_group_connection_numbers");
    assert_eq!(worst.right.made_of, "Accept + Reject of sender_groups_sender_group_mail_flow_policy_overview");
    let less = find(&format!("below = \"notice\"\n{check}"), vec![hour(7, &["A,3"]), hour(8, &["5,9,2,9"])]);
    assert_eq!((less.verdict, less.breaks, less.notices), (FindingResult::Notice, 0, 1));
}

#[test]
fn rows_are_compared_by_themselves_and_the_worst_is_named() {
    let check = "per = \"row\"\nleft = [\"23: Total Infected Messages\"]\n\
                 equals = [\"23: Incoming Messages\", \"23: Outgoing Messages\"]";
    let found = find(check, vec![hour(23, &["a,1,1,2", "b,1,1,3", "c,1,1,0", "d,5,0,3"])]);
    assert_eq!((found.comparisons, found.breaks, sides(&found)), (4, 3, (0.0, 2.0)));
    // The first of two equal failures is kept.
    assert_eq!(found.worst.unwrap().key, ["c"]);
}

#[test]
fn keys_are_joined_whatever_their_order() {
    let check = "per = \"user\"\nleft = [\"11: Clean\"]\nequals = [\"9: Outgoing Clean\"]";
    let overview = || hour(9, &["x,0,0,0,0,0,0,0,0,4", "y,0,0,0,0,0,0,0,0,5", "z,0,0,0,0,1,0,0,0,0"]);
    let found = find(check, vec![overview(), hour(11, &["y,0,0,5,5", "x,0,0,4,4"])]);
    assert_eq!((found.verdict, found.comparisons), (FindingResult::Holds, 3));
    let found = find(check, vec![overview(), hour(11, &["y,0,0,5,5", "w,0,0,4,4"])]);
    assert_eq!((found.breaks, found.comparisons), (2, 4));
    let found = find(
        "per = \"user\"\nleft = [\"greatest 13: Number of Messages\"]\nat_most = [\"9: Outgoing Clean\"]",
        vec![overview(), hour(13, &["x,F,3", "x,G,4", "y,F,3", "y,G,6"])],
    );
    assert_eq!((found.breaks, sides(&found)), (1, (6.0, 5.0)));
    assert_eq!(found.worst.unwrap().key, ["y"]);
}

#[test]
fn messages_need_connections_and_few_carry_few() {
    let needs = "per = \"row\"\nleft = [\"29: Total Messages\"]\nneeds = [\"29: Total Connections\"]";
    let rows = ["a,0,0,0,0,0.0,0,7", "b,0,0,0,0,0.0,2,200", "c,0,0,0,0,0.0,2,201", "d,0,0,0,0,0.0,0,0"];
    let found = find(needs, vec![hour(29, &rows)]);
    assert_eq!((found.breaks, found.worst.unwrap().key), (1, vec!["a".to_owned()]));
    let carried = "per = \"row\"\nleft = [\"29: Total Messages\"]\n\
                   carried_by = [\"max_per_connection * 29: Total Connections\"]";
    let found = find(carried, vec![hour(29, &rows)]);
    assert_eq!((found.breaks, found.worst.unwrap().key), (1, vec!["c".to_owned()]));
}

#[test]
fn what_was_rounded_may_differ_by_what_rounding_takes() {
    let share = "per = \"row\"\nleft = [\"29: % Connections\"]\nequals = [\"29: Successful - Preferred\"]\n\
                 of = [\"29: Total Connections\"]\ntimes = 100";
    let rows =
        ["a,0,0,0,1,33.3,3,0", "b,0,0,0,2,66.7,3,0", "c,0,0,0,2,66.6,3,0", "d,0,0,0,0,0.0,0,0", "e,0,0,0,1,6.2,16,0"];
    let found = find(share, vec![hour(29, &rows)]);
    assert_eq!((found.breaks, found.worst.unwrap().key), (1, vec!["c".to_owned()]));
    let average = "per = \"interval\"\nleft = [\"35: Message Size\"]\nequals = [\"36: Message Size\"]\n\
                   of = [\"34: Messages\"]";
    let of =
        |written: &str| find(average, vec![hour(34, &["7"]), hour(35, &[written]), hour(36, &["1000000"])]).verdict;
    assert_eq!(of("142857.142857"), FindingResult::Holds);
    assert_eq!(of("142857.142858"), FindingResult::Broken);
    assert_eq!(of("142857.142856"), FindingResult::Broken);
}

#[test]
fn percentages_of_a_summary_are_checked_where_there_are_any() {
    let check = "per = \"interval\"\nleft = [\"share 3: Hard Bounces\"]\nequals = [\"3: Hard Bounces\"]\n\
                 of = [\"3: Hard Bounces\", \"3: Delivered\"]\ntimes = 100";
    let summary = |percentages: Option<Vec<Option<f64>>>| {
        let (table, interval) = hour(3, &["1,2,3"]);
        vec![(table, IntervalRows { percentages, ..interval })]
    };
    // Few summaries have percentages, so an identity about those that are not there is left out.
    for percentages in [None, Some(vec![None, Some(66.7), None])] {
        assert_eq!(findings(check, summary(percentages)), []);
    }
    assert_eq!(find(check, summary(Some(vec![Some(33.3), Some(66.7), None]))).verdict, FindingResult::Holds);
    assert_eq!(find(check, summary(Some(vec![Some(33.4), Some(66.7), None]))).verdict, FindingResult::Broken);
}

#[test]
fn a_check_with_witnesses_is_made_where_they_agree() {
    let check = "per = \"interval\"\nleft = [\"1: Clean messages\"]\nequals = [\"4: Clean\"]\n\
                 witnesses = [[\"6: Clean\"]]";
    let with = |domains: &str, owners: &str| {
        let zeros = "a,0,0,0,0,0,0,0,0,0,0,";
        let (domains, owners) = (format!("{zeros}{domains}"), format!("{zeros}{owners}"));
        find(check, vec![hour(1, &["0,0,0,0,0,9"]), hour(4, &[&domains]), hour(6, &[&owners])])
    };
    assert_eq!(with("8", "8").verdict, FindingResult::Broken);
    assert_eq!(with("8", "7").verdict, FindingResult::Unchecked);
    assert_eq!(with("9", "9").comparisons, 1);
    assert_eq!(with("8", "7").comparisons, 0);
}

#[test]
fn a_check_with_a_condition_is_made_where_two_sums_are_equal_and_not_0() {
    let check = "per = \"interval\"\nleft = [\"8: Accept\"]\nat_most = [\"2 * 4: Accepted\"]\n\
                 if_equal = [[\"4: Clean\"], [\"1: Clean messages\"]]";
    let with = |overview: u32, accepted: u32, clean: u32| {
        let domain = format!("a,0,0,0,0,0,0,0,0,{accepted},0,{clean}");
        find(check, vec![hour(1, &[&format!("0,0,0,0,0,{overview}")]), hour(4, &[&domain]), hour(8, &["20,0,0,0"])])
    };
    assert_eq!(with(9, 9, 9).verdict, FindingResult::Broken);
    assert_eq!(with(9, 10, 9).verdict, FindingResult::Holds);
    assert_eq!(with(9, 0, 8).verdict, FindingResult::Unchecked);
    assert_eq!(with(0, 0, 0).verdict, FindingResult::Unchecked);
}

#[test]
fn shorter_intervals_are_added_up() {
    let check = "per = \"interval\"\nleft = [\"33: Connections\"]\nequals = [\"8: Accept\"]";
    let halves = |second: &str| {
        let half = |at: i64, row: &str| interval(33, BEGIN + at * HOUR / 2, HOUR / 2, &[row]);
        vec![half(0, "3"), half(1, second), hour(8, &["7,0,0,0"])]
    };
    let found = find(check, halves("4"));
    assert_eq!((found.verdict, found.intervals), (FindingResult::Holds, 1));
    assert_eq!(sides(&find(check, halves("5"))), (8.0, 7.0));

    // One half hour does not cover the hour.
    let mut first_half = halves("4");
    first_half.remove(1);
    let found = find(check, first_half);
    assert_eq!((found.verdict, found.left_out), (FindingResult::Unchecked, 1));
    assert!(found.why[0].starts_with("no interval is covered by all of "), "{:?}", found.why);

    // Averages are not added up.
    let check = "per = \"interval\"\nleft = [\"31: Messages\"]\nat_most = [\"32: Messages\"]";
    let found = find(
        check,
        vec![interval(31, BEGIN, HOUR / 2, &["1"]), interval(31, BEGIN + HOUR / 2, HOUR / 2, &["1"]), hour(32, &["3"])],
    );
    assert_eq!(found.verdict, FindingResult::Unchecked);
    assert!(
        found.why[0].starts_with("averages over intervals of different lengths cannot be compared: "),
        "{:?}",
        found.why
    );
}

#[test]
fn no_rows_of_a_table_with_keys_are_zero_where_it_comes_and_goes() {
    let check = "[[identity.check]]\nper = \"interval\"\nleft = [\"22: Messages\"]\nequals = [\"2: Virus Detected\"]";
    let windows: Vec<Window> = (0..4)
        .map(|at| Window {
            begin_seconds: BEGIN + at * HOUR,
            length_seconds: HOUR,
            tables: [interval(2, BEGIN + at * HOUR, HOUR, &["1,0,0"])].map(|(table, it)| (table, vec![it])).into(),
        })
        .collect();
    let with = |viruses: ExportFile| {
        let mut sources = Sources::default();
        sources.add(2, &file(HOUR, BEGIN, BEGIN + 4 * HOUR));
        sources.add(22, &viruses);
        find_from(check, &sources, &windows)
    };
    // A file without rows says that nothing was counted.
    assert_eq!(with(ExportFile::default()).breaks, 4);
    // A file with rows of the second hour only covers that hour. A file with gaps covers the whole span.
    let second = file(HOUR, BEGIN + HOUR, BEGIN + 2 * HOUR);
    let found = with(second.clone());
    assert_eq!((found.breaks, found.left_out), (1, 3));
    assert_eq!(with(ExportFile { gaps: 1, ..second }).breaks, 4);
}

#[test]
fn a_span_is_compared_as_a_whole() {
    let check = "[[identity.check]]\nper = \"span\"\nleft = [\"seconds * 31: Messages\"]\n\
                 equals = [\"30: Time * 34: Messages\"]\nwithin = 0.1";
    let hours = |queued: [&str; 2]| -> Vec<Window> {
        let at = |place: usize| {
            let begin = BEGIN + place as i64 * HOUR;
            let of = |table, row| interval(table, begin, HOUR, &[row]);
            let tables = [of(30, "7.2"), of(31, queued[place]), of(34, "1000")];
            Window {
                begin_seconds: begin,
                length_seconds: HOUR,
                tables: tables.map(|(table, it)| (table, vec![it])).into(),
            }
        };
        vec![at(0), at(1)]
    };
    let mut sources = Sources::default();
    for table in [30, 31, 34] {
        sources.add(table, &file(HOUR, BEGIN, BEGIN + 2 * HOUR));
    }
    let found = find_from(check, &sources, &hours(["1", "3"]));
    assert_eq!((found.verdict, found.comparisons, found.intervals), (FindingResult::Holds, 1, 2));
    let found = find_from(check, &sources, &hours(["1", "3.5"]));
    assert_eq!((found.verdict, sides(&found)), (FindingResult::Broken, (16_200.0, 14_400.0)));
    assert_eq!(found.worst.unwrap().length_seconds, 2 * HOUR);
}

#[test]
fn what_is_not_there_is_named() {
    let check = "per = \"interval\"\nleft = [\"33: Connections\"]\nequals = [\"8: Accept\", \"24: Total Connections\"]";
    let found = find(check, vec![hour(33, &["1"])]);
    assert_eq!(found.verdict, FindingResult::Unchecked);
    assert_eq!(
        found.missing,
        [
            "sender_groups_sender_group_mail_flow_policy_overview.csv",
            "tls_connections_incoming_tls_connections_summary.csv"
        ]
    );
    let mut sources = Sources::default();
    sources.add(8, &ExportFile { missing_columns: vec!["Accept".into()], ..file(HOUR, BEGIN, BEGIN + HOUR) });
    let checks = "[[identity.check]]\nper = \"row\"\nleft = [\"8: Accept\"]\nat_most = [\"8: Relay\"]\n\
                  [[identity.check]]\nper = \"row\"\nleft = [\"8: Reject\"]\nat_most = [\"8: Relay\"]";
    let found = find_from(checks, &sources, &[window(vec![hour(8, &["9,0,0,0"])])]);
    // The other check is still made.
    assert_eq!((found.verdict, found.comparisons), (FindingResult::Holds, 1));
    assert_eq!(found.why, ["sender_groups_sender_group_mail_flow_policy_overview.csv has no column Accept"]);
}

#[test]
fn names_that_mean_nothing_are_refused() {
    let read = |check: &str| {
        let text = format!(
            "{SPACES}[[identity]]\nname = \"it\"\nfinding = \"f\"\nstates = \"s\"\nmeaning = \"m\"\n[[identity.check]]\n{check}"
        );
        Identities::read("test.toml", &text).map(|_| ())
    };
    for (check, expected) in [
        ("per = \"row\"\nleft = [\"8: Acept\"]\nequals = [\"8: Relay\"]", ("column", "8: Acept", 10)),
        ("per = \"row\"\nleft = [\"99: Accept\"]\nequals = [\"8: Relay\"]", ("table", "99: Accept", 10)),
        (
            "per = \"row\"\nleft = [\"20: Quarantined Messages\"]\nequals = [\"0\"]",
            ("table", "20: Quarantined Messages", 10),
        ),
        ("per = \"row\"\nleft = [\"7: Sender Group\"]\nequals = [\"0\"]", ("column", "7: Sender Group", 10)),
        ("per = \"row\"\nleft = [\"8: Accept\"]\nequals = [\"33: Connections\"]", ("per", "row", 8)),
        ("per = \"host\"\nleft = [\"8: Accept\"]\nequals = [\"8: Relay\"]", ("per", "host", 8)),
        ("per = \"user\"\nleft = [\"8: Accept\"]\nequals = [\"8: Relay\"]", ("per", "user", 8)),
        ("per = \"row\"\nleft = [\"8: Accept * 8: Relay\"]\nequals = [\"1\"]", ("per", "row", 8)),
        ("per = \"row\"\nleft = [\"8: Accept\"]", ("check", "none or several", 8)),
    ] {
        match read(check) {
            Err(CatalogueError::Unresolved { field, found, line, .. }) => {
                assert_eq!((field.as_str(), found.as_str(), line), expected);
            }
            other => panic!("{check}: {other:?}"),
        }
    }
    let unknown = read("per = \"row\"\nleft = [\"8: Accept\"]\nequals = [\"8: Relay\"]\nsides = 2");
    assert!(matches!(unknown, Err(CatalogueError::Malformed { .. })), "{unknown:?}");
}

#[test]
fn every_table_but_that_of_outbreaks_is_in_an_identity() {
    let identities = Identities::builtin().all();
    for table in Catalogue::builtin().tables().iter().filter(|table| table.timestamps) {
        assert!(
            identities.iter().any(|identity| identity.tables().any(|number| number == table.number)),
            "{}",
            table.file
        );
    }
}

/// `UPDATE=1 cargo nextest run -p tollgate-audit the_page_is_that_of_the_identities` writes the page again. The study of injected
/// lies at its end is written by a test of the program.
#[test]
fn the_page_is_that_of_the_identities() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("IDENTITIES.md");
    let reference = Identities::builtin().reference();
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let study = committed.find("\n## Injected lies\n").unwrap_or(committed.len());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, reference.clone() + &committed[study..]).unwrap();
    } else {
        let is_same = committed[..study] == reference;
        assert!(is_same, "{} does not match the identities; UPDATE=1 writes it again", path.display());
    }
    for identity in Identities::builtin().all() {
        assert!(reference.contains(&format!("\n## {}\n", identity.name)), "{}", identity.name);
    }
}
