//! Compares the JSON schema with the committed file and with a scenario that uses the whole format.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tollgate_scenario::{Scenario, schema};

const EVERYTHING: &str = include_str!("good/everything.toml");
const README: &str = include_str!("../../../scenarios/README.md");

/// Keys and choices, each with the name of its definition.
type Parts = BTreeSet<(String, String)>;

#[test]
fn committed_schema_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/scenario.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, schema()).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(schema() == committed, "run make schema, which writes {}", path.display());
}

#[test]
fn schema_is_draft_07_without_null() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert!(!schema.to_string().contains("\"null\"") && !schema.to_string().contains(":null"));
}

#[test]
fn everything_toml_uses_every_key_and_choice() {
    let document: Value = toml::from_str(EVERYTHING).unwrap();
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let mut parts = used(&schema, &document);
    // A scenario has one value of each of these keys, so it cannot use every choice.
    for (line, choices) in SINGLE {
        assert_eq!(EVERYTHING.matches(line).count(), 1, "{line}");
        for choice in choices.split_whitespace() {
            let (key, _) = line.split_once(" = ").unwrap();
            let other = EVERYTHING.replace(line, &format!("{key} = \"{choice}\""));
            Scenario::parse(&other, "everything.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
            parts.extend(used(&schema, &toml::from_str(&other).unwrap()));
        }
    }
    assert_eq!(parts, all(&schema));
}

/// Lines of everything.toml with a key that a scenario has once, and the other choices.
const SINGLE: [(&str, &str); 4] = [
    ("style = \"lifelike\"", "reserved"),
    ("holidays = \"gb\"", "de fr us none"),
    ("varies_like = \"received\"", "spam sent nothing"),
    ("convention = \"flast\"", "first.last first_last firstlast f.last firstl lastf last.first first last"),
];

#[test]
fn the_schema_has_every_key_that_is_written() {
    let scenario = Scenario::parse(EVERYTHING, "everything.toml", &[]).unwrap();
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let mut written = used(&schema, &serde_json::to_value(scenario).unwrap());
    for definition in ["NameStyle", "Holidays", "VariesLike", "Convention"] {
        let choices = schema["definitions"][definition]["oneOf"].as_array().unwrap();
        written.extend(choices.iter().map(|choice| (definition.into(), choice["const"].as_str().unwrap().into())));
    }
    assert_eq!(written, all(&schema));
}

/// The pieces of the example in scenarios/README.md form a scenario with every key.
#[test]
fn the_example_that_explains_the_format_has_every_key() {
    let mut lines = README.lines().skip_while(|line| *line != "## The format, by example");
    let mut example = String::new();
    while lines.by_ref().any(|line| line == "```toml") {
        lines.by_ref().take_while(|line| *line != "```").for_each(|line| example += &format!("{line}\n"));
    }
    let scenario = Scenario::parse(&example, "README.md", &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.warnings(), []);
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let keys = |parts: Parts| -> Parts {
        let is_key = |(name, part): &(String, String)| match name.as_str() {
            "" => schema["properties"].get(part).is_some(),
            name => schema["definitions"][name]["properties"].get(part).is_some(),
        };
        parts.into_iter().filter(is_key).collect()
    };
    let used = keys(used(&schema, &toml::from_str(&example).unwrap()));
    let missing: Vec<_> = keys(all(&schema)).difference(&used).cloned().collect();
    assert_eq!(missing, []);
}

/// All keys and choices of a schema.
fn all(schema: &Value) -> Parts {
    let mut parts = Parts::new();
    let definitions = schema["definitions"].as_object().unwrap();
    for (name, node) in definitions.iter().map(|(name, node)| (name.as_str(), node)).chain([("", schema)]) {
        let keys = node["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        let choices = node["oneOf"].as_array().into_iter().flatten().map(|choice| choice["const"].as_str().unwrap());
        parts.extend(keys.chain(choices).map(|part| (name.to_string(), part.to_string())));
    }
    parts
}

/// The keys and choices of a document. Panics if the schema does not have one of them.
fn used(schema: &Value, document: &Value) -> Parts {
    let mut parts = Parts::new();
    walk(schema, "", schema, document, &mut parts);
    parts
}

fn walk(schema: &Value, name: &str, node: &Value, value: &Value, parts: &mut Parts) {
    if let Some(target) = node["allOf"][0]["$ref"].as_str().or(node["$ref"].as_str()) {
        let name = target.strip_prefix("#/definitions/").unwrap();
        return walk(schema, name, &schema["definitions"][name], value, parts);
    }
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter().filter(|(_, member)| !member.is_null()) {
                let inner = node["properties"].get(key).unwrap_or_else(|| panic!("{name} has no {key}"));
                parts.insert((name.to_string(), key.clone()));
                walk(schema, name, inner, member, parts);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                let item = if node["items"].is_array() { &node["items"][index] } else { &node["items"] };
                walk(schema, name, item, element, parts);
            }
        }
        Value::String(text) => {
            if let Some(choices) = node["oneOf"].as_array() {
                assert!(choices.iter().any(|choice| choice["const"] == *text), "{name} has no {text}");
                parts.insert((name.to_string(), text.clone()));
            }
        }
        _ => {}
    }
}
