//! The arguments of the command line.

use clap::{Parser, Subcommand};

use crate::audit::Audit;
use crate::check::Check;
use crate::diagnose::Diagnose;
use crate::plan::Plan;
use crate::reports::Reports;
use crate::run::Run;
use crate::serve::Serve;

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
    Run(Run),
    /// Answer over HTTP as the appliance's Email Security Monitor does: exports and pages
    Serve(Serve),
    /// Say whether a scenario is valid and what it amounts to, without running it
    Check(Check),
    /// Say how the appliances stand up to more mail or less, and where they stop keeping up
    Plan(Plan),
    /// Say what in a directory of exports cannot be true
    Audit(Audit),
    /// Say which counting rule explains the outgoing TLS figures
    Diagnose(Diagnose),
    /// List the 42 exports
    Reports(Reports),
    /// Print the JSON schema of scenario files, for editors
    #[command(hide = true)]
    Schema,
}
