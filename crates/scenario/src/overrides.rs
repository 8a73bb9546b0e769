//! Values from the command line that replace those of the file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;
use std::sync::LazyLock;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::document::{Document, element_name, quoted_where_needed};
use crate::error::Error;
use crate::finding::{Finding, list, nearest};
use crate::place::Place;
use crate::schema::{Shape, format_shape};
use crate::site::Listener;

/// A value that replaces one of the file, as `--set path=value` gives it.
///
/// The path is a dotted key of TOML, in which an element of a list is chosen by its `name` (or `domain`) or by its
/// number, counted from 0: `time.span`, `incoming.spam-bots.connections_per_week`, `virus_types."W32/Netsky-P".weight`,
/// `networks.0.owners`. The value is a value of TOML; where the format wants text, it may go without quotes.
///
/// ```
/// use tollgate_scenario::Override;
///
/// let shorter: Override = "time.span=1d".parse()?;
/// assert_eq!(shorter.shown(), "--set time.span=1d");
/// assert!("time.span".parse::<Override>().is_err());
/// # Ok::<(), tollgate_scenario::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    shown: String,
    path: Vec<String>,
    value: String,
}

impl FromStr for Override {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Override::given("--set", text)
    }
}

impl Override {
    /// An override as `path=value`, given with an option such as `--set`; errors show it as that.
    ///
    /// # Errors
    /// If the text has no path or no value.
    pub fn given(option: &str, text: &str) -> Result<Self, Error> {
        let refused = || Error::Override {
            found: format!("{option} {text}"),
            allowed: "allowed is path=value, where names in the path with other characters than letters, digits, \
                      hyphens and underscores are in quotes"
                .into(),
        };
        // A quoted name may have an equals sign in it, so the path ends at the first one behind which it is complete.
        let parts = text.match_indices('=').find_map(|(end, _)| Some((parse_path(&text[..end])?, &text[end + 1..])));
        let (path, value) = parts.ok_or_else(refused)?;
        Ok(Override { shown: format!("{option} {text}"), path, value: value.trim().into() })
    }

    /// An override that comes from an option of its own, such as `--seed 7`; errors show it as that.
    ///
    /// # Errors
    /// If the path is not a dotted key of TOML.
    pub fn new(shown: &str, path: &str, value: &str) -> Result<Self, Error> {
        let refused = || Error::Override { found: path.into(), allowed: "allowed is a dotted key of TOML".into() };
        let path = parse_path(path).ok_or_else(refused)?;
        Ok(Override { shown: shown.into(), path, value: value.trim().into() })
    }

    /// How it was given, as errors show it.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

/// Takes a dotted key apart by having TOML parse it.
pub(crate) fn parse_path(path: &str) -> Option<Vec<String>> {
    if path.contains(['\n', '\r']) {
        return None;
    }
    let text = format!("{path} = 0");
    let root = DeTable::parse(&text).ok()?.into_inner();
    let mut steps = Vec::new();
    let mut table = Some(&root);
    while let Some(inner) = table {
        let mut entries = inner.iter();
        let (key, value) = entries.next()?;
        if entries.next().is_some() {
            return None;
        }
        steps.push(key.get_ref().to_string());
        table = value.get_ref().as_table();
        // Something like `a = 1 #` would bring a value of its own.
        if table.is_none() && value.span() != (text.len() - 1..text.len()) {
            return None;
        }
    }
    Some(steps)
}

impl<'s> Document<'s> {
    /// Sets the value that an override names, and the tables around it where there are none yet.
    pub(crate) fn set(&mut self, index: usize, set: &'s Override) -> Result<(), Finding> {
        let span = self.override_span(index);
        let setting = Setting { span: span.clone(), path: &set.path, value: &set.value };
        let refused = |(message, help)| Finding { span: Some(span), help, ..Finding::new(Place::top(), message) };
        setting.set_in_table(self.root_mut(), format_shape(), 0).map_err(refused)
    }
}

/// A message, and what else helps.
type Complaint = (String, Option<String>);

/// An override on its way to the value.
struct Setting<'s> {
    span: Range<usize>,
    path: &'s [String],
    value: &'s str,
}

impl<'s> Setting<'s> {
    /// Takes the step at a depth of the path into a table.
    fn set_in_table(&self, table: &mut DeTable<'s>, shape: Shape, depth: usize) -> Result<(), Complaint> {
        let key = self.path[depth].as_str();
        let Some(inner) = shape.property(key) else {
            let keys = shape.properties();
            return Err(self.no_such(depth, "key", &keys, format!("allowed are {}", list(keys.iter().copied(), '`'))));
        };
        if !table.contains_key(key) {
            let empty = Spanned::new(self.span.clone(), self.missing(inner, depth));
            table.insert(Spanned::new(self.span.clone(), Cow::Borrowed(key)), empty);
        }
        match table.get_mut(key) {
            Some(value) => self.set_value(value, inner, depth + 1),
            None => Ok(()),
        }
    }

