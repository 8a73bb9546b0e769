//! The names of series: beside the right ends of their lines or bands if they fit, or else in rows above the plot.

use super::canvas::{Anchor, Layer, Paint, TEXT_SIZE, cut_to_fit, text_width};
use super::graph::SeriesRole;

/// The height of a line of text.
pub(super) const LINE: f64 = 16.0;
/// The width of a band's sample. A line's sample is twice as wide, so that its dashes can be recognised.
const SAMPLE: f64 = 10.0;
const GAP: f64 = 6.0;
/// The maximum number of lines of a name beside a plot, and the maximum width of each.
const MOST_LINES: usize = 2;
const MOST_WIDTH: f64 = 146.0;

/// The shape of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SampleShape {
    Band,
    Line,
}

/// A name beside a graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) lines: Vec<String>,
    pub(super) role: SeriesRole,
    /// The preferred height of its middle.
    pub(super) wanted: f64,
}

impl SampleShape {
    fn sample_width(self) -> f64 {
        match self {
            SampleShape::Band => SAMPLE,
            SampleShape::Line => 2.0 * SAMPLE,
        }
    }

    fn sample(self, layer: &mut Layer<'_>, (left, middle): (f64, f64), role: SeriesRole) {
        let half = SAMPLE / 2.0;
        match self {
            SampleShape::Band => {
                let to = (left + SAMPLE, middle + half);
                layer.rectangle((left, middle - half), to, Paint::Series(role));
            }
            SampleShape::Line => {
                layer.line((left, middle), (left + self.sample_width(), middle), Paint::Series(role), 2.0);
            }
        }
    }
}

impl Label {
    pub(super) fn new(name: &str, role: SeriesRole, wanted: f64) -> Label {
        Label { lines: wrapped(name), role, wanted }
    }

    fn height(&self) -> f64 {
        self.lines.len() as f64 * LINE
    }
}

/// The width of a column of labels, with its samples and the gap before it.
pub(super) fn column_width(labels: &[Label], shape: SampleShape) -> f64 {
    let lines = labels.iter().flat_map(|label| &label.lines);
    let widest = lines.map(|line| text_width(line)).fold(0.0, f64::max);
    GAP + shape.sample_width() + GAP + widest
}

/// The heights of the labels' middles: as near as possible to the preferred ones, without overlap. Gives `None` if the
/// labels do not fit between top and bottom. Labels are ordered from top to bottom.
pub(super) fn spread(labels: &[Label], top: f64, bottom: f64) -> Option<Vec<f64>> {
    let heights: Vec<f64> = labels.iter().map(Label::height).collect();
    if heights.iter().sum::<f64>() > bottom - top {
        return None;
    }
    let mut middles = Vec::with_capacity(labels.len());
    let mut free = top;
    for (label, height) in labels.iter().zip(&heights) {
        let upper = (label.wanted - height / 2.0).max(free);
        middles.push(upper + height / 2.0);
        free = upper + height;
    }
    // Labels below the bottom move up again, together with any labels that are then in the way.
    let mut free = bottom;
    for (middle, height) in middles.iter_mut().zip(&heights).rev() {
        *middle = middle.min(free - height / 2.0);
        free = *middle - height / 2.0;
    }
    Some(middles)
}

/// Draws labels in a column. `left` is the right end of the plot.
pub(super) fn column(layer: &mut Layer<'_>, labels: &[Label], middles: &[f64], left: f64, shape: SampleShape) {
    for (label, middle) in labels.iter().zip(middles) {
        let first = middle - (label.lines.len() - 1) as f64 * LINE / 2.0;
        shape.sample(layer, (left + GAP, first), label.role);
        for (place, line) in label.lines.iter().enumerate() {
            let at = (left + GAP + shape.sample_width() + GAP, first + place as f64 * LINE);
            layer.text(line, at, Anchor::Start, Paint::Ink);
        }
    }
}

/// Lays names out in rows of a width. Gives the left end and the row of each name, and the number of rows.
pub(super) fn rows(names: &[(&str, SeriesRole)], width: f64, shape: SampleShape) -> (Vec<(f64, usize)>, usize) {
    let (mut left, mut row) = (0.0, 0);
    let mut places = Vec::with_capacity(names.len());
    for (name, _) in names {
        let needed = shape.sample_width() + GAP + text_width(name).min(width - shape.sample_width() - GAP);
        if left > 0.0 && left + needed > width {
            (left, row) = (0.0, row + 1);
        }
        places.push((left, row));
        left += needed + 2.0 * GAP;
    }
    let count = if names.is_empty() { 0 } else { row + 1 };
    (places, count)
}

/// Draws names in rows. `middle` is the height of the first row's middle.
pub(super) fn draw_rows(
    layer: &mut Layer<'_>,
    names: &[(&str, SeriesRole)],
    middle: f64,
    width: f64,
    shape: SampleShape,
) {
    let (places, _) = rows(names, width, shape);
    for ((name, role), (left, row)) in names.iter().zip(places) {
        let middle = middle + row as f64 * (LINE + 3.0);
        shape.sample(layer, (left, middle), *role);
        let begin = left + shape.sample_width() + GAP;
        layer.text(&cut_to_fit(name, width - shape.sample_width() - GAP), (begin, middle), Anchor::Start, Paint::Ink);
    }
}

/// The height of a number of rows, with a gap below them.
pub(super) fn rows_height(count: usize) -> f64 {
    if count == 0 { 0.0 } else { count as f64 * (LINE + 3.0) + GAP }
}

/// Breaks a name between words into at most two lines.
fn wrapped(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line) + text_width(word) + TEXT_SIZE / 3.0 <= MOST_WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > MOST_LINES {
        let rest = lines.split_off(MOST_LINES - 1).join(" ");
        lines.push(rest);
    }
    for line in &mut lines {
        *line = cut_to_fit(line, MOST_WIDTH);
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(wanted: f64) -> Label {
        Label { lines: vec![String::from("x")], role: SeriesRole::First, wanted }
    }

    #[test]
    fn labels_stay_where_they_should_be_unless_they_would_meet() {
        let spread = |wanted: &[f64]| {
            let labels: Vec<Label> = wanted.iter().copied().map(label).collect();
            spread(&labels, 0.0, 64.0)
        };
        assert_eq!(spread(&[10.0, 30.0]), Some(vec![10.0, 30.0]));
        assert_eq!(spread(&[10.0, 12.0]), Some(vec![10.0, 26.0]));
        assert_eq!(spread(&[0.0, 0.0, 0.0]), Some(vec![8.0, 24.0, 40.0]));
        assert_eq!(spread(&[64.0, 64.0, 64.0, 64.0]), Some(vec![8.0, 24.0, 40.0, 56.0]));
        assert_eq!(spread(&[1.0, 2.0, 3.0, 4.0, 5.0]), None);
    }

    #[test]
    fn long_names_are_broken_between_words_and_then_cut() {
        assert_eq!(wrapped("Clean"), ["Clean"]);
        assert_eq!(wrapped("Stopped by Reputation Filtering"), ["Stopped by", "Reputation Filtering"]);
        let cut = wrapped("Stopped by Reputation Filtering because of something else");
        assert!(cut.len() == 2 && cut[1].ends_with('\u{2026}'), "{cut:?}");
        assert!(wrapped("pneumonoultramicroscopicsilicovolcanoconiosis")[0].ends_with('\u{2026}'));
    }
}
