//! The journal of a plan: its runs on disk, from which an interrupted plan resumes.
//!
//! Until the plan is complete, the journal is a hidden file beside the directory of the plan. The first line names the build of the
//! program. Each further line is a run, which is written as soon as it is finished. A complete plan has its runs in its directory,
//! where a plan with more loads or seeds finds them. Runs that remain in the journal belong to another, interrupted plan.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use tollgate_capacity::PlanRun;

use crate::output;

/// The journal of a plan. Only the holder of the plan's staging directory may open it.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

/// The key in a line of a journal.
#[derive(Deserialize)]
struct RunKey {
    key: String,
}

impl Journal {
    /// Opens the journal of a plan for a target, and reads the known runs from it and from the target. An incomplete line is
    /// ignored. The journal of another build of the program is dropped, because that build may count differently.
    ///
    /// # Errors
    /// If a file cannot be read or written.
    pub(crate) fn open(target: &Path, program: &str) -> Result<(Journal, Vec<PlanRun>)> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.runs"));
        let mut runs = parse(&read(&target.join(output::RUNS))?);
        let heading = [&serde_json::to_vec(program)?[..], b"\n"].concat();
        let begun = read(&path)?;
        let is_ours = begun.starts_with(&heading);
        if is_ours {
            runs.extend(parse(&begun[heading.len()..]));
        }
        let open = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(!is_ours).open(&path)?;
            if is_ours {
                file.set_len(begun.len() as u64)?;
                file.seek(SeekFrom::End(0))?;
            } else {
                file.write_all(&heading)?;
            }
            Ok::<_, io::Error>(file)
        };
        let file = open().with_context(|| format!("cannot write {}", path.display()))?;
        Ok((Journal { path, file }, runs))
    }

    /// Appends a finished run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn append(&mut self, run: &PlanRun) -> Result<()> {
        let line = to_line(run)?;
        // This is a single call, so that a killed program leaves at most one incomplete line.
        self.file.write_all(&line).with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Removes the runs of a complete plan from the journal. Returns the number of runs that remain, and the path of the journal. An
    /// empty journal is removed.
    ///
    /// # Errors
    /// If it cannot be read, written or removed.
    pub(crate) fn finish(self, used: &[PlanRun]) -> Result<(u64, PathBuf)> {
        let used: BTreeSet<&str> = used.iter().map(|run| run.key.as_str()).collect();
        let text = read(&self.path)?;
        let mut lines = text.split_inclusive(|&byte| byte == b'\n');
        let heading = lines.next().unwrap_or_default();
        let is_left =
            |line: &&[u8]| serde_json::from_slice(line).is_ok_and(|known: RunKey| !used.contains(&*known.key));
        let left: Vec<&[u8]> = lines.filter(is_left).collect();
        if left.is_empty() {
            // The plan no longer holds its directory, so another plan may have removed the file.
            match fs::remove_file(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.with_context(|| format!("cannot remove {}", self.path.display()))?,
            }
        } else {
            let anew = self.path.with_extension("runs-anew");
            let write = || {
                let mut file = File::create(&anew)?;
                file.write_all(heading)?;
                file.write_all(&left.concat())?;
                file.sync_all()?;
                fs::rename(&anew, &self.path)
            };
            write().with_context(|| format!("cannot write {}", anew.display()))?;
        }
        Ok((left.len() as u64, self.path))
    }
}

/// A run as a line of a journal.
///
/// # Errors
/// If the run cannot be written as JSON, which does not happen.
pub(crate) fn to_line(run: &PlanRun) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(run)?;
    line.push(b'\n');
    Ok(line)
}

/// The complete lines of a file. A missing file has none.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    text.truncate(text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    Ok(text)
}

/// The runs in some lines. Lines that are not runs are ignored.
fn parse(lines: &[u8]) -> Vec<PlanRun> {
    lines.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}
