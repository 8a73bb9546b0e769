//! `tollgate diagnose`: results and errors, from exports and from the figures of a page.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use tollgate_catalogue::Catalogue;

use crate::support::{names, root, run, run_well, transcript};

/// The names of the options for the figures, in the order of the page.
pub const FIGURES: [&str; 7] = [
    "--successful-required",
    "--successful-preferred",
    "--failed-required",
    "--failed-preferred",
    "--unencrypted-connections",
    "--encrypted-messages",
    "--unencrypted-messages",
];

/// The arguments for figures that a user types from a page.
fn typed<'a>(figures: &[&'a str; 7]) -> Vec<&'a str> {
    let options = FIGURES.iter().zip(figures).flat_map(|(option, figure)| [*option, *figure]);
    ["diagnose"].into_iter().chain(options).collect()
}

/// Runs a scenario into a directory and diagnoses its exports.
fn diagnose(out: &Path, scenario: &str, options: &[&str]) -> Value {
    let file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    document(&["diagnose", out.join(scenario).to_str().unwrap()])
}

/// The JSON of a diagnosis. The exit code is 1 if the documented rule is ruled out.
fn document(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let is_ruled_out = verdicts(&document)[0] == "ruled out";
    assert_eq!(output.status.code(), Some(i32::from(is_ruled_out)), "{document:#}");
    document
}

