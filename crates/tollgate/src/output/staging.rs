//! A hidden directory, or file, that is filled beside its target and then replaces it in one step.
//!
//! A killed run, or two runs at the same time, never leave a mixture:
//! - the target changes in one step, at the very end;
//! - a staging directory is locked while its run lives, so that the next run recognises abandoned ones;
//! - a run holds a lock on the parent directory while it looks for, creates or swaps staging directories.
//!
//! The operating system releases a lock when its process ends. No lock file is left.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result, bail};
use tempfile::NamedTempFile;

use super::manifest::{Kind, check_replaceable};
use super::parent_of;
use crate::terminal;

/// A directory that is being filled. If it is dropped without [`Staging::commit`], it is removed and the target is unchanged.
#[derive(Debug)]
pub(crate) struct Staging {
    target: PathBuf,
    kind: Kind,
    parent: PathBuf,
    path: PathBuf,
    /// Held until the directory is swapped in or removed.
    _lock: File,
}

impl Staging {
    /// Creates an empty directory for the output of a verb, and removes abandoned ones.
    ///
    /// # Errors
    /// If another run fills a directory for the same target, if the target may not be replaced, or if the directory cannot be
    /// created.
    pub(crate) fn begin(target: &Path, kind: Kind) -> Result<Staging> {
        let parent = parent_of(target).to_path_buf();
        if parent.metadata().is_ok_and(|found| !found.is_dir()) {
            bail!("{}: found a file, allowed is a directory", parent.display());
        }
        fs::create_dir_all(&parent).with_context(|| format!("cannot create {}", parent.display()))?;
        let _turn = take_turn(&parent)?;
        remove_abandoned(&parent, target)?;
        check_replaceable(target, kind)?;

        let path = parent.join(hidden_name(target));
        fs::create_dir(&path).with_context(|| format!("cannot create {}", path.display()))?;
        let lock = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        lock.try_lock().with_context(|| format!("cannot lock {}", path.display()))?;
        Ok(Staging { target: target.into(), kind, parent, path, _lock: lock })
    }

    /// The directory to fill.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the target with the directory. The caller has synchronised the files with the disk.
    ///
    /// # Errors
    /// If the target may no longer be replaced, if the replacement fails, or if it cannot be synchronised with the disk.
    pub(crate) fn commit(self) -> Result<()> {
        sync_directories(&self.path)?;
        let turn = take_turn(&self.parent)?;
        check_replaceable(&self.target, self.kind)?;
        swap(&self.path, &self.target).with_context(|| format!("cannot replace {}", self.target.display()))?;
        sync_directory(&self.parent).with_context(|| {
            let target = self.target.display();
            format!("{target} has the new output, but a crash of the system may still undo this: cannot synchronise the directory")
        })?;
        // The staging path now holds the previous output. Remove it before the turn ends, so that no other run takes it for an
        // abandoned directory.
        drop(self);
        drop(turn);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // If the removal fails, the next run tries again and reports it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Writes a text to a temporary file beside a path. Move it to the path, so that the file appears there whole or not at all. Removes
/// temporary files that killed programs have left for this path.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write_beside(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    // The file is locked while its program lives. Others wait until it is.
    let turn = File::open(parent_of(path)).and_then(|parent| parent.lock().map(|()| parent));
    if turn.is_ok() {
        remove_abandoned_files(path);
    }
    // `tempfile_in`, and writing to a `NamedTempFile`, would put the temporary name into errors.
    let open = |path: &Path| File::options().write(true).create_new(true).open(path);
    let name = hidden_name(path);
    let mut file = tempfile::Builder::new().prefix(&name).rand_bytes(0).make_in(parent_of(path), open)?;
    file.as_file().try_lock()?;
    drop(turn);
    file.as_file_mut().write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Waits until no other run works on the staging directories in `parent`. The turn ends when the returned file is dropped.
fn take_turn(parent: &Path) -> Result<File> {
    let lock = File::open(parent).with_context(|| format!("cannot open {}", parent.display()))?;
    let shown = parent.display();
    match lock.try_lock() {
        Ok(()) => return Ok(lock),
        Err(TryLockError::WouldBlock) => terminal::note(&format!("waiting for another process that locks {shown}")),
        Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("cannot lock {shown}")),
    }
    lock.lock().with_context(|| format!("cannot lock {shown}"))?;
    Ok(lock)
}

/// Synchronises the entries of a directory and of all directories below it with the disk.
fn sync_directories(path: &Path) -> Result<()> {
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_directories(&entry.path())?;
        }
    }
    sync_directory(path).with_context(|| format!("cannot write {}", path.display()))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The name of the directory or file that this process fills beside a target.
fn hidden_name(target: &Path) -> String {
    format!("{}{}", hidden_prefix(target), process::id())
}

