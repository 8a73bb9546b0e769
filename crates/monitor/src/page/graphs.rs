//! The graphs above the tables of a page.

use tollgate_chart::{OverTime, Ranking, Series, SeriesRole, Unit};

use super::definition::{NumberFormat, PageTable, SummaryLine, TableLayout, TopTenGraph};
use super::figures::{CellValue, IntervalFigures, TableFigures};
use super::request::PageRequest;
use super::view::GraphView;

/// The maximum number of bars in a graph.
const BARS: usize = 10;

/// The graphs of a table.
pub(super) fn of_table(request: &PageRequest<'_>, table: &PageTable, figures: &TableFigures) -> Vec<GraphView> {
    let interval_micros = request.range.interval_micros;
    let counted = figures.counted.intervals.as_slice();
    if counted.is_empty() {
        return Vec::new();
    }
    match &table.layout {
        TableLayout::Summary { graph: None, .. } => Vec::new(),
        TableLayout::Summary { graph: Some(title), lines, .. } => {
            let truth = figures.truth.as_ref().map(|truth| truth.intervals.as_slice());
            draw_summary(interval_micros, title, lines, counted, truth).into_iter().collect()
        }
        TableLayout::OverTime { graph, lines, stacked } => {
            let column = lines.first().and_then(|line| line.columns.first());
            let format = column.map_or(NumberFormat::Count, |&column| table.formats[column]);
            let series = series_of(lines, counted);
            vec![draw_over_time(interval_micros, graph, counted, &series, *stacked, format.unit())]
        }
        TableLayout::Ranking { graphs } => {
            let captioned = graphs.len() > 1;
            graphs.iter().filter_map(|graph| draw_top_ten(table, graph, &counted[0].rows, captioned)).collect()
        }
    }
}

/// Draws the lines of a summary over time. If the page compares, a band on top shows the number that is not counted.
fn draw_summary(
    interval_micros: u64,
    title: &str,
    lines: &[SummaryLine],
    intervals: &[IntervalFigures],
    truth: Option<&[IntervalFigures]>,
) -> Option<GraphView> {
    let mut series = series_of(lines, intervals);
    if let Some(truth) = truth {
        let missing = missing_of(&series, &series_of(lines, truth));
        series.push(Series { name: String::from("Not counted"), role: SeriesRole::Second, values: missing });
    }
    // A category that is always zero would only lengthen the legend.
    series.retain(|series| series.values.iter().any(|&value| value != 0.0));
    let graph = || draw_over_time(interval_micros, title, intervals, &series, true, Unit::Count);
    (!series.is_empty()).then(graph)
}

fn draw_over_time(
    interval_micros: u64,
    title: &str,
    intervals: &[IntervalFigures],
    series: &[Series],
    stacked: bool,
    unit: Unit,
) -> GraphView {
    let begins_micros: Vec<u64> = intervals.iter().map(|interval| interval.begin_micros).collect();
    let graph = OverTime {
        title,
        begins_micros: &begins_micros,
        interval_micros,
        series,
        stacked,
        logarithmic: false,
        unit,
        level: None,
    };
    GraphView { caption: None, svg: graph.svg() }
}

/// Draws the ten rows with the largest values.
fn draw_top_ten(table: &PageTable, graph: &TopTenGraph, rows: &[Vec<CellValue>], captioned: bool) -> Option<GraphView> {
    let length = |row: &Vec<CellValue>| graph.parts.iter().filter_map(|&(part, _)| row[part].number()).sum::<f64>();
    let lengths = rows.iter().enumerate().map(|(place, row)| (length(row), place));
    let mut longest: Vec<(f64, usize)> = lengths.filter(|(length, _)| *length > 0.0).collect();
    let before = |one: &(f64, usize), two: &(f64, usize)| two.0.total_cmp(&one.0).then(one.1.cmp(&two.1));
    if longest.len() > BARS {
        longest.select_nth_unstable_by(BARS, before);
        longest.truncate(BARS);
    }
    longest.sort_unstable_by(before);
    let name = table.columns.first().copied().unwrap_or_default();
    let bar = |row: &Vec<CellValue>| {
        let values = graph.parts.iter().map(|&(part, _)| row[part].number().unwrap_or_default());
        (row[name].name(), values.collect())
    };
    let bars: Vec<(String, Vec<f64>)> = longest.into_iter().map(|(_, place)| bar(&rows[place])).collect();
    let parts: Vec<(String, SeriesRole)> =
        graph.parts.iter().map(|&(part, role)| (table.table.columns[part].name.clone(), role)).collect();
    let unit = graph.parts.first().map_or(NumberFormat::Count, |&(part, _)| table.formats[part]).unit();
    let svg = || Ranking { title: &graph.title, bars: &bars, parts: &parts, unit }.svg();
    let caption = captioned.then(|| graph.title.clone());
    (!bars.is_empty()).then(|| GraphView { caption, svg: svg() })
}

/// The series of the lines that a graph draws, with a value for each interval.
fn series_of(lines: &[SummaryLine], intervals: &[IntervalFigures]) -> Vec<Series> {
    let drawn = lines.iter().filter_map(|line| Some((line, line.role?)));
    drawn
        .map(|(line, role)| Series {
            name: line.name.clone(),
            role,
            values: intervals.iter().map(|interval| value_of(line, &interval.rows)).collect(),
        })
        .collect()
}

fn value_of(line: &SummaryLine, rows: &[Vec<CellValue>]) -> f64 {
    let cells = rows.iter().flat_map(|row| line.columns.iter().filter_map(|&column| row[column].number()));
    cells.sum()
}

/// The number that is not counted in each interval, summed over all series.
fn missing_of(counted: &[Series], truth: &[Series]) -> Vec<f64> {
    let mut missing = vec![0.0; truth.first().map_or(0, |series| series.values.len())];
    for (counted, truth) in counted.iter().zip(truth) {
        for (missing, (counted, truth)) in missing.iter_mut().zip(counted.values.iter().zip(&truth.values)) {
            *missing += (truth - counted).max(0.0);
        }
    }
    missing
}
