//! The reference of the identities, made from them.

use std::fmt::Write;

use super::check::{Identity, IdentityCheck, Per, Relation, Severity};
use super::identities::Identities;

const PREFACE: &str = "\
# What must be true of a set of exports

This page is generated from `crates/audit/identities.toml`; a test holds it to it. `tollgate audit DIR` checks all that the
files of a directory allow.

What does not hold is *broken*: such figures cannot be true. What can happen on an appliance without fault is a *notice*. Files
are named without their ending. Of a table with keys, rows are added up over all keys unless it says otherwise. A whole number is
compared as it is, and one that was rounded when it was written with what rounding takes.
";

impl Identities {
    /// The reference of all identities, as Markdown.
    pub fn reference(&self) -> String {
        let mut text = String::from(PREFACE);
        for identity in self.all() {
            // Writing into a string cannot fail.
            let _ = describe(&mut text, identity);
        }
        text
    }
}

fn describe(text: &mut String, identity: &Identity) -> std::fmt::Result {
    let mut states = identity.states.chars();
    let states: String = states.next().into_iter().flat_map(char::to_uppercase).chain(states).collect();
    writeln!(text, "\n## {}\n\n{states}.\n\n*If it does not hold:* {}\n", identity.name, identity.meaning)?;
    writeln!(text, "| for each | this | must | this | otherwise |\n|---|---|---|---|---|")?;
    for check in &identity.checks {
        let (per, relation) = (words_of(&check.per), words_of_relation(check));
        let (left, right, otherwise) = (check.describe_left(), check.describe_right(), words_of_severity(check));
        writeln!(text, "| {per} | {left} | {relation} | {right} | {otherwise} |")?;
    }
    Ok(())
}

fn words_of(per: &Per) -> &str {
    match per {
        Per::Row => "row",
        Per::Interval => "interval",
        Per::Key { name, .. } => name,
        Per::Span => "whole span",
    }
}

fn words_of_relation(check: &IdentityCheck) -> String {
    let relation = match check.relation {
        Relation::Equals if check.within > 0.0 => format!("equal, but for {} %,", 100.0 * check.within),
        Relation::Equals => "equal".into(),
        Relation::AtMost => "be at most".into(),
        Relation::Needs => "be zero without".into(),
        Relation::CarriedBy => "be at most, unless that is zero,".into(),
    };
    if check.witnesses.is_empty() { relation } else { format!("{relation} (where other tables say so too)") }
}

fn words_of_severity(check: &IdentityCheck) -> &'static str {
    match (check.below, check.above) {
        (Severity::Break, Severity::Break) => "broken",
        (Severity::Notice, Severity::Notice) => "notice",
        (Severity::Notice, Severity::Break) => "broken if more, notice if less",
        (Severity::Break, Severity::Notice) => "broken if less, notice if more",
    }
}
