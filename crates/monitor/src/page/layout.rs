//! Lays out the figures of a page in parts and tables, or makes the form to choose a user or filter.

use tollgate_catalogue::Table;
use tollgate_scenario::Direction;
use tollgate_wording::list;

use super::definition::{KeyFigure, PageTable, PartDefinition, TableLayout};
use super::figures::TableFigures;
use super::request::PageRequest;
use super::view::{
    CaptionView, ChooserView, DefinitionView, KeyFigureView, LinkView, PageContent, PartView, TableBody, TableView,
};
use super::{graphs, rows, rules, summary};
use crate::refusal::HttpRefusal;

/// The content of a page, from the figures of every table that it shows.
///
/// # Errors
/// If the request has a number of rows that is not allowed.
pub(super) fn content(request: &PageRequest<'_>, figures: Vec<Vec<TableFigures>>) -> Result<PageContent, HttpRefusal> {
    if request.lacks_subject {
        return Ok(PageContent::Chooser(chooser(request)));
    }
    let is_headed = request.parts.len() > 1;
    let parts = request.parts.iter().zip(figures);
    let parts = parts.map(|(part, figures)| part_view(request, part, figures, is_headed)).collect::<Result<_, _>>()?;
    Ok(PageContent::Parts(parts))
}

fn part_view(
    request: &PageRequest<'_>,
    part: &PartDefinition,
    figures: Vec<TableFigures>,
    is_headed: bool,
) -> Result<PartView, HttpRefusal> {
    let key_figures = key_figures(part, &figures);
    let captions: Vec<CaptionView> = part.tables.iter().map(|table| caption(request, table)).collect();
    let follows_rule = part.tables.iter().any(|table| table.table.follows_rule());
    let rules = (request.page.rules && follows_rule).then(|| rules::switch(request, part, &figures));
    let mut tables = Vec::with_capacity(figures.len());
    for ((table, caption), figures) in part.tables.iter().zip(captions).zip(figures) {
        let graphs = graphs::of_table(request, table, &figures);
        let body = match &table.layout {
            TableLayout::Summary { category, unit, lines, .. } => {
                summary::body(request, (category, unit), lines, &figures)
            }
            TableLayout::OverTime { .. } => TableBody::Rows(rows::over_time(request, table, figures)?),
            TableLayout::Ranking { .. } => TableBody::Rows(rows::ranking(request, table, figures)?),
        };
        let is_compared = matches!(body, TableBody::Compare(_));
        let kind = if is_compared { "compared" } else { table.kind() };
        tables.push(TableView { caption, kind, graphs, body });
    }
    Ok(PartView { key: part.key.clone(), name: part.name.clone(), headed: is_headed, key_figures, rules, tables })
}

/// The key figures at the top of a part.
fn key_figures(part: &PartDefinition, figures: &[TableFigures]) -> Vec<KeyFigureView> {
    let view = |figure: &KeyFigure| {
        let counted = &figures[figure.table].counted;
        let rows = counted.count(&part.tables[figure.table].layout);
        let add_up = |columns: &Vec<usize>| columns.iter().map(|&column| counted.sums[column]).sum::<u64>();
        KeyFigureView {
            name: figure.name.clone(),
            count: figure.sum.as_ref().map_or(rows as u64, add_up),
            whole: figure.of.as_ref().map(add_up),
        }
    };
    part.figures.iter().map(view).collect()
}

/// The title of a table, the definitions of its columns, and the link to its export.
fn caption(request: &PageRequest<'_>, definition: &PageTable) -> CaptionView {
    let table = definition.table;
    CaptionView {
        id: table.section.clone(),
        title: title(request, table),
        definitions: definitions(definition),
        reading: reading(request, table),
        export_note: export_note(request, table),
        export_url: export_url(request, table),
    }
}

