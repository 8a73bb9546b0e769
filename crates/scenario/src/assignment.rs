//! Applies overrides to the tree of a file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use tollgate_wording::nearest;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::path::KeyPath;
use crate::phrases::{list, quoted_where_needed};
use crate::picture::LocatedProblem;
use crate::schema::{ValueSchema, format_schema};
use crate::site::Listener;
use crate::text::{Location, Override};
use crate::tree::{TomlTree, element_name};

impl<'s> TomlTree<'s> {
    /// Sets the value of an override, and adds the tables around it that the tree does not have.
    ///
    /// # Errors
    /// If the format has no value at the path of the override.
    pub(crate) fn assign(&mut self, number: usize, value: &'s Override) -> Result<(), LocatedProblem> {
        let assignment = OverrideAssignment { steps: &value.path, value: &value.value };
        match assignment.set_in_table(self.root_mut(), format_schema(), &KeyPath::top()) {
            Ok(path) => {
                self.set_override(path, number);
                Ok(())
            }
            Err(NoSuchPath { message, help }) => {
                let location = Location::Overrides(vec![number]);
                Err(LocatedProblem { path: KeyPath::top(), location, title: message, help })
            }
        }
    }
}

/// A value and the steps of the path to it. The methods follow the path and return the outermost path that they have set.
struct OverrideAssignment<'s> {
    steps: &'s [String],
    value: &'s str,
}

/// A path at which the format has no value.
struct NoSuchPath {
    message: String,
    help: Option<String>,
}

impl<'s> OverrideAssignment<'s> {
    /// Follows the next step into the table at a path.
    fn set_in_table(
        &self,
        table: &mut DeTable<'s>,
        schema: ValueSchema,
        path: &KeyPath,
    ) -> Result<KeyPath, NoSuchPath> {
        let depth = path.steps().len();
        let key = self.steps[depth].as_str();
        let Some(inner) = schema.property(key) else {
            let keys = schema.properties();
            let allowed = format!("allowed are {}", list(keys.iter().copied(), '`'));
            return Err(self.no_such(depth, "key", &keys, allowed));
        };
        let is_new = !table.contains_key(key);
        if is_new {
            table.insert(unlocated(Cow::Borrowed(key)), unlocated(self.initial(inner, depth)));
        }
        let inner_path = path.key(key);
        match table.get_mut(key) {
            Some(value) if is_new => self.set_value(value, inner, &inner_path).map(|_| inner_path),
            Some(value) => self.set_value(value, inner, &inner_path),
            None => Ok(inner_path),
        }
    }

    /// Follows the next step into the list at a path.
    fn set_in_list(
        &self,
        elements: &mut DeArray<'s>,
        schema: ValueSchema,
        path: &KeyPath,
    ) -> Result<KeyPath, NoSuchPath> {
        let depth = path.steps().len();
        let step = &self.steps[depth];
        let names: Vec<&str> = (0..elements.len()).filter_map(|index| element_name(elements, index)).collect();
        let named = (0..elements.len()).find(|&index| element_name(elements, index) == Some(step));
        let numbered = step.parse().ok().filter(|&index: &usize| index < elements.len());
        match (named.or(numbered), elements.len()) {
            (Some(index), _) => match (elements.get_mut(index), schema.item(index)) {
                (Some(element), Some(item)) => self.set_value(element, item, &path.at(index)),
                _ => Err(self.no_such(depth, "element", &[], "the list is shorter".into())),
            },
            (None, 0) => Err(self.no_such(depth, "element", &[], "the list is empty".into())),
            (None, count) => {
                let numbers = match count {
                    1 => "allowed is the number 0".into(),
                    _ => format!("allowed are numbers from 0 to {}", count - 1),
                };
                let quoted: Vec<String> = names.iter().map(|name| quoted_where_needed(name)).collect();
                let allowed = match names.len() {
                    0 => numbers,
                    1 => format!("{numbers}, or the name {}", list(quoted.iter().map(String::as_str), '`')),
                    _ => format!("{numbers}, or the names {}", list(quoted.iter().map(String::as_str), '`')),
                };
                Err(self.no_such(depth, "element", &names, allowed))
            }
        }
    }

    /// Sets the value at a path if the path is complete. Otherwise follows the next step into the value.
    fn set_value(
        &self,
        value: &mut Spanned<DeValue<'s>>,
        schema: ValueSchema,
        path: &KeyPath,
    ) -> Result<KeyPath, NoSuchPath> {
        let depth = path.steps().len();
        if depth == self.steps.len() {
            *value = self.parse_value(schema);
            return Ok(path.clone());
        }
        match value.get_mut() {
            DeValue::Table(table) if schema.is_table() => self.set_in_table(table, schema, path),
            DeValue::Array(elements) if schema.is_list() => self.set_in_list(elements, schema, path),
            _ => Err(NoSuchPath {
                message: format!("`{}` is a single value and has no keys", self.steps[..depth].join(".")),
                help: None,
            }),
        }
    }

    /// The initial value of a key that the tree does not have. The assignment then sets a value in it.
    fn initial(&self, schema: ValueSchema, depth: usize) -> DeValue<'s> {
        if self.steps[..=depth] == ["listeners"] {
            // A file without listeners has the appliance's default listeners.
            if let Some(listeners) = default_listeners() {
                return listeners.into_inner();
            }
        }
        if schema.is_list() { DeValue::Array(DeArray::new()) } else { DeValue::Table(DeTable::new()) }
    }

    /// Parses the value as TOML. Takes it as text without quotes if it is not TOML, or if the format expects text and TOML
    /// has another kind of value.
    fn parse_value(&self, schema: ValueSchema) -> Spanned<DeValue<'s>> {
        match DeValue::parse(self.value) {
            Ok(value) if value.get_ref().is_str() || !schema.is_text() => value,
            _ => unlocated(DeValue::String(Cow::Borrowed(self.value))),
        }
    }

    fn no_such(&self, depth: usize, what: &str, known: &[&str], allowed: String) -> NoSuchPath {
        let step = &self.steps[depth];
        let within = match depth {
            0 => "at the top level".to_string(),
            _ => format!("in `{}`", self.steps[..depth].join(".")),
        };
        let help = nearest(step, known.iter().copied()).map(|word| format!("did you mean `{word}`?"));
        NoSuchPath { message: format!("there is no {what} `{step}` {within}, {allowed}"), help }
    }
}

/// The appliance's default listeners as TOML values.
fn default_listeners() -> Option<Spanned<DeValue<'static>>> {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| toml::to_string(&BTreeMap::from([("listeners", Listener::defaults())])).unwrap_or_default());
    DeTable::parse(&TEXT).ok()?.into_inner().remove("listeners")
}

/// Wraps a value that has no bytes in the file.
fn unlocated<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}
