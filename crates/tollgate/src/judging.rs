//! Judges exports by runs of a scenario, for `fit` and `compare`.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use tollgate_fit::{Figures, Judgement};
use tollgate_scenario::{Scenario, ScenarioText};

use crate::input::{thread_count, whole_number};
use crate::memory::{MemoryArguments, thread_number};
use crate::progress;

/// The default number of runs.
const DEFAULT_RUNS: u64 = 20;

/// The options of the runs.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct JudgingArguments {
    /// Number of threads [default: one for each processor]; the output does not depend on it
    #[arg(long, value_name = "N", value_parser = thread_count, allow_hyphen_values = true)]
    threads: Option<NonZeroUsize>,

    #[command(flatten)]
    memory: MemoryArguments,
}

/// A parser of the number of runs. One run has no spread.
pub(crate) fn run_count(may_be_none: bool) -> impl Fn(&str) -> Result<u64, String> + Clone {
    move |text| match text {
        "0" if may_be_none => Ok(0),
        _ => whole_number::<u64>(2, 1000)(text),
    }
}

/// The number of runs that was given, or the default.
pub(crate) fn runs_or_default(given: Option<u64>) -> u64 {
    given.unwrap_or(DEFAULT_RUNS)
}

impl JudgingArguments {
    /// Makes runs of a scenario, with its seed and the following ones, and judges figures by them.
    ///
    /// # Errors
    /// If the runs do not fit into the memory of this machine, or if a thread cannot be started.
    pub(crate) fn judge(
        self,
        figures: &Figures,
        (scenario, text): (&Scenario, &ScenarioText),
        runs: u64,
        quiet: bool,
    ) -> Result<Judgement> {
        self.memory.check_runs(("checking", true), [(scenario, text)].into_iter(), runs as usize, self.threads)?;
        let seeds: Vec<u64> = (0..runs).map(|run| scenario.seed.wrapping_add(run)).collect();
        let hidden = quiet || !io::stderr().is_terminal();
        let bar = if hidden { ProgressBar::hidden() } else { ProgressBar::new(runs) };
        bar.set_style(progress::style());
        bar.set_message("simulating runs of the scenario");
        let judgement = Judgement::of_runs(figures, scenario, &seeds, thread_number(self.threads), || bar.inc(1))?;
        bar.finish_and_clear();
        Ok(judgement)
    }
}
