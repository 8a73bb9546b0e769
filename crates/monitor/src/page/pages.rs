//! All pages: the data of `pages.toml`, with the names of tables and columns resolved.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use tollgate_catalogue::{Catalogue, ColumnKind, Table};
use tollgate_chart::SeriesRole;
use tollgate_wording::list;

use super::definition::{
    ColumnLink, KeyFigure, NumberFormat, PageDefinition, PageTable, PartDefinition, Subject, SummaryLine, TableLayout,
    TopTenGraph,
};
use crate::refusal::{HttpRefusal, shown};

static PAGES: LazyLock<Vec<PageDefinition>> = LazyLock::new(|| {
    // pages.toml is compiled into the program and tests read it, so an error in it is a bug.
    read(include_str!("../../pages.toml")).unwrap_or_else(|error| panic!("pages.toml: {error}"))
});

/// All pages, in the order of the menu.
pub(super) fn all() -> &'static [PageDefinition] {
    &PAGES
}

/// The page with a path such as `overview`.
///
/// # Errors
/// If there is no such page.
pub(super) fn page_at(path: &str) -> Result<&'static PageDefinition, HttpRefusal> {
    all().iter().find(|page| page.path == path).ok_or_else(|| {
        let allowed = list(all().iter().map(|page| &page.path));
        HttpRefusal::missing(format!("page: found {}, allowed are {allowed}", shown(path)))
    })
}

fn read(text: &str) -> Result<Vec<PageDefinition>, String> {
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
    table: Vec<PageTableEntry>,
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
struct PageTableEntry {
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
    formats: BTreeMap<String, NumberFormat>,
    #[serde(default)]
    links: Vec<ColumnLink>,
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
    fn resolve(self) -> Result<PageDefinition, String> {
        let PageEntry { path, name, within, tabs, subject, rules, part } = self;
        let about_one = subject.is_some();
        let parts = part.into_iter().map(|part| part.resolve(&path, about_one)).collect::<Result<_, _>>()?;
        Ok(PageDefinition { path, name, within, tabs, subject, rules, parts })
    }
}

impl PartEntry {
    fn resolve(self, path: &str, about_one: bool) -> Result<PartDefinition, String> {
        let tables: Vec<PageTable> =
            self.table.into_iter().map(|table| table.resolve(path, about_one)).collect::<Result<_, _>>()?;
        let figures = self.figure.into_iter().map(|figure| figure.resolve(&tables)).collect::<Result<_, _>>()?;
        Ok(PartDefinition { key: self.key, name: self.name, figures, tables })
    }
}

impl FigureEntry {
    fn resolve(self, tables: &[PageTable]) -> Result<KeyFigure, String> {
        let place = tables.iter().position(|table| table.table.title == self.table);
        let place =
            place.ok_or_else(|| format!("{}: found table {:?}, which does not exist", self.name, self.table))?;
        let table = tables[place].table;
        let resolve = |names: Option<Vec<String>>| names.map(|names| columns_called(table, &names)).transpose();
        Ok(KeyFigure { name: self.name, table: place, sum: resolve(self.sum)?, of: resolve(self.of)? })
    }
}

impl PageTableEntry {
    fn resolve(self, path: &str, about_one: bool) -> Result<PageTable, String> {
        let tables = Catalogue::builtin().tables();
        let found = tables.iter().find(|table| table.page_path == path && table.title == self.title);
        let table = found.ok_or_else(|| format!("{path}: found table {:?}, which does not exist", self.title))?;
        let mut formats: Vec<NumberFormat> = table.columns.iter().map(|column| usual_format(column.kind())).collect();
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
                TableLayout::Summary { category: self.category, unit: self.unit, lines, graph: self.graph }
            }
            LayoutEntry::OverTime => {
                let graph =
                    self.graph.ok_or_else(|| format!("{}: found no graph, allowed is its title", self.title))?;
                TableLayout::OverTime { lines, graph, stacked: self.stacked }
            }
            LayoutEntry::Ranking => {
                let graphs = self.ranking.into_iter().map(|top| top.resolve(table)).collect::<Result<_, _>>()?;
                TableLayout::Ranking { graphs }
            }
        };
        let columns = (usize::from(about_one)..table.columns.len()).collect();
        Ok(PageTable { table, layout, columns, formats, links })
    }
}

impl LineEntry {
    fn resolve(self, table: &Table) -> Result<SummaryLine, String> {
        let total = self.sum.is_some();
        let columns = columns_called(table, &self.sum.unwrap_or_else(|| vec![self.name.clone()]))?;
        Ok(SummaryLine { name: self.name, columns, total, role: self.role })
    }
}

impl TopTenEntry {
    fn resolve(self, table: &Table) -> Result<TopTenGraph, String> {
        let part = |part: PartOfBar| Ok((column_called(table, &part.column)?, part.role));
        let parts = self.parts.into_iter().map(part).collect::<Result<_, String>>()?;
        Ok(TopTenGraph { title: self.title, parts })
    }
}

fn columns_called(table: &Table, names: &[String]) -> Result<Vec<usize>, String> {
    names.iter().map(|name| column_called(table, name)).collect()
}

fn column_called(table: &Table, name: &str) -> Result<usize, String> {
    let found = table.columns.iter().position(|column| column.name == name);
    found.ok_or_else(|| format!("{}: found column {name:?}, which does not exist", table.title))
}

fn usual_format(kind: ColumnKind) -> NumberFormat {
    match kind {
        ColumnKind::Key | ColumnKind::Attribute => NumberFormat::Name,
        ColumnKind::Count => NumberFormat::Count,
        ColumnKind::Number => NumberFormat::Number,
        ColumnKind::Percent => NumberFormat::Percent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_catalogue_is_on_exactly_one_page() {
        let blocks = all().iter().flat_map(|page| &page.parts).flat_map(|part| &part.tables);
        let mut numbers: Vec<u32> = blocks.map(|block| block.table.number).collect();
        numbers.sort_unstable();
        let all: Vec<u32> = Catalogue::builtin().tables().iter().map(|table| table.number).collect();
        assert_eq!(numbers, all);
    }

    #[test]
    fn links_lead_to_pages_about_what_they_name() {
        let blocks = all().iter().flat_map(|page| &page.parts).flat_map(|part| &part.tables);
        let links: Vec<&ColumnLink> = blocks.flat_map(|block| block.links.iter().flatten()).collect();
        assert!(links.len() >= 7, "{links:?}");
        for link in links {
            let page = all().iter().find(|page| page.path == link.page).expect("the page is there");
            assert_eq!(page.subject.as_ref().map(|subject| subject.parameter.as_str()), Some(link.parameter.as_str()));
            for (name, value) in &link.with {
                assert_eq!(page.tabs.as_ref(), Some(name));
                assert!(page.parts.iter().any(|part| part.key == *value));
            }
        }
    }
}
