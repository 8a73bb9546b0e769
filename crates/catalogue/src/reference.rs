//! Writes the reference of the tables from the catalogue.

use std::fmt::Write;

use crate::catalogue::Catalogue;
use crate::rule::{Rule, TlsOutcome, TlsSetting};
use crate::table::{CellSum, Column, ColumnContent, MULTIPLIER, Table};

const PREFACE: &str = include_str!("../preface.md");

/// The mark of a text that does not come from the Reporting API document.
const READING: &str = "*Our reading:*";

impl Catalogue {
    /// The reference of all tables, as Markdown.
    pub fn reference(&self) -> String {
        let mut text = String::from(PREFACE);
        for table in self.tables() {
            describe_table(&mut text, table);
        }
        text.push_str("\n## Counting rules\n\n");
        text.push_str(
            "The `rule` of an appliance's `[counting]` decides in which TLS categories an outgoing connection is counted. A dash \
             means that it is counted in none. The first rule follows the Reporting API document. The others are possible explanations \
             of bug 42751, and [the page about it](../../scenarios/THREAD.md#the-evidence) weighs them.\n",
        );
        for rule in self.rules() {
            describe_rule(&mut text, rule);
        }
        text
    }
}

fn describe_table(text: &mut String, table: &Table) {
    push_line(text, format_args!("\n## {}. {}\n", table.number, escape(&table.title)));
    push_line(
        text,
        format_args!(
            "`{}`, from the page {}: {}. Account `{}`.",
            table.file,
            escape(&table.page),
            rows_of(table),
            table.account.name()
        ),
    );
    push_line(
        text,
        format_args!(
            "URL: page `{}`, report `{}`, section `{}`, query `{}`.\n",
            table.page_path, table.report_def_id, table.section, table.report_query_id
        ),
    );
    if let Some(reading) = &table.reading {
        push_line(text, format_args!("{READING} {}\n", escape(reading)));
    }
    text.push_str("| column | meaning | source |\n|---|---|---|\n");
    for column in &table.columns {
        let reading = column.reading.as_ref().map(|reading| format!(" {READING} {reading}")).unwrap_or_default();
        let meaning = escape(&format!("{}{reading}", column.definition));
        push_line(text, format_args!("| {} | {meaning} | {} |", escape(&column.name), source_of(table, column)));
    }
}

fn rows_of(table: &Table) -> String {
    let name = |column: &Column| escape(&column.name);
    let keys: Vec<_> =
        table.columns.iter().filter(|column| matches!(column.content, ColumnContent::Key { .. })).map(name).collect();
    match (table.timestamps, keys.is_empty()) {
        (false, _) => format!("one row for each {} of the whole span", keys.join(" and ")),
        (true, true) => "one row for each interval".into(),
        (true, false) => format!("one row for each interval and {}", keys.join(" and ")),
    }
}

fn source_of(table: &Table, column: &Column) -> String {
    match &column.content {
        ColumnContent::Key { .. } => "key".into(),
        ColumnContent::Attribute(_) => "attribute of the key".into(),
        ColumnContent::Sum(sum) => formula(table, sum),
        ColumnContent::Average { sum, per, unit: 1 } => {
            format!("({}) / ({})", formula(table, sum), formula(table, per))
        }
        ColumnContent::Average { sum, per, unit } => {
            format!("({}) / ({}) / {unit}", formula(table, sum), formula(table, per))
        }
        ColumnContent::Percent { sum, of, .. } => format!("100 × ({}) / ({})", formula(table, sum), formula(table, of)),
    }
}

fn formula(table: &Table, sum: &CellSum) -> String {
    let names = table.account.cells();
    let multiplied = sum.multiplied.iter().map(|place| format!("{MULTIPLIER} × `{}`", names[*place]));
    let plain = sum.plain.iter().map(|place| format!("`{}`", names[*place]));
    multiplied.chain(plain).collect::<Vec<_>>().join(" + ")
}

fn describe_rule(text: &mut String, rule: &Rule) {
    push_line(text, format_args!("\n### {}\n\n{}\n", rule.name, escape(&rule.definition)));
    text.push_str("| TLS outcome | setting No | Preferred | Required |\n|---|---|---|---|\n");
    for outcome in TlsOutcome::ALL {
        let cells = TlsSetting::ALL.map(|setting| {
            let categories: Vec<_> = rule.categories(setting, outcome).collect();
            if categories.is_empty() { "-".into() } else { format!("`{}`", categories.join("`, `")) }
        });
        push_line(text, format_args!("| {} | {} |", words_of(outcome), cells.join(" | ")));
    }
}

fn words_of(outcome: TlsOutcome) -> &'static str {
    match outcome {
        TlsOutcome::NotTried => "not tried",
        TlsOutcome::NotOffered => "not offered",
        TlsOutcome::Negotiated => "negotiated",
        TlsOutcome::FailedBefore220 => "failed before the 220 reply; under Preferred the connection continued in clear",
        TlsOutcome::FailedAfter220 => "failed after the 220 reply",
        TlsOutcome::NotVerified => "negotiated, but the certificate failed the required verification",
        TlsOutcome::SecondConnection => "not tried: second connection, in clear, after a failure on the first",
    }
}

/// Escapes characters that Markdown would read as a tag or the border of a cell.
fn escape(text: &str) -> String {
    text.replace('<', "\\<").replace('|', "\\|")
}

fn push_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{line}");
}
