//! What a page is asked to show, and the figures for it.

use tollgate_catalogue::{Rule, Table};
use tollgate_wording::percent_of;

use super::here::{Here, export_url};
use super::layout::{Block, Layout, Page, Part};
use super::view::{Body, Definition, FigureView, GraphView, Number, TableView};
use super::{rows, summary};
use crate::figures::{Figure, Intervals, Wanted};
use crate::range::{Query, Range};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::site::Site;

/// What a page is asked to show.
pub(super) struct Asked<'a> {
    pub(super) site: &'a Site,
    pub(super) scope: &'a Scope,
    pub(super) page: &'static Page,
    pub(super) range: &'a Range,
    pub(super) query: &'a Query,
    pub(super) here: &'a Here,
    /// The user or filter that the page is about.
    pub(super) subject: Option<&'a str>,
    /// The counting rule; without one, each appliance's own.
    pub(super) rule: Option<&'static Rule>,
    /// The rule that tells the truth, if the page shows it beside the other.
    pub(super) truth: Option<&'static Rule>,
}

/// A table that has been made.
pub(super) struct Made {
    pub(super) view: TableView,
    /// The sum of each column over all rows; zero where there is nothing to add up.
    pub(super) sums: Vec<u64>,
    pub(super) rows: usize,
    /// The sums of the same table in truth, if the page compares.
    pub(super) truth: Option<Vec<u64>>,
}

/// What the body of a table is made of.
pub(super) struct Contents {
    pub(super) graphs: Vec<GraphView>,
    pub(super) body: Body,
    pub(super) sums: Vec<u64>,
    pub(super) rows: usize,
    pub(super) truth: Option<Vec<u64>>,
}

