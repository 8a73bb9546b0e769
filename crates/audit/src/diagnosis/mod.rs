//! Ranks the counting rules by the likelihood of the outgoing TLS figures under them. `DIAGNOSIS.md` describes the method.
//!
//! A *plain* message is one that went in clear, and a *plain* connection one that carried mail in clear, whether or not a rule
//! counts it as unencrypted. An *odd* figure is one that no rule explains.

mod booked;
mod busy;
mod cells;
mod density;
mod details;
mod evidence;
mod figure;
mod first;
mod known;
mod outcomes;
mod plain;
mod prior;
mod signature;
mod summary;
mod sums;
mod windows;
mod words;

use serde::{Serialize, Serializer};
use tollgate_catalogue::Rule;

use cells::Cells;
use evidence::{Span, State};
use signature::Signature;
use words::Words;

pub use evidence::{DomainFigures, Evidence, Observation};
pub use figure::{Figure, FigureError};

/// The ranked rules. Its JSON has the fields `best` and `rules`.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// The names of the best rule and of the rules that are tied with it.
    pub best: Vec<String>,
    /// All rules, the best first.
    pub rules: Vec<Ranked>,
    /// The evidence in words.
    #[serde(skip)]
    pub basis: String,
    /// Further figures that would separate tied rules, one sentence each.
    #[serde(skip)]
    pub further: Vec<String>,
}

/// A rule and its result.
#[derive(Clone, Debug, Serialize)]
pub struct Ranked {
    /// Its name.
    pub rule: String,
    /// The natural logarithm of the probability of the figures under the rule.
    #[serde(serialize_with = "with_three_decimals")]
    pub log_likelihood: f64,
    /// The verdict on the rule.
    pub verdict: Standing,
    /// The reason for the verdict, in words.
    pub why: String,
    /// The difference from the log-likelihood of the best rule.
    #[serde(skip)]
    pub difference: f64,
    /// Number of unencrypted connections that it predicts from the other figures, while TLS is preferred.
    #[serde(skip)]
    pub predicted: Figure,
    /// Number of unencrypted connections that were seen.
    #[serde(skip)]
    pub seen: Figure,
}

/// The verdict on a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It explains the figures best.
    Best,
    /// It explains them almost as well as the best.
    Tied,
    /// The figures are unlikely under it.
    Unlikely,
    /// The figures are practically impossible under it.
    #[serde(rename = "ruled out")]
    RuledOut,
}

/// The difference from which a rule is unlikely: the figures are less likely under it by a factor of 100 or more.
pub const UNLIKELY_FROM: f64 = 4.6;

/// The difference from which a rule is ruled out: a factor of 1,000 or more.
pub const RULED_OUT_FROM: f64 = 6.9;

impl Standing {
    fn of(place: usize, difference: f64) -> Self {
        match difference {
            _ if place == 0 => Standing::Best,
            difference if difference < UNLIKELY_FROM => Standing::Tied,
            difference if difference < RULED_OUT_FROM => Standing::Unlikely,
            _ => Standing::RuledOut,
        }
    }

    /// The word that is shown for the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Best => "best",
            Standing::Tied => "tied",
            Standing::Unlikely => "unlikely",
            Standing::RuledOut => "ruled out",
        }
    }
}

impl Diagnosis {
    /// Ranks rules by evidence. Equally likely rules stay in their order.
    pub fn new(rules: &[Rule], evidence: &Evidence) -> Self {
        let cells = Cells::new(evidence);
        let summaries: Vec<&Span> = evidence.intervals.iter().filter(|span| !span.detailed).collect();
        let mut ranked: Vec<(&Rule, Signature, f64)> = rules
            .iter()
            .map(|rule| {
                let signature = Signature::of(rule);
                // Round, so that two rules that count alike are equal in spite of rounding errors.
                let log = libm::round(log_likelihood(&signature, &cells, &summaries) * 1e6) / 1e6;
                (rule, signature, log)
            })
            .collect();
        ranked.sort_by(|one, other| other.2.total_cmp(&one.2));
        let most = ranked.first().map_or(0.0, |(_, _, log)| *log);
        let words = Words::new(evidence);
        let verdict = |place: usize, log: f64| Standing::of(place, most - log);
        let tied: Vec<&(&Rule, Signature, f64)> = (0..)
            .zip(&ranked)
            .filter(|(place, one)| verdict(*place, one.2) <= Standing::Tied)
            .map(|(_, one)| one)
            .collect();
        let best = tied.iter().map(|(rule, ..)| rule.name.clone()).collect();
        let further = words
            .further(&tied.iter().map(|(rule, signature, _)| (rule.name.as_str(), *signature)).collect::<Vec<_>>());
        let rules = (0..)
            .zip(&ranked)
            .map(|(place, (rule, signature, log))| Ranked {
                rule: rule.name.clone(),
                log_likelihood: *log,
                verdict: verdict(place, *log),
                why: words.why(signature, verdict(place, *log)),
                difference: most - log,
                predicted: words.predicted(signature),
                seen: words.seen(),
            })
            .collect();
        Diagnosis { best, rules, basis: words.basis(), further }
    }
}

/// The log-likelihood of all the evidence: of the details, and of the summaries of intervals without details.
fn log_likelihood(signature: &Signature, cells: &Cells<'_>, summaries: &[&Span]) -> f64 {
    let counted = summaries.iter().filter(|span| span.state != State::Switched);
    let of_summaries = if counted.count() > 0 { summary::log_likelihood(signature, summaries) } else { 0.0 };
    let of_details = if cells.cells.is_empty() { 0.0 } else { details::log_likelihood(signature, cells) };
    of_summaries + of_details
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn with_three_decimals<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(libm::round(number * 1000.0) / 1000.0)
}
