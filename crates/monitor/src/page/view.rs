//! What templates are given: everything on a page, in words.

use askama::Template;
use tollgate_wording::{count, short};

/// A whole page.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct PageView {
    pub(super) head: Head,
    pub(super) title: String,
    /// Whom or what the page is about.
    pub(super) subject: Option<String>,
    pub(super) tabs: Vec<Choice>,
    pub(super) range: RangeView,
    pub(super) content: Content,
    pub(super) footer: String,
}

/// A page that says why there is no other.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(super) struct RefusalView {
    pub(super) head: Head,
    /// What was found and what is allowed.
    pub(super) line: String,
}

/// What stands around every page.
pub(super) struct Head {
    pub(super) style_url: String,
    pub(super) script_url: String,
    /// The appliances that can be looked at, all of them together included.
    pub(super) appliances: Vec<Choice>,
    /// The appliance that is looked at.
    pub(super) appliance: String,
    /// Where the clock stands, for people and for machines.
    pub(super) clock: String,
    pub(super) clock_machine: String,
    pub(super) menu: Vec<Choice>,
}

/// Something that can be chosen.
#[derive(Clone)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) current: bool,
}

/// The menu of ranges of time, and the range that is shown.
pub(super) struct RangeView {
    /// Where the form leads, and what it hands on.
    pub(super) path: String,
    pub(super) hidden: Vec<(String, String)>,
    /// The names in a URL and in the menu.
    pub(super) choices: Vec<RangeChoice>,
    pub(super) from: String,
    pub(super) to: String,
    /// The range in words.
    pub(super) span: String,
    pub(super) step: String,
    /// Whether no interval of it is over yet.
    pub(super) empty: bool,
}

pub(super) struct RangeChoice {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) current: bool,
}

/// What a page shows.
pub(super) enum Content {
    Parts(Vec<PartView>),
    /// Which user or filter the page should be about.
    Chooser(Chooser),
}

/// A form and a list to choose a user or a filter.
pub(super) struct Chooser {
    pub(super) noun: String,
    pub(super) parameter: String,
    pub(super) path: String,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) choices: Vec<Choice>,
    /// The page with all of them.
    pub(super) list: Option<Choice>,
}

/// A stretch of a page.
pub(super) struct PartView {
    pub(super) key: String,
    pub(super) name: String,
    /// Whether it has a heading: the only part of a page has not.
    pub(super) headed: bool,
    pub(super) figures: Vec<FigureView>,
    pub(super) rules: Option<RulesView>,
    pub(super) tables: Vec<TableView>,
}

/// A figure that a part begins with.
pub(super) struct FigureView {
    pub(super) name: String,
    pub(super) number: Number,
    pub(super) share: Option<String>,
}

/// The switch between counting rules.
pub(super) struct RulesView {
    pub(super) choices: Vec<Choice>,
    /// What the rule that is shown does.
    pub(super) definition: String,
    pub(super) compare: Choice,
    /// What is going on, where the page compares.
    pub(super) sentence: Option<String>,
}

/// A table with what belongs to it.
pub(super) struct TableView {
    pub(super) id: String,
    pub(super) title: String,
    /// What the style calls its layout.
    pub(super) kind: &'static str,
    /// Graphs with a caption each, as SVG.
    pub(super) graphs: Vec<GraphView>,
    pub(super) body: Body,
    /// What the columns mean.
    pub(super) definitions: Vec<Definition>,
    pub(super) reading: Option<String>,
    pub(super) export_url: String,
    /// What is to be said of the export.
    pub(super) export_note: Option<String>,
}

pub(super) struct GraphView {
    pub(super) caption: Option<String>,
    pub(super) svg: String,
}

pub(super) struct Definition {
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) reading: Option<String>,
}

/// The table itself.
pub(super) enum Body {
    Summary(SummaryView),
    Rows(RowsView),
    Compare(CompareView),
}

/// A table of one line for each column.
pub(super) struct SummaryView {
    pub(super) category: String,
    pub(super) unit: String,
    pub(super) lines: Vec<LineView>,
}

pub(super) struct LineView {
    pub(super) name: String,
    pub(super) total: bool,
    /// The percentage in words and as the length of a bar; none of the whole itself.
    pub(super) percent: Option<String>,
    pub(super) bar: String,
    pub(super) number: Number,
}

/// A table of many rows.
pub(super) struct RowsView {
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) total: usize,
    pub(super) sizes: Vec<Choice>,
}

pub(super) struct Heading {
    pub(super) name: String,
    pub(super) url: String,
    /// `ascending` or `descending`, if the table is sorted by it.
    pub(super) sorted: Option<&'static str>,
    pub(super) numeric: bool,
}

pub(super) struct Cell {
    pub(super) number: Number,
    pub(super) numeric: bool,
    pub(super) url: Option<String>,
}

/// Two summaries side by side.
pub(super) struct CompareView {
    pub(super) category: String,
    pub(super) unit: String,
    pub(super) counted_by: String,
    pub(super) truth_by: String,
    pub(super) lines: Vec<PairView>,
}

pub(super) struct PairView {
    pub(super) name: String,
    pub(super) total: bool,
    pub(super) counted: Number,
    pub(super) counted_percent: Option<String>,
    pub(super) truth: Number,
    pub(super) truth_percent: Option<String>,
    /// By how much they differ, if they do.
    pub(super) difference: Option<String>,
}

/// A number or a name as it is shown, and exactly where what is shown is not exact.
#[derive(Clone, Default)]
pub(super) struct Number {
    pub(super) shown: String,
    pub(super) exact: Option<String>,
}

impl Number {
    /// What needs no other writing.
    pub(super) fn plain(shown: String) -> Number {
        Number { shown, exact: None }
    }

    /// A count.
    pub(super) fn count(number: u64) -> Number {
        Number::rounded(short(number as f64), count(number))
    }

    /// What is shown of something exact.
    pub(super) fn rounded(shown: String, exact: String) -> Number {
        let exact = Some(exact).filter(|exact| *exact != shown);
        Number { shown, exact }
    }
}

impl RowsView {
    /// How many rows there are, in full.
    fn total_in_full(&self) -> String {
        count(self.total as u64)
    }
}