/// The verdicts by rule, in the order of the rules file.
fn verdicts(document: &Value) -> Vec<&str> {
    let of = |name: &str| {
        let rules = document["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["rule"] == name).unwrap()["verdict"].as_str().unwrap()
    };
    Catalogue::builtin().rules().iter().map(|rule| of(&rule.name)).collect()
}

#[test]
fn the_hour_after_the_switch() {
    let arguments = typed(&["2", "943", "0", "0", "0", "1,019", "2,903"]);
    assert_snapshot!(transcript(&arguments, &run(&arguments)));
    assert_told(&arguments);
}

/// Asserts that `scenarios/THREAD.md` shows the table of rules as it is printed.
fn assert_told(arguments: &[&str]) {
    let page = fs::read_to_string(root().join("scenarios/THREAD.md")).unwrap();
    let shown = String::from_utf8(run(arguments).stdout).unwrap();
    let table = shown.split("\n\n").find(|part| part.starts_with("rule ")).unwrap();
    assert!(page.contains(table), "THREAD.md does not show\n{table}");
}

#[test]
fn the_week_before_the_switch_tells_nothing() {
    let arguments = typed(&["137", "0", "0", "0", "198,232", "139", "255,487"]);
    assert_snapshot!(transcript(&arguments, &run(&arguments)));
}

#[test]
fn the_second_site_as_its_page_abbreviates() {
    let arguments = typed(&["0", "1,904", "0", "34", "34", "3,390", "12.6k"]);
    assert_snapshot!(transcript(&arguments, &run(&arguments)));
    assert_told(&arguments);
    let json = [&arguments[..], &["--json"]].concat();
    assert_snapshot!("the_second_site_as_json", transcript(&json, &run(&json)));
}

#[test]
fn exports_of_the_thread_say_the_same_as_its_pages() {
    let out = tempfile::tempdir().unwrap();
    let only = ["--only", "27,28,29"];
    let of_hour = diagnose(out.path(), "thread-a-exact", &only);
    assert_eq!(verdicts(&of_hour)[..3], ["ruled out", "possible", "possible"], "{of_hour:#}");
    let of_week = diagnose(out.path(), "thread-b-exact", &only);
    assert_eq!(of_week["possible"].as_array().unwrap().len(), 5, "{of_week:#}");
    let shown = run_well(&["diagnose", out.path().join("thread-b-exact").to_str().unwrap()]).stdout;
    let shown = String::from_utf8(shown).unwrap();
    let same = "Every rule predicts the same number of unencrypted connections, 198,232. The figures show 198,232.";
    assert!(shown.contains(same) && !shown.contains("verdict"), "{shown}");
    let of_day = diagnose(out.path(), "thread-d-exact", &only);
    assert_eq!(verdicts(&of_day)[0], "ruled out", "{of_day:#}");
    assert_eq!(of_day["possible"], serde_json::json!(["attempt-only", "attempt-only-double"]), "{of_day:#}");
}

/// Three weeks of the thread's first site, by the hour. If the appliance is always busy, load-shed leaves out the same connections
/// as attempt-only. If it is busy only by day, the figures of load-shed differ from those of every other rule.
#[test]
fn three_weeks_by_the_hour_tell_rules_apart_that_weeks_do_not() {
    let out = tempfile::tempdir().unwrap();
    let attempts = diagnose(out.path(), "thread-c-week", &["--only", "27,28,29"]);
    assert_eq!(verdicts(&attempts), ["ruled out", "possible", "possible", "possible", "ruled out"], "{attempts:#}");
    let controls = r#"destination_controls.domains=[{ domain = "partner.example", tls = "required" }]"#;
    let set = ["--set", "appliances.c650.counting.rule=load-shed", "--set", controls];
    let shed = diagnose(out.path(), "thread-c-week", &[&["--only", "27,28,29"], &set[..]].concat());
    assert_eq!(shed["best"], "load-shed", "{shed:#}");
}

#[test]
fn the_document_has_what_programs_read() {
    let document = document(&typed(&["2", "943", "0", "0", "0", "1,019", "2,903"]));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let all = [
        "best",
        "commands",
        "conclusion",
        "contradictions",
        "evidence",
        "further",
        "missing_connections",
        "possible",
        "rules",
    ];
    assert_eq!(keys(&document), all);
    assert_eq!(document["missing_connections"], 2252.0);
    assert_eq!(document["commands"].as_array().unwrap().len(), 4);
    assert!(document["best"].is_null());
    let rules = document["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 5);
    for rule in rules {
        assert_eq!(keys(rule), ["difference", "log_likelihood", "predicted", "rule", "seen", "verdict", "why"]);
        assert!(rule["log_likelihood"].as_f64().unwrap() <= 0.0);
    }
    let possible: Vec<&Value> =
        rules.iter().filter(|rule| rule["verdict"] == "possible").map(|rule| &rule["rule"]).collect();
    assert_eq!(document["possible"].as_array().unwrap().iter().collect::<Vec<_>>(), possible);
}

#[test]
fn an_ambiguous_file_is_suggested_as_a_table_that_a_diagnosis_uses() {
    let out = tempfile::tempdir().unwrap();
    let page = "tls_connections_outgoing_tls_connections_summary.csv";
    run_well(&["run", "thread-a-exact", "--only", "27", "--quiet", "--out", out.path().to_str().unwrap()]);
    let directory = out.path().join("thread-a-exact/c650");
    fs::rename(directory.join(page), directory.join("download.csv")).unwrap();
    let output = run(&["diagnose", directory.to_str().unwrap()]);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("--as download.csv=27 reads it as table 27"), "{shown}");
    assert!(!shown.contains("=24"), "{shown}");
}

#[test]
fn a_figure_that_is_none() {
    let arguments = typed(&["2", "943", "0", "0", "0", "1,019", "2,90"]);
    assert_snapshot!(transcript(&arguments, &run(&arguments)));
}

#[test]
fn some_figures_without_the_others() {
    let arguments = ["diagnose", "--successful-preferred", "943", "--unencrypted-messages", "12.6k"];
    assert_snapshot!(transcript(&arguments, &run(&arguments)));
}

#[test]
fn figures_and_a_directory() {
    let arguments = ["diagnose", "out", "--successful-preferred", "943"];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2), "{}", transcript(&arguments, &output));
    assert!(output.stdout.is_empty());
}

#[test]
fn exports_that_are_not_enough() {
    let out = tempfile::tempdir().unwrap();
    let file = "tls_connections_outgoing_tls_messages_summary.csv";
    let headings = "Begin Timestamp,End Timestamp,Begin Date,End Date,TLS Encrypted,Unencrypted,Total Connections";
    fs::write(out.path().join(file), format!("{headings}\r\n")).unwrap();
    let arguments = ["diagnose", out.path().to_str().unwrap()];
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&out.path().display().to_string(), "DIR");
    settings.bind(|| assert_snapshot!(transcript(&arguments, &run(&arguments))));
}

#[test]
fn a_single_file_is_not_enough() {
    let out = tempfile::tempdir().unwrap();
    run_well(&["run", "thread-a-exact", "--only", "27,28", "--quiet", "--out", out.path().to_str().unwrap()]);
    let directory = out.path().join("thread-a-exact/c650");
    for name in names(&directory) {
        let path = directory.join(name);
        let output = run(&["diagnose", path.to_str().unwrap()]);
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!("{}: this is a single file. Name a directory or ZIP archive", path.display());
        assert!(output.status.code() == Some(2) && said.contains(&expected), "{said}");
    }
}

