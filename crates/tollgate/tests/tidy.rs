//! Rules of this repository that the compiler does not check.

use std::fs;

use crate::support::root;
use crate::support::tree::{assert_none, files, rust_files};

/// The crates in order. Each may use only those before it.
const ORDER: [&str; 15] = [
    "wording",
    "catalogue",
    "scenario",
    "traffic",
    "gateway",
    "ledger",
    "simulation",
    "report",
    "audit",
    "history",
    "chart",
    "fit",
    "monitor",
    "capacity",
    "tollgate",
];

/// Largest number of lines in a file of code.
const MAX_LINES: usize = 450;

fn manifest(name: &str) -> toml::Table {
    fs::read_to_string(root().join(name)).unwrap().parse().unwrap()
}

/// Every dependency of a manifest: its name, its entry, and false if only tests use it.
fn dependencies(manifest: &toml::Table) -> Vec<(String, toml::Value, bool)> {
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let tables = targets.filter_map(toml::Value::as_table).chain([manifest]);
    let mut found = Vec::new();
    for table in tables {
        for (kind, used) in [("dependencies", true), ("build-dependencies", true), ("dev-dependencies", false)] {
            let entries = table.get(kind).and_then(toml::Value::as_table).into_iter().flatten();
            found.extend(entries.map(|(name, value)| (name.clone(), value.clone(), used)));
        }
    }
    found
}

#[test]
fn crates_use_only_those_above_them() {
    let entries = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap());
    let directories = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut crates: Vec<String> = directories.map(|entry| entry.file_name().into_string().unwrap()).collect();
    crates.sort();
    let mut known = ORDER.to_vec();
    known.sort_unstable();
    assert_eq!(crates, known, "ORDER does not list all crates");

    let mut found = Vec::new();
    for (place, name) in ORDER.iter().enumerate() {
        for (dependency, _, used) in dependencies(&manifest(&format!("crates/{name}/Cargo.toml"))) {
            let Some(dependency) = dependency.strip_prefix("tollgate-") else { continue };
            if used && !ORDER[..place].contains(&dependency) {
                found.push(format!("{name} uses {dependency}"));
            }
        }
    }
    assert_none(found, "a crate uses a crate that does not come before it in ORDER");
}

#[test]
fn manifests_take_everything_shared_from_the_workspace() {
    let mut found = Vec::new();
    for name in ORDER {
        let manifest = manifest(&format!("crates/{name}/Cargo.toml"));
        let package = if name == "tollgate" { name.to_owned() } else { format!("tollgate-{name}") };
        if manifest["package"]["name"].as_str() != Some(&package) {
            found.push(format!("{name}: the package is called {}", manifest["package"]["name"]));
        }
        for field in ["version", "edition", "rust-version", "license", "readme", "keywords", "categories"] {
            if manifest["package"][field].get("workspace").is_none() {
                found.push(format!("{name}: {field} is not the workspace's"));
            }
        }
        if manifest.get("lints").and_then(|lints| lints.get("workspace")).is_none() {
            found.push(format!("{name}: the lints are not the workspace's"));
        }
        for (dependency, value, _) in dependencies(&manifest) {
            if value.get("workspace").is_none() {
                found.push(format!("{name}: {dependency} is not pinned in the workspace"));
            }
        }
    }
    assert_none(found, "a manifest does not inherit everything shared from the workspace");
}

#[test]
fn every_crate_has_one_binary_of_integration_tests() {
    let mut found = Vec::new();
    for name in ORDER {
        let directory = root().join("crates").join(name).join("tests");
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        if manifest(&format!("crates/{name}/Cargo.toml"))["package"].get("autotests") != Some(&false.into()) {
            found.push(format!("{name}: autotests is not false"));
        }
        let main = fs::read_to_string(directory.join("main.rs")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let modules =
            paths.filter(|path| path.extension().is_some_and(|end| end == "rs") || path.join("mod.rs").exists());
        for module in modules.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()) {
            if module != "main" && !main.lines().any(|line| line == format!("mod {module};")) {
                found.push(format!("{name}: main.rs does not declare {module}"));
            }
        }
    }
    assert_none(found, "integration tests are not in one binary");
}

