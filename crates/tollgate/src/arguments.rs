//! The arguments of the command line.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Command, Parser, Subcommand};

use crate::audit::AuditArguments;
use crate::check::CheckArguments;
use crate::compare::CompareArguments;
use crate::diagnose::DiagnoseArguments;
use crate::error::FAILURE;
use crate::fit::FitArguments;
use crate::init::InitArguments;
use crate::plan::PlanArguments;
use crate::reports::ReportsArguments;
use crate::run::RunArguments;
use crate::scenarios::ScenariosArguments;
use crate::serve::ServeArguments;
use crate::shell::{CompletionsArguments, ManArguments};

const EXAMPLES: &str = "\
Examples:
  tollgate scenarios                   list the shipped scenarios
  tollgate run quiet-hour              simulate one and write its exports to out/quiet-hour
  tollgate serve thread-a-exact        serve its pages and exports over HTTP
  tollgate audit out/quiet-hour/quiet  find figures that contradict each other
  tollgate diagnose out/thread-a-exact/c650
                                       find the counting rule that explains the TLS figures
  tollgate fit exports -o customer.toml
                                       make a scenario that gives exports like these
  tollgate compare exports out/customer
                                       show how two directories of exports differ
  tollgate plan peak-day               find the load at which the appliance stops keeping up
  tollgate init peak-day               write a scenario to peak-day.toml for you to edit
  tollgate check peak-day.toml         check it, and estimate its traffic

Exit codes: 0 success; 1 `audit` found contradictory figures, `diagnose` ruled out the documented counting rule, `compare` found a total beyond the tolerance, or one of the objectives that you gave `plan` is broken at load 1; 2 wrong usage, bad input, or output that cannot be written.";

/// Simulates an IronPort C650 mail gateway and writes its 42 CSV exports
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// The verb.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Simulate a scenario and write its exports
    Run(RunArguments),
    /// Serve the exports and pages of a simulated appliance over HTTP
    Serve(ServeArguments),
    /// Check a scenario and estimate its traffic and the size of its exports, without running it
    Check(CheckArguments),
    /// Find the load at which an appliance stops keeping up
    Plan(PlanArguments),
    /// Find contradictory figures in a directory of exports
    Audit(AuditArguments),
    /// Find the counting rule that explains the outgoing TLS figures
    Diagnose(DiagnoseArguments),
    /// Make a scenario that gives exports like those of a customer
    Fit(FitArguments),
    /// Show how two directories of exports differ
    Compare(CompareArguments),
    /// List the shipped scenarios
    Scenarios(ScenariosArguments),
    /// Write a shipped scenario to a file for editing
    Init(InitArguments),
    /// List the 42 exports
    Reports(ReportsArguments),
    /// Print the JSON schema of scenario files, for editors
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionsArguments),
    /// Write manual pages to a directory
    Man(ManArguments),
    /// Print this message, or the help of a command
    Help(HelpArguments),
}

/// The arguments of `tollgate help`.
#[derive(Debug, Args)]
pub(crate) struct HelpArguments {
    /// Command whose help is printed
    #[arg(value_name = "COMMAND")]
    verb: Option<String>,
}

impl HelpArguments {
    /// Prints the same help as `--help`.
    ///
    /// # Errors
    /// If the help cannot be printed.
    pub(crate) fn execute(self, command: Command) -> Result<ExitCode> {
        let words = ["tollgate"].into_iter().chain(self.verb.as_deref()).chain(["--help"]);
        let Err(shown) = command.try_get_matches_from(words) else { return Ok(ExitCode::SUCCESS) };
        shown.print()?;
        Ok(if shown.use_stderr() { ExitCode::from(FAILURE) } else { ExitCode::SUCCESS })
    }
}
