//! `tollgate audit` finds nothing in the program's own exports, and it finds every change to them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;
use tollgate_catalogue::{Catalogue, ColumnKind, Table};

use crate::support::{names, options_of_a_quiet_hour, run, run_well, tollgate, transcript};

/// Runs a scenario with `out` as the output directory, and returns the directory of the run.
pub fn export(out: &Path, scenario: &str, options: &[&str]) -> PathBuf {
    let file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join(scenario)
}

/// The exit code and the findings of an audit.
pub fn audit(directory: &Path, options: &[&str]) -> (i32, Value) {
    let arguments = [&["audit", directory.to_str().unwrap(), "--json"], options].concat();
    let output = run(&arguments);
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), document.unwrap_or_else(|_| panic!("{}", transcript(&arguments, &output))))
}

/// The finding for an identity.
pub fn finding<'a>(document: &'a Value, name: &str) -> &'a Value {
    document["findings"].as_array().unwrap().iter().find(|finding| finding["name"] == name).unwrap()
}

/// The names of broken identities.
pub fn broken(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["verdict"] == "broken").map(|finding| finding["name"].as_str().unwrap()).collect()
}

/// Asserts that an audit recognises all files and finds nothing, not even a notice.
fn assert_clean(directory: &Path) {
    assert_eq!(assert_not_broken(directory)["totals"]["notices"], 0, "{}", directory.display());
}

/// Asserts that an audit recognises all files and finds nothing broken. Returns the audit.
fn assert_not_broken(directory: &Path) -> Value {
    let (code, document) = audit(directory, &[]);
    assert_eq!(
        (code, broken(&document).len(), &document["recognised"]),
        (0, 0, &Catalogue::builtin().tables().len().into()),
        "{document:#}"
    );
    // Some tables have no figures to compare, such as that of outbreaks.
    let findings = document["findings"].as_array().unwrap().iter();
    let unchecked = findings.filter(|finding| finding["verdict"] == "unchecked");
    let has_figures = |finding: &&Value| finding["why"] != serde_json::json!(["there is nothing to compare"]);
    let unchecked: Vec<_> = unchecked.filter(has_figures).map(|finding| finding["name"].clone()).collect();
    // Few addresses show no range of scores and no blocked sender group.
    let is_unexpected = |name: &&Value| **name != "sender-scores" && **name != "blocked-groups";
    assert_eq!(unchecked.iter().find(is_unexpected), None, "{document:#}");
    document
}

#[test]
fn exports_of_an_hour_have_no_broken_identity() {
    let out = tempfile::tempdir().unwrap();
    assert_clean(&export(out.path(), "quiet-hour", &[]));
    assert_clean(&export(out.path(), "quiet-hour", &["--interval", "5m", "--seed", "2"]));
    assert_clean(&export(out.path(), "fixture", &[]));
    assert_clean(&export(out.path(), "odd-keys", &[]));
}

#[test]
fn broken_figures_exit_with_1_even_if_the_reader_goes_away() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "thread-a-exact", &["--only", "27,28"]);
    let mut child =
        tollgate().arg("audit").arg(directory).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn exports_of_longer_scenarios_have_no_broken_identity() {
    let out = tempfile::tempdir().unwrap();
    for scenario in ["c650-week", "mccolo", "modern", "outbreak", "peak-day", "tls-switch"] {
        assert_clean(&export(out.path(), scenario, &["--volume", "0.02"]));
    }
    let pair = export(out.path(), "c650-pair", &["--volume", "0.02"]);
    let appliances = names(&pair).into_iter().map(|name| pair.join(name)).filter(|path| path.is_dir());
    let audited = appliances.map(|appliance| assert_clean(&appliance)).count();
    assert_eq!(audited, 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn true_exports_of_random_options_have_no_broken_identity(options in options_of_a_quiet_hour()) {
        let out = tempfile::tempdir().unwrap();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        // Under rules other than the documented one, only the true figures have no findings.
        assert_not_broken(&export(out.path(), "quiet-hour", &options).join("quiet-truth"));
    }
}

/// Tables with facts that no other table shows.
const ALONE: [u32; 6] = [20, 30, 31, 32, 41, 42];

#[test]
fn one_more_in_any_counted_column_is_found_and_named() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--interval", "5m"]).join("quiet");
    let mut missed = Vec::new();
    for table in Catalogue::builtin().tables().iter().filter(|table| !ALONE.contains(&table.number)) {
        let counted = table.columns.iter().enumerate().filter(|(_, column)| column.kind() == ColumnKind::Count);
        for (place, column) in counted {
            for seed in 0..2 {
                let path = directory.join(&table.file);
                let original = fs::read_to_string(&path).unwrap();
                fs::write(&path, with_one_more(&original, table, place, seed)).unwrap();
                let (code, document) = audit(&directory, &[]);
                let findings = document["findings"].as_array().unwrap().iter();
                let mut found = findings.filter(|finding| finding["verdict"] == "broken");
                let is_named =
                    found.any(|finding| finding["tables"].as_array().unwrap().contains(&table.file.as_str().into()));
                if code != 1 || !is_named {
                    missed.push(format!("{}: {}", table.file, column.name));
                }
                fs::write(&path, original).unwrap();
            }
        }
    }
    assert!(missed.is_empty(), "not found by the audit:\n  {}", missed.join("\n  "));
}

