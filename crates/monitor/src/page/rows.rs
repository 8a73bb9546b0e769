//! Tables of many rows: one for each key, or one for each interval.

use std::cmp::Ordering;

use super::asked::{Asked, Contents};
use super::here::Here;
use super::layout::{Block, Format, Layout, Line, TopTen};
use super::summary::{add, series_of, sums_of};
use super::view::{Body, Cell, Choice, GraphView, Heading, Number, RowsView};
use super::{moment, number};
use crate::chart::{OverTime, Ranking, Role};
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

/// The contents of a table of one row for each key.
pub(super) fn make_ranking(asked: &Asked<'_>, block: &Block, graphs: &[TopTen]) -> Result<Contents, Refusal> {
    let rows = asked.totals(block.table)?;
    let mut sums = vec![0; block.table.columns.len()];
    rows.iter().for_each(|row| add(&mut sums, row));
    let graphs = graphs.iter().filter_map(|graph| draw_top(block, graph, &rows)).collect();
    let order = Order::read(asked, block, false);
    let size = size_of(asked, block)?;
    let shown = order.first(&rows, size, |row| row);
    let cells = shown.into_iter().map(|row| cells_of(asked, block, row)).collect();
    let body = Body::Rows(RowsView {
        headings: headings(asked, block, &order, false),
        rows: cells,
        total: rows.len(),
        sizes: sizes(asked, block, size, rows.len()),
    });
    Ok(Contents { graphs, body, sums, rows: rows.len(), truth: None })
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
        unit: unit.unit(),
    };
    let graphs = if begins.is_empty() { Vec::new() } else { vec![GraphView { caption: None, svg: graph.svg() }] };
    let nothing: Vec<Figure> = block.formats.iter().map(|_| Figure::Count(0)).collect();
    let rows: Vec<(u64, &[Figure])> = intervals
        .iter()
        .map(|(begin, rows)| (*begin, rows.first().map_or(nothing.as_slice(), Vec::as_slice)))
        .collect();
    let order = Order::read(asked, block, true);
    let size = size_of(asked, block)?;
    let shown = match order.column {
        Some(_) => order.first(&rows, size, |row| row.1),
        None if order.descending => rows.iter().rev().take(size).collect(),
        None => rows.iter().take(size).collect(),
    };
    let row = |&(begin, row): &(u64, &[Figure])| {
        let time = Number::plain(moment::minute(begin));
        let mut cells = vec![Cell { number: time, numeric: false, url: None }];
        cells.extend(cells_of(asked, block, row));
        cells
    };
    let body = Body::Rows(RowsView {
        headings: headings(asked, block, &order, true),
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
    fn read(asked: &Asked<'_>, block: &Block, over_time: bool) -> Order {
        let section = &block.table.section;
        let name = asked.query.get(&format!("sort_col_{section}"));
        let called = |name: &str| block.table.columns.iter().position(|column| column.name == name);
        let column = match name {
            Some(TIME) if over_time => None,
            Some(name) if called(name).is_some() => called(name),
            _ if over_time => None,
            _ => Some(usual_column(block)),
        };
        let descending = match asked.query.get(&format!("sort_order_{section}")) {
            Some("asc") => false,
            Some(_) => true,
            None => column.is_none_or(|at| is_numeric(block.formats[at])),
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

/// The column that a ranking is sorted by unless it is asked otherwise: the first total, or what its first graph is by, or the
/// first number.
fn usual_column(block: &Block) -> usize {
    let total = block.columns.iter().find(|&&at| block.table.columns[at].name.starts_with("Total "));
    let drawn = match &block.layout {
        Layout::Ranking { graphs } => graphs.first().map(|graph| &graph.by),
        Layout::Summary { .. } | Layout::OverTime { .. } => None,
    };
    let number = || block.columns.iter().find(|&&at| is_numeric(block.formats[at]));
    total.or(drawn).or_else(number).copied().unwrap_or_default()
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

fn draw_top(block: &Block, graph: &TopTen, rows: &[Vec<Figure>]) -> Option<GraphView> {
    let order = Order { column: Some(graph.by), descending: true };
    let shown = order.first(rows, BARS, Vec::as_slice);
    let shown = shown.into_iter().filter(|row| row[graph.by].number().is_some_and(|number| number > 0.0));
    let name = block.columns.first().copied().unwrap_or_default();
    let bar = |row: &Vec<Figure>| {
        let values = graph.parts.iter().map(|&(part, _)| row[part].number().unwrap_or_default());
        (text_of(Format::Name, &row[name]).shown, values.collect())
    };
    let bars: Vec<(String, Vec<f64>)> = shown.map(bar).collect();
    let parts: Vec<(String, Role)> =
        graph.parts.iter().map(|&(part, role)| (block.table.columns[part].name.clone(), role)).collect();
    let unit = block.formats[graph.by].unit();
    let svg = || Ranking { title: &graph.title, bars: &bars, parts: &parts, unit }.svg();
    (!bars.is_empty()).then(|| GraphView { caption: None, svg: svg() })
}

fn headings(asked: &Asked<'_>, block: &Block, order: &Order, over_time: bool) -> Vec<Heading> {
    let time = over_time.then_some((None, TIME, false));
    let columns = block
        .columns
        .iter()
        .map(|&at| (Some(at), block.table.columns[at].name.as_str(), is_numeric(block.formats[at])));
    let section = &block.table.section;
    let heading = |(column, name, numeric): (Option<usize>, &str, bool)| {
        let is_sorted = column == order.column;
        // Numbers and times are wanted from the greatest on first, names from A on.
        let descending = if is_sorted { !order.descending } else { numeric || column.is_none() };
        let url = asked.here.clone().with(&format!("sort_col_{section}"), name);
        let url = url.with(&format!("sort_order_{section}"), if descending { "desc" } else { "asc" });
        Heading {
            name: name.to_owned(),
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

fn cells_of(asked: &Asked<'_>, block: &Block, row: &[Figure]) -> Vec<Cell> {
    let cell = |&at: &usize| {
        let number = text_of(block.formats[at], &row[at]);
        let url = block.links[at].as_ref().map(|link| {
            let mut to: Here = asked.here.page(asked.scope, &link.page);
            for (name, value) in &link.with {
                to = to.with(name, value);
            }
            to.with(&link.parameter, &number.shown).url()
        });
        Cell { number, numeric: is_numeric(block.formats[at]), url }
    };
    block.columns.iter().map(cell).collect()
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
        (Format::Moment, Figure::Count(seconds)) => Number::rounded(
            format!("{} GMT", moment::minute(seconds * 1_000_000)),
            moment::machine(seconds * 1_000_000),
        ),
        (Format::Seconds, figure) => {
            let seconds = figure.number().unwrap_or_default();
            Number::rounded(number::seconds(seconds), format!("{} seconds", number::decimal(seconds, 3)))
        }
        (Format::Bytes, figure) => {
            let bytes = figure.number().unwrap_or_default();
            Number::rounded(number::bytes(bytes), format!("{} bytes", number::decimal(bytes, 0)))
        }
        (Format::Percent, figure) => Number::plain(format!("{:.1}%", figure.number().unwrap_or_default())),
        (Format::Number, figure) => {
            let exact = figure.number().unwrap_or_default();
            Number::rounded(number::decimal(exact, 1), number::decimal(exact, 3))
        }
        (_, Figure::Count(count)) => Number::count(*count),
        (_, Figure::Number(number) | Figure::Percent(number)) => Number::plain(number::decimal(*number, 1)),
    }
}
