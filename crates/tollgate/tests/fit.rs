//! `tollgate fit` makes scenarios that give exports like those they were fitted to, and `tollgate compare` finds every difference.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tollgate_catalogue::{Catalogue, ColumnKind};

use crate::audit::export;
use crate::support::{run, run_well, stderr};

/// Fits a scenario to exports and returns its path.
pub fn fit(exports: &Path, out: &Path, options: &[&str]) -> PathBuf {
    let _ = fs::remove_file(out);
    let unchecked = ["fit", exports.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet", "--check-seeds", "0"];
    run_well(&[&unchecked, options].concat());
    out.to_path_buf()
}

/// Fits a scenario to exports and returns the report.
pub fn report(exports: &Path, out: &Path, options: &[&str]) -> Value {
    let report = out.with_extension("report");
    let [exports, out, report] = [exports, out, &report].map(|path| path.to_str().unwrap());
    let output = run_well(&[&["fit", exports, "-o", out, "--quiet", "--json", "--report", report], options].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Tables whose totals a fit reproduces. The others show the same facts, or waiting in the work queue.
const FITTED_TABLES: [u64; 13] = [1, 2, 3, 7, 8, 9, 33, 34, 36, 37, 38, 40, 41];

#[test]
fn runs_of_a_fitted_scenario_have_the_totals_of_the_exports() {
    let scenarios: [(&str, &[&str]); 3] = [
        (
            "c650-week",
            &[
                "--set",
                "time.span=12h",
                "--set",
                "time.begin=2008-11-18T06:00:00Z",
                "--set",
                "outbreaks=[]",
                "--set",
                "events=[]",
                "--volume",
                "0.3",
            ],
        ),
        ("tls-switch", &["--set", "time.span=8h", "--set", "events=[]", "--volume", "0.2", "--interval", "5m"]),
        ("modern", &["--set", "time.span=12h", "--interval", "1h", "--volume", "0.2"]),
    ];
    for (scenario, options) in scenarios {
        let directory = tempfile::tempdir().unwrap();
        let original = export(&directory.path().join("original"), scenario, options);
        let report = report(&original, &directory.path().join("fitted.toml"), &["--check-seeds", "8"]);
        let figures = report["figures"].as_array().unwrap().iter();
        let totals = figures
            .filter(|figure| figure["measure"] == "total")
            .filter(|figure| FITTED_TABLES.contains(&figure["table"].as_u64().unwrap()));
        let (mut seen, mut off) = (0, Vec::new());
        for figure in totals {
            seen += 1;
            let [exports, mean] = ["exports", "mean"].map(|key| figure[key].as_f64().unwrap());
            // Four standard deviations, or one percent for the means that a fit knows only roughly.
            let is_likely = figure["z"].as_f64().is_some_and(|z| z.abs() < 4.0);
            if !is_likely && (exports - mean).abs() > 0.01 * mean {
                off.push(figure);
            }
        }
        assert!(seen > 30, "{scenario}: {seen} totals");
        // Of 100 totals, 95 are to be inside.
        assert!(off.len() * 20 <= seen, "{scenario}: {off:#?}");
    }
}

#[test]
fn facts_that_exports_show_are_exact() {
    let directory = tempfile::tempdir().unwrap();
    let options = [
        ["--set", "time.span=6h"],
        ["--set", "time.begin=2008-11-18T06:00:00Z"],
        ["--set", "outbreaks=[]"],
        ["--set", "appliances.c650.reputation_multiplier=5"],
        ["--set", "time.export_interval=15m"],
        ["--set", "listeners.public.sender_groups.BLACKLIST.sbrs=[[-10.0, -4.0]]"],
        ["--set", "listeners.public.sender_groups.SUSPECTLIST.sbrs=[[-3.9, -2.0]]"],
        ["--set", "listeners.public.sender_groups.UNKNOWNLIST.sbrs=[[-1.9, 10.0]]"],
        ["--set", "listeners.public.policies.BLOCKED.action=tcp-refuse"],
        [
            "--set",
            "events=[{at=\"2008-11-18T08:30:00Z\", destination_control={domain=\"default\", tls=\"preferred\"}}, {at=\"2008-11-18T10:05:00Z\", restart={of=\"c650\", takes=\"40m\"}}]",
        ],
    ];
    let original = export(&directory.path().join("original"), "c650-week", &options.concat());
    let fitted = fit(&original, &directory.path().join("fitted.toml"), &[]);
    let scenario: toml::Table = fs::read_to_string(fitted).unwrap().parse().unwrap();
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let time = &scenario["time"];
    let found = ["begin", "span", "export_interval"].map(|key| text(&time[key]));
    assert_eq!(found, ["2008-11-18T06:00:00Z", "6h", "15m"]);
    assert_eq!(scenario["appliances"][0]["reputation_multiplier"].as_integer(), Some(5));
    assert_eq!(text(&scenario["appliances"][0]["counting"]["rule"]), "every-plain");
    let public = &scenario["listeners"][0];
    let policies = public["policies"].as_array().unwrap();
    let action = |policy: &str| text(&policies.iter().find(|each| text(&each["name"]) == policy).unwrap()["action"]);
    let groups = public["sender_groups"].as_array().unwrap().iter().map(|group| {
        let scores = group.get("sbrs").map(|ranges| [0, 1].map(|end| ranges[0][end].as_float().unwrap()));
        (text(&group["name"]), action(&text(&group["policy"])), scores)
    });
    let groups: Vec<_> = groups.filter(|(_, _, scores)| scores.is_some()).collect();
    let expected = [
        ("BLACKLIST", "tcp-refuse", -10.0, -4.0),
        ("SUSPECTLIST", "accept", -3.9, -2.0),
        ("UNKNOWNLIST", "accept", -1.9, 10.0),
    ];
    assert_eq!(groups.len(), expected.len(), "{groups:?}");
    for ((name, action, scores), (expected_name, expected_action, low, high)) in groups.iter().zip(expected) {
        assert_eq!((name.as_str(), action.as_str()), (expected_name, expected_action));
        // The ends of a range are those of the scores that were seen.
        let [found_low, found_high] = scores.unwrap();
        assert!(
            low <= found_low && found_low < low + 0.3 && found_high <= high && found_high > high - 1.5,
            "{name} {scores:?}"
        );
    }
    let events = scenario["events"].as_array().unwrap();
    let of = |key: &str| events.iter().find(|event| event.get(key).is_some()).unwrap();
    assert_eq!(text(&of("destination_control")["at"]), "2008-11-18T08:30:00Z");
    // An interval with a part of a restart has a row, so the gap is shorter.
    assert_eq!(text(&of("restart")["at"]), "2008-11-18T10:15:00Z");
    let filters = scenario["content_filters"].as_array().unwrap();
    let stopping = filters.iter().filter(|filter| text(&filter["action"]) != "deliver").count();
    assert_eq!((filters.len(), stopping), (8, 4), "{filters:?}");
}

/// Replaces the keys of every row of exports. Returns the new keys.
fn plant(directory: &Path) -> Vec<String> {
    let mut planted = Vec::new();
    for table in Catalogue::builtin().tables() {
        // The names of viruses and outbreaks are kept.
        let path = directory.join(&table.file);
        let is_kept = (20..=23).contains(&table.number);
        if is_kept || !path.exists() {
            continue;
        }
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let header = reader.headers().unwrap().clone();
        let times = header.len() - table.columns.len();
        let texts = table.columns.iter().enumerate().filter(|(_, column)| {
            column.kind() == ColumnKind::Key || ["Hostname", "Last Sender Group"].contains(&column.name.as_str())
        });
        let texts: Vec<(usize, String)> = texts.map(|(place, column)| (times + place, column.name.clone())).collect();
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_path(directory.join("new")).unwrap();
        writer.write_record(&header).unwrap();
        for row in reader.records() {
            let mut row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
            for (place, heading) in texts.iter().filter(|(_, heading)| heading != "IP Address") {
                row[*place] = format!("Planted{}.{}", heading.len(), row[*place].replace(['.', '@'], "x"));
                planted.push(row[*place].clone());
            }
            writer.write_record(&row).unwrap();
        }
        drop(writer);
        fs::rename(directory.join("new"), path).unwrap();
    }
    planted
}

#[test]
fn no_name_of_the_exports_is_in_a_fitted_scenario() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(&directory.path().join("PlantedPath"), "fixture", &[]).join("c650");
    let planted = plant(&original);
    assert!(planted.len() > 300, "{}", planted.len());
    let key_file = directory.path().join("key");
    let key = ["--key-file", key_file.to_str().unwrap()];
    let scenario = |name: &str, options: &[&str]| {
        fs::read_to_string(fit(&original, &directory.path().join(name), options)).unwrap()
    };
    let (one, other, again) = (scenario("one.toml", &[]), scenario("two.toml", &key), scenario("three.toml", &key));
    // Only the same key gives the same pseudonyms.
    assert!(other == again && one != other);
    let out = directory.path().join("four.toml");
    let report = directory.path().join("report");
    let paths = ["fit", original.to_str().unwrap(), "-o", out.to_str().unwrap(), "--report", report.to_str().unwrap()];
    let output = run_well(&[&paths[..], &["--json", "--quiet", "--check-seeds", "2"]].concat());
    let [page, json] = ["fit.html", "fit.json"].map(|name| fs::read_to_string(report.join(name)).unwrap());
    assert!(page.contains("1 Incoming Mail Summary") && json.contains("\"check_runs\": 2"), "{json}");
    let printed = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    for text in [one, other, page, json].into_iter().chain(printed) {
        assert!(!text.to_lowercase().contains("planted"), "{text}");
    }
    assert!(scenario("five.toml", &["--keep-names"]).contains("Planted"));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key_file).unwrap().permissions()) & 0o777, 0o600);
}

