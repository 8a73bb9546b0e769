//! `tollgate compare`: shows how two directories of exports differ, or exports and the runs of a scenario.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_audit::Exports;
use tollgate_catalogue::{Catalogue, KeyPart};
use tollgate_fit::{ColumnComparison, ExportComparison, Figures, JudgedFigure, MISFIT_Z, TableComparison};
use tollgate_wording::{count, counted, exact, list, number, percent, printable};

use crate::input::read as read_scenario;
use crate::judging::{JudgingArguments, run_count, runs_or_default};
use crate::shipped;
use crate::site_exports::{NamesInMessages, open_site};
use crate::terminal;

/// The exports may be a customer's.
const NAMES: NamesInMessages = NamesInMessages::Hidden;

const EXAMPLES: &str = "\
Examples:
  tollgate compare customer out/customer
  tollgate compare out/week-1 out/week-2 --tolerance 2%
  tollgate compare customer customer.toml
  tollgate compare customer.zip out/customer --json | jq '.tables[] | {table, columns: [.columns[] | select(.difference != 0)]}'

A and B are directories of exports, ZIP archives or single files, as for `tollgate audit`. The exports of several appliances in \
subdirectories are added up. A truth directory of a run can be compared with \
its exports: name the two directories below that of the run.

B can be a scenario: a file whose name ends in .toml, or a name that `tollgate scenarios` lists. Tollgate runs it with --check-seeds seeds, and \
judges the totals of A by the spread of these runs. z is the distance from their mean in standard deviations.

A total is the sum of a count, the largest of Maximum Messages in Work Queue, or the mean of an average or a percentage over the time. `hours` \
says how much of the volume comes in other hours of the week: 0% if the volumes have the same shape over the week.

Exit codes: 0 all totals are within --tolerance or --z; 1 a total is beyond it, or a table is missing; 2 wrong usage, or a directory cannot be read.";

/// The largest number of columns that are listed.
const MOST_LISTED: usize = 20;
/// The largest number of tables that are named as the most different.
const MOST_TABLES: usize = 5;

const DEFAULT_TOLERANCE: f64 = 0.05;

/// The arguments of `tollgate compare`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CompareArguments {
    /// Exports: directory, ZIP archive or file
    #[arg(value_name = "A")]
    first: PathBuf,

    /// Other exports, or a scenario
    #[arg(value_name = "B")]
    second: PathBuf,

    /// Difference of two totals that is allowed, as a percentage of the larger one [default: 5%]
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, conflicts_with_all = ["z", "check_seeds"])]
    tolerance: Option<f64>,

    /// For a scenario: distance of a total from the mean of the runs that is allowed, in standard deviations [default: 3]
    #[arg(long, value_name = "Z", value_parser = parse_z)]
    z: Option<f64>,

    /// For a scenario: number of runs [default: 20]
    #[arg(long, value_name = "N", value_parser = run_count(false), allow_hyphen_values = true)]
    check_seeds: Option<u64>,

    #[command(flatten)]
    judging: JudgingArguments,

    /// List all totals beyond the tolerance
    #[arg(long)]
    all: bool,

    /// Print only errors and the result
    #[arg(long)]
    quiet: bool,

    /// Print the comparison as one JSON document
    #[arg(long)]
    json: bool,
}

/// The comparison as JSON.
#[derive(Debug, Serialize)]
struct CompareDocument<'a> {
    first: String,
    second: String,
    tolerance: f64,
    beyond: usize,
    /// True if the files are equal, byte for byte.
    #[serde(rename = "equal_bytes")]
    is_to_the_byte: bool,
    #[serde(flatten)]
    comparison: &'a ExportComparison,
}

/// Exports, judged by the runs of a scenario, as JSON.
#[derive(Debug, Serialize)]
struct JudgementDocument<'a> {
    exports: String,
    scenario: String,
    runs: u64,
    z: f64,
    totals: usize,
    /// The number of totals that are beyond `z`.
    beyond: usize,
    figures: &'a [JudgedFigure],
}