/// Removes the target's staging files that no program holds. Those that cannot be removed stay.
fn remove_abandoned_files(target: &Path) {
    let prefix = hidden_prefix(target);
    for entry in fs::read_dir(parent_of(target)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_staging = name.to_string_lossy().strip_prefix(&prefix).is_some_and(is_process);
        let is_abandoned = |path: &Path| File::open(path).is_ok_and(|file| file.try_lock().is_ok());
        if is_staging && entry.file_type().is_ok_and(|kind| kind.is_file()) && is_abandoned(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// True if a text is the number of a process.
fn is_process(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The prefix of the names of a target's staging directories. The process id follows.
fn hidden_prefix(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    format!(".{name}.partial-")
}

/// Removes the target's staging directories that no run holds.
fn remove_abandoned(parent: &Path, target: &Path) -> Result<()> {
    let prefix = hidden_prefix(target);
    for entry in fs::read_dir(parent).with_context(|| format!("cannot read {}", parent.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", parent.display()))?;
        let name = entry.file_name();
        let Some(process) = name.to_string_lossy().strip_prefix(&prefix).map(str::to_owned) else { continue };
        let path = entry.path();
        // Other names, and links, are somebody else's.
        if !is_process(&process) || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let directory = match File::open(&path) {
            // A directory of another user.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => continue,
            opened => opened.with_context(|| format!("cannot open {}", path.display()))?,
        };
        match directory.try_lock() {
            Ok(()) => fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?,
            Err(TryLockError::WouldBlock) => {
                bail!("another run, process {process}, is writing {}", target.display())
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
    }
    Ok(())
}

/// Exchanges a directory with its target, or moves it there if the target does not exist.
fn swap(new: &Path, target: &Path) -> io::Result<()> {
    if fs::symlink_metadata(target).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return fs::rename(new, target);
    }
    match exchange(new, target) {
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) => {
            exchange_in_steps(new, target)
        }
        result => result,
    }
}

/// Exchanges two directories in one step. Not every file system can do this.
#[cfg(target_os = "linux")]
fn exchange(new: &Path, target: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, new, CWD, target, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_new: &Path, _target: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Exchanges two directories in three steps. If a run is killed between them, there may be no target. The next run removes the
/// other directories, because they are abandoned.
fn exchange_in_steps(new: &Path, target: &Path) -> io::Result<()> {
    let mut aside = new.as_os_str().to_owned();
    aside.push("-previous");
    fs::rename(target, &aside)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(&aside, target)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    type Exchange = fn(&Path, &Path) -> io::Result<()>;

    #[test]
    fn both_ways_of_exchanging_do_the_same() {
        for exchange in [exchange as Exchange, exchange_in_steps as Exchange, swap as Exchange] {
            let directory = tempfile::tempdir().unwrap();
            let (new, target) = (directory.path().join("new"), directory.path().join("target"));
            for (path, file) in [(&new, "new.csv"), (&target, "previous.csv")] {
                fs::create_dir(path).unwrap();
                fs::write(path.join(file), "").unwrap();
            }
            exchange(&new, &target).unwrap();
            assert!(target.join("new.csv").exists() && new.join("previous.csv").exists());
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "a third directory is left");
        }
    }

    #[test]
    fn a_target_that_has_become_somebody_else_s_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("week");
        let staging = Staging::begin(&target, Kind::Run).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("notes.txt"), "mine").unwrap();
        assert!(staging.commit().unwrap_err().to_string().contains("refusing to replace"));
        assert_eq!(fs::read(target.join("notes.txt")).unwrap(), b"mine");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "the staging directory is gone");
    }

    #[test]
    fn only_directories_of_runs_count_as_abandoned() {
        let directory = tempfile::tempdir().unwrap();
        let partial = |end: &str| directory.path().join(format!(".week.partial-{end}"));
        for end in ["1", "2024-results", ""] {
            fs::create_dir(partial(end)).unwrap();
        }
        Staging::begin(&directory.path().join("week"), Kind::Run).unwrap();
        assert!(!partial("1").exists() && partial("2024-results").exists() && partial("").exists());
    }

    #[test]
    fn files_that_a_killed_program_has_left_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("week.toml");
        let left = [".week.toml.partial-1", ".week.toml.partial-2", ".week.toml.partial-x", ".month.toml.partial-1"];
        let left = left.map(|name| directory.path().join(name));
        left.iter().for_each(|path| fs::write(path, "").unwrap());
        let held = File::open(&left[1]).unwrap();
        held.try_lock().unwrap();
        let file = write_beside(&target, "format = 1").unwrap();
        assert_eq!(file.path().file_name(), Some(hidden_name(&target).as_ref()));
        assert_eq!(left.map(|path| path.exists()), [false, true, true, true]);
        file.persist(&target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "format = 1");
    }

    #[test]
    fn a_second_run_is_refused_while_the_first_lives() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("week");
        let first = Staging::begin(&target, Kind::Run).unwrap();
        let refusal = Staging::begin(&target, Kind::Run).unwrap_err().to_string();
        assert!(refusal.contains(&format!("another run, process {}, is writing", process::id())), "{refusal}");
        assert!(first.path().exists(), "the first run keeps its directory");
        Staging::begin(&directory.path().join("month"), Kind::Run).unwrap();
        drop(first);
        Staging::begin(&target, Kind::Run).unwrap();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