#[test]
fn any_tables_give_a_scenario_or_a_clear_refusal() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(directory.path(), "fixture", &[]).join("c650");
    let tables = Catalogue::builtin().tables();
    let some = directory.path().join("some");
    let mut fitted = 0;
    // Each table alone, and then some of all tables.
    for number in 0..tables.len() as u64 + 20 {
        let _ = fs::remove_dir_all(&some);
        fs::create_dir(&some).unwrap();
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let is_wanted = |place: usize| match tables.get(number as usize) {
            Some(_) => place as u64 == number,
            None => mixed >> (place + 8) & 1 == 1,
        };
        for (_, table) in tables.iter().enumerate().filter(|(place, _)| is_wanted(*place)) {
            fs::copy(original.join(&table.file), some.join(&table.file)).unwrap();
        }
        let out = directory.path().join("fitted.toml");
        let _ = fs::remove_file(&out);
        let unchecked = ["--quiet", "--check-seeds", "0"];
        let output = run(&[&["fit", some.to_str().unwrap(), "-o", out.to_str().unwrap()], &unchecked[..]].concat());
        match output.status.code() {
            Some(0) => {
                run_well(&["check", out.to_str().unwrap()]);
                fitted += 1;
            }
            Some(2) => assert!(stderr(&output).contains("found no "), "{number}: {}", stderr(&output)),
            code => panic!("{number}: {code:?} {}", stderr(&output)),
        }
    }
    assert!(fitted > 30, "{fitted}");
}

