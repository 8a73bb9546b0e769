//! Checks the licences and versions of all dependencies against .deny.toml. It does not need cargo-deny.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Name, version and licence of every package in the dependency tree for the platform of this machine.
fn packages() -> Vec<(String, String, String)> {
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let platform = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", platform])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let used: BTreeSet<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|package| used.contains(package["id"].as_str().unwrap()))
        .map(|package| (text(&package["name"]), text(&package["version"]), text(&package["license"])))
        .collect()
}

fn deny() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.deny.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn allowed() -> Vec<String> {
    deny()["licenses"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The packages that may be in the tree beside another version: name and beginning of the version.
fn skipped() -> Vec<String> {
    deny()["bans"]["skip"].as_array().unwrap().iter().map(|skip| skip["crate"].as_str().unwrap().to_owned()).collect()
}

/// True if the allowed licences satisfy a licence expression. `/` is an old form of OR.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any_of(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words, allowed: &[String]) -> bool {
    let mut met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Words, allowed: &[String]) -> bool {
    let mut met = one_of(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one_of(words, allowed);
    }
    met
}

fn one_of(words: &mut Words, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => any_of(words, allowed) & words.next_if_eq(&")").is_some(),
        Some(name) if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().unwrap_or_default();
            allowed.contains(&format!("{name} WITH {exception}"))
        }
        Some(name) => allowed.iter().any(|allowed| allowed == name),
        None => false,
    }
}

#[test]
fn every_licence_is_allowed() {
    let allowed = allowed();
    let packages = packages();
    assert!(packages.len() > 50, "the tree has {} packages", packages.len());
    let refused: Vec<_> = packages.iter().filter(|(_, _, licence)| !is_met(licence, &allowed)).collect();
    assert!(refused.is_empty(), "not allowed by .deny.toml: {refused:#?}");
}

#[test]
fn no_package_comes_in_two_versions() {
    let skipped = skipped();
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, version, _) in packages() {
        if !skipped.iter().any(|skip| format!("{name}@{version}").starts_with(&format!("{skip}."))) {
            versions.entry(name).or_default().insert(version);
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    assert!(versions.is_empty(), "in more than one version: {versions:#?}");
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let allowed = ["MIT", "Unicode-3.0"].map(String::from);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("(GPL-3.0 OR Apache-2.0) AND Unicode-3.0", false),
        ("MIT AND (GPL-3.0 OR Unicode-3.0)", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", false),
        ("", false),
    ] {
        assert_eq!(is_met(expression, &allowed), expected, "{expression}");
    }
}
