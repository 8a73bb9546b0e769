//! The changelog names the value generation that the program writes.

use std::fs;

use tollgate_simulation::VALUE_GENERATION;

use crate::support::root;

#[test]
fn the_changelog_names_every_value_generation() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let section = text.split("## Value generations").nth(1).expect("a section on value generations");
    let section = section.split("\n## ").next().unwrap();
    let first_cell = |line: &str| line.strip_prefix("| ")?.split(" |").next()?.parse::<u32>().ok();
    let generations: Vec<u32> = section.lines().filter_map(first_cell).collect();
    let expected: Vec<u32> = (1..=VALUE_GENERATION).rev().collect();
    assert_eq!(generations, expected, "one row for each value generation, the current one first");
}