#[test]
fn comparisons_find_every_difference() {
    let directory = tempfile::tempdir().unwrap();
    let first = export(&directory.path().join("first"), "fixture", &[]).join("c650");
    let second = export(&directory.path().join("second"), "fixture", &[]).join("c650");
    let compare = |options: &[&str]| {
        let output = run(&[&["compare", first.to_str().unwrap(), second.to_str().unwrap()], options].concat());
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let tables = Catalogue::builtin().tables().len();
    assert_eq!(compare(&[]), (0, format!("{tables} tables compared: equal, to the byte\n")));
    // Other line ends are other bytes.
    let domains = second.join(&Catalogue::builtin().table(4).unwrap().file);
    fs::write(&domains, fs::read_to_string(&domains).unwrap().replace("\r\n", "\n")).unwrap();
    assert_eq!(compare(&[]), (0, format!("{tables} tables compared: equal in every figure\n")));
    // One message more of 24.
    let table = Catalogue::builtin().table(34).unwrap();
    let path = second.join(&table.file);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let total: u64 = rows.iter().map(|row| row[4].parse::<u64>().unwrap()).sum();
    let (before, after) = (format!(",{}\r\n", &rows[0][4]), format!(",{}\r\n", rows[0][4].parse::<u64>().unwrap() + 1));
    fs::write(&path, fs::read_to_string(&path).unwrap().replacen(&before, &after, 1)).unwrap();
    let share = format!("{:.3}%", 100.0 / (total + 1) as f64 - 0.001);
    assert_eq!(compare(&["--tolerance", "100%"]).0, 0);
    let (code, text) = compare(&["--tolerance", &share]);
    assert_eq!(code, 1);
    assert!(text.contains("34 Total Incoming Messages") && text.contains("1 of 128 totals differ"), "{text}");
    assert!(text.contains("\nTable with the largest differences: 34\n"), "{text}");
    let (_, json) = compare(&["--tolerance", "0%", "--json"]);
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&document["beyond"], &document["equal"]), (&1.into(), &false.into()));
    let differing = document["tables"].as_array().unwrap().iter().filter(|table| table["equal"] == false);
    assert_eq!(differing.map(|table| table["table"].as_u64().unwrap()).collect::<Vec<_>>(), [34]);
    fs::remove_file(&path).unwrap();
    let (code, text) = compare(&[]);
    assert_eq!(code, 1);
    assert!(text.contains("Only A has the table 34.") && text.contains("41 tables compared"), "{text}");
    assert_eq!(run(&["compare", first.to_str().unwrap(), "missing"]).status.code(), Some(2));
}
