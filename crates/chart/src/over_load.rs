//! Graphs over load.

use super::canvas::{Anchor, Canvas, Layer, Paint, text_width};
use super::frame::{self, FAR, FOOT, Frame, NEAR, Names, PLOT_HEIGHT};
use super::legend::LINE;
use super::scale::{self, Across};
use super::{Format, Level, OverLoad, drawable};

/// What a word needs where there is nothing to plot.
const EMPTY_HEIGHT: f64 = 40.0;
/// Half the width of bands where there is one load.
const HALF_COLUMN: f64 = 24.0;

/// What is drawn, in numbers that can be.
struct Data<'a> {
    graph: &'a OverLoad<'a>,
    loads: Vec<f64>,
    edges: Vec<Vec<f64>>,
    peak: Option<(f64, usize, usize)>,
}

/// The rectangle between the axes, and the loads along it.
struct Plot {
    frame: Frame,
    across: Across,
}

pub(super) fn draw(graph: &OverLoad<'_>, format: Format) -> String {
    let data = Data::new(graph);
    let scale = frame::scale(&data.edges, graph.unit, graph.logarithmic, graph.level);
    let mut frame = Frame::new(scale, format, if data.loads.is_empty() { EMPTY_HEIGHT } else { PLOT_HEIGHT });
    // What happens at a load is said above the plot, a line each.
    frame.lower(LINE * graph.turns.len().saturating_sub(1) as f64);
    let names = Names::new(graph.series, &data.edges, graph.stacked, &mut frame, format);
    let most_marks = if format == Format::Wide { 10 } else { 6 };
    let plot = Plot { across: Across::new(&data.loads, most_marks), frame };

    let mut canvas = Canvas::new(format, plot.frame.bottom + FOOT);
    if !data.loads.is_empty() {
        canvas.group("chart-axes", None, |layer| plot.draw_axes(layer, graph.across));
    }
    if !graph.stacked {
        canvas.group("chart-interval", None, |layer| data.draw_intervals(layer, &plot));
    }
    canvas.group("chart-series", None, |layer| data.draw_series(layer, &plot));
    // The line of zero lies above what stands on it.
    canvas.group("chart-axes", None, |layer| plot.frame.draw_base(layer));
    canvas.group("chart-labels", None, |layer| names.draw(layer, &plot.frame));
    if !data.loads.is_empty() {
        canvas.group("chart-level", None, |layer| {
            if let Some(level) = graph.level.filter(|_| data.peak.is_some()) {
                plot.frame.draw_level(layer, level);
            }
            for (place, turn) in graph.turns.iter().enumerate() {
                plot.draw_turn(layer, turn, place);
            }
        });
    }
    if format == Format::Wide {
        data.draw_hovers(&mut canvas, &plot);
    }
    canvas.finish(graph.title, &data.description())
}

