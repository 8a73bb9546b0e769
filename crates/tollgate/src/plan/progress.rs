//! Follows the runs of a plan: writes them into the journal and shows the progress.

use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

use anyhow::{Error, Result};
use indicatif::ProgressBar;
use tollgate_capacity::{PlanRun, Watcher};
use tollgate_simulation::ThreadError;

use super::journal::Journal;
use crate::progress;
use crate::terminal;

/// The journal of a plan and its progress bar, which is shown on the standard error if that is a terminal.
#[derive(Debug)]
pub(crate) struct PlanProgress {
    journal: Mutex<Journal>,
    bar: ProgressBar,
    quiet: bool,
    work: Mutex<PlanWork>,
}

/// Work, counted in runs at a load of 1.
#[derive(Debug, Default)]
struct PlanWork {
    expected: f64,
    done: f64,
    runs: u64,
    known: u64,
}

/// The note after the first run of a plan.
const RESUME: &str = "finished runs are kept: if you interrupt the plan, run the same command again to resume it";

/// Steps of the bar for a unit of work.
const STEPS: f64 = 1000.0;

impl PlanProgress {
    /// Starts the progress of a plan.
    pub(crate) fn new(journal: Journal, quiet: bool) -> Self {
        let hidden = quiet || !io::stderr().is_terminal();
        let bar = if hidden { ProgressBar::hidden() } else { ProgressBar::new(0) };
        bar.set_style(progress::style());
        bar.set_message("simulating the loads");
        PlanProgress { journal: Mutex::new(journal), bar, quiet, work: Mutex::default() }
    }

    /// Removes the bar. Returns the journal, the number of new runs and the number of known runs.
    pub(crate) fn finish(self) -> (Journal, u64, u64) {
        self.bar.finish_and_clear();
        let work = self.work.into_inner().unwrap_or_else(PoisonError::into_inner);
        (self.journal.into_inner().unwrap_or_else(PoisonError::into_inner), work.runs, work.known)
    }

    fn change(&self, change: impl FnOnce(&mut PlanWork)) {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut work);
        self.bar.set_length((work.expected * STEPS) as u64);
        self.bar.set_position((work.done * STEPS) as u64);
    }
}

impl Watcher for PlanProgress {
    type Error = Error;

    fn cannot_start(&self, error: ThreadError) -> Error {
        error.into()
    }

    fn searching(&self) {
        self.bar.set_message("searching for the limit");
    }

    fn expect(&self, more: f64) {
        self.change(|work| work.expected += more);
    }

    fn done(&self, run: &PlanRun) -> Result<()> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner).append(run)?;
        self.change(|work| {
            work.runs += 1;
            work.done += run.load;
            if work.runs == 1 && !self.quiet {
                self.bar.suspend(|| terminal::note(RESUME));
            }
        });
        Ok(())
    }

    /// A known run takes no time, so it does not count as work. If it did, the estimate of the time left would be too short.
    fn known(&self, load: f64) {
        self.change(|work| {
            work.known += 1;
            work.expected -= load;
        });
    }
}
