//! Finds the exports: the files of a directory, of a ZIP archive, or a single file.

use std::fs::{self, DirEntry, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tempfile::TempDir;
use tollgate_wording::{count, short_list};

use super::archive::{self, has_csv_ending};
use super::rows::CsvFile;
use crate::error::Error;

/// The suffix of a directory with the truth of the same run.
const TRUTH: &str = "-truth";

/// The name of the manifest in the directory of a run.
const MANIFEST: &str = "manifest.json";

/// The program that writes manifests with the reputation multiplier.
const TOOL: &str = "tollgate";

/// The number of directories after which the search for exports ends with its level.
const MOST_SEARCHED: usize = 1000;

/// The instruction for a path without exports.
const NAME_EXPORTS: &str = "Name a directory with the exports of an appliance, a ZIP archive of it, or a CSV file";

/// The endings of the names of packed files.
const PACKED: [&str; 4] = [".gz", ".tgz", ".zip", ".bz2"];

/// The first bytes of a file that gzip wrote.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The largest number of directories that an error names.
const MOST_NAMES: usize = 4;

/// The exports that a path stands for.
#[derive(Clone, Debug)]
pub(crate) struct FoundExports {
    /// The directory of the files.
    pub(crate) path: PathBuf,
    /// The path that users know for it: the given file, the archive and the directory in it, or the directory.
    pub(crate) shown: PathBuf,
    /// The sorted names of the CSV files.
    pub(crate) names: Vec<String>,
    /// Remarks on entries that are ignored although they end in `.csv`, one sentence each.
    pub(crate) remarks: Vec<String>,
    /// The directory that an archive was unpacked into. It is deleted when the exports are dropped.
    pub(crate) _unpacked: Option<Arc<TempDir>>,
    /// True if the caller named a single file.
    pub(crate) is_single: bool,
}

impl FoundExports {
    /// One of the files.
    pub(crate) fn file(&self, name: &str) -> CsvFile {
        let shown = if self.is_single { self.shown.clone() } else { self.shown.join(name) };
        CsvFile { path: self.path.join(name), shown }
    }
}

/// Finds the exports that a path stands for: a CSV file, a ZIP archive, or a directory. If a directory or archive has no CSV file
/// itself, it must have exactly one subdirectory with CSV files, not counting those with the truth.
pub(crate) fn find(path: &Path) -> Result<FoundExports, Error> {
    let mut all = find_all(path)?;
    if all.len() > 1 { Err(several(path, &all)) } else { Ok(all.swap_remove(0)) }
}

/// Finds the exports of a site: those of one appliance, or of several in subdirectories of the same directory.
pub(crate) fn find_site(path: &Path) -> Result<Vec<FoundExports>, Error> {
    let all = find_all(path)?;
    let is_site = all.iter().all(|found| found.shown.parent() == all[0].shown.parent());
    if is_site { Ok(all) } else { Err(several(path, &all)) }
}

/// The error for the exports of several appliances.
fn several(path: &Path, all: &[FoundExports]) -> Error {
    let names = short_list(all.iter().map(|found| found.shown.display().to_string()), MOST_NAMES);
    let problem = format!("{} directories have exports: {names}", count(all.len() as u64));
    let remedy = if path.is_dir() { "Name one of them" } else { "Put only one of them into the archive" };
    Error::directory(path, &problem, remedy)
}

/// Finds the exports at the highest level that has any: at least one.
fn find_all(path: &Path) -> Result<Vec<FoundExports>, Error> {
    let unreadable = |source| Error::Unreadable { path: path.into(), source };
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_dir() {
        return find_in_directory(path, path);
    }
    if !kind.is_file() {
        let problem = format!("this is {} and cannot be audited", kind_of(kind));
        return Err(Error::directory(path, &problem, NAME_EXPORTS));
    }
    if fs::metadata(path).map_err(unreadable)?.len() == 0 {
        // Files such as /proc/kmsg have a size of 0 and may wait for ever when they are read.
        return Err(Error::directory(path, "the file is empty", "Name a CSV file with a header, or a ZIP archive"));
    }
    if archive::is_archive(path)? {
        let unpacked = archive::unpack(path, |name| has_csv_ending(name) || name.ends_with(MANIFEST))?;
        let all = find_in_directory(unpacked.path(), path)?;
        let unpacked = Arc::new(unpacked);
        let keep = |found| FoundExports { _unpacked: Some(Arc::clone(&unpacked)), ..found };
        return Ok(all.into_iter().map(keep).collect());
    }
    if starts_with(path, &GZIP).map_err(unreadable)? {
        return Err(Error::directory(path, "the file is compressed with gzip", "Unpack it and name what it has"));
    }
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(Error::directory(path, "the name of the file is not UTF-8", "Rename the file"));
    };
    let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(vec![FoundExports {
        path: directory,
        shown: path.into(),
        names: vec![name.into()],
        remarks: Vec::new(),
        _unpacked: None,
        is_single: true,
    }])
}

