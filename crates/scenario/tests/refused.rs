//! Scenarios that are refused or cause warnings, each beside a file with the expected text.
//!
//! `UPDATE=1 cargo nextest run -p tollgate-scenario refused warned` writes the texts.

use std::fs;
use std::path::{Path, PathBuf};

use tollgate_scenario::{Override, Scenario, ScenarioError, ScenarioText};

/// The scenario files of a directory, in order.
fn files(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Reads a file. Errors show its name without directories, so that they do not depend on the place of the repository.
fn source(path: &Path) -> ScenarioText {
    ScenarioText::new(&fs::read_to_string(path).unwrap(), &path.file_name().unwrap().to_string_lossy(), &[])
}

/// Compares a text with the expected one beside a file, or writes it.
fn expect(path: &Path, found: &str) {
    let expected = path.with_extension("txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&expected, format!("{found}\n")).unwrap();
    }
    assert_eq!(format!("{found}\n"), fs::read_to_string(expected).unwrap(), "{}", path.display());
}

#[test]
fn refused_scenarios_show_the_places_of_their_errors() {
    for path in files("refused") {
        let error = source(&path).scenario().expect_err(&path.display().to_string());
        expect(&path, &error.to_string());
    }
}

#[test]
fn warnings_show_their_places() {
    for path in files("warned") {
        let source = source(&path);
        let warnings = source.scenario().unwrap().warnings();
        let lines: Vec<_> = warnings.iter().map(|warning| source.render(&[warning], false)).collect();
        expect(&path, &lines.join("\n\n"));
    }
}

#[test]
fn good_scenarios_pass_without_warning() {
    for path in files("good").into_iter().chain(files("../../../scenarios")) {
        let scenario = source(&path).scenario().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.warnings(), [], "{}", path.display());
    }
}

#[test]
fn every_problem_of_a_kind_is_counted() {
    let path = files("refused").into_iter().find(|path| path.ends_with("appliances.toml")).unwrap();
    let ScenarioError::Refused(refusal) = source(&path).scenario().unwrap_err() else { panic!("refused otherwise") };
    assert_eq!(refusal.count(), refusal.to_string().matches("error: ").count());
}

#[test]
fn a_missing_file_is_named() {
    let error = Scenario::read(Path::new("no/such.toml"), &[]).unwrap_err();
    assert_eq!(error.to_string(), "no/such.toml: found no such file, allowed is a scenario in TOML");
    assert_eq!(error.render(false), format!("error: {error}"));
}

#[test]
fn a_file_without_text_is_refused_with_the_reason() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let error = Scenario::read(&directory, &[]).unwrap_err().to_string();
    assert!(error.ends_with("/tests: found a directory, allowed is a scenario in TOML"), "{error}");
    let read = |bytes: &[u8]| ScenarioText::read_stream(bytes, "x.toml", &[]).map(|text| text.text().to_owned());
    let error = read(b"format = 1\n# \xc3\xa4 \xff\n").unwrap_err().to_string();
    assert_eq!(error, "x.toml:2:5: found the byte 0xff, allowed is UTF-8 text");
    assert_eq!(read("# \u{e4}".as_bytes()).unwrap(), "# \u{e4}");
}

#[test]
fn a_stream_is_read_within_a_limit() {
    let error = ScenarioText::read_stream(std::io::repeat(b'#'), "x.toml", &[]).unwrap_err().to_string();
    assert_eq!(error, "x.toml: found more than 4194304 bytes, allowed are at most 4194304");
}

#[test]
fn the_memory_of_reading_depends_on_the_tokens() {
    let bytes = |text: &str| ScenarioText::new(text, "x.toml", &[]).reading_bytes();
    for (line, tokens) in [
        ("\n", 1),
        ("# a = \"b\", c\n", 2),
        ("  #\n", 3),
        ("a = 1 # \u{e4}\n", 8),
        ("a.b=[1, \"x y\", 'z']", 13),
        ("\"", 1),
        ("\u{e4}b c", 3),
    ] {
        let expected = 47.0 * f64::from(tokens) + 2.0 * line.len() as f64;
        assert_eq!(bytes(line) - bytes(""), expected, "{line:?}");
    }
}

