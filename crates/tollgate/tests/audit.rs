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
fn export(out: &Path, scenario: &str, options: &[&str]) -> PathBuf {
    let file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join(scenario)
}

/// The exit code and the findings of an audit.
fn audit(directory: &Path, options: &[&str]) -> (i32, Value) {
    let arguments = [&["audit", directory.to_str().unwrap(), "--json"], options].concat();
    let output = run(&arguments);
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code().unwrap(), document.unwrap_or_else(|_| panic!("{}", transcript(&arguments, &output))))
}

/// The finding for an identity.
fn finding<'a>(document: &'a Value, name: &str) -> &'a Value {
    document["findings"].as_array().unwrap().iter().find(|finding| finding["name"] == name).unwrap()
}

/// The names of broken identities.
fn broken(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["verdict"] == "broken").map(|finding| finding["name"].as_str().unwrap()).collect()
}

/// Asserts that an audit recognises all 42 files and finds nothing.
fn assert_clean(directory: &Path, options: &[&str]) {
    let (code, document) = audit(directory, options);
    assert_eq!((code, broken(&document).len(), &document["recognised"]), (0, 0, &42.into()), "{document:#}");
    // Only the percentages of summaries are missing.
    assert_eq!(document["totals"]["unchecked"], 1, "{document:#}");
}

