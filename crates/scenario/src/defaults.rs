//! Warnings about values that an override leaves to their defaults.

use toml::de::{DeArray, DeTable, DeValue};

use crate::conformance::float;
use crate::error::Warning;
use crate::path::KeyPath;
use crate::phrases::{exact, quoted_where_needed};
use crate::problem::Problem;
use crate::scenario::Scenario;
use crate::text::ScenarioText;
use crate::tree::{ReplacedValue, element_name, value_at};
use crate::value::{Moment, Span};

impl ScenarioText {
    /// Returns the warnings of this text's scenario: those of [`Scenario::warnings`], and those about values that an override
    /// leaves to their defaults.
    ///
    /// An override that replaces a table or a list leaves a value to its default if the earlier table, or the earlier element
    /// of the same name, has another value. An element without an earlier one of its name is compared with the first.
    pub fn warnings(&self, scenario: &Scenario) -> Vec<Warning> {
        let mut warnings = scenario.warnings();
        if self.overrides().is_empty() {
            return warnings;
        }
        let tree = self.tree();
        if !tree.replaced().is_empty() {
            let written = scenario.to_toml();
            let effective = DeTable::parse(&written).map(toml::Spanned::into_inner).unwrap_or_default();
            let search = DefaultSearch { root: tree.root(), effective: &effective };
            let found = tree.replaced().iter().flat_map(|replaced| search.warn_of_defaults(replaced));
            warnings.extend(found.map(Warning));
        }
        warnings.extend(self.warn_of_costs(scenario).into_iter().map(Warning));
        warnings
    }

    /// The warnings about the cost of an engine that only overrides set. The file has the engine's default cost, but the values that
    /// the overrides leave out are 0.
    fn warn_of_costs(&self, scenario: &Scenario) -> Vec<Problem> {
        // The file is read again only if an override may set a cost.
        if !self.overrides().iter().any(|given| given.shown().contains("cost")) {
            return Vec::new();
        }
        let file = ScenarioText::new(self.text(), self.file_name(), &[]);
        let Ok(of_file) = file.scenario() else { return Vec::new() };
        let (earlier, written) = (of_file.to_toml(), scenario.to_toml());
        let [earlier, effective] =
            [&earlier, &written].map(|text| DeTable::parse(text).map(toml::Spanned::into_inner).unwrap_or_default());
        let (of_file, tree) = (file.tree(), self.tree());
        let search = DefaultSearch { root: tree.root(), effective: &effective };
        let mut found = Vec::new();
        for appliance in 0..scenario.appliances.len() {
            for engine in ["anti_spam", "anti_virus", "mail_processing"] {
                let path = KeyPath::top().key("appliances").at(appliance).key("cost").key(engine);
                let is_in_file = value_at(of_file.root(), &path).is_some();
                if let Some(earlier) = value_at(&earlier, &path).filter(|_| !is_in_file) {
                    let replaced = ReplacedValue { path, earlier: earlier.clone(), is_appended: false };
                    found.extend(search.warn_of_defaults(&replaced));
                }
            }
        }
        found
    }
}

/// The values of a scenario with its overrides.
struct DefaultSearch<'t> {
    /// The values of the file and the overrides.
    root: &'t DeTable<'t>,
    /// The same values and the defaults of all others.
    effective: &'t DeTable<'t>,
}

/// Values that are left to their defaults, each as text.
#[derive(Default)]
struct DefaultedValues(Vec<String>);

impl DefaultSearch<'_> {
    /// The warnings about a table or list that an override has replaced. Elements that leave the same values to the same
    /// defaults have one warning.
    fn warn_of_defaults(&self, replaced: &ReplacedValue<'_>) -> Vec<Problem> {
        let ReplacedValue { path, earlier, is_appended } = replaced;
        let (now, effective) = (value_at(self.root, path), value_at(self.effective, path));
        let problem = |path: KeyPath, of: &str, values: &[String]| {
            Problem::new(
                path,
                format!(
                    "the override does not set these values{of}, so they have their defaults: {}",
                    values.join(", ")
                ),
            )
        };
        match (earlier, now, effective) {
            (DeValue::Table(earlier), Some(DeValue::Table(now)), Some(DeValue::Table(effective))) => {
                let mut values = DefaultedValues::default();
                values.add_table("", earlier, Some(now), effective, !is_appended);
                if values.0.is_empty() { Vec::new() } else { vec![problem(path.clone(), "", &values.0)] }
            }
            (DeValue::Array(earlier), Some(DeValue::Array(now)), Some(DeValue::Array(effective))) => {
                let mut found: Vec<(Vec<usize>, Vec<String>)> = Vec::new();
                for index in 0..now.len() {
                    let mut values = DefaultedValues::default();
                    values.add_element("", earlier, now, effective, index);
                    match found.iter_mut().find(|(_, same)| *same == values.0) {
                        Some((indices, _)) => indices.push(index),
                        None => found.push((vec![index], values.0)),
                    }
                }
                let problems = found.iter().filter(|(_, values)| !values.is_empty()).map(|(indices, values)| {
                    if let [only] = indices[..] {
                        return problem(path.at(only), "", values);
                    }
                    let names: Vec<String> = indices.iter().map(|&index| step_in_words(now, index)).collect();
                    problem(path.clone(), &format!(" of {}", names.join(", ")), values)
                });
                problems.collect()
            }
            _ => Vec::new(),
        }
    }
}

