//! Refuses a simulation that needs more memory than this machine has.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Result, bail};
use clap::Args;
use tollgate_scenario::Scenario;
use tollgate_simulation::Forecast;
use tollgate_wording::{ByteNames, bytes, counted};

/// The option that allows a simulation that needs more memory.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct MemoryArguments {
    /// Start even if the expected memory is more than this machine has available
    #[arg(long)]
    ignore_memory: bool,
}

impl MemoryArguments {
    /// Refuses to run a scenario that does not fit into the memory of this machine. It simulates nothing.
    ///
    /// # Errors
    /// If the expected memory is more than the available memory. Systems other than Linux do not say how much is available.
    pub(crate) fn check(self, scenario: &Scenario, threads: Option<NonZeroUsize>) -> Result<()> {
        let threads = thread_number(threads);
        self.check_bytes(Forecast::new(scenario).peak_bytes(threads, true), threads)
    }

    /// Refuses to make the runs of a plan at once, one on each thread, if they do not fit into the memory of this machine.
    ///
    /// # Errors
    /// As for `check`.
    pub(crate) fn check_plan(self, scenarios: &[Scenario], runs: usize, threads: Option<NonZeroUsize>) -> Result<()> {
        let at_once = thread_number(threads).min(runs);
        let largest = scenarios.iter().map(|scenario| Forecast::new(scenario).peak_bytes(1, false)).fold(0.0, f64::max);
        self.check_bytes(largest * at_once as f64, at_once)
    }

    fn check_bytes(self, expected: f64, threads: usize) -> Result<()> {
        let Some(available) = available_bytes().filter(|&available| !self.ignore_memory && expected > available) else {
            return Ok(());
        };
        let [expected, available] = [expected, available].map(|number| bytes(number, ByteNames::Binary));
        bail!(
            "memory: found about {expected} for {}, allowed are the {available} that this machine has available; a smaller \
             volume and fewer threads need less, and --ignore-memory allows more",
            counted(threads as u64, "thread")
        );
    }
}

/// The number of threads, by default one for each processor.
pub(crate) fn thread_number(threads: Option<NonZeroUsize>) -> usize {
    threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// The memory that is available to this process. `None` if the system does not say.
fn available_bytes() -> Option<f64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| available_of(&text))?;
    Some(control_groups().iter().filter_map(|group| left_in(group)).fold(machine, f64::min))
}

/// The available memory in the text of `/proc/meminfo`.
fn available_of(meminfo: &str) -> Option<f64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
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
        assert_eq!(available_of(text), Some(23_601_152.0 * 1024.0));
        assert_eq!(available_of("MemTotal: 1 kB\n"), None);
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
