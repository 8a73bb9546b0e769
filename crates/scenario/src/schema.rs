//! The format of scenarios as a JSON schema, for editors and for finding one's way in it.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::scenario::Scenario;

/// The JSON schema of scenarios, draft 07, as lines of text.
pub fn schema() -> String {
    format!("{:#}\n", *SCHEMA)
}

/// The format of a scenario.
pub(crate) fn format_shape() -> Shape {
    Shape(&SCHEMA).resolved()
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Scenario>().to_value();
    drop_nulls(&mut schema);
    // What another crate makes of serde_json must not change the order.
    schema.sort_all_objects();
    schema
});

/// The format of one value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape(&'static Value);

impl Shape {
    /// Whether it is a table.
    pub(crate) fn is_table(self) -> bool {
        self.kind() == "object"
    }

    /// Whether it is a list.
    pub(crate) fn is_list(self) -> bool {
        self.kind() == "array"
    }

    /// Whether it is text, one of several words among others.
    pub(crate) fn is_text(self) -> bool {
        self.kind() == "string"
    }

    /// Its kind in the words of JSON schema: `object`, `array`, `string`, `number`, `integer` or `boolean`.
    pub(crate) fn kind(self) -> &'static str {
        if self.choices().is_empty() { self.0["type"].as_str().unwrap_or_default() } else { "string" }
    }

    /// What sort of text or number it is.
    pub(crate) fn format(self) -> &'static str {
        self.0["format"].as_str().unwrap_or_default()
    }

    /// The keys of a table.
    pub(crate) fn properties(self) -> Vec<&'static str> {
        self.0["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    /// The format of a key of a table.
    pub(crate) fn property(self, key: &str) -> Option<Shape> {
        Some(Shape(self.0["properties"].get(key)?).resolved())
    }

    /// The keys that a table must have.
    pub(crate) fn required(self) -> impl Iterator<Item = &'static str> {
        self.0["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The format of an element of a list.
    pub(crate) fn item(self, index: usize) -> Option<Shape> {
        let items = &self.0["items"];
        let item = if items.is_array() { items.get(index)? } else { items };
        Some(Shape(item).resolved())
    }

    /// How many elements a list has, if that is fixed.
    pub(crate) fn length(self) -> Option<usize> {
        let least = self.0["minItems"].as_u64()?;
        (self.0["maxItems"].as_u64() == Some(least)).then_some(least as usize)
    }

    /// The words that are allowed, if only some are.
    pub(crate) fn choices(self) -> Vec<&'static str> {
        self.0["oneOf"].as_array().into_iter().flatten().filter_map(|choice| choice["const"].as_str()).collect()
    }

    /// The least number that is allowed.
    pub(crate) fn minimum(self) -> Option<f64> {
        self.0["minimum"].as_f64()
    }

    /// The greatest number that is allowed.
    pub(crate) fn maximum(self) -> Option<f64> {
        self.0["maximum"].as_f64()
    }

    /// The format itself, where it is only named.
    fn resolved(self) -> Shape {
        let named = self.0.get("$ref").or_else(|| self.0["allOf"][0].get("$ref")).and_then(Value::as_str);
        match named.and_then(|name| name.strip_prefix('#')) {
            Some(pointer) => SCHEMA.pointer(pointer).map_or(self, |node| Shape(node).resolved()),
            None => self,
        }
    }
}

/// Makes a schema say nothing of null, which TOML does not have: a key that may be absent is just not required.
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