impl<'a> Data<'a> {
    fn new(graph: &'a OverLoad<'a>) -> Data<'a> {
        let loads: Vec<f64> = graph.loads.iter().copied().map(drawable).collect();
        let edges = frame::edges(graph.series, loads.len(), graph.stacked);
        Data { graph, peak: frame::peak(&edges), loads, edges }
    }

    fn interval(&self, series: usize, place: usize) -> Option<(f64, f64)> {
        let (low, high) = *self.graph.intervals.get(series)?.get(place)?;
        Some((drawable(low), drawable(high)))
    }

    /// The area between the low and the high ends of a line's intervals; a stroke where there is one load.
    fn draw_intervals(&self, layer: &mut Layer<'_>, plot: &Plot) {
        for (place, series) in self.graph.series.iter().enumerate() {
            let ends = self.loads.iter().enumerate();
            let ends: Vec<_> = ends.filter_map(|(at, load)| Some((plot.x(*load), self.interval(place, at)?))).collect();
            // What is above the top is drawn at the top: the scale holds the values, not their intervals.
            let y = |value: f64| plot.frame.y(value).max(plot.frame.top);
            match ends[..] {
                [] => {}
                [(x, (low, high))] => layer.line((x, y(low)), (x, y(high)), Paint::Series(series.role), 2.0),
                _ => {
                    let upper = ends.iter().map(|(x, (_, high))| (*x, y(*high)));
                    let lower = ends.iter().rev().map(|(x, (low, _))| (*x, y(*low)));
                    layer.polygon(&upper.chain(lower).collect::<Vec<_>>(), Paint::Series(series.role));
                }
            }
        }
    }

    fn draw_series(&self, layer: &mut Layer<'_>, plot: &Plot) {
        if self.peak.is_none() {
            let word = if self.loads.is_empty() { "No load yet" } else { "None at any load" };
            layer.text(word, plot.frame.middle(), Anchor::Middle, Paint::Muted);
            return;
        }
        let all = self.graph.series.iter().zip(&self.edges);
        if self.graph.stacked {
            // Each band reaches down to the axis and the next one, painted later, covers its lower part.
            for (series, edge) in all.rev().filter(|(_, edge)| edge.iter().any(|value| *value > 0.0)) {
                layer.polygon(&self.outline(edge, plot), Paint::Series(series.role));
            }
            return;
        }
        for (series, edge) in all {
            let points: Vec<_> = self.points(edge, plot);
            if points.len() > 1 {
                layer.path(&points, Paint::Series(series.role), 2.0);
            }
            // Where there was a run.
            points.iter().for_each(|point| layer.dot(*point, 2.6, Paint::Series(series.role)));
        }
    }

    fn points(&self, edge: &[f64], plot: &Plot) -> Vec<(f64, f64)> {
        self.loads.iter().zip(edge).map(|(load, value)| (plot.x(*load), plot.frame.y(*value))).collect()
    }

    fn outline(&self, edge: &[f64], plot: &Plot) -> Vec<(f64, f64)> {
        let mut points = self.points(edge, plot);
        if let [(x, y)] = points[..] {
            points = vec![(x - HALF_COLUMN, y), (x + HALF_COLUMN, y)];
        }
        let ends = points.first().zip(points.last()).map(|(first, last)| (first.0, last.0));
        points.extend(ends.into_iter().flat_map(|(first, last)| [last, first]).map(|x| (x, plot.frame.bottom)));
        points
    }

    /// A column around each load that says its values when the pointer rests on it.
    fn draw_hovers(&self, canvas: &mut Canvas, plot: &Plot) {
        let middles: Vec<f64> = self.loads.iter().map(|load| plot.x(*load)).collect();
        let titles: Vec<String> = (0..middles.len()).map(|place| self.tip(place)).collect();
        canvas.groups("chart-hover", &titles, |layer, place| {
            let before =
                place.checked_sub(1).map_or(plot.frame.left, |before| (middles[before] + middles[place]) / 2.0);
            let after = middles.get(place + 1).map_or(plot.frame.right, |after| (after + middles[place]) / 2.0);
            layer.rectangle((before, plot.frame.top), (after, plot.frame.bottom), Paint::Hover);
        });
    }

    fn tip(&self, place: usize) -> String {
        let mut tip = format!("Load {}", scale::load(self.loads[place]));
        let unit = self.graph.unit;
        for (which, series) in self.graph.series.iter().enumerate().rev() {
            let value = series.values.get(place).copied().map_or(0.0, drawable);
            tip.push_str(&format!("\n{}: {}", series.name, unit.precise(value)));
            if let Some((low, high)) = self.interval(which, place).filter(|(low, high)| low < high) {
                tip.push_str(&format!(" ({} to {})", unit.precise(low), unit.precise(high)));
            }
        }
        tip
    }

    fn description(&self) -> String {
        let names: Vec<&str> = self.graph.series.iter().map(|series| series.name.as_str()).collect();
        let (Some(first), Some(last)) = (self.loads.first(), self.loads.last()) else {
            return format!("{}. No load yet.", names.join(", "));
        };
        let loads = if first == last {
            format!("at load {}", scale::load(*first))
        } else {
            format!("at loads from {} to {}", scale::load(*first), scale::load(*last))
        };
        let mut description = format!("{} {loads}.", names.join(", "));
        match self.peak {
            None => description.push_str(" None at any load."),
            Some((value, place, series)) => {
                let what = if self.graph.stacked { "sum" } else { "value" };
                let of = if self.graph.stacked { String::new() } else { format!(" ({})", names[series]) };
                let (value, load) = (self.graph.unit.precise(value), scale::load(self.loads[place]));
                description.push_str(&format!(" The largest {what} is {value}{of}, at load {load}."));
            }
        }
        for level in self.graph.level.into_iter().chain(self.graph.turns) {
            description.push_str(&format!(" Marked: {}.", level.name));
        }
        description
    }
}

impl Plot {
    fn x(&self, load: f64) -> f64 {
        self.frame.left + self.across.share(load) * (self.frame.right - self.frame.left)
    }

    fn draw_axes(&self, layer: &mut Layer<'_>, across: &str) {
        self.frame.draw_values(layer);
        for (load, label) in &self.across.marks {
            let x = self.x(*load);
            layer.line((x, self.frame.bottom), (x, self.frame.bottom + 5.0), Paint::Axis, 1.0);
            layer.text(label, (self.frame.within(x, label), self.frame.bottom + NEAR), Anchor::Middle, Paint::Muted);
        }
        let middle = self.frame.within(self.frame.middle().0, across);
        layer.text(across, (middle, self.frame.bottom + FAR), Anchor::Middle, Paint::Muted);
    }

    /// An upright line at a load with what happens there above it, or where that is beyond the plot its name and an arrow.
    fn draw_turn(&self, layer: &mut Layer<'_>, turn: &Level, place: usize) {
        let y = self.frame.top - 9.0 - place as f64 * LINE;
        let share = self.across.share(drawable(turn.value));
        if !(0.0..=1.0).contains(&share) {
            let (text, x, anchor) = if share > 1.0 {
                (format!("{} \u{2192}", turn.name), self.frame.right, Anchor::End)
            } else {
                (format!("\u{2190} {}", turn.name), self.frame.left, Anchor::Start)
            };
            layer.text(&text, (x, y), anchor, Paint::Ink);
            return;
        }
        let x = self.x(turn.value);
        layer.line((x, y + 7.0), (x, self.frame.bottom), Paint::Level, 1.5);
        let half = text_width(&turn.name) / 2.0;
        let middle = x.clamp(self.frame.left + half, (self.frame.right - half).max(self.frame.left + half));
        layer.text(&turn.name, (middle, y), Anchor::Middle, Paint::Ink);
    }
}
