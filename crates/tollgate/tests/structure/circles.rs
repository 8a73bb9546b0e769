//! No two modules of a crate use each other, directly or through other modules.
//!
//! A module uses another if its code names an item that the other defines, in a `use` or in a path, directly or through
//! re-exports. `mod` declarations and re-exports of items of a child module do not count. Tests are left out.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{ModulePath, Modules};
use crate::support::tree::{assert_none, rust_files};

/// Places that may have circles, with the reason.
const ALLOWED: &[(&str, &str)] = &[
    ("crates/audit/src/diagnosis/", "it will be rewritten"),
    ("crates/gateway/src/", "the engine is designed anew"),
    ("crates/simulation/src/", "the engine is designed anew"),
    ("crates/traffic/src/", "the engine is designed anew"),
];

type Uses = BTreeMap<ModulePath, BTreeMap<ModulePath, String>>;

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let files: Vec<_> = rust_files().collect();
    let sources: BTreeSet<&str> = files.iter().filter_map(|(file, _)| source(file)).collect();
    assert!(sources.len() > 10, "too few crates are found");
    let mut found = Vec::new();
    let mut needed = BTreeSet::new();
    for source in sources {
        let inside = files.iter().filter(|(file, _)| file.starts_with(&format!("{source}/")));
        let modules = Modules::read(source, inside.map(|(file, text)| (file.as_str(), text.as_str())));
        let uses = modules.uses();
        for circle in circles(&uses) {
            let files: Vec<&str> = circle.iter().map(|module| modules.file(module)).collect();
            let allowed = ALLOWED.iter().find(|(place, _)| files.iter().all(|file| file.starts_with(place)));
            match allowed {
                Some((place, _)) => drop(needed.insert(*place)),
                None => found.push(shown(&modules, &uses, &circle)),
            }
        }
    }
    assert_none(found, "modules use each other in a circle");
    let unneeded = ALLOWED.iter().filter(|(place, _)| !needed.contains(place));
    assert_none(
        unneeded.map(|(place, _)| (*place).to_owned()).collect(),
        "no circle is left here: remove the place from ALLOWED",
    );
}

/// The directory of a crate's code.
fn source(file: &str) -> Option<&str> {
    let end = file.strip_prefix("crates/")?.find("/src/")?;
    Some(&file[.."crates/".len() + end + "/src".len()])
}

/// The circles: the largest sets of modules in which every module uses every other, directly or through others.
fn circles(uses: &Uses) -> Vec<Vec<ModulePath>> {
    let reached: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> =
        uses.keys().map(|module| (module, reachable(uses, module))).collect();
    let mut found = BTreeSet::new();
    for (module, targets) in &reached {
        let circle: Vec<ModulePath> =
            targets.iter().filter(|target| reached[*target].contains(module)).map(|&target| target.clone()).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reachable<'a>(uses: &'a Uses, from: &'a ModulePath) -> BTreeSet<&'a ModulePath> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        open.extend(uses[module].keys().filter(|target| found.insert(*target)));
    }
    found
}

/// A circle as text: one line for each use inside it.
fn shown(modules: &Modules, uses: &Uses, circle: &[ModulePath]) -> String {
    let mut lines = Vec::new();
    for module in circle {
        for (target, item) in uses[module].iter().filter(|(target, _)| circle.contains(target)) {
            lines.push(format!("{} uses {} ({item})", modules.file(module), modules.file(target)));
        }
    }
    format!("a circle of {}:\n    {}", circle.len(), lines.join("\n    "))
}

/// The circles of a crate with these files below `src/`, as names of modules.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let files: Vec<_> = files.iter().map(|(file, text)| (format!("src/{file}"), *text)).collect();
    let modules = Modules::read("src", files.iter().map(|(file, text)| (file.as_str(), *text)));
    let circles = circles(&modules.uses()).into_iter();
    circles.map(|circle| circle.iter().map(|module| module.join("::")).collect()).collect()
}

#[test]
fn re_exports_and_declarations_are_no_uses() {
    let root = "mod a; mod b; pub use a::A; pub use b::*;";
    let files = [("lib.rs", root), ("a.rs", "use crate::B; pub struct A(B);"), ("b.rs", "pub struct B;")];
    assert!(circles_of(&files).is_empty());
}

#[test]
fn a_circle_is_found_through_re_exports_globs_paths_and_parents() {
    let root = "mod a; mod b; pub use a::A; pub use b::*;";
    let a = "use crate::B; pub struct A(B);";
    for b in [
        "use crate::A; pub struct B(A);",
        "use super::A as Other; pub struct B(Other);",
        "use super::*; pub struct B(A);",
        "pub struct B(crate::a::A);",
        "use crate::a; pub struct B; fn f() -> a::A {}",
        "use super::{a::{self}}; pub struct B; fn f() -> a::A {}",
    ] {
        assert_eq!(circles_of(&[("lib.rs", root), ("a.rs", a), ("b.rs", b)]), [["a", "b"]], "{b}");
    }
    let parent = "mod child; pub struct Parent; fn call() { child::make(Parent); }";
    let child = "use super::Parent; pub fn make(parent: Parent) {}";
    assert_eq!(circles_of(&[("lib.rs", "mod p;"), ("p/mod.rs", parent), ("p/child.rs", child)]), [["p", "p::child"]]);
    let apart = "mod child; pub struct Parent;";
    assert!(circles_of(&[("lib.rs", "mod p;"), ("p/mod.rs", apart), ("p/child.rs", child)]).is_empty());
}

#[test]
fn tests_of_a_module_are_no_uses() {
    let b = "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }";
    let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B; pub struct A(B);"), ("b.rs", b)];
    assert!(circles_of(&files).is_empty());
}
