//! Tables of many rows: one for each key, or one for each interval.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use tollgate_chart::{OverTime, Ranking, SeriesRole};
use tollgate_wording::{self as wording, ByteNames, exact};

use super::asked::{Asked, Contents};
use super::here::Here;
use super::layout::{Block, Format, Layout, Line, TopTen};
use super::summary::{add, series_of, sums_of};
use super::view::{Body, Cell, Choice, GraphView, Heading, Number, RowsView};
use crate::figures::Figure;
use crate::refusal::{Refusal, shown};

/// How many rows can be shown.
const SIZES: [usize; 4] = [10, 20, 50, 100];

/// How many rows are shown of tables that are not asked for more.
const USUAL_SIZE: usize = 10;

/// How many bars a graph has.
const BARS: usize = 10;

/// What a table can be sorted by besides its columns: the beginning of the interval.
const TIME: &str = "Begin Date";

/// The column whose truth is shown beside it where the page compares, and what the two further columns are called.
const COMPARED: &str = "Total Connections";
const IN_TRUTH: [&str; 2] = ["In truth", "Not counted"];

/// A table that is shown: the columns of the catalogue, and what is shown behind them.
struct Sheet<'a> {
    block: &'a Block,
    names: Vec<&'a str>,
    formats: Vec<Format>,
    /// The columns that are shown, by their places among the names.
    shown: Vec<usize>,
    /// The column that it is sorted by unless it is asked otherwise; without one, the time.
    usual: Option<usize>,
}