impl Asked<'_> {
    /// A table of the page.
    pub(super) fn make(&self, block: &Block) -> Result<Made, Refusal> {
        let Contents { graphs, body, sums, rows, truth } = match &block.layout {
            Layout::Summary { category, unit, lines, graph } => {
                summary::make(self, block, category, unit, lines, graph.as_deref())?
            }
            Layout::OverTime { lines, graph, stacked } => rows::make_over_time(self, block, lines, graph, *stacked)?,
            Layout::Ranking { graphs } => rows::make_ranking(self, block, graphs)?,
        };
        let kind = match (&block.layout, &body) {
            (_, Body::Compare(_)) => "compared",
            (Layout::Summary { .. }, _) => "turned",
            (Layout::OverTime { .. }, _) if block.columns.len() < 4 => "timed",
            // A table of few columns leaves room for its graph beside it.
            (Layout::Ranking { graphs }, _) if graphs.len() == 1 && block.columns.len() < 5 => "turned",
            (Layout::OverTime { .. } | Layout::Ranking { .. }, _) => "listed",
        };
        let table = block.table;
        let view = TableView {
            id: table.section.clone(),
            title: self.title(table),
            kind,
            graphs,
            body,
            definitions: definitions(block),
            reading: self.reading(table),
            export_url: self.export_url(table),
            export_note: self.export_note(table),
        };
        Ok(Made { view, sums, rows, truth })
    }

    /// The figures that a part begins with.
    pub(super) fn key_figures(&self, part: &Part, made: &[Made]) -> Vec<FigureView> {
        let figure = |figure: &super::layout::KeyFigure| {
            let made = &made[figure.block];
            let add_up = |columns: &Vec<usize>| columns.iter().map(|&column| made.sums[column]).sum::<u64>();
            let count = figure.sum.as_ref().map_or(made.rows as u64, add_up);
            let share = figure.of.as_ref().map(|of| percent_of(count, add_up(of)));
            FigureView { name: figure.name.clone(), number: Number::count(count), share }
        };
        part.figures.iter().map(figure).collect()
    }

    /// The rows of a table over the whole range.
    pub(super) fn totals(&self, table: &'static Table) -> Result<Vec<Vec<Figure>>, Refusal> {
        self.wanted(table, self.rule).totals(self.site)
    }

    /// The rows of a table in each interval.
    pub(super) fn over_time(&self, table: &'static Table) -> Result<Intervals, Refusal> {
        self.wanted(table, self.rule).over_time(self.site)
    }

    /// The same as it truly was, if the page compares and that makes a difference to the table.
    pub(super) fn truth_totals(&self, table: &'static Table) -> Result<Option<Vec<Vec<Figure>>>, Refusal> {
        let truth = self.truth.filter(|_| table.follows_rule());
        truth.map(|rule| self.wanted(table, Some(rule)).totals(self.site)).transpose()
    }

    /// The same as it truly was, if the page compares and that makes a difference to the table.
    pub(super) fn truth_over_time(&self, table: &'static Table) -> Result<Option<Intervals>, Refusal> {
        let truth = self.truth.filter(|_| table.follows_rule());
        truth.map(|rule| self.wanted(table, Some(rule)).over_time(self.site)).transpose()
    }

    /// The names of the rules that the appliances of the page count by, when no other is asked for.
    pub(super) fn own_rules(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for place in self.site.appliances(self.scope) {
            let name = self.site.history.scenario().appliances[place].counting.rule.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }

    fn wanted(&self, table: &'static Table, rule: Option<&'static Rule>) -> Wanted<'_> {
        let rule = rule.filter(|_| table.follows_rule());
        Wanted { scope: self.scope, table, range: self.range, rule, key: self.subject }
    }

    /// The title of a table on the page. Where the page is about one user or filter, it need not say so again.
    fn title(&self, table: &Table) -> String {
        let detail = table.title.split_once(" Detail - ").filter(|_| self.page.subject.is_some());
        detail.map_or_else(|| table.title.clone(), |(_, title)| title.to_owned())
    }

    /// How the table is read. What the catalogue says of a table about one user or filter is of the export without that
    /// restriction, and the link has it.
    fn reading(&self, table: &Table) -> Option<String> {
        let Some(subject) = &self.page.subject else { return table.reading.clone() };
        let (noun, parameter) = (&subject.noun, &subject.parameter);
        Some(format!("The export is of this {noun} alone; without {parameter} in its URL it holds every {noun}."))
    }

    fn export_url(&self, table: &Table) -> String {
        let mut subject = Vec::new();
        if let (Some(about), Some(key)) = (&self.page.subject, self.subject) {
            if let Some(tabs) = &self.page.tabs {
                let part = self.page.parts.iter().find(|part| holds(part, table));
                subject.extend(part.map(|part| (tabs.as_str(), part.key.as_str())));
            }
            subject.push((about.parameter.as_str(), key));
        }
        export_url(self.here, self.range, &table.section, &table.report_def_id, &subject)
    }

    fn export_note(&self, table: &Table) -> Option<String> {
        let other = self.rule.filter(|_| table.follows_rule());
        let other = other.filter(|rule| rule.name != self.own_rules());
        other.map(|_| format!("The export is by the appliance's own rule, {}.", self.own_rules()))
    }
}

fn holds(part: &Part, table: &Table) -> bool {
    part.blocks.iter().any(|block| block.table.number == table.number)
}

fn definitions(block: &Block) -> Vec<Definition> {
    let columns = block.table.columns.iter().map(|column| Definition {
        name: column.name.clone(),
        definition: column.definition.clone(),
        reading: column.reading.clone(),
    });
    let lines = match &block.layout {
        Layout::Summary { lines, .. } => lines.as_slice(),
        Layout::OverTime { .. } | Layout::Ranking { .. } => &[],
    };
    // Sums that the page adds and the export does not have.
    let added = lines.iter().filter(|line| line.columns.len() > 1).map(|line| {
        let names: Vec<&str> = line.columns.iter().map(|&at| block.table.columns[at].name.as_str()).collect();
        let definition = format!("The sum of {}. It is not in the export.", names.join(", "));
        Definition { name: line.name.clone(), definition, reading: None }
    });
    columns.chain(added).collect()
}
