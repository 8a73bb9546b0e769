//! Shipped scenarios, and scenarios from standard input.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::support::{root, run, run_well, stderr, tollgate, transcript};

/// Runs the program in a directory.
fn run_in(directory: &Path, arguments: &[&str]) -> Output {
    tollgate().current_dir(directory).args(arguments).output().unwrap()
}

/// Runs the program with text on standard input.
fn run_with_input(arguments: &[&str], text: &str) -> Output {
    let mut command = tollgate();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", transcript::<&str>(&[], output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_list_has_every_scenario_with_its_span_and_volume() {
    let listed: Value = serde_json::from_slice(&run_well(&["scenarios", "--json"]).stdout).unwrap();
    let text = stdout(&run(&["scenarios"]));
    let listed = listed.as_array().unwrap();
    assert_eq!(text.lines().count(), listed.len() + 1);
    for scenario in listed {
        let name = scenario["name"].as_str().unwrap();
        assert!(
            text.lines().any(|line| line.starts_with(name) && line.ends_with(scenario["summary"].as_str().unwrap()))
        );
    }
    // `check` also simulates a sample, so only small scenarios, with all kinds of populations, are compared with it.
    let names = ["fixture", "odd-keys", "quiet-hour", "thread-a-exact", "thread-a-drawn", "outbreak"];
    let compared: Vec<&Value> =
        listed.iter().filter(|scenario| names.contains(&scenario["name"].as_str().unwrap())).collect();
    assert_eq!(compared.len(), names.len());
    for scenario in compared {
        let name = scenario["name"].as_str().unwrap();
        let check: Value = serde_json::from_slice(&run_well(&["check", name, "--json"]).stdout).unwrap();
        assert_eq!((&scenario["begin"], &scenario["end"]), (&check["begin"], &check["end"]), "{name}");
        let populations = check["volumes"]["populations"].as_array().unwrap();
        let connections = populations.iter().flat_map(|population| population["connections"].as_array().unwrap());
        let sum: f64 = connections.map(|connections| connections.as_f64().unwrap()).sum();
        let shown = scenario["expected_connections"].as_f64().unwrap();
        assert!((shown - sum).abs() < 1e-6 * sum, "{name}: {shown} is not {sum}");
    }
}

#[test]
fn a_name_a_file_and_standard_input_give_the_same_exports() {
    let directory = tempfile::tempdir().unwrap();
    let notes = run_in(directory.path(), &["init", "fixture", "-o", "own copy.toml"]);
    assert!(String::from_utf8_lossy(&notes.stderr).ends_with("next: tollgate run 'own copy.toml'\n"));
    let text = fs::read_to_string(directory.path().join("own copy.toml")).unwrap();
    let out = directory.path().join("out");
    let arguments = |scenario: &'static str| ["run", scenario, "--quiet", "--out", out.to_str().unwrap()];
    assert_eq!(stdout(&run_in(directory.path(), &arguments("own copy.toml"))), "");
    assert_eq!(stdout(&run(&arguments("fixture"))), "");
    assert_eq!(stdout(&run_with_input(&arguments("-"), &text)), "");
    let files = |name: &str| {
        let manifest = fs::read(out.join(name).join("manifest.json")).unwrap();
        serde_json::from_slice::<Value>(&manifest).unwrap()["files"].clone()
    };
    assert_eq!(files("own copy"), files("fixture"));
    assert_eq!(files("stdin"), files("fixture"));
}

#[test]
fn init_writes_a_file_and_never_replaces_one() {
    let directory = tempfile::tempdir().unwrap();
    assert!(run_in(directory.path(), &["init"]).status.success());
    let written = fs::read_to_string(directory.path().join("c650-week.toml")).unwrap();
    assert_eq!(stdout(&run(&["init", "-o", "-"])), written);
    let again = stderr(&run_in(directory.path(), &["init"]));
    assert_eq!(again, "error: c650-week.toml: the file exists; choose another file with --out\n");
    assert_eq!(fs::read_to_string(directory.path().join("c650-week.toml")).unwrap(), written);
    let nowhere = stderr(&run_in(directory.path(), &["init", "-o", "no/such/own.toml"]));
    assert_eq!(nowhere, "error: cannot write no/such/own.toml: No such file or directory\n");
    let unknown = stderr(&run_in(directory.path(), &["init", "quiet-huor"]));
    assert!(
        unknown.contains("allowed are c650-week, ") && unknown.ends_with("; did you mean quiet-hour?\n"),
        "{unknown}"
    );
}

