//! The catalogue has the counting rules: nothing else keeps a list of their names by hand.

use std::collections::BTreeSet;

use tollgate_catalogue::Catalogue;

use crate::support::tree::{assert_none, files};

/// Files that list the rules, with the reason.
const LISTS: [(&str, &str); 6] = [
    ("crates/catalogue/rules.toml", "it is the list"),
    ("crates/catalogue/TABLES.md", "it is made from the catalogue"),
    ("crates/catalogue/tests/rules.rs", "its table says what each rule means, and a test holds that none is left out"),
    ("crates/audit/", "the diagnosis is explained rule by rule, and a test below holds its page to all of them"),
    ("scenarios/THREAD.md", "it compares the rules, and a test below holds that none is left out"),
    (".snap", "it is what the program printed"),
];

/// Names this near to each other are a list.
const LIST_LINES: usize = 8;

fn rules() -> BTreeSet<&'static str> {
    Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect()
}

/// The rules that lines name.
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
        let (_, text) = files().into_iter().find(|(name, _)| name == page).expect("a page of that name");
        assert_eq!(named(text.lines()), rules(), "{page}");
    }
}
