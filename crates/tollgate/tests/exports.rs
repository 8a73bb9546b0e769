//! Whole runs, and what a program that shares no code with this one finds in their exports.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{content, names, root, run_well};
use serde_json::Value;

/// Runs a scenario into a directory of its own, and gives the directory of the run.
fn run_into(out: &Path, scenario: &str, options: &[&str]) -> PathBuf {
    let file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join(scenario)
}

/// Has the independent checker look at runs.
fn check(options: &[&str], runs: &[PathBuf]) {
    let checker = root().join("crates/tollgate/tests/check_exports.py");
    let output = Command::new("python3").arg("-B").arg(checker).args(options).args(runs).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.lines().count() > 40, "the checker has looked at little: {shown}");
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
fn the_checker_finds_nothing_in_days_of_two_appliances() {
    let out = tempfile::tempdir().unwrap();
    check(&[], &[run_into(out.path(), "c650-pair", &["--volume", "0.02"])]);
}

#[test]
fn five_minutes_roll_up_to_hours_and_hours_to_days() {
    let out = tempfile::tempdir().unwrap();
    let runs = ["5m", "1h", "1d"].map(|interval| {
        let options = ["--volume", "0.02", "--interval", interval];
        run_into(&out.path().join(interval), "c650-week", &options)
    });
    check(&["--rollup"], &runs);
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
    let checker = root().join("crates/tollgate/tests/check_exports.py");
    let output = Command::new("python3").arg("-B").arg(checker).arg(&run).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for identity in ["domains, addresses and owners each sum to the Overview", "Internal Users sum to the Incoming Overview", "bytes, rows and SHA-256"] {
        assert!(shown.lines().any(|line| line.starts_with("BROKEN") && line.contains(identity)), "{identity}: {shown}");
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
    let part = run_into(&out.path().join("part"), "quiet-hour", &["--only", "1,Virus Types,overview_outgoing_mail_summary"]);
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
    let options = ["--seed", "7", "--volume", "0.5", "--interval", "5m", "--set", "users.count=50"];
    let manifest = manifest(&run_into(out.path(), "quiet-hour", &options));
    assert_eq!(manifest["tool"], "tollgate");
    assert_eq!(manifest["scenario"]["name"], "quiet-hour");
    assert_eq!(manifest["scenario"]["overrides"].as_array().unwrap().len(), 4);
    assert_eq!((&manifest["seed"], &manifest["volume"], &manifest["interval_seconds"]), (&7.into(), &0.5.into(), &300.into()));
    assert_eq!(manifest["files"].as_array().unwrap().len(), 42);
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
