//! A file that cannot be read gives an error with its name, the line and the reason.

use std::fs;

use tollgate_audit::Exports;

use crate::foreign::files::{directory, error, read, windows};
use crate::foreign::{DETAILS, DETAILS_TEXT, MESSAGES, MESSAGES_TEXT};

/// The rows of table 28 with one thing replaced by another.
fn broken(from: &str, to: &str) -> String {
    assert!(MESSAGES_TEXT.contains(from));
    error(&[(MESSAGES, &MESSAGES_TEXT.replacen(from, to, 1))])
}

#[test]
fn a_malformed_cell_is_named_by_file_line_and_column() {
    let name = MESSAGES;
    let whole = "allowed is a whole number from 0 to 9007199254740992";
    let seconds = "allowed is whole seconds since the Unix epoch, such as 1226966400.0";
    let fields = "allowed is 7, one for each heading";
    for (from, to, expected) in [
        ("15,38,47", "15,-38,47", format!("{name}:2: Unencrypted: found \"-38\", {whole}")),
        ("15,38,47", "15,3.8,47", format!("{name}:2: Unencrypted: found \"3.8\", {whole}")),
        ("15,38,47", "15,,47", format!("{name}:2: Unencrypted: found \"\", {whole}")),
        ("2,0,2", "2,0,12k", format!("{name}:3: Total Connections: found \"12k\", {whole}")),
        ("2,0,2", "2,0,None", format!("{name}:3: Total Connections: found \"None\", {whole}")),
        ("2,0,2", "2,0,\"1,20\"", format!("{name}:3: Total Connections: found \"1,20\", {whole}")),
        ("15,38,47", "15,38", format!("{name}:2: row: found 6 fields, {fields}")),
        ("15,38,47", "15,38,47,1", format!("{name}:2: row: found 8 fields, {fields}")),
        ("2,0,2\n", "2,0,2\n \n", format!("{name}:4: row: found 1 field, {fields}")),
        ("1226970000.0", "2008-11-18", format!("{name}:3: Begin Timestamp: found \"2008-11-18\", {seconds}")),
        ("1226970000.0", "1226970000.5", format!("{name}:3: Begin Timestamp: found \"1226970000.5\", {seconds}")),
        ("1226973599.0", "", format!("{name}:3: End Timestamp: found \"\", {seconds}")),
        (
            "1226973599.0",
            "1226969999.0",
            format!(
                "{name}:3: End Timestamp: found \"1226969999.0\", allowed is a moment after the beginning of the interval"
            ),
        ),
        (
            "15,38,47",
            "15,38,9007199254740993",
            format!(
                "{name}:2: Total Connections: found \"9007199254740993\", allowed is a whole number from 0 \
                 to 9007199254740992"
            ),
        ),
        (
            "15,38,47",
            "15%,38%,--",
            format!(
                "{name}:2: row: found a row of percentages without a row of counts, allowed is one of each for an interval"
            ),
        ),
        (
            "15,38,47",
            "15%,x,--",
            format!("{name}:2: Unencrypted: found \"x\", allowed is a percentage, or -- for none"),
        ),
    ] {
        assert_eq!(broken(from, to), expected, "{from:?} replaced by {to:?}");
    }
    let long = "9".repeat(1000);
    let shown = format!("{name}:2: TLS Encrypted: found \"{}...\", {whole}", "9".repeat(60));
    assert_eq!(broken("15,38,47", &format!("{long},38,47")), shown);
}

#[test]
fn a_malformed_file_is_left_out_and_the_others_are_read() {
    let directory =
        directory(&[(MESSAGES, &MESSAGES_TEXT.replacen("15,38,47", "15,x,47", 1)), (DETAILS, DETAILS_TEXT)]);
    let exports = Exports::open(directory.path(), &[]).unwrap();
    let [problem] = exports.malformed() else { panic!("{:?}", exports.malformed()) };
    assert!(problem.contains(":2: Unencrypted: found \"x\""), "{problem}");
    assert_eq!(exports.files().iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), [DETAILS]);
    assert!(windows(&exports).iter().all(|window| window.tables.keys().eq([&29])));
}

#[test]
fn a_line_is_counted_as_an_editor_counts_it() {
    let rows = "1226966400.0,1226969999.0,a,b,\"two\nlines\",0,0,0,9,56.2,16,21\n\n\n";
    let header = DETAILS_TEXT.lines().next().unwrap();
    let last = "1226970000.0,1226973599.0,a,b,c,0,0,0,x,56.2,16,21\n";
    let text = format!("\u{feff}{header}\n{rows}{last}");
    let expected = format!(
        "{DETAILS}:6: Successful - Preferred: found \"x\", allowed is a whole number from 0 to 9007199254740992"
    );
    assert_eq!(error(&[(DETAILS, &text)]), expected);
    assert_eq!(error(&[(DETAILS, &text.replace('\n', "\r\n"))]), expected);
    // Far down a file.
    let many = "1226966400.0,1226969999.0,a,b,c,0,0,0,9,56.2,16,21\r\n".repeat(100_000);
    let expected = expected.replace(":6:", ":100002:");
    assert_eq!(error(&[(DETAILS, &format!("{header}\r\n{many}{last}"))]), expected);
}