impl CompareArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If exports cannot be read.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        if is_scenario(&self.first) {
            bail!("A is a scenario: exchange A and B, to judge the exports by it");
        }
        let is_alike = if is_scenario(&self.second) { self.judge()? } else { self.compare()? };
        Ok(if is_alike { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Compares two directories of exports. Returns true if they are alike.
    fn compare(&self) -> Result<bool> {
        for (option, is_given) in [("--z", self.z.is_some()), ("--check-seeds", self.check_seeds.is_some())] {
            if is_given {
                bail!("`{option}` needs a scenario as B, found {}", printable(&self.second.display().to_string()));
            }
        }
        let (one, other) = (self.open(&self.first)?, self.open(&self.second)?);
        let (first, second) = (read_figures(&one, |_| true)?, read_figures(&other, |_| true)?);
        let comparison = ExportComparison::new(&first, &second);
        if comparison.tables.is_empty() {
            let [a, b] = [&self.first, &self.second].map(|path| printable(&path.display().to_string()));
            bail!("{a} and {b} have no table in common");
        }
        let tolerance = self.tolerance.unwrap_or(DEFAULT_TOLERANCE);
        let beyond = comparison.beyond(tolerance);
        let has_all = comparison.only_in_first.is_empty() && comparison.only_in_second.is_empty();
        let mut is_to_the_byte = comparison.equal;
        for table in comparison.tables.iter().filter(|_| comparison.equal) {
            is_to_the_byte &= one.len() == other.len();
            for (one, other) in one.iter().zip(&other) {
                is_to_the_byte &= one.has_equal_file(other, table.table).map_err(|error| NAMES.error(error))?;
            }
        }
        if self.json {
            let [first, second] = [&self.first, &self.second].map(|path| path.display().to_string());
            let (beyond, comparison) = (beyond.len(), &comparison);
            terminal::print_json(&CompareDocument { first, second, tolerance, beyond, is_to_the_byte, comparison })?;
        } else if is_to_the_byte {
            let tables = counted(comparison.tables.len() as u64, "table");
            terminal::print(&format!("{tables} compared: equal, to the byte\n"))?;
        } else {
            terminal::print(&self.describe(&comparison, &beyond, tolerance))?;
        }
        Ok(beyond.is_empty() && has_all)
    }

    fn open(&self, path: &Path) -> Result<Vec<Exports>> {
        open_site(path, &[], (self.quiet, NAMES))
    }

    /// Judges exports by the runs of a scenario. Returns true if they are alike.
    fn judge(&self) -> Result<bool> {
        if self.tolerance.is_some() {
            bail!(
                "`--tolerance` needs exports as B, found the scenario {}",
                printable(&self.second.display().to_string())
            );
        }
        let chosen = read_scenario(&self.second, &[])?;
        if !self.quiet {
            chosen.note_warnings();
        }
        let figures = read_figures(&self.open(&self.first)?, |table| !has_many_keys(table))?;
        let runs = runs_or_default(self.check_seeds);
        let judgement = self.judging.judge(&figures, (&chosen.scenario, &chosen.source), runs, self.quiet)?;
        let z = self.z.unwrap_or(MISFIT_Z);
        let totals = judgement.totals().count();
        let beyond: Vec<&JudgedFigure> = judgement.totals().filter(|figure| figure.size() >= z).collect();
        if self.json {
            let [exports, scenario] = [&self.first, &self.second].map(|path| path.display().to_string());
            let (beyond, figures) = (beyond.len(), &judgement.figures);
            terminal::print_json(&JudgementDocument { exports, scenario, runs, z, totals, beyond, figures })?;
        } else {
            let time = &chosen.scenario.time;
            let [begin, end] = [time.begin, time.end()].map(|moment| (moment.micros() / 1_000_000) as i64);
            let same_time = figures.span().is_none_or(|span| span == (begin, end));
            terminal::print(&self.describe_judgement(&beyond, (totals, runs, z), same_time))?;
        }
        Ok(beyond.is_empty())
    }

    fn describe_judgement(
        &self,
        beyond: &[&JudgedFigure],
        (totals, runs, z): (usize, u64, f64),
        is_same_time: bool,
    ) -> String {
        let mut text = String::new();
        let most = if self.all { beyond.len() } else { MOST_LISTED };
        if !self.quiet {
            if !is_same_time {
                text += "A and the scenario cover different times, so their totals differ.\n";
            }
            if !beyond.is_empty() {
                text += &terminal::columns(&judged_rows(&beyond[..beyond.len().min(most)]));
                text += &most_different(beyond.iter().map(|figure| figure.table));
            }
            text += &left_out(beyond.len(), most);
        }
        let (found, runs) = (count(beyond.len() as u64), counted(runs, "run"));
        let (totals, plural) = (counted(totals as u64, "total"), if z == 1.0 { "" } else { "s" });
        let z = exact(z);
        text + &format!(
            "{found} of {totals} differ from the mean of {runs} by {z} standard deviation{plural} or more\n"
        )
    }

    fn describe(
        &self,
        comparison: &ExportComparison,
        beyond: &[(&TableComparison, &ColumnComparison)],
        tolerance: f64,
    ) -> String {
        let mut text = String::new();
        if !self.quiet {
            if comparison.times[0] != comparison.times[1] {
                text += "A and B cover different times, or have intervals of different lengths.\n";
            }
            for (name, only) in [("A", &comparison.only_in_first), ("B", &comparison.only_in_second)] {
                if !only.is_empty() {
                    let numbers: Vec<String> = only.iter().map(u32::to_string).collect();
                    text += &format!("Only {name} has the {} {}.\n", noun(only.len()), numbers.join(", "));
                }
            }
            let most = if self.all { beyond.len() } else { MOST_LISTED };
            if !beyond.is_empty() {
                text += &terminal::columns(&rows(&beyond[..beyond.len().min(most)]));
                text += &most_different(beyond.iter().map(|(table, _)| table.table));
            }
            text += &left_out(beyond.len(), most);
        }
        text + &result(comparison, beyond.len(), tolerance)
    }
}

fn result(comparison: &ExportComparison, beyond: usize, tolerance: f64) -> String {
    let tables = counted(comparison.tables.len() as u64, "table");
    if comparison.equal {
        return format!("{tables} compared: equal in every figure\n");
    }
    let columns = comparison.tables.iter().map(|table| table.columns.len()).sum::<usize>();
    let equal = comparison.tables.iter().filter(|table| table.equal).count();
    if beyond == 0 {
        let unequal = comparison.tables.iter().filter(|table| !table.equal).map(|table| table.table.to_string());
        return format!(
            "{tables} compared: no total differs by more than {}; single figures differ in table {}\n",
            percent(tolerance),
            list(unequal.collect::<Vec<_>>())
        );
    }
    let same =
        if equal > 0 { format!("; {} equal in every figure", counted(equal as u64, "table")) } else { String::new() };
    format!(
        "{tables} compared: {} of {} differ by more than {}{same}\n",
        count(beyond as u64),
        counted(columns as u64, "total"),
        percent(tolerance),
    )
}

/// The sums of the figures of all appliances.
fn read_figures(site: &[Exports], has_keys: impl Fn(u32) -> bool) -> Result<Figures> {
    Ok(Figures::read_site(site, has_keys).map_err(|error| NAMES.error(error))?.all)
}

/// The tables that differ most, in a line.
fn most_different(tables: impl Iterator<Item = u32>) -> String {
    let mut first: Vec<u32> = Vec::new();
    for table in tables {
        if !first.contains(&table) && first.len() < MOST_TABLES {
            first.push(table);
        }
    }
    let noun = if first.len() == 1 { "Table" } else { "Tables" };
    format!("{noun} with the largest differences: {}\n", list(first.iter().map(u32::to_string)))
}

fn left_out(all: usize, most: usize) -> String {
    match all.saturating_sub(most) {
        0 => String::new(),
        more => format!("... and {} more; list them with --all\n", count(more as u64)),
    }
}

/// True if a path names a scenario, and no exports.
fn is_scenario(path: &Path) -> bool {
    let has_ending = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    has_ending && !path.is_dir() || !path.exists() && shipped::find(path).is_some()
}

/// True if the keys of a table are the addresses of senders, which are different in every run.
fn has_many_keys(table: u32) -> bool {
    let table = Catalogue::builtin().table(table);
    table.is_some_and(|table| table.keys.contains(&KeyPart::Address))
}

fn noun(tables: usize) -> &'static str {
    if tables == 1 { "table" } else { "tables" }
}

