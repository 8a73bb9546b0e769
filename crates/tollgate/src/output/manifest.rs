//! The manifest of a run or plan. Equal runs have equal manifests.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tollgate_scenario::{Appliance, Moment, NameStyle, SECOND, Scenario, ScenarioText, regular_file};
use tollgate_simulation::{Limited, Simulated, Tally, VALUE_GENERATION};

use super::{DATA_PACKAGE, MANIFEST, SCENARIO};

/// The name of this program in manifests. A directory with such a manifest may be replaced.
pub(super) const TOOL: &str = env!("CARGO_PKG_NAME");

/// The kind of output in a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The output of `tollgate run`. Its manifest does not name the kind.
    #[default]
    Run,
    /// The output of `tollgate plan`.
    Plan,
    /// The report of `tollgate fit`.
    Fit,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Kind::Run => "a run",
            Kind::Plan => "a plan",
            Kind::Fit => "the report of a fit",
        }
    }
}

/// The manifest of a plan or of the report of a fit.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReportManifest {
    tool: &'static str,
    version: &'static str,
    kind: Kind,
    scenarios: Vec<ScenarioEntry>,
    files: Vec<FileEntry>,
}

/// The manifest of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Manifest {
    tool: &'static str,
    version: &'static str,
    value_generation: u32,
    scenario: ScenarioEntry,
    seed: u64,
    volume: f64,
    names: NameStyle,
    begin: String,
    end: String,
    warm_up_seconds: f64,
    interval_seconds: u64,
    appliances: Vec<ApplianceEntry>,
    files: Vec<FileEntry>,
}

/// The scenario.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ScenarioEntry {
    /// The name of its file without the extension.
    pub(crate) name: String,
    /// The SHA-256 of its text, in hexadecimal.
    pub(crate) sha256: String,
    /// The overrides, as `path=value`.
    pub(crate) overrides: Vec<String>,
}

/// The totals of one appliance.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ApplianceEntry {
    name: String,
    reputation_multiplier: u32,
    counting_rule: String,
    incoming: SimulatedEntry,
    outgoing: SimulatedEntry,
    end_balance: BalanceEntry,
    /// The times in the span in which it was down. None if there was no restart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    restarts: Vec<RestartEntry>,
    /// The effects of limits. None if no limit was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<LimitsEntry>,
}

