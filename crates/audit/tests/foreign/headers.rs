//! The recognition of tables by name and header.

use std::fs;
use std::path::Path;

use tollgate_audit::Exports;
use tollgate_catalogue::Catalogue;

use crate::foreign::files::{directory, error, read, windows};
use crate::foreign::{DETAILS, DETAILS_TEXT, MESSAGES, MESSAGES_TEXT};

/// A file with the header of a table and one row of zeros.
fn zeros(table: u32) -> String {
    let table = &Catalogue::builtin().tables()[table as usize - 1];
    let headings: Vec<_> = table.headings().collect();
    let cells = headings.iter().map(|heading| match *heading {
        "Begin Timestamp" => "1226966400.0",
        "End Timestamp" => "1226969999.0",
        _ => "0",
    });
    format!("{}\r\n{}\r\n", headings.join(","), cells.collect::<Vec<_>>().join(","))
}

#[test]
fn every_header_is_that_of_its_table_and_of_those_that_share_it() {
    let shared: [&[u32]; 12] = [
        &[12, 13],
        &[14, 15],
        &[16, 17],
        &[18, 19],
        &[21, 22],
        &[24, 27],
        &[25, 28],
        &[26, 29],
        &[31, 32, 34, 38],
        &[33, 37],
        &[35, 36, 39, 40],
        &[],
    ];
    for table in Catalogue::builtin().tables().iter().map(|table| table.number) {
        let directory = directory(&[("renamed.csv", &zeros(table))]);
        let exports = Exports::open(directory.path(), &[]).unwrap();
        let file = &exports.files()[0];
        match shared.iter().find(|tables| tables.contains(&table)) {
            Some(tables) => assert_eq!((file.table, &file.candidates[..]), (None, *tables), "table {table}"),
            None => assert_eq!((file.table, &file.candidates[..]), (Some(table), &[][..]), "table {table}"),
        }
    }
}

#[test]
fn a_renamed_file_is_known_by_its_header() {
    let text = zeros(4).replacen("Domain", "Spam Category,Sender Domain", 1).replacen("GMT,0", "GMT,x,0", 1);
    let text = text.replacen(",0,0,", ",0,x,0,", 1);
    let (windows, remarks) = read(&[("week 47 (1).CSV", &text)]);
    assert!(windows[0].tables.keys().eq([&4]));
    assert_eq!(
        remarks,
        [
            "week 47 (1).CSV: recognised as table 4 by its header".to_owned(),
            "week 47 (1).CSV: ignored columns: Spam Category".to_owned(),
        ]
    );
}

#[test]
fn a_header_that_tables_share_leaves_the_file_open_until_somebody_says_what_it_is() {
    let directory = directory(&[("a.csv", MESSAGES_TEXT), ("b.csv", DETAILS_TEXT)]);
    let mut exports = Exports::open(directory.path(), &[]).unwrap();
    assert_eq!(exports.files()[0].candidates, [25, 28]);
    assert_eq!(windows(&exports), []);
    assert_eq!(
        exports.remarks(),
        [
            "a.csv: may be table 25 or 28; --as a.csv=25 reads a.csv as table 25",
            "b.csv: may be table 26 or 29; --as b.csv=26 reads b.csv as table 26",
        ]
    );
    exports.settle(0, 25);
    exports.settle(0, 28);
    assert_eq!(exports.file_of(28).map(|file| file.name.as_str()), Some("a.csv"));
    assert!(exports.file_of(25).is_none());
    assert_eq!(exports.remarks()[0], "a.csv: recognised as table 28 by its figures");

    let named = [("a.csv".to_owned(), 28), ("b.csv".to_owned(), 29)];
    let exports = Exports::open(directory.path(), &named).unwrap();
    assert_eq!(windows(&exports), crate::foreign::expected());
    assert_eq!(exports.remarks(), [] as [String; 0]);
}

#[test]
fn what_the_numbers_rule_out_is_no_candidate() {
    let averages = zeros(31).replacen(",0\r\n", ",1.76647052941\r\n", 1);
    let directory =
        directory(&[("a.csv", &averages), ("b.csv", &zeros(32)), ("c.csv", &zeros(35).replace(",0\r", ",0.5\r"))]);
    let exports = Exports::open(directory.path(), &[]).unwrap();
    let found: Vec<_> = exports.files().iter().map(|file| (file.table, file.candidates.clone())).collect();
    assert_eq!(found, [(Some(31), vec![]), (None, vec![32, 34, 38]), (None, vec![35, 39])]);
}

#[test]
fn no_two_files_are_one_table() {
    let own = "overview_incoming_mail_summary.csv";
    let (windows, remarks) = read(&[(own, &zeros(1)), ("copy.csv", &zeros(1))]);
    assert_eq!(windows.len(), 1);
    assert_eq!(remarks, [format!("copy.csv: ignored, because it is a copy of {own}")]);
    let (windows, remarks) = read(&[("a.csv", &zeros(1)), ("b.csv", &zeros(1))]);
    assert_eq!(windows.len(), 1);
    assert_eq!(
        remarks,
        ["a.csv: recognised as table 1 by its header", "b.csv: ignored, because it is a copy of a.csv"]
    );
    // One file is known by its name. The other may be the other table with this header, or the same table again.
    let directory = directory(&[(MESSAGES, MESSAGES_TEXT), ("b.csv", MESSAGES_TEXT)]);
    let exports = Exports::open(directory.path(), &[]).unwrap();
    assert_eq!((exports.files()[0].table, &exports.files()[0].candidates[..]), (None, &[25][..]));
    // The caller's table takes precedence over the name.
    let exports = Exports::open(directory.path(), &[("b.csv".into(), 28)]).unwrap();
    assert_eq!(exports.file_of(28).map(|file| file.name.as_str()), Some("b.csv"));
    assert_eq!(exports.remarks(), [format!("{MESSAGES}: ignored, because it is a copy of b.csv")]);
}

