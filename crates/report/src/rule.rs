//! Counting rules: what the TLS categories are that outgoing connections are booked in.

use serde::Deserialize;
use tollgate_ledger::{Control, IncomingTls, Outcome};

use crate::error::CatalogueError;

/// How outgoing connections are booked in the TLS categories: for each setting and outcome, in none of them, in one or
/// in several.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// What it does, in a sentence.
    pub definition: String,
    lost: Option<Lost>,
    booked: [[[bool; CATEGORIES]; Outcome::ALL.len()]; Control::ALL.len()],
}

/// Connections that a rule does not book at certain times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The setting of their destinations.
    pub setting: Control,
    /// The category that they would be booked in, by its place.
    pub(crate) category: usize,
    /// At which times.
    pub when: When,
}

/// When connections are not booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// In base intervals in which the appliance makes more connections than a limit.
    Busy,
    /// But for the first of them to a destination domain in each stretch of time.
    Known,
}

/// How many categories there are. They are the first of the cells of the incoming TLS account.
pub(crate) const CATEGORIES: usize = IncomingTls::Unencrypted as usize + 1;

impl Rule {
    /// The names of the categories that a setting and an outcome are booked in.
    pub fn categories(&self, control: Control, outcome: Outcome) -> impl Iterator<Item = &'static str> {
        let booked = self.booked[control as usize][outcome as usize];
        IncomingTls::NAMES.iter().zip(booked).filter(|(_, booked)| *booked).map(|(name, _)| *name)
    }

    /// What it does not book at certain times, whatever the outcome would be booked as.
    pub fn lost(&self) -> Option<Lost> {
        self.lost
    }

    /// Whether a setting and an outcome are booked in each of the categories, lost or not.
    pub(crate) fn booked(&self, control: Control, outcome: Outcome) -> [bool; CATEGORIES] {
        self.booked[control as usize][outcome as usize]
    }

    /// Reads the rules of a file.
    pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Rule>, CatalogueError> {
        let malformed = |source| CatalogueError::Malformed { file: file.into(), source: Box::new(source) };
        let entries: RulesFile = toml::from_str(text).map_err(malformed)?;
        Ok(entries.rule.into_iter().map(RuleEntry::resolve).collect())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    rule: Vec<RuleEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    name: String,
    definition: String,
    lost: Option<LostEntry>,
    booked: ByOutcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LostEntry {
    setting: Setting,
    category: Category,
    when: When,
}

/// A setting of a destination.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Setting {
    No,
    Preferred,
    Required,
}

/// The categories by outcome. Every outcome must be there, so that none is forgotten.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByOutcome {
    not_tried: ByControl,
    not_offered: ByControl,
    negotiated: ByControl,
    failed_before_220: ByControl,
    failed_after_220: ByControl,
    not_verified: ByControl,
    second_connection: ByControl,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByControl {
    no: Vec<Category>,
    preferred: Vec<Category>,
    required: Vec<Category>,
}

/// A category by its place among the cells of the incoming TLS account.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Category(usize);

impl TryFrom<String> for Category {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        let categories = &IncomingTls::NAMES[..CATEGORIES];
        let place = categories.iter().position(|category| *category == name);
        place.map(Category).ok_or_else(|| format!("found {name:?}, allowed is one of {}", categories.join(", ")))
    }
}

impl RuleEntry {
    fn resolve(self) -> Rule {
        let by_outcome = |outcome| match outcome {
            Outcome::NotTried => &self.booked.not_tried,
            Outcome::NotOffered => &self.booked.not_offered,
            Outcome::Negotiated => &self.booked.negotiated,
            Outcome::FailedBefore220 => &self.booked.failed_before_220,
            Outcome::FailedAfter220 => &self.booked.failed_after_220,
            Outcome::NotVerified => &self.booked.not_verified,
            Outcome::SecondConnection => &self.booked.second_connection,
        };
        let booked = Control::ALL.map(|control| Outcome::ALL.map(|outcome| by_outcome(outcome).flags(control)));
        let lost = self.lost.map(|LostEntry { setting, category, when }| Lost {
            setting: match setting {
                Setting::No => Control::No,
                Setting::Preferred => Control::Preferred,
                Setting::Required => Control::Required,
            },
            category: category.0,
            when,
        });
        Rule { name: self.name, definition: self.definition, lost, booked }
    }
}

impl ByControl {
    fn flags(&self, control: Control) -> [bool; CATEGORIES] {
        let listed = match control {
            Control::No => &self.no,
            Control::Preferred => &self.preferred,
            Control::Required => &self.required,
        };
        let mut flags = [false; CATEGORIES];
        listed.iter().for_each(|category| flags[category.0] = true);
        flags
    }
}