/// The title of a table. On a page about one user or filter, the title does not repeat the page's subject.
fn title(request: &PageRequest<'_>, table: &Table) -> String {
    let detail = table.title.split_once(" Detail - ").filter(|_| request.page.subject.is_some());
    detail.map_or_else(|| table.title.clone(), |(_, title)| title.to_owned())
}

/// A note on reading the table. On a page about one user or filter it replaces the catalogue's note, which is about the export of
/// all of them.
fn reading(request: &PageRequest<'_>, table: &Table) -> Option<String> {
    let Some(subject) = &request.page.subject else { return table.reading.clone() };
    let (noun, parameter) = (&subject.noun, &subject.parameter);
    Some(format!("The export contains only this {noun}. Without {parameter} in its URL, it contains every {noun}."))
}

fn export_url(request: &PageRequest<'_>, table: &Table) -> String {
    let page = request.page;
    let mut subject = Vec::new();
    if let (Some(about), Some(key)) = (&page.subject, request.subject) {
        if let Some(tabs) = &page.tabs {
            let part = page.parts.iter().find(|part| holds(part, table));
            subject.extend(part.map(|part| (tabs.as_str(), part.key.as_str())));
        }
        subject.push((about.parameter.as_str(), key));
    }
    request.url.export(&request.range, &table.section, &table.report_def_id, &subject)
}

fn holds(part: &PartDefinition, table: &Table) -> bool {
    part.tables.iter().any(|other| other.table.number == table.number)
}

fn export_note(request: &PageRequest<'_>, table: &Table) -> Option<String> {
    let own = &request.own_rules;
    let other = request.rule.filter(|rule| table.follows_rule() && rule.name != *own);
    other.map(|_| format!("The export uses the appliance's own counting rule, {own}."))
}

fn definitions(definition: &PageTable) -> Vec<DefinitionView> {
    let columns = definition.table.columns.iter().map(|column| DefinitionView {
        name: column.name.clone(),
        definition: column.definition.clone(),
        reading: column.reading.clone(),
    });
    let lines = match &definition.layout {
        TableLayout::Summary { lines, .. } => lines.as_slice(),
        TableLayout::OverTime { .. } | TableLayout::Ranking { .. } => &[],
    };
    // Sums that the page shows and the export does not contain.
    let added = lines.iter().filter(|line| line.columns.len() > 1).map(|line| {
        let names = list(line.columns.iter().map(|&at| &definition.table.columns[at].name));
        let definition = format!("The sum of {names}. The export does not contain it.");
        DefinitionView { name: line.name.clone(), definition, reading: None }
    });
    columns.chain(added).collect()
}

/// The form to choose a user or filter.
fn chooser(request: &PageRequest<'_>) -> ChooserView {
    let PageRequest { site, page, url, .. } = request;
    let (noun, parameter) = match &page.subject {
        Some(subject) => (subject.noun.clone(), subject.parameter.clone()),
        None => (String::new(), String::new()),
    };
    // Only filters are listed, because they are few. There may be many thousands of users.
    let is_wanted = |direction: &str| page.tabs.is_some() && request.parts.iter().any(|part| part.key == direction);
    let filters = site.history.simulation().directory().filters.iter();
    let choices = filters.filter(|filter| is_wanted(direction_name(filter.direction))).map(|filter| LinkView {
        name: filter.name.to_string(),
        url: url.clone().with(&parameter, &filter.name).to_string(),
        current: false,
    });
    let listing = request.menu.iter().find(|listed| Some(&listed.path) == page.within.as_ref()).map(|listed| {
        LinkView { name: listed.name.clone(), url: url.page(request.scope, &listed.path).to_string(), current: false }
    });
    ChooserView {
        choices: choices.collect(),
        path: url.path().to_owned(),
        hidden: url.parameters_without(&[&parameter]),
        list: listing,
        noun,
        parameter,
    }
}

/// The key of the part that shows the filters of a direction.
pub(super) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Incoming => "incoming",
        Direction::Outgoing => "outgoing",
    }
}
