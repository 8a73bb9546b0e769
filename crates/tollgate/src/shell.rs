//! `tollgate completions` and `tollgate man`: files for the shell and for `man`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Command};
use clap_complete::Shell;

use crate::terminal;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  tollgate completions bash > ~/.local/share/bash-completion/completions/tollgate
  tollgate completions zsh > ~/.zfunc/_tollgate
  tollgate completions fish > ~/.config/fish/completions/tollgate.fish";

const MAN_EXAMPLES: &str = "\
Example:
  tollgate man ~/.local/share/man/man1";

/// The arguments of `tollgate completions`.
#[derive(Debug, Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArguments {
    /// Shell that the completions are for
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// The arguments of `tollgate man`.
#[derive(Debug, Args)]
#[command(after_long_help = MAN_EXAMPLES)]
pub(crate) struct ManArguments {
    /// Directory to write to; it is created if it does not exist
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl CompletionsArguments {
    /// Runs the verb for a command.
    ///
    /// # Errors
    /// If the completions cannot be written.
    pub(crate) fn execute(self, mut command: Command) -> Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "tollgate", &mut script);
        terminal::print(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl ManArguments {
    /// Runs the verb for a command.
    ///
    /// # Errors
    /// If a page cannot be written.
    pub(crate) fn execute(self, command: Command) -> Result<ExitCode> {
        let shown = self.directory.display();
        fs::create_dir_all(&self.directory).with_context(|| format!("cannot create {shown}"))?;
        write_pages(command, &self.directory).with_context(|| format!("cannot write the manual pages to {shown}"))?;
        terminal::note(&format!("wrote the manual pages to {shown}"));
        Ok(ExitCode::SUCCESS)
    }
}

/// The beginning of the names of hidden directories that pages are first written to.
const STAGING: &str = ".tollgate-man-";

/// Writes all pages beside their targets, and then moves them. A page replaces only an earlier page of this program.
fn write_pages(command: Command, directory: &Path) -> Result<()> {
    // One program at a time, so that every hidden directory is one that a killed program has left.
    let turn = File::open(directory)?;
    turn.lock()?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(STAGING) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(directory)?;
    clap_mangen::generate_to(command, staging.path())?;
    let pages = fs::read_dir(staging.path())?.map(|page| Ok(page?.file_name())).collect::<io::Result<Vec<_>>>()?;
    for page in &pages {
        check_replaceable(&directory.join(page))?;
    }
    for page in &pages {
        fs::rename(staging.path().join(page), directory.join(page))?;
    }
    Ok(())
}

fn check_replaceable(page: &Path) -> Result<()> {
    let found = match fs::symlink_metadata(page) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let is_page = found.is_file()
        && String::from_utf8_lossy(&fs::read(page)?).lines().any(|line| line.starts_with(".TH tollgate"));
    if !is_page {
        bail!("refusing to replace {}: it is not a manual page of tollgate", page.display());
    }
    Ok(())
}
