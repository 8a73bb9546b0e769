//! The JSON schema of scenarios. Editors use it, and the comparison of a file with the format.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::Scenario;

/// The JSON schema (draft 07) of scenarios, as lines of text.
pub fn schema() -> String {
    format!("{:#}\n", *SCHEMA)
}

/// The schema of a whole scenario.
pub(crate) fn format_schema() -> ValueSchema {
    ValueSchema::new(&SCHEMA)
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Scenario>().to_value();
    drop_nulls(&mut schema);
    // Sort the keys: their order would depend on the features of serde_json that other crates enable.
    schema.sort_all_objects();
    schema
});

/// All lists of the schema that are defaults of keys, or belong to such defaults, as one table in TOML. Its keys are the same lists in
/// JSON.
static DEFAULT_LISTS: LazyLock<String> = LazyLock::new(|| {
    let mut lists = BTreeMap::new();
    add_default_lists(&SCHEMA, &mut lists);
    toml::to_string(&lists).expect("TOML has all types that a default consists of")
});

/// The schema of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueSchema {
    /// The schema of its type.
    node: &'static Value,
    /// The schema of its key, which can have bounds of its own.
    place: &'static Value,
}

impl ValueSchema {
    fn new(place: &'static Value) -> Self {
        ValueSchema { node: resolved(place), place }
    }

    /// Returns true if the value is a table.
    pub(crate) fn is_table(self) -> bool {
        self.kind() == "object"
    }

    /// Returns true if the value is a list.
    pub(crate) fn is_list(self) -> bool {
        self.kind() == "array"
    }

    /// Returns true if the value is text or one of several words.
    pub(crate) fn is_text(self) -> bool {
        self.kind() == "string"
    }

    /// The type of the value in JSON schema: `object`, `array`, `string`, `number`, `integer` or `boolean`.
    pub(crate) fn kind(self) -> &'static str {
        if self.choices().is_empty() { self.node["type"].as_str().unwrap_or_default() } else { "string" }
    }

    /// The format of the text or number in JSON schema, such as `date-time`. Empty if it has none.
    pub(crate) fn format(self) -> &'static str {
        self.node["format"].as_str().unwrap_or_default()
    }

    /// The keys of a table.
    pub(crate) fn properties(self) -> Vec<&'static str> {
        self.node["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    /// The schema of a key of a table.
    pub(crate) fn property(self, key: &str) -> Option<ValueSchema> {
        Some(ValueSchema::new(self.node["properties"].get(key)?))
    }

    /// The default of a key of a table, as its description states it behind `Default:`.
    pub(crate) fn described_default(self, key: &str) -> Option<&'static str> {
        let description = self.node["properties"].get(key)?["description"].as_str()?;
        description.split_once("Default: ").map(|(_, default)| default)
    }

    /// The default of a list as TOML values, if it has one.
    pub(crate) fn default_list(self) -> Option<DeValue<'static>> {
        as_toml(&self.place["default"])
    }

    /// The list at a key of the default of a table, as TOML values, if there is one.
    pub(crate) fn default_list_of(self, key: &str) -> Option<DeValue<'static>> {
        as_toml(&self.place["default"][key])
    }

    /// The required keys of a table.
    pub(crate) fn required(self) -> impl Iterator<Item = &'static str> {
        self.node["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The schema of an element of a list.
    pub(crate) fn item(self, index: usize) -> Option<ValueSchema> {
        let items = &self.node["items"];
        let item = if items.is_array() { items.get(index)? } else { items };
        Some(ValueSchema::new(item))
    }

    /// The number of elements of a list of fixed length.
    pub(crate) fn length(self) -> Option<usize> {
        let least = self.node["minItems"].as_u64()?;
        (self.node["maxItems"].as_u64() == Some(least)).then_some(least as usize)
    }

    /// The allowed words, if only some words are allowed.
    pub(crate) fn choices(self) -> Vec<&'static str> {
        self.node["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str()).collect()
    }

    /// The largest number of elements of a list.
    pub(crate) fn longest(self) -> Option<usize> {
        Some(self.place["maxItems"].as_u64()? as usize)
    }

    /// The smallest allowed number.
    pub(crate) fn minimum(self) -> Option<f64> {
        self.place["minimum"].as_f64().or_else(|| self.node["minimum"].as_f64())
    }

    /// The number above which numbers are allowed, if it is not allowed itself.
    pub(crate) fn exclusive_minimum(self) -> Option<f64> {
        self.place["exclusiveMinimum"].as_f64()
    }

    /// The largest allowed number.
    pub(crate) fn maximum(self) -> Option<f64> {
        self.place["maximum"].as_f64().or_else(|| self.node["maximum"].as_f64())
    }
}

/// The schema that a schema refers to, or itself if it is no reference.
fn resolved(schema: &'static Value) -> &'static Value {
    let named = schema.get("$ref").or_else(|| schema["allOf"][0].get("$ref")).and_then(Value::as_str);
    match named.and_then(|name| name.strip_prefix('#')) {
        Some(pointer) => SCHEMA.pointer(pointer).map_or(schema, resolved),
        None => schema,
    }
}

/// One of the lists that are defaults, as TOML values.
fn as_toml(list: &Value) -> Option<DeValue<'static>> {
    let mut lists = DeTable::parse(&DEFAULT_LISTS).ok()?.into_inner();
    lists.remove(list.to_string().as_str()).map(Spanned::into_inner)
}

fn add_default_lists<'v>(node: &'v Value, lists: &mut BTreeMap<String, &'v Value>) {
    let Value::Object(members) = node else { return };
    match &node["default"] {
        list @ Value::Array(_) => {
            lists.insert(list.to_string(), list);
        }
        Value::Object(default) => {
            let within = default.values().filter(|value| value.is_array());
            lists.extend(within.map(|list| (list.to_string(), list)));
        }
        _ => {}
    }
    members.values().for_each(|member| add_default_lists(member, lists));
}

/// Removes null from a schema, because TOML has no null. Optional keys are only left out of `required`.
fn drop_nulls(node: &mut Value) {
    match node {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            if let Some(Value::Array(mut choices)) = members.remove("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                members.insert("allOf".into(), Value::Array(choices));
            }
            if let Some(Value::Array(kinds)) = members.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [kind] = kinds.as_slice() {
                    let kind = kind.clone();
                    members.insert("type".into(), kind);
                }
            }
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(elements) => elements.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
