//! `tollgate fit`: makes a scenario from exports.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_audit::{Assumptions, Exports, Identities, Multiplier, settle};
use tollgate_fit::{FitSettings, FittedScenario, FittedValue, Pseudonyms};
use tollgate_scenario::Scenario;
use tollgate_wording::{counted, quoted};

use crate::init::write_new;
use crate::input::whole_number;
use crate::selection::parse_named;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate fit customer -o customer.toml
  tollgate fit customer.zip -o customer.toml --key-file customer.key
  tollgate fit exports --as download.csv=27 -o customer.toml --keep-names

PATH is a directory with the exports of one appliance, a ZIP archive of it, or a single file, as for `tollgate audit`. The more of the 42 tables \
are there, the more of the scenario follows from them.

The scenario has the span of the exports and the volume of each of their intervals. Each value has a comment: `exact` (the exports show it), \
`fitted` (estimated from them) or `assumed` (they cannot show it). The true classes of senders cannot be known, so each sender \
group has a class for each kind of mail: rejected, throttled, clean, spam, virus, and invalid recipients.

Names of domains, users, content filters and of sender groups that are not the appliance's default are replaced by pseudonyms. They are \
different in every run, unless you give a key file. The names of virus types, the dates and the counts are those of the exports.

Outbreaks, the network owner of a sender and the names of users are not fitted. scenarios/FIT.md says what can be told from which tables.";

/// The fewest and the most bytes of a key.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=4096;

/// The arguments of `tollgate fit`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct FitArguments {
    /// Exports: directory, ZIP archive or file
    #[arg(value_name = "PATH")]
    path: PathBuf,

    /// File to write, which must not exist; `-` prints the scenario
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,

    /// Read FILE as TABLE: a number, file or title from `tollgate reports`
    #[arg(long = "as", value_name = "FILE=TABLE", value_parser = parse_named)]
    named: Vec<(String, u32)>,

    /// Number of the largest domains and destinations that the scenario lists one by one, up to 500
    #[arg(long, value_name = "N", default_value = "100", value_parser = whole_number::<usize>(0, 500), allow_hyphen_values = true)]
    keys: usize,

    /// Random seed of the scenario
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,

    /// Key of the pseudonyms: with the same key, the same names have the same pseudonyms; the file is made if it does not exist
    #[arg(long, value_name = "FILE", conflicts_with = "keep_names")]
    key_file: Option<PathBuf>,

    /// Write the names of the exports instead of pseudonyms
    #[arg(long)]
    keep_names: bool,

    /// Print only errors
    #[arg(long)]
    quiet: bool,

    /// Print the values and their origins as one JSON document
    #[arg(long)]
    json: bool,
}

/// The fit as JSON.
#[derive(Debug, Serialize)]
struct FitDocument<'a> {
    exact: usize,
    fitted: usize,
    assumed: usize,
    values: &'a [FittedValue],
}

impl FitArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the exports cannot be read or show no mail, or if a file cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let is_printed = self.out == Path::new("-");
        if is_printed && self.json {
            bail!("`--json` cannot be combined with `--out -`, which prints the scenario");
        }
        let exports = open_exports(&self.path, &self.named, self.quiet)?;
        let pseudonyms = self.pseudonyms()?;
        let settings = FitSettings { keys: self.keys, seed: self.seed, pseudonyms };
        let fitted = tollgate_fit::fit(&exports, settings)?;
        // Figures that no appliance can have give a scenario that is refused. It is not written.
        Scenario::parse(&fitted.text, "the fitted scenario", &[])
            .context("the exports have figures that no scenario can have, such as one that is far too large")?;
        if is_printed {
            terminal::print(&fitted.text)?;
        } else {
            write_new(&self.out, &fitted.text)?;
        }
        if !self.quiet {
            self.note(&fitted, is_printed);
        }
        if self.json {
            let [exact, fitted_values, assumed] = fitted.counts();
            terminal::print_json(&FitDocument { exact, fitted: fitted_values, assumed, values: &fitted.values })?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn note(&self, fitted: &FittedScenario, is_printed: bool) {
        let [exact, estimated, assumed] = fitted.counts().map(|count| count as u64);
        terminal::note(&format!(
            "{} exact, {estimated} fitted, {assumed} assumed; the comments of the scenario say which",
            counted(exact, "value")
        ));
        if is_printed {
            return;
        }
        let name = self.out.file_stem().map_or_else(|| "customer".into(), |name| name.to_string_lossy());
        let [file, path] = [&self.out, &self.path].map(|path| quoted(&path.display().to_string()));
        let out = quoted(&format!("out/{name}"));
        terminal::note(&format!("wrote {file}; next: tollgate run {file} && tollgate compare {path} {out}"));
    }

    /// The pseudonyms, with the key of the file or a random one.
    fn pseudonyms(&self) -> Result<Pseudonyms> {
        if self.keep_names {
            return Ok(Pseudonyms::none());
        }
        let Some(path) = &self.key_file else { return Ok(Pseudonyms::new(&random_key()?)) };
        let shown = path.display();
        let key = match read_key(path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = random_key()?;
                write_key(path, &key).with_context(|| format!("cannot write {shown}"))?;
                key.to_vec()
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
        };
        if !KEY_BYTES.contains(&key.len()) {
            bail!(
                "{shown}: found a key of {}, allowed are {} to {}",
                counted(key.len() as u64, "byte"),
                KEY_BYTES.start(),
                KEY_BYTES.end()
            );
        }
        Ok(Pseudonyms::new(&key))
    }
}

/// Opens exports. Their figures settle files whose table is not clear.
pub(crate) fn open_exports(path: &Path, named: &[(String, u32)], quiet: bool) -> Result<Exports> {
    let mut exports = Exports::open(path, named)?;
    let multiplier = Multiplier::find(None, &exports)?.value;
    settle(&mut exports, Identities::builtin(), Assumptions { multiplier, max_per_connection: 100 })?;
    if !quiet {
        for remark in exports.remarks().iter().chain(exports.malformed()) {
            terminal::note_fitted(&format!("note: {remark}"));
        }
    }
    Ok(exports)
}

fn random_key() -> Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("cannot get random bytes for the key of the pseudonyms")?;
    Ok(key)
}

/// Reads a key, and one byte more than the longest.
fn read_key(path: &Path) -> io::Result<Vec<u8>> {
    let mut key = Vec::new();
    std::fs::File::open(path)?.take(*KEY_BYTES.end() as u64 + 1).read_to_end(&mut key)?;
    Ok(key)
}

/// Writes a key that only its owner may read.
fn write_key(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(key)?;
    file.sync_all()
}
