//! The canvas of graphs. It wraps the SVG of plotters, so that a style sheet can style it and groups can have titles.

use plotters::prelude::{DrawingBackend, RGBColor, SVGBackend, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, ShapeStyle};

use super::graph::SeriesRole;

/// Units of the drawing per pixel. plotters draws in whole units, and whole pixels would be too coarse.
const UNITS: f64 = 10.0;

/// The size of text in pixels. It must equal the size in the style sheet, or text does not fit.
pub(super) const TEXT_SIZE: f64 = 13.0;

/// plotters divides font sizes by this number when it writes SVG.
const PLOTTERS_FONT_RATIO: f64 = 1.24;

/// The size of the place for a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DrawingSize {
    Wide,
    Narrow,
}

/// The paint of a shape or text. It is written as a sentinel colour, which the style sheet replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// For names and figures.
    Ink,
    /// For axes and dates.
    Muted,
    Grid,
    Axis,
    /// For shapes that appear when the pointer is over them.
    Hover,
    /// A limit that values are compared with.
    Level,
    /// The confidence interval of a marked load.
    Interval,
    Series(SeriesRole),
}

/// The part of a text that is placed at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// An unfinished drawing. Lengths and points are in pixels from the upper left corner.
#[derive(Debug)]
pub(super) struct Canvas {
    size: DrawingSize,
    height: f64,
    body: String,
}

/// One group of a drawing.
pub(super) struct Layer<'a> {
    backend: SVGBackend<'a>,
}

impl DrawingSize {
    /// The width of the drawing in pixels, before the browser scales it.
    pub(super) fn width(self) -> f64 {
        match self {
            DrawingSize::Wide => 680.0,
            DrawingSize::Narrow => 350.0,
        }
    }

    fn class(self) -> &'static str {
        match self {
            DrawingSize::Wide => "chart chart-wide",
            DrawingSize::Narrow => "chart chart-narrow",
        }
    }
}

impl Paint {
    /// The sentinel colour. Its last two digits are the number of the paint in the style sheet.
    fn color(self) -> RGBColor {
        match self {
            Paint::Ink => RGBColor(0x10, 0, 0x01),
            Paint::Muted => RGBColor(0x10, 0, 0x02),
            Paint::Grid => RGBColor(0x10, 0, 0x03),
            Paint::Axis => RGBColor(0x10, 0, 0x04),
            Paint::Hover => RGBColor(0x10, 0, 0x05),
            Paint::Level => RGBColor(0x10, 0, 0x06),
            Paint::Interval => RGBColor(0x10, 0, 0x07),
            Paint::Series(role) => RGBColor(0x20, 0, role.sentinel()),
        }
    }
}

impl SeriesRole {
    /// The sentinel colour in the style sheet, such as `#200011`.
    pub(super) fn sentinel_color(self) -> String {
        format!("#2000{:02x}", self.sentinel())
    }

    fn sentinel(self) -> u8 {
        match self {
            SeriesRole::Good => 0x01,
            SeriesRole::Bad => 0x02,
            SeriesRole::Warning => 0x03,
            SeriesRole::Neutral => 0x04,
            SeriesRole::First => 0x11,
            SeriesRole::Second => 0x12,
            SeriesRole::Third => 0x13,
            SeriesRole::Fourth => 0x14,
            SeriesRole::Fifth => 0x15,
        }
    }
}

impl Canvas {
    pub(super) fn new(size: DrawingSize, height: f64) -> Canvas {
        Canvas { size, height, body: String::new() }
    }

    /// Draws a group with a class for the style sheet, and with a title that appears when the pointer rests on it.
    pub(super) fn group(&mut self, class: &str, title: Option<&str>, draw: impl FnOnce(&mut Layer<'_>)) {
        let drawn = inside(draw);
        self.push_group(class, title, &drawn);
    }

    /// Draws a group of one element for each title.
    pub(super) fn groups(&mut self, class: &str, titles: &[String], mut draw: impl FnMut(&mut Layer<'_>, usize)) {
        let drawn = inside(|layer| (0..titles.len()).for_each(|place| draw(layer, place)));
        // plotters writes one element per line.
        for (title, element) in titles.iter().zip(drawn.lines()) {
            self.push_group(class, Some(title), element);
        }
    }

    fn push_group(&mut self, class: &str, title: Option<&str>, drawn: &str) {
        self.body.push_str("<g class=\"");
        self.body.push_str(class);
        self.body.push_str("\">");
        if let Some(title) = title {
            push_element(&mut self.body, "title", title);
        }
        self.body.push_str(drawn);
        self.body.push_str("</g>\n");
    }

    /// The whole drawing, with a name and a description for screen readers.
    pub(super) fn finish(self, title: &str, description: &str) -> String {
        let (width, height) = (units(self.size.width()), units(self.height));
        let class = self.size.class();
        // A name, not a reference to the title: two equal graphs on a page would have equal ids.
        let mut svg = format!("<svg class=\"{class}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"");
        push_escaped(&mut svg, title);
        svg.push_str("\" xmlns=\"http://www.w3.org/2000/svg\">");
        push_element(&mut svg, "title", title);
        push_element(&mut svg, "desc", description);
        svg.push('\n');
        svg.push_str(&self.body);
        svg.push_str("</svg>\n");
        svg
    }
}

impl Layer<'_> {
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), paint: Paint, width: f64) {
        let drawn = self.backend.draw_line(point(from), point(to), &stroke(paint, width));
        debug_assert!(drawn.is_ok(), "drawing into a string does not fail");
    }

