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
const MOST: usize = 41;

/// Names that mean several types, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("Amount", "to be renamed"),
    ("Answer", "to be renamed"),
    ("Audit", "to be renamed"),
    ("Cell", "to be renamed"),
    ("Check", "to be renamed"),
    ("Choice", "to be renamed"),
    ("Column", "to be renamed"),
    ("Document", "to be renamed"),
    ("Error", "each crate that can fail has its own"),
    ("Exports", "to be renamed"),
    ("Figure", "to be renamed"),
    ("Finding", "to be renamed"),
    ("Interval", "to be renamed"),
    ("Intervals", "to be renamed"),
    ("Keys", "to be renamed"),
    ("Layout", "to be renamed"),
    ("Measured", "to be renamed"),
    ("Meter", "to be renamed"),
    ("Page", "to be renamed"),
    ("Part", "to be renamed"),
    ("Place", "to be renamed"),
    ("Plan", "to be renamed"),
    ("Progress", "to be renamed"),
    ("Reading", "to be renamed"),
    ("Refusal", "to be renamed"),
    ("Rows", "to be renamed"),
    ("Run", "to be renamed"),
    ("Setting", "to be renamed"),
    ("Section", "to be renamed"),
    ("Sheet", "to be renamed"),
    ("Side", "to be renamed"),
    ("Source", "to be renamed"),
    ("Spot", "to be renamed"),
    ("Sum", "to be renamed"),
    ("Table", "to be renamed"),
    ("Taken", "to be renamed"),
    ("Totals", "to be renamed"),
    ("Unit", "to be renamed"),
    ("Wanted", "to be renamed"),
    ("Watch", "to be renamed"),
    ("Work", "to be renamed"),
];

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
