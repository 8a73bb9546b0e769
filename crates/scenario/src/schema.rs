//! The JSON schema of scenarios. Editors use it, and the comparison of a file with the format.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::scenario::Scenario;

/// The JSON schema (draft 07) of scenarios, as lines of text.
pub fn schema() -> String {
    format!("{:#}\n", *SCHEMA)
}

/// The schema of a whole scenario.
pub(crate) fn format_schema() -> ValueSchema {
    ValueSchema(&SCHEMA).resolved()
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Scenario>().to_value();
    drop_nulls(&mut schema);
    // Sort the keys: their order would depend on the features of serde_json that other crates enable.
    schema.sort_all_objects();
    schema
});

/// The schema of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueSchema(&'static Value);

impl ValueSchema {
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
        if self.choices().is_empty() { self.0["type"].as_str().unwrap_or_default() } else { "string" }
    }

    /// The format of the text or number in JSON schema, such as `date-time`. Empty if it has none.
    pub(crate) fn format(self) -> &'static str {
        self.0["format"].as_str().unwrap_or_default()
    }

    /// The keys of a table.
    pub(crate) fn properties(self) -> Vec<&'static str> {
        self.0["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    /// The schema of a key of a table.
    pub(crate) fn property(self, key: &str) -> Option<ValueSchema> {
        Some(ValueSchema(self.0["properties"].get(key)?).resolved())
    }

    /// The default of a key of a table, as its description states it behind `Default:`.
    pub(crate) fn described_default(self, key: &str) -> Option<&'static str> {
        let description = self.0["properties"].get(key)?["description"].as_str()?;
        description.split_once("Default: ").map(|(_, default)| default)
    }

    /// The required keys of a table.
    pub(crate) fn required(self) -> impl Iterator<Item = &'static str> {
        self.0["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The schema of an element of a list.
    pub(crate) fn item(self, index: usize) -> Option<ValueSchema> {
        let items = &self.0["items"];
        let item = if items.is_array() { items.get(index)? } else { items };
        Some(ValueSchema(item).resolved())
    }

    /// The number of elements of a list of fixed length.
    pub(crate) fn length(self) -> Option<usize> {
        let least = self.0["minItems"].as_u64()?;
        (self.0["maxItems"].as_u64() == Some(least)).then_some(least as usize)
    }

    /// The allowed words, if only some words are allowed.
    pub(crate) fn choices(self) -> Vec<&'static str> {
        self.0["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str()).collect()
    }

    /// The smallest allowed number.
    pub(crate) fn minimum(self) -> Option<f64> {
        self.0["minimum"].as_f64()
    }

    /// The largest allowed number.
    pub(crate) fn maximum(self) -> Option<f64> {
        self.0["maximum"].as_f64()
    }

    /// The schema that this one refers to, or this one if it is no reference.
    fn resolved(self) -> ValueSchema {
        let named = self.0.get("$ref").or_else(|| self.0["allOf"][0].get("$ref")).and_then(Value::as_str);
        match named.and_then(|name| name.strip_prefix('#')) {
            Some(pointer) => SCHEMA.pointer(pointer).map_or(self, |node| ValueSchema(node).resolved()),
            None => self,
        }
    }
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
