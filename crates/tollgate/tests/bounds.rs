//! Sets keys of a scenario to random extremes. Each scenario is refused with the place of the error, or it is accepted, and its run
//! finishes with the memory and in the time that `tollgate check` names.
//!
//! `BOUNDS_CASES=3000 cargo nextest run -p tollgate bounds` tries more cases.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::support::{root, run_well, stderr, tollgate};

/// The number of cases, unless `BOUNDS_CASES` is set.
const CASES: u32 = 40;
/// The longest run that is made, and its largest memory. Other runs only have to be estimated.
const LONGEST_SECONDS: f64 = 2.0;
const LARGEST_BYTES: u64 = 1 << 30;

/// A value of the scenario that can be set.
#[derive(Clone, Debug)]
struct Leaf {
    path: String,
    values: Vec<String>,
}

/// Numbers at and beyond the ends of types and ranges.
const NUMBERS: [&str; 16] = [
    "0",
    "1e-300",
    "1e-9",
    "0.5",
    "1",
    "2",
    "100",
    "65536",
    "1e6",
    "4294967295",
    "4294967296",
    "1e10",
    "1e12",
    "1e308",
    "18446744073709551615",
    "-1",
];
const SPANS: [&str; 10] = ["0s", "1us", "1s", "1m", "5m", "1h", "61m", "1d", "30d", "36500d"];
const MOMENTS: [&str; 3] = ["1970-01-01T00:00:00Z", "2008-11-17T12:00:00Z", "2199-12-31T23:00:00Z"];

/// All values of a document that its schema describes, with the extremes of each.
fn leaves(schema: &Value, place: &Value, value: &Value, path: &str, found: &mut Vec<Leaf>) {
    let target = place["allOf"][0]["$ref"].as_str().or(place["$ref"].as_str());
    let node = target.map_or(place, |target| schema.pointer(&target[1..]).unwrap());
    let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                leaves(schema, &node["properties"][key], member, &below(key), found);
            }
        }
        Value::Array(elements) if elements.first().is_some_and(Value::is_object) => {
            for (index, element) in elements.iter().enumerate().take(2) {
                leaves(schema, &node["items"], element, &below(&index.to_string()), found);
            }
            let longest = node["maxItems"].as_u64().map_or(2, |most| most + 1);
            let lists = [0, 2, 200, longest].map(|length| list_of(&elements[0], length as usize));
            // A longer text cannot be an argument.
            let lists = lists.into_iter().filter(|list| list.len() < 100_000).collect();
            found.push(Leaf { path: path.into(), values: lists });
        }
        Value::Array(_) => {}
        Value::Number(_) => {
            let bound = |key: &str| place[key].as_f64().or(node[key].as_f64());
            let bounds = [bound("minimum"), bound("maximum"), bound("maximum").map(|most| most + 1.0)];
            let bounds = bounds.into_iter().flatten().map(|bound| format!("{bound}"));
            found.push(Leaf { path: path.into(), values: bounds.chain(NUMBERS.map(String::from)).collect() });
        }
        Value::Bool(_) => found.push(Leaf { path: path.into(), values: vec!["true".into(), "false".into()] }),
        Value::String(_) => {
            let choices = node["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str());
            let mut texts: Vec<String> = choices.map(String::from).collect();
            match node["format"].as_str() {
                Some("span") => texts.extend(SPANS.map(String::from)),
                Some("date-time") => texts.extend(MOMENTS.map(String::from)),
                Some("ipv4-network") => texts.extend(["0.0.0.0/0", "198.18.0.0/30", "198.18.0.1/32"].map(String::from)),
                _ if texts.is_empty() => texts.extend([String::new(), "a".into(), "x".repeat(300), "y".repeat(50_000)]),
                _ => {}
            }
            let texts = texts.iter().map(|text| format!("{text:?}")).collect();
            found.push(Leaf { path: path.into(), values: texts });
        }
        Value::Null => {}
    }
}

/// A list of copies of a table, each with a name of its own.
fn list_of(element: &Value, length: usize) -> String {
    let copies = (0..length).map(|number| {
        let mut copy = element.clone();
        for key in ["name", "domain"] {
            if let Some(Value::String(name)) = copy.get_mut(key) {
                *name = format!("n{number}.{name}")
                    .replace(if key == "name" { "." } else { "" }, if key == "name" { "-" } else { "" });
            }
        }
        let table: toml::Table = serde_json::from_value(copy).unwrap();
        toml::Value::Table(table).to_string().replace('\n', "")
    });
    format!("[{}]", copies.collect::<Vec<_>>().join(","))
}

/// Runs the program with limits of time and of address space. A thread reserves more than it uses.
fn limited(arguments: &[String], seconds: f64, bytes: u64) -> Output {
    let kib = bytes / 1024 + 768 * 1024;
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("ulimit -v {kib}; exec timeout {seconds} \"$0\" \"$@\""));
    command.arg(tollgate().get_program()).args(arguments).current_dir(root()).env("MALLOC_ARENA_MAX", "2");
    command.output().unwrap()
}

