//! `tollgate audit`: finds figures in a directory of exports that contradict each other.

mod counts;
mod multiplier;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_audit::{Assumptions, AuditResults, Coverage, ExportFile, Exports, Finding, Identities};
use tollgate_catalogue::Catalogue;
use tollgate_wording::{printable, quoted, short_list};

use crate::input::whole_number;
use crate::selection::parse_named;
use crate::terminal;
use counts::FindingCounts;
use multiplier::MultiplierInUse;
use text::TextOptions;

const EXAMPLES: &str = "\
Examples:
  tollgate audit out/c650-week
  tollgate audit exports.zip
  tollgate audit exports --as download.csv=27 --as messages.csv=28
  tollgate audit exports --max-per-connection 500 --multiplier 5
  tollgate audit exports --json | jq '.findings[] | select(.verdict == \"broken\")'

PATH is a directory with the exports of one appliance, real or simulated, a ZIP archive of it, or a single file. It can also \
be the directory of a run, if the run has only one appliance.

Files are recognised by their name or their header. If several tables share a header, Tollgate compares the figures with the other \
files to find the table. Fields may be separated by commas, semicolons or tabs. Counts in quotes may have thousands separators, such \
as \"1,234\".

BROKEN marks figures that contradict each other. NOTICE marks figures that are possible but rare on a correct appliance. If most \
tables disagree only in the last interval, they were exported before it ended, and differences in it are notices.

A file with a malformed header or row is left out: the other files are audited, and the exit code is 2.

Exit codes: 0 nothing is broken; 1 something is broken; 2 wrong usage, or a file cannot be read, or no file is known to be one of \
the tables.";

/// The largest reputation multiplier, as in scenarios.
const MOST_RECIPIENTS: u64 = 1000;

/// The largest number of files that an error names.
const MOST_NAMES: usize = 3;

/// The arguments of `tollgate audit`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct AuditArguments {
    /// Directory of the exports, ZIP archive, or single file
    #[arg(value_name = "PATH")]
    path: PathBuf,

    /// Read FILE as TABLE: a number, file or title from `tollgate reports`
    #[arg(long = "as", value_name = "FILE=TABLE", value_parser = parse_named)]
    named: Vec<(String, u32)>,

    /// Largest number of messages (recipients) that one connection may carry
    #[arg(long, value_name = "N", default_value = "100", value_parser = whole_number::<u32>(1, u32::MAX.into()), allow_hyphen_values = true)]
    max_per_connection: u32,

    /// Number of messages (recipients) that the appliance counts for each blocked connection [default: the one in the manifest of the
    /// run, or the one that fits the rows, or 3]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>(1, MOST_RECIPIENTS), allow_hyphen_values = true)]
    multiplier: Option<u32>,

    /// Also list the identities that hold, all identities that cannot be checked, and the tables that these need
    #[arg(long)]
    all: bool,

    /// Print only errors, broken identities (BROKEN) and notices (NOTICE), without notes, coverage and totals
    #[arg(long)]
    quiet: bool,

    /// Print the findings as one JSON document
    #[arg(long)]
    json: bool,
}

/// The findings as JSON.
#[derive(Debug, Serialize)]
struct AuditDocument<'a> {
    directory: String,
    #[serde(flatten)]
    extent: Coverage,
    files: &'a [ExportFile],
    malformed: &'a [String],
    multiplier: u32,
    multiplier_origin: &'a str,
    max_per_connection: u32,
    remarks: Vec<String>,
    totals: FindingCounts,
    findings: &'a [Finding],
}

impl AuditArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the exports, or some of the files, cannot be read.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let mut exports = Exports::open(&self.path, &self.named)?;
        let identities = Identities::builtin();
        let multiplier = MultiplierInUse::find(self.multiplier, &exports)?;
        let assumptions = Assumptions { multiplier: multiplier.value, max_per_connection: self.max_per_connection };
        let AuditResults { settled, unfinished, mut findings } =
            tollgate_audit::audit(&mut exports, identities, assumptions)?;
        let mut remarks = Vec::new();
        for settled in settled {
            let file = Catalogue::builtin().table(settled.table);
            let file = file.map_or("", |table| &table.file);
            let name = printable(&settled.file);
            remarks.push(format!("{name} is read as {file}, because as any other table it would break an identity"));
        }
        check_known(&exports)?;
        remarks.extend(exports.remarks().iter().cloned());
        remarks.extend(unfinished.map(text::describe_unfinished));
        // The most serious findings come first. Equal ones keep the order of the identities.
        findings.sort_by_key(|finding| finding.verdict);
        remarks.extend(multiplier.remark(&findings));
        if self.json {
            let document = self.document(&exports, &multiplier, remarks, &findings);
            terminal::print_json(&document)?;
        } else {
            remarks.iter().filter(|_| !self.quiet).for_each(|remark| terminal::note_fitted(&format!("note: {remark}")));
            let options = TextOptions { all: self.all, quiet: self.quiet };
            terminal::print(&terminal::fitted(&text::describe(&exports, &findings, &multiplier, options)))?;
        }
        match exports.malformed() {
            [] => {}
            [problem] => bail!("{problem}. This file was left out of the audit."),
            problems => bail!("{}.\nThese files were left out of the audit.", problems.join("\n")),
        }
        Ok(if FindingCounts::of(&findings).broken > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn document<'a>(
        &self,
        exports: &'a Exports,
        multiplier: &'a MultiplierInUse,
        remarks: Vec<String>,
        findings: &'a [Finding],
    ) -> AuditDocument<'a> {
        AuditDocument {
            directory: exports.directory().display().to_string(),
            extent: Coverage::of(exports),
            files: exports.files(),
            malformed: exports.malformed(),
            multiplier: multiplier.value,
            multiplier_origin: &multiplier.origin,
            max_per_connection: self.max_per_connection,
            remarks,
            totals: FindingCounts::of(findings),
            findings,
        }
    }
}

/// Checks that the table of at least one file is known.
///
/// # Errors
/// If the tables of all files are ambiguous.
fn check_known(exports: &Exports) -> Result<()> {
    let files = exports.files();
    if files.iter().any(|file| file.table.is_some()) {
        return Ok(());
    }
    let open: Vec<&ExportFile> = files.iter().filter(|file| !file.candidates.is_empty()).collect();
    let names = short_list(open.iter().map(|file| printable(&file.name)), MOST_NAMES);
    let Some(first) = open.first() else { return Ok(()) };
    let tables: Vec<String> = first.candidates.iter().map(u32::to_string).collect();
    let option = quoted(&format!("{}={}", first.name, tables[0]));
    let tables = tables.join(" or ");
    if exports.is_single_file() {
        bail!(
            "{}: the header is that of table {tables}. Name the table with --as, such as --as {option}.",
            printable(&exports.directory().display().to_string())
        );
    }
    bail!(
        "{}: the table of no file is certain: {names}. Name the tables with --as, such as --as {option} ({} may be table {tables}).",
        printable(&exports.directory().display().to_string()),
        printable(&first.name)
    )
}
