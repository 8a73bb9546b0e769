//! `tollgate diagnose`: finds the counting rule that explains the outgoing TLS figures.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use tollgate_audit::{
    Assumptions, Diagnosis, Evidence, Exports, Figure, Identities, Observation, RULED_OUT_FROM, Ranked, Standing,
    UNLIKELY_FROM,
};
use tollgate_catalogue::Catalogue;
use tollgate_wording::list;

use crate::selection::parse_named;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate diagnose out/thread-a-exact
  tollgate diagnose exports --as download.csv=27 --as messages.csv=28
  tollgate diagnose --successful-required 0 --successful-preferred 1,904 --failed-required 0 \\
    --failed-preferred 34 --unencrypted-connections 34 --encrypted-messages 3,390 \\
    --unencrypted-messages 12.6k

DIR is a directory with the exports of one appliance, real or simulated. It can also be the directory of a run, if the run \
has only one appliance. The outgoing TLS summaries (tables 27 and 28) are \
required; the details by domain (29) improve the diagnosis. Without exports, type the seven figures of the TLS Connections page \
as the page shows them.

Exit codes: 0 the documented rule, every-plain, may explain the figures; 1 it is ruled out; 2 wrong usage or bad input.";

/// The arguments of `tollgate diagnose`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DiagnoseArguments {
    /// Directory of the exports
    #[arg(value_name = "DIR", conflicts_with_all = FIGURES)]
    directory: Option<PathBuf>,

    /// Read FILE as TABLE: a number, file or title from `tollgate reports`
    #[arg(long = "as", value_name = "FILE=TABLE", value_parser = parse_named, conflicts_with_all = FIGURES)]
    named: Vec<(String, u32)>,

    /// Print the rules and their verdicts as one JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    page: PageFigures,
}

/// The names of the arguments for the figures of the page.
const FIGURES: [&str; 7] = [
    "successful_required",
    "successful_preferred",
    "failed_required",
    "failed_preferred",
    "unencrypted_connections",
    "encrypted_messages",
    "unencrypted_messages",
];

/// The outgoing figures of the TLS Connections page.
#[derive(Debug, Args)]
#[command(next_help_heading = "Figures of the page, such as 943, 1,019 or 12.6k; all seven are required")]
struct PageFigures {
    /// Successful - Required, in connections
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    successful_required: Option<Figure>,

    /// Successful - Preferred, in connections
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    successful_preferred: Option<Figure>,

    /// Failed - TLS Required, in connections
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    failed_required: Option<Figure>,

    /// Failed - Preferred, in connections
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    failed_preferred: Option<Figure>,

    /// Unencrypted Connections
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    unencrypted_connections: Option<Figure>,

    /// TLS Encrypted, in messages
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    encrypted_messages: Option<Figure>,

    /// Unencrypted, in messages
    #[arg(long, value_name = "FIGURE", allow_hyphen_values = true)]
    unencrypted_messages: Option<Figure>,
}

