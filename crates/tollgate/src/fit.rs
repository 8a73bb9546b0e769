//! `tollgate fit`: makes a scenario from exports.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use tollgate_fit::{
    FitError, FitMode, FitReport, FitSettings, FittedScenario, Judgement, Pseudonyms, Template, fit_report_page,
};
use tollgate_scenario::{Override, ScenarioText};
use tollgate_wording::{counted, quoted};

use crate::fit_page::PageArguments;
use crate::init::{check_new, write_new};
use crate::input::{read, whole_number};
use crate::judging::{JudgingArguments, run_count, runs_or_default};
use crate::key_file::{key_of, random_key};
use crate::output::{Kind, MANIFEST, ReportManifest, Staging, to_json, write_file};
use crate::page_figures::FIGURES;
use crate::selection::parse_named;
use crate::site_exports::{NamesInMessages, open_site};
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate fit customer -o customer.toml
  tollgate fit customer -o customer.toml --typical
  tollgate fit customer.zip -o customer.toml --key-file customer.key
  tollgate fit exports --as download.csv=27 -o customer.toml --keep-names
  tollgate fit --page --successful-preferred 1,904 --failed-preferred 34 \\
    --unencrypted-connections 34 --unencrypted-messages 12.6k -o page.toml

PATH is a directory with the exports of one appliance, a ZIP archive of it, or a single file, as for `tollgate audit`. If a directory has \
subdirectories with exports, such as that of a run, each is one appliance of the site. The more of the 42 tables \
are there, the more of the scenario follows from them.

The scenario has the span of the exports and the volume of each of their intervals. With --typical, it has the mean volume of each hour of the \
week instead, and random variation. Each value has a comment: `exact` (the exports show it), \
`fitted` (estimated from them) or `assumed` (they cannot show it). The true classes of senders cannot be known, so each sender \
group has a class for each kind of mail: rejected, throttled, clean, spam, virus, and invalid recipients.

Names of domains, users, content filters and of sender groups that are not the appliance's default are replaced by pseudonyms. They are \
different in every run, unless you give a key file. The names of virus types, the dates and the counts are those of the exports.

With --page, type the outgoing figures of one TLS Connections page as the page shows them. The scenario consists of scripts, whose counts are \
exact, and its page shows the same figures. A run checks this before the file is written.
Then the scenario is run with --check-seeds seeds. DIR/fit.html and DIR/fit.json compare the exports with these runs, the largest misfit first, \
and list what the exports cannot tell.

scenarios/FIT.md says what can be told from which tables.";

/// The shipped scenarios that can be templates. They differ in their use of TLS.
const TEMPLATES: [&str; 2] = ["c650-week", "modern"];
/// The largest number of misfits on the terminal.
const MOST_MISFITS: usize = 6;

/// The arguments of `tollgate fit`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct FitArguments {
    /// Exports: directory, ZIP archive or file
    #[arg(value_name = "PATH", required_unless_present = "page", conflicts_with_all = FIGURES)]
    path: Option<PathBuf>,

    /// File to write, which must not exist; `-` prints the scenario
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,

    /// Read FILE as TABLE: a number, file or title from `tollgate reports`
    #[arg(long = "as", value_name = "FILE=TABLE", value_parser = parse_named)]
    named: Vec<(String, u32)>,

    /// Fit the span of the exports, with the volume of each interval, for example to reproduce a customer's problem; this is the default
    #[arg(long, conflicts_with = "typical")]
    as_it_was: bool,

    /// Fit a typical week, with the variation from day to day, for example to plan
    #[arg(long)]
    typical: bool,

    /// Number of the largest domains, destinations, users and network owners that the scenario lists one by one, up to 500 each
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

    /// Do not list keys with fewer than 10 counts, or fewer than 5 keys of a kind; round the numbers of the scenario and the report to three digits
    #[arg(long, conflicts_with = "keep_names")]
    anonymise: bool,

    /// Scenario with the values that exports cannot tell: sessions, retries and limits [default: c650-week or modern, whose use of TLS is nearer]
    #[arg(long, value_name = "SCENARIO")]
    template: Option<PathBuf>,

    /// Number of runs that check the scenario, for the report; 0 writes no report [default: 20]
    #[arg(long, value_name = "N", value_parser = run_count(true), allow_hyphen_values = true)]
    check_seeds: Option<u64>,

    /// Directory of the report [default: out/<scenario>-fit]
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    #[command(flatten)]
    judging: JudgingArguments,

    /// Print only errors
    #[arg(long)]
    quiet: bool,

    /// Print the report as one JSON document
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    page: PageArguments,
}

