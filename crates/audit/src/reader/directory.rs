//! Finds the directory of exports.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::Error;

/// The suffix of a directory with the truth of the same run.
const TRUTH: &str = "-truth";

/// The name of the manifest in the directory of a run.
const MANIFEST: &str = "manifest.json";

/// The program that writes manifests with the reputation multiplier.
const TOOL: &str = "tollgate";

/// Finds the directory with exports and returns it with the sorted names of its CSV files. If `directory` has no CSV file itself,
/// it must have exactly one subdirectory with CSV files, not counting those with the truth.
pub(crate) fn find(directory: &Path) -> Result<(PathBuf, Vec<String>), Error> {
    let (names, below) = list(directory)?;
    if !names.is_empty() {
        return Ok((directory.into(), names));
    }
    let mut found = Vec::new();
    for name in below.iter().filter(|name| !name.ends_with(TRUTH)) {
        let path = directory.join(name);
        let (names, _) = list(&path)?;
        if !names.is_empty() {
            found.push((path, names));
        }
    }
    let refuse = |found: &str, allowed: &str| {
        Err(Error::Directory { path: directory.into(), found: found.into(), allowed: allowed.into() })
    };
    match found.len() {
        0 => refuse("no CSV file", "a directory of exports, or one with a single directory of exports in it"),
        1 => Ok(found.remove(0)),
        _ => {
            let names = tollgate_wording::list(found.iter().map(|(path, _)| path.display().to_string()));
            refuse(&format!("exports in {names}"), "one of these directories")
        }
    }
}

/// The sorted names of the CSV files and of the subdirectories of a directory.
fn list(directory: &Path) -> Result<(Vec<String>, Vec<String>), Error> {
    let failed = |source| Error::Unreadable { path: directory.into(), source };
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // Follow links. A broken link is no export.
        let Ok(found) = fs::metadata(entry.path()) else { continue };
        if found.is_dir() {
            directories.push(name);
        } else if Path::new(&name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            files.push(name);
        }
    }
    files.sort();
    directories.sort();
    Ok((files, directories))
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
    let directory = fs::canonicalize(directory).ok()?;
    let name = directory.file_name()?.to_str()?;
    let text = fs::read(directory.parent()?.join(MANIFEST)).ok()?;
    let manifest: RunManifest =
        serde_json::from_slice(&text).ok().filter(|manifest: &RunManifest| manifest.tool == TOOL)?;
    let is_named = |wanted: &str| manifest.appliances.iter().find(|appliance| appliance.name == wanted);
    let appliance = is_named(name).or_else(|| is_named(name.strip_suffix(TRUTH)?))?;
    Some(appliance.reputation_multiplier)
}