#[test]
fn the_conclusion_comes_first() {
    let said = |figures: [&str; 7]| String::from_utf8(run(&typed(&figures)).stdout).unwrap();
    let page = said(["2", "943", "0", "0", "0", "1,019", "2,903"]);
    assert!(
        page.starts_with("The appliance does not count as documented: the rule every-plain is ruled out."),
        "{page}"
    );
    assert!(page.contains("About 2,252 unencrypted connections are not shown"), "{page}");
    assert!(page.contains("The predictions assume that no destination has the TLS setting No"), "{page}");
}

#[test]
fn help_of_diagnose() {
    assert_snapshot!(transcript(&["diagnose", "--help"], &run(&["diagnose", "--help"])));
}

/// Sites at which the setting changes, a domain has a setting of its own, connections carry nothing, or one domain gets most of the mail.
#[test]
fn the_true_rule_is_held_at_unusual_sites() {
    let off_and_on =
        ["events=[{ at = \"2008-11-20T06:00:00Z\", destination_control = { domain = \"default\", tls = \"no\" } }, \
         { at = \"2008-11-20T12:00:00Z\", destination_control = { domain = \"default\", tls = \"preferred\" } }]"];
    let partner = ["destination_controls.domains=[{ domain = \"partner.example\", tls = \"preferred\" }]"];
    let list = [
        "scripted_outgoing=[{ name = \"list\", servers = { domain = \"example.com\", addresses = \"192.0.2.16/29\" }, \
         begin = \"2008-11-20T02:00:00Z\", span = \"20h\", destination = \"biglist.example\", connections = 60, messages = 6000 }]",
    ];
    let bounces = ["outgoing.users.destinations.plain.hard_bounce=0.6"];
    let deferrals = ["outgoing.users.destinations.plain.deferred=0.7"];
    // Scenario, appliance, interval, changes, and number of rules. The first rule is the documented one.
    let sites: [(&str, &str, &str, &[&str], usize); 6] = [
        ("quiet-hour", "quiet", "5m", &[], 5),
        ("thread-d-drawn", "c650", "1h", &off_and_on, 5),
        ("tls-switch", "c650", "1h", &partner, 5),
        ("thread-d-drawn", "c650", "1h", &list, 1),
        ("thread-d-drawn", "c650", "1h", &bounces, 1),
        ("thread-d-drawn", "c650", "1h", &deferrals, 1),
    ];
    for (number, (scenario, appliance, interval, sets, count)) in sites.into_iter().enumerate() {
        for rule in Catalogue::builtin().rules().iter().map(|rule| &rule.name).take(count) {
            let out = tempfile::tempdir().unwrap();
            let rule_set = format!("appliances.{appliance}.counting.rule={rule}");
            let mut options = vec!["--interval", interval, "--only", "27,28,29", "--set", &rule_set];
            sets.iter().for_each(|set| options.extend(["--set", set]));
            if scenario == "tls-switch" {
                options.extend(["--set", "time.span=1d", "--volume", "0.1"]);
            }
            let found = diagnose(out.path(), scenario, &options);
            let rules = found["rules"].as_array().unwrap();
            let verdict = &rules.iter().find(|ranked| ranked["rule"] == **rule).unwrap()["verdict"];
            assert!(verdict == "best" || verdict == "possible", "site {number}, {scenario} under {rule}: {found:#}");
            assert_eq!(found["contradictions"], serde_json::json!([]), "site {number}");
        }
    }
}

/// Writes an export again with another text.
fn change(directory: &Path, file: &str, change: impl Fn(String) -> String) {
    let path = directory.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(text.clone());
    assert!(text != changed, "{file} is unchanged");
    fs::write(path, changed).unwrap();
}

#[test]
fn a_column_that_is_missing_is_not_zero() {
    let out = tempfile::tempdir().unwrap();
    run_well(&["run", "thread-d-exact", "--only", "27,28,29", "--quiet", "--out", out.path().to_str().unwrap()]);
    let directory = out.path().join("thread-d-exact/c650");
    let arguments = ["diagnose", directory.to_str().unwrap()];
    change(&directory, "tls_connections_outgoing_tls_connections_details.csv", |text| {
        text.replacen("Total Connections", "Connections in all", 1)
    });
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("these columns are missing: Total Connections; the file is not used"), "{shown}");
    change(&directory, "tls_connections_outgoing_tls_connections_summary.csv", |text| {
        text.replacen("Unencrypted Connections", "Plain Connections", 1)
    });
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("these columns are missing: Unencrypted Connections. Export table 27"), "{shown}");
    // Nor may a second column of zeros decide.
    change(&directory, "tls_connections_outgoing_tls_connections_summary.csv", |text| {
        text.replacen("Plain Connections", "Failed - Preferred", 1)
    });
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("found the heading failed - preferred twice, allowed is each heading once"), "{shown}");
}

