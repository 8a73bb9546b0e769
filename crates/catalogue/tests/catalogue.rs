//! Compares the catalogue with the Reporting API document, and feeds it mistakes.

use std::error::Error;

use tollgate_catalogue::{Catalogue, TlsOutcome, TlsSetting};

/// The number of each table and the first row of its file.
///
/// They were compared by hand with the Reporting API document of AsyncOS 6.4 (revision of 24 November 2008), which is not in
/// the repository. All agree; every table but table 20 begins with the four common columns. They change only if the
/// document changes.
const HEADERS: &str = include_str!("headers.txt");

/// The number, page, title, page path, report, section, query and file of each table.
///
/// Pages and titles were compared by hand with the document. Two differ on purpose: the document puts table 20 on the page of
/// an outgoing content filter, and it gives table 42 the title of table 41.
const TABLES: &str = include_str!("tables.tsv");

#[test]
fn headings_are_those_of_the_document() {
    let mut ours = String::new();
    for table in Catalogue::builtin().tables() {
        let headings: Vec<_> = table.headings().collect();
        ours += &format!("{}\t{}\n", table.number, headings.join(","));
    }
    assert_eq!(ours, HEADERS);
}

#[test]
fn places_and_files_are_as_listed() {
    let mut ours = String::new();
    for table in Catalogue::builtin().tables() {
        let number = table.number.to_string();
        let place = [&number, &table.page, &table.title, &table.page_path, &table.report_def_id];
        let place = place.into_iter().chain([&table.section, &table.report_query_id, &table.file]);
        ours += &(place.map(String::as_str).collect::<Vec<_>>().join("\t") + "\n");
    }
    assert_eq!(ours, TABLES);
    // Every other test takes the number of tables from the catalogue.
    let numbers: Vec<u32> = Catalogue::builtin().tables().iter().map(|table| table.number).collect();
    assert_eq!(numbers, (1..=42).collect::<Vec<u32>>());
}

#[test]
fn every_column_has_a_definition() {
    for table in Catalogue::builtin().tables() {
        for column in &table.columns {
            let texts = [Some(&column.definition), column.reading.as_ref(), table.reading.as_ref()];
            for text in texts.into_iter().flatten() {
                assert!(text.ends_with('.') && text.len() > 10, "{}: {}: {text:?}", table.file, column.name);
            }
        }
    }
}

#[test]
fn a_name_selects_a_table_or_a_page() {
    let numbers = |name: &str| Catalogue::builtin().select(name).map(|table| table.number).collect::<Vec<_>>();
    assert_eq!(numbers("9"), [9]);
    assert_eq!(numbers("incoming_mail_incoming_domains.csv"), [4]);
    assert_eq!(numbers("incoming_mail_incoming_domains"), [4]);
    assert_eq!(numbers("incoming_mail"), [4, 5, 6]);
    assert_eq!(numbers("99"), [0; 0]);
    assert_eq!(numbers(""), [0; 0]);
}

#[test]
fn the_documented_rule_counts_every_connection_once() {
    let rule = Catalogue::builtin().rule("every-plain").expect("the documented rule");
    let categories = |setting, outcome| rule.categories(setting, outcome).collect::<Vec<_>>();
    for setting in TlsSetting::ALL {
        for outcome in TlsOutcome::ALL {
            assert_eq!(categories(setting, outcome).len(), 1, "{setting:?} {outcome:?}");
        }
    }
    for (setting, outcome, category) in [
        (TlsSetting::No, TlsOutcome::NotTried, "unencrypted"),
        (TlsSetting::Preferred, TlsOutcome::NotOffered, "unencrypted"),
        (TlsSetting::Preferred, TlsOutcome::Negotiated, "successful_preferred"),
        (TlsSetting::Preferred, TlsOutcome::FailedBefore220, "unencrypted"),
        (TlsSetting::Preferred, TlsOutcome::FailedAfter220, "failed_preferred"),
        (TlsSetting::Preferred, TlsOutcome::SecondConnection, "unencrypted"),
        (TlsSetting::Required, TlsOutcome::Negotiated, "successful_required"),
        (TlsSetting::Required, TlsOutcome::NotOffered, "failed_required"),
        (TlsSetting::Required, TlsOutcome::FailedBefore220, "failed_required"),
        (TlsSetting::Required, TlsOutcome::FailedAfter220, "failed_required"),
        (TlsSetting::Required, TlsOutcome::NotVerified, "failed_required"),
    ] {
        assert_eq!(categories(setting, outcome), [category], "{setting:?} {outcome:?}");
    }
}

const PAGE: &str = r#"
page_path = "page"
report_def_id = "report"

[[table]]
number = 1
title = "Title"
page = "Page"
section = "ss_0_0_0"
report_query_id = "query"
file = "file.csv"
account = "domains"

[[table.column]]
name = "Domain"
definition = "The domain."
key = "domain"

[[table.column]]
name = "Total"
definition = "All of it."
sum = ["multiplier * rejected", "clean"]
"#;

const RULES: &str = include_str!("../rules.toml");

