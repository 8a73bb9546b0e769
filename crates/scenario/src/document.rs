//! A scenario as parsed text, in which every key and value knows its bytes.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::finding::{Finding, Problem, Spot};
use crate::place::{Place, Step};

/// A scenario as parsed text with overrides set.
///
/// The bytes of what an override has set lie beyond the end of the text: override number `n` is the one byte `n` bytes
/// behind the byte after the end.
#[derive(Debug)]
pub(crate) struct Document<'s> {
    text: &'s str,
    root: DeTable<'s>,
}

impl<'s> Document<'s> {
    /// Parses text as TOML.
    pub(crate) fn parse(text: &'s str) -> Result<Self, Finding> {
        let root = DeTable::parse(text).map_err(|error| Finding::from(&error))?;
        Ok(Document { text, root: root.into_inner() })
    }

    /// A document without anything in it, for text that cannot be parsed.
    pub(crate) fn empty(text: &'s str) -> Self {
        Document { text, root: DeTable::new() }
    }

    /// The whole document.
    pub(crate) fn root(&self) -> &DeTable<'s> {
        &self.root
    }

    /// The whole document, to be changed.
    pub(crate) fn root_mut(&mut self) -> &mut DeTable<'s> {
        &mut self.root
    }

    /// What serde reads the document from.
    pub(crate) fn deserializer(&self) -> toml::de::Deserializer<'s> {
        Spanned::new(0..0, self.root.clone()).into()
    }

    /// The bytes that stand for an override.
    pub(crate) fn override_span(&self, index: usize) -> Range<usize> {
        let start = self.text.len() + 1 + index;
        start..start + 1
    }

    /// Finds where each of many findings stands; in the order of the text.
    pub(crate) fn locate_all(&self, findings: Vec<Finding>) -> Vec<Problem> {
        let mut problems: Vec<_> = findings.into_iter().map(|finding| self.locate(finding)).collect();
        problems.sort_by_key(|problem| match &problem.spot {
            Spot::Text(span) => span.start,
            Spot::Overrides(_) => usize::MAX,
        });
        problems
    }

    /// Finds where a finding stands: at the value itself or, where the file does not have it, at the table around it.
    pub(crate) fn locate(&self, finding: Finding) -> Problem {
        let (span, place_in_words) = self.look_up(&finding.place);
        let span = finding.span.unwrap_or(span);
        let spot = if span.start > self.text.len() {
            Spot::Overrides(vec![span.start - self.text.len() - 1])
        } else {
            Spot::Text(span)
        };
        let title = match place_in_words.as_str() {
            "" => finding.message,
            words => format!("{words}: {}", finding.message),
        };
        Problem { place: finding.place, spot, title, help: finding.help }
    }

    /// The bytes of the innermost part of a place that is in the document, and the place as an override would write it.
    fn look_up(&self, place: &Place) -> (Range<usize>, String) {
        let mut span = 0..0;
        let mut words = Vec::new();
        let mut table = Some(&self.root);
        let mut list: Option<&DeArray<'_>> = None;
        for step in place.steps() {
            let value = match step {
                Step::Key(key) => table.and_then(|table| table.get(key.as_str())),
                Step::Index(index) => list.and_then(|list| list.get(*index)),
            };
            words.push(match step {
                Step::Key(key) => quoted_where_needed(key),
                Step::Index(index) => match list.and_then(|list| element_name(list, *index)) {
                    Some(name) => quoted_where_needed(name),
                    None => index.to_string(),
                },
            });
            if let Some(value) = value {
                span = value.span();
            }
            table = value.and_then(|value| value.get_ref().as_table());
            list = value.and_then(|value| value.get_ref().as_array());
        }
        (span, words.join("."))
    }
}

/// The name of an element of a list of tables, if no other element has it: its `name`, or else its `domain`.
pub(crate) fn element_name<'d>(list: &'d DeArray<'_>, index: usize) -> Option<&'d str> {
    let name = |element: &'d Spanned<DeValue<'_>>| {
        let table = element.get_ref().as_table()?;
        let name = table.get("name").or_else(|| table.get("domain"))?;
        name.get_ref().as_str()
    };
    let found = name(list.get(index)?)?;
    let is_only = list.iter().filter(|&element| name(element) == Some(found)).count() == 1;
    is_only.then_some(found)
}

/// A key as TOML writes it in a dotted key. What cannot be seen is written by its number.
pub(crate) fn quoted_where_needed(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let escaped = |c: char| match c {
        '\'' => c.to_string(),
        '\0' => "\\u0000".into(),
        _ => match c.escape_debug().to_string() {
            numbered if numbered.starts_with("\\u") => format!("\\U{:08X}", u32::from(c)),
            escaped => escaped,
        },
    };
    if is_bare { key.into() } else { format!("\"{}\"", key.chars().map(escaped).collect::<String>()) }
}

impl From<&toml::de::Error> for Finding {
    fn from(error: &toml::de::Error) -> Self {
        Finding { span: error.span(), ..Finding::new(Place::top(), error.message()) }
    }
}
