//! Parses overrides.

use std::str::FromStr;

use toml::de::DeTable;

use crate::error::ScenarioError;
use crate::text::{Override, OverrideChange};

impl FromStr for Override {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        Override::given("--set", text)
    }
}

impl Override {
    /// Parses `path=value` or `path.+=value`, the argument of an option such as `--set`. Errors show the option and the text.
    ///
    /// # Errors
    /// If the text has no path or no value.
    pub fn given(option: &str, text: &str) -> Result<Self, ScenarioError> {
        let refused = || {
            ScenarioError::Override {
            found: format!("{option} {text}"),
            allowed:
                "allowed is path=value, or path.+=value to append to a list; in the path, put a name in quotes if it has \
                 characters other than letters, digits, hyphens and underscores"
                    .into(),
        }
        };
        // A quoted name may contain an equals sign. The path ends at the first equals sign that follows a complete path.
        let changes = text.match_indices('=').find_map(|(end, _)| {
            let (key, value) = (&text[..end], text[end + 1..].trim().to_owned());
            match list_to_append_to(key) {
                Some(list) => Some((parse_path(list)?, OverrideChange::Append(value))),
                None => Some((parse_path(key)?, OverrideChange::Set(value))),
            }
        });
        let (path, change) = changes.ok_or_else(refused)?;
        Ok(Override { shown: format!("{option} {text}"), path, change })
    }

    /// Makes an override that replaces all appliances by copies of the first. The copies have its name with a number:
    /// `c650`, `c650-2`, `c650-3`. Errors show `shown`.
    pub fn copies_of_first_appliance(shown: &str, count: usize) -> Self {
        Override { shown: shown.into(), path: vec!["appliances".into()], change: OverrideChange::CopyFirst(count) }
    }

    /// Makes an override from another option, such as `--seed 7`. Errors show `shown`.
    ///
    /// # Errors
    /// If the path is not a dotted TOML key.
    pub fn new(shown: &str, path: &str, value: &str) -> Result<Self, ScenarioError> {
        let refused = || ScenarioError::Override { found: path.into(), allowed: "allowed is a dotted TOML key".into() };
        let path = parse_path(path).ok_or_else(refused)?;
        Ok(Override { shown: shown.into(), path, change: OverrideChange::Set(value.trim().into()) })
    }
}

/// The path of the list in `path.+`. None if the text does not end with an unquoted `+` as a step of its own.
fn list_to_append_to(key: &str) -> Option<&str> {
    key.trim_end().strip_suffix('+')?.trim_end().strip_suffix('.')
}

/// Splits a dotted key into its steps. The TOML parser does the work.
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
        // Refuse text such as `a = 1 #`, which contains a value.
        if table.is_none() && value.span() != (text.len() - 1..text.len()) {
            return None;
        }
    }
    Some(steps)
}
