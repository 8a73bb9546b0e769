//! `tollgate audit`: finds figures in a directory of exports that contradict each other.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tollgate_audit::{
    Assumptions, Auditor, Coverage, ExportFile, Exports, Finding, FindingResult, Identities, IntervalCount,
    IntervalInProgress, Sources, Worst, infer_multiplier,
};
use tollgate_catalogue::Catalogue;
use tollgate_wording::{count, counted, exact, exact_duration, list, printable, printable_json, span};

use crate::input::whole_number;
use crate::selection::parse_named;
use crate::terminal::{self, Style};

const EXAMPLES: &str = "\
Examples:
  tollgate audit out/c650-week
  tollgate audit exports.zip
  tollgate audit exports --as download.csv=27 --as messages.csv=28
  tollgate audit exports --max-per-connection 500 --multiplier 5
  tollgate audit exports --json | jq '.findings[] | select(.verdict == \"broken\")'

PATH is a directory with the exports of one appliance, real or simulated, a ZIP archive of it, or a single file. It can also \
be the directory of a run, if the run has only one appliance. Fields may be separated by commas, semicolons or tabs. Files are recognised by their name or their header; if \
several tables share a header, Tollgate identifies the file by comparing its figures with the other files. BROKEN marks figures that contradict each other. NOTICE marks \
figures that are possible but rare on a correct appliance. If most tables differ in the last interval only, it was not over when they were read, \
and differences in it are notices. The exit code is 1 if anything is broken, and 2 if no file is recognised.";

const BROKEN: (&str, Style) = ("BROKEN", Style::Bad);
const NOTICE: (&str, Style) = ("NOTICE", Style::Caution);

/// The default reputation multiplier.
const DEFAULT_MULTIPLIER: u32 = 3;

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

    /// Largest credible number of messages (recipients) on one connection
    #[arg(long, value_name = "N", default_value = "100", value_parser = whole_number::<u32>(1, u32::MAX.into()), allow_hyphen_values = true)]
    max_per_connection: u32,

    /// Recipients that the appliance counts for a blocked connection [default: from the manifest of the run, or the number that
    /// fits the rows, or 3]
    #[arg(long, value_name = "N", value_parser = whole_number::<u32>(1, u32::MAX.into()), allow_hyphen_values = true)]
    multiplier: Option<u32>,

    /// Also list the identities that hold and the files that are missing
    #[arg(long)]
    all: bool,

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
    multiplier: u32,
    max_per_connection: u32,
    remarks: Vec<String>,
    totals: FindingCounts,
    findings: &'a [Finding],
}

/// The number of findings with each result.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct FindingCounts {
    broken: usize,
    notices: usize,
    unchecked: usize,
    hold: usize,
}

