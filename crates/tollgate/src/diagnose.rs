//! `tollgate diagnose`: finds the counting rule that explains the outgoing TLS figures.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_audit::{
    Assumptions, Diagnosis, Evidence, Exports, Identities, Observation, RULED_OUT_FROM, Ranked, Standing, UNLIKELY_FROM,
};
use tollgate_catalogue::Catalogue;
use tollgate_wording::{count, list, printable, quoted};

use crate::page_figures::{FIGURES, PageFigures};
use crate::selection::parse_named;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate diagnose out/thread-a-exact
  tollgate diagnose exports.zip
  tollgate diagnose exports --as download.csv=27 --as messages.csv=28
  tollgate diagnose --successful-preferred 1,904 --failed-preferred 34 \\
    --unencrypted-connections 34 --unencrypted-messages 12.6k

PATH is a directory with the exports of one appliance, real or simulated, or a ZIP archive of it. It can also be the directory of a run, if \
the run has only one appliance.

The diagnosis needs the outgoing TLS summaries (tables 27 and 28). The details by domain (29) improve it. With Total Outgoing Connections \
(37), the number of missing connections is exact, unless failed connections are counted twice.

Without exports, type the outgoing figures of the TLS Connections page as the page shows them.

Exit codes: 0 the documented rule, every-plain, is not ruled out; 1 it is ruled out; 2 wrong usage or bad input.";

/// The end of the long help, with the counting rules.
fn long_help() -> String {
    let rules = Catalogue::builtin().rules().iter().map(|rule| format!("\n{}: {}\n", rule.name, rule.definition));
    format!("{EXAMPLES}\n\nCounting rules:\n{}", rules.collect::<String>())
}

/// The arguments of `tollgate diagnose`.
#[derive(Debug, Args)]
#[command(after_long_help = long_help())]
pub(crate) struct DiagnoseArguments {
    /// Directory of the exports, or ZIP archive
    #[arg(value_name = "PATH", conflicts_with_all = FIGURES)]
    path: Option<PathBuf>,

    /// Read FILE as TABLE: a number, file or title from `tollgate reports`
    #[arg(long = "as", value_name = "FILE=TABLE", value_parser = parse_named, conflicts_with_all = FIGURES)]
    named: Vec<(String, u32)>,

    /// Print only errors and the diagnosis
    #[arg(long)]
    quiet: bool,

    /// Print the diagnosis as one JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    page: PageFigures,
}

impl DiagnoseArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the exports cannot be read, or if they or the figures are not enough.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let evidence = match &self.path {
            Some(path) => self.read(path)?,
            None => Evidence::of_page(self.observation()?),
        };
        let diagnosis = Diagnosis::new(Catalogue::builtin().rules(), &evidence);
        if self.json {
            let document = Document { diagnosis: &diagnosis, commands: reproductions(&diagnosis) };
            terminal::print_json(&document)?;
        } else {
            terminal::print(&terminal::fitted(&describe(&diagnosis)))?;
        }
        // The first rule is the documented one.
        let documented = Catalogue::builtin().rules().first().and_then(|rule| diagnosis.of(&rule.name));
        let is_ruled_out = documented.is_some_and(|ranked| ranked.verdict == Standing::RuledOut);
        Ok(if is_ruled_out { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// The figures of the page.
    fn observation(&self) -> Result<Observation> {
        if self.page.are_missing() {
            bail!(
                "no exports and no figures are given. Name a directory of exports, a ZIP archive of it, or the figures of the page."
            );
        }
        let given = self.page.given("A diagnosis")?;
        Ok(Observation::of_page(given.map(Option::unwrap_or_default)))
    }

    fn read(&self, path: &Path) -> Result<Evidence> {
        let mut exports = Exports::open(path, &self.named)?;
        if let Some(problem) = exports.malformed().first() {
            bail!("{problem}");
        }
        // These assumptions do not affect the recognition of files.
        let assumptions = Assumptions { multiplier: exports.multiplier().unwrap_or(3), max_per_connection: 100 };
        tollgate_audit::settle(&mut exports, Identities::builtin(), assumptions)?;
        let note = |text: &str| {
            if !self.quiet {
                terminal::note(&format!("note: {text}"))
            }
        };
        notes(&exports).iter().for_each(|text| note(text));
        let shown = printable(&exports.directory().display().to_string());
        if let Some(number) = Evidence::NEEDED.into_iter().find(|number| exports.file_of(*number).is_none()) {
            let file = Catalogue::builtin().table(number).map_or("", |table| &table.file);
            let problem = match exports.is_single_file() {
                true => "this is a single file".into(),
                false => format!("there is no {file} (table {number})"),
            };
            bail!("{shown}: {problem}. Name a directory or ZIP archive with tables 27 and 28.");
        }
        let mut unusable = Vec::new();
        for file in exports.files() {
            let missing = Evidence::missing_columns(file);
            let path = printable(&exports.path_of(&file.name).display().to_string());
            let problem = match (missing.is_empty(), file.rows) {
                (false, _) => format!("{path}: these columns are missing: {}", list(&missing)),
                (true, 0) => format!("{path}: the file has no rows"),
                (true, _) => continue,
            };
            let Some(table) = file.table.filter(|table| Evidence::TABLES.contains(table)) else { continue };
            if Evidence::NEEDED.contains(&table) {
                bail!("{problem}. Export table {table} with its rows and all columns of its counts.");
            }
            note(&format!("{problem}; the file is not used"));
            unusable.push(table);
        }
        let evidence = Evidence::of_exports(&exports, |table| !unusable.contains(&table))?;
        if evidence.is_empty() {
            bail!("{shown}: no interval is in both summaries (tables 27 and 28). Export both for the same time.");
        }
        Ok(evidence)
    }
}

/// The JSON document of a diagnosis.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
    /// Commands that reproduce the figures under each rule that explains them.
    commands: Vec<String>,
}

