//! `tollgate plan`: output, files, and resuming after an interruption.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{content, names, root, run, run_well, tollgate, transcript};

/// A directory for the plans of `week.toml`, a scenario of two hours that an appliance is hardly kept busy by.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        fs::copy(root().join("crates/tollgate/tests/data/steady.toml"), place.path("week.toml")).unwrap();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The arguments of a plan in a directory, with more of them.
    pub fn plan(&self, out: &str, more: &[&str]) -> Vec<String> {
        let fixed = ["plan", &self.text("week.toml"), "--out", &self.text(out), "--set", "appliances.c650.workers=1"];
        fixed.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}

/// Makes messages take long, so that a few are too many.
const SLOW: &str = "appliances.c650.cost.anti_spam.message=2s";

/// The smallest plan that has everything: two loads, two seeds, a limit.
const SMALL: [&str; 8] = ["--set", SLOW, "--load", "1,3", "--seeds", "2", "--quiet", "--threads=2"];

/// The lines of a file, each with its end.
fn lines(path: &Path) -> Vec<Vec<u8>> {
    fs::read(path).unwrap().split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Starts a plan, waits for a state of its journal, and kills it.
fn kill_a_plan(arguments: &[String], journal: &Path, is_enough: fn(&[u8]) -> bool) {
    let mut child = tollgate().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while !fs::read(journal).is_ok_and(|text| is_enough(&text)) {
        assert!(Instant::now() < deadline, "nothing is written down");
        thread::yield_now();
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success(), "the plan was killed before its end");
}

/// The first line of a journal, which names the program.
fn heading() -> Vec<u8> {
    let place = Place::new();
    let arguments = place.plan("plan", &["--load", "1", "--seeds", "1000"]);
    kill_a_plan(&arguments, &place.path(".plan.runs"), |text| text.contains(&b'\n'));
    lines(&place.path(".plan.runs")).remove(0)
}

#[test]
fn help_of_plan() {
    let output = run(&["plan", "--help"]);
    assert_snapshot!(transcript(&["plan", "--help"], &output));
}

#[test]
fn two_sides_and_what_they_differ_by() {
    let place = Place::new();
    let output = run_well(&place.plan("plan", &[&SMALL[..], &["--with", "appliances.c650.workers=2"]].concat()));
    assert!(output.stderr.is_empty());
    let shown = String::from_utf8(output.stdout).unwrap();
    let long: Vec<&str> = shown.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(long.is_empty(), "{long:?}");
    assert_snapshot!(shown);
}

#[test]
fn nonsense_is_refused_with_what_is_allowed() {
    let scenario = "scenarios/quiet-hour.toml";
    let event = "events=[{at=\"2008-11-18T10:00:00Z\", appliance_load={of=\"c650-b\", load=0}}]";
    let all: [&[&str]; 39] = [
        &["plan", "scenarios/no-such.toml"],
        &["plan", scenario, "--load", "0"],
        &["plan", scenario, "--load", "-1"],
        &["plan", scenario, "--load", "much"],
        &["plan", scenario, "--load", "4..0.5"],
        &["plan", scenario, "--load", "class.spam-bot=2"],
        &["plan", scenario, "--load", "flow.nobody=2"],
        &["plan", scenario, "--load", "spam=2"],
        &["plan", scenario, "--load", "1,1e9"],
        &["plan", scenario, "--points", "1"],
        &["plan", scenario, "--points", "3", "--load", "1,2"],
        &["plan", scenario, "--seeds", "0"],
        &["plan", scenario, "--threads", "0"],
        &["plan", scenario, "--compare", "scenarios/no-such.toml"],
        &["plan", scenario, "--compare", scenario],
        &["plan", scenario, "--with", "appliances.quiet.workers"],
        &["plan", scenario, "--with", "appliances.quiet.workers=9"],
        &["plan", scenario, "--out", ".."],
        &["plan", scenario, "--out", "-"],
        &["plan", scenario, "--points", "-1"],
        &["plan", scenario, "--seeds", "-1"],
        &["plan", scenario, "--seed", "-1"],
        &["plan", scenario, "--volume", "-1"],
        &["plan", scenario, "--volume", "0"],
        &["plan", scenario, "--with", "seed=7"],
        &["plan", scenario, "--with", "\"seed\" = 7", "--compare", "scenarios/peak-day.toml"],
        &["plan", scenario, "--compare", "scenarios/../scenarios/quiet-hour.toml"],
        &["plan", scenario, "--compare", "scenarios/peak-day.toml", "--load", "class.partners=2", "--quiet"],
        &["plan", "scenarios/modern.toml", "--compare", "scenarios/peak-day.toml", "--set", "appliances.0.workers=12"],
        &["plan", "scenarios/peak-day.toml", "--compare", "scenarios/modern.toml", "--set", "appliances.0.workers=12"],
        &["plan", scenario, "--boxes", "0"],
        &["plan", scenario, "--boxes", "101"],
        &["plan", scenario, "--boxes", "1"],
        &["plan", "scenarios/c650-pair.toml", "--boxes", "2", "--quiet", "--set", event],
        &["plan", scenario, "--with", "appliances.quiet.workers=9", "--boxes", "2"],
        &["plan", scenario, "--label", ""],
        &["plan", scenario, "--label", "a\tb"],
        &["plan", scenario, "--label", "difference"],
        &["plan", scenario, "--boxes", "2", "--label", "quiet-hour"],
    ];
    let refused = all.map(|arguments| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", transcript(arguments, &output));
        transcript(arguments, &output)
    });
    assert_snapshot!(refused.join("\n"));
}

