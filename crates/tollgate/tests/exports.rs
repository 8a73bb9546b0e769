//! Whole runs. An independent checker checks their exports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use serde_json::Value;
use tollgate_catalogue::Catalogue;

use crate::support::{content, names, options_of_a_quiet_hour, root, run_well};

/// Runs a scenario with `out` as the output directory, and returns the directory of the run.
fn run_into(out: &Path, scenario: &str, options: &[&str]) -> PathBuf {
    let file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join(scenario)
}

/// The output of the independent checker.
fn ask_checker(options: &[&str], runs: &[PathBuf]) -> Output {
    let checker = root().join("crates/tollgate/tests/check_exports.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(checker).args(options).args(runs).output().expect("python3 is on the path")
}

/// Asserts that the independent checker finds nothing in runs.
fn check(options: &[&str], runs: &[PathBuf]) {
    let output = ask_checker(options, runs);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.lines().count() > 40, "the checker has compared too little: {shown}");
}

fn manifest(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("manifest.json")).unwrap()).unwrap()
}

#[test]
fn the_checker_finds_nothing_in_a_quiet_hour() {
    let out = tempfile::tempdir().unwrap();
    check(&[], &[run_into(out.path(), "quiet-hour", &[])]);
    check(&[], &[run_into(out.path(), "quiet-hour", &["--interval", "5m", "--seed", "2"])]);
}

#[test]
fn the_checker_finds_nothing_in_scenarios_for_programs() {
    let out = tempfile::tempdir().unwrap();
    check(&[], &[run_into(out.path(), "fixture", &[])]);
    check(&[], &[run_into(out.path(), "odd-keys", &[])]);
}

#[test]
fn the_checker_finds_nothing_in_an_appliance_that_began_empty() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    run_well(&["run", "crates/tollgate/tests/data/steady.toml", "--quiet", "--out", path, "--trace", "5"]);
    check(&[], &[out.path().join("steady")]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_checker_finds_nothing_in_any_scenario(options in options_of_a_quiet_hour()) {
        let out = tempfile::tempdir().unwrap();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        check(&[], &[run_into(out.path(), "quiet-hour", &options)]);
    }
}

#[test]
fn the_checker_finds_nothing_in_days_of_two_appliances() {
    let out = tempfile::tempdir().unwrap();
    check(&[], &[run_into(out.path(), "c650-pair", &["--volume", "0.02"])]);
}

#[test]
fn five_minutes_roll_up_to_hours_and_hours_to_days() {
    let out = tempfile::tempdir().unwrap();
    let runs = ["5m", "1h", "1d"].map(|interval| {
        let options = ["--volume", "0.02", "--set", "time.span=2d", "--interval", interval];
        run_into(&out.path().join(interval), "c650-week", &options)
    });
    check(&["--rollup"], &runs);
}

#[test]
fn rules_that_depend_on_time_roll_up_too() {
    let out = tempfile::tempdir().unwrap();
    for rule in Catalogue::builtin().rules().iter().filter(|rule| rule.lost().is_some()) {
        let runs = ["5m", "1h", "1d"].map(|interval| {
            let rule = format!("appliances.c650.counting.rule={}", rule.name);
            // A duration that is not a multiple of an hour, and a limit that some base intervals exceed.
            let sets = [&rule, "appliances.c650.counting.known_for=90m", "appliances.c650.counting.busy_above=0.5"];
            let sets = sets.into_iter().chain(["time.span=1d", "destination_controls.default=preferred"]);
            let options: Vec<&str> = ["--volume", "0.02", "--interval", interval]
                .into_iter()
                .chain(sets.flat_map(|set| ["--set", set]))
                .collect();
            run_into(&out.path().join(rule.replace('.', "-")).join(interval), "c650-week", &options)
        });
        check(&["--rollup"], &runs);
    }
}

