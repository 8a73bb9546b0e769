//! Graphs over time.

use super::calendar::{self, Mark};
use super::canvas::{Anchor, Canvas, Layer, Paint, text_width};
use super::legend::{self, Label, Shape};
use super::scale::Scale;
use super::{Format, OverTime, drawable};

/// Room above the plot for the figure of the largest value, and below it for two lines of time.
const HEAD: f64 = 20.0;
const FOOT: f64 = 42.0;
const PLOT_HEIGHT: f64 = 190.0;
/// What a word needs where there is nothing to plot.
const EMPTY_HEIGHT: f64 = 40.0;
/// A line of marks of time and the line below it.
const NEAR: f64 = 15.0;
const FAR: f64 = 32.0;

/// What is drawn, in numbers that can be.
struct Data<'a> {
    graph: &'a OverTime<'a>,
    /// The heights of each series' upper edge in each interval: sums from the first series on where bands are
    /// stacked, or else the values.
    edges: Vec<Vec<f64>>,
    /// The largest edge, with the places of its interval and series.
    peak: Option<(f64, usize, usize)>,
    from_micros: u64,
    to_micros: u64,
}

/// The rectangle between the axes.
struct Plot {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    from_micros: u64,
    to_micros: u64,
    scale: Scale,
}

pub(super) fn draw(graph: &OverTime<'_>, format: Format) -> String {
    let data = Data::new(graph);
    let scale = data.scale();
    let left = scale.marks.iter().map(|(_, label)| text_width(label)).fold(0.0, f64::max).ceil() + 8.0;
    let mut plot = Plot {
        left,
        right: format.width() - 10.0,
        top: HEAD,
        bottom: HEAD + if graph.begins_micros.is_empty() { EMPTY_HEIGHT } else { PLOT_HEIGHT },
        from_micros: data.from_micros,
        to_micros: data.to_micros,
        scale,
    };
    // A single name above leaves more room to its line than one beside it.
    let is_roomy = format == Format::Wide && graph.series.len() > 1;
    let beside = if is_roomy { data.labels_beside(&plot) } else { None };
    let names: Vec<_> = graph.series.iter().map(|series| (series.name.as_str(), series.role)).collect();
    match &beside {
        Some((labels, _)) => plot.right = format.width() - legend::column_width(labels, data.shape()),
        None => {
            let height = legend::rows_height(legend::rows(&names, format.width(), data.shape()).1);
            plot.top += height;
            plot.bottom += height;
        }
    }

    let mut canvas = Canvas::new(format, plot.bottom + FOOT);
    canvas.group("chart-axes", None, |layer| plot.draw_axes(layer, most_marks(format)));
    canvas.group("chart-series", None, |layer| data.draw_series(layer, &plot));
    // The line of zero lies above what stands on it.
    canvas.group("chart-axes", None, |layer| plot.draw_base(layer));
    canvas.group("chart-labels", None, |layer| match &beside {
        Some((labels, middles)) => legend::column(layer, labels, middles, plot.right, data.shape()),
        None => legend::draw_rows(layer, &names, 8.0, format.width(), data.shape()),
    });
    canvas.group("chart-peak", None, |layer| data.draw_peak(layer, &plot));
    if format == Format::Wide {
        data.draw_hovers(&mut canvas, &plot);
    }
    canvas.finish(graph.title, &data.description())
}

fn most_marks(format: Format) -> usize {
    match format {
        Format::Wide => 8,
        Format::Narrow => 4,
    }
}

