//! Graphs over time.

use tollgate_wording::{list, span};

use super::calendar::{self, Mark};
use super::canvas::{Anchor, Canvas, DrawingSize, Layer, Paint, text_width};
use super::frame::{self, FAR, FOOT, Frame, NEAR, PLOT_HEIGHT, SeriesNames};
use super::graph::{MarkedValue, OverTime, Series, drawable};
use super::scale::Scale;

/// The height of a graph without intervals, which holds a line of text.
const EMPTY_HEIGHT: f64 = 40.0;

/// The values that are drawn.
pub(super) struct TimeData<'a> {
    graph: &'a OverTime<'a>,
    pub(super) edges: Vec<Vec<f64>>,
    pub(super) peak: Option<(f64, usize, usize)>,
    pub(super) from_micros: u64,
    pub(super) to_micros: u64,
}

/// The rectangle between the axes, and its range of time.
struct TimePlot {
    frame: Frame,
    from_micros: u64,
    to_micros: u64,
}

impl OverTime<'_> {
    /// The graph as two `<svg>` elements. The style sheet shows one of them.
    pub fn svg(&self) -> String {
        self.svg_beside(&[])
    }

    /// The same graph, with a scale that also fits other graphs of the same unit, so that you can compare them by eye.
    pub fn svg_beside(&self, others: &[OverTime<'_>]) -> String {
        let mut svg = draw(self, others, DrawingSize::Wide);
        svg.push_str(&draw(self, others, DrawingSize::Narrow));
        svg
    }
}

fn draw(graph: &OverTime<'_>, others: &[OverTime<'_>], size: DrawingSize) -> String {
    let data = TimeData::new(graph);
    let height = if graph.begins_micros.is_empty() { EMPTY_HEIGHT } else { PLOT_HEIGHT };
    let mut frame = Frame::new(data.scale(others), size, height);
    let names = SeriesNames::new(graph.series, &data.edges, graph.stacked, &mut frame, size);
    let plot = TimePlot { frame, from_micros: data.from_micros, to_micros: data.to_micros };

    let mut canvas = Canvas::new(size, plot.frame.bottom + FOOT);
    canvas.group("chart-axes", None, |layer| plot.draw_axes(layer, most_marks(size)));
    canvas.group("chart-series", None, |layer| data.draw_series(layer, &plot));
    // The baseline is painted over the bands and lines.
    canvas.group("chart-axes", None, |layer| plot.frame.draw_base(layer));
    canvas.group("chart-labels", None, |layer| names.draw(layer, &plot.frame));
    if let Some(level) = graph.level.filter(|_| data.peak.is_some()) {
        canvas.group("chart-level", None, |layer| plot.frame.draw_level(layer, level));
    }
    canvas.group("chart-peak", None, |layer| data.draw_peak(layer, &plot));
    if size == DrawingSize::Wide {
        data.draw_hovers(&mut canvas, &plot);
    }
    canvas.finish(graph.title, &data.description())
}

fn most_marks(size: DrawingSize) -> usize {
    match size {
        DrawingSize::Wide => 8,
        DrawingSize::Narrow => 4,
    }
}

