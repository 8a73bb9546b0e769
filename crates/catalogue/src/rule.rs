//! Counting rules. A rule decides in which TLS categories an outgoing connection is counted.

use serde::Deserialize;
use toml::Spanned;

use crate::account::CATEGORIES;
use crate::error::CatalogueError;

/// A counting rule. For each TLS setting and outcome it counts an outgoing connection in none, one or several of the TLS
/// categories.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its definition, in one or two sentences.
    pub definition: String,
    form: Form,
    categories: Categories,
}

/// The form of a counting rule: the connections in clear that it counts as unencrypted where TLS is preferred. Where the setting is
/// No, a rule of any form counts all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All of them.
    Every,
    /// All of them, but those in the category of the loss are lost under its condition.
    Lossy(CountingLoss),
    /// Only those that follow from a TLS failure.
    AfterFailure(AfterFailure),
}

/// The unencrypted connection that is counted for a failure after the 220 reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// The second connection. A destination may refuse it.
    SecondConnection,
    /// The failed connection, which is counted twice.
    FailedConnection,
}

/// The categories by setting and outcome.
type Categories = [[CategoryFlags; TlsOutcome::ALL.len()]; TlsSetting::ALL.len()];

/// For each of the `CATEGORIES`, true if a connection is counted in it.
pub type CategoryFlags = [bool; CATEGORIES.len()];

/// Connections that a rule fails to count under a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountingLoss {
    /// The TLS setting of their destinations.
    pub setting: TlsSetting,
    /// The category that misses them, by its place among the `CATEGORIES`.
    pub category: usize,
    /// The condition.
    pub when: LossCondition,
}

/// The condition under which a rule fails to count connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossCondition {
    /// The appliance opens more outgoing connections in the base interval than a limit.
    Busy,
    /// The connection is not the first to its destination domain in a period. Periods have a fixed length and follow each
    /// other without a gap.
    Known,
}

/// The TLS setting of a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsSetting {
    /// TLS is not used.
    No,
    /// TLS is used if it is offered.
    Preferred,
    /// TLS is required.
    Required,
}

/// The TLS outcome of an outgoing connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsOutcome {
    /// TLS was not tried, because the setting is No.
    NotTried,
    /// TLS was not offered.
    NotOffered,
    /// TLS was negotiated.
    Negotiated,
    /// TLS failed before the 220 reply. Under Preferred the connection continued in clear.
    FailedBefore220,
    /// TLS failed after the 220 reply. The connection carried nothing.
    FailedAfter220,
    /// TLS was negotiated, but the certificate failed the required verification. The connection carried nothing.
    NotVerified,
    /// TLS was not tried, because this is the second connection, in clear, after a failure on the first.
    SecondConnection,
}

impl TlsSetting {
    /// All settings.
    pub const ALL: [TlsSetting; 3] = [TlsSetting::No, TlsSetting::Preferred, TlsSetting::Required];
}

impl TlsOutcome {
    /// All outcomes.
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
    /// The names of the categories in which a connection with this setting and outcome is counted. It ignores
    /// [`lost`](Rule::lost).
    pub fn categories(&self, setting: TlsSetting, outcome: TlsOutcome) -> impl Iterator<Item = &'static str> {
        names(self.category_flags(setting, outcome))
    }

    /// The same as one flag for each of the `CATEGORIES`.
    #[inline]
    pub fn category_flags(&self, setting: TlsSetting, outcome: TlsOutcome) -> CategoryFlags {
        self.categories[setting as usize][outcome as usize]
    }

    /// Its form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The connections that it fails to count under a condition, with any outcome.
    pub fn lost(&self) -> Option<CountingLoss> {
        match self.form {
            Form::Lossy(loss) => Some(loss),
            Form::Every | Form::AfterFailure(_) => None,
        }
    }

    /// Reads the rules from the text of a file.
    pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Rule>, CatalogueError> {
        let malformed = |source| CatalogueError::Malformed { file: file.into(), source: Box::new(source) };
        let rules: RulesToml = toml::from_str(text).map_err(malformed)?;
        let resolve = |entry: Spanned<RuleToml>| {
            let line = 1 + text[..entry.span().start].matches('\n').count();
            entry.into_inner().resolve().map_err(|name| CatalogueError::Unresolved {
                file: file.into(),
                line,
                field: "rule".into(),
                found: format!("{name}, which fits no form"),
                allowed: FORMS.into(),
            })
        };
        rules.rule.into_iter().map(resolve).collect()
    }
}

