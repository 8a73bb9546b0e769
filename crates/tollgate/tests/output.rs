//! The directory of a run, after success, failure and a kill.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tollgate_catalogue::Catalogue;

use crate::support::{content, names, root, run, run_well, tollgate, transcript};

/// A directory for the output of `week.toml`, a scenario whose span can have any length.
struct Place {
    directory: TempDir,
}

/// A run that is killed when this is dropped, however the test ends.
struct Endless(Child);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let scenario = root().join("crates/tollgate/tests/data/steady.toml");
        fs::copy(scenario, directory.path().join("week.toml")).unwrap();
        Place { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The arguments of a short run with a seed.
    fn short(&self, seed: &str) -> Vec<String> {
        let [scenario, out] = ["week.toml", "out"].map(|name| self.path(name).to_str().unwrap().to_owned());
        ["run", &scenario, "--out", &out, "--quiet", "--seed", seed].map(String::from).to_vec()
    }

    /// Starts a run of two years, and waits until it has begun to write.
    fn start_long(&self) -> Endless {
        let child = tollgate()
            .arg("run")
            .arg(self.path("week.toml"))
            .arg("--out")
            .arg(self.path("out"))
            .args(["--quiet", "--set", "time.span=728d"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut run = Endless(child);
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.staging().is_none_or(|staging| content_length(&staging) == 0) {
            assert!(run.0.try_wait().unwrap().is_none(), "the run has ended");
            assert!(Instant::now() < deadline, "the run has not begun to write");
            thread::yield_now();
        }
        run
    }

    /// The staging directory, if there is one.
    fn staging(&self) -> Option<PathBuf> {
        let out = self.path("out");
        let hidden =
            fs::read_dir(&out).ok()?.filter_map(Result::ok).map(|entry| entry.file_name().into_string().unwrap());
        hidden.into_iter().find(|name| name.starts_with(".week.partial-")).map(|name| out.join(name))
    }
}

/// The size of all files below a directory. The directory may disappear meanwhile.
fn content_length(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                content_length(&entry.path())
            } else {
                entry.metadata().map_or(0, |file| file.len())
            }
        })
        .sum()
}

/// Asserts that a run ends with exit code 2 and an error that contains these words.
fn refused(arguments: &[String], words: &str) {
    let output = run(arguments);
    let shown = transcript(arguments, &output);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains(words), "no {words:?} in {shown}");
}

#[test]
fn a_run_leaves_its_directory_and_nothing_else() {
    let place = Place::new();
    run_well(&place.short("1"));
    assert_eq!(names(&place.path("out")), ["week"]);
    assert_eq!(names(&place.path("out/week")), ["c650", "datapackage.json", "manifest.json", "scenario.toml"]);
    assert_eq!(names(&place.path("out/week/c650")).len(), Catalogue::builtin().tables().len());
    assert_eq!(fs::read(place.path("out/week/scenario.toml")).unwrap(), fs::read(place.path("week.toml")).unwrap());
}

#[test]
fn equal_runs_leave_equal_bytes() {
    let place = Place::new();
    run_well(&place.short("1"));
    let first = content(&place.path("out/week"));
    run_well(&place.short("1"));
    assert!(content(&place.path("out/week")) == first, "a second run differs");
}

#[test]
fn a_second_run_replaces_the_first_whole() {
    let place = Place::new();
    run_well(&place.short("1"));
    let first = content(&place.path("out/week"));
    run_well(&[place.short("2"), vec!["--only".into(), "8,tls_connections".into()]].concat());
    assert_eq!(names(&place.path("out")), ["week"]);
    assert_eq!(names(&place.path("out/week/c650")).len(), 7, "no file of the first run is left");
    run_well(&place.short("1"));
    assert!(content(&place.path("out/week")) == first);
}

