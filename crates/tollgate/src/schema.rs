//! `tollgate schema`: the JSON schema of scenario files.

use std::process::ExitCode;

use anyhow::Result;

use crate::terminal;

/// Prints the schema.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn print() -> Result<ExitCode> {
    terminal::print(&tollgate_scenario::schema())?;
    Ok(ExitCode::SUCCESS)
}
