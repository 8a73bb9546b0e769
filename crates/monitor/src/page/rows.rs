//! Tables with one row for each key or interval.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use tollgate_wording::list;

use super::definition::{ColumnLink, NumberFormat, PageTable, TableLayout};
use super::figures::{CellValue, IntervalFigures, TableFigures};
use super::request::PageRequest;
use super::view::{CellView, HeadingView, LinkView, PageValue, RowsView};
use crate::refusal::{HttpRefusal, shown};

/// The choices of the number of rows.
const SIZES: [usize; 4] = [10, 20, 50, 100];

/// The default number of rows.
const USUAL_SIZE: usize = 10;

/// The heading of the column of times. A table can be sorted by it.
const TIME: &str = "Begin Date";

/// The column that is compared with its true figures.
const COMPARED: &str = "Total Connections";
/// The headings of the columns that a comparison adds.
const IN_TRUTH: [&str; 2] = ["True total", "Not counted"];

/// Lays out a table with one row for each interval.
///
/// # Errors
/// If the request has a number of rows that is not allowed.
pub(super) fn over_time(
    request: &PageRequest<'_>,
    table: &PageTable,
    figures: TableFigures,
) -> Result<RowsView, HttpRefusal> {
    // An interval in which nothing was counted has a row of zeros.
    let row_of = |IntervalFigures { begin_micros, rows }| TableRow {
        begin_micros: Some(begin_micros),
        values: rows.into_iter().next().unwrap_or_else(|| vec![CellValue::Count(0); table.formats.len()]),
    };
    let rows = figures.counted.intervals.into_iter().map(row_of).collect();
    RowTable { is_timed: true, ..RowTable::new(table, rows) }.lay_out(request)
}

/// Lays out a table with one row for each key.
///
/// # Errors
/// If the request has a number of rows that is not allowed.
pub(super) fn ranking(
    request: &PageRequest<'_>,
    table: &PageTable,
    figures: TableFigures,
) -> Result<RowsView, HttpRefusal> {
    let rows_of = |intervals: Vec<IntervalFigures>| intervals.into_iter().flat_map(|interval| interval.rows);
    let counted = rows_of(figures.counted.intervals).map(|values| TableRow { begin_micros: None, values }).collect();
    let mut rows = RowTable::new(table, counted);
    if let Some(truth) = figures.truth {
        rows.add_truth(rows_of(truth.intervals));
    }
    rows.lay_out(request)
}

/// A table of rows: the columns of the catalogue, followed by columns that the page adds.
struct RowTable<'a> {
    table: &'a PageTable,
    names: Vec<&'a str>,
    formats: Vec<NumberFormat>,
    /// The columns that are shown, as places in `names`.
    shown: Vec<usize>,
    rows: Vec<TableRow>,
    /// True if the first column is the time.
    is_timed: bool,
    /// The column of the default order. Without one, rows are ordered by time.
    usual: Option<usize>,
}

/// A row. The row of an interval has the beginning of the interval.
struct TableRow {
    begin_micros: Option<u64>,
    values: Vec<CellValue>,
}

/// The order of the rows of a table.
struct RowOrder {
    /// The column that rows are sorted by. Without one, rows are ordered by time.
    column: Option<usize>,
    descending: bool,
}