impl FitArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the exports cannot be read or show no mail, or if a file cannot be written.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let is_printed = self.out == Path::new("-");
        let has_runs = self.check_seeds.is_some_and(|seeds| seeds > 0);
        for (option, is_given) in
            [("--json", self.json), ("--report", self.report.is_some()), ("--check-seeds", has_runs)]
        {
            if is_printed && is_given {
                bail!("`{option}` cannot be combined with `--out -`, which prints only the scenario");
            }
        }
        let Some(path) = self.path.as_deref().filter(|_| !self.page.page) else {
            return self.page.execute(&self.out, self.seed, self.quiet, self.json);
        };
        self.page.refuse_without_page()?;
        let runs = if is_printed { 0 } else { runs_or_default(self.check_seeds) };
        if runs == 0 && self.report.is_some() {
            bail!("`--report` needs runs, found `--check-seeds 0`");
        }
        // Files that cannot be written are refused before the exports are read.
        if !is_printed {
            check_new(&self.out)?;
        }
        let staging = (runs > 0).then(|| Staging::begin(&self.report_directory(), Kind::Fit)).transpose()?;
        let names = if self.keep_names { NamesInMessages::Shown } else { NamesInMessages::Hidden };
        let site = open_site(path, &self.named, (self.quiet, names))?;
        let pseudonyms = self.pseudonyms()?;
        let settings = FitSettings {
            mode: if self.typical { FitMode::Typical } else { FitMode::AsItWas },
            keys: self.keys,
            seed: self.seed,
            is_anonymous: self.anonymise,
            templates: self.templates()?,
            pseudonyms,
        };
        let fitted = tollgate_fit::fit(&site, settings).map_err(|error| match error {
            FitError::Read(error) => names.error(error),
            error => error.into(),
        })?;
        // Figures that no appliance can have give a scenario that is refused. It is not written.
        ScenarioText::new(&fitted.text, "the fitted scenario", &[]).scenario().context(
            "no scenario can have these figures: they contradict each other, or one of them is far too large",
        )?;
        if is_printed {
            terminal::print(&fitted.text)?;
        } else {
            write_new(&self.out, &fitted.text)?;
        }
        if !self.quiet && !is_printed {
            terminal::note(&format!("wrote {}", quoted(&self.out.display().to_string())));
        }
        let mut judgement = (runs > 0).then(|| self.judge(&fitted, runs)).transpose()?;
        if let Some(judgement) = judgement.as_mut().filter(|_| self.anonymise) {
            judgement.round();
        }
        let report = FitReport::new(&self.name(), &fitted, judgement.as_ref());
        if let (Some(judgement), Some(staging)) = (&judgement, staging) {
            write_report(&report, judgement, staging)?;
        }
        if !self.quiet {
            self.note(&report, is_printed);
        }
        if self.json {
            terminal::print_json(&report)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The scenarios of which one gives the values that exports cannot tell.
    fn templates(&self) -> Result<Vec<Template>> {
        let given = self.template.iter().map(PathBuf::as_path);
        let shipped = TEMPLATES.into_iter().map(Path::new).filter(|_| self.template.is_none());
        let template = |path| read(path, &[]).map(|chosen| Template::new(&chosen.name, &chosen.scenario));
        given.chain(shipped).map(template).collect()
    }

    /// Judges the exports by runs of the scenario, over the time of the exports.
    fn judge(&self, fitted: &FittedScenario, runs: u64) -> Result<Judgement> {
        let (begin, span) = fitted.time();
        let overrides = [("time.begin", begin), ("time.span", span)];
        let overrides =
            overrides.into_iter().map(|(path, value)| Override::new("the time of the exports", path, &value));
        let overrides: Vec<Override> = overrides.collect::<Result<_, _>>()?;
        let text = ScenarioText::new(&fitted.text, "the fitted scenario", &overrides);
        self.judging.judge(&fitted.figures, (&text.scenario()?, &text), runs, self.quiet)
    }

    /// The name of the scenario.
    fn name(&self) -> String {
        self.out.file_stem().map_or_else(|| "customer".into(), |name| name.to_string_lossy().into_owned())
    }

    /// The directory of the report.
    fn report_directory(&self) -> PathBuf {
        self.report.clone().unwrap_or_else(|| Path::new("out").join(format!("{}-fit", self.name())))
    }

    /// Prints the result in ten lines, and the next commands.
    fn note(&self, report: &FitReport, is_printed: bool) {
        terminal::note(&format!(
            "{} exact, {} fitted, {} assumed; the comments of the scenario say which",
            counted(report.exact as u64, "value"),
            report.fitted,
            report.assumed
        ));
        if is_printed {
            return;
        }
        if let Some(verdict) = report.verdict() {
            terminal::note(&verdict);
            let misfits = report.misfits();
            let first = misfits.iter().take(MOST_MISFITS);
            first.for_each(|misfit| terminal::note_fitted(&format!("  {}", misfit.sentence())));
            let page = self.report_directory().join("fit.html");
            let more = misfits.len().saturating_sub(MOST_MISFITS);
            let more = if more > 0 { format!("{more} more and the pictures") } else { "the pictures".into() };
            terminal::note(&format!("{more} are in {}", quoted(&page.display().to_string())));
        }
        let file = quoted(&self.out.display().to_string());
        terminal::note(&match self.typical {
            true => format!("next: tollgate plan {file}"),
            false => format!("next: tollgate run {file}, or tollgate serve {file}"),
        });
    }

    /// The pseudonyms, with the key of the file or a random one.
    fn pseudonyms(&self) -> Result<Pseudonyms> {
        if self.keep_names {
            return Ok(Pseudonyms::none());
        }
        let key = match &self.key_file {
            Some(path) => key_of(path, &self.out)?,
            None => random_key()?.to_vec(),
        };
        Ok(Pseudonyms::new(&key))
    }
}

fn write_report(report: &FitReport, judgement: &Judgement, staging: Staging) -> Result<()> {
    let directory = staging.path();
    let files = vec![
        write_file(directory, "fit.html", fit_report_page(report, judgement).as_bytes(), 0)?,
        write_file(directory, "fit.json", &to_json(report)?, 0)?,
    ];
    write_file(directory, MANIFEST, &to_json(&ReportManifest::new(Kind::Fit, Vec::new(), files))?, 0)?;
    staging.commit()
}
