//! `tollgate scenarios`: lists the shipped scenarios.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use tollgate_scenario::{Moment, SECOND, Scenario};
use tollgate_wording::{exact_duration, short};

use crate::estimate::Volumes;
use crate::shipped::{SHIPPED, ShippedScenario};
use crate::terminal;

const AFTER_HELP: &str = "\
Every command that takes a scenario also accepts these names. A file of the same name takes precedence.
`tollgate init NAME` writes a scenario to a file for you to edit.

`connections` is the expected number of connections in the span.";

/// The arguments of `tollgate scenarios`.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ScenariosArguments {
    /// Print the list as one JSON document
    #[arg(long)]
    json: bool,
}

/// A shipped scenario in the list.
#[derive(Debug, Serialize)]
struct ListedScenario {
    name: &'static str,
    summary: &'static str,
    begin: Moment,
    end: Moment,
    span_seconds: u64,
    expected_connections: f64,
}

impl ScenariosArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the list cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let listed = SHIPPED.par_iter().map(ListedScenario::new).collect::<Result<Vec<_>>>()?;
        let text = if self.json { serde_json::to_string_pretty(&listed)? + "\n" } else { describe(&listed) };
        terminal::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl ListedScenario {
    fn new(shipped: &ShippedScenario) -> Result<Self> {
        let scenario = Scenario::parse(shipped.text, shipped.name, &[])?;
        let volumes = Volumes::new(&scenario);
        Ok(ListedScenario {
            name: shipped.name,
            summary: shipped.summary(),
            begin: scenario.time.begin,
            end: scenario.time.end(),
            span_seconds: scenario.time.span.micros() / SECOND,
            expected_connections: volumes.total(),
        })
    }
}

fn describe(listed: &[ListedScenario]) -> String {
    let mut rows = vec![["name", "span", "connections", "summary"].map(String::from).to_vec()];
    rows.extend(listed.iter().map(|scenario| {
        let ListedScenario { name, summary, span_seconds, expected_connections, .. } = scenario;
        vec![(*name).into(), exact_duration(*span_seconds), short(*expected_connections), (*summary).into()]
    }));
    terminal::columns(&rows)
}