#[test]
fn the_checker_notices_a_single_message() {
    let out = tempfile::tempdir().unwrap();
    let run = run_into(out.path(), "quiet-hour", &[]);
    let path = run.join("quiet/overview_incoming_mail_summary.csv");
    let text = fs::read_to_string(&path).unwrap();
    let (rest, clean) = text.trim_end().rsplit_once(',').unwrap();
    let clean: u64 = clean.parse().unwrap();
    fs::write(&path, format!("{rest},{}\r\n", clean + 1)).unwrap();
    let output = ask_checker(&[], &[run]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for identity in [
        "domains, addresses and owners each sum to the Overview",
        "Internal Users sum to the Incoming Overview",
        "bytes, rows and SHA-256",
    ] {
        assert!(shown.lines().any(|line| line.starts_with("BROKEN") && line.contains(identity)), "{identity}: {shown}");
    }
}

#[test]
fn truth_is_written_beside_the_counts_of_the_appliance() {
    let out = tempfile::tempdir().unwrap();
    let rule = "appliances.quiet.counting.rule=attempt-only";
    let counted = run_into(&out.path().join("counted"), "quiet-hour", &["--truth", "--set", rule]);
    let plain = run_into(&out.path().join("plain"), "quiet-hour", &[]);
    // The truth is the same run under the documented rule, to the byte.
    assert!(content(&counted.join("quiet-truth")) == content(&plain.join("quiet")));
    let counted_alone = run_into(&out.path().join("alone"), "quiet-hour", &["--set", rule]);
    assert!(content(&counted.join("quiet")) == content(&counted_alone.join("quiet")));
    check(&[], std::slice::from_ref(&counted));
    // Only the outgoing TLS tables depend on the rule.
    let differ: Vec<_> = content(&counted.join("quiet")).into_iter().zip(content(&plain.join("quiet"))).collect();
    let differ = differ.iter().filter(|(left, right)| left != right).map(|((path, _), _)| path.to_str().unwrap());
    assert_eq!(
        differ.collect::<Vec<_>>(),
        [
            "tls_connections_outgoing_tls_connections_details.csv",
            "tls_connections_outgoing_tls_connections_summary.csv",
            "tls_connections_outgoing_tls_messages_summary.csv",
        ]
    );
}

#[test]
fn differences_from_the_truth_are_printed_table_by_table() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    let set = |rule: &str| format!("appliances.quiet.counting.rule={rule}");
    let shown = |rule: &str, more: &[&str]| {
        let set = set(rule);
        let options = ["run", "scenarios/quiet-hour.toml", "--truth", "--out", path, "--set", &set];
        String::from_utf8(run_well(&[&options, more].concat()).stdout).unwrap()
    };
    insta::assert_snapshot!(shown("attempt-only", &[]));
    assert_eq!(shown("attempt-only", &["--only", "1"]), "No table of this run depends on the counting rule.\n");
    assert_eq!(shown("attempt-only", &["--quiet"]), "");
    assert_eq!(shown("every-plain", &[]).matches("equal to the truth").count(), 3);

    // The printed sums are those of the files.
    let document: Value = serde_json::from_str(&shown("attempt-only", &["--json"])).unwrap();
    let summary = &document["differences"][0];
    assert_eq!((&summary["table"], summary["columns"].as_array().unwrap().len()), (&27.into(), 6));
    for (directory, field) in [("quiet", "counted"), ("quiet-truth", "truth")] {
        let file = out.path().join("quiet-hour").join(directory).join(summary["file"].as_str().unwrap());
        let text = fs::read_to_string(file).unwrap();
        let row: Vec<u64> = text.lines().nth(1).unwrap().split(',').skip(4).map(|cell| cell.parse().unwrap()).collect();
        let sums: Vec<u64> =
            summary["columns"].as_array().unwrap().iter().map(|column| column[field].as_u64().unwrap()).collect();
        assert_eq!(row, sums, "{directory}");
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let out = tempfile::tempdir().unwrap();
    let runs = ["1", "2", "7"].map(|threads| {
        let options = ["--volume", "0.02", "--threads", threads];
        content(&run_into(&out.path().join(threads), "c650-week", &options))
    });
    assert!(runs[0] == runs[1] && runs[0] == runs[2]);
}

#[test]
fn a_single_table_goes_to_the_standard_output() {
    let out = tempfile::tempdir().unwrap();
    let run = run_into(out.path(), "quiet-hour", &[]);
    for table in ["incoming_mail_incoming_domains", "virus_outbreaks_virus_outbreak_filter_details"] {
        let output = run_well(&["run", "scenarios/quiet-hour.toml", "--quiet", "--out", "-", "--only", table]);
        assert!(output.stdout == fs::read(run.join(format!("quiet/{table}.csv"))).unwrap(), "{table}");
    }
}

#[test]
fn only_what_is_asked_for_is_written_and_it_is_the_same() {
    let out = tempfile::tempdir().unwrap();
    let whole = run_into(out.path(), "quiet-hour", &[]);
    let part =
        run_into(&out.path().join("part"), "quiet-hour", &["--only", "1,virus_types,overview_outgoing_mail_summary"]);
    assert_eq!(
        names(&part.join("quiet")),
        [
            "overview_incoming_mail_summary.csv",
            "overview_outgoing_mail_summary.csv",
            "virus_types_top_incoming_virus_types_detected.csv",
            "virus_types_top_outgoing_virus_types_detected.csv",
            "virus_types_virus_types_detail.csv",
        ]
    );
    let whole = content(&whole.join("quiet"));
    assert!(content(&part.join("quiet")).iter().all(|file| whole.contains(file)));
}

#[test]
fn the_manifest_says_what_was_run() {
    let out = tempfile::tempdir().unwrap();
    let options =
        ["--seed", "7", "--volume", "0.5", "--interval", "5m", "--names", "lifelike", "--set", "users.count=50"];
    let run = run_into(out.path(), "quiet-hour", &options);
    let manifest = manifest(&run);
    assert_eq!(manifest["tool"], "tollgate");
    assert_eq!(manifest["names"], "lifelike");
    let domains = fs::read_to_string(run.join("quiet/incoming_mail_incoming_domains.csv")).unwrap();
    assert!(domains.contains(".com,"), "{domains}");
    assert_eq!(manifest["scenario"]["name"], "quiet-hour");
    assert_eq!(manifest["scenario"]["overrides"].as_array().unwrap().len(), 5);
    assert_eq!(
        (&manifest["seed"], &manifest["volume"], &manifest["interval_seconds"]),
        (&7.into(), &0.5.into(), &300.into())
    );
    assert_eq!(manifest["files"].as_array().unwrap().len(), Catalogue::builtin().tables().len());
    assert!(manifest["appliances"][0]["incoming"]["connections"].as_u64().unwrap() > 0);
}

#[test]
fn the_document_is_the_manifest_and_the_times() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().to_str().unwrap();
    let output = run_well(&["run", "scenarios/quiet-hour.toml", "--out", path, "--json"]);
    let mut document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let times = document.as_object_mut().unwrap().remove("times").unwrap();
    assert_eq!(document, manifest(&out.path().join("quiet-hour")));
    assert!(times["total_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_trace_names_the_cells() {
    let out = tempfile::tempdir().unwrap();
    let run = run_into(out.path(), "quiet-hour", &["--trace", "20", "--only", "8"]);
    assert_eq!(names(&run), ["datapackage.json", "manifest.json", "quiet", "scenario.toml", "trace.jsonl"]);
    let lives: Vec<Value> = fs::read_to_string(run.join("trace.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lives.len(), 20);
    for life in lives {
        let cells = life["cells"].as_array().unwrap();
        let in_group = |cell: &&Value| cell["account"] == "groups" && cell["key"] == life["sender_group"];
        assert_eq!(cells.iter().filter(in_group).map(|cell| cell["count"].as_u64().unwrap()).sum::<u64>(), 1, "{life}");
    }
}

#[test]
fn a_check_expects_what_a_run_writes() {
    let out = tempfile::tempdir().unwrap();
    // A run of a single interval is estimated from this interval.
    let expected = |scenario: &str, options: &[&str]| -> Value {
        let file = format!("scenarios/{scenario}.toml");
        serde_json::from_slice(&run_well(&[&["check", &file, "--json"], options].concat()).stdout).unwrap()
    };
    let hour = expected("quiet-hour", &[]);
    let written = manifest(&run_into(out.path(), "quiet-hour", &[]));
    for (table, file) in hour["exports"]["tables"].as_array().unwrap().iter().zip(written["files"].as_array().unwrap())
    {
        let number = table["number"].as_u64().unwrap();
        assert_eq!(table["rows"], file["rows"], "rows of table {number}");
        assert!(number == 20 || table["bytes"] == file["bytes"], "bytes of table {number}: {table} {file}");
    }
    let simulated = &written["appliances"][0];
    let connections = ["incoming", "outgoing"].map(|way| simulated[way]["connections"].as_f64().unwrap()).iter().sum();
    assert_near(connections, total(&hour["volumes"]), 0.06);

    // Many intervals are estimated from a sample, without the factors that a run draws for each day.
    let options = ["--volume", "0.05"];
    let week = expected("c650-week", &options);
    let written = manifest(&run_into(out.path(), "c650-week", &options));
    assert!(week["exports"]["sampled"].as_u64() < week["exports"]["intervals"].as_u64());
    let sum =
        |list: &Value, field: &str| list.as_array().unwrap().iter().map(|each| each[field].as_f64().unwrap()).sum();
    for field in ["rows", "bytes"] {
        assert_near(sum(&week["exports"]["tables"], field), sum(&written["files"], field), 0.1);
    }
    assert_eq!(week["volumes"]["days"].as_array().unwrap().len(), 7);
}

#[test]
fn the_printed_values_of_a_scenario_give_the_same_exports() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--set", "users.count=50", "--set", "virus_types.+={name=\"W32/New\", weight=2}", "--volume", "0.5"];
    let printed =
        run_well(&[&["check", "scenarios/quiet-hour.toml", "--effective", "--interval", "5m"], &options[..]].concat());
    let file = out.path().join("printed.toml");
    fs::write(&file, printed.stdout).unwrap();
    let first = manifest(&run_into(out.path(), "quiet-hour", &[&options[..], &["--interval", "5m"]].concat()));
    run_well(&["run", file.to_str().unwrap(), "--out", out.path().to_str().unwrap(), "--quiet"]);
    let second = manifest(&out.path().join("printed"));
    let exports = |manifest: &Value| -> Vec<(Value, Value)> {
        let files = manifest["files"].as_array().unwrap().iter();
        let files = files.filter(|file| file["path"].as_str().unwrap().ends_with(".csv"));
        files.map(|file| (file["path"].clone(), file["sha256"].clone())).collect()
    };
    assert_eq!(exports(&first).len(), Catalogue::builtin().tables().len());
    assert_eq!(exports(&first), exports(&second));
}

/// The sum of the connections of all populations and days.
fn total(volumes: &Value) -> f64 {
    let populations = volumes["populations"].as_array().unwrap().iter();
    populations.flat_map(|each| each["connections"].as_array().unwrap()).map(|day| day.as_f64().unwrap()).sum()
}

fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() < tolerance, "{found} is not near {expected}");
}