/// Returns true if a file begins with these bytes.
fn starts_with(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(bytes.len() as u64).read_to_end(&mut start)?;
    Ok(start == bytes)
}

fn find_in_directory(directory: &Path, shown: &Path) -> Result<Vec<FoundExports>, Error> {
    let found = |directory: &Path, shown: &Path, entries: Entries| FoundExports {
        path: directory.into(),
        shown: shown.into(),
        names: entries.files,
        remarks: entries.remarks,
        _unpacked: None,
        is_single: false,
    };
    let mut entries = list(directory, shown)?;
    if !entries.files.is_empty() {
        entries.note_unread(directory, shown);
        return Ok(vec![found(directory, shown, entries)]);
    }
    let mut level: Vec<PathBuf> = entries.directories.iter().chain(&entries.links).map(PathBuf::from).collect();
    level.sort();
    let mut all = Vec::new();
    let (mut searched, mut unreadable) = (0, 0);
    // The exports of a run are two levels below the directory that holds it.
    while all.is_empty() && !level.is_empty() && searched < MOST_SEARCHED {
        let is_first = searched == 0;
        let mut next = Vec::new();
        for below in level.iter().filter(|name| !name.display().to_string().ends_with(TRUTH)) {
            searched += 1;
            let (path, shown) = (directory.join(below), shown.join(below));
            match list(&path, &shown) {
                Ok(entries) if !entries.files.is_empty() => all.push(found(&path, &shown, entries)),
                // Links may lead back up, so they are followed on the first level only.
                Ok(entries) => next.extend(entries.directories.iter().map(|name| below.join(name))),
                Err(error) if is_first => return Err(error),
                Err(_) => unreadable += 1,
            }
        }
        level = next;
    }
    if all.is_empty() { Err(without_files(directory, shown, &entries, unreadable)) } else { Ok(all) }
}

/// The error for a directory or an archive in which no CSV file was found. `unreadable` is the number of directories below it that
/// could not be read.
fn without_files(directory: &Path, shown: &Path, entries: &Entries, unreadable: u64) -> Error {
    let mut problem = match directory == shown {
        true => String::from("no CSV file was found in the directory or below it"),
        false => String::from("no CSV file was found in the archive"),
    };
    if unreadable > 0 {
        problem += &format!(", and {} cannot be read", counted_directories(unreadable));
    }
    if !entries.others.is_empty() {
        problem +=
            &format!(". The names of other files do not end in .csv: {}", short_list(&entries.others, MOST_NAMES));
    }
    if !entries.remarks.is_empty() {
        problem += &format!(" ({})", entries.remarks.join("; "));
    }
    Error::directory(shown, &problem, NAME_EXPORTS)
}

fn counted_directories(number: u64) -> String {
    if number == 1 { "1 directory".into() } else { format!("{} directories", count(number)) }
}

/// The entries of a directory that matter.
#[derive(Default)]
struct Entries {
    /// The sorted names of the CSV files.
    files: Vec<String>,
    /// The sorted names of the subdirectories.
    directories: Vec<String>,
    /// The names of links to directories.
    links: Vec<String>,
    /// The sorted names of other files, apart from manifests.
    others: Vec<String>,
    /// Remarks on other entries that end in `.csv`, sorted.
    remarks: Vec<String>,
}

fn list(directory: &Path, shown: &Path) -> Result<Entries, Error> {
    let failed = |source| Error::Unreadable { path: shown.into(), source };
    let mut entries = Entries::default();
    for entry in fs::read_dir(directory).map_err(failed)? {
        entries.add(&entry.map_err(failed)?, shown)?;
    }
    entries.files.sort();
    entries.directories.sort();
    entries.others.sort();
    entries.remarks.sort();
    Ok(entries)
}

