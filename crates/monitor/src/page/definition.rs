//! The definition of a page: its parts, tables and layouts.

use std::collections::BTreeMap;

use serde::Deserialize;
use tollgate_catalogue::Table;
use tollgate_chart::{SeriesRole, Unit};

/// A page of the monitor.
#[derive(Debug)]
pub(super) struct PageDefinition {
    /// Its name in a URL.
    pub(super) path: String,
    /// Its name in the menu.
    pub(super) name: String,
    /// The page in the menu that leads to this page. A page in the menu has none.
    pub(super) within: Option<String>,
    /// The parameter that chooses one part, if the page shows one part at a time.
    pub(super) tabs: Option<String>,
    /// The kind of subject, if the page is about one user or filter.
    pub(super) subject: Option<Subject>,
    /// True if the page can be shown under another counting rule.
    pub(super) rules: bool,
    pub(super) parts: Vec<PartDefinition>,
}

/// The kind of subject of a page: a user or a filter, which is a key of its tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    /// The parameter that names the subject.
    pub(super) parameter: String,
    /// The noun for the subject, such as `content filter`.
    pub(super) noun: String,
}

/// A part of a page, under one heading.
#[derive(Debug)]
pub(super) struct PartDefinition {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) figures: Vec<KeyFigure>,
    pub(super) tables: Vec<PageTable>,
}

/// A key figure at the top of a part.
#[derive(Debug)]
pub(super) struct KeyFigure {
    pub(super) name: String,
    /// The place of its table among the tables of the part.
    pub(super) table: usize,
    /// The columns that are added up over all rows. Without them, the figure is the number of rows.
    pub(super) sum: Option<Vec<usize>>,
    /// The columns whose sum is the whole, if the figure is also shown as a percentage.
    pub(super) of: Option<Vec<usize>>,
}

/// A table on a page.
#[derive(Debug)]
pub(super) struct PageTable {
    pub(super) table: &'static Table,
    pub(super) layout: TableLayout,
    /// The columns that are shown. The key that is the subject of the whole page is left out.
    pub(super) columns: Vec<usize>,
    /// The number format of each column of the table.
    pub(super) formats: Vec<NumberFormat>,
    /// The link from the values of each column of the table.
    pub(super) links: Vec<Option<ColumnLink>>,
}

/// The layout of a table.
#[derive(Debug)]
pub(super) enum TableLayout {
    /// One line for each column.
    Summary { category: String, unit: String, lines: Vec<SummaryLine>, graph: Option<String> },
    /// One row for each interval.
    OverTime { lines: Vec<SummaryLine>, graph: String, stacked: bool },
    /// One row for each key.
    Ranking { graphs: Vec<TopTenGraph> },
}

/// A line of a summary, or of a graph.
#[derive(Debug)]
pub(super) struct SummaryLine {
    pub(super) name: String,
    pub(super) columns: Vec<usize>,
    /// True if the line adds up other lines.
    pub(super) total: bool,
    /// The role of the line in the graph, if the graph draws it.
    pub(super) role: Option<SeriesRole>,
}

/// A graph of the ten rows with the largest values.
#[derive(Debug)]
pub(super) struct TopTenGraph {
    pub(super) title: String,
    /// The columns that make up a bar. Bars are ordered by the sum of these columns.
    pub(super) parts: Vec<(usize, SeriesRole)>,
}

/// A link from each value of a column to the page about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnLink {
    pub(super) column: String,
    pub(super) page: String,
    pub(super) parameter: String,
    /// Further parameters.
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
}

/// The format of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NumberFormat {
    /// A name, or a number that serves as a name. It is written without rounding and without commas.
    Name,
    Count,
    Number,
    Percent,
    Seconds,
    Bytes,
    /// Seconds since the Unix epoch.
    Moment,
}

impl PageTable {
    /// The name of its layout in the style sheet.
    pub(super) fn kind(&self) -> &'static str {
        match &self.layout {
            TableLayout::Summary { .. } => "turned",
            TableLayout::OverTime { .. } if self.columns.len() < 4 => "timed",
            // A table with few columns leaves room for the graph beside it.
            TableLayout::Ranking { graphs } if graphs.len() == 1 && self.columns.len() < 5 => "turned",
            TableLayout::OverTime { .. } | TableLayout::Ranking { .. } => "listed",
        }
    }
}

impl SummaryLine {
    /// The sum of the line's columns, from the sums of all columns.
    pub(super) fn sum(&self, sums: &[u64]) -> u64 {
        self.columns.iter().map(|&column| sums[column]).sum()
    }
}

impl NumberFormat {
    /// The unit of a graph of numbers in this format.
    pub(super) fn unit(self) -> Unit {
        match self {
            NumberFormat::Percent => Unit::Percent,
            NumberFormat::Seconds => Unit::Seconds,
            NumberFormat::Bytes => Unit::Bytes,
            NumberFormat::Name | NumberFormat::Count | NumberFormat::Number | NumberFormat::Moment => Unit::Count,
        }
    }
}