/// Checks a scenario with some values, and runs it if it is accepted and short. Returns true if it was run.
fn keeps_its_word(sets: &[(String, String)], directory: &Path) -> bool {
    let sets = sets.iter().flat_map(|(path, value)| ["--set".to_owned(), format!("{path}={value}")]);
    let mut arguments: Vec<String> =
        ["check", "crates/scenario/tests/good/everything.toml", "--json"].map(String::from).into();
    arguments.extend(sets);
    let shown = arguments.join(" ").chars().take(500).collect::<String>();
    let checked = limited(&arguments, 60.0, 4 << 30);
    let stderr = String::from_utf8_lossy(&checked.stderr).into_owned();
    if checked.status.code() == Some(2) {
        let refused: Value = serde_json::from_str(stderr.lines().last().unwrap_or_default()).unwrap();
        let has_place = refused["problems"].as_array().is_some_and(|problems| !problems.is_empty());
        assert!(has_place || stderr.contains("memory: the run needs"), "{shown}\n{stderr}");
        return false;
    }
    assert!(checked.status.success(), "{shown}\n{:?} {stderr}", checked.status);
    let cost = &serde_json::from_slice::<Value>(&checked.stdout).unwrap()["run"];
    let (seconds, bytes) = (cost["seconds"].as_f64().unwrap(), cost["peak_memory_bytes"].as_u64().unwrap());
    if seconds > LONGEST_SECONDS || bytes > LARGEST_BYTES {
        return false;
    }
    let out = directory.join("run");
    arguments[0] = "run".into();
    arguments.retain(|argument| argument != "--json");
    arguments.extend(["--quiet".into(), "--out".into(), out.display().to_string()]);
    // Other tests run at the same time.
    let run = limited(&arguments, 3.0 * seconds + 20.0, bytes + bytes / 2);
    assert!(run.status.success(), "{shown}\n{cost}\n{:?} {}", run.status, String::from_utf8_lossy(&run.stderr));
    fs::remove_dir_all(out).unwrap();
    true
}

#[test]
fn what_check_accepts_run_runs() {
    let schema: Value = serde_json::from_slice(&run_well(&["schema"]).stdout).unwrap();
    let text = fs::read_to_string(root().join("crates/scenario/tests/good/everything.toml")).unwrap();
    let document: Value = toml::from_str(&text).unwrap();
    let mut found = Vec::new();
    leaves(&schema, &schema, &document, "", &mut found);
    assert!(found.len() > 200, "{} keys", found.len());
    let set =
        prop::sample::select(found).prop_flat_map(|leaf| (Just(leaf.path), prop::sample::select(leaf.values))).boxed();
    let cases = std::env::var("BOUNDS_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    // The same cases in every run.
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha));
    let directory = tempfile::tempdir().unwrap();
    let runs = std::cell::Cell::new(0);
    let tried = runner.run(&prop::collection::vec(set, 1..=2), |sets| {
        runs.set(runs.get() + u32::from(keeps_its_word(&sets, directory.path())));
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    assert!(runs.get() * 10 >= cases, "{} of {cases} cases were run", runs.get());
}

#[test]
fn the_text_of_a_scenario_has_its_part_in_the_memory_and_is_not_read_beyond_a_limit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long.toml");
    let text = fs::read_to_string(root().join("scenarios/fixture.toml")).unwrap();
    let run = |text: &str, limit_kib: u64, arguments: &str| {
        fs::write(&path, text).unwrap();
        let mut command = Command::new("bash");
        command.arg("-c").arg(format!("ulimit -v {limit_kib}; exec \"$0\" {arguments}")).arg(tollgate().get_program());
        command.current_dir(directory.path()).output().unwrap()
    };
    // Short comments and blank lines have most tokens for each byte.
    let comment = "# A comment of forty characters and a bit\n";
    for (line, number, least_bytes) in [("#\n", 1_000_000, 100e6), ("\n", 2_000_000, 100e6), (comment, 50_000, 30e6)] {
        let long = text.clone() + &line.repeat(number);
        let checked = run(&long, 4 << 20, "check long.toml --json");
        let cost = &serde_json::from_slice::<Value>(&checked.stdout).unwrap()["run"]["peak_memory_bytes"];
        let bytes = cost.as_u64().unwrap();
        assert!((least_bytes..1.5 * least_bytes).contains(&(bytes as f64)), "{line:?}: {bytes}");
        // A thread reserves more than it uses.
        let ran = run(&long, (bytes + bytes / 2 + (120 << 20)) / 1024, "run long.toml --quiet --threads 1");
        assert!(ran.status.success(), "{line:?} {bytes}: {ran:?}");
        let refused = stderr(&run(&long, bytes / 1024 / 2 + 40_000, "check long.toml"));
        let is_refused = refused.contains("reading this file needs about ") || refused.starts_with("error: memory: ");
        assert!(is_refused, "{line:?} {bytes}: {refused}");
    }
    // Errors are collected up to a limit, so that they need little memory.
    let keys: String = (0..200_000).map(|number| format!("k{number} = 1\n")).collect();
    let refused = stderr(&run(&(keys + &text), 600_000, "check long.toml"));
    assert!(refused.ends_with("more errors\n"), "{refused}");
}

#[test]
fn a_run_that_exceeds_its_address_space_is_refused() {
    let limited = |arguments: &str| {
        let mut command = Command::new("bash");
        command.arg("-c").arg(format!("ulimit -v 300000; exec \"$0\" {arguments}")).arg(tollgate().get_program());
        command.current_dir(root()).output().unwrap()
    };
    for arguments in
        ["run quiet-hour --volume 100 --out no/such", "check quiet-hour --volume 100", "serve quiet-hour --volume 100"]
    {
        let error = stderr(&limited(arguments));
        assert!(error.contains("memory: the ") && error.contains(" needs about "), "{error}");
        assert!(
            error.contains(" that the limit of the address space allows (ulimit -v). Choose a smaller volume"),
            "{error}"
        );
    }
    let refused: Value = serde_json::from_str(&stderr(&limited("check quiet-hour --volume 100 --json"))).unwrap();
    let problem = json!({ "path": "", "message": refused["error"], "file": "quiet-hour.toml" });
    assert_eq!(refused["problems"], json!([problem]));
    // `check` has no number of threads to choose.
    assert!(!stderr(&limited("check quiet-hour --volume 100")).contains("fewer threads"));
    let small = limited("check fixture");
    assert!(small.status.success(), "{small:?}");
}
