//! The arguments of the command line.

use clap::{Parser, Subcommand};

use crate::audit::AuditArguments;
use crate::check::CheckArguments;
use crate::diagnose::DiagnoseArguments;
use crate::plan::PlanArguments;
use crate::reports::ReportsArguments;
use crate::run::RunArguments;
use crate::serve::ServeArguments;

const EXAMPLES: &str = "\
Examples:
  tollgate check scenarios/c650-week.toml   see what a scenario amounts to
  tollgate run scenarios/c650-week.toml     simulate it and write the exports to out/c650-week
  tollgate serve scenarios/c650-week.toml   show its pages and exports over HTTP
  tollgate plan scenarios/c650-week.toml    see what it does under more mail, up to its limit
  tollgate audit out/c650-week              say what in these exports, or a real appliance's, cannot be true
  tollgate diagnose out/thread-a-exact      say which counting rule explains the outgoing TLS figures
  tollgate reports                          list the exports

Exit codes: 0 all is well, 1 a check found something, 2 the command or its input is wrong, or a file cannot be written.";

/// Simulates a mail gateway and writes its telemetry: the 42 CSV exports of an IronPort C650.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, after_help = EXAMPLES, max_term_width = 100)]
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
    /// Answer over HTTP as the appliance's Email Security Monitor does: exports and pages
    Serve(ServeArguments),
    /// Say whether a scenario is valid and what it amounts to, without running it
    Check(CheckArguments),
    /// Find the load at which an appliance stops keeping up
    Plan(PlanArguments),
    /// Say what in a directory of exports cannot be true
    Audit(AuditArguments),
    /// Say which counting rule explains the outgoing TLS figures
    Diagnose(DiagnoseArguments),
    /// List the 42 exports
    Reports(ReportsArguments),
    /// Print the JSON schema of scenario files, for editors
    #[command(hide = true)]
    Schema,
}