impl<'a> Sheet<'a> {
    fn new(block: &'a Block) -> Sheet<'a> {
        let names = block.table.columns.iter().map(|column| column.name.as_str()).collect();
        let usual = usual_column(block);
        Sheet { block, names, formats: block.formats.clone(), shown: block.columns.clone(), usual }
    }

    /// Adds a column of counts behind the others.
    fn push(&mut self, name: &'a str) {
        self.shown.push(self.names.len());
        self.names.push(name);
        self.formats.push(Format::Count);
    }

    fn section(&self) -> &str {
        &self.block.table.section
    }
}

/// The contents of a table of one row for each key.
pub(super) fn make_ranking(asked: &Asked<'_>, block: &Block, graphs: &[TopTen]) -> Result<Contents, Refusal> {
    let mut rows = asked.totals(block.table)?;
    let mut sums = vec![0; block.table.columns.len()];
    rows.iter().for_each(|row| add(&mut sums, row));
    let captioned = graphs.len() > 1;
    let graphs = graphs.iter().filter_map(|graph| draw_top(block, graph, &rows, captioned)).collect();
    let mut sheet = Sheet::new(block);
    if let Some(truth) = asked.truth_totals(block.table)? {
        IN_TRUTH.into_iter().for_each(|name| sheet.push(name));
        sheet.usual = sheet.shown.last().copied();
        rows = beside_truth(&sheet, rows, truth);
    }
    let order = Order::read(asked, &sheet, false);
    let size = size_of(asked, block)?;
    let shown = order.first(&rows, size, |row| row);
    let cells = shown.into_iter().map(|row| cells_of(asked, &sheet, row)).collect();
    let body = Body::Rows(RowsView {
        headings: headings(asked, &sheet, &order, false),
        rows: cells,
        total: rows.len(),
        sizes: sizes(asked, block, size, rows.len()),
    });
    Ok(Contents { graphs, body, sums, rows: rows.len(), truth: None })
}

/// Rows as they are counted with their connections in truth, and how many of these are not counted. Keys that are only in one
/// of the two have a row, too.
fn beside_truth(sheet: &Sheet<'_>, counted: Vec<Vec<Figure>>, truth: Vec<Vec<Figure>>) -> Vec<Vec<Figure>> {
    let Some(column) = sheet.names.iter().position(|name| *name == COMPARED) else { return counted };
    let key = |row: &[Figure]| text_of(Format::Name, &row[0]).shown;
    let count = |row: &[Figure]| if let Figure::Count(count) = row[column] { count } else { 0 };
    let mut truths: BTreeMap<String, Vec<Figure>> = truth.into_iter().map(|row| (key(&row), row)).collect();
    let both = |mut row: Vec<Figure>, truth: u64| {
        let missing = truth.saturating_sub(count(&row));
        row.extend([Figure::Count(truth), Figure::Count(missing)]);
        row
    };
    let mut rows = Vec::with_capacity(counted.len());
    for row in counted {
        let truth = truths.remove(&key(&row)).map_or(0, |truth| count(&truth));
        rows.push(both(row, truth));
    }
    for (_, truth) in truths {
        let nothing =
            |figure: &Figure| if matches!(figure, Figure::Text(_)) { figure.clone() } else { Figure::Count(0) };
        rows.push(both(truth.iter().map(nothing).collect(), count(&truth)));
    }
    rows
}

/// The contents of a table of one row for each interval.
pub(super) fn make_over_time(
    asked: &Asked<'_>,
    block: &Block,
    lines: &[Line],
    graph: &str,
    stacked: bool,
) -> Result<Contents, Refusal> {
    let intervals = asked.over_time(block.table)?;
    let sums = sums_of(block, &intervals);
    let series = series_of(lines, &intervals);
    let begins: Vec<u64> = intervals.iter().map(|&(begin, _)| begin).collect();
    let unit = lines.first().and_then(|line| line.columns.first()).map_or(Format::Count, |&at| block.formats[at]);
    let graph = OverTime {
        title: graph,
        begins_micros: &begins,
        interval_micros: asked.range.interval_micros,
        series: &series,
        stacked,
        logarithmic: false,
        unit: unit.unit(),
        level: None,
    };
    let graphs = if begins.is_empty() { Vec::new() } else { vec![GraphView { caption: None, svg: graph.svg() }] };
    let nothing: Vec<Figure> = block.formats.iter().map(|_| Figure::Count(0)).collect();
    let rows: Vec<(u64, &[Figure])> = intervals
        .iter()
        .map(|(begin, rows)| (*begin, rows.first().map_or(nothing.as_slice(), Vec::as_slice)))
        .collect();
    let sheet = Sheet::new(block);
    let order = Order::read(asked, &sheet, true);
    let size = size_of(asked, block)?;
    let shown = match order.column {
        Some(_) => order.first(&rows, size, |row| row.1),
        None if order.descending => rows.iter().rev().take(size).collect(),
        None => rows.iter().take(size).collect(),
    };
    let row = |&(begin, row): &(u64, &[Figure])| {
        let time = Number::plain(wording::moment(begin));
        let mut cells = vec![Cell { number: time, numeric: false, url: None }];
        cells.extend(cells_of(asked, &sheet, row));
        cells
    };
    let body = Body::Rows(RowsView {
        headings: headings(asked, &sheet, &order, true),
        rows: shown.into_iter().map(row).collect(),
        total: rows.len(),
        sizes: sizes(asked, block, size, rows.len()),
    });
    Ok(Contents { graphs, body, rows: rows.len(), sums, truth: None })
}

/// By what a table is sorted.
struct Order {
    /// The column; without one, the time.
    column: Option<usize>,
    descending: bool,
}

impl Order {
    /// The order that is asked for by the appliance's own parameters. What they say in words of the appliance's database is
    /// passed over, as a link of its pages has it.
    fn read(asked: &Asked<'_>, sheet: &Sheet<'_>, over_time: bool) -> Order {
        let section = sheet.section();
        let called = |name: &str| sheet.shown.iter().copied().find(|&at| sheet.names[at] == name);
        let column = match asked.query.get(&format!("sort_col_{section}")) {
            Some(TIME) if over_time => None,
            Some(name) => called(name).or(sheet.usual),
            None => sheet.usual,
        };
        let descending = match asked.query.get(&format!("sort_order_{section}")) {
            Some("asc") => false,
            Some(_) => true,
            None => column.is_none_or(|at| is_numeric(sheet.formats[at])),
        };
        Order { column, descending }
    }

