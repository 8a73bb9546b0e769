//! The report of a fit, typical and anonymous fits, and exports that are judged by the runs of a scenario.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use tollgate_audit::Exports;
use tollgate_catalogue::ColumnKind;
use tollgate_fit::Figures;
use tollgate_scenario::{Override, Scenario};
use tollgate_simulation::Workers;

use crate::audit::export;
use crate::fit::{fit, report};
use crate::support::{root, run, run_well, stderr};

#[test]
fn exports_are_judged_by_the_spread_of_a_scenario() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(directory.path(), "fixture", &["--seed", "77"]).join("c650");
    let judge = |options: &[&str]| {
        let scenario = directory.path().join("other.toml");
        let text = fs::read_to_string(root().join("scenarios/fixture.toml")).unwrap();
        fs::write(&scenario, text.replace("spam = 0.9", "spam = 0.5")).unwrap();
        let scenario = if options.contains(&"--z") { "fixture" } else { scenario.to_str().unwrap() };
        let output = run(&[&["compare", original.to_str().unwrap(), scenario], options].concat());
        let [text, errors] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code().unwrap(), text, errors)
    };
    // Any seed of the scenario itself is likely.
    let (code, text, errors) = judge(&["--z", "5"]);
    assert_eq!(
        (code, text.as_str()),
        (0, "0 of 128 totals differ from the mean of 20 runs by 5 standard deviations or more\n"),
        "{errors}"
    );
    let (code, json, _) = judge(&["--json", "--quiet", "--check-seeds", "12"]);
    let document: Value = serde_json::from_str(&json).unwrap();
    let worst = &document["figures"][0];
    assert_eq!((code, &document["runs"], &document["totals"]), (1, &12.into(), &128.into()), "{worst}");
    let sizes = document["figures"].as_array().unwrap().iter().map(|figure| figure["z"].as_f64().map_or(1e9, f64::abs));
    assert!(sizes.is_sorted_by(|one, other| one >= other));
    for (options, expected) in [
        (&["--z", "3", "--tolerance", "1%"][..], "cannot be used with"),
        (&["--check-seeds", "1"], "allowed is a whole number from 2 to 1000"),
        (&["--tolerance", "5%"], "`--tolerance` needs exports as B"),
    ] {
        let (code, _, errors) = judge(options);
        assert!(code == 2 && errors.contains(expected), "{options:?}: {errors}");
    }
}

#[test]
fn simulated_figures_are_those_of_the_files() {
    let (interval, second) = ("time.export_interval=30m", "appliances.+={name=\"second\"}");
    for sets in [&[interval][..], &[interval, second]] {
        let directory = tempfile::tempdir().unwrap();
        let options: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let run = export(directory.path(), "fixture", &options);
        let overrides: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
        let text = fs::read_to_string(root().join("scenarios/fixture.toml")).unwrap();
        let scenario = Scenario::parse(&text, "fixture.toml", &overrides).unwrap();
        let simulated = Figures::simulate(&scenario, |_| true, |_| true, &Workers::new(Some(1)).unwrap());
        let read = |name: &str| Figures::read(&Exports::open(&run.join(name), &[]).unwrap(), |_| true).unwrap();
        let files: Vec<Figures> = ["c650", "second"].into_iter().take(sets.len()).map(read).collect();
        assert_eq!(simulated.tables.len(), 42);
        for (number, ours) in &simulated.tables {
            let theirs: Vec<_> = files.iter().map(|figures| figures.table(*number).unwrap()).collect();
            let mut keys: BTreeMap<String, Vec<f64>> = BTreeMap::new();
            for (key, sums) in theirs.iter().flat_map(|table| &table.keys.sums) {
                let all = keys.entry(key.clone()).or_insert_with(|| vec![0.0; sums.len()]);
                all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
            }
            let rows: u64 = theirs.iter().map(|table| table.rows).sum();
            assert!(ours.rows == rows && ours.keys.sums == keys, "{number}");
            for column in 0..ours.table.columns.len() {
                let totals: Vec<f64> = theirs.iter().map(|table| table.total(column)).collect();
                let total = match ours.kind(column) {
                    ColumnKind::Count if *number != 32 => totals.iter().sum::<f64>(),
                    ColumnKind::Count => totals.iter().copied().fold(0.0, f64::max),
                    // The mean over the keys of two appliances is no mean of means.
                    _ if ours.table.has_keys() && totals.len() > 1 => continue,
                    _ => totals.iter().sum::<f64>() / totals.len() as f64,
                };
                let found = ours.total(column);
                assert!((found - total).abs() <= 1e-9 * total.abs(), "{number}: {found} {total}");
            }
        }
    }
}

