//! `tollgate plan`: the sides of a plan, and their names.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::plan::Place;
use crate::support::run_well;

/// The names of the sides in each file of a plan, in order of their first appearance.
fn side_names(directory: &Path) -> [Vec<String>; 3] {
    let document: Value = serde_json::from_slice(&fs::read(directory.join("plan.json")).unwrap()).unwrap();
    let variants =
        document["variants"].as_array().unwrap().iter().map(|side| side["name"].as_str().unwrap().to_owned());
    let mut reader = csv::Reader::from_path(directory.join("plan.csv")).unwrap();
    let rows = reader.records().map(|row| row.unwrap()[0].to_owned());
    let runs = fs::read_to_string(directory.join("runs.jsonl")).unwrap();
    let runs =
        runs.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["side"].as_str().unwrap().to_owned());
    [variants.collect(), rows.collect(), runs.collect()].map(|mut names: Vec<String>| {
        names.dedup();
        names
    })
}

#[test]
fn copies_of_the_first_appliance_share_the_load() {
    let place = Place::new();
    let point = ["--load", "1", "--seeds", "1", "--no-limit", "--quiet", "--with", "appliances.c650.cores=12"];
    let first = "week with appliances.c650.workers=1";
    run_well(&place.plan("plan", &[&point[..], &["--boxes", "3"]].concat()));
    let second = format!("{first}, appliances.c650.cores=12, 3 boxes");
    let [variants, rows, runs] = side_names(&place.path("plan"));
    assert_eq!(variants, [first, &second]);
    assert_eq!(rows, [first, &second, "difference"]);
    assert_eq!(runs, [first, &second]);
    let parts = &place.json("plan/plan.json")["variants"][1]["parts"];
    let parts: Vec<_> = parts.as_array().unwrap().iter().map(|part| (&part["name"], &part["has"]["cores"])).collect();
    let expected = [("all", 36), ("c650", 12), ("c650-2", 12), ("c650-3", 12)].map(|(name, n)| (name.into(), n.into()));
    assert_eq!(parts, expected.each_ref().map(|(name, cores): &(Value, Value)| (name, cores)));
    let connections = |part: usize| {
        let part = &place.json("plan/plan.json")["variants"][1]["parts"][part];
        part["points"][0]["figures"]["connections_per_hour"]["mean"].as_f64().unwrap()
    };
    for part in 1..=3 {
        assert!(
            (connections(part) / connections(0) - 1.0 / 3.0).abs() < 0.03,
            "{} of {}",
            connections(part),
            connections(0)
        );
    }
    let overrides = &place.json("plan/manifest.json")["scenarios"][1]["overrides"];
    assert_eq!(overrides[2], "--boxes 3", "{overrides}");
}

#[test]
fn a_label_is_the_name_of_a_side_everywhere() {
    let place = Place::new();
    let point = ["--load", "1", "--seeds", "1", "--no-limit"];
    let label = "two boxes with <more>";
    let output = run_well(&place.plan("two", &[&point[..], &["--boxes", "2", "--label", label]].concat()));
    let first = "week with appliances.c650.workers=1";
    let [variants, rows, runs] = side_names(&place.path("two"));
    assert_eq!(
        (variants, rows),
        (vec![first.into(), label.into()], vec![first.into(), label.into(), "difference".into()])
    );
    assert_eq!(runs, [first, label]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("\nB: two boxes with <more>: ") && !shown.contains("2 boxes"), "{shown}");
    let page = fs::read_to_string(place.path("two/plan.html")).unwrap();
    assert!(page.contains("week and two boxes with &#60;more&#62; compared") && !page.contains("2 boxes"));

    let output = run_well(&place.plan("one", &[&point[..], &["--label", label]].concat()));
    let [variants, rows, runs] = side_names(&place.path("one"));
    assert!([variants, rows, runs].iter().all(|names| *names == [label]));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("two boxes with <more>: "));
    let page = fs::read_to_string(place.path("one/plan.html")).unwrap();
    let (answers, _) = page.split_once("<nav").unwrap();
    assert!(answers.contains("two boxes with &#60;more&#62;") && !answers.contains("workers=1"), "{answers}");
    assert_eq!(place.json("one/plan.json")["scenario"], "week");
}

#[test]
fn each_warning_is_printed_once_and_names_defaults_of_a_new_appliance() {
    let place = Place::new();
    let sides = ["--set", "appliances.c650.limits.queue_kib=1", "--with", "appliances.+={name=\"second\"}"];
    let point = ["--load", "1", "--seeds", "1", "--no-limit"];
    let output = run_well(&place.plan("plan", &[&sides[..], &point].concat()));
    let notes = String::from_utf8(output.stderr).unwrap();
    let warnings: Vec<&str> = notes.lines().filter(|line| line.starts_with("warning: ")).collect();
    let [of_file, of_override] = warnings[..] else { panic!("{notes}") };
    assert!(
        of_file.starts_with("warning: appliances.c650.limits.queue_kib: one message of the largest size"),
        "{notes}"
    );
    let begin = "warning: appliances.second: the override does not set these values, so they have their defaults: ";
    assert!(of_override.starts_with(begin) && of_override.contains("workers is 6 instead of 1"), "{notes}");
    let output = run_well(&place.plan("plan", &[&sides[..], &point, &["--quiet"]].concat()));
    assert!(output.stderr.is_empty());
}

#[test]
fn one_seed_and_sides_at_different_times() {
    let place = Place::new();
    let point = ["--load", "1", "--seeds", "1", "--no-limit", "--volume", "0.4"];
    let output = run_well(&place.plan("plan", &[&point[..], &["--with", "time.begin=2008-11-18T09:00:00Z"]].concat()));
    let notes = String::from_utf8(output.stderr).unwrap();
    let warning = "warning: the scenarios have different spans of time, so their traffic differs\n";
    assert!(notes.starts_with(warning), "{notes}");
    assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}
