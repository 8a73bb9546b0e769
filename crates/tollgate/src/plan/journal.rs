//! The runs of a plan on disk, so that one that was interrupted goes on from there.
//!
//! As long as a plan is not whole they lie beside its directory, a line each, written as soon as the run is done. When it is
//! whole they go into the directory with the rest, for a plan with more loads or seeds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tollgate_capacity::Run;

use crate::output;

/// The journal of a plan that is being made. Only who holds the staging directory of the plan may open it.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal of a plan for a target, and reads what runs are known, from it and from the target. What a line
    /// says that was not written to its end, or by another program, is left aside.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub(crate) fn open(target: &Path) -> Result<(Journal, Vec<Run>)> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.runs"));
        let mut runs = read_runs(&target.join(output::RUNS))?.0;
        let (begun, whole_bytes) = read_runs(&path)?;
        runs.extend(begun);
        let open = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            file.set_len(whole_bytes)?;
            file.seek(SeekFrom::End(0))?;
            Ok::<_, io::Error>(file)
        };
        let file = open().with_context(|| format!("cannot write {}", path.display()))?;
        Ok((Journal { path, file }, runs))
    }

    /// Appends a run that is done.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn append(&mut self, run: &Run) -> Result<()> {
        let line = to_line(run)?;
        // One call, so that a program that is killed leaves at most one line without its end.
        self.file.write_all(&line).with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Removes it, as the plan is whole.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub(crate) fn remove(self) -> Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("cannot remove {}", self.path.display()))
    }
}

/// A run as a line of a journal.
///
/// # Errors
/// None that can happen.
pub(crate) fn to_line(run: &Run) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(run)?;
    line.push(b'\n');
    Ok(line)
}

/// The runs of a file that may be missing, and the bytes of its lines that have an end.
fn read_runs(path: &Path) -> Result<(Vec<Run>, u64)> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let runs = text[..whole].split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    Ok((runs.collect(), whole as u64))
}
