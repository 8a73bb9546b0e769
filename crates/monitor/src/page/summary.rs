//! Tables without a key, turned: one line for each column.

use tollgate_chart::{OverTime, Series, SeriesRole, Unit};
use tollgate_wording::{count, percent_of};

use super::asked::{Asked, Contents};
use super::layout::{Block, Line};
use super::view::{Body, CompareView, GraphView, LineView, Number, PairView, SummaryView};
use crate::figures::{Figure, Intervals};
use crate::refusal::Refusal;

/// What the figures of the rule that tells the truth are called.
const TRUTH: &str = "As it truly was";

/// The contents of a summary.
pub(super) fn make(
    asked: &Asked<'_>,
    block: &Block,
    category: &str,
    unit: &str,
    lines: &[Line],
    graph: Option<&str>,
) -> Result<Contents, Refusal> {
    let counted = asked.over_time(block.table)?;
    let truth = asked.truth_over_time(block.table)?;
    let sums = sums_of(block, &counted);
    let truth_sums = truth.as_ref().map(|truth| sums_of(block, truth));
    // Where the lines are the same under both rules, there is nothing to compare.
    let differs = |truth: &Vec<u64>| lines.iter().any(|line| sum_of(line, &sums) != sum_of(line, truth));
    let compared = truth_sums.as_ref().filter(|truth| differs(truth)).zip(truth.as_ref());
    let drawn = |title: &str| draw(asked, title, lines, &counted, compared.map(|(_, truth)| truth));
    let graphs = graph.and_then(drawn).into_iter().collect();
    let (category, unit) = (category.to_owned(), unit.to_owned());
    let body = match compared {
        Some((truth, _)) => {
            let (counted_by, truth_by) = (as_counted(asked), String::from(TRUTH));
            Body::Compare(CompareView { category, unit, counted_by, truth_by, lines: pair(lines, &sums, truth) })
        }
        None => Body::Summary(SummaryView { category, unit, lines: turn(lines, &sums) }),
    };
    Ok(Contents { graphs, body, rows: counted.len(), sums, truth: truth_sums })
}

/// The sum of each column over all intervals and rows.
pub(super) fn sums_of(block: &Block, intervals: &Intervals) -> Vec<u64> {
    let mut sums = vec![0; block.table.columns.len()];
    for row in intervals.iter().flat_map(|(_, rows)| rows) {
        add(&mut sums, row);
    }
    sums
}

/// Adds the counts of a row to the sums of its columns.
pub(super) fn add(sums: &mut [u64], row: &[Figure]) {
    for (sum, figure) in sums.iter_mut().zip(row) {
        if let Figure::Count(count) = figure {
            *sum += count;
        }
    }
}

/// The values of the lines that a graph draws, interval by interval.
pub(super) fn series_of(lines: &[Line], intervals: &Intervals) -> Vec<Series> {
    let drawn = lines.iter().filter_map(|line| Some((line, line.role?)));
    drawn
        .map(|(line, role)| Series {
            name: line.name.clone(),
            role,
            values: intervals.iter().map(|(_, rows)| value_of(line, rows)).collect(),
        })
        .collect()
}

fn value_of(line: &Line, rows: &[Vec<Figure>]) -> f64 {
    let cells = rows.iter().flat_map(|row| line.columns.iter().filter_map(|&column| row[column].number()));
    cells.sum()
}

/// The lines over time, and above them what is missing of the truth if there is a truth to compare with.
fn draw(
    asked: &Asked<'_>,
    title: &str,
    lines: &[Line],
    intervals: &Intervals,
    truth: Option<&Intervals>,
) -> Option<GraphView> {
    let mut series = series_of(lines, intervals);
    if let Some(truth) = truth {
        let missing = missing_of(&series, &series_of(lines, truth));
        series.push(Series { name: String::from("Not counted"), role: SeriesRole::Second, values: missing });
    }
    // A category that never occurs would only lengthen the legend.
    series.retain(|series| series.values.iter().any(|&value| value != 0.0));
    let begins: Vec<u64> = intervals.iter().map(|&(begin, _)| begin).collect();
    let graph = OverTime {
        title,
        begins_micros: &begins,
        interval_micros: asked.range.interval_micros,
        series: &series,
        stacked: true,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
    };
    (!series.is_empty()).then(|| GraphView { caption: None, svg: graph.svg() })
}

/// How many are missing in each interval of what there truly were, over all series.
fn missing_of(counted: &[Series], truth: &[Series]) -> Vec<f64> {
    let mut missing = vec![0.0; truth.first().map_or(0, |series| series.values.len())];
    for (counted, truth) in counted.iter().zip(truth) {
        for (missing, (counted, truth)) in missing.iter_mut().zip(counted.values.iter().zip(&truth.values)) {
            *missing += (truth - counted).max(0.0);
        }
    }
    missing
}

fn turn(lines: &[Line], sums: &[u64]) -> Vec<LineView> {
    let whole = whole_of(lines, sums);
    let line = |(place, line): (usize, &Line)| {
        let sum = sum_of(line, sums);
        let is_whole = place + 1 == lines.len();
        LineView {
            name: line.name.clone(),
            total: line.total,
            percent: (!is_whole).then(|| percent_of(sum, whole)),
            bar: format!("{:.1}%", 100.0 * sum as f64 / whole.max(1) as f64),
            number: Number::count(sum),
        }
    };
    lines.iter().enumerate().map(line).collect()
}

fn pair(lines: &[Line], counted: &[u64], truth: &[u64]) -> Vec<PairView> {
    let (counted_whole, truth_whole) = (whole_of(lines, counted), whole_of(lines, truth));
    let line = |(place, line): (usize, &Line)| {
        let (counted, truth) = (sum_of(line, counted), sum_of(line, truth));
        let is_whole = place + 1 == lines.len();
        let sign = if counted < truth { '\u{2212}' } else { '+' };
        PairView {
            name: line.name.clone(),
            total: line.total,
            counted: Number::count(counted),
            counted_percent: (!is_whole).then(|| percent_of(counted, counted_whole)),
            truth: Number::count(truth),
            truth_percent: (!is_whole).then(|| percent_of(truth, truth_whole)),
            difference: (counted != truth).then(|| format!("{sign}{}", count(counted.abs_diff(truth)))),
        }
    };
    lines.iter().enumerate().map(line).collect()
}

fn whole_of(lines: &[Line], sums: &[u64]) -> u64 {
    lines.last().map_or(0, |line| sum_of(line, sums))
}

fn sum_of(line: &Line, sums: &[u64]) -> u64 {
    line.columns.iter().map(|&column| sums[column]).sum()
}

fn as_counted(asked: &Asked<'_>) -> String {
    let rule = asked.rule.map_or_else(|| asked.own_rules(), |rule| rule.name.clone());
    format!("As counted ({rule})")
}