#[test]
fn a_percentage_column_takes_no_dash_and_a_summary_one_row_of_percentages() {
    let text = DETAILS_TEXT.replacen("56.2", "--", 1);
    let expected = format!("{DETAILS}:2: % Connections: found \"--\", allowed is a number, 0 or more");
    assert_eq!(error(&[(DETAILS, &text)]), expected);
    let header = "TLS Encrypted,Unencrypted,Total Connections\n";
    let expected = format!("{MESSAGES}:4: row: found a second row of percentages, allowed is one for each interval");
    assert_eq!(error(&[(MESSAGES, &format!("{header}1%,99%,--\n15,38,53\n1%,99%,--\n"))]), expected);
    let expected = format!(
        "{MESSAGES}:3: row: found a second row of counts without timestamps, allowed is one for each interval, or \
         timestamps that tell the intervals apart"
    );
    assert_eq!(error(&[(MESSAGES, &format!("{header}15,38,53\n15,38,53\n"))]), expected);
}

#[test]
fn a_file_that_is_cut_off_or_empty_is_noticed() {
    for end in ["2,0,2\n", "0,2\n", "2\n"] {
        let cut = MESSAGES_TEXT.strip_suffix(end).unwrap();
        if end == "2,0,2\n" {
            // The last field is empty.
            assert!(error(&[(MESSAGES, cut)]).contains(":3: row: found 5 fields"), "{end:?}");
        }
        assert!(error(&[(MESSAGES, cut)]).starts_with(&format!("{MESSAGES}:3: ")), "{end:?}");
    }
    let (_, remarks) = read(&[(MESSAGES, MESSAGES_TEXT.trim_end())]);
    assert_eq!(remarks, [format!("{MESSAGES}: the last line has no line end; the file may be cut off")]);

    let allowed = "allowed is that of table 28: Begin Timestamp,End Timestamp,Begin Date,End Date,TLS \
                   Encrypted,Unencrypted,Total Connections";
    assert_eq!(error(&[(MESSAGES, "")]), format!("{MESSAGES}:1: header: found nothing, {allowed}"));
    let page = "<html>\n<title>Log in</title>\n";
    assert_eq!(error(&[(MESSAGES, page)]), format!("{MESSAGES}:1: header: found \"<html>\", {allowed}"));
    let (windows, remarks) = read(&[(MESSAGES, MESSAGES_TEXT.lines().next().unwrap()), (DETAILS, DETAILS_TEXT)]);
    assert!(windows.iter().all(|window| window.tables.keys().eq([&29])), "{windows:?}");
    assert_eq!(remarks, [format!("{MESSAGES}: has no rows, so nothing can be checked with it")]);
}

#[test]
fn a_quote_that_is_never_closed_does_not_take_in_the_file() {
    let header = "Total Connections,Begin Timestamp,End Timestamp,TLS Encrypted,Unencrypted,Domain\n";
    let row = "53,1226966400,1226969999,15,38,\"a\n";
    let text = format!("{header}{row}{}", row.replace('"', ""));
    // The last column is a text, so that the quote is the only mistake in the row.
    let short = format!("{header}{row}");
    let expected = format!("{MESSAGES}:2: row: found a quote that is never closed, allowed is a closing quote");
    assert_eq!(error(&[(MESSAGES, &short)]), expected);
    assert_eq!(error(&[(MESSAGES, &text)]), expected);
    let long = format!("{short}{}", row.replace('"', "").repeat(100_000));
    let expected = format!(
        "{MESSAGES}:2: row: found no end of the row within 1,048,576 bytes, allowed is a shorter row; a closing quote may be missing"
    );
    assert_eq!(error(&[(MESSAGES, &long)]), expected);
}

#[test]
fn a_file_that_changes_under_way_is_noticed() {
    let directory = directory(&[(MESSAGES, MESSAGES_TEXT)]);
    let exports = Exports::open(directory.path(), &[]).unwrap();
    for (text, expected) in [
        (MESSAGES_TEXT.replacen("1226966400.0", "1226966100.0", 1), "a row that has changed since it was checked"),
        (MESSAGES_TEXT.replacen("15,38,47", "15,38,xx", 1), "Total Connections: found \"xx\""),
        (MESSAGES_TEXT[..100].to_owned(), "a row that has changed since it was checked"),
    ] {
        fs::write(directory.path().join(MESSAGES), text).unwrap();
        let mut windows = exports.windows().unwrap();
        let error = windows.next().unwrap().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(windows.next().is_none());
    }
}

#[test]
fn times_of_outbreaks_are_whole_seconds() {
    const OUTBREAKS: &str = "virus_outbreaks_virus_outbreak_filter_details.csv";
    const HEADER: &str =
        "Outbreak Name,Outbreak ID,First Seen Globally (UNIX Epoch Timestamp),Protection Time,Quarantined Messages\n";
    for cell in ["", "soon", "NaN", "1e30", "-1"] {
        let of_first_seen = error(&[(OUTBREAKS, &format!("{HEADER}Worm,3111,{cell},14400,0\n"))]);
        assert!(of_first_seen.contains(":2: First Seen Globally (UNIX Epoch Timestamp): found "), "{of_first_seen}");
        let of_protection = error(&[(OUTBREAKS, &format!("{HEADER}Worm,3111,1227006300,{cell},0\n"))]);
        assert!(of_protection.contains(":2: Protection Time: found "), "{of_protection}");
    }
}
