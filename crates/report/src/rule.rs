//! Counting rules: views of the deliveries by which outgoing connections are booked in the TLS categories.

use serde::Deserialize;
use tollgate_ledger::{Control, Counts, Delivery, DeliveryKey, IncomingTls, Outcome, Row};

use crate::account::DELIVERY_CELLS;
use crate::error::CatalogueError;

/// How outgoing connections are booked in the TLS categories: for each setting and outcome, in none of them, in one or
/// in several.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// What it does, in a sentence.
    pub definition: String,
    booked: [[[bool; CATEGORIES]; Outcome::ALL.len()]; Control::ALL.len()],
}

/// How many categories there are. They are the first of the cells of the incoming TLS account.
const CATEGORIES: usize = IncomingTls::Unencrypted as usize + 1;

impl Rule {
    /// The names of the categories that a setting and an outcome are booked in.
    pub fn categories(&self, control: Control, outcome: Outcome) -> impl Iterator<Item = &'static str> {
        let booked = self.booked[control as usize][outcome as usize];
        IncomingTls::NAMES.iter().zip(booked).filter(|(_, booked)| *booked).map(|(name, _)| *name)
    }

    /// Sees deliveries through the rule: for each row of the ledger one by domain, whose cells are those of the ledger
    /// and behind them those of the incoming TLS account.
    pub(crate) fn view(&self, counts: &Counts, view: &mut Vec<Row<u32, DELIVERY_CELLS>>) {
        view.clear();
        view.extend(counts.deliveries.rows().iter().map(|row| {
            let key = DeliveryKey::unpack(row.key);
            let mut cells = [0; DELIVERY_CELLS];
            cells[..Delivery::COUNT].copy_from_slice(&row.cells);
            let tls = &mut cells[Delivery::COUNT..];
            let booked = self.booked[key.control as usize][key.outcome as usize];
            for (cell, booked) in tls.iter_mut().zip(booked) {
                *cell = u64::from(booked) * row.cells[Delivery::Connections as usize];
            }
            // What a connection carried is encrypted or not, whatever the rule books the connection as.
            let carried = match key.outcome {
                Outcome::Negotiated => IncomingTls::EncryptedMessages,
                _ => IncomingTls::UnencryptedMessages,
            };
            tls[carried as usize] = row.cells[Delivery::Messages as usize];
            Row { key: key.domain, note: (), cells }
        }));
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
    booked: ByOutcome,
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
        Rule { name: self.name, definition: self.definition, booked }
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