#[test]
fn nothing_is_broken_in_an_hour() {
    let out = tempfile::tempdir().unwrap();
    assert_clean(&export(out.path(), "quiet-hour", &[]), &[]);
    assert_clean(&export(out.path(), "quiet-hour", &["--interval", "5m", "--seed", "2"]), &[]);
    assert_clean(&export(out.path(), "fixture", &[]), &[]);
    assert_clean(&export(out.path(), "odd-keys", &[]), &[]);
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
fn nothing_is_broken_in_other_scenarios() {
    let out = tempfile::tempdir().unwrap();
    for scenario in ["c650-week", "mccolo", "modern", "outbreak", "peak-day", "tls-switch"] {
        assert_clean(&export(out.path(), scenario, &["--volume", "0.02"]), &[]);
    }
    let pair = export(out.path(), "c650-pair", &["--volume", "0.02"]);
    let appliances = names(&pair).into_iter().map(|name| pair.join(name)).filter(|path| path.is_dir());
    let audited = appliances.map(|appliance| assert_clean(&appliance, &[])).count();
    assert_eq!(audited, 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_broken_in_any_scenario(options in options_of_a_quiet_hour()) {
        let out = tempfile::tempdir().unwrap();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        // Under rules other than the documented one, only the true figures have no findings.
        assert_clean(&export(out.path(), "quiet-hour", &options).join("quiet-truth"), &[]);
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
fn with_one_more(text: &str, table: &Table, column: usize, seed: usize) -> String {
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
fn what_a_rule_leaves_out_is_broken_and_the_truth_is_not() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--set", "appliances.quiet.counting.rule=attempt-only", "--truth"];
    let run = export(out.path(), "quiet-hour", &options);
    let (code, document) = audit(&run.join("quiet"), &[]);
    assert_eq!((code, broken(&document)), (1, vec!["outgoing-connections", "domain-connections"]));
    assert_clean(&run.join("quiet-truth"), &[]);
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
    // More connections than messages are a notice, not a fault.
    let (_, document) = audit(&out.path().join("more-connections-than-messages/c650"), &[]);
    assert_eq!(finding(&document, "connections-and-messages")["verdict"], "notice");
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
    assert_eq!((code, &document["recognised"]), (0, &42.into()), "{document:#}");
    for file in document["files"].as_array().unwrap() {
        let place = names.iter().position(|name| file["name"] == name.as_str()).unwrap();
        assert_eq!(file["table"], place + 1, "{file}");
    }
}

#[test]
fn what_no_figure_tells_apart_stays_open_until_it_is_said() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--only", "24,27"]);
    let nameless = out.path().join("nameless");
    fs::create_dir(&nameless).unwrap();
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
fn what_cannot_be_read_is_no_finding() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--only", "1,8"]).join("quiet");
    let path = directory.join("overview_incoming_mail_summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{}x\r\n", text.trim_end())).unwrap();
    let output = run(&["audit", directory.to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("overview_incoming_mail_summary.csv:2: Clean messages: "), "{said}");
    for arguments in [&["audit", "no-such-directory"][..], &["audit", "scenarios", "--as", "a.csv=43"], &["audit"]] {
        let output = run(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{}", transcript(arguments, &output));
    }
}

#[test]
fn a_directory_in_which_nothing_is_recognised_is_an_error() {
    let out = tempfile::tempdir().unwrap();
    let rows = "\"timeStamp\",\"StartTime\",\"primaryDomain\",\"recipientsIn\"\n1130310000,\"Wed Oct 26 00:00:00 2005\",\"a.example\",2\n";
    fs::write(out.path().join("senders.csv"), rows).unwrap();
    let output = run(&["audit", out.path().to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(
        said.contains("found senders.csv without the name or header of a table, allowed is at least one export"),
        "{said}"
    );
}

#[test]
fn a_single_file_and_an_archive_are_read() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--only", "1,4,6,8"]);
    let file = run.join("quiet/incoming_mail_incoming_domains.csv");
    let (code, document) = audit(&file, &[]);
    assert_eq!((code, &document["recognised"]), (0, &1.into()));
    assert_eq!(document["directory"], file.to_str().unwrap());
    assert_eq!(finding(&document, "threat-sum")["verdict"], "holds");

    let archive = out.path().join("exports.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    for (path, bytes) in crate::support::content(&run) {
        writer.start_file_from_path(&path, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, &bytes).unwrap();
    }
    // A name that leads out of the archive is not used.
    writer.start_file("../outside.csv", zip::write::SimpleFileOptions::default()).unwrap();
    writer.finish().unwrap();
    let (code, document) = audit(&archive, &[]);
    assert_eq!((code, &document["recognised"], &document["multiplier"]), (0, &4.into(), &4.into()));
    assert_eq!(document["directory"], archive.join("quiet").to_str().unwrap());
    let (_, of_directory) = audit(&run, &[]);
    assert_eq!(document["findings"], of_directory["findings"]);
    let damaged = fs::read(&archive).unwrap();
    fs::write(&archive, &damaged[..damaged.len() / 2]).unwrap();
    assert_eq!(crate::support::run(&["audit", archive.to_str().unwrap()]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused() {
    let out = tempfile::tempdir().unwrap();
    let pipe = out.path().join("overview_incoming_mail_summary.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, kind) in [(out.path(), "a pipe"), (&pipe, "a pipe"), (Path::new("/dev/null"), "a device")] {
        let output = run(&["audit", path.to_str().unwrap()]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("found {kind}, allowed is a file")), "{said}");
    }
}

#[test]
fn characters_that_control_a_terminal_are_escaped() {
    let out = tempfile::tempdir().unwrap();
    let heading = "Begin Timestamp,End Timestamp,Domain,Failed - Required,Successful - Required,Failed - Preferred,\
                   Successful - Preferred,% Connections,Total Connections,Total Messages,Note\u{9b}31m\n";
    let row = "1226966400,1226969999,evil\u{1b}[2J\u{202e}.example,0,0,0,9,56.2,16,2100,x\n";
    fs::write(out.path().join("a\u{1b}[31m.csv"), format!("{heading}{row}")).unwrap();
    let named = ["--as", "a\u{1b}[31m.csv=29"];
    let path = out.path().to_str().unwrap();
    for options in [&[][..], &["--all"], &["--json"]] {
        let output = run(&[&["audit", path], &named, options].concat());
        assert_eq!(output.status.code(), Some(1));
        for text in [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()) {
            let is_bad = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
            assert!(!text.contains(is_bad), "{text:?}");
        }
    }
    let malformed = format!("{heading}{}", row.replace("2100", "x\u{1b}[31m"));
    fs::write(out.path().join("a\u{1b}[31m.csv"), malformed).unwrap();
    let said = String::from_utf8(run(&[&["audit", path], &named[..]].concat()).stderr).unwrap();
    assert!(
        !said.contains('\u{1b}') && said.contains("a\\u{1b}[31m.csv:2: Total Messages: found \"x\\u{1b}[31m\""),
        "{said}"
    );
}

#[test]
fn the_multiplier_is_found_in_the_rows() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &[]);
    fs::remove_file(run.join("manifest.json")).unwrap();
    let (code, document) = audit(&run.join("quiet"), &[]);
    assert_eq!((code, &document["multiplier"]), (0, &4.into()), "{document:#}");
    let remarks = document["remarks"].to_string();
    assert!(remarks.contains("the reputation multiplier is 4, which fits "), "{remarks}");
    // A changed row does not change the multiplier.
    let path = run.join("quiet/incoming_mail_incoming_domains.csv");
    let table = &Catalogue::builtin().tables()[3];
    fs::write(&path, with_one_more(&fs::read_to_string(&path).unwrap(), table, 8, 1)).unwrap();
    let (code, document) = audit(&run.join("quiet"), &[]);
    assert_eq!((code, &document["multiplier"]), (1, &4.into()));
    assert!(broken(&document).contains(&"reputation-multiplier"));
}

#[test]
fn totals_of_later_releases_are_checked() {
    let out = tempfile::tempdir().unwrap();
    let name = "overview_incoming_mail_summary.csv";
    let later = "Stopped by Reputation Filtering,Stopped as Invalid Recipients,Spam Detected,Virus Detected,\
                 Detected by Advanced Malware Protection,Messages with Malicious URLs,Stopped by Content Filter,\
                 Stopped by DMARC,Total Threat Messages,Marketing,Social,Bulk,Total Graymails,Clean Messages,\
                 Total Attempted Messages";
    let findings = |text: &str| {
        fs::write(out.path().join(name), text).unwrap();
        let (code, document) = audit(out.path(), &[]);
        (code, broken(&document).into_iter().map(String::from).collect::<Vec<_>>())
    };
    // Published figures of the appliance's page: malicious URLs are a part of the threats, DMARC is not.
    let shares = "84.9%,0.1%,0.9%,0.0%,0.0%,0.0%,0.0%,0.1%,86.0%,0.1%,0.0%,0.0%,0.1%,13.9%,--";
    let counts = "3454,6,35,0,0,2,1,5,3498,4,1,1,6,565,4069";
    let page = |shares: &str, counts: &str| format!("{later}\n{shares}\n{counts}\n");
    assert_eq!(findings(&page(shares, counts)), (0, vec![]));
    // Other figures, in which malicious URLs are in no sum.
    let large = "822261430,209054,1265606,1396438,0,106728,106728,0,825239256,0,0,0,0,100,825239356";
    assert_eq!(findings(&format!("{later}\n{large}\n")), (0, vec![]));
    for (from, to, expected) in [
        ("3498", "3499", "threat-sum"),
        ("4069", "4070", "attempted-sum"),
        ("565", "566", "attempted-sum"),
        ("1,1,6", "1,2,6", "graymail-sum"),
        ("3454", "3455", "threat-sum"),
    ] {
        let (code, broken) = findings(&page(shares, &counts.replace(from, to)));
        assert_eq!((code, broken.contains(&expected.to_owned())), (1, true), "{from} to {to}: {broken:?}");
    }
    assert_eq!(findings(&page(&shares.replace("84.9", "85.3"), counts)), (1, vec!["summary-percentages".to_owned()]));

    // AsyncOS 5.0: a row for each interval, and totals with a colon.
    let row = |threat: u32, attempted: u32| {
        format!(
            "Begin Timestamp,End Timestamp,Begin Date,End Date,Stopped by Reputation Filtering,Stopped as Invalid Recipients,\
             Spam Detected,Virus Detected,Stopped by Content Filter,Total Threat Messages:,Clean Messages,\
             Total Attempted Messages:\n1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,\
             9,1,4,0,2,{threat},5,{attempted}\n"
        )
    };
    assert_eq!(findings(&row(16, 21)), (0, vec![]));
    assert_eq!(findings(&row(17, 22)), (1, vec!["threat-sum".to_owned()]));
    assert_eq!(findings(&row(16, 22)), (1, vec!["attempted-sum".to_owned()]));
}

/// Two days of the Overview and of domains. `more` is the number of clean messages that the domains have more than the Overview on
/// each day.
fn two_days(directory: &Path, more: [u32; 2]) {
    let overview = "Stopped by Reputation Filtering,Stopped as Invalid Recipients,Spam Detected,Virus Detected,\
                    Stopped by Content Filters,Clean messages";
    let domains = "Domain,Total Attempted,Stopped by Recipient Throttling,Stopped by Reputation Filtering,\
                   Stopped as Invalid Recipients,Spam Detected,Virus Detected,Stopped by Content Filter,Rejected,Accepted,\
                   Total Threat,Clean";
    let times = [
        "1226966400.0,1227052799.0,2008-11-18 00:00 GMT,2008-11-18 23:59 GMT",
        "1227052800.0,1227139199.0,2008-11-19 00:00 GMT,2008-11-19 23:59 GMT",
    ];
    let [mut summary, mut senders] =
        [overview, domains].map(|headings| format!("Begin Timestamp,End Timestamp,Begin Date,End Date,{headings}\n"));
    for (time, more) in times.iter().zip(more) {
        summary += &format!("{time},30,2,40,1,3,100\n");
        senders += &format!("{time},a.example,{},0,30,2,10,1,3,10,20,46,{}\n", 106 + more, 60 + more);
        senders += &format!("{time},b.example,70,0,0,0,30,0,0,0,20,30,40\n");
    }
    fs::write(directory.join("overview_incoming_mail_summary.csv"), summary).unwrap();
    fs::write(directory.join("incoming_mail_incoming_domains.csv"), senders).unwrap();
}

#[test]
fn more_by_sender_in_an_unfinished_interval_is_a_notice() {
    let out = tempfile::tempdir().unwrap();
    let audited = |more: [u32; 2]| {
        two_days(out.path(), more);
        let (code, document) = audit(out.path(), &[]);
        (code, finding(&document, "domains-overview")["verdict"].clone(), document["remarks"].to_string())
    };
    let (code, verdict, remarks) = audited([0, 0]);
    assert_eq!((code, verdict, remarks.contains("was not over")), (0, "holds".into(), false));
    let (code, verdict, remarks) = audited([0, 4]);
    assert_eq!(
        (code, verdict, remarks.contains("(Wed 19 Nov 2008) was not over")),
        (0, "notice".into(), true),
        "{remarks}"
    );
    let (code, verdict, remarks) = audited([4, 0]);
    assert_eq!((code, verdict, remarks.contains("was not over")), (1, "broken".into(), false));
    // No few moments bring two thirds more.
    let (code, verdict, _) = audited([0, 200]);
    assert_eq!((code, verdict), (1, "broken".into()));
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
