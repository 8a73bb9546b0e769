//! Refuses a simulation that needs more memory, or larger temporary files, than this machine has.

use std::env;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Result, bail};
use clap::Args;
use tollgate_history::Clock;
use tollgate_monitor::ServerForecast;
use tollgate_scenario::{Scenario, ScenarioText};
use tollgate_simulation::{ExtraParts, Forecast};
use tollgate_wording::{ByteNames, bytes, counted};

use crate::error::TooLarge;
use crate::process_limits::address_space_limit;

/// The option that allows a simulation that needs more memory, or larger temporary files.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct MemoryArguments {
    /// Start even if this machine has too little memory, or too little space for temporary files
    #[arg(long)]
    ignore_memory: bool,
}

/// The advice to a user of a verb with and without `--threads`.
pub(crate) const SMALLER_OR_FEWER: &str = "Choose a smaller volume or fewer threads";
pub(crate) const SMALLER: &str = "Choose a smaller volume";

impl MemoryArguments {
    /// Refuses to run a scenario that does not fit into the memory of this machine. It simulates nothing. Returns the forecast. The
    /// error ends with advice to the user.
    ///
    /// # Errors
    /// If the expected memory is more than the available memory. Systems other than Linux do not say how much is available.
    pub(crate) fn check(
        self,
        scenario: &Scenario,
        text: &ScenarioText,
        (threads, extra): (Option<NonZeroUsize>, ExtraParts),
        advice: &str,
    ) -> Result<Forecast> {
        let (threads, forecast) = (thread_number(threads), Forecast::new(scenario));
        let expected = with_text(forecast.peak_bytes(threads, true) + forecast.extra_bytes(extra, threads), text);
        self.check_bytes("the run", text, expected, threads, advice)?;
        Ok(forecast)
    }

    /// Refuses to make runs at once, one on each thread, if they do not fit into the memory of this machine. `what` names them, and `by_key` is
    /// true if they count by key.
    ///
    /// # Errors
    /// As for `check`.
    pub(crate) fn check_runs<'s>(
        self,
        (what, by_key): (&str, bool),
        scenarios: impl Iterator<Item = (&'s Scenario, &'s ScenarioText)>,
        runs: usize,
        threads: Option<NonZeroUsize>,
    ) -> Result<()> {
        let at_once = thread_number(threads).min(runs);
        let expected = scenarios.map(|(scenario, text)| (Forecast::new(scenario).peak_bytes(1, by_key), text));
        let Some((largest, text)) = expected.max_by(|one, other| one.0.total_cmp(&other.0)) else { return Ok(()) };
        self.check_bytes(what, text, largest * at_once as f64, at_once, SMALLER_OR_FEWER)
    }

    /// Refuses a server that does not fit into the memory of this machine, or whose temporary files do not fit into their file system.
    /// Returns its forecast.
    ///
    /// # Errors
    /// As for `check`, and if the file system has less free space than the temporary files need.
    pub(crate) fn check_server(
        self,
        scenario: &Scenario,
        text: &ScenarioText,
        clock: &Clock,
        threads: Option<NonZeroUsize>,
    ) -> Result<ServerForecast> {
        let threads = thread_number(threads);
        let mut forecast = ServerForecast::new(scenario, clock, threads);
        forecast.memory_bytes = with_text(forecast.memory_bytes, text);
        self.check_bytes("the server", text, forecast.memory_bytes, threads, SMALLER_OR_FEWER)?;
        let directory = env::temp_dir();
        if let Some(free) = free_bytes(&directory).filter(|_| !self.ignore_memory) {
            check_files(forecast.disk_bytes, free, &directory)?;
        }
        Ok(forecast)
    }

    fn check_bytes(self, what: &str, text: &ScenarioText, expected: f64, threads: usize, advice: &str) -> Result<()> {
        let Some(available) = available().filter(|available| !self.ignore_memory && expected > available.bytes) else {
            return Ok(());
        };
        let [expected, allowed] = [expected, available.bytes].map(|number| bytes(number, ByteNames::Binary));
        let message = format!(
            "memory: {what} needs about {expected} on {}, allowed are the {allowed} that {}. {advice}, or give --ignore-memory to \
             start anyway.",
            counted(threads as u64, "thread"),
            available.source
        );
        Err(TooLarge { file: text.file_name().to_owned(), message }.into())
    }
}

/// The peak memory of a simulation that needs a number of bytes, with the text of its scenario.
pub(crate) fn with_text(simulation_bytes: f64, text: &ScenarioText) -> f64 {
    (simulation_bytes + text.kept_bytes()).max(text.reading_bytes())
}

/// Refuses to read a scenario that does not fit into the memory of this machine.
///
/// # Errors
/// If reading it needs more than the available memory.
pub(crate) fn check_reading(text: &ScenarioText) -> Result<()> {
    let expected = text.reading_bytes();
    let Some(available) = available().filter(|available| expected > available.bytes) else { return Ok(()) };
    let [expected, allowed] = [expected, available.bytes].map(|number| bytes(number, ByteNames::Binary));
    let file = text.file_name().to_owned();
    let message = format!(
        "{file}: reading this file needs about {expected} of memory, allowed are the {allowed} that {}",
        available.source
    );
    Err(TooLarge { file, message }.into())
}