#[test]
fn a_plan_leaves_its_directory_and_nothing_else() {
    let place = Place::new();
    run_well(&place.plan("out/plan", &SMALL));
    assert_eq!(names(&place.path("out")), ["plan"]);
    assert_eq!(
        names(&place.path("out/plan")),
        ["manifest.json", "plan.csv", "plan.html", "plan.json", "runs.jsonl", "scenario.toml"]
    );
    assert_eq!(fs::read(place.path("out/plan/scenario.toml")).unwrap(), fs::read(place.path("week.toml")).unwrap());
    let manifest = place.json("out/plan/manifest.json");
    for file in manifest["files"].as_array().unwrap() {
        let bytes = fs::metadata(place.path("out/plan").join(file["path"].as_str().unwrap())).unwrap().len();
        assert_eq!(file["bytes"], bytes);
    }
}

#[test]
fn without_a_place_it_is_named_after_the_scenario() {
    let place = Place::new();
    let arguments = ["plan", "week.toml", "--load", "1", "--seeds", "1", "--no-limit"];
    let output = tollgate().current_dir(place.path("")).args(arguments).output().unwrap();
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(
        notes.starts_with(
            "finished runs are kept: if you interrupt the plan, run the same command again to resume it\n"
        ),
        "{notes}"
    );
    assert!(notes.ends_with("; wrote out/week-plan\n"), "{notes}");
    // A complete plan has nothing to resume.
    let output = tollgate().current_dir(place.path("")).args(arguments).output().unwrap();
    let again = String::from_utf8(output.stderr).unwrap();
    assert!(again.starts_with("simulated 0 runs and reused 1 earlier run in "), "{again}");
    assert_eq!(names(&place.path("out")), ["week-plan"]);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let place = Place::new();
    let of_threads = ["1", "2", "7"].map(|threads| {
        let output = run_well(&place.plan(threads, &[&SMALL[..7], &["--threads", threads]].concat()));
        (output.stdout, content(&place.path(threads)))
    });
    assert!(of_threads.iter().all(|each| *each == of_threads[0]));
}

#[test]
fn the_document_is_that_of_the_directory() {
    let place = Place::new();
    let output = run_well(&place.plan("plan", &[&SMALL[..], &["--json"]].concat()));
    assert!(output.stdout == fs::read(place.path("plan/plan.json")).unwrap());
}

