//! The Python program that measures from exports how lifelike a run is.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{root, run_well};

/// Runs a Python program of the directory `realism`.
fn python(program: &str, arguments: &[&Path]) -> Output {
    let path = root().join("crates/tollgate/tests/realism").join(program);
    Command::new("python3").arg("-B").arg(path).args(arguments).output().expect("python3 is on the path")
}

#[test]
fn statistics_of_small_tables_and_synthetic_series_are_as_known() {
    for program in ["test_measure.py", "test_time.py"] {
        let output = python(program, &[]);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_quiet_hour_is_measured() {
    let out = tempfile::tempdir().unwrap();
    run_well(&["run", "scenarios/quiet-hour.toml", "--quiet", "--out", out.path().to_str().unwrap()]);
    let run = out.path().join("quiet-hour");
    let output = python("measure.py", &[Path::new("--json"), run.as_path()]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = found["figures"].as_array().unwrap();
    let judged = figures.iter().filter(|figure| figure["verdict"] != "not judged").count();
    assert!(judged > 20, "too few figures are judged: {judged} of {}", figures.len());
}

#[test]
fn a_directory_without_exports_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let output = python("measure.py", &[empty.path()]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
}
