//! Lays out the figures of a page: parts and their tables, or a choice of what the page is about.

use tollgate_scenario::Direction;

use super::definition::{KeyFigure, PartDefinition, TableLayout};
use super::figures::TableFigures;
use super::request::PageRequest;
use super::view::{ChooserView, KeyFigureView, LinkView, PageContent, PartView, TableBody};
use super::{graphs, rows, rules, summary, table};
use crate::refusal::Refusal;

/// The content of a page, from the figures of every table that it shows.
///
/// # Errors
/// If it is asked for a number of rows that cannot be chosen.
pub(super) fn content(request: &PageRequest<'_>, figures: Vec<Vec<TableFigures>>) -> Result<PageContent, Refusal> {
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
) -> Result<PartView, Refusal> {
    let key_figures = key_figures(part, &figures);
    let follows_rule = part.tables.iter().any(|table| table.table.follows_rule());
    let rules = (request.page.rules && follows_rule).then(|| rules::view(request, part, &figures));
    let mut tables = Vec::with_capacity(figures.len());
    for (table, figures) in part.tables.iter().zip(figures) {
        let graphs = graphs::of_table(request, table, &figures);
        let body = match &table.layout {
            TableLayout::Summary { category, unit, lines, .. } => {
                summary::body(request, (category, unit), lines, &figures)
            }
            TableLayout::OverTime { .. } => TableBody::Rows(rows::over_time(request, table, figures)?),
            TableLayout::Ranking { .. } => TableBody::Rows(rows::ranking(request, table, figures)?),
        };
        tables.push(table::view(request, table, graphs, body));
    }
    Ok(PartView { key: part.key.clone(), name: part.name.clone(), headed: is_headed, key_figures, rules, tables })
}

/// The figures that a part begins with.
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

/// The choice of a user or filter, for a page that is about one.
fn chooser(request: &PageRequest<'_>) -> ChooserView {
    let PageRequest { site, page, url, .. } = request;
    let (noun, parameter) = match &page.subject {
        Some(subject) => (subject.noun.clone(), subject.parameter.clone()),
        None => (String::new(), String::new()),
    };
    // There are few filters, so they are listed. There may be many thousands of users.
    let is_wanted = |direction: &str| page.tabs.is_some() && request.parts.iter().any(|part| part.key == direction);
    let filters = site.history.simulation().directory().filters.iter();
    let choices = filters.filter(|filter| is_wanted(direction_name(filter.direction))).map(|filter| LinkView {
        name: filter.name.to_string(),
        url: url.clone().with(&parameter, &filter.name).to_string(),
        current: false,
    });
    let list = request.menu.iter().find(|listed| Some(&listed.path) == page.within.as_ref()).map(|listed| LinkView {
        name: listed.name.clone(),
        url: url.page(request.scope, &listed.path).to_string(),
        current: false,
    });
    ChooserView {
        choices: choices.collect(),
        path: url.path().to_owned(),
        hidden: url.parameters_without(&[&parameter]),
        list,
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