    /// Takes the step at a depth of the path into a list.
    fn set_in_list(&self, elements: &mut DeArray<'s>, shape: Shape, depth: usize) -> Result<(), Complaint> {
        let step = &self.path[depth];
        let names: Vec<&str> = (0..elements.len()).filter_map(|index| element_name(elements, index)).collect();
        let named = (0..elements.len()).find(|&index| element_name(elements, index) == Some(step));
        let numbered = step.parse().ok().filter(|&index: &usize| index < elements.len());
        match (named.or(numbered), elements.len()) {
            (Some(index), _) => match (elements.get_mut(index), shape.item(index)) {
                (Some(element), Some(item)) => self.set_value(element, item, depth + 1),
                _ => Err(self.no_such(depth, "element", &[], "the list ends before it".into())),
            },
            (None, 0) => Err(self.no_such(depth, "element", &[], "the list has none".into())),
            (None, count) => {
                let numbers = format!("allowed are numbers from 0 to {}", count - 1);
                let quoted: Vec<String> = names.iter().map(|name| quoted_where_needed(name)).collect();
                let allowed = match names.len() {
                    0 => numbers,
                    _ => format!("{numbers}, or the names {}", list(quoted.iter().map(String::as_str), '`')),
                };
                Err(self.no_such(depth, "element", &names, allowed))
            }
        }
    }

    fn set_value(&self, value: &mut Spanned<DeValue<'s>>, shape: Shape, depth: usize) -> Result<(), Complaint> {
        if depth == self.path.len() {
            *value = self.parse_value(shape);
            return Ok(());
        }
        match value.get_mut() {
            DeValue::Table(table) if shape.is_table() => self.set_in_table(table, shape, depth),
            DeValue::Array(elements) if shape.is_list() => self.set_in_list(elements, shape, depth),
            _ => Err((format!("`{}` has no parts", self.path[..depth].join(".")), None)),
        }
    }

    /// What stands for a key that the file does not have, before anything in it is set.
    fn missing(&self, shape: Shape, depth: usize) -> DeValue<'s> {
        if self.path[..=depth] == ["listeners"] {
            // The appliance's own listeners are there without being in the file.
            if let Some(listeners) = default_listeners() {
                return mark(listeners, &self.span).into_inner();
            }
        }
        if shape.is_list() { DeValue::Array(DeArray::new()) } else { DeValue::Table(DeTable::new()) }
    }

    /// The value as TOML, or as bare text if it is none or if the format wants text and it is something else.
    fn parse_value(&self, shape: Shape) -> Spanned<DeValue<'s>> {
        match DeValue::parse(self.value) {
            Ok(value) if value.get_ref().is_str() || !shape.is_text() => mark(value, &self.span),
            _ => Spanned::new(self.span.clone(), DeValue::String(Cow::Borrowed(self.value))),
        }
    }

    fn no_such(&self, depth: usize, what: &str, known: &[&str], allowed: String) -> Complaint {
        let step = &self.path[depth];
        let within = match depth {
            0 => "a scenario".to_string(),
            _ => format!("`{}`", self.path[..depth].join(".")),
        };
        let guess = nearest(step, known.iter().copied()).map(|word| format!("did you mean `{word}`?"));
        (format!("there is no {what} `{step}` in {within}, {allowed}"), guess)
    }
}

/// The appliance's own listeners as a file would have them.
fn default_listeners() -> Option<Spanned<DeValue<'static>>> {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| toml::to_string(&BTreeMap::from([("listeners", Listener::defaults())])).unwrap_or_default());
    DeTable::parse(&TEXT).ok()?.into_inner().remove("listeners")
}

/// Gives a value and all in it the bytes of an override.
fn mark<'s>(value: Spanned<DeValue<'s>>, span: &Range<usize>) -> Spanned<DeValue<'s>> {
    let marked = match value.into_inner() {
        DeValue::Array(elements) => DeValue::Array(elements.into_iter().map(|element| mark(element, span)).collect()),
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| (Spanned::new(span.clone(), key.into_inner()), mark(value, span)))
                .collect(),
        ),
        plain => plain,
    };
    Spanned::new(span.clone(), marked)
}