/// Adds 1 to a count in one row of a file. Only keys and attributes may contain commas, and they come before all counts.
pub fn with_one_more(text: &str, table: &Table, column: usize, seed: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let row = 1 + (seed * 7919 + column * 104_729 + table.number as usize) % (lines.len() - 1);
    let behind = table.columns.len() - 1 - column;
    let mut cells: Vec<String> = lines[row].rsplitn(behind + 2, ',').map(String::from).collect();
    let count: u64 = cells[behind].parse().unwrap();
    cells[behind] = (count + 1).to_string();
    cells.reverse();
    lines[row] = cells.join(",");
    lines.join("\r\n") + "\r\n"
}

#[test]
fn connections_that_a_rule_omits_break_identities_and_the_truth_breaks_none() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--set", "appliances.quiet.counting.rule=attempt-only", "--truth"];
    let run = export(out.path(), "quiet-hour", &options);
    let (code, document) = audit(&run.join("quiet"), &[]);
    assert_eq!((code, broken(&document)), (1, vec!["outgoing-connections", "domain-connections"]));
    assert_clean(&run.join("quiet-truth"));
}

#[test]
fn the_thread_s_figures_cannot_be_true_and_the_mail_behind_them_can() {
    let out = tempfile::tempdir().unwrap();
    let (missing, in_clear, domains) = ("outgoing-connections", "clear-connections", "domain-connections");
    for (scenario, expected) in [
        ("thread-a-exact", &[missing, in_clear, domains][..]),
        ("thread-b-exact", &[]),
        ("thread-d-exact", &[missing, domains, "carried"]),
        ("more-connections-than-messages", &[]),
    ] {
        let run = export(out.path(), scenario, &["--truth"]);
        let (code, document) = audit(&run.join("c650"), &[]);
        assert_eq!((code, broken(&document)), (i32::from(!expected.is_empty()), expected.to_vec()), "{scenario}");
        let (code, document) = audit(&run.join("c650-truth"), &[]);
        assert_eq!((code, broken(&document)), (0, vec![]), "{scenario} in truth");
    }
    // More connections than messages are usual.
    let (_, document) = audit(&out.path().join("more-connections-than-messages/c650"), &["--all"]);
    assert_eq!(finding(&document, "connections-and-messages")["verdict"], "holds");
}

#[test]
fn the_shape_of_a_broken_audit() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--set", "appliances.quiet.counting.rule=attempt-only", "--only", "2,3,9,27,28,29,37,38"];
    let directory = export(out.path(), "quiet-hour", &options);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&out.path().display().to_string(), "OUT");
    let directory = directory.to_str().unwrap();
    for (name, options) in [("text", &[][..]), ("text_of_all", &["--all"])] {
        let arguments = [&["audit", directory], options].concat();
        let transcript = transcript(&arguments, &run(&arguments));
        settings.bind(|| assert_snapshot!(format!("a_broken_directory_as_{name}"), transcript));
    }
    // One file, and one finding of each verdict, show the form of the document.
    let (_, mut document) = audit(Path::new(directory), &[]);
    document["files"].as_array_mut().unwrap().truncate(1);
    let mut verdicts = Vec::new();
    document["findings"].as_array_mut().unwrap().retain(|finding| {
        let is_first = !verdicts.contains(&finding["verdict"]);
        verdicts.push(finding["verdict"].clone());
        is_first
    });
    settings.bind(|| assert_snapshot!("a_broken_directory_as_json", serde_json::to_string_pretty(&document).unwrap()));
}

