//! The journal of a plan: its runs on disk, from which an interrupted plan resumes.
//!
//! Until the plan is complete, the journal is a hidden file beside the directory of the plan. The first line names the build of the
//! program. Each further line is a run, which is written as soon as it is finished, with a checksum. A complete plan has its runs in
//! its directory, where a plan with more loads or seeds finds them. Runs that remain in the journal belong to another, interrupted
//! plan. A file that is not a journal is never changed.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tollgate_capacity::PlanRun;

use crate::output::{self, RUNS, sha256_hex};

/// The beginning of every journal.
const MARK: &[u8] = b"{\"tool\":\"tollgate\",\"journal_of\":";
/// The key of the checksum at the end of a line.
const CHECKSUM: &str = ",\"checksum\":\"";

/// The journal of a plan. Only the holder of the plan's staging directory may open it.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

/// The runs in some lines.
#[derive(Debug, Default)]
pub(crate) struct KnownRuns {
    pub(crate) runs: Vec<PlanRun>,
    /// Number of lines that are damaged.
    pub(crate) damaged: u64,
}

impl Journal {
    /// Opens the journal of a plan for a target, and reads the known runs from it and from the target. An incomplete last line is
    /// ignored. The journal of another build of the program is dropped, because that build may count differently.
    ///
    /// # Errors
    /// If a file cannot be read or written, or if the path of the journal holds something else.
    pub(crate) fn open(target: &Path, program: &str) -> Result<(Journal, KnownRuns)> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.runs"));
        let mut known = KnownRuns::default();
        known.parse(&read(&target.join(RUNS))?);
        let heading = [MARK, &serde_json::to_vec(program)?, b"}\n"].concat();
        check_is_journal(&path)?;
        let begun = read(&path)?;
        let is_ours = begun.starts_with(&heading);
        if is_ours {
            known.parse(&begun[heading.len()..]);
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
        Ok((Journal { path, file }, known))
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
        let is_left = |line: &&[u8]| parse_line(line.trim_ascii_end()).is_some_and(|run| !used.contains(&*run.key));
        let left: Vec<&[u8]> = lines.filter(is_left).collect();
        if left.is_empty() {
            // The plan no longer holds its directory, so another plan may have removed the file.
            match fs::remove_file(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.with_context(|| format!("cannot remove {}", self.path.display()))?,
            }
        } else {
            // A killed program leaves the new file, which the next plan for this directory writes again.
            let new = self.path.with_extension("runs.new");
            check_is_journal(&new)?;
            let write = || {
                let mut file = File::create(&new)?;
                file.write_all(heading)?;
                file.write_all(&left.concat())?;
                file.sync_all()?;
                fs::rename(&new, &self.path)?;
                Ok::<_, io::Error>(())
            };
            write().with_context(|| format!("cannot write {}", self.path.display()))?;
        }
        Ok((left.len() as u64, self.path))
    }
}

impl KnownRuns {
    /// Adds the runs of some lines, and counts the lines whose checksum is wrong or missing.
    fn parse(&mut self, lines: &[u8]) {
        for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            match parse_line(line) {
                Some(run) => self.runs.push(run),
                None => self.damaged += 1,
            }
        }
    }
}

/// A run as a line of a journal. The checksum is that of the line without it.
///
/// # Errors
/// If the run cannot be written as JSON, which does not happen.
pub(crate) fn to_line(run: &PlanRun) -> Result<Vec<u8>> {
    let document = serde_json::to_string(run)?;
    let checksum = sha256_hex(document.as_bytes());
    let fields = document.strip_suffix('}').unwrap_or(&document);
    Ok(format!("{fields}{CHECKSUM}{checksum}\"}}\n").into_bytes())
}

/// The run in a line, if its checksum is right.
fn parse_line(line: &[u8]) -> Option<PlanRun> {
    let (fields, checksum) = std::str::from_utf8(line).ok()?.rsplit_once(CHECKSUM)?;
    let document = format!("{fields}}}");
    let is_right = checksum.strip_suffix("\"}")? == sha256_hex(document.as_bytes());
    if is_right { serde_json::from_str(&document).ok() } else { None }
}

/// Refuses a path that holds anything but a journal, even an incomplete one.
fn check_is_journal(path: &Path) -> Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let mut begin = Vec::new();
    if found.is_file() {
        let file = File::open(path).and_then(|file| file.take(MARK.len() as u64).read_to_end(&mut begin));
        file.with_context(|| format!("cannot read {}", path.display()))?;
    }
    if !found.is_file() || !MARK.starts_with(&begin) {
        bail!(
            "refusing to write {}: it is not a journal of tollgate; move it away or choose another --out",
            path.display()
        );
    }
    Ok(())
}

/// The complete lines of a file. A missing file has none.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut text = match output::read_regular(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    text.truncate(text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1));
    Ok(text)
}
