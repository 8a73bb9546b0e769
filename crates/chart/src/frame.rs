//! The frame of graphs with a scale of values on the left: the grid, the names of series, and the line of a limit.

use super::canvas::{Anchor, DrawingSize, Layer, Paint, text_width};
use super::graph::{MarkedValue, Series, SeriesRole, Unit, drawable};
use super::legend::{self, Label, SampleShape};
use super::scale::Scale;

/// Height above the plot for the text of the largest value, and below it for two lines of text.
pub(super) const HEAD: f64 = 20.0;
pub(super) const FOOT: f64 = 42.0;
pub(super) const PLOT_HEIGHT: f64 = 190.0;
/// The distances of these two lines from the plot.
pub(super) const NEAR: f64 = 15.0;
pub(super) const FAR: f64 = 32.0;

/// The rectangle between the axes.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) scale: Scale,
}

/// The names of series.
pub(super) struct SeriesNames<'a> {
    names: Vec<(&'a str, SeriesRole)>,
    /// The labels beside the plot from top to bottom and the heights of their middles, if they fit.
    beside: Option<(Vec<Label>, Vec<f64>)>,
    shape: SampleShape,
    width: f64,
}

/// The upper edge of each series at each place. If bands are stacked, an edge is the sum of its series and those before it.
pub(super) fn edges(series: &[Series], count: usize, stacked: bool) -> Vec<Vec<f64>> {
    let mut edges: Vec<Vec<f64>> = Vec::with_capacity(series.len());
    for series in series {
        let value = |place: usize| series.values.get(place).copied().map_or(0.0, drawable);
        let below = edges.last().filter(|_| stacked);
        edges.push((0..count).map(|place| value(place) + below.map_or(0.0, |below| below[place])).collect());
    }
    edges
}

/// The largest edge above zero, with its place and the place of its series.
pub(super) fn peak(edges: &[Vec<f64>]) -> Option<(f64, usize, usize)> {
    let mut peak: Option<(f64, usize, usize)> = None;
    for (series, edge) in edges.iter().enumerate() {
        for (place, &value) in edge.iter().enumerate() {
            if value > peak.map_or(0.0, |(largest, ..)| largest) {
                peak = Some((value, place, series));
            }
        }
    }
    peak
}

/// The scale that fits all edges. It also fits each level, unless the level is so far above that the edges would look flat.
pub(super) fn scale(edges: &[Vec<f64>], unit: Unit, logarithmic: bool, levels: &[&MarkedValue]) -> Scale {
    let values = || edges.iter().flatten().copied().filter(|value| *value > 0.0);
    let largest = values().fold(0.0, f64::max);
    let reach = if logarithmic { 1_000.0 } else { 4.0 };
    let near = levels.iter().map(|level| drawable(level.value)).filter(|level| *level <= reach * largest);
    let top = near.fold(largest, f64::max);
    if logarithmic && top > 0.0 {
        let mut scale = Scale::logarithmic(values().fold(top, f64::min), top, unit);
        edges.iter().flatten().for_each(|value| scale.note(*value));
        return scale;
    }
    Scale::new(top, unit, edges.iter().flatten().all(|value| value.fract() == 0.0))
}

impl Frame {
    /// A frame for a plot of a height, with room for the labels of the scale.
    pub(super) fn new(scale: Scale, size: DrawingSize, height: f64) -> Frame {
        let left = scale.marks.iter().map(|(_, label)| text_width(label)).fold(0.0, f64::max).ceil() + 8.0;
        Frame { left, right: size.width() - 10.0, top: HEAD, bottom: HEAD + height, scale }
    }

    pub(super) fn middle(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.scale.share(value) * (self.bottom - self.top)
    }

    /// Moves the plot down.
    pub(super) fn lower(&mut self, height: f64) {
        self.top += height;
        self.bottom += height;
    }

