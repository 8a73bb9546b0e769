//! A table of a page, with its graphs, its definitions and its export.

use tollgate_report::Table;

use super::definition::{PageTable, PartDefinition, TableLayout};
use super::request::PageRequest;
use super::url::export_url;
use super::view::{DefinitionView, GraphView, TableBody, TableView};

/// A table of a page.
pub(super) fn view(
    request: &PageRequest<'_>,
    definition: &PageTable,
    graphs: Vec<GraphView>,
    body: TableBody,
) -> TableView {
    let table = definition.table;
    TableView {
        id: table.section.clone(),
        title: title(request, table),
        kind: kind(definition, &body),
        definitions: definitions(definition),
        reading: reading(request, table),
        export_url: url_of_export(request, table),
        export_note: export_note(request, table),
        graphs,
        body,
    }
}

/// The name of the layout in the style sheet.
fn kind(definition: &PageTable, body: &TableBody) -> &'static str {
    match (&definition.layout, body) {
        (_, TableBody::Compare(_)) => "compared",
        (TableLayout::Summary { .. }, _) => "turned",
        (TableLayout::OverTime { .. }, _) if definition.columns.len() < 4 => "timed",
        // A table of few columns leaves room for its graph beside it.
        (TableLayout::Ranking { graphs }, _) if graphs.len() == 1 && definition.columns.len() < 5 => "turned",
        (TableLayout::OverTime { .. } | TableLayout::Ranking { .. }, _) => "listed",
    }
}

/// The title of a table on the page. A page about one user or filter does not repeat it.
fn title(request: &PageRequest<'_>, table: &Table) -> String {
    let detail = table.title.split_once(" Detail - ").filter(|_| request.page.subject.is_some());
    detail.map_or_else(|| table.title.clone(), |(_, title)| title.to_owned())
}

/// How the table is read. For a table about one user or filter, the catalogue speaks of the export of all of them; the
/// link here restricts it to one.
fn reading(request: &PageRequest<'_>, table: &Table) -> Option<String> {
    let Some(subject) = &request.page.subject else { return table.reading.clone() };
    let (noun, parameter) = (&subject.noun, &subject.parameter);
    Some(format!("The export is of this {noun} alone; without {parameter} in its URL it holds every {noun}."))
}

fn url_of_export(request: &PageRequest<'_>, table: &Table) -> String {
    let page = request.page;
    let mut subject = Vec::new();
    if let (Some(about), Some(key)) = (&page.subject, request.subject) {
        if let Some(tabs) = &page.tabs {
            let part = page.parts.iter().find(|part| holds(part, table));
            subject.extend(part.map(|part| (tabs.as_str(), part.key.as_str())));
        }
        subject.push((about.parameter.as_str(), key));
    }
    export_url(&request.url, &request.range, &table.section, &table.report_def_id, &subject)
}

fn holds(part: &PartDefinition, table: &Table) -> bool {
    part.tables.iter().any(|other| other.table.number == table.number)
}

fn export_note(request: &PageRequest<'_>, table: &Table) -> Option<String> {
    let own = &request.own_rules;
    let other = request.rule.filter(|rule| table.follows_rule() && rule.name != *own);
    other.map(|_| format!("The export is by the appliance's own rule, {own}."))
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
    // Sums that the page adds and the export does not have.
    let added = lines.iter().filter(|line| line.columns.len() > 1).map(|line| {
        let names: Vec<&str> = line.columns.iter().map(|&at| definition.table.columns[at].name.as_str()).collect();
        let definition = format!("The sum of {}. It is not in the export.", names.join(", "));
        DefinitionView { name: line.name.clone(), definition, reading: None }
    });
    columns.chain(added).collect()
}