#[test]
fn a_file_takes_precedence_over_a_shipped_scenario() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("peak-day")).unwrap();
    assert!(run_in(directory.path(), &["check", "peak-day"]).status.success(), "a directory is no scenario");
    fs::write(directory.path().join("quiet-hour"), "format = 2\n").unwrap();
    let refused = stderr(&run_in(directory.path(), &["check", "quiet-hour"]));
    assert!(refused.contains("--> quiet-hour:1:10"), "{refused}");
}

#[test]
fn a_scenario_that_is_no_text_is_refused_with_what_is_allowed() {
    let program = tollgate().get_program().to_owned();
    let cases = [
        (program.to_str().unwrap(), "found more than 4194304 bytes, allowed are at most 4194304"),
        ("crates", "found a directory, allowed are a scenario file, `-` for standard input, or a name"),
        ("scenarios/quiet-hour", "did you mean quiet-hour?"),
    ];
    for (scenario, expected) in cases {
        let refused = stderr(&run(&["check", scenario]));
        assert!(refused.contains(expected) && !refused.contains("os error"), "{refused}");
    }
    let directory = tempfile::tempdir().unwrap();
    for name in ["..toml", "...toml"] {
        fs::copy(root().join("scenarios/fixture.toml"), directory.path().join(name)).unwrap();
        let refused = run_in(directory.path(), &["check", &format!("./{name}")]);
        assert!(refused.status.code() == Some(2) && stderr(&refused).contains("as the name of the scenario"));
    }
    let empty = stderr(&run_with_input(&["check", "-"], ""));
    assert!(empty.contains("standard input"), "{empty}");
    let twice = stderr(&run_with_input(
        &["plan", "-", "--compare", "-"],
        &fs::read_to_string(root().join("scenarios/quiet-hour.toml")).unwrap(),
    ));
    assert!(twice.contains("--compare: found - itself"), "{twice}");
}

#[test]
fn tables_are_selected_by_title_in_any_letter_case() {
    let by_title =
        stdout(&run(&["run", "fixture", "--quiet", "--out", "-", "--only", "incoming tls connections summary"]));
    assert_eq!(by_title, stdout(&run(&["run", "fixture", "--quiet", "--out", "-", "--only", "24"])));
    let refused = stderr(&run(&["run", "fixture", "--only", "overveiw"]));
    assert!(refused.contains("found no such table; did you mean \"overview\"?"), "{refused}");
}

