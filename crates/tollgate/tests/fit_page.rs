//! `tollgate fit --page` makes scenarios whose exports have the figures of a TLS Connections page.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use tollgate_catalogue::{Catalogue, Form};

use crate::diagnose::FIGURES;
use crate::support::{run, run_well, stderr};

/// A figure as it is typed, and the counts that it stands for. An empty text stands for a figure that is not given.
type Typed = (String, RangeInclusive<u64>);

/// The options of a fit. Figures without a text are left out.
fn options(figures: &[impl AsRef<str>; 7]) -> Vec<String> {
    let given = FIGURES.iter().zip(figures).filter(|(_, figure)| !figure.as_ref().is_empty());
    let given = given.flat_map(|(option, figure)| [(*option).to_owned(), figure.as_ref().to_owned()]);
    ["fit", "--page"].map(str::to_owned).into_iter().chain(given).collect()
}

/// Fits a scenario into a directory, and returns the exit code, the standard error and the document.
fn fit(directory: &Path, figures: &[impl AsRef<str>; 7], more: &[&str]) -> (i32, String, Value) {
    let file = directory.join("page.toml");
    let _ = fs::remove_file(&file);
    let fixed = ["--json", "-o", file.to_str().unwrap()];
    let fixed = fixed.iter().chain(more).map(|&each| each.to_owned());
    let output = run(&options(figures).into_iter().chain(fixed).collect::<Vec<_>>());
    let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap(), document)
}

/// The figures of the page in the exports of a run of the scenario, in the order of the page.
fn exported(directory: &Path) -> [u64; 7] {
    let (file, out) = (directory.join("page.toml"), directory.join("out"));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    run_well(&["run", &path(&file), "--quiet", "--only", "27", "--only", "28", "--out", &path(&out)]);
    let sums = |table: &str, headings: &[&str]| -> Vec<u64> {
        let text =
            fs::read_to_string(out.join("page/c650").join(format!("tls_connections_outgoing_tls_{table}_summary.csv")));
        let rows: Vec<Vec<String>> =
            text.unwrap().lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let place = |heading: &&str| rows[0].iter().position(|found| found == heading).unwrap();
        let sum = |place: usize| rows[1..].iter().map(|row| row[place].parse::<u64>().unwrap()).sum();
        headings.iter().map(place).map(sum).collect()
    };
    let connections = [
        "Successful - Required",
        "Successful - Preferred",
        "Failed - TLS Required",
        "Failed - Preferred",
        "Unencrypted Connections",
    ];
    let messages = ["TLS Encrypted", "Unencrypted"];
    [sums("connections", &connections), sums("messages", &messages)].concat().try_into().unwrap()
}

#[test]
fn a_run_shows_the_figures_of_known_pages() {
    let directory = tempfile::tempdir().unwrap();
    let unlisted: &[&str] = &[];
    // The figures, further options, the expected rule, and the connections in clear that the page does not show.
    for (figures, more, rule, hidden) in [
        // The hour after the switch, and the second site, of the forum thread.
        (["2", "943", "0", "0", "0", "1,019", "2,903"], &["--span", "1h"][..], "attempt-only", 2252),
        (["0", "1,904", "", "34", "34", "3,390", "12.6k"], unlisted, "attempt-only", 9741),
        // The week before.
        (["137", "0", "0", "0", "198,232", "139", "255,487"], &["--span", "7d"], "every-plain", 0),
        (["137", "0", "0", "0", "198,232", "139", "255,487"], &["--rule", "attempt-only"], "attempt-only", 0),
        // Consistent figures, failures under Required, and connections that carry nothing.
        (["5", "300", "7", "20", "1,020", "400", "1,300"], &["--span", "1h"], "every-plain", 0),
        (["", "10", "", "0", "50", "0", "0"], &["--span", "5m", "--seed", "7"], "every-plain", 0),
        // More failures than unencrypted connections, so that most second connections are not on the page.
        (["", "500", "", "40", "3", "700", "900"], unlisted, "first-contact", 695),
        // An abbreviated 0 may be a few.
        (["", "0.9k", "", "0", "0.0k", "", "20"], &["--rule", "every-plain"], "every-plain", 0),
        // More messages on a connection than a listener accepts by default.
        (["0.0k", "0", "0", "0", "1", "1,001", "0"], unlisted, "every-plain", 0),
    ] {
        let document = assert_shown(directory.path(), &figures, more);
        assert_eq!((&document["rule"], &document["hidden_connections"]), (&rule.into(), &hidden.into()), "{figures:?}");
    }
    for rule in Catalogue::builtin().rules() {
        let second_site = ["", "1,904", "", "34", "34", "", "12.6k"];
        let document = assert_shown(directory.path(), &second_site, &["--rule", &rule.name]);
        assert_eq!(document["rule"], rule.name);
        // Under the documented rule, each of the 34 connections carries hundreds of messages.
        let is_hidden = document["hidden_connections"].as_u64().unwrap() > 9_000;
        assert_eq!(is_hidden, rule.form() != Form::Every, "{document}");
    }
}

/// Asserts that a run shows the figures, and returns the document.
fn assert_shown(directory: &Path, figures: &[&str; 7], more: &[&str]) -> Value {
    let (code, errors, document) = fit(directory, figures, more);
    assert_eq!(code, 0, "{figures:?}: {errors}");
    assert_eq!(document["checked"], true, "{figures:?}");
    let found = exported(directory);
    for ((typed, name), found) in figures.iter().zip(FIGURES).zip(found) {
        assert_eq!(document["figures"][name.trim_start_matches("--").replace('-', "_")], found, "{figures:?}: {name}");
        if !typed.is_empty() && !typed.ends_with('k') {
            assert_eq!(typed.replace(',', ""), found.to_string(), "{figures:?}: {name}");
        }
    }
    document
}