#[derive(Clone, Debug, Serialize)]
struct RestartEntry {
    begin: String,
    end: String,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct LimitsEntry {
    turned_away: u64,
    given_up: u64,
    deferred: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct SimulatedEntry {
    connections: u64,
    transactions: u64,
    recipients: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct BalanceEntry {
    queued_incoming: u64,
    queued_outgoing: u64,
    quarantined: u64,
    waiting_for_retry: u64,
    waiting_inwards: u64,
    given_up_inwards: u64,
}

/// One file of exports.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileEntry {
    /// Its path in the directory of the run.
    pub(crate) path: String,
    /// Rows below the header.
    pub(crate) rows: u64,
    /// Its length in bytes.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub(crate) sha256: String,
}

impl Manifest {
    /// The manifest of a run. `scenario` has the overrides applied.
    pub(crate) fn new(
        entry: ScenarioEntry,
        scenario: &Scenario,
        appliances: Vec<ApplianceEntry>,
        files: Vec<FileEntry>,
    ) -> Self {
        let time = &scenario.time;
        Manifest {
            tool: TOOL,
            version: env!("CARGO_PKG_VERSION"),
            value_generation: VALUE_GENERATION,
            scenario: entry,
            seed: scenario.seed,
            volume: scenario.volume.get(),
            names: scenario.names.style,
            begin: time.begin.to_string(),
            end: time.end().to_string(),
            warm_up_seconds: time.warm_up.seconds(),
            interval_seconds: time.export_interval.micros() / SECOND,
            appliances,
            files,
        }
    }

    /// The manifest as text.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The number of files, and the sums of their rows and bytes.
    pub(crate) fn totals(&self) -> (usize, u64, u64) {
        let rows = self.files.iter().map(|file| file.rows).sum();
        let bytes = self.files.iter().map(|file| file.bytes).sum();
        (self.files.len(), rows, bytes)
    }
}

impl ReportManifest {
    /// The manifest of a plan or a report with these scenarios.
    pub(crate) fn new(kind: Kind, scenarios: Vec<ScenarioEntry>, files: Vec<FileEntry>) -> Self {
        ReportManifest { tool: TOOL, version: env!("CARGO_PKG_VERSION"), kind, scenarios, files }
    }
}

impl ScenarioEntry {
    /// The entry of a scenario of that name.
    pub(crate) fn new(name: &str, source: &ScenarioText) -> Self {
        ScenarioEntry {
            name: name.into(),
            sha256: sha256_hex(source.text().as_bytes()),
            overrides: source.overrides().iter().map(|given| given.shown().to_owned()).collect(),
        }
    }
}

impl ApplianceEntry {
    /// The entry of an appliance of the scenario. `down` are the times in which it was down.
    pub(crate) fn new(appliance: &Appliance, tally: &Tally, down: &[Range<Moment>]) -> Self {
        let restart = |time: &Range<Moment>| RestartEntry { begin: time.start.to_string(), end: time.end.to_string() };
        let way = |simulated: Simulated| SimulatedEntry {
            connections: simulated.connections,
            transactions: simulated.transactions,
            recipients: simulated.recipients,
        };
        ApplianceEntry {
            name: appliance.name.clone(),
            reputation_multiplier: appliance.reputation_multiplier,
            counting_rule: appliance.counting.rule.clone(),
            incoming: way(tally.incoming),
            outgoing: way(tally.outgoing),
            end_balance: BalanceEntry {
                queued_incoming: tally.balance.queued_incoming,
                queued_outgoing: tally.balance.queued_outgoing,
                quarantined: tally.balance.quarantined,
                waiting_for_retry: tally.balance.waiting_for_retry,
                waiting_inwards: tally.balance.waiting_inwards,
                given_up_inwards: tally.balance.given_up_inwards,
            },
            restarts: down.iter().map(restart).collect(),
            limits: (tally.limits != Limited::default()).then_some(LimitsEntry {
                turned_away: tally.limits.turned_away,
                given_up: tally.limits.given_up,
                deferred: tally.limits.deferred,
            }),
        }
    }
}

/// Checks that a directory can be replaced without loss: it does not exist, or the same verb wrote it and its manifest lists all
/// of its files.
///
/// # Errors
/// If it may not be replaced, or if it cannot be read.
pub(crate) fn check_replaceable(target: &Path, kind: Kind) -> Result<()> {
    let shown = target.display();
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
        Ok(found) if !found.is_dir() => bail!("refusing to replace {shown}: it is not a directory"),
        Ok(_) => {}
    }
    let Some((found, listed)) = listed_files(target)? else {
        bail!(
            "refusing to replace {shown}: it has no {MANIFEST} that {TOOL} wrote, so {TOOL} did not make it; \
             move it away or choose another directory"
        );
    };
    if found != kind {
        let [found, kind] = [found, kind].map(Kind::words);
        bail!("refusing to replace {shown} with {kind}: it holds {found}; move it away or choose another directory");
    }
    if let Some(foreign) = find_foreign(target, Path::new(""), &listed)? {
        let foreign = foreign.display();
        bail!(
            "refusing to replace {shown}: it holds {foreign}, which its {MANIFEST} does not list; \
             move that away or choose another directory"
        );
    }
    Ok(())
}

/// The kind of output in a directory and the files that its manifest lists. None if this program did not write the manifest.
fn listed_files(target: &Path) -> Result<Option<(Kind, BTreeSet<PathBuf>)>> {
    // These fields are in the manifests of all versions, so that any version can replace the output of another.
    #[derive(Deserialize)]
    struct Listed {
        tool: String,
        #[serde(default)]
        kind: Kind,
        files: Vec<Path>,
    }
    #[derive(Deserialize)]
    struct Path {
        path: PathBuf,
    }
    let path = target.join(MANIFEST);
    let text = match read_regular(&path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => return Ok(None),
        text => text.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let manifest = serde_json::from_slice(&text).ok().filter(|manifest: &Listed| manifest.tool == TOOL);
    let package = has_own_package(target)?.then_some(DATA_PACKAGE);
    let own = [MANIFEST, SCENARIO].into_iter().chain(package).map(PathBuf::from);
    Ok(manifest.map(|manifest| (manifest.kind, manifest.files.into_iter().map(|file| file.path).chain(own).collect())))
}

/// Reads a file that this program wrote earlier.
///
/// # Errors
/// If it cannot be read, or is not a regular file of at most 1 GiB.
pub(crate) fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    const MOST_BYTES: u64 = 1 << 30;
    regular_file::read(path, MOST_BYTES)
}

/// True if this program wrote the data package in a directory. Older versions wrote none, so a user may have added one.
fn has_own_package(target: &Path) -> Result<bool> {
    #[derive(Deserialize)]
    struct Marked {
        tool: String,
    }
    let path = target.join(DATA_PACKAGE);
    if !path.is_file() {
        return Ok(false);
    }
    let text = read_regular(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_slice(&text).is_ok_and(|package: Marked| package.tool == TOOL))
}

/// The first file, link or empty directory below a directory that is not listed. `below` is the path from the target.
fn find_foreign(target: &Path, below: &Path, listed: &BTreeSet<PathBuf>) -> Result<Option<PathBuf>> {
    let directory = target.join(below);
    let failed = || format!("cannot read {}", directory.display());
    for entry in fs::read_dir(&directory).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let path = below.join(entry.file_name());
        let foreign = if !entry.file_type().with_context(failed)?.is_dir() {
            (!listed.contains(&path)).then_some(path)
        } else if listed.iter().any(|file| file.starts_with(&path)) {
            find_foreign(target, &path, listed)?
        } else {
            Some(path)
        };
        if foreign.is_some() {
            return Ok(foreign);
        }
    }
    Ok(None)
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