#[test]
fn the_lines_are_the_points_of_the_document() {
    let place = Place::new();
    run_well(&place.plan("plan", &[&SMALL[..], &["--no-limit", "--with", "volume=2"]].concat()));
    let document = place.json("plan/plan.json");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(place.path("plan/plan.csv")).unwrap();
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect();
    let (heading, rows) = rows.split_first().unwrap();
    assert_eq!(
        heading[..6],
        ["variant", "part", "load", "connections_per_hour", "connections_per_hour_low", "connections_per_hour_high"]
    );
    let variants = document["variants"].as_array().unwrap();
    let points = variants.iter().map(|variant| &variant["parts"][0]["points"]).chain([&document["differences"]]);
    let points: Vec<&Value> = points.flat_map(|points| points.as_array().unwrap()).collect();
    assert_eq!((points.len(), rows.len()), (6, 6));
    for (point, row) in points.into_iter().zip(rows) {
        assert_eq!(row[2].parse::<f64>().unwrap(), point["load"]);
        for (name, cell) in heading.iter().zip(row).skip(3) {
            let (figure, end) = [("_low", "low"), ("_high", "high")]
                .into_iter()
                .find_map(|(ending, end)| Some((name.strip_suffix(ending)?, end)))
                .unwrap_or((name.as_str(), "mean"));
            let Some(number) = point["figures"][figure][end].as_f64() else {
                // A percentile of few messages has no interval.
                assert!(point["figures"][figure][end].is_null() && cell.is_empty() && end != "mean", "{name}: {cell}");
                continue;
            };
            let cell = cell.parse::<f64>().unwrap();
            // The last bit is lost on some numbers when a document is read.
            assert!((cell - number).abs() <= 1e-15 * number.abs(), "{name}: {cell} and {number}");
        }
    }
}

/// The values of the only row of an export, by column.
fn export(directory: &Path, name: &str, column: &str) -> f64 {
    let text = fs::read_to_string(directory.join(name)).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let [heading, row] = rows.as_slice() else { panic!("one row in {text}") };
    row[heading.iter().position(|name| *name == column).unwrap()].parse().unwrap()
}

#[test]
fn a_point_is_the_run_of_that_volume_and_seed() {
    let place = Place::new();
    let hour = ["--set", "time.span=1h", "--set", "time.warm_up=1h"];
    let point = ["--load", "2.5", "--seeds", "1", "--seed", "9", "--no-limit", "--quiet"];
    run_well(&place.plan("plan", &[&hour[..], &point].concat()));
    let (scenario, out) = (place.text("week.toml"), place.text("out"));
    let fixed = ["run", &scenario, "--out", &out, "--set", "appliances.c650.workers=1", "--quiet"];
    run_well(&[&fixed[..], &hour, &["--volume", "2.5", "--seed", "9", "--only", "system_capacity"]].concat());
    let document = place.json("plan/plan.json");
    let figures = &document["variants"][0]["parts"][0]["points"][0]["figures"];
    for (figure, unit, name, column) in [
        ("depth_mean", 1.0, "average_messages_in_work_queue", "Messages"),
        ("depth_max", 1.0, "maximum_messages_in_work_queue", "Messages"),
        ("messages_delivered_per_hour", 1.0, "total_outgoing_messages", "Messages"),
        ("cpu", 100.0, "overall_cpu_usage", "CPU Usage"),
        ("cpu_anti_spam", 100.0, "cpu_by_function", "Anti-Spam"),
        ("cpu_anti_virus", 100.0, "cpu_by_function", "Anti-Virus"),
        ("cpu_mail_processing", 100.0, "cpu_by_function", "Mail Processing"),
        ("cpu_reporting", 100.0, "cpu_by_function", "Reporting"),
        ("cpu_quarantine", 100.0, "cpu_by_function", "Quarantine"),
    ] {
        let exported = export(&place.path("out/week/c650"), &format!("system_capacity_{name}.csv"), column);
        let planned = unit * figures[figure]["mean"].as_f64().unwrap();
        // Exports have twelve digits.
        assert!((planned - exported).abs() <= 1e-10 * exported.abs(), "{figure}: {planned} and {exported}");
    }
}