#[test]
fn the_command_says_what_the_page_shows() {
    let directory = tempfile::tempdir().unwrap();
    let (_, errors, _) = fit(directory.path(), &["", "1,904", "", "34", "34", "3,390", "12.6k"], &[]);
    for told in [
        "counting rule: attempt-only (by the diagnosis, which calls it possible)",
        "a run of the scenario shows: Successful - Required 0, Successful - Preferred 1,904, ",
        ", TLS Encrypted 3,390, Unencrypted 12.6k",
        "not on the page: about 9,741 connections in clear",
        "; next: tollgate run ",
    ] {
        assert!(errors.contains(told), "{told}: {errors}");
    }
    // The same figures and seed give the same text.
    let first = fs::read_to_string(directory.path().join("page.toml")).unwrap();
    fit(directory.path(), &["", "1,904", "", "34", "34", "3,390", "12.6k"], &["--quiet"]);
    assert_eq!(fs::read_to_string(directory.path().join("page.toml")).unwrap(), first);
}

#[test]
fn figures_that_no_scenario_has_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let plain = ["", "943", "", "0", "0", "1,019", "2,903"];
    for (figures, more, refusal) in [
        (
            plain,
            &["--rule", "every-plain"][..],
            "under the rule every-plain: found 0 unencrypted connections with 2,903 unencrypted messages and 0 connections in Failed - \
             Preferred, allowed is at least 1 unencrypted connection; these rules explain the figures: attempt-only, ",
        ),
        (
            ["", "943", "", "34", "3", "1,019", "3"],
            &["--rule", "attempt-only"],
            "allowed is at least 34 unencrypted connections; these rules explain the figures: load-shed",
        ),
        (
            ["", "0", "", "0", "9", "12", "9"],
            &[],
            "found 12 TLS encrypted messages and no successful TLS connection, allowed is at least 1 connection for them",
        ),
        (
            ["", "1", "", "0", "0", "1,000,001", "0"],
            &[],
            "found 1,000,001 messages on 1 connection, allowed is at most 1,000,000 on each",
        ),
        (["0"; 7], &[], "found only zeros, allowed are figures with at least one connection or message"),
        (
            ["", "5000M", "", "0", "0", "", "0"],
            &[],
            "Successful - Preferred: found 4,999,500,000-5,000,499,999, allowed is at most",
        ),
        (["", "943", "", "0", "", "", "1"], &[], "these figures are missing: --unencrypted-connections. A page needs "),
        (["", "94.3", "", "0", "0", "", "1"], &[], "allowed is a whole number such as 943"),
        (plain, &["--span", "7m"], "found 7m, allowed is a multiple of 5m up to 366d"),
        (plain, &["--rule", "attempt"], "found attempt, allowed is every-plain"),
        (plain, &["customer"], "cannot be used with"),
        (plain, &["--keys", "3"], "cannot be used with"),
        (
            ["", "1.5M", "", "0", "0", "", "0"],
            &["--span", "5m"],
            "the appliance cannot process so many connections within the span: a run shows ",
        ),
    ] {
        let (code, errors, _) = fit(directory.path(), &figures, more);
        assert_eq!(code, 2, "{figures:?} {more:?}");
        assert!(errors.contains(refusal), "{figures:?} {more:?}: {errors}");
        assert!(!directory.path().join("page.toml").exists());
    }
    let output = run(&["fit", "customer", "--failed-preferred", "3", "-o", "-"]);
    assert!(stderr(&output).contains("cannot be used with"), "{}", stderr(&output));
}

/// A figure up to a count, exact or in thousands with one decimal.
fn figure(most: u64) -> impl Strategy<Value = Typed> {
    let exact = (0..=most).prop_map(|count| (count.to_string(), count..=count));
    let short = (0..=most).prop_map(|count| {
        let tenths = (count + 50) / 100;
        let low = (tenths * 100).saturating_sub(50);
        (format!("{}.{}k", tenths / 10, tenths % 10), low..=tenths * 100 + 49)
    });
    prop_oneof![3 => exact, 1 => Just(("0".to_owned(), 0..=0)), 1 => short]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_shows_the_figures_of_any_page(
        figures in [figure(9), figure(900), figure(9), figure(60), figure(900), figure(1200), figure(2000)],
        rule in prop::option::of(prop::sample::select(Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>())),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let texts = figures.clone().map(|(text, _)| text);
        let more: Vec<&str> = rule.iter().flat_map(|rule| ["--rule", rule]).chain(["--span", "1h"]).collect();
        let (code, errors, document) = fit(directory.path(), &texts, &more);
        let most = figures.clone().map(|(_, range)| *range.end());
        let encrypted_without_connections = *figures[5].1.start() > 0 && most[0] + most[1] == 0;
        if rule.is_none() {
            // Some rule explains all other figures.
            let are_zero = figures.iter().all(|(_, range)| *range.start() == 0);
            prop_assert!(code == 0 || encrypted_without_connections || are_zero, "{texts:?}: {errors}");
        }
        if code == 0 {
            let found = exported(directory.path());
            for ((text, range), found) in figures.iter().zip(found) {
                prop_assert!(range.contains(&found), "{text}: {found} of {texts:?} under {}", document["rule"]);
            }
        } else {
            prop_assert!(errors.contains("found ") && errors.contains("allowed "), "{texts:?}: {errors}");
        }
    }
}
