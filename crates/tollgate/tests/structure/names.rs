//! A name of a type means one thing over the whole workspace.

use std::collections::BTreeMap;

use super::modules::types;
use crate::support::tree::{assert_none, rust_files};

/// The engine and the diagnosis are designed anew, and their names with them.
const LEFT_OUT: &[&str] = &[
    "crates/audit/src/diagnosis/",
    "crates/gateway/src/",
    "crates/ledger/src/",
    "crates/simulation/src/",
    "crates/traffic/src/",
];

/// The number of names that may mean several types.
const MOST: usize = 20;

/// Names that mean several types, and why.
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
    assert!(places.len() > 200, "the types are found");
    places.retain(|_, files| files.len() > 1);
    let new = places.iter().filter(|(name, _)| !ALLOWED.iter().any(|(allowed, _)| allowed == name));
    assert_none(new.map(|(name, files)| format!("{name}: {}", files.join(", "))).collect(), "a name means one thing");
    let unneeded = ALLOWED.iter().filter(|(name, _)| !places.contains_key(*name));
    assert_none(unneeded.map(|(name, _)| (*name).to_owned()).collect(), "the name means one thing now: take it out");
    assert!(ALLOWED.len() <= MOST, "{} names mean several things, allowed are {MOST}", ALLOWED.len());
}