#[test]
fn two_files_of_one_table_with_other_figures_are_an_error() {
    let own = "overview_incoming_mail_summary.csv";
    let other = zeros(1).replacen(",0", ",1", 1);
    for (first, second) in
        [(own, "z.csv"), ("a-summary.csv", "b-summary.csv"), (own, "overview_incoming_mail_summary (1).csv")]
    {
        let files = [(first, &zeros(1)[..]), (second, &other)];
        let found = error(&files);
        assert!(
            found.contains(&format!("{first} and {second} are both table 1, but have different content. Separate")),
            "{found}"
        );
        // The caller may choose one of them.
        let exports = Exports::open(directory(&files).path(), &[(second.to_owned(), 1)]).unwrap();
        assert_eq!(exports.file_of(1).map(|file| file.name.as_str()), Some(second));
    }
}

#[test]
fn what_is_no_export_is_left_alone() {
    let (windows, remarks) = read(&[
        (MESSAGES, MESSAGES_TEXT),
        ("notes.csv", "Time,Who,What\nnoon,me,\"looked at \"\"it\"\"\"\n"),
        ("empty.csv", ""),
        ("notes.txt", "not a CSV file at all"),
    ]);
    assert!(windows.iter().all(|window| window.tables.keys().eq([&28])));
    assert_eq!(remarks, ["empty.csv, notes.csv: ignored, because no table has such a name or header"]);
}

#[test]
fn a_name_that_the_header_contradicts_is_an_error() {
    let found = error(&[(MESSAGES, DETAILS_TEXT)]);
    let expected = format!("{MESSAGES}:1: header: found the header of table 26 or 29, allowed is that of table 28: ");
    assert!(found.starts_with(&expected), "{found}");
}

#[test]
fn what_somebody_says_must_make_sense() {
    let directory = directory(&[("a.csv", MESSAGES_TEXT), ("b.csv", DETAILS_TEXT)]);
    let error = |named: &[(&str, u32)]| {
        let named: Vec<_> = named.iter().map(|(file, table)| ((*file).to_owned(), *table)).collect();
        Exports::open(directory.path(), &named).unwrap_err().to_string()
    };
    assert_eq!(error(&[("c.csv", 28)]), "--as c.csv=28: There is no such file. The files are a.csv, b.csv.");
    let last = Catalogue::builtin().tables().len();
    let unknown = format!("--as a.csv={}: There is no such table. The tables are 1 to {last}.", last + 1);
    assert_eq!(error(&[("a.csv", last as u32 + 1)]), unknown);
    let twice = "Another --as names the same file or table. Name each of them once.";
    assert_eq!(error(&[("a.csv", 28), ("a.csv", 25)]), format!("--as a.csv=25: {twice}"));
    assert_eq!(error(&[("a.csv", 28), ("b.csv", 28)]), format!("--as b.csv=28: {twice}"));
    assert!(
        error(&[("a.csv", 4)])
            .contains("a.csv:1: header: found the header of table 25 or 28, allowed is that of table 4: ")
    );
}

#[test]
fn the_directory_of_a_run_stands_for_its_only_appliance() {
    let run = directory(&[(
        "manifest.json",
        r#"{"tool": "tollgate", "appliances": [{"name": "a", "reputation_multiplier": 5}, {"name": "b", "reputation_multiplier": 3}]}"#,
    )]);
    let place = |below: &str| {
        fs::create_dir_all(run.path().join(below)).unwrap();
        fs::write(run.path().join(below).join(MESSAGES), MESSAGES_TEXT).unwrap();
    };
    let open = |path: &Path| Exports::open(path, &[]).map_err(|error| error.to_string());
    let shown = run.path().display();
    let without = "no CSV file was found in the directory or below it. Name a directory with the exports of an appliance, a ZIP archive \
                   of it, or a CSV file.";
    assert_eq!(open(run.path()).unwrap_err(), format!("{shown}: {without}"));
    place("a");
    place("a-truth");
    let exports = open(run.path()).unwrap();
    assert_eq!((exports.directory(), exports.multiplier()), (run.path().join("a").as_path(), Some(5)));
    assert_eq!(open(&run.path().join("a-truth")).unwrap().multiplier(), Some(5));
    place("b");
    let both = format!("2 directories have exports: {0}/a, {0}/b. Name one of them.", shown);
    assert_eq!(open(run.path()).unwrap_err(), format!("{shown}: {both}"));
    assert_eq!(open(&run.path().join("b")).unwrap().multiplier(), Some(3));
    fs::write(run.path().join("manifest.json"), r#"{"tool": "other", "appliances": []}"#).unwrap();
    assert_eq!(open(&run.path().join("b")).unwrap().multiplier(), None);
    assert!(open(&run.path().join("c")).unwrap_err().starts_with("cannot read "));
    // Exports may lie deeper, if they are those of one appliance.
    place("c/d/a");
    fs::remove_dir_all(run.path().join("a")).unwrap();
    assert_eq!(open(&run.path().join("c")).unwrap().directory(), run.path().join("c/d/a"));
    // A file is no directory either.
    assert!(open(&run.path().join("b").join(DETAILS)).unwrap_err().starts_with("cannot read "));
}
