//! Renders a problem as lines of text that point at the value.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use crate::path::KeyPath;
use crate::problem::{ProblemPlace, ScenarioProblem};
use crate::text::{Location, ScenarioText};

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
}

impl LocatedProblem {
    /// The problem in a form for programs.
    pub(crate) fn report(&self, text: &ScenarioText) -> ScenarioProblem {
        let place = match &self.location {
            Location::File(span) => {
                let before = &text.text()[..span.start];
                let line = before.rsplit('\n').next().unwrap_or_default();
                let (line, column) = (before.matches('\n').count() + 1, line.chars().count() + 1);
                ProblemPlace::File { file: text.file_name().to_owned(), line, column }
            }
            Location::Overrides(numbers) => {
                let overrides = numbers.iter().map(|&number| text.overrides()[number].shown().to_owned());
                ProblemPlace::Overrides { overrides: overrides.collect() }
            }
        };
        ScenarioProblem { path: self.path.to_string(), message: self.title.clone(), help: self.help.clone(), place }
    }

    /// Renders the problem as lines of text, without a final line end.
    pub(crate) fn render(&self, text: &ScenarioText, level: Level<'_>, color: bool) -> String {
        let title = level.primary_title(&self.title);
        let group = match &self.location {
            Location::File(span) => {
                let (excerpt, line, span) = excerpt(text.text(), span);
                let annotation = AnnotationKind::Primary.span(span);
                let snippet = Snippet::source(excerpt).line_start(line).path(text.file_name());
                title.element(snippet.annotation(annotation))
            }
            Location::Overrides(numbers) => {
                let shown: Vec<&str> = numbers.iter().map(|&number| text.overrides()[number].shown()).collect();
                title.element(Origin::path(shown.join(" ")))
            }
        };
        let group = match &self.help {
            Some(help) => group.element(Level::HELP.message(normalize_untrusted_str(help))),
            None => group,
        };
        renderer(color).render(&[group])
    }
}

/// Renders an error without a location as lines of text.
pub(crate) fn render_title(title: &str, color: bool) -> String {
    renderer(color).render(&[Group::with_title(Level::ERROR.primary_title(title))])
}

fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }
}

/// The longest line in bytes that is shown as a whole. Rendering takes much longer for longer lines.
const LONGEST_LINE: usize = 1000;

/// The line of the first line of a span, its number, and the span in it. A whole table or list may fill pages. A longer line is cut to
/// the span and the text around it.
fn excerpt<'t>(text: &'t str, span: &Range<usize>) -> (Cow<'t, str>, usize, Range<usize>) {
    let line_begin = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
    let number = text[..line_begin].matches('\n').count() + 1;
    let line = text[line_begin..].lines().next().unwrap_or_default();
    let (begin, length) = (span.start - line_begin, text[span.clone()].lines().next().unwrap_or_default().len());
    if line.len() <= LONGEST_LINE {
        return (line.into(), number, begin..begin + length);
    }
    let from = line.floor_char_boundary(begin.saturating_sub(40));
    let end = line.floor_char_boundary((begin + length).min(begin + 80));
    let to = line.floor_char_boundary((end + 40).min(line.len()));
    (line[from..to].into(), number, begin - from..end - from)
}