impl<'a> Data<'a> {
    fn new(graph: &'a OverTime<'a>) -> Data<'a> {
        let count = graph.begins_micros.len();
        let mut edges: Vec<Vec<f64>> = Vec::with_capacity(graph.series.len());
        for series in graph.series {
            let value = |place: usize| series.values.get(place).copied().map_or(0.0, drawable);
            let below = edges.last().filter(|_| graph.stacked);
            edges.push((0..count).map(|place| value(place) + below.map_or(0.0, |below| below[place])).collect());
        }
        let mut peak: Option<(f64, usize, usize)> = None;
        for (series, edge) in edges.iter().enumerate() {
            for (interval, &value) in edge.iter().enumerate() {
                if value > peak.map_or(0.0, |(largest, ..)| largest) {
                    peak = Some((value, interval, series));
                }
            }
        }
        let from_micros = graph.begins_micros.first().copied().unwrap_or_default();
        let last = graph.begins_micros.last().copied().unwrap_or_default();
        let interval_micros = if count == 0 { 0 } else { graph.interval_micros };
        let to_micros = last.saturating_add(interval_micros).max(from_micros.saturating_add(1));
        Data { graph, edges, peak, from_micros, to_micros }
    }

    fn shape(&self) -> Shape {
        if self.graph.stacked { Shape::Band } else { Shape::Line }
    }

    fn scale(&self) -> Scale {
        let whole = self.edges.iter().flatten().all(|value| value.fract() == 0.0);
        Scale::new(self.peak.map_or(0.0, |(largest, ..)| largest), self.graph.unit, whole)
    }

    /// The labels beside the plot from top to bottom and where they go, if they fit.
    fn labels_beside(&self, plot: &Plot) -> Option<(Vec<Label>, Vec<f64>)> {
        let mut labels: Vec<Label> = Vec::with_capacity(self.edges.len());
        for (place, series) in self.graph.series.iter().enumerate() {
            let last = |place: usize| self.edges[place].last().copied().unwrap_or_default();
            let below = if self.graph.stacked && place > 0 { last(place - 1) } else { last(place) };
            let below = if self.graph.stacked && place == 0 { 0.0 } else { below };
            labels.push(Label::new(&series.name, series.role, plot.y((below + last(place)) / 2.0)));
        }
        // Bands from the uppermost down, and lines by their ends.
        labels.reverse();
        labels.sort_by(|one, other| one.wanted.total_cmp(&other.wanted));
        let middles = legend::spread(&labels, plot.top - legend::LINE, plot.bottom + legend::LINE)?;
        Some((labels, middles))
    }

    fn draw_series(&self, layer: &mut Layer<'_>, plot: &Plot) {
        if self.peak.is_none() {
            let word = if self.graph.begins_micros.is_empty() { "No interval yet" } else { "None in this time" };
            let middle = ((plot.left + plot.right) / 2.0, (plot.top + plot.bottom) / 2.0);
            layer.text(word, middle, Anchor::Middle, Paint::Muted);
        } else if self.graph.stacked {
            // Each band reaches down to the axis and the next one, painted later, covers its lower part.
            for (series, edge) in self.graph.series.iter().zip(&self.edges).rev() {
                if edge.iter().any(|value| *value > 0.0) {
                    layer.polygon(&self.steps(edge, plot), Paint::Series(series.role));
                }
            }
        } else {
            for (series, edge) in self.graph.series.iter().zip(&self.edges) {
                let points: Vec<_> =
                    (0..edge.len()).map(|place| (self.middle(place, plot), plot.y(edge[place]))).collect();
                match points[..] {
                    [only] => layer.dot(only, 3.0, Paint::Series(series.role)),
                    _ => layer.path(&points, Paint::Series(series.role), 2.0),
                }
            }
        }
    }

    /// The outline of a band: a step for each interval, which has one value from its beginning to its end.
    fn steps(&self, edge: &[f64], plot: &Plot) -> Vec<(f64, f64)> {
        let mut points = Vec::with_capacity(2 * edge.len() + 2);
        for (&begin, &value) in self.graph.begins_micros.iter().zip(edge) {
            let (left, right) = (plot.x(begin), plot.x(begin.saturating_add(self.graph.interval_micros)));
            match points.last() {
                None => points.push((left, plot.bottom)),
                // Where an interval is missing, the band is.
                Some(&(end, _)) if end < left - 0.1 => points.extend([(end, plot.bottom), (left, plot.bottom)]),
                Some(_) => {}
            }
            points.extend([(left, plot.y(value)), (right, plot.y(value))]);
        }
        points.extend(points.last().map(|&(right, _)| (right, plot.bottom)));
        points
    }

    fn middle(&self, place: usize, plot: &Plot) -> f64 {
        plot.x(self.graph.begins_micros[place].saturating_add(self.graph.interval_micros / 2))
    }

    /// The largest value in figures above where it is, unless all are alike.
    fn draw_peak(&self, layer: &mut Layer<'_>, plot: &Plot) {
        let Some((largest, interval, series)) = self.peak else { return };
        if self.edges[series].iter().all(|value| *value == largest) {
            return;
        }
        let figure = self.graph.unit.short(largest);
        let half = text_width(&figure) / 2.0;
        let x = self.middle(interval, plot).clamp(plot.left + half, plot.right - half);
        layer.text(&figure, (x, plot.y(largest) - 9.0), Anchor::Middle, Paint::Ink);
    }

    /// A column for each interval that says its values when the pointer rests on it.
    fn draw_hovers(&self, canvas: &mut Canvas, plot: &Plot) {
        let begins = self.graph.begins_micros;
        let titles: Vec<String> = (0..begins.len()).map(|place| self.tip(place)).collect();
        canvas.groups("chart-hover", &titles, |layer, place| {
            let (from, to) = (begins[place], begins[place].saturating_add(self.graph.interval_micros));
            layer.rectangle((plot.x(from), plot.top), (plot.x(to), plot.bottom), Paint::Hover);
        });
    }

    fn tip(&self, place: usize) -> String {
        let mut tip = calendar::interval(self.graph.begins_micros[place], self.graph.interval_micros);
        for series in self.graph.series.iter().rev() {
            let value = series.values.get(place).copied().map_or(0.0, drawable);
            tip.push('\n');
            tip.push_str(&series.name);
            tip.push_str(": ");
            tip.push_str(&self.graph.unit.exact(value));
        }
        tip
    }

    fn description(&self) -> String {
        let names: Vec<&str> = self.graph.series.iter().map(|series| series.name.as_str()).collect();
        if self.graph.begins_micros.is_empty() {
            return format!("{}. No interval yet.", names.join(", "));
        }
        let (from, to) = (calendar::moment(self.from_micros), calendar::moment(self.to_micros));
        let largest = match self.peak {
            None => String::from("None in this time."),
            Some((value, interval, series)) => {
                let what = if self.graph.stacked { "sum of an interval" } else { "value" };
                let of = if self.graph.stacked { String::new() } else { format!(" ({})", names[series]) };
                let when = calendar::interval(self.graph.begins_micros[interval], self.graph.interval_micros);
                format!("The largest {what} is {}{of}, {when}.", self.graph.unit.exact(value))
            }
        };
        format!("{} from {from} to {to} GMT. {largest}", names.join(", "))
    }
}

