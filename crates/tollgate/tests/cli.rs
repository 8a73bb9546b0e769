//! The command line: exit code, standard output and standard error.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;
use tollgate_catalogue::Catalogue;

use crate::support::{run, run_well, tollgate, transcript};

/// Runs the program and compares its output with a snapshot.
macro_rules! assert_shows {
    ($($argument:expr),* $(,)?) => {{
        let arguments = [$($argument),*];
        assert_snapshot!(transcript(&arguments, &run(&arguments)));
    }};
}

#[test]
fn characters_that_set_the_direction_of_text_are_escaped() {
    let set = "virus_types.0.name=\"a\u{202e}b\"";
    let named = "incoming.0.name=\"a\u{202e}b\"";
    for arguments in [
        &["check", "thread-b-drawn", "--set", "appliances.0.name=\"a\u{202e}b\""][..],
        &["check", "thread-b-drawn", "--json", "--set", "appliances.0.name=\"a\u{202e}b\""],
        &["check", "fixture", "--set", named],
        &["check", "fixture", "--json", "--set", named],
        &["check", "fixture", "--json", "--set", set],
        &["check", "a\u{202e}b"],
        &["check", "a\u{202e}b", "--json"],
        &["check", "fixture", "--no-such=a\u{202e}b", "--json"],
        &["check", "fixture", "--no-such=a\u{202e}b"],
    ] {
        let output = run(arguments);
        for text in [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()) {
            assert!(!text.contains('\u{202e}'), "{arguments:?}: {text:?}");
        }
    }
}

#[test]
fn help() {
    assert_shows!("--help");
}

#[test]
fn help_of_run() {
    assert_shows!("run", "--help");
}

#[test]
fn help_of_check() {
    assert_shows!("check", "--help");
}

#[test]
fn help_of_reports() {
    assert_shows!("reports", "--help");
}

#[test]
fn the_help_command_prints_the_help_of_every_command() {
    for verb in ["run", "scenarios", "help"] {
        assert_eq!(run_well(&["help", verb]).stdout, run_well(&[verb, "--help"]).stdout, "{verb}");
    }
    assert_eq!(run_well(&["help"]).stdout, run_well(&["--help"]).stdout);
    assert_eq!(run(&["help", "rnu"]).stderr, run(&["rnu"]).stderr);
    assert_eq!(run(&["help", "rnu"]).status.code(), Some(2));
}

#[test]
fn no_verb() {
    let output = run::<&str>(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn a_verb_that_there_is_not() {
    assert_shows!("rnu");
}

#[test]
fn a_scenario_that_is_not_there() {
    assert_shows!("check", "scenarios/no-such.toml");
}

#[test]
fn a_scenario_with_a_key_that_there_is_not() {
    assert_shows!("run", "crates/tollgate/tests/data/unknown-key.toml", "--quiet");
}

#[test]
fn an_override_that_is_refused() {
    assert_shows!("check", "scenarios/quiet-hour.toml", "--set", "time.spam=1d");
}

#[test]
fn a_counting_rule_that_there_is_not() {
    assert_shows!("check", "crates/tollgate/tests/data/unknown-rule.toml");
}

#[test]
fn a_counting_rule_that_an_override_spells_wrongly() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--set", "appliances.0.counting.rule=atempt-only");
}

#[test]
fn truth_and_a_table_to_the_standard_output() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--out", "-", "--only", "24", "--truth");
}

#[test]
fn an_override_without_a_value() {
    assert_shows!("check", "scenarios/quiet-hour.toml", "--set", "time.span");
}

#[test]
fn an_interval_that_the_appliance_has_not() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--interval", "2h");
}

#[test]
fn no_threads() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--threads", "0");
}

#[test]
fn a_seed_and_a_volume_below_nothing() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--seed", "-1");
    assert_shows!("run", "scenarios/quiet-hour.toml", "--volume", "-0.5");
}

#[test]
fn a_table_that_there_is_not() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--only", "24,tls_connection");
}

#[test]
fn several_tables_to_the_standard_output() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--out", "-", "--only", "24,25");
}

#[test]
fn exports_and_a_document_to_the_standard_output() {
    assert_shows!("run", "scenarios/quiet-hour.toml", "--out", "-", "--only", "24", "--json");
}

#[test]
fn the_reports() {
    assert_shows!("reports");
}

#[test]
fn the_reports_as_json() {
    let output = run_well(&["reports", "--json"]);
    let reports: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports.as_array().unwrap().len(), Catalogue::builtin().tables().len());
    assert_snapshot!(serde_json::to_string_pretty(&reports[3]).unwrap());
}

#[test]
fn a_scenario_with_a_warning_is_valid() {
    let output = run(&["check", "crates/tollgate/tests/data/warning.toml"]);
    let shown = transcript::<&str>(&[], &output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[test]
fn colours_are_for_terminals_only() {
    for arguments in [&["check", "scenarios/no-such.toml"][..], &["run", "crates/tollgate/tests/data/unknown-key.toml"]]
    {
        let output = run(arguments);
        assert!(!output.stderr.is_empty() && !output.stderr.contains(&0x1b), "{}", transcript(arguments, &output));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = tollgate().arg("schema").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    assert_eq!(line, "{\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_at_the_standard_output_is_an_error() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = tollgate().arg("reports").stdout(full).output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("cannot write to standard output: No space left on device"), "{shown}");
}