#[test]
fn a_directory_of_somebody_else_is_refused() {
    let place = Place::new();
    fs::create_dir_all(place.path("out/week")).unwrap();
    refused(&place.short("1"), "so tollgate did not make it");
    fs::write(place.path("out/week/manifest.json"), r#"{"tool": "webpack", "files": []}"#).unwrap();
    refused(&place.short("1"), "so tollgate did not make it");
    assert_eq!(names(&place.path("out/week")), ["manifest.json"]);
    assert_eq!(names(&place.path("out")), ["week"]);
}

#[test]
fn a_file_in_the_place_is_refused() {
    let place = Place::new();
    fs::create_dir_all(place.path("out")).unwrap();
    fs::write(place.path("out/week"), "mine").unwrap();
    refused(&place.short("1"), "it is not a directory");
    assert_eq!(fs::read(place.path("out/week")).unwrap(), b"mine");
}

#[test]
fn a_foreign_file_among_the_exports_is_refused() {
    let place = Place::new();
    run_well(&place.short("1"));
    for foreign in ["notes.txt", "c650/notes.txt", "c650/more/notes.txt", "more/overview_incoming_mail_summary.csv"] {
        let path = place.path("out/week").join(foreign);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        let first =
            foreign.replace("/more/notes.txt", "/more").replace("more/overview_incoming_mail_summary.csv", "more");
        refused(&place.short("2"), &format!("it holds {first}, which"));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        fs::remove_file(&path).unwrap();
        if foreign.contains("more") {
            fs::remove_dir(path.parent().unwrap()).unwrap();
        }
    }
    run_well(&place.short("2"));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_is_refused() {
    let place = Place::new();
    run_well(&place.short("1"));
    fs::rename(place.path("out/week"), place.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(place.path("elsewhere"), place.path("out/week")).unwrap();
    refused(&place.short("1"), "it is not a directory");
    assert!(place.path("elsewhere/manifest.json").exists());
}

#[test]
fn a_killed_run_leaves_the_previous_output_and_the_next_one_clears_up() {
    let place = Place::new();
    run_well(&place.short("1"));
    let before = content(&place.path("out/week"));
    drop(place.start_long());
    assert!(content(&place.path("out/week")) == before, "the previous output is untouched");
    assert_eq!(names(&place.path("out")).len(), 2, "the staging directory was left behind");
    run_well(&place.short("2"));
    assert_eq!(names(&place.path("out")), ["week"]);
    assert!(content(&place.path("out/week")) != before);
}

#[test]
fn a_killed_first_run_leaves_nothing() {
    let place = Place::new();
    drop(place.start_long());
    assert!(!place.path("out/week").exists());
    run_well(&place.short("1"));
    assert_eq!(names(&place.path("out")), ["week"]);
}

#[test]
fn a_run_that_lives_is_left_alone() {
    let place = Place::new();
    let mut run = place.start_long();
    let staging = place.staging().unwrap();
    refused(&place.short("1"), &format!("another run, process {}, is writing", run.0.id()));
    assert!(run.0.try_wait().unwrap().is_none() && staging.exists(), "the first run goes on");
    drop(run);
    run_well(&place.short("1"));
    assert_eq!(names(&place.path("out")), ["week"]);
}

#[test]
fn runs_that_begin_at_once_leave_one_of_them_whole() {
    let place = Place::new();
    let seeds = ["1", "2", "3", "4"];
    let whole = seeds.map(|seed| {
        run_well(&place.short(seed));
        content(&place.path("out/week"))
    });
    let spawn = |seed| tollgate().args(place.short(seed)).stderr(Stdio::piped()).spawn().unwrap();
    let outputs = seeds.map(spawn).map(|child| child.wait_with_output().unwrap());
    for output in &outputs {
        let refused = String::from_utf8_lossy(&output.stderr).contains("another run, process");
        assert!(output.status.success() || refused, "{}", transcript::<&str>(&[], output));
    }
    assert!(outputs.iter().any(|output| output.status.success()));
    let found = content(&place.path("out/week"));
    assert!(
        (0..seeds.len()).any(|run| outputs[run].status.success() && whole[run] == found),
        "the output is not that of one successful run"
    );
    assert_eq!(names(&place.path("out")), ["week"]);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let place = Place::new();
    fs::write(place.path("out"), "a file").unwrap();
    refused(
        &place.short("1"),
        &format!("error: {}: found a file, allowed is a directory", place.path("out").display()),
    );
}

/// A limit on the size of files has the effect of a full disk: writing fails in the middle of a file.
#[cfg(unix)]
#[test]
fn a_full_disk_is_named_and_leaves_the_previous_output() {
    let place = Place::new();
    run_well(&place.short("1"));
    let before = content(&place.path("out/week"));
    // The error comes with a signal that would end the program. The shell ignores the signal, and the program inherits this.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.current_dir(root()).args(["-c", script, env!("CARGO_BIN_EXE_tollgate"), "run"]);
    command.arg(place.path("week.toml")).arg("--out").arg(place.path("out")).arg("--quiet");
    let output = command.output().unwrap();
    let shown = transcript::<&str>(&[], &output);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains(".csv: File too large"), "{shown}");
    assert!(content(&place.path("out/week")) == before, "the previous output is untouched");
    assert_eq!(names(&place.path("out")), ["week"], "the staging directory is gone");
}