#[test]
fn the_report_of_a_fit_is_one_file_that_replaces_only_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(directory.path(), "quiet-hour", &[]).join("quiet");
    let report = directory.path().join("report");
    let key = directory.path().join("key");
    let fit = |name: &str, more: &[&str]| {
        let out = if name == "-" { name.into() } else { directory.path().join(name) };
        let [original, out, report, key] = [&original, &out, &report, &key].map(|path| path.to_str().unwrap());
        run(&[&["fit", original, "-o", out, "--report", report, "--key-file", key], more].concat())
    };
    let output = fit("one.toml", &["--check-seeds", "3"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.contains("The scenario reproduces") && errors.contains("next: tollgate run"), "{errors}");
    let page = fs::read_to_string(report.join("fit.html")).unwrap();
    for part in ["<script", "http:", "https:", "src="] {
        assert!(!page.contains(part), "{part}");
    }
    // The same key gives the same report, whatever the threads.
    let json = || fs::read_to_string(report.join("fit.json")).unwrap();
    let first = json();
    let document: Value = serde_json::from_str(&first).unwrap();
    let printed = fit("two.toml", &["--check-seeds", "3", "--threads", "1", "--json", "--quiet"]);
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!((&printed["figures"], &printed["totals"]), (&document["figures"], &document["totals"]));
    fs::write(report.join("mine.txt"), "").unwrap();
    let refused = fit("three.toml", &["--check-seeds", "2"]);
    assert!(refused.status.code() == Some(2) && stderr(&refused).contains("mine.txt"), "{}", stderr(&refused));
    // It is refused before anything is written.
    assert!(!directory.path().join("three.toml").exists());
    let printed = fit("-", &[]);
    assert!(stderr(&printed).contains("`--report` cannot be combined with `--out -`"), "{}", stderr(&printed));
}

#[test]
fn a_typical_week_has_the_volumes_of_the_weeks() {
    let directory = tempfile::tempdir().unwrap();
    let options = ["time.span=28d", "events=[]", "outbreaks=[]", "variation.none=true", "users.count=500"];
    let options: Vec<&str> = options.iter().flat_map(|set| ["--set", set]).chain(["--volume", "0.01"]).collect();
    let original = export(&directory.path().join("original"), "c650-week", &options);
    let out = directory.path().join("typical.toml");
    let report = report(&original, &out, &["--typical", "--check-seeds", "8"]);
    let estimates = report["estimates"].as_array().unwrap();
    assert!(estimates.len() > 18, "{estimates:#?}");
    for estimate in estimates {
        let [low, value, high] = ["low", "value", "high"].map(|key| estimate[key].as_f64().unwrap());
        assert!(low < value && value < high, "{estimate}");
    }
    let scenario: toml::Table = fs::read_to_string(&out).unwrap().parse().unwrap();
    assert_eq!(scenario["time"]["span"].as_str(), Some("7d"));
    let flow = &scenario["outgoing"][0];
    let hours = flow["rhythm"]["hours"].as_array().unwrap();
    let mean = hours.iter().map(|hour| hour.as_float().unwrap()).sum::<f64>() / 168.0;
    assert!(hours.len() == 168 && (mean - 1.0).abs() < 1e-3, "{mean}");
    assert!(scenario["variation"].get("sent_days").is_some());
    let totals = report["figures"].as_array().unwrap().iter().filter(|figure| figure["measure"] == "total");
    let main = totals.filter(|figure| [1, 2, 3, 8, 34, 37, 38].contains(&figure["table"].as_u64().unwrap()));
    for figure in main {
        assert!(figure["z"].as_f64().unwrap().abs() < 4.0, "{figure}");
    }
}

#[test]
fn an_anonymous_fit_has_neither_small_counts_nor_exact_ones() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(directory.path(), "quiet-hour", &[]).join("quiet");
    let out = directory.path().join("fitted.toml");
    // An ID of an outbreak is no count, and means have limits that depend on others.
    for other in ["fixture", "thread-a-exact", "c650-pair"] {
        let small: &[&str] = if other == "c650-pair" { &["--volume", "0.02", "--set", "time.span=6h"] } else { &[] };
        let exports = export(directory.path(), other, small);
        fit(&exports, &directory.path().join("other.toml"), &["--anonymise"]);
    }
    let report = report(&original, &out, &["--anonymise", "--template", "modern", "--check-seeds", "2"]);
    let text = fs::read_to_string(&out).unwrap();
    run_well(&["check", out.to_str().unwrap()]);
    assert!(text.contains("the template modern") && text.contains("# assumed: as in modern"), "{text}");
    let is_value = |line: &&str| !line.trim_start().starts_with('#') && !line.contains(" # exact");
    for line in text.lines().filter(is_value) {
        // Parts in quotes are names and times.
        let value = line.split(" # ").next().unwrap();
        let unquoted: String = value.split('"').step_by(2).collect();
        for number in unquoted.split(|other: char| !other.is_ascii_digit() && other != '.') {
            let digits = number.replace('.', "");
            assert!(digits.trim_matches('0').len() <= 3 || number.contains(".."), "{line}");
        }
    }
    let rounded = report["figures"].as_array().unwrap().iter();
    assert!(
        rounded
            .map(|figure| figure["exports"].as_f64().unwrap())
            .all(|count| { count.abs() < 1000.0 || format!("{count:.2e}").parse::<f64>().unwrap() == count })
    );
    // A list of domains has at least five.
    let scenario: toml::Table = text.parse().unwrap();
    let lists = scenario["incoming"].as_array().unwrap().iter().filter_map(|class| class.get("listed"));
    let lengths: Vec<usize> = lists.map(|list| list.as_array().unwrap().len()).collect();
    assert!(!lengths.is_empty() && lengths.iter().all(|&length| length >= 5), "{lengths:?}");
}