impl<'a> RowTable<'a> {
    fn new(table: &'a PageTable, rows: Vec<TableRow>) -> RowTable<'a> {
        RowTable {
            table,
            names: table.table.columns.iter().map(|column| column.name.as_str()).collect(),
            formats: table.formats.clone(),
            shown: table.columns.clone(),
            rows,
            is_timed: false,
            usual: usual_column(table),
        }
    }

    /// Adds the true number of connections, and the number that is not counted. Keys without counted connections get a row too.
    fn add_truth(&mut self, truth: impl Iterator<Item = Vec<CellValue>>) {
        let Some(compared) = self.names.iter().position(|name| *name == COMPARED) else { return };
        for name in IN_TRUTH {
            self.shown.push(self.names.len());
            self.names.push(name);
            self.formats.push(NumberFormat::Count);
        }
        self.usual = self.shown.last().copied();

        let mut truths: BTreeMap<String, Vec<CellValue>> = truth.map(|row| (row[0].name(), row)).collect();
        let add = |values: &mut Vec<CellValue>, truth: u64| {
            let missing = truth.saturating_sub(values[compared].count());
            values.extend([CellValue::Count(truth), CellValue::Count(missing)]);
        };
        for TableRow { values, .. } in &mut self.rows {
            let truth = truths.remove(&values[0].name());
            add(values, truth.map_or(0, |truth| truth[compared].count()));
        }
        for mut values in truths.into_values() {
            let truth = values[compared].count();
            let is_number = |value: &&mut CellValue| !matches!(value, CellValue::Text(_));
            values.iter_mut().filter(is_number).for_each(|value| *value = CellValue::Count(0));
            add(&mut values, truth);
            self.rows.push(TableRow { begin_micros: None, values });
        }
    }

    /// Lays out the rows that the request selects, in the order that it selects.
    fn lay_out(self, request: &PageRequest<'_>) -> Result<RowsView, HttpRefusal> {
        let order = self.read_order(request);
        let size = self.read_size(request)?;
        Ok(RowsView {
            headings: self.headings(request, &order),
            rows: self.first(&order, size).into_iter().map(|row| self.cells(request, row)).collect(),
            total: self.rows.len(),
            sizes: self.sizes(request, size),
        })
    }

    /// Reads the order from the appliance's parameters. The appliance's own links use column names of its database, which are
    /// ignored.
    fn read_order(&self, request: &PageRequest<'_>) -> RowOrder {
        let section = &self.table.table.section;
        let find = |name: &str| self.shown.iter().copied().find(|&column| self.names[column] == name);
        let column = match request.query.get(&format!("sort_col_{section}")) {
            Some(TIME) if self.is_timed => None,
            Some(name) => find(name).or(self.usual),
            None => self.usual,
        };
        let descending = match request.query.get(&format!("sort_order_{section}")) {
            Some("asc") => false,
            Some(_) => true,
            None => column.is_none_or(|column| is_numeric(self.formats[column])),
        };
        RowOrder { column, descending }
    }

    fn read_size(&self, request: &PageRequest<'_>) -> Result<usize, HttpRefusal> {
        let name = format!("rows_{}", self.table.table.section);
        let Some(text) = request.query.get(&name) else { return Ok(USUAL_SIZE) };
        let found = SIZES.into_iter().find(|size| size.to_string() == text);
        let allowed = || list(SIZES.map(|size| size.to_string()));
        found.ok_or_else(|| HttpRefusal::bad(format!("{name}: found {}, allowed are {}", shown(text), allowed())))
    }

    /// The first rows in an order. Rows with equal values keep their original order.
    fn first(&self, order: &RowOrder, size: usize) -> Vec<&TableRow> {
        let Some(column) = order.column else {
            return match order.descending && self.is_timed {
                true => self.rows.iter().rev().take(size).collect(),
                false => self.rows.iter().take(size).collect(),
            };
        };
        let mut places: Vec<usize> = (0..self.rows.len()).collect();
        let before = |one: &usize, two: &usize| {
            let by_value = compare(&self.rows[*one].values[column], &self.rows[*two].values[column]);
            let by_value = if order.descending { by_value.reverse() } else { by_value };
            by_value.then(one.cmp(two))
        };
        // Only the rows that are shown are sorted: at most 100 of a million addresses.
        if size < places.len() {
            places.select_nth_unstable_by(size, before);
            places.truncate(size);
        }
        places.sort_unstable_by(before);
        places.into_iter().map(|place| &self.rows[place]).collect()
    }

    fn headings(&self, request: &PageRequest<'_>, order: &RowOrder) -> Vec<HeadingView> {
        let section = &self.table.table.section;
        let time = self.is_timed.then_some((None, TIME, false));
        let columns =
            self.shown.iter().map(|&column| (Some(column), self.names[column], is_numeric(self.formats[column])));
        let heading = |(column, name, numeric): (Option<usize>, &str, bool)| {
            let is_sorted = column == order.column;
            // The first click sorts numbers and times in descending order, and names in ascending order.
            let descending = if is_sorted { !order.descending } else { numeric || column.is_none() };
            let url = request.url.clone().with(&format!("sort_col_{section}"), name);
            let url = url.with(&format!("sort_order_{section}"), if descending { "desc" } else { "asc" });
            // The column shows a date, so its heading drops the "(UNIX Epoch Timestamp)" of the export.
            let shown = name.split_once(" (UNIX").map_or(name, |(shown, _)| shown);
            HeadingView {
                name: shown.to_owned(),
                url: format!("{url}#{section}"),
                sorted: is_sorted.then_some(if order.descending { "descending" } else { "ascending" }),
                numeric,
            }
        };
        time.into_iter().chain(columns).map(heading).collect()
    }

    /// The menu of the number of rows. It is empty if the smallest choice shows all rows.
    fn sizes(&self, request: &PageRequest<'_>, current: usize) -> Vec<LinkView> {
        let section = &self.table.table.section;
        let choice = |size: usize| {
            let url = request.url.clone().with(&format!("rows_{section}"), &size.to_string());
            LinkView { name: size.to_string(), url: format!("{url}#{section}"), current: size == current }
        };
        if self.rows.len() <= SIZES[0] { Vec::new() } else { SIZES.map(choice).to_vec() }
    }

    fn cells(&self, request: &PageRequest<'_>, row: &TableRow) -> Vec<CellView> {
        let time = row.begin_micros.map(|begin_micros| CellView {
            value: PageValue::Minute(begin_micros),
            numeric: false,
            url: None,
        });
        let cell = |&column: &usize| {
            let (format, value) = (self.formats[column], &row.values[column]);
            let link = self.table.links.get(column).and_then(Option::as_ref);
            CellView {
                value: PageValue::Cell(format, value.clone()),
                numeric: is_numeric(format),
                url: link.map(|link| url_of(request, link, value)),
            }
        };
        time.into_iter().chain(self.shown.iter().map(cell)).collect()
    }
}

/// The column of the default order of a ranking: the first total, else the first column of its graph, else the first number.
fn usual_column(table: &PageTable) -> Option<usize> {
    let TableLayout::Ranking { graphs } = &table.layout else { return None };
    let mut columns = table.columns.iter().copied();
    let total = columns.clone().find(|&column| table.table.columns[column].name.starts_with("Total "));
    let drawn = || graphs.first().and_then(|graph| graph.parts.first()).map(|&(column, _)| column);
    total.or_else(drawn).or_else(|| columns.find(|&column| is_numeric(table.formats[column])))
}

fn compare(one: &CellValue, two: &CellValue) -> Ordering {
    match (one, two) {
        (CellValue::Text(one), CellValue::Text(two)) => one.cmp(two),
        (CellValue::Flag(one), CellValue::Flag(two)) => one.cmp(two),
        (CellValue::Address(one), CellValue::Address(two)) => one.cmp(two),
        (CellValue::Score(one), CellValue::Score(two)) => one.cmp(two),
        (CellValue::Count(one), CellValue::Count(two)) => one.cmp(two),
        _ => one.number().unwrap_or_default().total_cmp(&two.number().unwrap_or_default()),
    }
}

fn is_numeric(format: NumberFormat) -> bool {
    !matches!(format, NumberFormat::Name | NumberFormat::Moment)
}

/// The URL of the page about the value of a cell.
fn url_of(request: &PageRequest<'_>, link: &ColumnLink, value: &CellValue) -> String {
    let page = request.url.page(request.scope, &link.page);
    let page = link.with.iter().fold(page, |page, (name, value)| page.with(name, value));
    page.with(&link.parameter, &value.name()).to_string()
}