/// The remarks on the files. An ambiguous file matters only if it may be a table that a diagnosis uses.
fn notes(exports: &Exports) -> Vec<String> {
    let ambiguous = exports.files().iter().filter(|file| file.table.is_none()).filter_map(|file| {
        let table = file.candidates.iter().find(|table| Evidence::TABLES.contains(table))?;
        let candidates: Vec<String> = file.candidates.iter().map(u32::to_string).collect();
        let name = &file.name;
        let option = quoted(&format!("{name}={table}"));
        Some(format!("{name}: may be table {}; --as {option} reads it as table {table}", candidates.join(" or ")))
    });
    let others = exports.remarks().iter().filter(|remark| !remark.contains("; --as ")).cloned();
    ambiguous.chain(others).collect()
}

/// The conclusion, the ranked rules with their reasons, and the figures that would separate possible rules.
fn describe(diagnosis: &Diagnosis) -> String {
    let mut text = format!("{}\n\n{}\n\n", diagnosis.conclusion, diagnosis.evidence);
    text += &match same_prediction(diagnosis) {
        Some(Ranked { predicted, seen, .. }) => {
            format!(
                "Every rule predicts the same number of unencrypted connections, {predicted}. The figures show {seen}.\n"
            )
        }
        None => describe_rules(diagnosis),
    };
    if !diagnosis.further.is_empty() {
        text.push_str("\nThese figures would separate the possible rules:\n");
        for further in &diagnosis.further {
            text.push_str(&format!("- {further}\n"));
        }
    }
    if !diagnosis.contradictions.is_empty() {
        text.push_str(
            "\nThe figures contradict each other; tollgate audit shows where. These statements do not hold:\n",
        );
        for contradiction in &diagnosis.contradictions {
            text.push_str(&format!("- {contradiction}\n"));
        }
    }
    let commands = reproductions(diagnosis);
    if !commands.is_empty() {
        text.push_str(
            "\nTo see the counted and the true figures of a simulated hour side by side (another site, so compare the pattern and not the \
             figures):\n",
        );
        commands.iter().for_each(|command| text.push_str(&format!("  {command}\n")));
    }
    text
}

/// The first rule, if all rules are equally likely, predict the same, and have the same reason.
fn same_prediction(diagnosis: &Diagnosis) -> Option<&Ranked> {
    let (first, others) = diagnosis.rules.split_first()?;
    let is_same = |other: &Ranked| {
        let same_figures = other.predicted == first.predicted && other.difference == first.difference;
        same_figures && other.why == first.why
    };
    others.iter().all(is_same).then_some(first)
}

/// The table of the rules, with the meaning of its numbers and the reasons.
fn describe_rules(diagnosis: &Diagnosis) -> String {
    let heading = ["rule", "verdict", "below the best", "unencrypted: predicted", "unencrypted: seen"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    rows.extend(diagnosis.rules.iter().map(|ranked| {
        let Ranked { rule, verdict, difference, predicted, seen, .. } = ranked;
        vec![
            rule.clone(),
            verdict.word().into(),
            if *difference < 1000.0 { format!("{difference:.1}") } else { count(difference.round() as u64) },
            predicted.to_string(),
            seen.to_string(),
        ]
    }));
    let mut text = terminal::columns(&rows);
    text.push_str(&format!(
        "\nThe column \"below the best\" shows how much less probable the figures are under a rule than under the best one, as a natural \
         logarithm: 1.0 means 2.7 times less probable. Below {UNLIKELY_FROM}: possible. {UNLIKELY_FROM} to {RULED_OUT_FROM}: unlikely. \
         {RULED_OUT_FROM} or more: ruled out (1,200,000 times less probable). The predictions assume that no destination has the TLS setting \
         No, because every rule counts all connections to such destinations.\n\n"
    ));
    for Ranked { rule, why, .. } in &diagnosis.rules {
        text.push_str(&format!("{rule}: {why}\n"));
    }
    text
}

/// A command for each rule that explains the figures, if the documented rule does not. It simulates the hour after TLS was switched on.
fn reproductions(diagnosis: &Diagnosis) -> Vec<String> {
    let documented = Catalogue::builtin().rules().first().and_then(|rule| diagnosis.of(&rule.name));
    if documented.is_none_or(|ranked| ranked.verdict <= Standing::Possible) {
        return Vec::new();
    }
    let held = diagnosis.rules.iter().filter(|ranked| ranked.verdict <= Standing::Possible);
    let command = |ranked: &Ranked| {
        let set = format!("--set appliances.c650.counting.rule={}", ranked.rule);
        format!("tollgate run thread-a-drawn --truth --only tls_connections {set} --out out/{}", ranked.rule)
    };
    held.map(command).collect()
}
