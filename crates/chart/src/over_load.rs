//! Graphs over load.

use tollgate_wording::{estimate, list, load};

use super::canvas::{Anchor, Canvas, DrawingSize, Layer, Paint, cut_to_fit, text_width};
use super::frame::{self, FAR, FOOT, Frame, NEAR, PLOT_HEIGHT, SeriesNames};
use super::graph::{MarkedLoad, MarkedValue, OverLoad, drawable};
use super::legend::LINE;
use super::scale::{Across, Scale};

/// The height of a graph without loads, which holds a line of text.
const EMPTY_HEIGHT: f64 = 40.0;
/// Half the width of a band in a graph of a single load.
const HALF_COLUMN: f64 = 24.0;

/// The values that are drawn.
pub(super) struct LoadData<'a> {
    graph: &'a OverLoad<'a>,
    pub(super) loads: Vec<f64>,
    pub(super) edges: Vec<Vec<f64>>,
    peak: Option<(f64, usize, usize)>,
}

/// The rectangle between the axes, and its scale of loads.
struct LoadPlot {
    frame: Frame,
    across: Across,
}

impl OverLoad<'_> {
    /// The graph as two `<svg>` elements. The style sheet shows one of them.
    pub fn svg(&self) -> String {
        self.svg_beside(&[])
    }

    /// The same graph, with a scale of values that also fits other graphs of the same unit, so that you can compare them by
    /// eye.
    pub fn svg_beside(&self, others: &[OverLoad<'_>]) -> String {
        let mut svg = draw(self, others, DrawingSize::Wide);
        svg.push_str(&draw(self, others, DrawingSize::Narrow));
        svg
    }
}

fn draw(graph: &OverLoad<'_>, others: &[OverLoad<'_>], size: DrawingSize) -> String {
    let data = LoadData::new(graph);
    let mut frame =
        Frame::new(data.scale(others), size, if data.loads.is_empty() { EMPTY_HEIGHT } else { PLOT_HEIGHT });
    // Each marked load has a line of text above the plot.
    frame.lower(LINE * graph.turns.len().saturating_sub(1) as f64);
    let names = SeriesNames::new(graph.series, &data.edges, graph.stacked, &mut frame, size);
    let most_marks = if size == DrawingSize::Wide { 10 } else { 6 };
    let plot = LoadPlot { across: data.across(most_marks), frame };

    let mut canvas = Canvas::new(size, plot.frame.bottom + FOOT);
    if !data.loads.is_empty() {
        canvas.group("chart-axes", None, |layer| plot.draw_axes(layer, graph.across));
    }
    if !data.loads.is_empty() {
        canvas.group("chart-turn", None, |layer| {
            graph.turns.iter().for_each(|turn| plot.draw_turn_interval(layer, turn))
        });
    }
    if !graph.stacked {
        canvas.group("chart-interval", None, |layer| data.draw_intervals(layer, &plot));
    }
    canvas.group("chart-series", None, |layer| data.draw_series(layer, &plot));
    // The baseline is painted over the bands and lines.
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
    if size == DrawingSize::Wide {
        data.draw_hovers(&mut canvas, &plot);
    }
    canvas.finish(graph.title, &data.description())
}