#[test]
fn a_library_without_unit_tests_is_not_compiled_for_them() {
    let mut found = Vec::new();
    for name in ORDER {
        let source = format!("crates/{name}/src/");
        let has_tests = rust_files().any(|(file, text)| file.starts_with(&source) && text.contains("#[test]"));
        let manifest = manifest(&format!("crates/{name}/Cargo.toml"));
        let test = manifest.get("lib").and_then(|lib| lib.get("test"));
        if test == Some(&false.into()) && has_tests {
            found.push(format!("{name} has unit tests that do not run: remove test = false"));
        } else if test.is_none() && !has_tests {
            found.push(format!("{name} has no unit tests: set test = false below [lib]"));
        }
    }
    assert_none(found, "only libraries with unit tests are compiled for them");
}

#[test]
fn no_dependency_of_the_workspace_is_unused() {
    let used: Vec<String> = ORDER
        .iter()
        .flat_map(|name| dependencies(&manifest(&format!("crates/{name}/Cargo.toml"))))
        .map(|(dependency, _, _)| dependency)
        .collect();
    let manifest = manifest("Cargo.toml");
    let pinned = manifest["workspace"]["dependencies"].as_table().unwrap().keys();
    assert_none(
        pinned.filter(|name| !used.contains(name)).cloned().collect(),
        "no crate uses these dependencies of the workspace",
    );
}

#[test]
fn files_are_short() {
    let code = files().into_iter().filter(|(name, _)| name.ends_with(".rs") || name.ends_with(".py"));
    let long = code.map(|(name, text)| (name, text.lines().count())).filter(|(_, lines)| *lines > MAX_LINES);
    assert_none(long.map(|(name, lines)| format!("{name}: {lines} lines")).collect(), "a file of code is too long");
}

#[test]
fn only_tests_unwrap() {
    let unwrap = [".unwrap", "()"].concat();
    let allowed = ["clippy::", "unwrap_used"].concat();
    let mut found = Vec::new();
    for (name, text) in rust_files()
        .filter(|(name, _)| name.contains("/src/") && !name.ends_with("/tests.rs") && !name.contains("/tests/"))
    {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (place, line) in code.lines().enumerate() {
            let comment = line.trim_start().starts_with("//");
            if !comment && (line.contains(&unwrap) || line.contains(&allowed)) {
                found.push(format!("{name}:{}: {}", place + 1, line.trim()));
            }
        }
    }
    assert_none(found, "only tests may unwrap");
}

#[test]
fn exceptions_from_lints_have_a_reason() {
    let mut found = Vec::new();
    for (name, text) in rust_files() {
        for kind in ["allow", "expect"] {
            for attribute in ["#[", "#!["].map(|open| format!("{open}{kind}(")) {
                let all = text.match_indices(&attribute);
                // An attribute ends with the first `)]`, on the same line or on a later one.
                let bare = all.filter(|&(at, _)| !text[at..].split(")]").next().unwrap_or_default().contains("reason"));
                found.extend(bare.map(|(at, _)| format!("{name}:{}", text[..at].lines().count() + 1)));
            }
        }
    }
    assert_none(found, "an exception from a lint needs a reason");
}

#[test]
fn tests_neither_sleep_nor_stand_aside() {
    let forbidden = [["thread::", "sleep"].concat(), ["#[", "ignore"].concat()];
    // A benchmark may sleep, for example to read at 1 KB/s.
    let tests = rust_files().filter(|(name, _)| !name.contains("/benches/"));
    let found = tests.filter(|(_, text)| forbidden.iter().any(|word| text.contains(word)));
    assert_none(found.map(|(name, _)| name).collect(), "a test sleeps or is ignored");
}

#[test]
fn no_file_names_a_place_on_somebody_s_machine() {
    let forbidden = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Us", "ers/"], ["/tmp/", "target"]]
        .map(|parts| parts.concat());
    let mut found = Vec::new();
    for (name, text) in files() {
        for (place, line) in text.lines().enumerate() {
            if forbidden.iter().any(|word| line.contains(word)) {
                found.push(format!("{name}:{}: {}", place + 1, line.trim()));
            }
        }
    }
    assert_none(found, "a file names a path of one machine");
}
