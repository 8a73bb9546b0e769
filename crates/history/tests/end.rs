//! A history ends with its last handle, or with an error that every reader receives.

use std::process::Command;
use std::time::Instant;

use tollgate_history::{Clock, History, HistoryError, Resolution};
use tollgate_ledger::Part;
use tollgate_scenario::HOUR;

use crate::support::{read, scenario, tiny};

/// The number of threads of this process that simulate histories. Their worker threads have the same name.
#[cfg(target_os = "linux")]
fn makers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim() == "history").count()
}

#[cfg(target_os = "linux")]
#[test]
fn the_last_handle_ends_it_wherever_it_is() {
    let tiny = tiny();
    let clocks = [
        // In the middle of the simulation, after it, and while it waits for the clock.
        (scenario("c650-week.toml", &[]), Clock::read("2009-02-01T00:00:00Z", &tiny.time).unwrap(), false),
        (tiny.clone(), Clock::read("2008-11-18T10:00:00Z", &tiny.time).unwrap(), true),
        (tiny.clone(), Clock::read("x1", &tiny.time).unwrap(), true),
    ];
    for (scenario, clock, made) in clocks {
        let history = History::begin(&scenario, clock, Some(1)).unwrap();
        let other = history.clone();
        if made {
            read(&other, (0, Resolution::Hour, scenario.time.end().micros() - HOUR), Part::System).unwrap();
        }
        drop(history);
        assert!(other.now_micros() > 0, "a clone is another handle");
        drop(other);
        // A finished thread stays in the list for a moment.
        while makers() > 0 {
            std::thread::yield_now();
        }
    }
}

/// Runs this test again in a process whose directory for temporary files does not exist.
#[test]
fn every_reader_hears_that_nothing_can_be_kept() {
    if std::env::temp_dir().exists() {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "end::every_reader_hears_that_nothing_can_be_kept"]).env("TMPDIR", "/no/such/directory");
        let output = again.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        return;
    }
    let scenario = tiny();
    let end = scenario.time.end().micros();
    let clock = Clock::Running { speed: 1.0, from_micros: end, since: Instant::now() };
    let history = History::begin(&scenario, clock, Some(1)).unwrap();
    let reader = || read(&history, (0, Resolution::Hour, end - HOUR), Part::System).unwrap_err();
    let errors = std::thread::scope(|scope| {
        let readers = [scope.spawn(reader), scope.spawn(reader), scope.spawn(reader)];
        readers.map(|reader| reader.join().unwrap())
    });
    for error in errors {
        assert!(matches!(error, HistoryError::Store { .. }), "{error:?}");
        let start = "cannot create a temporary file of the history in /no/such/directory: ";
        assert!(error.to_string().starts_with(start), "{error}");
    }
}
