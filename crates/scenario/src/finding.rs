//! What is wrong with a scenario, before and after it has been found in the text.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use crate::place::Place;
use crate::source::Source;

/// Something to say about one place of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    /// The place it is about.
    pub(crate) place: Place,
    /// The bytes of the text, where they are not those of the place's value.
    pub(crate) span: Option<Range<usize>>,
    /// What was found and what is allowed.
    pub(crate) message: String,
    /// What else helps.
    pub(crate) help: Option<String>,
}

/// A list of findings that grows.
#[derive(Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

/// A finding that knows where it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    /// The place it is about.
    pub(crate) place: Place,
    /// Where it stands.
    pub(crate) spot: Spot,
    /// The place in words, what was found and what is allowed.
    pub(crate) title: String,
    /// What else helps.
    pub(crate) help: Option<String>,
}

/// Where a problem stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Spot {
    /// In these bytes of the text.
    Text(Range<usize>),
    /// In these overrides.
    Overrides(Vec<usize>),
}

impl Finding {
    /// A finding about the value at a place.
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Finding { place, span: None, message: message.into(), help: None }
    }
}

impl Findings {
    /// Adds a finding about the value at a place.
    pub(crate) fn refuse(&mut self, place: Place, message: impl Into<String>) {
        self.0.push(Finding::new(place, message));
    }

    /// Adds one that has something to add.
    pub(crate) fn refuse_with(&mut self, place: Place, message: impl Into<String>, help: String) {
        self.0.push(Finding { help: Some(help), ..Finding::new(place, message) });
    }
}

impl Problem {
    /// The problem as lines of text, without a line end at their end.
    pub(crate) fn render(&self, source: &Source, level: Level<'_>, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let title = level.primary_title(&self.title);
        let group = match &self.spot {
            Spot::Text(span) => {
                let annotation = AnnotationKind::Primary.span(first_line(source.text(), span));
                title.element(Snippet::source(source.text()).path(source.file_name()).annotation(annotation))
            }
            Spot::Overrides(indices) => {
                let shown: Vec<&str> = indices.iter().map(|&index| source.overrides()[index].shown()).collect();
                title.element(Origin::path(shown.join(" ")))
            }
        };
        renderer.render(&[with_help(group, self.help.as_deref())])
    }
}

/// A message without a place, as lines of text.
pub(crate) fn render_title(title: &str, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[Group::with_title(Level::ERROR.primary_title(title))])
}

/// Of words that are allowed, the one that was probably meant.
pub(crate) fn nearest<'w>(found: &str, allowed: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distance = |word: &&str| strsim::osa_distance(found, word);
    let nearest = allowed.into_iter().min_by_key(distance)?;
    // Two slips in a short word make another word.
    (distance(&nearest) <= 2 && distance(&nearest) * 3 <= nearest.chars().count()).then_some(nearest)
}

/// Words one after another, each in the given quotes.
pub(crate) fn list<'w>(words: impl IntoIterator<Item = &'w str>, quote: char) -> String {
    tollgate_wording::list(words.into_iter().map(|word| format!("{quote}{word}{quote}")))
}

fn with_help<'g>(group: Group<'g>, help: Option<&'g str>) -> Group<'g> {
    match help {
        Some(help) => group.element(Level::HELP.message(normalize_untrusted_str(help))),
        None => group,
    }
}

/// A table or a list can go on for pages; its first line is enough to find it.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let line = text[span.clone()].lines().next().unwrap_or_default();
    span.start..span.start + line.len()
}