/// The names of the categories whose flags are set.
fn names(flags: CategoryFlags) -> impl Iterator<Item = &'static str> {
    CATEGORIES.into_iter().zip(flags).filter(|(_, is_counted)| *is_counted).map(|(name, _)| name)
}

/// The allowed forms, for an error.
const FORMS: &str = "a rule that counts every connection in clear as unencrypted, one that loses some of them under Preferred, or one \
                     that counts under Preferred only those that follow from a failure";

impl Form {
    /// The form of a rule with these categories and this loss. `None` if it fits none.
    fn of(categories: &Categories, lost: Option<CountingLoss>) -> Option<Form> {
        use TlsOutcome::{FailedAfter220, FailedBefore220, Negotiated, NotOffered, NotTried, SecondConnection};
        use TlsSetting::{No, Preferred, Required};
        const UNENCRYPTED: &[&str] = &["unencrypted"];
        const FAILED: &[&str] = &["failed_preferred"];
        const BOTH: &[&str] = &["failed_preferred", "unencrypted"];
        let counts = |setting: TlsSetting, outcome: TlsOutcome, expected: &[&str]| {
            names(categories[setting as usize][outcome as usize]).eq(expected.iter().copied())
        };
        let requires = |outcome| counts(Required, outcome, &["failed_required"]);
        let common = counts(No, NotTried, UNENCRYPTED)
            && counts(Preferred, Negotiated, &["successful_preferred"])
            && counts(Required, Negotiated, &["successful_required"])
            && [NotOffered, FailedBefore220, FailedAfter220].into_iter().all(requires);
        let prefers = |[not_offered, before, after, second]: [&[&str]; 4]| {
            counts(Preferred, NotOffered, not_offered)
                && counts(Preferred, FailedBefore220, before)
                && counts(Preferred, FailedAfter220, after)
                && counts(Preferred, SecondConnection, second)
        };
        let every = prefers([UNENCRYPTED, UNENCRYPTED, FAILED, UNENCRYPTED]);
        match lost {
            _ if !common => None,
            Some(lost) if lost.setting != Preferred || UNENCRYPTED != [CATEGORIES[lost.category]] => None,
            Some(lost) => every.then_some(Form::Lossy(lost)),
            None if every => Some(Form::Every),
            None if prefers([&[], BOTH, FAILED, UNENCRYPTED]) => {
                Some(Form::AfterFailure(AfterFailure::SecondConnection))
            }
            None if prefers([&[], BOTH, BOTH, &[]]) => Some(Form::AfterFailure(AfterFailure::FailedConnection)),
            None => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesToml {
    rule: Vec<Spanned<RuleToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    name: String,
    definition: String,
    lost: Option<LossToml>,
    categories: ByOutcome,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LossToml {
    setting: TlsSetting,
    category: Category,
    when: LossCondition,
}

/// The categories by outcome. A file must list every outcome.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ByOutcome {
    not_tried: BySetting,
    not_offered: BySetting,
    negotiated: BySetting,
    failed_before_220: BySetting,
    failed_after_220: BySetting,
    not_verified: BySetting,
    second_connection: BySetting,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BySetting {
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
    /// The rule, or its name if it fits no form.
    fn resolve(self) -> Result<Rule, String> {
        let by_outcome = |outcome| match outcome {
            TlsOutcome::NotTried => &self.categories.not_tried,
            TlsOutcome::NotOffered => &self.categories.not_offered,
            TlsOutcome::Negotiated => &self.categories.negotiated,
            TlsOutcome::FailedBefore220 => &self.categories.failed_before_220,
            TlsOutcome::FailedAfter220 => &self.categories.failed_after_220,
            TlsOutcome::NotVerified => &self.categories.not_verified,
            TlsOutcome::SecondConnection => &self.categories.second_connection,
        };
        let flags = |setting| TlsOutcome::ALL.map(|outcome| by_outcome(outcome).category_flags(setting));
        let categories = TlsSetting::ALL.map(flags);
        let lost = self.lost.map(|loss| {
            let LossToml { setting, category, when } = loss;
            CountingLoss { setting, category: category.0, when }
        });
        match Form::of(&categories, lost) {
            Some(form) => Ok(Rule { name: self.name, definition: self.definition, form, categories }),
            None => Err(self.name),
        }
    }
}

impl BySetting {
    fn category_flags(&self, setting: TlsSetting) -> CategoryFlags {
        let categories = match setting {
            TlsSetting::No => &self.no,
            TlsSetting::Preferred => &self.preferred,
            TlsSetting::Required => &self.required,
        };
        let mut flags = CategoryFlags::default();
        categories.iter().for_each(|category| flags[category.0] = true);
        flags
    }
}