impl Entries {
    fn add(&mut self, entry: &DirEntry, shown: &Path) -> Result<(), Error> {
        let name = entry.file_name();
        let is_csv = has_csv_ending(Path::new(&name));
        let mut ignore = |reason: &str| {
            if is_csv {
                self.remarks.push(format!("{}: ignored, because {reason}", name.display()));
            }
        };
        // Follow links.
        let Ok(found) = fs::metadata(entry.path()) else {
            ignore("it is a link to nothing");
            return Ok(());
        };
        let Some(name) = name.to_str() else {
            ignore("its name is not UTF-8");
            return Ok(());
        };
        if found.is_dir() {
            ignore("it is a directory");
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            (if is_link { &mut self.links } else { &mut self.directories }).push(name.into());
        } else if is_csv && !found.is_file() {
            // Reading a pipe or a device may wait for ever.
            let problem = format!("this is {} and cannot be audited", kind_of(found.file_type()));
            return Err(Error::directory(&shown.join(name), &problem, "Remove or rename it"));
        } else if is_csv {
            self.files.push(name.into());
        } else if name != MANIFEST {
            self.others.push(name.into());
        }
        Ok(())
    }

    /// Adds remarks on the directories below that have exports too, and on packed files.
    fn note_unread(&mut self, directory: &Path, shown: &Path) {
        let (mut found, mut searched) = (Vec::new(), 0);
        let mut left: Vec<PathBuf> = self.directories.iter().rev().map(PathBuf::from).collect();
        while let Some(below) = left.pop().filter(|_| searched < MOST_SEARCHED) {
            searched += 1;
            let Ok(entries) = list(&directory.join(&below), &shown.join(&below)) else { continue };
            if !entries.files.is_empty() {
                found.push(below.display().to_string());
            }
            left.extend(entries.directories.iter().rev().map(|name| below.join(name)));
        }
        if !found.is_empty() {
            let names = short_list(found, MOST_NAMES);
            self.remarks
                .push(format!("the CSV files in {names} are not read, because the directory above has CSV files"));
        }
        let is_packed = |name: &&String| PACKED.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
        let packed: Vec<&String> = self.others.iter().filter(is_packed).collect();
        if !packed.is_empty() {
            self.remarks
                .push(format!("packed files are not read: {}; unpack them first", short_list(packed, MOST_NAMES)));
        }
    }
}

/// The kind of something that is neither a file nor a directory.
#[cfg(unix)]
fn kind_of(kind: FileType) -> String {
    use std::os::unix::fs::FileTypeExt;
    let words = [
        (kind.is_fifo(), "a pipe"),
        (kind.is_socket(), "a socket"),
        (kind.is_char_device() || kind.is_block_device(), "a device"),
    ];
    words.iter().find(|(is_it, _)| *is_it).map_or("neither a file nor a directory", |(_, word)| word).into()
}

/// The kind of something that is neither a file nor a directory.
#[cfg(not(unix))]
fn kind_of(_: FileType) -> String {
    "neither a file nor a directory".into()
}

/// The reputation multiplier of the appliance whose exports are in a directory, if the manifest of a run has it.
pub(crate) fn multiplier(directory: &Path) -> Option<u32> {
    #[derive(Deserialize)]
    struct RunManifest {
        tool: String,
        appliances: Vec<ManifestAppliance>,
    }
    #[derive(Deserialize)]
    struct ManifestAppliance {
        name: String,
        reputation_multiplier: u32,
    }
    let directory = fs::canonicalize(if directory.as_os_str().is_empty() { Path::new(".") } else { directory }).ok()?;
    let name = directory.file_name()?.to_str()?;
    let path = directory.parent()?.join(MANIFEST);
    let is_file = fs::metadata(&path).is_ok_and(|found| found.is_file());
    let text = is_file.then(|| fs::read(&path).ok()).flatten()?;
    let manifest: RunManifest =
        serde_json::from_slice(&text).ok().filter(|manifest: &RunManifest| manifest.tool == TOOL)?;
    let is_named = |wanted: &str| manifest.appliances.iter().find(|appliance| appliance.name == wanted);
    let appliance = is_named(name).or_else(|| is_named(name.strip_suffix(TRUTH)?))?;
    Some(appliance.reputation_multiplier)
}