impl<'a> LoadData<'a> {
    pub(super) fn new(graph: &'a OverLoad<'a>) -> LoadData<'a> {
        let loads: Vec<f64> = graph.loads.iter().copied().map(drawable).collect();
        let edges = frame::edges(graph.series, loads.len(), graph.stacked);
        LoadData { graph, peak: frame::peak(&edges), loads, edges }
    }

    /// The scale of values. It also fits other graphs.
    pub(super) fn scale(&self, others: &[OverLoad<'_>]) -> Scale {
        let graph = self.graph;
        let mut edges = self.edges.clone();
        edges.extend(others.iter().flat_map(|other| LoadData::new(other).edges));
        let levels: Vec<&MarkedValue> = others.iter().chain([graph]).filter_map(|graph| graph.level).collect();
        let mut scale = frame::scale(&edges, graph.unit, graph.logarithmic, &levels);
        for graph in others.iter().chain([graph]).filter(|graph| !graph.stacked) {
            graph.intervals.iter().flatten().for_each(|(low, _)| scale.note(drawable(*low)));
        }
        scale
    }

    /// The scale of loads. It reaches a load that is marked with its confidence interval, if that is at most twice the largest load.
    pub(super) fn across(&self, most_marks: usize) -> Across {
        let most = 2.0 * self.loads.last().copied().unwrap_or_default();
        let end =
            |turn: &MarkedLoad| turn.interval.filter(|_| turn.load <= most).map(|(_, high)| drawable(high).min(most));
        let reach = self.graph.turns.iter().filter_map(end).reduce(f64::max);
        Across::new(&self.loads, reach, most_marks)
    }

    pub(super) fn interval(&self, series: usize, place: usize) -> Option<(f64, f64)> {
        let (low, high) = *self.graph.intervals.get(series)?.get(place)?;
        Some((drawable(low), drawable(high)))
    }

    /// Draws the area between the low and the high ends of a line's intervals, or a stroke if there is one load.
    fn draw_intervals(&self, layer: &mut Layer<'_>, plot: &LoadPlot) {
        for (place, series) in self.graph.series.iter().enumerate() {
            let ends = self.loads.iter().enumerate();
            let ends: Vec<_> = ends.filter_map(|(at, load)| Some((plot.x(*load), self.interval(place, at)?))).collect();
            // The scale fits the values, not their intervals, so an end above the top is drawn at the top.
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

    fn draw_series(&self, layer: &mut Layer<'_>, plot: &LoadPlot) {
        if self.peak.is_none() {
            let word = if self.loads.is_empty() { "No load yet" } else { "Zero at every load" };
            layer.text(word, plot.frame.middle(), Anchor::Middle, Paint::Muted);
            return;
        }
        let all = self.graph.series.iter().zip(&self.edges);
        if self.graph.stacked {
            // Each band reaches down to the axis. The band below it is painted later and covers its lower part.
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
            // A dot at each load that was run.
            points.iter().for_each(|point| layer.dot(*point, 2.6, Paint::Series(series.role)));
        }
    }

    fn points(&self, edge: &[f64], plot: &LoadPlot) -> Vec<(f64, f64)> {
        self.loads.iter().zip(edge).map(|(load, value)| (plot.x(*load), plot.frame.y(*value))).collect()
    }

    fn outline(&self, edge: &[f64], plot: &LoadPlot) -> Vec<(f64, f64)> {
        let mut points = self.points(edge, plot);
        if let [(x, y)] = points[..] {
            points = vec![(x - HALF_COLUMN, y), (x + HALF_COLUMN, y)];
        }
        let ends = points.first().zip(points.last()).map(|(first, last)| (first.0, last.0));
        points.extend(ends.into_iter().flat_map(|(first, last)| [last, first]).map(|x| (x, plot.frame.bottom)));
        points
    }

    /// An invisible column around each load. Its tooltip lists the values at the load.
    fn draw_hovers(&self, canvas: &mut Canvas, plot: &LoadPlot) {
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
        let mut tip = format!("Load {}", load(self.loads[place]));
        for (which, series) in self.graph.series.iter().enumerate().rev() {
            tip.push_str(&format!("\n{}: {}", series.name, self.reading(which, place)));
        }
        tip
    }

    /// The text of a value with its interval.
    pub(super) fn reading(&self, series: usize, place: usize) -> String {
        let unit = self.graph.unit;
        let value = self.graph.series[series].values.get(place).copied().map_or(0.0, drawable);
        let (low, high) = self.interval(series, place).unwrap_or((value, value));
        estimate(value, low, high, |value| unit.full(value))
    }

    fn description(&self) -> String {
        let series = self.graph.series;
        let names = list(series.iter().map(|series| &series.name));
        let (Some(first), Some(last)) = (self.loads.first(), self.loads.last()) else {
            return format!("{names}. No load yet.");
        };
        let loads = if first == last {
            format!("at load {}", load(*first))
        } else {
            format!("at loads from {} to {}", load(*first), load(*last))
        };
        let mut description = format!("{names} {loads}.");
        match self.peak {
            None => description.push_str(" Zero at every load."),
            Some((value, place, peak_series)) => {
                let what = if self.graph.stacked { "sum" } else { "value" };
                let of = if self.graph.stacked { String::new() } else { format!(" ({})", series[peak_series].name) };
                let (value, at) = (self.graph.unit.full(value), load(self.loads[place]));
                description.push_str(&format!(" The largest {what} is {value}{of}, at load {at}."));
            }
        }
        let marked = self.graph.level.iter().map(|level| &level.name);
        for name in marked.chain(self.graph.turns.iter().map(|turn| &turn.name)) {
            description.push_str(&format!(" Marked: {name}."));
        }
        description
    }
}

impl LoadPlot {
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

    /// Shades the part of the confidence interval of a marked load that is inside the plot.
    fn draw_turn_interval(&self, layer: &mut Layer<'_>, turn: &MarkedLoad) {
        let Some((low, high)) = turn.interval else { return };
        let [from, to] = [low, high].map(|load| self.x(drawable(load)).clamp(self.frame.left, self.frame.right));
        if from < to {
            layer.rectangle((from, self.frame.top), (to, self.frame.bottom), Paint::Interval);
        }
    }

    /// Draws a vertical line at a marked load, with its name above. If the load is outside the plot, draws the name with an
    /// arrow instead.
    fn draw_turn(&self, layer: &mut Layer<'_>, turn: &MarkedLoad, place: usize) {
        let (left, right) = (self.frame.left, self.frame.right);
        let name = cut_to_fit(&turn.name, right - left - LINE);
        let y = self.frame.top - 9.0 - place as f64 * LINE;
        let share = self.across.share(drawable(turn.load));
        if share > 1.0 {
            layer.text(&format!("{name} \u{2192}"), (right, y), Anchor::End, Paint::Ink);
        } else if share < 0.0 {
            layer.text(&format!("\u{2190} {name}"), (left, y), Anchor::Start, Paint::Ink);
        } else {
            let x = self.x(drawable(turn.load));
            layer.line((x, y + 7.0), (x, self.frame.bottom), Paint::Level, 1.5);
            let half = text_width(&name) / 2.0;
            let middle = x.min(right - half).max(left + half);
            layer.text(&name, (middle, y), Anchor::Middle, Paint::Ink);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::super::graph::{Series, SeriesRole, Unit};
    use super::super::tests::{assert_well_formed, numbers, points, wide};
    use super::*;

    fn graph<'a>(loads: &'a [f64], series: &'a [Series]) -> OverLoad<'a> {
        OverLoad {
            title: "Delay",
            across: "times today's mail",
            loads,
            series,
            intervals: &[],
            stacked: false,
            logarithmic: true,
            unit: Unit::Seconds,
            level: None,
            turns: &[],
        }
    }

    fn one(values: &[f64]) -> [Series; 1] {
        [Series { name: String::from("Mean"), role: SeriesRole::First, values: values.to_vec() }]
    }

    #[test]
    fn loads_stand_where_they_are_and_orders_of_magnitude_are_as_far_apart() {
        let series = one(&[0.1, 1.0, 10.0, 1.0]);
        // Evenly spaced loads give a linear scale. The third load is twice as far from the second as the second from the first.
        let points = points(wide(&graph(&[1.0, 2.0, 4.0, 5.0], &series).svg()), "polyline");
        let across: Vec<f64> =
            points.iter().map(|point| (point.0 - points[0].0) / (points[3].0 - points[0].0)).collect();
        let up: Vec<f64> = points.iter().map(|point| (points[0].1 - point.1) / (points[0].1 - points[2].1)).collect();
        for (found, expected) in across.iter().chain(&up).zip([0.0, 0.25, 0.75, 1.0, 0.0, 0.5, 1.0, 0.5]) {
            assert!((found - expected).abs() < 0.002, "{points:?}");
        }
    }

    #[test]
    fn doubled_loads_are_evenly_apart() {
        let series = one(&[1.0; 8]);
        let loads = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
        let points = points(wide(&graph(&loads, &series).svg()), "polyline");
        let gaps: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!(gaps.iter().all(|gap| (gap - gaps[0]).abs() <= 1.0), "{gaps:?}");
    }

    #[test]
    fn an_interval_reaches_from_its_low_to_its_high_end() {
        let series = one(&[5.0, 5.0]);
        let intervals = [vec![(0.5, 8.0), (5.0, 5.0)]];
        let svg = OverLoad { intervals: &intervals, ..graph(&[1.0, 2.0], &series) }.svg();
        let line = points(wide(&svg), "polyline");
        let area = points(wide(&svg), "polygon");
        // Upper ends from left to right, then lower ends from right to left. An end below the scale is at its bottom.
        let base = numbers(wide(&svg), "#100004", "y1").into_iter().fold(0.0, f64::max);
        assert_eq!(area.len(), 4);
        assert!(area[0].1 < line[0].1 && area[3].1 == base, "{area:?} {line:?}");
        assert_eq!([area[1], area[2]], [line[1], line[1]]);
    }

    #[test]
    fn bands_over_load_reach_up_to_the_sums_of_those_below() {
        let band = |role, values: &[f64]| Series { name: format!("{role:?}"), role, values: values.to_vec() };
        let series = [band(SeriesRole::First, &[10.0, 30.0]), band(SeriesRole::Second, &[10.0, 70.0])];
        let graph = OverLoad { stacked: true, logarithmic: false, unit: Unit::Percent, ..graph(&[1.0, 3.0], &series) };
        let svg = graph.svg();
        let heights = |sentinel: &str| {
            let points = points(wide(&svg), &format!("polygon opacity=\"1\" fill=\"{sentinel}\""));
            let base = points[3].1;
            points.iter().map(|point| (base - point.1) / 19.0).collect::<Vec<f64>>()
        };
        assert_eq!(heights("#200011"), [10.0, 30.0, 0.0, 0.0]);
        assert_eq!(heights("#200012"), [20.0, 100.0, 0.0, 0.0]);
    }

    #[test]
    fn one_load_is_a_dot_in_the_middle_or_a_column() {
        let series = one(&[5.0]);
        let svg = graph(&[3.0], &series).svg();
        assert!(!svg.contains("<polyline") && svg.contains(">\n3\n</text>"), "{svg}");
        assert_eq!(numbers(wide(&svg), "circle", "cx").len(), 1);
        let column = OverLoad { stacked: true, logarithmic: false, ..graph(&[3.0], &series) }.svg();
        let column = points(wide(&column), "polygon");
        assert!(column[1].0 - column[0].0 == 480.0 && column[0].1 == column[1].1, "{column:?}");
    }

    #[test]
    fn limits_are_marked_or_pointed_at() {
        let series = one(&[10.0, 100.0]);
        let of = |limit: f64, turn: f64| {
            let turns = [MarkedLoad { name: String::from("stops"), load: turn, interval: None }];
            let limit = MarkedValue { name: String::from("limit"), value: limit };
            OverLoad { level: Some(&limit), turns: &turns, ..graph(&[1.0, 2.0], &series) }.svg()
        };
        let near = of(200.0, 1.5);
        assert_eq!(wide(&near).matches("stroke=\"#100006\"").count(), 2);
        let (x, ends) = (numbers(wide(&near), "#100006", "x1")[1], points(wide(&near), "polyline"));
        assert!((x - (ends[0].0 + ends[1].0) / 2.0).abs() <= 1.0, "{x} {ends:?}");
        assert!(near.contains("Marked: limit. Marked: stops."));
        let far = of(1e9, 3.0);
        assert_eq!(far.matches("stroke=\"#100006\"").count(), 0);
        assert!(far.contains("\u{2191} limit") && far.contains("stops \u{2192}"), "{far}");
        assert!(of(1e9, 0.1).contains("\u{2190} stops"));
    }

    #[test]
    fn the_interval_of_a_marked_load_is_shaded_and_inside_the_plot() {
        let series = one(&[10.0, 100.0]);
        let of = |load: f64, interval| {
            let turns = [MarkedLoad { name: String::from("broken"), load, interval: Some(interval) }];
            let graph = OverLoad { turns: &turns, ..graph(&[1.0, 2.0], &series) };
            (graph.live_beside(&[]), graph.svg())
        };
        let (live, svg) = of(2.5, (1.5, 3.0));
        // The scale reaches from 1 to 3.
        assert_eq!((&live.at[..], live.turns[0].at, live.turns[0].ends), (&[0.0, 0.5][..], 0.75, Some((0.25, 1.0))));
        let [left, width] = ["x", "width"].map(|name| numbers(wide(&svg), "#100007", name)[0]);
        let ends = points(wide(&svg), "polyline");
        let half = ends[1].0 - ends[0].0;
        assert!(
            (left - ends[0].0 - half / 2.0).abs() <= 1.0 && (width - 1.5 * half).abs() <= 1.0,
            "{left} {width} {ends:?}"
        );
        // A load that is far away does not squeeze the lines.
        let (live, _) = of(5.0, (4.0, 6.0));
        assert!(live.at == [0.0, 1.0] && live.turns[0].at > 1.0, "{live:?}");
    }

    #[test]
    fn a_graph_over_load_is_described_in_sentences() {
        let series = one(&[0.42, 12_000.0]);
        let intervals = [vec![(0.42, 0.42), (9_000.0, 15_000.0)]];
        let svg = OverLoad { intervals: &intervals, ..graph(&[0.5, 4.0], &series) }.svg();
        let expected = "Mean at loads from 0.5 to 4. The largest value is 3 h 20 min (Mean), at load 4.";
        assert!(svg.contains(&format!("<desc>{expected}</desc>")), "{svg}");
        assert!(svg.contains("<title>Load 4\nMean: 3 h 20 min (2 h 30 min to 4 h 10 min)</title>"), "{svg}");
        assert!(svg.contains("<title>Load 0.5\nMean: 0.42 s</title>"), "{svg}");
    }

    #[test]
    fn values_that_cannot_be_drawn_over_load_are_drawn_as_zero() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -3.0, 0.0];
        let series = one(&odd);
        let intervals = [odd.map(|end| (end, -end)).to_vec()];
        let level = MarkedValue { name: String::from("<&\">"), value: f64::NAN };
        let interval = Some((f64::NAN, f64::INFINITY));
        let turns = [MarkedLoad { name: String::from("\u{0}'"), load: f64::INFINITY, interval }];
        for loads in [&[][..], &[0.0], &odd, &[f64::MAX, f64::MAX], &[1.0, 1.0 + 1e-12]] {
            for (logarithmic, stacked) in [(true, false), (false, false), (false, true)] {
                let graph = OverLoad { intervals: &intervals, stacked, logarithmic, ..graph(loads, &series) };
                let graph = OverLoad { level: Some(&level), turns: &turns, ..graph };
                let svg = graph.svg();
                assert_well_formed(&svg);
                assert!(graph.live_beside(&[]).at.iter().all(|at| at.is_finite()), "{loads:?}");
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{loads:?}: {svg}");
            }
        }
    }
}
