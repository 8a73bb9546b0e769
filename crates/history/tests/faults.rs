//! Temporary files that cannot be written for a while.

use std::fs::File;
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tollgate_history::{Clock, History, HistoryError, Host, Resolution};
use tollgate_ledger::Part;
use tollgate_scenario::{DAY, HOUR};

use crate::support::{read, read_all, scenario, tiny};

const WHOLE: usize = 0;
const NO_NEW_FILES: usize = 1;
const NO_WRITING: usize = 2;

/// A disk whose state the test sets, and the lines of the log.
#[derive(Clone, Default)]
struct Disk {
    state: Arc<AtomicUsize>,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Disk {
    fn set(&self, state: usize) {
        self.state.store(state, Ordering::Release);
    }

    fn host(&self) -> Host {
        let (state, lines) = (Arc::clone(&self.state), Arc::clone(&self.lines));
        let files = move || match state.load(Ordering::Acquire) {
            NO_NEW_FILES => Err(io::ErrorKind::StorageFull.into()),
            // A file that is only open for reading.
            NO_WRITING => File::open("/dev/null"),
            _ => tempfile::tempfile(),
        };
        Host::new(move |severity, line| lines.lock().unwrap().push(format!("{severity:?}: {line}")))
            .with_files(files, Duration::from_millis(1))
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

#[test]
fn a_history_gives_the_same_counts_after_a_fault_of_the_disk() {
    let scenario = scenario("quiet-hour.toml", &["time.warm_up=0h", "time.span=1d"]);
    let end = scenario.time.end().micros();
    let disk = Disk::default();
    let hand = Arc::new(AtomicU64::new(scenario.time.begin.micros()));
    let history = History::begin_on(disk.host(), &scenario, Clock::Set(hand.clone()), Some(1)).unwrap();
    // The history waits for its clock, so it has written the first hour only.
    let hour = |begin| read(&history, (0, Resolution::Hour, begin), Part::System);
    hand.fetch_add(HOUR, Ordering::AcqRel);
    hour(end - DAY).unwrap();
    let last = end - HOUR;
    for (state, doing) in [(NO_NEW_FILES, "create"), (NO_WRITING, "write to"), (NO_NEW_FILES, "create")] {
        disk.set(state);
        hand.store(end, Ordering::Release);
        // Readers of a missing interval get the error at once. It changes with the next attempt.
        while {
            let error = hour(last).unwrap_err();
            assert!(matches!(error, HistoryError::Store { .. }), "{error}");
            !error.to_string().starts_with(&format!("cannot {doing} a temporary file of the history in "))
        } {}
        hour(end - DAY).expect("kept intervals can be read");
    }
    assert_eq!(disk.lines().len(), 1, "{:?}", disk.lines());
    disk.set(WHOLE);
    while hour(last).is_err() {}
    let undisturbed = History::begin(&scenario, Clock::Frozen(end), Some(2)).unwrap();
    for resolution in [Resolution::Raw, Resolution::Hour] {
        assert!(read_all(&history, resolution) == read_all(&undisturbed, resolution), "{resolution:?}");
    }
    let [broken, mended] = &disk.lines()[..] else { panic!("{:?}", disk.lines()) };
    assert!(broken.starts_with("Error: cannot create a temporary file of the history in "), "{broken}");
    assert!(broken.ends_with("; trying again until it succeeds"), "{broken}");
    assert!(mended.starts_with("Note: the history can write its temporary files in "), "{mended}");
}

#[test]
fn a_history_follows_its_clock_past_intervals_that_could_not_be_written() {
    let scenario = tiny();
    let end = scenario.time.end().micros();
    let disk = Disk::default();
    let hand = Arc::new(AtomicU64::new(end));
    let history = History::begin_on(disk.host(), &scenario, Clock::Set(hand.clone()), Some(1)).unwrap();
    disk.set(NO_NEW_FILES);
    hand.fetch_add(10 * DAY, Ordering::AcqRel);
    while disk.lines().is_empty() {
        std::thread::yield_now();
    }
    // Every interval that waits to be written is older than the retention time now.
    let now = hand.fetch_add(100 * DAY, Ordering::AcqRel) + 100 * DAY;
    disk.set(WHOLE);
    let hour = now - HOUR;
    while read(&history, (0, Resolution::Hour, hour), Part::System).is_err() {}
    assert_eq!(disk.lines().len(), 2, "{:?}", disk.lines());
}

#[test]
fn a_history_ends_while_it_cannot_write() {
    let scenario = tiny();
    let disk = Disk::default();
    let hand = Arc::new(AtomicU64::new(scenario.time.end().micros()));
    let host = disk.host().with_files(
        {
            let calls = AtomicUsize::new(0);
            move || {
                if calls.fetch_add(1, Ordering::AcqRel) == 0 { tempfile::tempfile() } else { File::open("/dev/null") }
            }
        },
        Duration::from_secs(3600),
    );
    let history = History::begin_on(host, &scenario, Clock::Set(hand), Some(1)).unwrap();
    read(&history, (0, Resolution::Hour, scenario.time.begin.micros()), Part::System).unwrap_err();
    drop(history);
}

/// Runs this test again in a process whose directory for temporary files does not exist.
#[test]
fn no_history_begins_without_temporary_files() {
    if std::env::temp_dir().exists() {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again
            .args(["--exact", "faults::no_history_begins_without_temporary_files"])
            .env("TMPDIR", "/no/such/directory");
        let output = again.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        return;
    }
    let scenario = tiny();
    let error = History::begin(&scenario, Clock::Frozen(scenario.time.end().micros()), Some(1)).unwrap_err();
    let start = "cannot write and read a temporary file in /no/such/directory: ";
    assert!(error.to_string().starts_with(start), "{error}");
    assert!(error.to_string().ends_with("; free space there, or set TMPDIR to another directory"), "{error}");

    let full = Host::new(|_, _| {}).with_files(|| File::open("/dev/null"), Duration::ZERO);
    let clock = Clock::Frozen(scenario.time.end().micros());
    assert!(matches!(History::begin_on(full, &scenario, clock, Some(1)), Err(HistoryError::NoFiles { .. })));
}
