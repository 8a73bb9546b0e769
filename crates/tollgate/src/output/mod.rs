//! The output of a run: exports, a manifest, a data package and a copy of the scenario. They appear in one step.

mod data_package;
mod difference;
mod exports;
mod file;
mod manifest;
mod staging;

use std::path::Path;

pub(crate) use data_package::DataPackage;
pub(crate) use difference::{Difference, describe_differences};
pub(crate) use exports::{ExportSummary, RunExports, truth_of, writers};
pub(crate) use file::{OutputFile, to_json, write_file};
pub(crate) use manifest::{
    ApplianceEntry, FileEntry, Kind, Manifest, ReportManifest, ScenarioEntry, read_regular, sha256_hex,
};
pub(crate) use staging::{Staging, write_beside};

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
