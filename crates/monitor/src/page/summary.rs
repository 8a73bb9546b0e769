//! Summaries: tables without a key, shown with one line for each column.

use super::definition::SummaryLine;
use super::figures::TableFigures;
use super::request::PageRequest;
use super::view::{CompareView, LineView, PairView, SummaryView, TableBody};

/// The heading of the true figures.
const TRUTH: &str = "True figures";

/// The lines of a summary, with the true figures beside them if the page compares.
pub(super) fn body(
    request: &PageRequest<'_>,
    (category, unit): (&str, &str),
    lines: &[SummaryLine],
    figures: &TableFigures,
) -> TableBody {
    let (category, unit) = (category.to_owned(), unit.to_owned());
    let counted = turn(lines, &figures.counted.sums);
    let Some(truth) = &figures.truth else {
        return TableBody::Summary(SummaryView { category, unit, lines: counted });
    };
    let rule = request.rule.map_or(&request.own_rules, |rule| &rule.name);
    let pairs = counted.into_iter().zip(turn(lines, &truth.sums));
    TableBody::Compare(CompareView {
        category,
        unit,
        counted_by: format!("As counted ({rule})"),
        truth_by: String::from(TRUTH),
        lines: pairs.map(|(counted, truth)| PairView { counted, truth }).collect(),
    })
}

/// The lines of a summary. The last line is the whole of the percentages.
fn turn(lines: &[SummaryLine], sums: &[u64]) -> Vec<LineView> {
    let whole = lines.last().map_or(0, |line| line.sum(sums));
    let line = |(place, line): (usize, &SummaryLine)| LineView {
        name: line.name.clone(),
        total: line.total,
        is_whole: place + 1 == lines.len(),
        count: line.sum(sums),
        whole,
    };
    lines.iter().enumerate().map(line).collect()
}
