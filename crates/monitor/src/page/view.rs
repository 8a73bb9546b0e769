//! The view of a page: the data of the templates. It holds values, and its methods give their text.

use askama::Template;
use tollgate_wording::{self as wording, ByteNames};

use super::definition::NumberFormat;
use super::figures::CellValue;
use super::moment;
use crate::range::{self, Range};

/// A whole page.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct PageView {
    pub(super) head: HeadView,
    pub(super) title: String,
    /// The user or filter that the page is about.
    pub(super) subject: Option<String>,
    pub(super) tabs: Vec<LinkView>,
    pub(super) range: RangeView,
    /// The times without figures.
    pub(super) notices: Vec<String>,
    pub(super) content: PageContent,
    /// The seed of the scenario.
    pub(super) seed: u64,
}

/// A page with a refusal.
#[derive(Template)]
#[template(path = "refusal.html")]
pub(super) struct RefusalView {
    pub(super) head: HeadView,
    /// The line of the refusal: the value that was found and the values that are allowed.
    pub(super) line: String,
}

/// The head of every page.
pub(super) struct HeadView {
    pub(super) style_url: String,
    pub(super) script_url: String,
    /// Links to the appliances, and to all of them merged.
    pub(super) appliances: Vec<LinkView>,
    /// The name of the appliance that the page shows.
    pub(super) appliance: String,
    /// The moment of the clock, in microseconds since the Unix epoch.
    pub(super) now_micros: u64,
    pub(super) menu: Vec<LinkView>,
    /// The token of the form that ends the session, if there is a session.
    pub(super) leave_token: Option<String>,
    /// A warning about the clock.
    pub(super) warning: Option<String>,
}

/// A link in a menu.
#[derive(Clone)]
pub(super) struct LinkView {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) current: bool,
}

/// The menu of time ranges, and the range that is shown.
pub(super) struct RangeView {
    /// The target of the form.
    pub(super) path: String,
    /// The parameters that the form keeps.
    pub(super) hidden: Vec<(String, String)>,
    pub(super) options: Vec<RangeOption>,
    pub(super) range: Range,
}

/// An entry of the menu of ranges.
pub(super) struct RangeOption {
    /// Its name in a URL.
    pub(super) name: &'static str,
    /// Its name in the menu.
    pub(super) label: &'static str,
    pub(super) current: bool,
}

/// The content of a page.
pub(super) enum PageContent {
    Parts(Vec<PartView>),
    /// A form to choose the user or filter for the page.
    Chooser(ChooserView),
}

/// A form and a list to choose a user or a filter.
pub(super) struct ChooserView {
    pub(super) noun: String,
    pub(super) parameter: String,
    pub(super) path: String,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) choices: Vec<LinkView>,
    /// The page that lists all of them.
    pub(super) list: Option<LinkView>,
}

/// A part of a page.
pub(super) struct PartView {
    pub(super) key: String,
    pub(super) name: String,
    /// True if the part shows its heading. A single part hides it.
    pub(super) headed: bool,
    pub(super) key_figures: Vec<KeyFigureView>,
    pub(super) rules: Option<RulesView>,
    pub(super) tables: Vec<TableView>,
}

/// A key figure at the top of a part.
pub(super) struct KeyFigureView {
    pub(super) name: String,
    pub(super) count: u64,
    /// The count of which it is also shown as a percentage.
    pub(super) whole: Option<u64>,
}

/// The switch between counting rules.
pub(super) struct RulesView {
    pub(super) choices: Vec<LinkView>,
    /// The definition of the rule that is shown.
    pub(super) definition: String,
    pub(super) compare: LinkView,
    /// A summary of the comparison, if the page compares.
    pub(super) sentence: Option<String>,
}

/// A table with its graphs and its caption.
pub(super) struct TableView {
    pub(super) caption: CaptionView,
    /// The name of its layout in the style sheet.
    pub(super) kind: &'static str,
    pub(super) graphs: Vec<GraphView>,
    pub(super) body: TableBody,
}

/// The title of a table, the definitions of its columns, and the link to its export.
pub(super) struct CaptionView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) definitions: Vec<DefinitionView>,
    pub(super) reading: Option<String>,
    pub(super) export_url: String,
    /// A note beside the link.
    pub(super) export_note: Option<String>,
}

/// A graph as SVG.
pub(super) struct GraphView {
    pub(super) caption: Option<String>,
    pub(super) svg: String,
}

pub(super) struct DefinitionView {
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) reading: Option<String>,
}

/// The body of a table.
pub(super) enum TableBody {
    Summary(SummaryView),
    Rows(RowsView),
    Compare(CompareView),
}

/// A table with one line for each column of the catalogue's table.
pub(super) struct SummaryView {
    pub(super) category: String,
    pub(super) unit: String,
    pub(super) lines: Vec<LineView>,
}

pub(super) struct LineView {
    pub(super) name: String,
    pub(super) total: bool,
    /// True if this line is the whole of the percentages.
    pub(super) is_whole: bool,
    pub(super) count: u64,
    /// The whole of the percentages.
    pub(super) whole: u64,
}

/// A table with one row for each key or interval.
pub(super) struct RowsView {
    pub(super) headings: Vec<HeadingView>,
    pub(super) rows: Vec<Vec<CellView>>,
    pub(super) total: usize,
    pub(super) sizes: Vec<LinkView>,
}

pub(super) struct HeadingView {
    pub(super) name: String,
    pub(super) url: String,
    /// `ascending` or `descending`, if the table is sorted by it.
    pub(super) sorted: Option<&'static str>,
    pub(super) numeric: bool,
}

