//! Writes IDENTITIES.md from the identities.

use std::fmt::Write;

use tollgate_wording::whole_percent;

use super::check::{Identity, IdentityCheck, Per, Relation, Severity};
use super::identities::Identities;
use super::source::column_name;

const PREFACE: &str = "\
# Identities

An identity is a statement that must hold between the figures of exports. `tollgate audit DIR` checks every identity for which
the directory has the files.

If an identity fails, it is *broken*: the figures cannot be true. If a correct appliance can also show such figures, it is only a
*notice*. If files are missing or there is nothing to compare, it is *unchecked*.

The tables below name files without `.csv`. In tables with keys, the rows of all keys are added up unless a check says otherwise.
Counts are compared exactly. Averages and percentages may differ by the rounding of their last digit. Another program may have rounded the
averages of a file to fewer decimals, or to fewer digits. A file with few whole averages counts as one with one decimal.

Tables are read one after the other. If most tables agree in all earlier intervals but differ by at most a quarter in the last one, the
audit assumes that the last interval was not over. Differences between tables are notices in it. The same differences in an earlier interval
are broken.

Later releases of AsyncOS add columns. They are compared if the file has them. \"Perhaps\" marks columns that belong to a sum on some
appliances and not on others; the choice that fits all rows best is used.

Memory depends mostly on the interval with the most rows, not on the length of the files: about 120 bytes for an address of Incoming IP
Addresses, and 200 to 300 for a key that several tables have. Three million addresses in an interval take about 350 MB. Each interval takes
32 bytes more.

This page is generated from `crates/audit/identities.toml`, and a test compares them.
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
    if let Some(meaning) = &identity.meaning_of_notice {
        writeln!(text, "*If it is a notice:* {meaning}\n")?;
    }
    if identity.rule.is_some() {
        return writeln!(text, "A rule of the program decides this.");
    }
    writeln!(text, "| for each | left side | must | right side | if not |\n|---|---|---|---|---|")?;
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
        Relation::Equals if check.within > 0.0 => format!("equal, within {},", whole_percent(check.within)),
        Relation::Equals => "equal".into(),
        Relation::AtMost => "be at most".into(),
        Relation::Needs => "be 0 if the right side is 0 (checked only if the left side is not 0)".into(),
        Relation::CarriedBy => "be at most (checked only if the right side is not 0)".into(),
    };
    let mut conditions: Vec<String> = check.describe_condition().into_iter().collect();
    if !check.witnesses.is_empty() {
        conditions.push("the other tables agree".to_owned());
    }
    if let Some(unless) = check.unless {
        conditions.push(format!("the file does not have {}", column_name(unless)));
    }
    if conditions.is_empty() { relation } else { format!("{relation} (checked only if {})", conditions.join(" and ")) }
}

fn words_of_severity(check: &IdentityCheck) -> &'static str {
    match (check.below, check.above) {
        (Severity::Break, Severity::Break) if check.is_notice_if_cut => {
            "broken; notice if more, and all lists have the same number of rows"
        }
        (Severity::Break, Severity::Break) => "broken",
        (Severity::Notice, Severity::Notice) => "notice",
        (Severity::Notice, Severity::Break) => "broken if more, notice if less",
        (Severity::Break, Severity::Notice) => "broken if less, notice if more",
    }
}