    /// A filled rectangle.
    pub(super) fn rectangle(&mut self, from: (f64, f64), to: (f64, f64), paint: Paint) {
        let drawn = self.backend.draw_rect(point(from), point(to), &stroke(paint, 0.0), true);
        debug_assert!(drawn.is_ok(), "drawing into a string does not fail");
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], paint: Paint, width: f64) {
        let drawn = self.backend.draw_path(points.iter().copied().map(point), &stroke(paint, width));
        debug_assert!(drawn.is_ok(), "drawing into a string does not fail");
    }

    /// A filled polygon.
    pub(super) fn polygon(&mut self, points: &[(f64, f64)], paint: Paint) {
        let drawn = self.backend.fill_polygon(points.iter().copied().map(point), &paint.color());
        debug_assert!(drawn.is_ok(), "drawing into a string does not fail");
    }

    /// A filled circle.
    pub(super) fn dot(&mut self, centre: (f64, f64), radius: f64, paint: Paint) {
        let radius = u32::try_from(units(radius)).unwrap_or_default();
        let drawn = self.backend.draw_circle(point(centre), radius, &stroke(paint, 0.0), true);
        debug_assert!(drawn.is_ok(), "drawing into a string does not fail");
    }

    /// A line of text, vertically centred on the point.
    pub(super) fn text(&mut self, text: &str, at: (f64, f64), anchor: Anchor, paint: Paint) {
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        // SVG inherits the font of the page.
        let size = TEXT_SIZE * UNITS * PLOTTERS_FONT_RATIO;
        let font = FontDesc::new(FontFamily::Name("inherit"), size, FontStyle::Normal);
        let mut style = TextStyle::from(font);
        style.color = plotters::style::Color::to_backend_color(&paint.color());
        style.pos = Pos::new(h_pos, VPos::Center);
        let drawn = self.backend.draw_text(&printable(text), &style, point(at));
        debug_assert!(drawn.is_ok(), "drawing into a string does not fail");
    }
}

/// The estimated width of a text in pixels, slightly more than in most fonts.
pub(super) fn text_width(text: &str) -> f64 {
    let width = |letter: char| match letter {
        'i' | 'j' | 'l' | 'I' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')' | '-' | ' ' => {
            0.36
        }
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
        letter if letter.is_uppercase() => 0.74,
        letter if letter.is_ascii() => 0.62,
        // Letters of other scripts may be as wide as they are high.
        _ => 1.0,
    };
    text.chars().map(width).sum::<f64>() * TEXT_SIZE
}

/// The text if it fits into a width, or else its beginning with an ellipsis.
pub(super) fn cut_to_fit(text: &str, width: f64) -> String {
    if text_width(text) <= width {
        return text.to_owned();
    }
    let mut cut: String = text.to_owned();
    while !cut.is_empty() && text_width(&cut) + TEXT_SIZE > width {
        cut.pop();
    }
    cut.truncate(cut.trim_end().len());
    cut.push('\u{2026}');
    cut
}

/// The drawn elements, without the `<svg>` element that plotters puts around them.
fn inside(draw: impl FnOnce(&mut Layer<'_>)) -> String {
    let mut drawn = String::new();
    // The size does not matter, because it is removed with the outermost element.
    draw(&mut Layer { backend: SVGBackend::with_string(&mut drawn, (1, 1)) });
    let inside = drawn.split_once(">\n").map_or("", |(_, inside)| inside);
    inside.strip_suffix("</svg>\n").unwrap_or(inside).to_owned()
}

fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

fn point((x, y): (f64, f64)) -> (i32, i32) {
    (units(x), units(y))
}

fn stroke(paint: Paint, width: f64) -> ShapeStyle {
    ShapeStyle::from(paint.color()).stroke_width(u32::try_from(units(width)).unwrap_or_default())
}

/// The text with each character that XML forbids replaced: control characters and the two noncharacters.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if is_printable(letter) { letter } else { '\u{fffd}' }).collect()
}

fn is_printable(letter: char) -> bool {
    letter == '\n' || !(letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}'))
}

fn push_element(into: &mut String, name: &str, text: &str) {
    into.push('<');
    into.push_str(name);
    into.push('>');
    push_escaped(into, text);
    into.push_str("</");
    into.push_str(name);
    into.push('>');
}

fn push_escaped(into: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '&' => into.push_str("&amp;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            letter if is_printable(letter) => into.push(letter),
            _ => into.push('\u{fffd}'),
        }
    }
}
