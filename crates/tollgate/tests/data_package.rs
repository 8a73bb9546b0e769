//! `datapackage.json` describes the files of a run correctly.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;
use tollgate_catalogue::Catalogue;

use crate::support::{options_of_a_quiet_hour, root, run_well};

/// Runs a scenario with `out` as the output directory, and returns the directory of the run.
fn run_into(out: &Path, scenario: &str, options: &[&str]) -> PathBuf {
    let file = format!("scenarios/{scenario}.toml");
    run_well(&[&["run", &file, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join(scenario)
}

fn read(run: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(run.join(name)).unwrap()).unwrap()
}

/// The strings of a JSON array.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Asserts that the data package of a run lists the exports of its manifest, and that every row fits its description. Returns the
/// number of exports.
fn assert_described(run: &Path) -> usize {
    let (package, manifest) = (read(run, "datapackage.json"), read(run, "manifest.json"));
    let files = manifest["files"].as_array().unwrap().iter();
    let exports: Vec<&Value> = files.filter(|file| file["path"].as_str().unwrap().ends_with(".csv")).collect();
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), exports.len());
    for (resource, file) in resources.iter().zip(&exports) {
        assert_eq!((&resource["path"], &resource["bytes"]), (&file["path"], &file["bytes"]));
        assert_eq!(resource["hash"], format!("sha256:{}", file["sha256"].as_str().unwrap()));
        assert_eq!(resource["$schema"], "https://datapackage.org/profiles/2.0/dataresource.json");
        assert_rows(&run.join(resource["path"].as_str().unwrap()), &resource["schema"]);
    }
    let names: BTreeSet<&str> = resources.iter().map(|resource| resource["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), resources.len(), "two resources have the same name");
    exports.len()
}

/// Asserts that a file has the columns of a schema, that its values have the types of the columns, and that no key is repeated.
fn assert_rows(path: &Path, schema: &Value) {
    let fields = schema["fields"].as_array().unwrap();
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headings: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert_eq!(headings, names, "{}", path.display());
    let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
    let key: Vec<usize> = texts(&schema["primaryKey"]).into_iter().map(place).collect();
    let mut seen = BTreeSet::new();
    for row in reader.records() {
        let row = row.unwrap();
        for (value, field) in row.iter().zip(fields) {
            assert!(is_of(value, field, schema), "{}: {value:?} in {field}", path.display());
        }
        let values: Vec<String> = key.iter().map(|&place| row[place].to_owned()).collect();
        assert!(seen.insert(values), "{}: the key of {row:?} is repeated", path.display());
    }
}

/// True if a value has the type of its column.
fn is_of(value: &str, field: &Value, schema: &Value) -> bool {
    let missing = field.get("missingValues").unwrap_or(&schema["missingValues"]);
    if texts(missing).contains(&value) {
        return true;
    }
    match field["type"].as_str().unwrap() {
        "string" => true,
        "integer" => value.parse::<u64>().is_ok(),
        "number" => value.parse::<f64>().is_ok_and(f64::is_finite),
        "boolean" => texts(&field["trueValues"]).contains(&value) || texts(&field["falseValues"]).contains(&value),
        "datetime" => {
            assert_eq!(field["format"], "%Y-%m-%d %H:%M GMT");
            let digit = |mark: char| if mark.is_ascii_digit() { '9' } else { mark };
            value.chars().map(digit).collect::<String>() == "9999-99-99 99:99 GMT"
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_export_is_described_as_it_is() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(assert_described(&run_into(out.path(), "fixture", &[])), Catalogue::builtin().tables().len());
    assert_eq!(assert_described(&run_into(out.path(), "odd-keys", &[])), Catalogue::builtin().tables().len());
    assert_eq!(assert_described(&run_into(out.path(), "c650-pair", &["--volume", "0.02"])), 84);
    // The trace is left out, because it is not a table.
    let run = run_into(out.path(), "quiet-hour", &["--only", "tls_connections", "--truth", "--trace", "5"]);
    assert_eq!(assert_described(&run), 12);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_export_of_any_scenario_is_described_as_it_is(options in options_of_a_quiet_hour()) {
        let out = tempfile::tempdir().unwrap();
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        assert_eq!(assert_described(&run_into(out.path(), "quiet-hour", &options)), 84);
    }
}

#[test]
fn the_form_of_a_data_package() {
    let out = tempfile::tempdir().unwrap();
    let mut package = read(&run_into(out.path(), "fixture", &["--only", "5,20"]), "datapackage.json");
    for resource in package["resources"].as_array_mut().unwrap() {
        resource["bytes"] = 0.into();
        resource["hash"] = "sha256:...".into();
    }
    assert_snapshot!(serde_json::to_string_pretty(&package).unwrap());
}

#[test]
fn a_data_package_of_somebody_else_is_not_replaced() {
    let out = tempfile::tempdir().unwrap();
    let path = run_into(out.path(), "fixture", &["--only", "8"]).join("datapackage.json");
    let own = fs::read(&path).unwrap();
    for other in [r#"{"name": "mine", "resources": []}"#, "no JSON"] {
        fs::write(&path, other).unwrap();
        let arguments = ["run", "scenarios/fixture.toml", "--quiet", "--out", out.path().to_str().unwrap()];
        let output = crate::support::run(&arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("it holds datapackage.json, which"));
        assert_eq!(fs::read_to_string(&path).unwrap(), other);
    }
    fs::write(&path, own).unwrap();
    run_into(out.path(), "fixture", &[]);
}

#[test]
fn the_fixture_has_every_number_in_100_kb() {
    let out = tempfile::tempdir().unwrap();
    let run = run_into(out.path(), "fixture", &[]);
    let mut bytes = 0;
    for resource in read(&run, "datapackage.json")["resources"].as_array().unwrap() {
        bytes += resource["bytes"].as_u64().unwrap();
        let mut reader = csv::Reader::from_path(run.join(resource["path"].as_str().unwrap())).unwrap();
        let headings = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert!(!rows.is_empty(), "{} has rows", resource["path"]);
        for (place, heading) in headings.iter().enumerate() {
            let is_zero = |row: &csv::StringRecord| row[place].parse() == Ok(0.0);
            assert!(!rows.iter().all(is_zero), "{} has values above 0 in {heading}", resource["path"]);
        }
    }
    assert!(bytes <= 100_000, "{bytes} bytes");
}

#[test]
fn every_odd_key_is_in_every_table_of_names() {
    let text = fs::read_to_string(root().join("scenarios/odd-keys.toml")).unwrap();
    let scenario: toml::Table = text.parse().unwrap();
    let names = |list: &str, key: &str| -> BTreeSet<String> {
        let elements = scenario[list].as_array().unwrap().iter();
        elements.map(|element| element[key].as_str().unwrap().to_owned()).collect()
    };
    let odd = names("content_filters", "name");
    assert!(odd.len() > 30 && odd.iter().any(|name| name.chars().count() == 255));
    for (list, key) in [("virus_types", "name"), ("outbreaks", "name"), ("scripted_incoming", "owner")] {
        assert_eq!(names(list, key), odd, "{list}");
    }
    let out = tempfile::tempdir().unwrap();
    let run = run_into(out.path(), "odd-keys", &[]);
    let columns = [
        "Network Owner",
        "Sender Group",
        "Last Sender Group",
        "Content Filter Name",
        "Key (Content Filter Name)",
        "Outbreak Name",
        "Virus Type",
    ];
    let mut found = Vec::new();
    for resource in read(&run, "datapackage.json")["resources"].as_array().unwrap() {
        let mut reader = csv::Reader::from_path(run.join(resource["path"].as_str().unwrap())).unwrap();
        let headings = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for (place, heading) in headings.iter().enumerate().filter(|(_, heading)| columns.contains(heading)) {
            let keys: BTreeSet<String> = rows.iter().map(|row| row[place].to_owned()).collect();
            assert!(odd.is_subset(&keys), "{}: {heading}", resource["path"]);
            found.push(heading.to_owned());
        }
    }
    assert_eq!(found.len(), 15, "{found:?}");
}
