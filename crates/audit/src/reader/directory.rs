//! Finds the exports: the files of a directory, of a ZIP archive, or a single file.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use tempfile::TempDir;
use zip::ZipArchive;

use super::rows::CsvFile;
use crate::error::Error;

/// The suffix of a directory with the truth of the same run.
const TRUTH: &str = "-truth";

/// The name of the manifest in the directory of a run.
const MANIFEST: &str = "manifest.json";

/// The program that writes manifests with the reputation multiplier.
const TOOL: &str = "tollgate";

/// The first bytes of a ZIP archive.
const ZIP_SIGNATURE: [u8; 4] = *b"PK\x03\x04";

/// The largest size of the files of an archive together, so that a small archive cannot fill the disk.
const MOST_UNPACKED_BYTES: u64 = 64 << 30;

/// The exports that a path stands for.
#[derive(Clone, Debug)]
pub(crate) struct FoundExports {
    /// The directory of the files.
    pub(crate) path: PathBuf,
    /// The path that users know for it: the given file, the archive and the directory in it, or the directory.
    pub(crate) shown: PathBuf,
    /// The sorted names of the CSV files.
    pub(crate) names: Vec<String>,
    /// The directory that an archive was unpacked into. It is deleted when the exports are dropped.
    pub(crate) _unpacked: Option<Arc<TempDir>>,
    /// True if the caller named a single file.
    is_single: bool,
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
    let unreadable = |source| Error::Unreadable { path: path.into(), source };
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_dir() {
        return find_in_directory(path, path);
    }
    if !kind.is_file() {
        return Err(refuse(path, &kind_of(kind), "a file, a ZIP archive or a directory"));
    }
    if is_archive(path).map_err(unreadable)? {
        let unpacked = unpack(path)?;
        let found = find_in_directory(unpacked.path(), path)?;
        return Ok(FoundExports { _unpacked: Some(Arc::new(unpacked)), ..found });
    }
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Err(refuse(path, "a name that is not UTF-8", "a name in UTF-8"));
    };
    let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok(FoundExports { path: directory, shown: path.into(), names: vec![name.into()], _unpacked: None, is_single: true })
}

fn find_in_directory(directory: &Path, shown: &Path) -> Result<FoundExports, Error> {
    let found = |directory: &Path, shown: &Path, names| FoundExports {
        path: directory.into(),
        shown: shown.into(),
        names,
        _unpacked: None,
        is_single: false,
    };
    let (names, below) = list(directory, shown)?;
    if !names.is_empty() {
        return Ok(found(directory, shown, names));
    }
    let mut all = Vec::new();
    for name in below.iter().filter(|name| !name.ends_with(TRUTH)) {
        let (path, shown) = (directory.join(name), shown.join(name));
        let (names, _) = list(&path, &shown)?;
        if !names.is_empty() {
            all.push(found(&path, &shown, names));
        }
    }
    match all.len() {
        0 => {
            Err(refuse(shown, "no CSV file", "a directory of exports, or one with a single directory of exports in it"))
        }
        1 => Ok(all.remove(0)),
        _ => {
            let names = tollgate_wording::list(all.iter().map(|found| found.shown.display().to_string()));
            Err(refuse(shown, &format!("exports in {names}"), "one of these directories"))
        }
    }
}

fn refuse(path: &Path, found: &str, allowed: &str) -> Error {
    Error::Directory { path: path.into(), found: found.into(), allowed: allowed.into() }
}

/// The sorted names of the CSV files and of the subdirectories of a directory.
fn list(directory: &Path, shown: &Path) -> Result<(Vec<String>, Vec<String>), Error> {
    let failed = |source| Error::Unreadable { path: shown.into(), source };
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Follow links. A broken link is no export.
        let Ok(found) = fs::metadata(entry.path()) else { continue };
        let is_csv = Path::new(&name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if found.is_dir() {
            directories.push(name);
        } else if is_csv && !found.is_file() {
            // Reading a pipe or a device may wait for ever.
            return Err(refuse(&shown.join(name), &kind_of(found.file_type()), "a file"));
        } else if is_csv {
            files.push(name);
        }
    }
    files.sort();
    directories.sort();
    Ok((files, directories))
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
    words.iter().find(|(is_it, _)| *is_it).map_or("no file", |(_, word)| word).into()
}

/// The kind of something that is neither a file nor a directory.
#[cfg(not(unix))]
fn kind_of(_: FileType) -> String {
    "no file".into()
}

fn is_archive(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(ZIP_SIGNATURE.len() as u64).read_to_end(&mut start)?;
    Ok(start == ZIP_SIGNATURE)
}

/// Unpacks the CSV files and the manifest of an archive into a temporary directory.
fn unpack(path: &Path) -> Result<TempDir, Error> {
    let unreadable = |source: io::Error| Error::Unreadable { path: path.into(), source };
    let bad = |error: zip::result::ZipError| unreadable(io::Error::other(error));
    let directory = tempfile::tempdir().map_err(unreadable)?;
    let mut archive = ZipArchive::new(File::open(path).map_err(unreadable)?).map_err(bad)?;
    let mut left = MOST_UNPACKED_BYTES;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(bad)?;
        // A name that leads out of the directory is not used.
        let Some(name) = entry.enclosed_name() else { continue };
        let is_csv = name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if !entry.is_file() || !(is_csv || name.ends_with(MANIFEST)) {
            continue;
        }
        let target = directory.path().join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(unreadable)?;
        }
        let mut file = File::create(target).map_err(unreadable)?;
        left -= io::copy(&mut entry.take(left), &mut file).map_err(unreadable)?;
        if left == 0 {
            return Err(refuse(path, "files of more than 64 GiB", "less than that"));
        }
    }
    Ok(directory)
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
