//! Only the catalogue has a list of the counting rules that is written by hand.

use std::collections::BTreeSet;

use tollgate_catalogue::Catalogue;

use crate::support::tree::{assert_none, files};

/// Files that list the rules, with the reason.
const LISTS: [(&str, &str); 7] = [
    ("crates/catalogue/rules.toml", "it is the list"),
    ("crates/catalogue/TABLES.md", "it is generated from the catalogue"),
    (
        "crates/catalogue/tests/rules.rs",
        "its table gives the meaning of each rule, and a test checks that none is missing",
    ),
    ("crates/audit/", "it explains the diagnosis rule by rule, and a test below checks that its page names every rule"),
    ("scenarios/THREAD.md", "it compares the rules, and a test below checks that none is missing"),
    ("README.md", "it shows output of the program, and a test compares it"),
    (".snap", "it is output of the program"),
];

/// Names within this number of lines are a list.
const LIST_LINES: usize = 8;

fn rules() -> BTreeSet<&'static str> {
    Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect()
}

/// The counting rules that are named in some lines.
fn named<'a>(lines: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    let is_part_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let words = lines.into_iter().flat_map(|line| line.split(move |letter| !is_part_of_word(letter)));
    words.filter(|word| rules().contains(word)).collect()
}

#[test]
fn no_list_of_counting_rules_is_kept_by_hand() {
    let mut lists = Vec::new();
    for (name, text) in files() {
        if LISTS.iter().any(|(list, _)| name.starts_with(list) || name.ends_with(list))
            || !text.contains("attempt-only")
        {
            continue;
        }
        let lines: Vec<&str> = text.lines().collect();
        let is_list = |near: &&[&str]| named(near.iter().copied()).len() + 1 >= rules().len();
        if let Some(place) = lines.windows(LIST_LINES.min(lines.len())).position(|near| is_list(&near)) {
            lists.push(format!("{name}:{}", place + 1));
        }
    }
    assert_none(lists, "take the names of counting rules from the catalogue, or point to TABLES.md");
}

#[test]
fn pages_that_list_the_counting_rules_leave_none_out() {
    for page in ["crates/audit/DIAGNOSIS.md", "scenarios/THREAD.md"] {
        let (_, text) = files().into_iter().find(|(name, _)| name == page).expect("the page exists");
        assert_eq!(named(text.lines()), rules(), "{page}");
    }
}
