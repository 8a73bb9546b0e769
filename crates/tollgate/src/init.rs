//! `tollgate init`: writes a shipped scenario to a file.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::output;
use crate::shipped;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate init                        write c650-week.toml
  tollgate init fixture -o mine.toml   write the small scenario `fixture` to mine.toml
  tollgate init peak-day -o -          print a scenario

`tollgate scenarios` lists the names. `tollgate schema` prints the JSON schema that editors use to complete and check scenarios.";

/// The arguments of `tollgate init`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct InitArguments {
    /// Name of a shipped scenario
    #[arg(value_name = "NAME", default_value = shipped::SHIPPED[0].name)]
    name: PathBuf,

    /// File to write [default: NAME.toml]; `-` prints the scenario
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl InitArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is no such scenario, or if the file exists or cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let Some(shipped) = shipped::find(&self.name) else {
            bail!(
                "{}: found no such scenario, allowed are {}",
                self.name.display(),
                shipped::names_and_guess(&self.name)
            );
        };
        let file = self.out.unwrap_or_else(|| format!("{}.toml", shipped.name).into());
        let text = shipped.standalone_text();
        if file == Path::new("-") {
            terminal::print(&text)?;
        } else {
            let Some(name) = file.to_str() else {
                bail!("--out: found {}, allowed is a name in UTF-8 text", file.display());
            };
            write_new(&file, &text)?;
            // A hyphen in front would make it an option.
            let shown = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
            terminal::note(&format!("wrote {}; next: tollgate run {0}", tollgate_wording::quoted(&shown)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Refuses a file that exists.
///
/// # Errors
/// If it exists.
pub(crate) fn check_new(path: &Path) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let found = if path.is_dir() { "this is a directory" } else { "the file exists" };
    bail!("{}: {found}; choose another file with --out", path.display())
}

/// Writes a file that appears whole or not at all. A file that exists is not replaced.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<()> {
    let shown = || format!("cannot write {}", path.display());
    let file = output::write_beside(path, text).with_context(shown)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => check_new(path),
        Err(error) => Err(error.error).with_context(shown),
    }
}