    /// Draws the grid and the labels of the scale.
    pub(super) fn draw_values(&self, layer: &mut Layer<'_>) {
        for (value, label) in &self.scale.marks {
            let y = self.y(*value);
            if y < self.bottom {
                layer.line((self.left, y), (self.right, y), Paint::Grid, 1.0);
            }
            layer.text(label, (self.left - 6.0, y), Anchor::End, Paint::Muted);
        }
    }

    pub(super) fn draw_base(&self, layer: &mut Layer<'_>) {
        layer.line((self.left, self.bottom), (self.right, self.bottom), Paint::Axis, 1.0);
    }

    /// Draws a line at a level, with its name. If the level is above the plot, draws only the name.
    pub(super) fn draw_level(&self, layer: &mut Layer<'_>, level: &MarkedValue) {
        let value = drawable(level.value);
        let begin = self.left + 5.0;
        if value > self.scale.top {
            let name = format!("\u{2191} {}", level.name);
            layer.text(&name, (begin, self.top + 9.0), Anchor::Start, Paint::Ink);
            return;
        }
        let y = self.y(value);
        layer.line((self.left, y), (self.right, y), Paint::Level, 1.5);
        let below = y - self.top < legend::LINE;
        layer.text(&level.name, (begin, if below { y + 9.0 } else { y - 9.0 }), Anchor::Start, Paint::Ink);
    }

    /// The centre of a text as near to `x` as keeps the text inside the drawing.
    pub(super) fn within(&self, x: f64, text: &str) -> f64 {
        let half = text_width(text) / 2.0;
        x.max(half).min(self.right + 10.0 - half)
    }
}

impl<'a> SeriesNames<'a> {
    /// Places the names of series and makes room for them in the frame.
    pub(super) fn new(
        series: &'a [Series],
        edges: &[Vec<f64>],
        stacked: bool,
        frame: &mut Frame,
        size: DrawingSize,
    ) -> SeriesNames<'a> {
        let shape = if stacked { SampleShape::Band } else { SampleShape::Line };
        // A single name goes above the plot, which leaves the line more room.
        let is_roomy = size == DrawingSize::Wide && series.len() > 1;
        let beside = if is_roomy { beside(series, edges, stacked, frame) } else { None };
        let names: Vec<_> = series.iter().map(|series| (series.name.as_str(), series.role)).collect();
        match &beside {
            Some((labels, _)) => frame.right = size.width() - legend::column_width(labels, shape),
            None => frame.lower(legend::rows_height(legend::rows(&names, size.width(), shape).1)),
        }
        SeriesNames { names, beside, shape, width: size.width() }
    }

    pub(super) fn draw(&self, layer: &mut Layer<'_>, frame: &Frame) {
        match &self.beside {
            Some((labels, middles)) => legend::column(layer, labels, middles, frame.right, self.shape),
            None => legend::draw_rows(layer, &self.names, 8.0, self.width, self.shape),
        }
    }
}

/// The labels beside the plot from top to bottom and the heights of their middles, if they fit.
fn beside(series: &[Series], edges: &[Vec<f64>], stacked: bool, frame: &Frame) -> Option<(Vec<Label>, Vec<f64>)> {
    let mut labels: Vec<Label> = Vec::with_capacity(edges.len());
    for (place, series) in series.iter().enumerate() {
        let last = |place: usize| edges[place].last().copied().unwrap_or_default();
        let below = if stacked && place > 0 { last(place - 1) } else { last(place) };
        let below = if stacked && place == 0 { 0.0 } else { below };
        labels.push(Label::new(&series.name, series.role, frame.y((below + last(place)) / 2.0)));
    }
    // Order by height. Labels of equal height stay in the order of stacked bands, uppermost first.
    labels.reverse();
    labels.sort_by(|one, other| one.wanted.total_cmp(&other.wanted));
    let middles = legend::spread(&labels, frame.top - legend::LINE, frame.bottom + legend::LINE)?;
    Some((labels, middles))
}
