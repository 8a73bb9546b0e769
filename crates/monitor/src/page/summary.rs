//! Tables without a key, turned: one line for each column.

use super::definition::SummaryLine;
use super::figures::TableFigures;
use super::request::PageRequest;
use super::view::{CompareView, LineView, PairView, SummaryView, TableBody};

/// The name of the rule that tells the truth.
const TRUTH: &str = "As it truly was";

/// The lines of a summary, beside those of the truth if the page compares.
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

/// A line for each column, with its share of the last one, which is the whole.
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