#[test]
fn a_plan_that_was_cut_anywhere_goes_on_to_the_same_result() {
    let place = Place::new();
    run_well(&place.plan("whole", &SMALL));
    let whole = content(&place.path("whole"));
    let runs = lines(&place.path("whole/runs.jsonl"));
    assert!(runs.len() >= 8, "{} runs", runs.len());
    let heading = heading();
    let begun = |lines: &[Vec<u8>]| [heading.clone(), lines.concat()].concat();
    let cuts = (0..=runs.len()).step_by(3).map(|count| begun(&runs[..count]));
    let torn = [begun(&runs[..2]), runs[2][..runs[2].len() / 2].to_vec()].concat();
    let foreign = [heading.clone(), b"{\"key\": 1}\nnothing\n\n".to_vec(), runs[..4].concat()].concat();
    let begins = heading[..heading.len() / 2].to_vec();
    for journal in cuts.chain([torn, foreign, begins]) {
        fs::write(place.path(".plan.runs"), &journal).unwrap();
        run_well(&place.plan("plan", &SMALL));
        assert!(content(&place.path("plan")) == whole, "after {} bytes", journal.len());
        assert_eq!(names(&place.path("")), ["plan", "week.toml", "whole"]);
        fs::remove_dir_all(place.path("plan")).unwrap();
    }
}

#[test]
fn a_plan_that_is_killed_goes_on_where_it_was() {
    let place = Place::new();
    let plan = |out: &str| place.plan(out, &["--set", SLOW, "--load", "0.5..4", "--seeds", "4", "--threads", "2"]);
    run_well(&plan("whole"));
    let journal = place.path(".plan.runs");
    kill_a_plan(&plan("plan"), &journal, |text| text.split_inclusive(|&byte| byte == b'\n').count() > 1);
    assert!(!place.path("plan").exists(), "a plan that is not whole is not there");

    let output = run_well(&plan("plan"));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains(" earlier run"), "{notes}");
    assert!(content(&place.path("plan")) == content(&place.path("whole")));
    assert_eq!(names(&place.path("")), ["plan", "week.toml", "whole"], "nothing is left behind");
}

#[test]
fn a_plan_with_more_seeds_takes_over_what_there_is() {
    let place = Place::new();
    run_well(&place.plan("plan", &["--load", "1,2", "--seeds", "2", "--no-limit"]));
    let output = run_well(&place.plan("plan", &["--load", "1,2,3", "--seeds", "3", "--no-limit"]));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("\nsimulated 5 runs and reused 4 earlier runs in "), "{notes}");
    run_well(&place.plan("anew", &["--load", "1,2,3", "--seeds", "3", "--no-limit"]));
    assert!(content(&place.path("plan")) == content(&place.path("anew")));
}

#[test]
fn a_plan_keeps_what_another_left_for_the_same_place() {
    let place = Place::new();
    let (first, other) =
        (["--load", "1,2", "--seeds", "2", "--no-limit"], ["--load", "2,3", "--seeds", "1", "--no-limit"]);
    run_well(&place.plan("whole", &first));
    let runs = lines(&place.path("whole/runs.jsonl"));
    // The other plan needs the third: the first seed of a load of 2.
    fs::write(place.path(".plan.runs"), [heading(), runs[..3].concat()].concat()).unwrap();
    let notes = |arguments: &[&str]| String::from_utf8(run_well(&place.plan("plan", arguments)).stderr).unwrap();

    let shown = notes(&other);
    assert!(shown.contains("\nsimulated 1 run and reused 1 earlier run in "), "{shown}");
    let journal = place.text(".plan.runs");
    assert!(shown.ends_with(&format!("\nkept 2 runs of an interrupted plan in {journal}\n")), "{shown}");
    assert_eq!(lines(&place.path(".plan.runs"))[1..], runs[..2]);

    // The third is now in the directory of the other plan.
    let shown = notes(&first);
    assert!(shown.contains("\nsimulated 1 run and reused 3 earlier runs in "), "{shown}");
    assert!(!shown.contains("\nkept "), "{shown}");
    assert!(content(&place.path("plan")) == content(&place.path("whole")));
    assert_eq!(names(&place.path("")), ["plan", "week.toml", "whole"], "nothing is left behind");
}

#[test]
fn runs_of_another_version_are_dropped() {
    let place = Place::new();
    run_well(&place.plan("whole", &["--load", "1,2", "--seeds", "1", "--no-limit"]));
    let runs = fs::read(place.path("whole/runs.jsonl")).unwrap();
    let other = b"{\"tool\":\"tollgate\",\"journal_of\":\"0.0.1\"}\n".to_vec();
    fs::write(place.path(".plan.runs"), [other, runs].concat()).unwrap();
    let output = run_well(&place.plan("plan", &["--load", "1", "--seeds", "1", "--no-limit"]));
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("\nsimulated 1 run in ") && !notes.contains("\nkept "), "{notes}");
    assert_eq!(names(&place.path("")), ["plan", "week.toml", "whole"]);
}

