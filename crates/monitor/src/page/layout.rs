//! What each page shows: the data of `pages.toml`, with its names resolved against the catalogue.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use tollgate_catalogue::{Catalogue, ColumnKind, Table};
use tollgate_chart::{SeriesRole, Unit};

/// A page of the monitor.
#[derive(Debug)]
pub(super) struct Page {
    /// Its name in a URL.
    pub(super) path: String,
    /// Its name in the menu.
    pub(super) name: String,
    /// The page of the menu that leads to it, where it is not in the menu itself.
    pub(super) within: Option<String>,
    /// The parameter that chooses one of its parts, where they are not all shown.
    pub(super) tabs: Option<String>,
    /// Whom or what it is about.
    pub(super) subject: Option<Subject>,
    /// Whether it can be shown under another counting rule.
    pub(super) rules: bool,
    pub(super) parts: Vec<Part>,
}

/// Whom or what a page is about: one key of its tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subject {
    /// The parameter that names it.
    pub(super) parameter: String,
    pub(super) noun: String,
}

/// A stretch of a page under a heading.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) figures: Vec<KeyFigure>,
    pub(super) blocks: Vec<Block>,
}

/// A figure that a part of a page begins with.
#[derive(Debug)]
pub(super) struct KeyFigure {
    pub(super) name: String,
    /// Its table among the part's.
    pub(super) block: usize,
    /// The columns that are added up over all rows; without them, the rows are counted.
    pub(super) sum: Option<Vec<usize>>,
    /// The columns that it is shown as a percentage of, too.
    pub(super) of: Option<Vec<usize>>,
}

/// A table on a page.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) table: &'static Table,
    pub(super) layout: Layout,
    /// The columns that are shown: not the key that the whole page is about.
    pub(super) columns: Vec<usize>,
    /// How the numbers of each column of the table are written.
    pub(super) formats: Vec<Format>,
    /// Where the values of each column of the table lead to.
    pub(super) links: Vec<Option<Link>>,
}

/// How a table is laid out.
#[derive(Debug)]
pub(super) enum Layout {
    /// One line for each column.
    Summary { category: String, unit: String, lines: Vec<Line>, graph: Option<String> },
    /// One row for each interval.
    OverTime { lines: Vec<Line>, graph: String, stacked: bool },
    /// One row for each key.
    Ranking { graphs: Vec<TopTen> },
}

/// A line of a summary, or of a graph.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) columns: Vec<usize>,
    /// Whether it adds up other lines.
    pub(super) total: bool,
    /// How the graph draws it, if it does.
    pub(super) role: Option<SeriesRole>,
}

/// A graph of the ten greatest rows.
#[derive(Debug)]
pub(super) struct TopTen {
    pub(super) title: String,
    /// The columns that make up a bar; the bars are ordered by what these come to.
    pub(super) parts: Vec<(usize, SeriesRole)>,
}

/// A link from the values of a column to a page about each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    column: String,
    pub(super) page: String,
    pub(super) parameter: String,
    /// Further parameters.
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
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

impl Format {
    /// What a graph of such numbers counts.
    pub(super) fn unit(self) -> Unit {
        match self {
            Format::Percent => Unit::Percent,
            Format::Seconds => Unit::Seconds,
            Format::Bytes => Unit::Bytes,
            Format::Name | Format::Count | Format::Number | Format::Moment => Unit::Count,
        }
    }
}

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    // The pages are part of the program, and a test reads them: that they are wrong is no error of whoever runs it.
    read(include_str!("../../pages.toml")).unwrap_or_else(|error| panic!("pages.toml: {error}"))
});

/// All pages, those of the menu in its order.
pub(super) fn pages() -> &'static [Page] {
    &PAGES
}