    /// The first rows in that order; those that are alike stay in theirs.
    fn first<'r, Row>(&self, rows: &'r [Row], size: usize, figures: impl Fn(&'r Row) -> &'r [Figure]) -> Vec<&'r Row> {
        let Some(column) = self.column else { return rows.iter().take(size).collect() };
        let mut places: Vec<usize> = (0..rows.len()).collect();
        let before = |one: &usize, two: &usize| {
            let order = compare(&figures(&rows[*one])[column], &figures(&rows[*two])[column]);
            let order = if self.descending { order.reverse() } else { order };
            order.then(one.cmp(two))
        };
        // Only what is shown need be in order: of a million addresses, a hundred at most.
        if size < places.len() {
            places.select_nth_unstable_by(size, before);
            places.truncate(size);
        }
        places.sort_unstable_by(before);
        places.into_iter().map(|place| &rows[place]).collect()
    }
}

/// The column that a ranking is sorted by unless it is asked otherwise: the first total, or the first that is drawn, or the
/// first number.
fn usual_column(block: &Block) -> Option<usize> {
    let Layout::Ranking { graphs } = &block.layout else { return None };
    let total = block.columns.iter().copied().find(|&at| block.table.columns[at].name.starts_with("Total "));
    let drawn = || graphs.first().and_then(|graph| graph.parts.first()).map(|&(part, _)| part);
    let number = || block.columns.iter().copied().find(|&at| is_numeric(block.formats[at]));
    total.or_else(drawn).or_else(number)
}

fn compare(one: &Figure, two: &Figure) -> Ordering {
    match (one, two) {
        (Figure::Text(one), Figure::Text(two)) => one.cmp(two),
        (Figure::Flag(one), Figure::Flag(two)) => one.cmp(two),
        (Figure::Address(one), Figure::Address(two)) => one.cmp(two),
        (Figure::Score(one), Figure::Score(two)) => one.cmp(two),
        (Figure::Count(one), Figure::Count(two)) => one.cmp(two),
        _ => one.number().unwrap_or_default().total_cmp(&two.number().unwrap_or_default()),
    }
}

fn is_numeric(format: Format) -> bool {
    !matches!(format, Format::Name | Format::Moment)
}

fn draw_top(block: &Block, graph: &TopTen, rows: &[Vec<Figure>], captioned: bool) -> Option<GraphView> {
    let length = |row: &Vec<Figure>| graph.parts.iter().filter_map(|&(part, _)| row[part].number()).sum::<f64>();
    let lengths = rows.iter().enumerate().map(|(place, row)| (length(row), place));
    let mut longest: Vec<(f64, usize)> = lengths.filter(|(length, _)| *length > 0.0).collect();
    let before = |one: &(f64, usize), two: &(f64, usize)| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1));
    if longest.len() > BARS {
        longest.select_nth_unstable_by(BARS, before);
        longest.truncate(BARS);
    }
    longest.sort_unstable_by(before);
    let name = block.columns.first().copied().unwrap_or_default();
    let bar = |row: &Vec<Figure>| {
        let values = graph.parts.iter().map(|&(part, _)| row[part].number().unwrap_or_default());
        (text_of(Format::Name, &row[name]).shown, values.collect())
    };
    let bars: Vec<(String, Vec<f64>)> = longest.into_iter().map(|(_, place)| bar(&rows[place])).collect();
    let parts: Vec<(String, SeriesRole)> =
        graph.parts.iter().map(|&(part, role)| (block.table.columns[part].name.clone(), role)).collect();
    let unit = graph.parts.first().map_or(Format::Count, |&(part, _)| block.formats[part]).unit();
    let svg = || Ranking { title: &graph.title, bars: &bars, parts: &parts, unit }.svg();
    let caption = captioned.then(|| graph.title.clone());
    (!bars.is_empty()).then(|| GraphView { caption, svg: svg() })
}

