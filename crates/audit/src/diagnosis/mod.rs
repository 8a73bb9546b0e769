//! Ranks the counting rules by the likelihood of the outgoing TLS figures under them. `DIAGNOSIS.md` describes the method.
//!
//! A *plain* connection is one that carried mail in clear, whether or not a rule counts it as unencrypted. An *excluded* destination has
//! the TLS setting No.

mod chance;
mod conclusion;
mod connections;
mod details;
mod established;
mod evidence;
mod excluded;
mod figure;
mod first_contacts;
mod further;
mod judge;
mod scatter;
mod summary;
mod switches;
mod windows;
mod words;

use serde::{Serialize, Serializer};
use tollgate_catalogue::{Form, Rule};

use judge::{Judgement, judge};
use words::Words;

pub use evidence::{DomainFigures, Evidence, Observation};
pub use figure::{Figure, FigureError};

/// The ranked rules. Its JSON has all fields. Connections and messages are numbers, and figures are ranges with `low` and `high`,
/// which is null if there is no limit.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// The name of the best rule, if no other is possible.
    pub best: Option<String>,
    /// The names of the possible rules, the likeliest first. Empty if there is a best rule.
    pub possible: Vec<String>,
    /// All rules, the likeliest first.
    pub rules: Vec<Ranked>,
    /// The result for a customer, in words.
    pub conclusion: String,
    /// The evidence in words.
    pub evidence: String,
    /// Number of connections that were made but are not shown: exact with table 37, otherwise an estimate of the unencrypted ones. The estimate
    /// depends on the messages that a connection carries. `None` if the figures may be complete.
    pub missing_connections: Option<f64>,
    /// Further figures that would separate possible rules, one sentence each.
    pub further: Vec<String>,
    /// Relations between the figures that must hold and do not, such as those between the three tables.
    pub contradictions: Vec<String>,
}

/// A rule and its result.
#[derive(Clone, Debug, Serialize)]
pub struct Ranked {
    /// Its name.
    pub rule: String,
    /// Its form.
    #[serde(skip)]
    form: Form,
    /// The natural logarithm of the probability of the figures under the rule.
    #[serde(serialize_with = "with_three_decimals")]
    pub log_likelihood: f64,
    /// The verdict on the rule.
    pub verdict: Standing,
    /// The reason for the verdict, in words.
    pub why: String,
    /// The difference from the log-likelihood of the likeliest rule.
    #[serde(serialize_with = "with_three_decimals")]
    pub difference: f64,
    /// Number of unencrypted connections that it predicts from the other figures of the judged intervals, if no destination has the
    /// setting No.
    pub predicted: Figure,
    /// Number of unencrypted connections that were seen in them.
    pub seen: Figure,
}

/// The verdict on a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It alone explains the figures.
    Best,
    /// It explains them, but so does another rule. It may be less likely than that rule.
    Possible,
    /// The figures are unlikely under it.
    Unlikely,
    /// The figures are practically impossible under it.
    #[serde(rename = "ruled out")]
    RuledOut,
}

/// The difference from which a rule is unlikely. If the log-likelihoods are right, another rule leads the true one by so much with a
/// probability of at most e^-12, 1 in 160,000.
pub const UNLIKELY_FROM: f64 = 12.0;

/// The difference from which a rule is ruled out: a probability of at most e^-14, 1 in 1,200,000.
pub const RULED_OUT_FROM: f64 = 14.0;

impl Standing {
    /// The word that is shown for the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Best => "best",
            Standing::Possible => "possible",
            Standing::Unlikely => "unlikely",
            Standing::RuledOut => "ruled out",
        }
    }
}

impl Diagnosis {
    /// Ranks rules by evidence. The first rule is the documented one. Equally likely rules stay in their order.
    pub fn new(rules: &[Rule], evidence: &Evidence) -> Self {
        let judgements = judge(evidence, rules.iter().map(Rule::form));
        let mut judged: Vec<_> = rules.iter().zip(&judgements).collect();
        judged.sort_by(|one, other| other.1.total().total_cmp(&one.1.total()));
        // Differences are those of the log-likelihoods that are shown.
        let shown = |judgement: &Judgement| libm::round(judgement.total() * 1000.0) / 1000.0;
        let most = judged.first().map_or(0.0, |(_, judgement)| shown(judgement));
        let is_close = |difference: f64| difference < UNLIKELY_FROM;
        let is_alone = judged.iter().filter(|(_, judgement)| is_close(most - shown(judgement))).count() == 1;
        let documented = rules.first().map_or("", |rule| &rule.name);
        let words = Words::new(evidence, documented);
        let rules: Vec<Ranked> = judged
            .iter()
            .map(|(rule, judgement)| {
                let difference = most - shown(judgement);
                let verdict = match difference {
                    difference if !is_close(difference) && difference >= RULED_OUT_FROM => Standing::RuledOut,
                    difference if !is_close(difference) => Standing::Unlikely,
                    _ if is_alone => Standing::Best,
                    _ => Standing::Possible,
                };
                Ranked {
                    rule: rule.name.clone(),
                    form: rule.form(),
                    log_likelihood: shown(judgement),
                    verdict,
                    why: words.why(rule.form(), verdict, judgement),
                    difference,
                    predicted: words.predicted(rule.form()),
                    seen: words.seen(),
                }
            })
            .collect();
        let held: Vec<&Rule> = judged
            .iter()
            .zip(&rules)
            .filter(|(_, ranked)| ranked.verdict <= Standing::Possible)
            .map(|((rule, _), _)| *rule)
            .collect();
        let names: Vec<String> = held.iter().map(|rule| rule.name.clone()).collect();
        let conclusion = words.conclusion(&held, &rules);
        let missing_connections = words.missing_connections(&rules);
        let further = words.further(&held);
        let (best, possible) = if is_alone { (names.into_iter().next(), Vec::new()) } else { (None, names) };
        Diagnosis {
            best,
            possible,
            rules,
            conclusion,
            evidence: words.evidence(),
            missing_connections,
            further,
            contradictions: evidence.contradictions.iter().cloned().chain(words.contradiction(&held)).collect(),
        }
    }

    /// The result of a rule.
    pub fn of(&self, rule: &str) -> Option<&Ranked> {
        self.rules.iter().find(|ranked| ranked.rule == rule)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn with_three_decimals<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(libm::round(number * 1000.0) / 1000.0)
}
