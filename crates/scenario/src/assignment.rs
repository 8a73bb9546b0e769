//! Applies overrides to the tree of a file.

use std::borrow::Cow;
use std::mem;

use tollgate_wording::nearest;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::path::KeyPath;
use crate::phrases::{list, quoted_where_needed};
use crate::picture::LocatedProblem;
use crate::schema::{ValueSchema, format_schema};
use crate::text::{Location, Override, OverrideChange};
use crate::tree::{ReplacedValue, TomlTree, element_name};

impl<'s> TomlTree<'s> {
    /// Makes the change of an override, and adds the tables around it that the tree does not have.
    ///
    /// # Errors
    /// If the format has no value at the path of the override, or no list if the override appends an element.
    pub(crate) fn assign(&mut self, number: usize, given: &'s Override) -> Result<(), LocatedProblem> {
        let assignment = OverrideAssignment { steps: &given.path, change: &given.change };
        match assignment.set_in_table(self.root_mut(), format_schema(), &KeyPath::top()) {
            Ok(Assigned { paths, replaced }) => {
                paths.into_iter().for_each(|path| self.set_override(path, number));
                replaced.into_iter().for_each(|replaced| self.add_replaced(replaced));
                Ok(())
            }
            Err(NoSuchPath { message, help }) => {
                let location = Location::Overrides(vec![number]);
                Err(LocatedProblem { path: KeyPath::top(), location, title: message, help, allowed: None })
            }
        }
    }
}

/// A change and the steps of the path to its value. The methods follow the path and make the change.
struct OverrideAssignment<'s> {
    steps: &'s [String],
    change: &'s OverrideChange,
}

/// The outermost paths that an assignment has set, and the table or list that it has replaced.
struct Assigned<'s> {
    paths: Vec<KeyPath>,
    replaced: Option<ReplacedValue<'s>>,
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
    ) -> Result<Assigned<'s>, NoSuchPath> {
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
        let mut assigned = match table.get_mut(key) {
            Some(value) => self.set_value(value, inner, &inner_path)?,
            None => Assigned { paths: Vec::new(), replaced: None },
        };
        if is_new {
            assigned.paths = vec![inner_path];
        }
        Ok(assigned)
    }

    /// Follows the next step into the list at a path.
    fn set_in_list(
        &self,
        elements: &mut DeArray<'s>,
        schema: ValueSchema,
        path: &KeyPath,
    ) -> Result<Assigned<'s>, NoSuchPath> {
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

    /// Changes the value at a path if the path is complete. Otherwise follows the next step into the value.
    fn set_value(
        &self,
        value: &mut Spanned<DeValue<'s>>,
        schema: ValueSchema,
        path: &KeyPath,
    ) -> Result<Assigned<'s>, NoSuchPath> {
        let depth = path.steps().len();
        if depth == self.steps.len() {
            return self.change_value(value, schema, path);
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

    /// Makes the change to the value at the complete path.
    fn change_value(
        &self,
        value: &mut Spanned<DeValue<'s>>,
        schema: ValueSchema,
        path: &KeyPath,
    ) -> Result<Assigned<'s>, NoSuchPath> {
        match (self.change, value.get_mut()) {
            (OverrideChange::Set(text), _) => {
                let earlier = mem::replace(value, parse_value(text, schema)).into_inner();
                let replaced = ReplacedValue { path: path.clone(), earlier, is_appended: false };
                Ok(Assigned { paths: vec![path.clone()], replaced: Some(replaced) })
            }
            (OverrideChange::Append(text), DeValue::Array(elements)) if schema.is_list() => {
                let path = path.at(elements.len());
                let first = elements.first().map(|first| first.get_ref().clone());
                // The comparison with the format refuses an element beyond the end of a list of fixed length.
                elements.push(
                    schema.item(elements.len()).map_or_else(|| unlocated_text(text), |item| parse_value(text, item)),
                );
                let replaced = first.map(|earlier| ReplacedValue { path: path.clone(), earlier, is_appended: true });
                Ok(Assigned { paths: vec![path], replaced })
            }
            (OverrideChange::Append(_), _) => {
                let list = self.steps.join(".");
                let what = if schema.is_table() { "a table" } else { "a single value" };
                let message = format!("found `{list}.+`, allowed is `+` only after a list, and `{list}` is {what}");
                Err(NoSuchPath { message, help: None })
            }
            (OverrideChange::CopyFirst(count), DeValue::Array(elements)) => {
                *elements = copies_of_first(elements, *count);
                let paths = (1..*count).map(|index| path.at(index)).collect();
                Ok(Assigned { paths, replaced: None })
            }
            // The comparison with the format refuses the value.
            (OverrideChange::CopyFirst(_), _) => Ok(Assigned { paths: Vec::new(), replaced: None }),
        }
    }

    /// The initial value of a key that the tree does not have. The assignment then sets a value in it.
    fn initial(&self, schema: ValueSchema, depth: usize) -> DeValue<'s> {
        if schema.is_list() {
            return schema.default_list().unwrap_or_else(|| DeValue::Array(DeArray::new()));
        }
        let mut table = DeTable::new();
        // The default of a table may have a list that is not the default of the list itself, such as `recipients` with `bins`.
        if let [key, _, ..] = &self.steps[depth + 1..]
            && let Some(list) = schema.default_list_of(key)
        {
            table.insert(unlocated(Cow::Borrowed(key.as_str())), unlocated(list));
        }
        DeValue::Table(table)
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

/// Parses a value as TOML. Takes it as text without quotes if it is not TOML, or if the format expects text and TOML has
/// another kind of value.
fn parse_value(text: &str, schema: ValueSchema) -> Spanned<DeValue<'_>> {
    match DeValue::parse(text) {
        Ok(value) if value.get_ref().is_str() || !schema.is_text() => value,
        _ => unlocated_text(text),
    }
}

/// Copies of the first table of a list, with numbers behind its name except in the first copy.
fn copies_of_first<'s>(elements: &DeArray<'s>, count: usize) -> DeArray<'s> {
    let copy = |number: usize, first: &Spanned<DeValue<'s>>| {
        let mut copy = first.clone();
        if let DeValue::Table(table) = copy.get_mut()
            && let Some(name) = table.get_mut("name")
            && let DeValue::String(text) = name.get_mut()
            && number > 1
        {
            *text = Cow::Owned(format!("{text}-{number}"));
        }
        copy
    };
    elements.first().into_iter().flat_map(|first| (1..=count).map(move |number| copy(number, first))).collect()
}

fn unlocated_text(text: &str) -> Spanned<DeValue<'_>> {
    unlocated(DeValue::String(Cow::Borrowed(text)))
}

/// Wraps a value that has no bytes in the file.
fn unlocated<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}
