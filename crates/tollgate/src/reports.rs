//! `tollgate reports`: lists the exports.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use tollgate_catalogue::{Catalogue, Table};

use crate::terminal;

/// The arguments of `tollgate reports`.
#[derive(Debug, Args)]
pub(crate) struct ReportsArguments {
    /// Print the tables and their columns as one JSON document
    #[arg(long)]
    json: bool,
}

impl ReportsArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the list cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let tables = Catalogue::builtin().tables();
        if self.json {
            terminal::print_json(tables)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut rows = vec![["#", "page", "title", "file", "columns"].map(String::from).to_vec()];
        rows.extend(tables.iter().map(|table| {
            let Table { number, page_path, title, file, .. } = table;
            let columns = table.headings().count();
            vec![number.to_string(), page_path.clone(), title.clone(), file.clone(), columns.to_string()]
        }));
        terminal::print(&terminal::columns(&rows))?;
        Ok(ExitCode::SUCCESS)
    }
}