/// Refuses temporary files that do not fit into the free space of their file system.
fn check_files(expected: f64, free: f64, directory: &Path) -> Result<()> {
    if expected <= free {
        return Ok(());
    }
    let [expected, free] = [expected, free].map(|number| bytes(number, ByteNames::Binary));
    bail!(
        "temporary files: the server needs about {expected} in {}, allowed are the {free} that are free there. Choose a smaller \
         volume, set TMPDIR to a directory with more space, or give --ignore-memory to start anyway.",
        directory.display()
    );
}

/// The free space of the file system of a directory. `None` if the system does not say.
#[cfg(target_os = "linux")]
fn free_bytes(directory: &Path) -> Option<f64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail as f64 * found.f_frsize as f64)
}

#[cfg(not(target_os = "linux"))]
fn free_bytes(_directory: &Path) -> Option<f64> {
    None
}

/// The number of threads, by default one for each processor.
pub(crate) fn thread_number(threads: Option<NonZeroUsize>) -> usize {
    threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// Memory that this process can get.
struct AvailableMemory {
    bytes: f64,
    /// The reason for the limit.
    source: &'static str,
}

/// The memory that is available to this process. `None` if the system does not say.
fn available() -> Option<AvailableMemory> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let machine = kib_line(&meminfo, "MemAvailable:")?;
    let machine = control_groups().iter().filter_map(|group| left_in(group)).fold(machine, f64::min);
    let machine = AvailableMemory { bytes: machine, source: "this machine has available" };
    let limit =
        address_space_limit().and_then(|limit| usable_of(limit, &fs::read_to_string("/proc/self/status").ok()?));
    let limit =
        limit.map(|bytes| AvailableMemory { bytes, source: "the limit of the address space allows (ulimit -v)" });
    limit.into_iter().chain([machine]).min_by(|one, other| one.bytes.total_cmp(&other.bytes))
}

/// The memory that a process can use under a limit of its address space. `status` is the text of `/proc/self/status`. Address space
/// without memory, such as parts of the program that are not loaded, counts against the limit.
fn usable_of(limit: u64, status: &str) -> Option<f64> {
    let [size, resident] = [kib_line(status, "VmSize:")?, kib_line(status, "VmRSS:")?];
    Some((limit as f64 - (size - resident)).max(0.0))
}

/// The bytes in the line with a name of a text such as `/proc/meminfo`.
fn kib_line(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok().map(|kib: f64| kib * 1024.0)
}

/// The directories of the control groups that this process is in, the outer ones too.
fn control_groups() -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).map(|path| root.join(path));
    let own = own.unwrap_or_else(|| root.to_path_buf());
    own.ancestors().take_while(|group| group.starts_with(root)).map(Path::to_path_buf).collect()
}

/// The memory that a control group has left. Files that the system could drop from its cache do not count as used.
fn left_in(group: &Path) -> Option<f64> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<f64>().ok();
    let (limit, used) = (number("memory.max")?, number("memory.current")?);
    let statistics = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let cached = statistics.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse::<f64>().ok());
    Some((limit - (used - cached.unwrap_or(0.0))).max(0.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    #[test]
    fn available_memory_is_read_from_the_text_of_the_system() {
        let text = "MemTotal:       24683520 kB\nMemFree:         1358848 kB\nMemAvailable:   23601152 kB\n";
        assert_eq!(kib_line(text, "MemAvailable:"), Some(23_601_152.0 * 1024.0));
        assert_eq!(kib_line("MemTotal: 1 kB\n", "MemAvailable:"), None);
    }

    #[test]
    fn address_space_without_memory_counts_against_its_limit() {
        let status = "Name:\ttollgate\nVmSize:\t   30000 kB\nVmRSS:\t   10000 kB\n";
        assert_eq!(usable_of(50_000 << 10, status), Some(30_000.0 * 1024.0));
        assert_eq!(usable_of(1000 << 10, status), Some(0.0));
        assert_eq!(usable_of(1000, "Name:\ttollgate\n"), None);
    }

    #[test]
    fn temporary_files_that_do_not_fit_are_refused() {
        assert!(check_files(1e9, 1e9, Path::new("/tmp")).is_ok());
        let error = check_files(1.5 * 1024.0 * 1024.0, 1024.0, Path::new("/tmp")).unwrap_err().to_string();
        let expected =
            "temporary files: the server needs about 1.5 MiB in /tmp, allowed are the 1 KiB that are free there.";
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(free_bytes(Path::new("/no/such/directory")), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_free_space_of_a_directory_is_read_from_the_system() {
        let directory = tempfile::tempdir().unwrap();
        assert!(free_bytes(directory.path()).is_some_and(|free| free > 0.0));
    }

    #[test]
    fn a_control_group_without_a_limit_has_no_bound() {
        let group = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(group.path().join(name), text).unwrap();
        write("memory.current", "3000\n");
        write("memory.max", "max\n");
        assert_eq!(left_in(group.path()), None);
        write("memory.max", "10000\n");
        assert_eq!(left_in(group.path()), Some(7000.0));
        write("memory.stat", "anon 1\ninactive_file 500\n");
        assert_eq!(left_in(group.path()), Some(7500.0));
    }
}
