//! Functions that the tests of the command line share.

pub mod tree;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;
use tollgate_catalogue::Catalogue;

/// The program, without the environment variables that change its output.
pub fn tollgate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.current_dir(root()).env_remove("COLUMNS").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

/// Runs the program with arguments.
pub fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    tollgate().args(arguments).output().unwrap()
}

/// Runs the program and fails the test unless it succeeds.
pub fn run_well<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    let output = run(arguments);
    assert!(output.status.success(), "{}", transcript(arguments, &output));
    output
}

/// The transcript of a command: arguments, exit code and both streams.
pub fn transcript<S: AsRef<OsStr>>(arguments: &[S], output: &Output) -> String {
    let words: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
    let code = output.status.code().map_or("none".into(), |code| code.to_string());
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("$ tollgate {}\nexit code: {code}\n--- stdout\n{stdout}--- stderr\n{stderr}", words.join(" "))
}

/// The standard error of a command that has failed with the exit code 2.
pub fn stderr(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", transcript::<&str>(&[], output));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Every file below a directory: its path from there and its content.
pub fn content(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = PathBuf::from(path.file_name().unwrap());
            found.extend(content(&path).into_iter().map(|(below, bytes)| (name.join(below), bytes)));
        } else {
            found.push((PathBuf::from(path.file_name().unwrap()), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// The names in a directory, including hidden ones.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Random options of a run of quiet-hour: seed, volume, settings and counting rule, always with `--truth`.
pub fn options_of_a_quiet_hour() -> impl Strategy<Value = Vec<String>> {
    (
        0u64..1_000_000,
        0.05f64..1.5,
        0u32..7,
        prop::sample::select(vec!["5m", "1h"]),
        prop::sample::select(vec!["off", "preferred", "required"]),
        prop::sample::select(vec!["no", "preferred", "required", "required-verify"]),
        1u32..40,
        prop::sample::select(Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>()),
    )
        .prop_map(|(seed, volume, multiplier, interval, public, default, limit, rule)| {
            let sets = [
                format!("volume={volume}"),
                format!("appliances.quiet.reputation_multiplier={multiplier}"),
                format!("listeners.public.policies.ACCEPTED.tls={public}"),
                format!("listeners.public.policies.THROTTLED.max_recipients_per_hour={limit}"),
                format!("destination_controls.default={default}"),
                format!("appliances.quiet.counting.rule={rule}"),
                "appliances.quiet.counting.busy_above=3".into(),
            ];
            let options = ["--truth".into(), "--seed".into(), seed.to_string(), "--interval".into(), interval.into()];
            options.into_iter().chain(sets.into_iter().flat_map(|set| ["--set".to_owned(), set])).collect()
        })
}