impl AuditArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the exports cannot be read.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let mut exports = Exports::open(&self.path, &self.named)?;
        let identities = Identities::builtin();
        let (multiplier, of_multiplier) = self.find_multiplier(&exports)?;
        let assumptions = Assumptions { multiplier, max_per_connection: self.max_per_connection };
        let mut remarks = Vec::new();
        for settled in tollgate_audit::settle(&mut exports, identities, assumptions)? {
            let file = Catalogue::builtin().table(settled.table);
            let file = file.map_or("", |table| &table.file);
            let name = printable(&settled.file);
            remarks.push(format!("{name} is read as {file}, because as any other table it would break an identity"));
        }
        remarks.extend(of_multiplier);
        remarks.extend(exports.remarks().iter().cloned());

        let mut auditor = Auditor::new(identities.all(), &Sources::new(&exports), assumptions);
        for window in exports.windows_of_columns(|_| true, |table, column| identities.form_of(table, column))? {
            auditor.look_at(&window?);
        }
        remarks.extend(auditor.unfinished().map(describe_unfinished));
        let mut findings = auditor.finish();
        // The most serious findings come first. Equal ones keep the order of the identities.
        findings.sort_by_key(|finding| finding.verdict);
        let totals = FindingCounts::of(&findings);
        if self.json {
            let document = AuditDocument::new(&exports, assumptions, remarks, totals, &findings);
            terminal::print(&(printable_json(&serde_json::to_string_pretty(&document)?) + "\n"))?;
        } else {
            remarks.iter().for_each(|remark| terminal::note(&format!("note: {remark}")));
            terminal::print(&terminal::fitted(&self.describe(&exports, totals, &findings)))?;
        }
        Ok(if totals.broken > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// The reputation multiplier, and a remark on its source.
    fn find_multiplier(&self, exports: &Exports) -> Result<(u32, Option<String>)> {
        if let Some(known) = self.multiplier.or(exports.multiplier()) {
            return Ok((known, None));
        }
        let (multiplier, text) = match infer_multiplier(exports)? {
            None => (DEFAULT_MULTIPLIER, format!("is assumed to be {DEFAULT_MULTIPLIER}, the appliance's default")),
            Some(found) => {
                (found.multiplier, format!("is {}, which fits {} of {}", found.multiplier, count(found.fits), found.of))
            }
        };
        Ok((multiplier, Some(format!("the reputation multiplier {text}; set another with --multiplier"))))
    }

    fn describe(&self, exports: &Exports, totals: FindingCounts, findings: &[Finding]) -> String {
        let of = |verdict: FindingResult| findings.iter().filter(move |finding| finding.verdict == verdict);
        let mut text = describe_extent(exports, &Coverage::of(exports));
        of(FindingResult::Broken).for_each(|finding| text.push_str(&describe_failure(BROKEN, finding)));
        of(FindingResult::Notice).for_each(|finding| text.push_str(&describe_failure(NOTICE, finding)));
        text.push_str(&self.describe_unchecked("CANNOT BE CHECKED", of(FindingResult::Unchecked)));
        let in_part = findings.iter().filter(|finding| finding.verdict != FindingResult::Unchecked);
        text.push_str(&self.describe_unchecked("PARTLY CHECKED", in_part));
        if self.all && totals.hold > 0 {
            let lines: Vec<_> = of(FindingResult::Holds).map(describe_holding).collect();
            let heading = terminal::paint("HOLDS", Style::Good);
            text.push_str(&format!("\n{heading}\n{}", terminal::indented_columns(&lines, 2)));
        }
        let FindingCounts { broken, notices, unchecked, hold } = totals;
        let style = |number: usize, style| if number > 0 { style } else { Style::Plain };
        text.push_str(&format!(
            "\n{}, {}, {} cannot be checked, {}\n",
            terminal::paint(&format!("{} broken", count(broken as u64)), style(broken, Style::Bad)),
            terminal::paint(&counted(notices as u64, "notice"), style(notices, Style::Caution)),
            count(unchecked as u64),
            terminal::paint(&format!("{} hold", count(hold as u64)), style(hold, Style::Good)),
        ));
        text
    }

    /// Lists the reasons why identities cannot be checked, each with its identities. Missing files are named only with `--all`,
    /// because a directory often holds the exports of one page.
    fn describe_unchecked<'a>(&self, heading: &str, findings: impl Iterator<Item = &'a Finding>) -> String {
        let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
        for finding in findings {
            let missing = match (finding.missing.is_empty(), self.all, finding.verdict) {
                (true, ..) => None,
                (false, true, _) => Some(format!("missing: {}", list(&finding.missing))),
                (false, false, FindingResult::Unchecked) => Some("files are missing (--all names them)".into()),
                (false, false, _) => None,
            };
            let reasons: Vec<String> = missing.into_iter().chain(finding.why.iter().cloned()).collect();
            let reason = reasons.join("; ");
            match by_reason.iter_mut().find(|(other, _)| *other == reason) {
                _ if reason.is_empty() => {}
                Some((_, names)) => names.push(&finding.name),
                None => by_reason.push((reason, vec![&finding.name])),
            }
        }
        let line = |(reason, names): &(String, Vec<&str>)| format!("  {}: {}\n", list(names), printable(reason));
        let lines: String = by_reason.iter().map(line).collect();
        if lines.is_empty() { lines } else { format!("\n{heading}\n{lines}") }
    }
}