impl DiagnoseArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the exports cannot be read, or if they or the figures are not enough.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let evidence = match &self.directory {
            Some(directory) => self.read(directory)?,
            None => Evidence::new([self.page.observation()?]),
        };
        let diagnosis = Diagnosis::new(Catalogue::builtin().rules(), &evidence);
        if self.json {
            terminal::print(&(serde_json::to_string_pretty(&diagnosis)? + "\n"))?;
        } else {
            terminal::print(&terminal::fitted(&describe(&diagnosis)))?;
        }
        // The first rule is the documented one.
        let documented = Catalogue::builtin().rules().first().and_then(|rule| diagnosis.of(&rule.name));
        let is_ruled_out = documented.is_some_and(|ranked| ranked.verdict == Standing::RuledOut);
        Ok(if is_ruled_out { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn read(&self, directory: &Path) -> Result<Evidence> {
        let mut exports = Exports::open(directory, &self.named)?;
        // These assumptions do not affect the recognition of files.
        let assumptions = Assumptions { multiplier: exports.multiplier().unwrap_or(3), max_per_connection: 100 };
        tollgate_audit::settle(&mut exports, Identities::builtin(), assumptions)?;
        notes(&exports).iter().for_each(|note| terminal::note(&format!("note: {note}")));
        let shown = exports.directory().display();
        for number in Evidence::NEEDED {
            if exports.file_of(number).is_none() {
                let file = Catalogue::builtin().table(number).map_or("", |table| &table.file);
                bail!("{shown}: found no {file} (table {number}), allowed is a directory with tables 27 and 28");
            }
        }
        let evidence = Evidence::read(exports.windows_of(|table| Evidence::TABLES.contains(&table))?)?;
        if evidence.is_empty() {
            bail!("{shown}: found no interval that is in both summaries, allowed are two summaries of the same time");
        }
        Ok(evidence)
    }
}

impl PageFigures {
    fn observation(&self) -> Result<Observation> {
        let given = [
            self.successful_required,
            self.successful_preferred,
            self.failed_required,
            self.failed_preferred,
            self.unencrypted_connections,
            self.encrypted_messages,
            self.unencrypted_messages,
        ];
        let missing: Vec<String> = FIGURES
            .iter()
            .zip(given)
            .filter(|(_, figure)| figure.is_none())
            .map(|(name, _)| format!("--{}", name.replace('_', "-")))
            .collect();
        if missing.len() == FIGURES.len() {
            bail!(
                "found neither a directory nor figures, allowed are a directory of exports, or the seven figures of the page"
            );
        }
        if !missing.is_empty() {
            bail!("missing: {}; give all seven figures of the page", list(missing));
        }
        Ok(Observation::of_page(given.map(Option::unwrap_or_default)))
    }
}

/// The remarks on the files. An ambiguous file matters only if it may be a table that a diagnosis uses.
fn notes(exports: &Exports) -> Vec<String> {
    let ambiguous = exports.files().iter().filter(|file| file.table.is_none()).filter_map(|file| {
        let table = file.candidates.iter().find(|table| Evidence::TABLES.contains(table))?;
        let candidates: Vec<String> = file.candidates.iter().map(u32::to_string).collect();
        let name = &file.name;
        Some(format!("{name}: may be table {}; --as {name}={table} reads it as table {table}", candidates.join(" or ")))
    });
    let others = exports.remarks().iter().filter(|remark| !remark.contains("; --as ")).cloned();
    ambiguous.chain(others).collect()
}

/// The ranked rules with their reasons, the figures that would separate tied rules, and the conclusion.
fn describe(diagnosis: &Diagnosis) -> String {
    let mut text = format!("{}\n\n", diagnosis.basis);
    let heading =
        ["rule", "verdict", "log-likelihood", "below the first", "unencrypted: predicted", "unencrypted: seen"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    rows.extend(diagnosis.rules.iter().map(|ranked| {
        let Ranked { rule, log_likelihood, verdict, difference, predicted, seen, .. } = ranked;
        vec![
            rule.clone(),
            verdict.word().into(),
            format!("{log_likelihood:.1}"),
            format!("{difference:.1}"),
            predicted.to_string(),
            seen.to_string(),
        ]
    }));
    text.push_str(&terminal::columns(&rows));
    text.push_str(&format!(
        "\nRules that are less than {UNLIKELY_FROM} below the first are tied. A rule that is {RULED_OUT_FROM} or more below is ruled out. \
         A rule between them is unlikely.\n\n"
    ));
    for Ranked { rule, why, .. } in &diagnosis.rules {
        text.push_str(&format!("{rule}: {why}\n"));
    }
    if !diagnosis.further.is_empty() {
        text.push_str("\nThese figures would separate the tied rules:\n");
        for further in &diagnosis.further {
            text.push_str(&format!("- {further}\n"));
        }
    }
    text.push_str(&format!("\nConclusion: {}\n", diagnosis.conclusion));
    if let Some(command) = reproduction(diagnosis) {
        text.push_str(&format!("To reproduce it, compare the counted with the true figures:\n  {command}\n"));
    }
    text
}

/// The command that reproduces the missing connections with the likeliest rule, if the documented rule does not explain the figures.
fn reproduction(diagnosis: &Diagnosis) -> Option<String> {
    let documented = &Catalogue::builtin().rules().first()?.name;
    let is_held = diagnosis.of(documented)?.verdict <= Standing::Tied;
    let rule = &diagnosis.rules.first()?.rule;
    let set = format!("--set appliances.c650.counting.rule={rule}");
    (!is_held).then(|| format!("tollgate run tls-switch --truth --only tls_connections {set}"))
}