fn refusal(page: &str, rules: &str) -> String {
    let error = Catalogue::read(&[("page.toml", page)], ("rules.toml", rules)).expect_err("a refusal");
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "no {from} to replace");
    text.replacen(from, to, 1)
}

#[test]
fn a_page_without_mistakes_is_read() {
    let catalogue = Catalogue::read(&[("page.toml", PAGE)], ("rules.toml", RULES)).expect("a catalogue");
    let headings: Vec<_> = catalogue.tables()[0].headings().collect();
    assert_eq!(headings, ["Begin Timestamp", "End Timestamp", "Begin Date", "End Date", "Domain", "Total"]);
}

#[test]
fn unknown_names_are_refused_with_file_and_line() {
    let cells = "accepted, rejected, refused, throttled, invalid, spam, virus, filtered, clean";
    for (from, to, expected) in [
        (r#""clean""#, r#""cleen""#, format!("page.toml:22: cell: found cleen, allowed is one of {cells}")),
        (
            "multiplier *",
            "multiplied *",
            "page.toml:22: factor: found multiplied * rejected, allowed is multiplier".into(),
        ),
        (
            r#"key = "domain""#,
            r#"key = "owner""#,
            "page.toml:14: key: found Owner, allowed is each of [Domain] once".into(),
        ),
        (
            r#"key = "domain""#,
            r#"attribute = "sbrs""#,
            "page.toml:14: attribute: found Sbrs, allowed is one of []".into(),
        ),
        (
            r#"key = "domain""#,
            "",
            "page.toml:14: column: found Domain, allowed is exactly one of key, attribute, sum, average and percent"
                .into(),
        ),
        (
            r#"account = "domains""#,
            "account = \"domains\"\ndirection = \"incoming\"",
            "page.toml:5: direction: found Some(Incoming), allowed is one for filters, none otherwise".into(),
        ),
        (
            r#"account = "domains""#,
            "account = \"domains\"\ntimestamps = false",
            "page.toml:5: timestamps: found false, allowed is false for outbreaks, true otherwise".into(),
        ),
    ] {
        assert_eq!(refusal(&replaced(PAGE, from, to), RULES), expected);
    }
}

#[test]
fn malformed_files_are_refused_with_line_and_column() {
    for (from, to, expected) in [
        ("account = \"domains\"", "account = \"hosts\"", "line 12, column 11"),
        ("definition = \"The domain.\"", "meaning = \"The domain.\"", "line 16, column 1"),
        ("key = \"domain\"", "key = \"hostname\"", "line 17, column 7"),
        ("number = 1", "number = \"1\"", "line 6, column 10"),
    ] {
        let refusal = refusal(&replaced(PAGE, from, to), RULES);
        assert!(refusal.starts_with("cannot read page.toml of the catalogue: "), "{refusal}");
        assert!(refusal.contains(expected), "{refusal}");
    }
    let misspelt = refusal(PAGE, &replaced(RULES, "[\"unencrypted\"]", "[\"in_clear\"]"));
    assert!(misspelt.contains(r#"found "in_clear", allowed is one of successful_required, "#), "{misspelt}");
    let forgotten = refusal(PAGE, &replaced(RULES, "not_verified =", "not_verifiable ="));
    assert!(forgotten.contains("not_verifiable"), "{forgotten}");
}

#[test]
fn tables_have_numbers_and_files_of_their_own_and_are_sorted() {
    let read = |second: &str| Catalogue::read(&[("first.toml", PAGE), ("second.toml", second)], ("rules.toml", RULES));
    let refusal = |second: &str| read(second).expect_err("a refusal").to_string();
    assert_eq!(refusal(PAGE), "second.toml:5: number: found 1, allowed is a number that no other table has");
    let renumbered = replaced(PAGE, "number = 1", "number = 2");
    assert_eq!(refusal(&renumbered), "second.toml:5: file: found file.csv, allowed is a name that no other table has");
    let earlier = replaced(&replaced(PAGE, "number = 1", "number = 0"), "file.csv", "other.csv");
    let numbers: Vec<u32> = read(&earlier).unwrap().tables().iter().map(|table| table.number).collect();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn a_rule_that_fits_no_form_is_refused_by_name() {
    for (from, to, name) in [
        // It loses failures, or loses connections to excluded destinations.
        (r#"category = "unencrypted", when = "busy""#, r#"category = "failed_preferred", when = "busy""#, "load-shed"),
        (
            r#"setting = "preferred", category = "unencrypted", when = "known""#,
            r#"setting = "no", category = "unencrypted", when = "known""#,
            "first-contact",
        ),
        // It does not count connections to excluded destinations.
        (r#"not_tried = { no = ["unencrypted"]"#, "not_tried = { no = []", "every-plain"),
        // It counts both the failed and the second connection.
        (
            r#"second_connection = { no = [], preferred = []"#,
            r#"second_connection = { no = [], preferred = ["unencrypted"]"#,
            "attempt-only-double",
        ),
    ] {
        let refused = refusal(PAGE, &replaced(RULES, from, to));
        assert!(refused.contains(&format!("rule: found {name}, which fits no form, allowed is")), "{refused}");
        assert!(refused.starts_with("rules.toml:"), "{refused}");
    }
}