/// Copies exports to files with meaningless names, and gives the names in order of the tables.
fn copy_without_names(from: &Path, to: &Path) -> Vec<String> {
    fs::create_dir(to).unwrap();
    let tables = Catalogue::builtin().tables().iter();
    // The order of the names differs from the order of the tables.
    let names = tables.map(|table| (&table.file, format!("download{:02}.csv", table.number * 11 % 43)));
    names
        .map(|(file, name)| {
            fs::copy(from.join(file), to.join(&name)).unwrap();
            name
        })
        .collect()
}

#[test]
fn files_without_names_are_settled_by_each_other() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--interval", "5m"]);
    let nameless = out.path().join("nameless");
    let names = copy_without_names(&run.join("quiet"), &nameless);
    let (code, document) = audit(&nameless, &["--multiplier", "4"]);
    assert_eq!((code, &document["recognised"]), (0, &Catalogue::builtin().tables().len().into()), "{document:#}");
    for file in document["files"].as_array().unwrap() {
        let place = names.iter().position(|name| file["name"] == name.as_str()).unwrap();
        assert_eq!(file["table"], place + 1, "{file}");
    }
}

#[test]
fn an_ambiguous_file_stays_unchecked_until_an_option_names_its_table() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--only", "9,24,27"]);
    let nameless = out.path().join("nameless");
    fs::create_dir(&nameless).unwrap();
    let users = "internal_users_internal_user_mail_flow_overview.csv";
    fs::copy(run.join("quiet").join(users), nameless.join(users)).unwrap();
    for (table, name) in [("incoming", "a.csv"), ("outgoing", "b.csv")] {
        let file = format!("quiet/tls_connections_{table}_tls_connections_summary.csv");
        fs::copy(run.join(file), nameless.join(name)).unwrap();
    }
    let (code, document) = audit(&nameless, &[]);
    let open = finding(&document, "tls-categories");
    assert_eq!((code, &open["verdict"]), (0, &"unchecked".into()));
    let why = open["why"].to_string();
    assert!(why.contains("a.csv may be tls_connections_incoming_tls_connections_summary (24) or"), "{why}");
    assert!(why.contains("--as a.csv=TABLE settles it"), "{why}");

    let said = ["--as", "a.csv=24", "--as", "b.csv=tls_connections_outgoing_tls_connections_summary"];
    let (code, document) = audit(&nameless, &said);
    assert_eq!((code, &finding(&document, "tls-categories")["verdict"]), (0, &"holds".into()));
}

#[test]
fn the_only_table_left_is_taken_if_it_fits() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--only", "24,27,37"]).join("quiet");
    let [incoming, outgoing] = ["incoming", "outgoing"]
        .map(|way| directory.join(format!("tls_connections_{way}_tls_connections_summary.csv")));
    let nameless = directory.join("download.csv");
    fs::rename(&outgoing, &nameless).unwrap();
    assert_eq!(audit(&directory, &[]).1["recognised"], 3);
    // A second copy of the incoming table fits no table that is left.
    fs::copy(&incoming, &nameless).unwrap();
    assert_eq!(audit(&directory, &[]).1["recognised"], 2);
}

#[test]
fn broken_figures_settle_nothing() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--only", "8,24,27"]);
    let (from, nameless) = (run.join("quiet"), out.path().join("nameless"));
    fs::create_dir(&nameless).unwrap();
    let policies = "sender_groups_sender_group_mail_flow_policy_overview.csv";
    fs::copy(from.join(policies), nameless.join(policies)).unwrap();
    // Neither file has as many accepted connections as the mail flow policies.
    let incoming = fs::read_to_string(from.join("tls_connections_incoming_tls_connections_summary.csv")).unwrap();
    let table = &Catalogue::builtin().tables()[23];
    let changed = with_one_more(&with_one_more(&incoming, table, 4, 0), table, 5, 0);
    fs::write(nameless.join("a.csv"), changed).unwrap();
    fs::copy(from.join("tls_connections_outgoing_tls_connections_summary.csv"), nameless.join("b.csv")).unwrap();
    let (code, document) = audit(&nameless, &[]);
    assert_eq!((code, &document["recognised"]), (0, &1.into()), "{document:#}");
    assert_eq!(finding(&document, "incoming-tls-accepted")["verdict"], "unchecked");
}

