//! Counting rules: the TLS categories that outgoing connections are booked in.

use serde::Deserialize;

use crate::account::CATEGORIES;
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
    booked: [[CategoryFlags; TlsOutcome::ALL.len()]; TlsSetting::ALL.len()],
}

/// Whether a connection is booked in each of the `CATEGORIES`.
pub type CategoryFlags = [bool; CATEGORIES.len()];

/// Connections that a rule does not book at certain times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The setting of their destinations.
    pub setting: TlsSetting,
    /// The category that they would be booked in, by its place among the `CATEGORIES`.
    pub category: usize,
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

/// The TLS setting of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsSetting {
    /// TLS is not used.
    No,
    /// TLS is used where it is offered.
    Preferred,
    /// TLS is required.
    Required,
}

/// What came of TLS on an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsOutcome {
    /// It was not tried, as the setting says No.
    NotTried,
    /// It was not offered.
    NotOffered,
    /// It was negotiated.
    Negotiated,
    /// It failed before the 220 reply; under Preferred the connection went on in clear.
    FailedBefore220,
    /// It failed after the 220 reply; the connection carried nothing.
    FailedAfter220,
    /// It was negotiated, and the certificate that was required could not be verified; the connection carried nothing.
    NotVerified,
    /// It was not tried: this is the second connection, in clear, after a failure on the first.
    SecondConnection,
}

impl TlsSetting {
    /// Every setting.
    pub const ALL: [TlsSetting; 3] = [TlsSetting::No, TlsSetting::Preferred, TlsSetting::Required];
}

impl TlsOutcome {
    /// Every outcome.
    pub const ALL: [TlsOutcome; 7] = [
        TlsOutcome::NotTried,
        TlsOutcome::NotOffered,
        TlsOutcome::Negotiated,
        TlsOutcome::FailedBefore220,
        TlsOutcome::FailedAfter220,
        TlsOutcome::NotVerified,
        TlsOutcome::SecondConnection,
    ];
}

impl Rule {
    /// The names of the categories that a setting and an outcome are booked in.
    pub fn categories(&self, control: TlsSetting, outcome: TlsOutcome) -> impl Iterator<Item = &'static str> {
        CATEGORIES.into_iter().zip(self.booked(control, outcome)).filter(|(_, booked)| *booked).map(|(name, _)| name)
    }

    /// The same for each of the categories. What is lost at certain times is booked here.
    #[inline]
    pub fn booked(&self, control: TlsSetting, outcome: TlsOutcome) -> CategoryFlags {
        self.booked[control as usize][outcome as usize]
    }

    /// What it does not book at certain times, whatever the outcome would be booked as.
    pub fn lost(&self) -> Option<Lost> {
        self.lost
    }

    /// Reads the rules of a file.
    pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Rule>, CatalogueError> {
        let malformed = |source| CatalogueError::Malformed { file: file.into(), source: Box::new(source) };
        let rules: RulesToml = toml::from_str(text).map_err(malformed)?;
        Ok(rules.rule.into_iter().map(RuleToml::resolve).collect())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesToml {
    rule: Vec<RuleToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    name: String,
    definition: String,
    lost: Option<LostToml>,
    booked: ByOutcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LostToml {
    setting: TlsSetting,
    category: Category,
    when: When,
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

/// A category by its place among the `CATEGORIES`.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Category(usize);

impl TryFrom<String> for Category {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        let place = CATEGORIES.iter().position(|category| *category == name);
        place.map(Category).ok_or_else(|| format!("found {name:?}, allowed is one of {}", CATEGORIES.join(", ")))
    }
}

impl RuleToml {
    fn resolve(self) -> Rule {
        let by_outcome = |outcome| match outcome {
            TlsOutcome::NotTried => &self.booked.not_tried,
            TlsOutcome::NotOffered => &self.booked.not_offered,
            TlsOutcome::Negotiated => &self.booked.negotiated,
            TlsOutcome::FailedBefore220 => &self.booked.failed_before_220,
            TlsOutcome::FailedAfter220 => &self.booked.failed_after_220,
            TlsOutcome::NotVerified => &self.booked.not_verified,
            TlsOutcome::SecondConnection => &self.booked.second_connection,
        };
        let booked = TlsSetting::ALL.map(|control| TlsOutcome::ALL.map(|outcome| by_outcome(outcome).booked(control)));
        let lost = self.lost.map(|LostToml { setting, category, when }| Lost { setting, category: category.0, when });
        Rule { name: self.name, definition: self.definition, lost, booked }
    }
}

impl ByControl {
    fn booked(&self, control: TlsSetting) -> CategoryFlags {
        let listed = match control {
            TlsSetting::No => &self.no,
            TlsSetting::Preferred => &self.preferred,
            TlsSetting::Required => &self.required,
        };
        let mut booked = CategoryFlags::default();
        listed.iter().for_each(|category| booked[category.0] = true);
        booked
    }
}
