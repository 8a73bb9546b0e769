//! `tollgate compare`: shows how two directories of exports differ.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_fit::{ColumnComparison, ExportComparison, Figures, TableComparison};
use tollgate_wording::{count, counted, list, number, percent, printable};

use crate::fit::open_exports;
use crate::terminal;

const EXAMPLES: &str = "\
Examples:
  tollgate compare customer out/customer
  tollgate compare out/week-1 out/week-2 --tolerance 2%
  tollgate compare customer.zip out/customer --json | jq '.tables[] | {table, columns: [.columns[] | select(.difference != 0)]}'

A and B are directories of exports, ZIP archives or single files, as for `tollgate audit`. A truth directory of a run can be compared with \
its exports: name the two directories below that of the run.

A total is the sum of a count, the largest of Maximum Messages in Work Queue, or the mean of an average or a percentage over the time. `hours` \
says how much of the volume comes in other hours of the week: 0% if the volumes have the same shape over the week.

Exit codes: 0 all totals are within the tolerance; 1 a total is beyond it, or a table is missing; 2 wrong usage, or a directory cannot be read.";

/// The largest number of columns that are listed.
const MOST_LISTED: usize = 20;

/// The arguments of `tollgate compare`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct CompareArguments {
    /// Exports: directory, ZIP archive or file
    #[arg(value_name = "A")]
    first: PathBuf,

    /// Other exports
    #[arg(value_name = "B")]
    second: PathBuf,

    /// Difference of two totals that is allowed, as a percentage of the larger one
    #[arg(long, value_name = "PERCENT", default_value = "5%", value_parser = parse_percent)]
    tolerance: f64,

    /// List all columns that differ by more than the tolerance
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
    #[serde(flatten)]
    comparison: &'a ExportComparison,
}

impl CompareArguments {
    /// Runs the verb.
    ///
    /// # Errors
    /// If exports cannot be read.
    pub(crate) fn execute(self) -> Result<ExitCode> {
        let (first, second) = (self.read(&self.first)?, self.read(&self.second)?);
        let comparison = ExportComparison::new(&first, &second);
        if comparison.tables.is_empty() {
            let [a, b] = [&self.first, &self.second].map(|path| printable(&path.display().to_string()));
            bail!("{a} and {b} have no table in common");
        }
        let beyond = comparison.beyond(self.tolerance);
        let has_all = comparison.only_in_first.is_empty() && comparison.only_in_second.is_empty();
        if self.json {
            let [first, second] = [&self.first, &self.second].map(|path| path.display().to_string());
            let (tolerance, beyond) = (self.tolerance, beyond.len());
            terminal::print_json(&CompareDocument { first, second, tolerance, beyond, comparison: &comparison })?;
        } else {
            terminal::print(&self.describe(&comparison, &beyond))?;
        }
        Ok(if beyond.is_empty() && has_all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn read(&self, path: &Path) -> Result<Figures> {
        Ok(Figures::read(&open_exports(path, &[], self.quiet)?, |_| true)?)
    }

    fn describe(&self, comparison: &ExportComparison, beyond: &[(&TableComparison, &ColumnComparison)]) -> String {
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
            }
            if beyond.len() > most {
                text += &format!("... and {} more; list them with --all\n", count((beyond.len() - most) as u64));
            }
        }
        text + &self.result(comparison, beyond.len())
    }

    fn result(&self, comparison: &ExportComparison, beyond: usize) -> String {
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
                percent(self.tolerance),
                list(unequal.collect::<Vec<_>>())
            );
        }
        let same = if equal > 0 {
            format!("; {} equal in every figure", counted(equal as u64, "table"))
        } else {
            String::new()
        };
        format!(
            "{tables} compared: {} of {} differ by more than {}{same}\n",
            count(beyond as u64),
            counted(columns as u64, "total"),
            percent(self.tolerance),
        )
    }
}

fn noun(tables: usize) -> &'static str {
    if tables == 1 { "table" } else { "tables" }
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