#[test]
fn dropped_senders_are_a_notice() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &[]).join("quiet");
    for file in ["incoming_mail_incoming_domains.csv", "incoming_mail_incoming_network_owners.csv"] {
        let text = fs::read_to_string(directory.join(file)).unwrap();
        let kept: Vec<&str> = text.lines().enumerate().filter(|(at, _)| at % 9 != 8).map(|(_, line)| line).collect();
        fs::write(directory.join(file), kept.join("\r\n") + "\r\n").unwrap();
    }
    let (code, document) = audit(&directory, &[]);
    assert_eq!((code, broken(&document)), (0, vec![]), "{document:#}");
    for name in ["domains-overview", "owners-overview", "accepted-connections", "incoming-tls-domains"] {
        assert_eq!(finding(&document, name)["verdict"], "notice", "{name}");
    }
    assert_eq!(finding(&document, "addresses-overview")["verdict"], "holds");
}

#[test]
fn another_multiplier_is_told() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--only", "1,4,6,8"]);
    assert_eq!(audit(&directory, &[]).1["multiplier"], 4);
    let (code, document) = audit(&directory, &["--multiplier", "3"]);
    assert_eq!((code, broken(&document)), (1, vec!["reputation-multiplier", "blocked-recipients"]));
}

#[test]
fn unreadable_input_is_an_error_and_not_a_finding() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--only", "1,8"]).join("quiet");
    let path = directory.join("overview_incoming_mail_summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{}x\r\n", text.trim_end())).unwrap();
    let output = run(&["audit", directory.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("overview_incoming_mail_summary.csv:2: Clean messages: "), "{said}");
    assert!(said.contains("This file was left out of the audit."), "{said}");
    // The other file is audited.
    let found = format!(": 1 of {} tables, ", Catalogue::builtin().tables().len());
    assert!(String::from_utf8(output.stdout).unwrap().contains(&found));
    for multiplier in ["0", "1001", "x"] {
        let output = run(&["audit", directory.to_str().unwrap(), "--multiplier", multiplier]);
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!("found {multiplier}, allowed is a whole number from 1 to 1000");
        assert!(output.status.code() == Some(2) && said.contains(&expected), "{said}");
    }
    for arguments in [&["audit", "no-such-directory"][..], &["audit", "scenarios", "--as", "a.csv=43"], &["audit"]] {
        let output = run(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{}", transcript(arguments, &output));
    }
}

#[test]
fn help_of_audit() {
    let arguments = ["audit", "--help"];
    assert_snapshot!(transcript(&arguments, &run(&arguments)));
}

#[test]
fn a_page_s_two_rows_without_timestamps_are_audited() {
    let out = tempfile::tempdir().unwrap();
    let headings = "Successful - Required,Successful - Preferred,Failed - TLS Required,Failed - Preferred,\
                    Unencrypted Connections,Total Connections";
    let file = |name: &str, text: String| fs::write(out.path().join(name), text).unwrap();
    let connections = |share: &str| {
        file("connections.csv", format!("{headings}\n0,1904,0,34,34,1972\n0.0%,{share},0.0%,1.7%,1.7%,--\n"));
    };
    let named = ["--as", "connections.csv=27", "--as", "messages.csv=28"];
    connections("96.6%");
    file("messages.csv", "TLS Encrypted,Unencrypted,Total Connections\n3390,12600,1972\n".into());
    let (code, document) = audit(out.path(), &named);
    assert_eq!((code, broken(&document)), (1, vec!["carried"]));
    for (name, comparisons) in [("tls-totals", 1), ("clear-connections", 1), ("summary-percentages", 5)] {
        assert_eq!(finding(&document, name)["comparisons"], comparisons, "{name}");
    }

    connections("96.7%");
    let (_, document) = audit(out.path(), &named);
    assert_eq!(broken(&document), ["carried", "summary-percentages"]);
    assert_eq!(finding(&document, "summary-percentages")["worst"]["left"]["value"], 96.7);

    // One file with timestamps and a single interval gives the time of the others.
    let times = "1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT";
    let heading = "Begin Timestamp,End Timestamp,Begin Date,End Date,Connections";
    file("system_capacity_total_outgoing_connections.csv", format!("{heading}\r\n{times},11713\r\n"));
    let (_, document) = audit(out.path(), &named);
    assert_eq!(broken(&document), ["outgoing-connections", "carried", "summary-percentages"]);
    assert_eq!(finding(&document, "outgoing-connections")["worst"]["right"]["value"], 11_713);
}
