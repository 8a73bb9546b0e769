//! Runs the fuzz targets on the corpus, and on random changes of it.
//!
//! `make fuzz` does so for an hour, with libFuzzer if cargo-fuzz and a nightly toolchain are there.

mod targets;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use targets::{FIXTURE, TARGETS, Target};

/// The number of random inputs for each target.
const CASES: u32 = 400;

/// Fragments that are inserted. Random bytes would seldom form them.
const FRAGMENTS: [&str; 24] = [
    "\r\n",
    "\n",
    "\"",
    "'",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".+=",
    ",",
    ";",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{e9}",
    "-1",
    "1e308",
    "18446744073709551616",
    "nan",
    "%00",
    "../",
    "Transfer-Encoding: chunked\r\n",
];

/// A change of an input.
#[derive(Clone, Debug)]
enum Change {
    Replace(Index, u8),
    Insert(Index, &'static str),
    Remove(Index, Index),
    Repeat(Index, Index, u8),
    Splice(Index, Index),
}

#[test]
fn the_corpus_is_handled() {
    for (name, target) in TARGETS {
        corpus(name).iter().for_each(|input| target(input));
    }
}

#[test]
fn random_changes_of_scenarios_are_handled() {
    fuzz("scenario");
}

#[test]
fn random_changes_of_overrides_are_handled() {
    fuzz("overrides");
}

#[test]
fn random_changes_of_exports_are_handled() {
    fuzz("exports");
}

#[test]
fn random_changes_of_requests_are_handled() {
    fuzz("request");
}

/// Runs a target on random inputs: on [`CASES`] of them, or for `FUZZ_SECONDS`.
fn fuzz(name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(other, _)| *other == name).expect("a target");
    let corpus = corpus(name);
    let seconds = env::var("FUZZ_SECONDS").ok().map(|seconds| seconds.parse().expect("FUZZ_SECONDS is a number"));
    let Some(seconds) = seconds else { return run(target, &corpus, Config::with_cases(CASES)) };
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        run(target, &corpus, Config::with_cases(CASES));
    }
}

fn run(target: Target, corpus: &[Vec<u8>], config: Config) {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..config });
    let inputs = (any::<Index>(), prop::collection::vec(change(), 0..6));
    let outcome = runner.run(&inputs, |(first, changes)| {
        let mut input = first.get(corpus).clone();
        changes.iter().for_each(|change| change.apply(&mut input, corpus));
        target(&input);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), prop::sample::select(FRAGMENTS.to_vec())).prop_map(|(at, text)| Change::Insert(at, text)),
        (any::<Index>(), any::<Index>()).prop_map(|(begin, end)| Change::Remove(begin, end)),
        (any::<Index>(), any::<Index>(), 1u8..20).prop_map(|(begin, end, times)| Change::Repeat(begin, end, times)),
        (any::<Index>(), any::<Index>()).prop_map(|(at, other)| Change::Splice(at, other)),
    ]
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let place = |index: &Index| index.index(input.len() + 1);
        // Removing or repeating the half of an input would seldom leave anything of interest.
        let range = |begin: &Index, length: &Index| {
            let begin = place(begin);
            begin..(begin + length.index(100)).min(input.len())
        };
        match self {
            Change::Replace(at, byte) if !input.is_empty() => {
                let at = at.index(input.len());
                input[at] = *byte;
            }
            Change::Replace(..) => {}
            Change::Insert(at, text) => {
                let at = place(at);
                input.splice(at..at, text.bytes());
            }
            Change::Remove(begin, length) => {
                let range = range(begin, length);
                input.drain(range);
            }
            Change::Repeat(begin, length, times) => {
                let range = range(begin, length);
                let repeated = input[range.clone()].repeat((*times).into());
                input.splice(range.end..range.end, repeated);
            }
            Change::Splice(at, other) => {
                let at = place(at);
                input.truncate(at);
                input.extend_from_slice(&other.get(corpus)[at.min(other.get(corpus).len())..]);
            }
        }
    }
}

/// The inputs of a target in the corpus, and those that the repository has anyway.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = files(&package.join("tests/fuzz/corpus").join(name));
    if name == "scenario" {
        paths.extend(files(&package.join("../scenario/tests/good")));
        paths.extend(files(&package.join("../scenario/tests/refused")));
    }
    let mut inputs: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    if name == "scenario" {
        inputs.push(FIXTURE.into());
    }
    assert!(!inputs.is_empty());
    inputs
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_none_or(|extension| extension != "txt"));
    files.sort();
    files
}
