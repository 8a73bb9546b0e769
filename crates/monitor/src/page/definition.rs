//! The definition of a page: its parts, its tables, and how each table is laid out.

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
    /// The page of the menu that leads to it, where it is not in the menu itself.
    pub(super) within: Option<String>,
    /// The parameter that chooses one of its parts, where they are not all shown.
    pub(super) tabs: Option<String>,
    /// The user or filter that it is about, if it is about one.
    pub(super) subject: Option<Subject>,
    /// Whether it can be shown under another counting rule.
    pub(super) rules: bool,
    pub(super) parts: Vec<PartDefinition>,
}

/// The user or filter that a page is about: one key of its tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    /// The parameter that names it.
    pub(super) parameter: String,
    pub(super) noun: String,
}

/// A stretch of a page under a heading.
#[derive(Debug)]
pub(super) struct PartDefinition {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) figures: Vec<KeyFigure>,
    pub(super) tables: Vec<PageTable>,
}

/// A figure that a part of a page begins with.
#[derive(Debug)]
pub(super) struct KeyFigure {
    pub(super) name: String,
    /// The place of its table among the part's.
    pub(super) table: usize,
    /// The columns that are added up over all rows; without them, the rows are counted.
    pub(super) sum: Option<Vec<usize>>,
    /// The columns that it is shown as a percentage of, too.
    pub(super) of: Option<Vec<usize>>,
}

/// A table on a page.
#[derive(Debug)]
pub(super) struct PageTable {
    pub(super) table: &'static Table,
    pub(super) layout: TableLayout,
    /// The columns that are shown: not the key that the whole page is about.
    pub(super) columns: Vec<usize>,
    /// The format of the numbers of each column of the table.
    pub(super) formats: Vec<NumberFormat>,
    /// The link of the values of each column of the table.
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
    /// Whether it adds up other lines.
    pub(super) total: bool,
    /// Its role in the graph, if the graph draws it.
    pub(super) role: Option<SeriesRole>,
}

/// A graph of the ten greatest rows.
#[derive(Debug)]
pub(super) struct TopTenGraph {
    pub(super) title: String,
    /// The columns that make up a bar; the bars are ordered by what these come to.
    pub(super) parts: Vec<(usize, SeriesRole)>,
}

/// A link from the values of a column to a page about each.
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
    /// A name, or a number that stands for one: as it is.
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
            // A table of few columns leaves room for its graph beside it.
            TableLayout::Ranking { graphs } if graphs.len() == 1 && self.columns.len() < 5 => "turned",
            TableLayout::OverTime { .. } | TableLayout::Ranking { .. } => "listed",
        }
    }
}

impl SummaryLine {
    /// The sum of its columns, from the sums of all columns.
    pub(super) fn sum(&self, sums: &[u64]) -> u64 {
        self.columns.iter().map(|&column| sums[column]).sum()
    }
}

impl NumberFormat {
    /// The unit of a graph of such numbers.
    pub(super) fn unit(self) -> Unit {
        match self {
            NumberFormat::Percent => Unit::Percent,
            NumberFormat::Seconds => Unit::Seconds,
            NumberFormat::Bytes => Unit::Bytes,
            NumberFormat::Name | NumberFormat::Count | NumberFormat::Number | NumberFormat::Moment => Unit::Count,
        }
    }
}