fn read(text: &str) -> Result<Vec<Page>, String> {
    let file: PagesFile = toml::from_str(text).map_err(|error| error.to_string())?;
    file.page.into_iter().map(PageEntry::resolve).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PagesFile {
    page: Vec<PageEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageEntry {
    path: String,
    name: String,
    within: Option<String>,
    tabs: Option<String>,
    subject: Option<Subject>,
    #[serde(default)]
    rules: bool,
    part: Vec<PartEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartEntry {
    key: String,
    name: String,
    #[serde(default)]
    figure: Vec<FigureEntry>,
    table: Vec<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FigureEntry {
    name: String,
    table: String,
    sum: Option<Vec<String>>,
    of: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    title: String,
    layout: LayoutEntry,
    #[serde(default)]
    category: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    lines: Vec<LineEntry>,
    graph: Option<String>,
    #[serde(default)]
    stacked: bool,
    #[serde(default)]
    ranking: Vec<TopTenEntry>,
    #[serde(default)]
    formats: BTreeMap<String, Format>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LayoutEntry {
    Summary,
    OverTime,
    Ranking,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineEntry {
    name: String,
    sum: Option<Vec<String>>,
    role: Option<SeriesRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopTenEntry {
    title: String,
    parts: Vec<PartOfBar>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartOfBar {
    column: String,
    role: SeriesRole,
}

impl PageEntry {
    fn resolve(self) -> Result<Page, String> {
        let PageEntry { path, name, within, tabs, subject, rules, part } = self;
        let about_one = subject.is_some();
        let parts = part.into_iter().map(|part| part.resolve(&path, about_one)).collect::<Result<_, _>>()?;
        Ok(Page { path, name, within, tabs, subject, rules, parts })
    }
}

impl PartEntry {
    fn resolve(self, path: &str, about_one: bool) -> Result<Part, String> {
        let blocks: Vec<Block> =
            self.table.into_iter().map(|table| table.resolve(path, about_one)).collect::<Result<_, _>>()?;
        let figures = self.figure.into_iter().map(|figure| figure.resolve(&blocks)).collect::<Result<_, _>>()?;
        Ok(Part { key: self.key, name: self.name, figures, blocks })
    }
}

impl FigureEntry {
    fn resolve(self, blocks: &[Block]) -> Result<KeyFigure, String> {
        let block = blocks.iter().position(|block| block.table.title == self.table);
        let block = block.ok_or_else(|| format!("{}: found table {:?}, which is not there", self.name, self.table))?;
        let table = blocks[block].table;
        let resolve = |names: Option<Vec<String>>| names.map(|names| columns_called(table, &names)).transpose();
        Ok(KeyFigure { name: self.name, block, sum: resolve(self.sum)?, of: resolve(self.of)? })
    }
}

impl TableEntry {
    fn resolve(self, path: &str, about_one: bool) -> Result<Block, String> {
        let tables = Catalogue::builtin().tables();
        let found = tables.iter().find(|table| table.page_path == path && table.title == self.title);
        let table = found.ok_or_else(|| format!("{path}: found table {:?}, which is not there", self.title))?;
        let mut formats: Vec<Format> = table.columns.iter().map(|column| usual_format(column.kind())).collect();
        for (name, &format) in &self.formats {
            formats[column_called(table, name)?] = format;
        }
        let mut links = vec![None; table.columns.len()];
        for link in self.links {
            let column = column_called(table, &link.column)?;
            links[column] = Some(link);
        }
        let lines = self.lines.into_iter().map(|line| line.resolve(table)).collect::<Result<_, _>>()?;
        let layout = match self.layout {
            LayoutEntry::Summary => {
                Layout::Summary { category: self.category, unit: self.unit, lines, graph: self.graph }
            }
            LayoutEntry::OverTime => {
                let graph = self.graph.ok_or_else(|| format!("{}: no graph", self.title))?;
                Layout::OverTime { lines, graph, stacked: self.stacked }
            }
            LayoutEntry::Ranking => {
                let graphs = self.ranking.into_iter().map(|top| top.resolve(table)).collect::<Result<_, _>>()?;
                Layout::Ranking { graphs }
            }
        };
        let columns = (usize::from(about_one)..table.columns.len()).collect();
        Ok(Block { table, layout, columns, formats, links })
    }
}

impl LineEntry {
    fn resolve(self, table: &Table) -> Result<Line, String> {
        let total = self.sum.is_some();
        let columns = columns_called(table, &self.sum.unwrap_or_else(|| vec![self.name.clone()]))?;
        Ok(Line { name: self.name, columns, total, role: self.role })
    }
}

impl TopTenEntry {
    fn resolve(self, table: &Table) -> Result<TopTen, String> {
        let part = |part: PartOfBar| Ok((column_called(table, &part.column)?, part.role));
        let parts = self.parts.into_iter().map(part).collect::<Result<_, String>>()?;
        Ok(TopTen { title: self.title, parts })
    }
}

fn columns_called(table: &Table, names: &[String]) -> Result<Vec<usize>, String> {
    names.iter().map(|name| column_called(table, name)).collect()
}

fn column_called(table: &Table, name: &str) -> Result<usize, String> {
    let found = table.columns.iter().position(|column| column.name == name);
    found.ok_or_else(|| format!("{}: found column {name:?}, which is not there", table.title))
}

fn usual_format(kind: ColumnKind) -> Format {
    match kind {
        ColumnKind::Key | ColumnKind::Attribute => Format::Name,
        ColumnKind::Count => Format::Count,
        ColumnKind::Number => Format::Number,
        ColumnKind::Percent => Format::Percent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_catalogue_is_on_exactly_one_page() {
        let blocks = pages().iter().flat_map(|page| &page.parts).flat_map(|part| &part.blocks);
        let mut numbers: Vec<u32> = blocks.map(|block| block.table.number).collect();
        numbers.sort_unstable();
        let all: Vec<u32> = Catalogue::builtin().tables().iter().map(|table| table.number).collect();
        assert_eq!(numbers, all);
    }

    #[test]
    fn links_lead_to_pages_about_what_they_name() {
        let blocks = pages().iter().flat_map(|page| &page.parts).flat_map(|part| &part.blocks);
        let links: Vec<&Link> = blocks.flat_map(|block| block.links.iter().flatten()).collect();
        assert!(links.len() >= 7, "{links:?}");
        for link in links {
            let page = pages().iter().find(|page| page.path == link.page).expect("the page is there");
            assert_eq!(page.subject.as_ref().map(|subject| subject.parameter.as_str()), Some(link.parameter.as_str()));
            for (name, value) in &link.with {
                assert_eq!(page.tabs.as_ref(), Some(name));
                assert!(page.parts.iter().any(|part| part.key == *value));
            }
        }
    }
}