#[test]
fn under_json_errors_are_json() {
    let last_line = |arguments: &[&str]| {
        let shown = stderr(&run(arguments));
        serde_json::from_str::<Value>(shown.lines().last().unwrap()).unwrap_or_else(|error| panic!("{error}: {shown}"))
    };
    for arguments in [
        &["check", "no-such", "--json"][..],
        &["run", "fixture", "--json", "--interval", "2h"],
        &["run", "fixture", "--json", "--threads", "0"],
        &["run", "fixture", "--json", "--only", "no-such"],
        &["plan", "fixture", "--json", "--out", "-"],
        &["audit", "no-such", "--json"],
        &["diagnose", "--json"],
        &["no-such", "--json"],
    ] {
        let error = last_line(arguments)["error"].as_str().unwrap().to_owned();
        assert!(!error.is_empty() && !error.starts_with("error") && !error.contains('\u{1b}'), "{error}");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("latin.toml");
    fs::write(&file, b"format = 1\nseed = \xe4").unwrap();
    let file = file.to_str().unwrap();
    let message = "found the byte 0xe4, allowed is UTF-8 text";
    let latin = json!({ "path": "", "message": message, "file": file, "line": 2, "column": 8 });
    let message = "/dev/null: found a FIFO, a socket or a device, allowed is a regular file, or `-` for standard input";
    let device = json!({ "path": "", "message": message, "file": "/dev/null" });
    for (file, error, problem) in [
        (file, format!("{file}:2:8: found the byte 0xe4, allowed is UTF-8 text"), latin),
        ("/dev/null", message.to_owned(), device),
    ] {
        assert_eq!(last_line(&["check", file, "--json"]), json!({ "error": error, "problems": [problem] }));
    }
    let refused = last_line(&["run", "crates/tollgate/tests/data/unknown-key.toml", "--json"]);
    let problem = &refused["problems"][0];
    assert_eq!(problem["file"], "crates/tollgate/tests/data/unknown-key.toml");
    assert!(problem["line"].as_u64().unwrap() > 1 && problem["column"].as_u64().unwrap() > 0, "{refused}");
    let refused = last_line(&["check", "fixture", "--json", "--set", "time.span=1d", "--set", "seed=-1"]);
    let places: Vec<&Value> =
        refused["problems"].as_array().unwrap().iter().map(|problem| &problem["overrides"]).collect();
    assert_eq!(places, [&json!(["--set seed=-1"])], "{refused}");
}

#[test]
fn under_json_an_error_quotes_a_whole_argument() {
    let value = "a\n\nUsage: b\n\nFor more information, c";
    let refused = stderr(&run(&["run", "fixture", "--json", "--threads", value]));
    let refused: Value = serde_json::from_str(&refused).unwrap();
    let error = refused["error"].as_str().unwrap();
    assert!(error.contains(value) && error.ends_with("allowed is a whole number from 1 to 1024"), "{error}");
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_text_are_refused_by_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let refuse = |arguments: &[&str]| {
        let odd = OsStr::from_bytes(b"odd-\xff.toml");
        stderr(&tollgate().current_dir(directory.path()).args(arguments).arg(odd).output().unwrap())
    };
    let shown = "odd-\u{fffd}.toml";
    let expected = format!("error: --out: found {shown}, allowed is a name in UTF-8 text\n");
    assert_eq!(refuse(&["init", "fixture", "--out"]), expected);
    assert_eq!(
        refuse(&["run", "fixture", "--set"]),
        format!("error: found the argument {shown}, allowed is UTF-8 text\n")
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn manual_pages_replace_only_manual_pages() {
    let directory = tempfile::tempdir().unwrap();
    let man = || run_in(directory.path(), &["man", "."]);
    assert!(man().status.success());
    // A killed program leaves such a directory.
    fs::create_dir(directory.path().join(".tollgate-man-killed")).unwrap();
    assert!(man().status.success(), "pages of an earlier version are replaced");
    let page = directory.path().join("tollgate-run.1");
    fs::write(&page, "mine").unwrap();
    let refused = stderr(&man());
    assert!(refused.contains("refusing to replace ./tollgate-run.1: it is not a manual page of tollgate"), "{refused}");
    assert_eq!(fs::read(&page).unwrap(), b"mine");
    assert!(fs::read_dir(directory.path()).unwrap().all(|file| file.unwrap().path().is_file()), "nothing else is left");
}

#[test]
fn every_verb_has_a_completion_and_a_manual_page() {
    let verbs = [
        "run",
        "serve",
        "check",
        "plan",
        "audit",
        "diagnose",
        "scenarios",
        "init",
        "reports",
        "schema",
        "completions",
        "man",
        "help",
    ];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(&run(&["completions", shell]));
        assert!(verbs.iter().all(|verb| script.contains(verb)), "{shell}");
    }
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man/man1");
    assert!(run(&["man", pages.to_str().unwrap()]).status.success());
    for verb in verbs {
        let page = fs::read_to_string(pages.join(format!("tollgate-{verb}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(&format!("tollgate\\-{verb}")), "{verb}");
    }
    assert!(pages.join("tollgate.1").exists());
}
