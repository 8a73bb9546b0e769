//! Renders a problem as lines of text that point at the value.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use crate::path::KeyPath;
use crate::problem::{ProblemPlace, ScenarioProblem, shorten};
use crate::text::{Location, ScenarioText};

/// The largest size of a line that is shown.
const MOST_LINE_BYTES: usize = 2000;

/// A problem with its location in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LocatedProblem {
    /// The path of the value.
    pub(crate) path: KeyPath,
    /// The text that the problem points at.
    pub(crate) location: Location,
    /// The path in words, the value that was found and the allowed values.
    pub(crate) title: String,
    /// A hint.
    pub(crate) help: Option<String>,
    /// The allowed words, as the end of a sentence, if the title does not have them.
    pub(crate) allowed: Option<String>,
}

/// The problems of a scenario, with their locations.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocatedProblems {
    /// The first problems, sorted by their place in the file. Problems of overrides come last.
    pub(crate) first: Vec<LocatedProblem>,
    /// Number of all problems.
    pub(crate) count: usize,
}

impl From<Vec<LocatedProblem>> for LocatedProblems {
    fn from(all: Vec<LocatedProblem>) -> Self {
        LocatedProblems { count: all.len(), first: all }
    }
}

impl LocatedProblem {
    /// The problem in a form for programs.
    pub(crate) fn report(&self, text: &ScenarioText) -> ScenarioProblem {
        let place = match &self.location {
            Location::File(span) => {
                let (line, column) = line_and_column(text.text(), span.start);
                ProblemPlace::File { file: text.file_name().to_owned(), line, column }
            }
            Location::Overrides(numbers) => {
                let overrides = numbers.iter().map(|&number| shorten(text.overrides()[number].shown()).into_owned());
                ProblemPlace::Overrides { overrides: overrides.collect() }
            }
        };
        ScenarioProblem {
            path: shorten(&self.path.to_string()).into_owned(),
            message: shorten(&self.title).into_owned(),
            help: self.hint(),
            place,
        }
    }

    /// The hint and the allowed words.
    fn hint(&self) -> Option<String> {
        let hint = match (&self.help, &self.allowed) {
            (Some(help), Some(allowed)) => format!("{help} Allowed {allowed}"),
            (None, Some(allowed)) => format!("allowed {allowed}"),
            (help, None) => help.clone()?,
        };
        Some(shorten(&hint).into_owned())
    }

    /// Renders the problem as lines of text, without a final line end.
    pub(crate) fn render(&self, text: &ScenarioText, level: Level<'_>, color: bool) -> String {
        let title = level.primary_title(visible(&shorten(&self.title)));
        let group = match &self.location {
            Location::File(span) => {
                let file_name = normalize_untrusted_str(&visible(text.file_name()));
                let (line, column) = line_and_column(text.text(), span.start);
                let around = line_around(text.text(), span.start);
                if around.len() > MOST_LINE_BYTES {
                    title.element(Origin::path(file_name).line(line).char_column(column))
                } else {
                    let source =
                        Snippet::source(visible(&text.text()[around.clone()])).line_start(line).path(file_name);
                    let within = span.start - around.start..span.end.min(around.end) - around.start;
                    title.element(source.annotation(AnnotationKind::Primary.span(within)))
                }
            }
            Location::Overrides(numbers) => {
                let shown = numbers.iter().map(|&number| shorten(text.overrides()[number].shown()));
                title.element(Origin::path(normalize_untrusted_str(&visible(&shown.collect::<Vec<_>>().join(" ")))))
            }
        };
        let group = match self.hint() {
            Some(hint) => group.element(Level::HELP.message(normalize_untrusted_str(&visible(&hint)))),
            None => group,
        };
        renderer(color).render(&[group])
    }
}

/// Renders an error without a location as lines of text.
pub(crate) fn render_title(title: &str, color: bool) -> String {
    renderer(color).render(&[Group::with_title(Level::ERROR.primary_title(visible(title)))])
}

fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }
}

/// A text without the control characters from U+0080 to U+009F, which the renderer does not replace. The text keeps its length in bytes.
fn visible(text: &str) -> String {
    text.replace(|character: char| matches!(character, '\u{80}'..='\u{9f}'), "\u{b7}")
}

/// The line and the column of a byte of a text, counted from 1. Columns count characters.
pub(crate) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..byte];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// The bytes of the line around a byte, without the line end.
fn line_around(text: &str, byte: usize) -> Range<usize> {
    let start = text[..byte].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    start..start + line.len()
}