impl DefaultedValues {
    /// Adds the values of a table that the earlier table has and the present one leaves to other defaults. `is_same` is
    /// false if the earlier table only resembles the present one.
    fn add_table(
        &mut self,
        prefix: &str,
        earlier: &DeTable<'_>,
        now: Option<&DeTable<'_>>,
        effective: &DeTable<'_>,
        is_same: bool,
    ) {
        for (key, before) in earlier {
            let (key, before) = (key.get_ref().as_ref(), before.get_ref());
            let present = now.and_then(|now| now.get(key)).map(toml::Spanned::get_ref);
            let default = effective.get(key).map(toml::Spanned::get_ref);
            let words = format!("{prefix}{}", quoted_where_needed(key));
            match (before, present, default) {
                (DeValue::Table(before), Some(DeValue::Table(present)), Some(DeValue::Table(default))) => {
                    self.add_table(&format!("{words}."), before, Some(present), default, is_same);
                }
                (DeValue::Array(before), Some(DeValue::Array(present)), Some(DeValue::Array(default))) => {
                    for index in 0..present.len() {
                        let prefix = format!("{words}.{}.", step_in_words(present, index));
                        self.add_element(&prefix, before, present, default, index);
                    }
                }
                (_, Some(_), _) => {}
                (DeValue::Table(before), None, Some(DeValue::Table(default))) => {
                    self.add_table(&format!("{words}."), before, None, default, is_same);
                }
                // Another element may have an alternative to an optional table, such as `bots` instead of `domains`.
                (DeValue::Table(_), None, None) if !is_same => {}
                (before, None, default) => {
                    if !default.map_or_else(|| is_empty(before), |default| is_equal(before, default)) {
                        self.0.push(format!("{words} is {} instead of {}", shown(default), shown(Some(before))));
                    }
                }
            }
        }
    }

    /// Adds the values of an element of a list, compared with the earlier element of its name or else with the first.
    fn add_element(
        &mut self,
        prefix: &str,
        earlier: &DeArray<'_>,
        now: &DeArray<'_>,
        effective: &DeArray<'_>,
        index: usize,
    ) {
        let name = element_name(now, index);
        let same = (0..earlier.len()).find(|&place| name.is_some() && element_name(earlier, place) == name);
        let before = earlier.get(same.unwrap_or(0)).map(toml::Spanned::get_ref);
        let present = now.get(index).map(toml::Spanned::get_ref);
        let default = effective.get(index).map(toml::Spanned::get_ref);
        if let (Some(DeValue::Table(before)), Some(DeValue::Table(present)), Some(DeValue::Table(default))) =
            (before, present, default)
        {
            self.add_table(prefix, before, Some(present), default, same.is_some());
        }
    }
}

/// An element of a list as a step of a path: its name, or its number.
fn step_in_words(list: &DeArray<'_>, index: usize) -> String {
    element_name(list, index).map_or_else(|| index.to_string(), quoted_where_needed)
}

fn is_empty(value: &DeValue<'_>) -> bool {
    value.as_array().is_some_and(|elements| elements.is_empty())
}

/// Returns true if two values mean the same, even if they are spelled differently: `"60m"` and `"1h"`.
fn is_equal(one: &DeValue<'_>, other: &DeValue<'_>) -> bool {
    match (one, other) {
        (DeValue::String(one), DeValue::String(other)) => {
            let (spans, moments) = ([one, other].map(|text| span(text)), [one, other].map(|text| moment(text)));
            one == other
                || (spans[0].is_some() && spans[0] == spans[1])
                || (moments[0].is_some() && moments[0] == moments[1])
        }
        (DeValue::Boolean(one), DeValue::Boolean(other)) => one == other,
        (DeValue::Array(one), DeValue::Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other.iter()).all(|(one, other)| is_equal(one.get_ref(), other.get_ref()))
        }
        (DeValue::Table(one), DeValue::Table(other)) => one.iter().all(|(key, value)| {
            other.get(key.get_ref().as_ref()).is_some_and(|other| is_equal(value.get_ref(), other.get_ref()))
        }),
        _ => float(one).is_some() && float(one) == float(other),
    }
}

fn span(text: &str) -> Option<Span> {
    Span::try_from(text.to_string()).ok()
}

fn moment(text: &str) -> Option<Moment> {
    Moment::try_from(text.to_string()).ok()
}

fn shown(value: Option<&DeValue<'_>>) -> String {
    match value {
        None => "not set".into(),
        Some(DeValue::String(text)) => text.to_string(),
        Some(DeValue::Boolean(truth)) => truth.to_string(),
        Some(DeValue::Array(elements)) => {
            format!("a list of {}", tollgate_wording::counted(elements.len() as u64, "element"))
        }
        Some(DeValue::Table(_)) => "a table".into(),
        Some(number) => float(number).map_or_else(String::new, exact),
    }
}