#[test]
fn tables_that_contradict_each_other_are_told() {
    let out = tempfile::tempdir().unwrap();
    run_well(&["run", "thread-d-exact", "--only", "27,28", "--quiet", "--out", out.path().to_str().unwrap()]);
    let directory = out.path().join("thread-d-exact/c650");
    change(&directory, "tls_connections_outgoing_tls_messages_summary.csv", |text| {
        text.replacen(",523,83", ",523,84", 1)
    });
    let found = document(&["diagnose", directory.to_str().unwrap()]);
    let contradictions = found["contradictions"].as_array().unwrap();
    assert!(contradictions.iter().any(|text| text.as_str().unwrap().starts_with("tls-totals: ")), "{found:#}");
    assert!(found["conclusion"].as_str().unwrap().starts_with("The figures contradict each other"), "{found:#}");
    let page = document(&typed(&["0", "0", "0", "0", "0", "1000", "0"]));
    assert_eq!(page["contradictions"].as_array().unwrap().len(), 1, "{page:#}");
}

#[test]
fn all_connections_show_how_many_are_missing() {
    let out = tempfile::tempdir().unwrap();
    let with = |rule: &str| {
        let set = format!("appliances.c650.counting.rule={rule}");
        diagnose(&out.path().join(rule), "thread-a-drawn", &["--only", "27,28,29,37", "--truth", "--set", &set])
    };
    let known = with("first-contact");
    let unencrypted = |end: &str| -> u64 {
        let directory = out.path().join("first-contact/thread-a-drawn").join(end);
        let text = fs::read_to_string(directory.join("tls_connections_outgoing_tls_connections_summary.csv")).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let place = lines.next().unwrap().iter().position(|heading| heading == "Unencrypted Connections").unwrap();
        lines.next().unwrap()[place].parse().unwrap()
    };
    let missing = unencrypted("c650-truth") - unencrypted("c650");
    assert!(missing > 0);
    assert_eq!((verdicts(&known)[0], &known["missing_connections"]), ("ruled out", &Value::from(missing as f64)));
    let conclusion = known["conclusion"].as_str().unwrap().replace(',', "");
    assert!(conclusion.contains(&format!(" so exactly {missing} are missing. ")), "{conclusion}");
    let every = with("every-plain");
    assert_eq!((verdicts(&every)[0], &every["missing_connections"]), ("possible", &Value::Null));
    assert!(every["conclusion"].as_str().unwrap().ends_with(", so no connection is missing."), "{every:#}");
}

#[test]
fn a_damaged_interval_of_all_connections_rules_nothing_out() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--only", "27,28,29,37", "--interval", "5m"];
    diagnose(out.path(), "quiet-hour", &options);
    let directory = out.path().join("quiet-hour/quiet");
    change(&directory, "system_capacity_total_outgoing_connections.csv", |text| {
        let row = text.lines().nth(3).unwrap();
        let (times, connections) = row.rsplit_once(',').unwrap();
        text.replace(row, &format!("{times},{}", connections.parse::<u64>().unwrap() + 100))
    });
    let found = document(&["diagnose", directory.to_str().unwrap()]);
    let every = found["rules"].as_array().unwrap().iter().find(|ranked| ranked["rule"] == "every-plain").unwrap();
    assert_ne!(every["verdict"], "ruled out", "{found:#}");
    let conclusion = found["conclusion"].as_str().unwrap();
    assert!(
        conclusion.contains("so exactly 100 are missing.")
            && conclusion.contains("They differ in 1 of 12 intervals only; check these rows."),
        "{found:#}"
    );
}

#[test]
fn failures_that_may_be_counted_twice_keep_the_reservation() {
    let out = tempfile::tempdir().unwrap();
    let fails = "outgoing.0.destinations.0.starttls=fails-after220";
    let found = diagnose(out.path(), "fixture", &["--seed", "1", "--interval", "5m", "--set", fails]);
    assert_eq!(verdicts(&found)[0], "possible", "{found:#}");
    let conclusion = found["conclusion"].as_str().unwrap();
    let reservation = "If a failed connection is counted twice, another connection is missing for it.";
    assert!(conclusion.ends_with(reservation), "{conclusion}");
}