pub(super) struct CellView {
    pub(super) value: PageValue,
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

/// A line as counted, and the same line with the true figures.
pub(super) struct PairView {
    pub(super) counted: LineView,
    pub(super) truth: LineView,
}

/// A value on a page.
#[derive(Clone, Debug)]
pub(super) enum PageValue {
    Count(u64),
    /// The value of a cell, in the format of its column.
    Cell(NumberFormat, CellValue),
    /// The minute of a moment in microseconds since the Unix epoch.
    Minute(u64),
}

/// The text of a value.
struct ValueWords {
    shown: String,
    /// The exact value, if the shown text is rounded.
    exact: Option<String>,
}

impl PageView {
    fn footer(&self) -> String {
        format!("Seed {} · {} {}", self.seed, self.range.span(), self.range.step())
    }
}

impl HeadView {
    fn clock(&self) -> String {
        wording::moment(self.now_micros)
    }

    /// The clock in machine-readable form.
    fn clock_machine(&self) -> String {
        wording::iso(self.now_micros)
    }
}

impl RangeView {
    fn from(&self) -> String {
        range::stamp(self.range.from_micros)
    }

    fn to(&self) -> String {
        range::stamp(self.range.to_micros)
    }

    fn span(&self) -> String {
        moment::span(&self.range)
    }

    fn step(&self) -> String {
        moment::step(&self.range)
    }

    /// True if the range has no complete interval yet.
    fn is_empty(&self) -> bool {
        self.range.from_micros == self.range.to_micros
    }
}

impl KeyFigureView {
    fn words(&self) -> ValueWords {
        PageValue::Count(self.count).words()
    }

    fn share(&self) -> Option<String> {
        self.whole.map(|whole| wording::percent_of(self.count, whole))
    }
}

impl LineView {
    fn words(&self) -> ValueWords {
        PageValue::Count(self.count).words()
    }

    /// The percentage of the whole, or `None` for the whole itself.
    fn percent(&self) -> Option<String> {
        (!self.is_whole).then(|| wording::percent_of(self.count, self.whole))
    }

    /// The length of the bar, as a percentage.
    fn bar(&self) -> String {
        format!("{:.1}%", 100.0 * self.count as f64 / self.whole.max(1) as f64)
    }
}

impl PairView {
    /// The difference of the counted from the true figure, if they differ.
    fn difference(&self) -> Option<String> {
        let difference = i128::from(self.counted.count) - i128::from(self.truth.count);
        (difference != 0).then(|| wording::signed(difference as f64, wording::exact))
    }
}

impl RowsView {
    fn total_in_full(&self) -> String {
        wording::count(self.total as u64)
    }
}

impl PageValue {
    fn words(&self) -> ValueWords {
        match self {
            PageValue::Count(count) => ValueWords::rounded(wording::short(*count as f64), wording::count(*count)),
            PageValue::Minute(micros) => ValueWords::exact(wording::moment(*micros)),
            PageValue::Cell(format, value) => cell_words(*format, value),
        }
    }
}

impl ValueWords {
    fn exact(shown: String) -> ValueWords {
        ValueWords { shown, exact: None }
    }

    fn rounded(shown: String, exact: String) -> ValueWords {
        let exact = Some(exact).filter(|exact| *exact != shown);
        ValueWords { shown, exact }
    }
}

fn cell_words(format: NumberFormat, value: &CellValue) -> ValueWords {
    let number = value.number().unwrap_or_default();
    match (format, value) {
        (NumberFormat::Name, _) => ValueWords::exact(value.name()),
        (NumberFormat::Count, CellValue::Count(count)) => PageValue::Count(*count).words(),
        (NumberFormat::Moment, CellValue::Count(seconds)) => {
            let micros = i128::from(*seconds) * 1_000_000;
            ValueWords::rounded(wording::moment(micros), wording::iso(micros))
        }
        (NumberFormat::Seconds, _) => {
            ValueWords::rounded(wording::duration(number), format!("{} seconds", wording::exact(number)))
        }
        (NumberFormat::Bytes, _) => {
            let exact = format!("{} bytes", wording::exact(number));
            ValueWords::rounded(wording::bytes(number, ByteNames::Appliance), exact)
        }
        (NumberFormat::Percent, _) => ValueWords::exact(wording::percent(number / 100.0)),
        (NumberFormat::Number | NumberFormat::Count | NumberFormat::Moment, _) => {
            ValueWords::rounded(wording::number(number), wording::exact(number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_short_with_its_exact_figure_beside_it() {
        let cases = [
            (NumberFormat::Count, CellValue::Count(12_609), "12.6k", Some("12,609")),
            (NumberFormat::Name, CellValue::Count(12_609), "12609", None),
            (NumberFormat::Name, CellValue::Score(Some(-25)), "-2.5", None),
            (NumberFormat::Name, CellValue::Score(None), "None", None),
            (NumberFormat::Number, CellValue::Number(111_587.886_555), "111,588", Some("111,587.886555")),
            (NumberFormat::Percent, CellValue::Percent(96.649), "96.6%", None),
            (NumberFormat::Seconds, CellValue::Number(252.4), "4 min 12 s", Some("252.4 seconds")),
            (NumberFormat::Bytes, CellValue::Count(1_536), "1.5 KB", Some("1,536 bytes")),
            (
                NumberFormat::Moment,
                CellValue::Count(1_228_212_000),
                "Tue 2 Dec 2008 10:00 GMT",
                Some("2008-12-02T10:00:00Z"),
            ),
        ];
        for (format, value, shown, exact) in cases {
            let words = cell_words(format, &value);
            assert_eq!((words.shown.as_str(), words.exact.as_deref()), (shown, exact));
        }
    }
}
