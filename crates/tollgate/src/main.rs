//! The command line.

mod arguments;
mod audit;
mod check;
mod compare;
mod diagnose;
mod error;
mod estimate;
mod fit;
mod fit_page;
mod init;
mod input;
mod judging;
mod key_file;
mod memory;
mod output;
mod page_figures;
mod plan;
mod process_limits;
mod progress;
mod reports;
mod run;
mod scenarios;
mod schema;
mod selection;
mod serve;
mod shell;
mod shipped;
mod site_exports;
mod terminal;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use crate::arguments::{Arguments, Verb};
use crate::error::ErrorFormat;

fn main() -> ExitCode {
    let format = ErrorFormat::of(env::args_os());
    if let Err(error) = process_limits::survive_file_size() {
        return format.exit_code(Err(error));
    }
    match Arguments::try_parse() {
        Ok(arguments) => format.exit_code(execute(arguments.verb)),
        Err(error) => format.refuse(error),
    }
}

fn execute(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Run(run) => run.execute(),
        Verb::Serve(serve) => serve.execute(),
        Verb::Check(check) => check.execute(),
        Verb::Plan(plan) => plan.execute(),
        Verb::Audit(audit) => audit.execute(),
        Verb::Diagnose(diagnose) => diagnose.execute(),
        Verb::Fit(fit) => fit.execute(),
        Verb::Compare(compare) => compare.execute(),
        Verb::Scenarios(scenarios) => scenarios.execute(),
        Verb::Init(init) => init.execute(),
        Verb::Reports(reports) => reports.execute(),
        Verb::Schema => schema::print(),
        Verb::Completions(completions) => completions.execute(Arguments::command()),
        Verb::Man(man) => man.execute(Arguments::command()),
        Verb::Help(help) => help.execute(Arguments::command()),
    }
}