fn headings(asked: &Asked<'_>, sheet: &Sheet<'_>, order: &Order, over_time: bool) -> Vec<Heading> {
    let time = over_time.then_some((None, TIME, false));
    let columns = sheet.shown.iter().map(|&at| (Some(at), sheet.names[at], is_numeric(sheet.formats[at])));
    let section = sheet.section();
    let heading = |(column, name, numeric): (Option<usize>, &str, bool)| {
        let is_sorted = column == order.column;
        // Numbers and times are wanted from the greatest on first, names from A on.
        let descending = if is_sorted { !order.descending } else { numeric || column.is_none() };
        let url = asked.here.clone().with(&format!("sort_col_{section}"), name);
        let url = url.with(&format!("sort_order_{section}"), if descending { "desc" } else { "asc" });
        // A moment is not shown as the number that the heading speaks of.
        let shown = name.split_once(" (UNIX").map_or(name, |(shown, _)| shown);
        Heading {
            name: shown.to_owned(),
            url: format!("{}#{section}", url.url()),
            sorted: is_sorted.then_some(if order.descending { "descending" } else { "ascending" }),
            numeric,
        }
    };
    time.into_iter().chain(columns).map(heading).collect()
}

fn size_of(asked: &Asked<'_>, block: &Block) -> Result<usize, Refusal> {
    let name = format!("rows_{}", block.table.section);
    let Some(text) = asked.query.get(&name) else { return Ok(USUAL_SIZE) };
    let found = SIZES.into_iter().find(|size| size.to_string() == text);
    found.ok_or_else(|| Refusal::bad(format!("{name}: found {}, allowed are 10, 20, 50, 100", shown(text))))
}

/// The menu of how many rows are shown; empty where the least shows all.
fn sizes(asked: &Asked<'_>, block: &Block, current: usize, total: usize) -> Vec<Choice> {
    let section = &block.table.section;
    let choice = |size: usize| {
        let url = asked.here.clone().with(&format!("rows_{section}"), &size.to_string());
        Choice { name: size.to_string(), url: format!("{}#{section}", url.url()), current: size == current }
    };
    if total <= SIZES[0] { Vec::new() } else { SIZES.map(choice).to_vec() }
}

fn cells_of(asked: &Asked<'_>, sheet: &Sheet<'_>, row: &[Figure]) -> Vec<Cell> {
    let cell = |&at: &usize| {
        let number = text_of(sheet.formats[at], &row[at]);
        let url = sheet.block.links.get(at).and_then(Option::as_ref).map(|link| {
            let mut to: Here = asked.here.page(asked.scope, &link.page);
            for (name, value) in &link.with {
                to = to.with(name, value);
            }
            to.with(&link.parameter, &number.shown).url()
        });
        Cell { number, numeric: is_numeric(sheet.formats[at]), url }
    };
    sheet.shown.iter().map(cell).collect()
}

/// A value as pages write it.
pub(super) fn text_of(format: Format, figure: &Figure) -> Number {
    match (format, figure) {
        (_, Figure::Text(text)) => Number::plain(text.clone()),
        (_, Figure::Flag(flag)) => Number::plain(String::from(if *flag { "Yes" } else { "No" })),
        (_, Figure::Address(address)) => Number::plain(address.to_string()),
        (_, Figure::Score(score)) => Number::plain(
            score.map_or_else(|| String::from("None"), |tenths| format!("{:.1}", f64::from(tenths) / 10.0)),
        ),
        (Format::Name, Figure::Count(count)) => Number::plain(count.to_string()),
        (Format::Moment, Figure::Count(seconds)) => {
            let micros = i128::from(*seconds) * 1_000_000;
            Number::rounded(wording::moment(micros), wording::iso(micros))
        }
        (Format::Seconds, figure) => {
            let seconds = figure.number().unwrap_or_default();
            Number::rounded(wording::duration(seconds), format!("{} seconds", exact(seconds)))
        }
        (Format::Bytes, figure) => {
            let bytes = figure.number().unwrap_or_default();
            Number::rounded(wording::bytes(bytes, ByteNames::Appliance), format!("{} bytes", exact(bytes)))
        }
        (Format::Percent, figure) => Number::plain(wording::percent(figure.number().unwrap_or_default() / 100.0)),
        (Format::Number, figure) => {
            let number = figure.number().unwrap_or_default();
            Number::rounded(wording::number(number), exact(number))
        }
        (_, Figure::Count(count)) => Number::count(*count),
        (_, Figure::Number(number) | Figure::Percent(number)) => {
            Number::rounded(wording::number(*number), exact(*number))
        }
    }
}
