//! A name of a type has one meaning in the whole workspace.

use std::collections::BTreeMap;

use super::modules::types;
use crate::support::tree::{assert_none, rust_files};

/// Places that are not checked. The engine and the diagnosis will be rewritten, and their types renamed.
const LEFT_OUT: &[&str] = &[
    "crates/audit/src/diagnosis/",
    "crates/gateway/src/",
    "crates/ledger/src/",
    "crates/simulation/src/",
    "crates/traffic/src/",
];

/// Largest number of names that may have several meanings.
const MOST: usize = 20;

/// Names that may have several meanings, with the reason.
const ALLOWED: &[(&str, &str)] = &[];

#[test]
fn a_name_of_a_type_means_one_thing() {
    let mut places = BTreeMap::<String, Vec<String>>::new();
    for (file, text) in rust_files() {
        let is_code = file.starts_with("crates/") && file.contains("/src/") && !file.contains("/tests");
        if is_code && !LEFT_OUT.iter().any(|place| file.starts_with(place)) {
            for name in types(&text) {
                places.entry(name).or_default().push(file.clone());
            }
        }
    }
    assert!(places.len() > 200, "too few types are found");
    places.retain(|_, files| files.len() > 1);
    let new = places.iter().filter(|(name, _)| !ALLOWED.iter().any(|(allowed, _)| allowed == name));
    assert_none(
        new.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect(),
        "a name belongs to several types",
    );
    let unneeded = ALLOWED.iter().filter(|(name, _)| !places.contains_key(*name));
    assert_none(
        unneeded.map(|(name, _)| (*name).to_owned()).collect(),
        "the name has one meaning now: remove it from ALLOWED",
    );
    assert!(ALLOWED.len() <= MOST, "{} names have several meanings, allowed are {MOST}", ALLOWED.len());
}
