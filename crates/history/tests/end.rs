//! A history ends with its last handle.

use tollgate_history::{Clock, History, Resolution};
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