impl Plot {
    fn is_empty(&self) -> bool {
        self.to_micros - self.from_micros < 2
    }

    fn x(&self, micros: u64) -> f64 {
        let share = (micros - self.from_micros) as f64 / (self.to_micros - self.from_micros) as f64;
        self.left + share * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - value / self.scale.top * (self.bottom - self.top)
    }

    /// The grid and what stands beside and below it; nothing where there is no time.
    fn draw_axes(&self, layer: &mut Layer<'_>, most_marks: usize) {
        if self.is_empty() {
            return;
        }
        for (value, label) in &self.scale.marks {
            let y = self.y(*value);
            if *value > 0.0 {
                layer.line((self.left, y), (self.right, y), Paint::Grid, 1.0);
            }
            layer.text(label, (self.left - 6.0, y), Anchor::End, Paint::Muted);
        }
        let marks = calendar::marks(self.from_micros, self.to_micros, most_marks);
        for mark in &marks {
            let x = self.x(mark.at_micros);
            layer.line((x, self.bottom), (x, self.bottom + 5.0), Paint::Axis, 1.0);
            layer.text(&mark.near, (self.within(x, &mark.near), self.bottom + NEAR), Anchor::Middle, Paint::Muted);
        }
        for (x, far) in self.far(&marks) {
            layer.text(far, (x, self.bottom + FAR), Anchor::Middle, Paint::Muted);
        }
    }

    fn draw_base(&self, layer: &mut Layer<'_>) {
        layer.line((self.left, self.bottom), (self.right, self.bottom), Paint::Axis, 1.0);
    }

    /// The lower line of marks, without those that would run into the next one.
    fn far<'a>(&self, marks: &'a [Mark]) -> Vec<(f64, &'a str)> {
        let mut kept: Vec<(f64, &str)> = Vec::new();
        for mark in marks.iter().rev() {
            let Some(far) = mark.far.as_deref() else { continue };
            let x = self.within(self.x(mark.at_micros), far);
            let ends = x + text_width(far) / 2.0 + 8.0;
            if kept.last().is_none_or(|(next, other)| ends <= next - text_width(other) / 2.0) {
                kept.push((x, far));
            }
        }
        kept
    }

    /// The nearest place to a middle at which a text is inside the drawing.
    fn within(&self, x: f64, text: &str) -> f64 {
        let half = text_width(text) / 2.0;
        x.max(half).min(self.right + 10.0 - half)
    }
}