impl FindingCounts {
    fn of(findings: &[Finding]) -> Self {
        let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
        FindingCounts {
            broken: count(FindingResult::Broken),
            notices: count(FindingResult::Notice),
            unchecked: count(FindingResult::Unchecked),
            hold: count(FindingResult::Holds),
        }
    }
}

impl<'a> AuditDocument<'a> {
    fn new(
        exports: &'a Exports,
        assumptions: Assumptions,
        remarks: Vec<String>,
        totals: FindingCounts,
        findings: &'a [Finding],
    ) -> Self {
        AuditDocument {
            directory: exports.directory().display().to_string(),
            extent: Coverage::of(exports),
            files: exports.files(),
            multiplier: assumptions.multiplier,
            max_per_connection: assumptions.max_per_connection,
            remarks,
            totals,
            findings,
        }
    }
}

/// One line with the directory, its tables, span and intervals.
fn describe_extent(exports: &Exports, extent: &Coverage) -> String {
    let Coverage { recognised, tables, begin_seconds, end_seconds, intervals, .. } = extent;
    let mut text =
        format!("{}: {recognised} of {tables} tables", printable(&exports.directory().display().to_string()));
    if let (Some(begin), Some(end)) = (begin_seconds, end_seconds) {
        text.push_str(&format!(", {}", span(micros(*begin), micros(*end))));
    }
    let of_length = |each: &IntervalCount| {
        format!("{} of {}", counted(each.count, "interval"), exact_duration(each.length_seconds.unsigned_abs()))
    };
    let intervals: Vec<_> = intervals.iter().map(of_length).collect();
    if !intervals.is_empty() {
        text.push_str(&format!(", {}", intervals.join(" and ")));
    }
    text + "\n"
}

/// A broken identity or a notice, with its worst failure and its meaning.
fn describe_failure((verdict, style): (&str, Style), finding: &Finding) -> String {
    let Finding { name, states, meaning, intervals, comparisons, breaks, notices, .. } = finding;
    let failed = if finding.verdict == FindingResult::Broken { breaks } else { notices };
    let mut text = format!("\n{}  {name}: {states}\n", terminal::paint(verdict, style));
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "  Fails in {} of {} ({}). Worst failure:",
        count(*failed),
        counted(*comparisons, "comparison"),
        counted(*intervals, "interval"),
    );
    if let Some(worst) = &finding.worst {
        text.push_str(&describe_worst(worst));
    }
    text.push_str(&format!("  {meaning}\n"));
    text
}

fn describe_worst(worst: &Worst) -> String {
    let key = if worst.key.is_empty() { String::new() } else { format!(", {}", printable(&list(&worst.key))) };
    let time = match worst.length_seconds {
        0 => "without timestamps".to_owned(),
        seconds => span(micros(worst.begin_seconds), micros(worst.begin_seconds) + micros(seconds)),
    };
    let text = format!("    {time}{key}\n");
    let rows = [
        vec![exact(worst.left.value), printable(&worst.left.made_of)],
        vec![exact(worst.right.value), printable(&worst.right.made_of)],
        vec![exact(worst.difference), String::from("difference")],
    ];
    text + &terminal::indented_columns(&rows, 4)
}

fn describe_holding(finding: &Finding) -> Vec<String> {
    let looked_at =
        format!("{}, {}", counted(finding.comparisons, "comparison"), counted(finding.intervals, "interval"));
    vec![finding.name.clone(), looked_at, finding.states.clone()]
}

/// A remark on an interval that was not over when the tables were read.
fn describe_unfinished(interval: IntervalInProgress) -> String {
    let time = span(micros(interval.begin_seconds), micros(interval.end_seconds));
    format!(
        "the last interval ({time}) was not over when the tables were read: most tables differ in it by a few messages and agree \
         before; differences between tables are notices in it"
    )
}

/// Converts seconds to microseconds.
fn micros(seconds: i64) -> i128 {
    i128::from(seconds) * 1_000_000
}
