//! Rankings, drawn as horizontal bars.

use tollgate_wording::list;

use super::canvas::{Anchor, Canvas, DrawingSize, Layer, Paint, cut_to_fit, text_width};
use super::graph::{Ranking, drawable};
use super::legend::{self, SampleShape};

/// The maximum number of bars that are drawn.
const MOST_BARS: usize = 10;
const BAR: f64 = 14.0;
/// The distance from one bar to the next, with names beside the bars and with names above them.
const PITCH_BESIDE: f64 = 24.0;
const PITCH_BELOW: f64 = 38.0;
/// The largest share of the width that names take.
const NAMES_SHARE: f64 = 0.36;
const GAP: f64 = 8.0;

/// The positions of names and bars.
struct RankingLayout {
    size: DrawingSize,
    /// The left end of all bars.
    left: f64,
    /// The length of a bar in pixels per unit of its value.
    pixels_per_unit: f64,
    top: f64,
}

impl Ranking<'_> {
    /// The graph as two `<svg>` elements. The style sheet shows one of them.
    pub fn svg(&self) -> String {
        let mut svg = draw(self, DrawingSize::Wide);
        svg.push_str(&draw(self, DrawingSize::Narrow));
        svg
    }
}

fn draw(ranking: &Ranking<'_>, size: DrawingSize) -> String {
    let bars: Vec<(&str, Vec<f64>)> =
        ranking.bars.iter().take(MOST_BARS).map(|(name, values)| (name.as_str(), parts(ranking, values))).collect();
    let names: Vec<_> = ranking.parts.iter().map(|(name, role)| (name.as_str(), *role)).collect();
    // A single part needs no legend, because the title names it.
    let names = if names.len() > 1 && !bars.is_empty() { names } else { Vec::new() };
    let rows = legend::rows(&names, size.width(), SampleShape::Band).1;
    let layout = RankingLayout::new(ranking, &bars, size, legend::rows_height(rows));

    let mut canvas = Canvas::new(size, layout.height(bars.len()));
    canvas.group("chart-labels", None, |layer| {
        legend::draw_rows(layer, &names, 8.0, size.width(), SampleShape::Band);
        if bars.is_empty() {
            layer.text("No entries", (size.width() / 2.0, layout.top + 20.0), Anchor::Middle, Paint::Muted);
        }
    });
    for (place, (name, values)) in bars.iter().enumerate() {
        let title = tip(ranking, name, values);
        canvas.group("chart-bar", Some(&title), |layer| layout.draw_bar(layer, ranking, place, name, values));
    }
    // In the narrow drawing the line would cross the names above the bars.
    if !bars.is_empty() && size == DrawingSize::Wide {
        canvas.group("chart-axes", None, |layer| layout.draw_base(layer, bars.len()));
    }
    canvas.finish(ranking.title, &description(ranking, &bars))
}

/// The values of a bar, one for each part.
fn parts(ranking: &Ranking<'_>, values: &[f64]) -> Vec<f64> {
    (0..ranking.parts.len()).map(|place| values.get(place).copied().map_or(0.0, drawable)).collect()
}

fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

fn tip(ranking: &Ranking<'_>, name: &str, values: &[f64]) -> String {
    let mut tip = format!("{name}: {}", ranking.unit.full(sum(values)));
    if values.len() > 1 {
        for ((part, _), value) in ranking.parts.iter().zip(values) {
            tip.push_str(&format!("\n{part}: {}", ranking.unit.full(*value)));
        }
    }
    tip
}

fn description(ranking: &Ranking<'_>, bars: &[(&str, Vec<f64>)]) -> String {
    let told = |(name, values): &(&str, Vec<f64>)| format!("{name} {}", ranking.unit.full(sum(values)));
    match bars {
        [] => String::from("No entries."),
        _ => format!("Largest first: {}.", list(bars.iter().map(told))),
    }
}

impl RankingLayout {
    fn new(ranking: &Ranking<'_>, bars: &[(&str, Vec<f64>)], size: DrawingSize, top: f64) -> RankingLayout {
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        let left = match size {
            DrawingSize::Narrow => 0.0,
            DrawingSize::Wide => {
                let names = widest(&mut bars.iter().map(|(name, _)| text_width(name)));
                (names.min(NAMES_SHARE * size.width()) + GAP).ceil()
            }
        };
        let sums = widest(&mut bars.iter().map(|(_, values)| text_width(&ranking.unit.short(sum(values)))));
        let largest = widest(&mut bars.iter().map(|(_, values)| sum(values)));
        let room = size.width() - left - GAP - sums;
        let pixels_per_unit = if largest > 0.0 { room / largest } else { 0.0 };
        RankingLayout { size, left, pixels_per_unit, top }
    }

    fn pitch(&self) -> f64 {
        match self.size {
            DrawingSize::Wide => PITCH_BESIDE,
            DrawingSize::Narrow => PITCH_BELOW,
        }
    }

    fn height(&self, bars: usize) -> f64 {
        self.top + if bars == 0 { 40.0 } else { bars as f64 * self.pitch() + 2.0 }
    }

    /// The height of the middle of a bar.
    fn middle(&self, place: usize) -> f64 {
        self.top + (place + 1) as f64 * self.pitch() - PITCH_BESIDE / 2.0
    }

    fn draw_bar(&self, layer: &mut Layer<'_>, ranking: &Ranking<'_>, place: usize, name: &str, values: &[f64]) {
        let middle = self.middle(place);
        match self.size {
            DrawingSize::Wide => {
                let name = cut_to_fit(name, self.left - GAP);
                layer.text(&name, (self.left - GAP, middle), Anchor::End, Paint::Ink);
            }
            DrawingSize::Narrow => {
                let name = cut_to_fit(name, self.size.width());
                layer.text(&name, (0.0, middle - BAR / 2.0 - 9.0), Anchor::Start, Paint::Ink);
            }
        }
        let mut left = self.left;
        for ((_, role), value) in ranking.parts.iter().zip(values) {
            let right = left + value * self.pixels_per_unit;
            if *value > 0.0 {
                let (top, bottom) = (middle - BAR / 2.0, middle + BAR / 2.0);
                layer.rectangle((left, top), (right, bottom), Paint::Series(*role));
            }
            left = right;
        }
        layer.text(&ranking.unit.short(sum(values)), (left + GAP - 2.0, middle), Anchor::Start, Paint::Ink);
    }

    /// Draws the line at the left ends of the bars.
    fn draw_base(&self, layer: &mut Layer<'_>, bars: usize) {
        let top = self.middle(0) - BAR / 2.0 - 3.0;
        let bottom = self.middle(bars - 1) + BAR / 2.0 + 3.0;
        layer.line((self.left, top), (self.left, bottom), Paint::Axis, 1.0);
    }
}