#[test]
fn a_changed_run_is_simulated_again() {
    let place = Place::new();
    let plan = ["--load", "1", "--seeds", "3", "--no-limit"];
    run_well(&place.plan("whole", &plan));
    let mut runs = lines(&place.path("whole/runs.jsonl"));
    let place_of_digit = runs[1].iter().rposition(|byte| byte.is_ascii_digit() && *byte != b'9').unwrap();
    runs[1][place_of_digit] += 1;
    fs::write(place.path(".plan.runs"), [heading(), runs.concat()].concat()).unwrap();
    let notes = String::from_utf8(run_well(&place.plan("plan", &plan)).stderr).unwrap();
    assert!(notes.starts_with("warning: earlier runs have 1 damaged line, "), "{notes}");
    assert!(notes.contains("\nsimulated 1 run and reused 2 earlier runs in "), "{notes}");
    assert!(content(&place.path("plan")) == content(&place.path("whole")));
}

#[test]
fn a_file_that_is_no_journal_is_never_changed() {
    let place = Place::new();
    let mine = place.path("mine.txt");
    fs::write(&mine, "mine").unwrap();
    for as_link in [false, true] {
        let journal = place.path(".plan.runs");
        match as_link {
            false => fs::write(&journal, "mine").unwrap(),
            #[cfg(unix)]
            true => std::os::unix::fs::symlink(&mine, &journal).unwrap(),
            #[cfg(not(unix))]
            true => continue,
        }
        let output = run(&place.plan("plan", &SMALL));
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(shown.contains(".plan.runs: it is not a journal of tollgate"), "{shown}");
        assert_eq!(fs::read(&journal).unwrap(), b"mine");
        fs::remove_file(&journal).unwrap();
    }
}

#[test]
fn a_plan_is_a_check_of_its_objectives() {
    let place = Place::new();
    let exit_code = |slo: &str| {
        let output = run(&place.plan("plan", &["--load", "1", "--seeds", "1", "--no-limit", "--slo", slo]));
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, shown) = exit_code("turned_away=0,p99<1d");
    assert!(code == Some(0) && shown.contains("  Meets turned_away=0, p99<1d with the scenario's mail.\n"), "{shown}");
    let (code, shown) = exit_code("mean<1ms");
    assert!(code == Some(1) && shown.contains("  Breaks mean<1ms with the scenario's mail.\n"), "{shown}");
    let output = run(&place.plan("plan", &["--slo", "p95<5"]));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("p95: found \"5\" as a limit, allowed is a duration, such as 90s or 5m"), "{shown}");
}

#[test]
fn plans_and_runs_do_not_replace_each_other() {
    let place = Place::new();
    let small = ["--load", "1", "--seeds", "1", "--no-limit"];
    let runs = ["run".to_owned(), place.text("week.toml"), "--out".into(), place.text("out")];
    run_well(&runs);
    let output = run(&place.plan("out/week", &small));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(shown.contains("with a plan: it holds a run"), "{shown}");
    fs::remove_dir_all(place.path("out/week")).unwrap();
    run_well(&place.plan("out/week", &small));
    let output = run(&runs);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("with a run: it holds a plan"), "{shown}");
    fs::write(place.path("out/week/notes.txt"), "mine").unwrap();
    let output = run(&place.plan("out/week", &small));
    assert!(String::from_utf8(output.stderr).unwrap().contains("it holds notes.txt"));
}

#[test]
fn a_second_plan_for_the_same_place_is_refused_while_the_first_lives() {
    let place = Place::new();
    let mut first = tollgate();
    first.args(place.plan("plan", &["--load", "1", "--seeds", "1000", "--threads", "1", "--quiet"]));
    let mut first = first.stdout(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while !place.path(".plan.runs").exists() {
        assert!(Instant::now() < deadline, "the plan has not begun");
        thread::yield_now();
    }
    let output = run(&place.plan("plan", &SMALL));
    let shown = String::from_utf8(output.stderr).unwrap();
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(shown.contains(&format!("another run, process {}, is writing", first.id())), "{shown}");
}