#[test]
fn a_long_list_of_allowed_words_is_shown_once() {
    let error = Scenario::parse("format = 1\nunknown = 1\nvolumes = 2\n", "x.toml", &[]).unwrap_err();
    let helps: Vec<_> = error.problems().into_iter().filter_map(|problem| problem.help).collect();
    let [first, second] = helps.as_slice() else { panic!("{helps:?}") };
    assert!(first.starts_with("allowed are `appliances`, ") && first.len() > 200, "{first}");
    assert_eq!(second, "did you mean `volume`? Allowed are the words of the list above");
}

#[test]
fn errors_are_bounded_in_number_and_length() {
    let keys: String = (0..5000).map(|number| format!("k{number} = 1\n")).collect();
    let error = Scenario::parse(&format!("format = 1\n{keys}"), "x.toml", &[]).unwrap_err();
    let text = error.to_string();
    // The tables `time`, `appliances` and `users` are missing.
    assert!(text.ends_with("\n\nerror: 4,953 more errors") && text.len() < 40_000, "{}", text.len());
    assert_eq!((error.problems().len(), error.further().as_deref()), (50, Some("4,953 more errors")));
    let shown: Vec<String> = error.problems().into_iter().map(|problem| problem.message).collect();
    let expected: Vec<String> = (0..50).map(|number| format!("found the unknown key `k{number}`")).collect();
    assert_eq!(shown, expected);
    let long = "k".repeat(1_000_000);
    for text in [format!("format = 1\n{long} = 1\n"), format!("format = 1\nseed = \"{long}\"\n")] {
        let error = Scenario::parse(&text, "x.toml", &[]).unwrap_err();
        assert!(error.to_string().len() < 8000 && error.to_string().contains("--> x.toml:2:"), "{error}");
        let problems = error.problems();
        assert!(problems.iter().all(|problem| problem.path.len() + problem.message.len() < 4000), "{error}");
    }
    let set = format!("no.such={long}").parse().unwrap();
    assert!(Scenario::parse("format = 1", "x.toml", &[set]).unwrap_err().to_string().len() < 8000);
}

#[test]
fn the_error_of_a_name_comes_before_those_of_its_references() {
    for (set, own) in [
        ("appliances.0.name=\"..\"", "error: appliances.\"..\".name: found \"..\", allowed are 1 to 100"),
        ("listeners.0.name=\" \"", "error: listeners.\" \".name: found \" \", allowed is text"),
    ] {
        let overrides = [set.parse().unwrap()];
        let refused =
            Scenario::parse(include_str!("good/everything.toml"), "x.toml", &overrides).unwrap_err().to_string();
        assert!(refused.starts_with(own) && !refused.contains("is the name of an appliance"), "{refused}");
    }
}

#[test]
fn colour_is_off_unless_requested() {
    let error = Scenario::parse("format = 2", "x.toml", &[]).unwrap_err();
    assert!(error.render(true).contains("\u{1b}["));
    assert!(!error.render(false).contains('\u{1b}'));
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let error = Scenario::parse("format = 1\n\"\\u001b[31m\" = 1\n", "x.toml", &[]).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'));
    let set: ScenarioError = "a.\u{84}\u{1b}=1".parse::<Override>().unwrap_err();
    let in_file =
        Scenario::parse("format = 1\n# \u{84}\nseed = \"\u{84}\" # \u{84}\n", "\u{84}.toml", &[]).unwrap_err();
    for error in [set, in_file] {
        let text = error.render(false);
        assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text:?}");
    }
}

#[test]
fn one_cause_has_one_error() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    for (set, expected) in [
        ("time.span=0h", "time.span: found 0s, allowed is a whole number of export intervals (1h), at least one"),
        (
            "volume=1e9",
            "volume: found 1000000000, which multiplies per_week = 1500 of \"mx1.example.co.uk\" to 1500000000000, allowed is a \
             product of at most 10000000000",
        ),
    ] {
        let error = Scenario::read(&path, &[set.parse().unwrap()]).unwrap_err();
        assert_eq!(error.render(false), format!("error: {expected}\n--> --set {set}"));
    }
}
