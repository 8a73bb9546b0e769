//! The command line.

mod arguments;
mod audit;
mod check;
mod diagnose;
mod estimate;
mod input;
mod output;
mod plan;
mod progress;
mod reports;
mod run;
mod schema;
mod selection;
mod serve;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Verb};

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Run(run) => run.execute(),
        Verb::Serve(serve) => serve.execute(),
        Verb::Check(check) => check.execute(),
        Verb::Plan(plan) => plan.execute(),
        Verb::Audit(audit) => audit.execute(),
        Verb::Diagnose(diagnose) => diagnose.execute(),
        Verb::Reports(reports) => reports.execute(),
        Verb::Schema => schema::print(),
    };
    terminal::exit_code(outcome)
}