impl<'a> TimeData<'a> {
    pub(super) fn new(graph: &'a OverTime<'a>) -> TimeData<'a> {
        let count = graph.begins_micros.len();
        let edges = frame::edges(graph.series, count, graph.stacked);
        let peak = frame::peak(&edges);
        let from_micros = graph.begins_micros.first().copied().unwrap_or_default();
        let last = graph.begins_micros.last().copied().unwrap_or_default();
        let interval_micros = if count == 0 { 0 } else { graph.interval_micros };
        let to_micros = last.saturating_add(interval_micros).max(from_micros.saturating_add(1));
        TimeData { graph, edges, peak, from_micros, to_micros }
    }

    /// The scale of values. It also fits other graphs.
    pub(super) fn scale(&self, others: &[OverTime<'_>]) -> Scale {
        let graph = self.graph;
        let mut edges = self.edges.clone();
        edges.extend(others.iter().flat_map(|other| TimeData::new(other).edges));
        let levels: Vec<&MarkedValue> = others.iter().chain([graph]).filter_map(|graph| graph.level).collect();
        frame::scale(&edges, graph.unit, graph.logarithmic, &levels)
    }

    fn draw_series(&self, layer: &mut Layer<'_>, plot: &TimePlot) {
        if self.peak.is_none() {
            let word = if self.graph.begins_micros.is_empty() { "No interval yet" } else { "All values are zero" };
            layer.text(word, plot.frame.middle(), Anchor::Middle, Paint::Muted);
        } else if self.graph.stacked {
            // Each band reaches down to the axis. The band below it is painted later and covers its lower part.
            for (series, edge) in self.graph.series.iter().zip(&self.edges).rev() {
                if edge.iter().any(|value| *value > 0.0) {
                    layer.polygon(&self.steps(edge, plot), Paint::Series(series.role));
                }
            }
        } else {
            for (series, edge) in self.graph.series.iter().zip(&self.edges) {
                let points: Vec<_> =
                    (0..edge.len()).map(|place| (self.middle(place, plot), plot.frame.y(edge[place]))).collect();
                match points[..] {
                    [only] => layer.dot(only, 3.0, Paint::Series(series.role)),
                    _ => layer.path(&points, Paint::Series(series.role), 2.0),
                }
            }
        }
    }

    /// The outline of a band: a step for each interval, because a value holds from the beginning of its interval to the end.
    fn steps(&self, edge: &[f64], plot: &TimePlot) -> Vec<(f64, f64)> {
        let mut points = Vec::with_capacity(2 * edge.len() + 2);
        for (&begin, &value) in self.graph.begins_micros.iter().zip(edge) {
            let (left, right) = (plot.x(begin), plot.x(begin.saturating_add(self.graph.interval_micros)));
            match points.last() {
                None => points.push((left, plot.frame.bottom)),
                // A missing interval is a gap in the band.
                Some(&(end, _)) if end < left - 0.1 => {
                    points.extend([(end, plot.frame.bottom), (left, plot.frame.bottom)])
                }
                Some(_) => {}
            }
            points.extend([(left, plot.frame.y(value)), (right, plot.frame.y(value))]);
        }
        points.extend(points.last().map(|&(right, _)| (right, plot.frame.bottom)));
        points
    }

    fn middle(&self, place: usize, plot: &TimePlot) -> f64 {
        plot.x(self.graph.begins_micros[place].saturating_add(self.graph.interval_micros / 2))
    }

    /// Writes the largest value above its point, unless all values are equal.
    fn draw_peak(&self, layer: &mut Layer<'_>, plot: &TimePlot) {
        let Some((largest, interval, series)) = self.peak else { return };
        if self.edges[series].iter().all(|value| *value == largest) {
            return;
        }
        let figure = self.graph.unit.short(largest);
        let half = text_width(&figure) / 2.0;
        // The text of a huge value may be wider than the plot.
        let x = self.middle(interval, plot).max(plot.frame.left + half).min(plot.frame.right - half);
        layer.text(&figure, (x, plot.frame.y(largest) - 9.0), Anchor::Middle, Paint::Ink);
    }

    /// An invisible column for each interval. Its tooltip lists the values of the interval.
    fn draw_hovers(&self, canvas: &mut Canvas, plot: &TimePlot) {
        let begins = self.graph.begins_micros;
        let titles: Vec<String> = (0..begins.len()).map(|place| self.tip(place)).collect();
        canvas.groups("chart-hover", &titles, |layer, place| {
            let (from, to) = (begins[place], begins[place].saturating_add(self.graph.interval_micros));
            layer.rectangle((plot.x(from), plot.frame.top), (plot.x(to), plot.frame.bottom), Paint::Hover);
        });
    }

    fn tip(&self, place: usize) -> String {
        let mut tip = self.interval(place);
        for series in self.graph.series.iter().rev() {
            tip.push_str(&format!("\n{}: {}", series.name, self.reading(series, place)));
        }
        tip
    }

    /// The text of a value.
    pub(super) fn reading(&self, series: &Series, place: usize) -> String {
        self.graph.unit.full(series.values.get(place).copied().map_or(0.0, drawable))
    }

    fn description(&self) -> String {
        let series = self.graph.series;
        let names = list(series.iter().map(|series| &series.name));
        if self.graph.begins_micros.is_empty() {
            return format!("{names}. No interval yet.");
        }
        let largest = match self.peak {
            None => String::from("All values are zero."),
            Some((value, interval, at)) => {
                let what = if self.graph.stacked { "sum of an interval" } else { "value" };
                let of = if self.graph.stacked { String::new() } else { format!(" ({})", series[at].name) };
                let when = self.interval(interval);
                format!("The largest {what} is {}{of}, {when}.", self.graph.unit.full(value))
            }
        };
        format!("{names}, {}. {largest}", span(self.from_micros, self.to_micros))
    }

    /// The text of an interval.
    pub(super) fn interval(&self, place: usize) -> String {
        let begin = self.graph.begins_micros[place];
        span(begin, begin.saturating_add(self.graph.interval_micros))
    }
}

impl TimePlot {
    fn is_empty(&self) -> bool {
        self.to_micros - self.from_micros < 2
    }

    fn x(&self, micros: u64) -> f64 {
        let share = (micros - self.from_micros) as f64 / (self.to_micros - self.from_micros) as f64;
        self.frame.left + share * (self.frame.right - self.frame.left)
    }

    /// Draws the grid and the labels of both axes. Draws nothing without intervals.
    fn draw_axes(&self, layer: &mut Layer<'_>, most_marks: usize) {
        if self.is_empty() {
            return;
        }
        self.frame.draw_values(layer);
        let marks = calendar::marks(self.from_micros, self.to_micros, most_marks);
        for mark in &marks {
            let x = self.x(mark.at_micros);
            layer.line((x, self.frame.bottom), (x, self.frame.bottom + 5.0), Paint::Axis, 1.0);
            layer.text(
                &mark.near,
                (self.frame.within(x, &mark.near), self.frame.bottom + NEAR),
                Anchor::Middle,
                Paint::Muted,
            );
        }
        for (x, far) in self.far(&marks) {
            layer.text(far, (x, self.frame.bottom + FAR), Anchor::Middle, Paint::Muted);
        }
    }

    /// The lower line of the marks, without texts that would overlap the next one.
    fn far<'a>(&self, marks: &'a [Mark]) -> Vec<(f64, &'a str)> {
        let mut kept: Vec<(f64, &str)> = Vec::new();
        for mark in marks.iter().rev() {
            let Some(far) = mark.far.as_deref() else { continue };
            let x = self.frame.within(self.x(mark.at_micros), far);
            let ends = x + text_width(far) / 2.0 + 8.0;
            if kept.last().is_none_or(|(next, other)| ends <= next - text_width(other) / 2.0) {
                kept.push((x, far));
            }
        }
        kept
    }
}