fn judged_rows(beyond: &[&JudgedFigure]) -> Vec<Vec<String>> {
    let heading = ["table", "column", "A", "runs (95%)", "z"].map(str::to_owned).to_vec();
    let row = |figure: &&JudgedFigure| {
        vec![
            format!("{} {}", figure.table, figure.title),
            figure.column.clone(),
            figure.written(figure.exports),
            figure.written_range(),
            figure.written_z(),
        ]
    };
    std::iter::once(heading).chain(beyond.iter().map(row)).collect()
}

fn rows(beyond: &[(&TableComparison, &ColumnComparison)]) -> Vec<Vec<String>> {
    let heading = ["table", "column", "A", "B", "B / A", "hours"].map(str::to_owned).to_vec();
    let row = |(table, column): &(&TableComparison, &ColumnComparison)| {
        vec![
            format!("{} {}", table.table, table.title),
            column.column.clone(),
            number(column.totals[0]),
            number(column.totals[1]),
            column.ratio.map_or_else(|| "-".into(), |ratio| format!("{ratio:.3}")),
            column.hours_apart.map_or_else(|| "-".into(), percent),
        ]
    };
    std::iter::once(heading).chain(beyond.iter().map(row)).collect()
}

/// A share, written as a percentage from 0 to 100.
fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse::<f64>().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .map(|number| number / 100.0)
        .ok_or_else(|| "allowed is a percentage from 0% to 100%, such as 5%".into())
}

/// A number of standard deviations.
fn parse_z(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|z| (0.1..=100.0).contains(z));
    number.ok_or_else(|| "allowed is a number from 0.1 to 100, such as 3".into())
}
