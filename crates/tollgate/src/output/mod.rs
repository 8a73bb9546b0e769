//! The output of a run: exports, a manifest, a data package and a copy of the scenario. They appear in one step.

mod data_package;
mod difference;
mod exports;
mod file;
mod manifest;
mod staging;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

pub(crate) use data_package::DataPackage;
pub(crate) use difference::{Difference, describe_differences};
pub(crate) use exports::{ExportSummary, RunExports, truth_of, writers};
pub(crate) use file::OutputFile;
pub(crate) use manifest::{
    ApplianceEntry, FileEntry, Kind, Manifest, PlanManifest, ScenarioEntry, read_regular, sha256_hex,
};
pub(crate) use staging::Staging;

/// The name of the manifest in the directory of a run.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The name of the data package in the directory of a run.
pub(crate) const DATA_PACKAGE: &str = "datapackage.json";
/// The name of the copy of the scenario in the directory of a run.
pub(crate) const SCENARIO: &str = "scenario.toml";
/// The name of the trace in the directory of a run.
pub(crate) const TRACE: &str = "trace.jsonl";
/// The name of the file of runs in the directory of a plan.
pub(crate) const RUNS: &str = "runs.jsonl";

/// The directory of a path.
fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
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
        staging::remove_abandoned_files(path);
    }
    // `tempfile_in`, and writing to a `NamedTempFile`, would put the temporary name into errors.
    let open = |path: &Path| File::options().write(true).create_new(true).open(path);
    let name = staging::hidden_name(path);
    let mut file = tempfile::Builder::new().prefix(&name).rand_bytes(0).make_in(parent_of(path), open)?;
    file.as_file().try_lock()?;
    drop(turn);
    file.as_file_mut().write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}
