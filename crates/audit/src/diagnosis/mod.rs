//! Ranks the counting rules by how well they explain the outgoing TLS figures. `DIAGNOSIS.md` says how.

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

/// The rules, ranked. As JSON it has the best and the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Diagnosis {
    /// The names of the best rule and of those that cannot be told from it.
    pub best: Vec<String>,
    /// All rules, the best first.
    pub rules: Vec<Ranked>,
    /// What the figures were made of, in words.
    #[serde(skip)]
    pub basis: String,
    /// What further figures would separate rules that are tied, a sentence each.
    #[serde(skip)]
    pub further: Vec<String>,
}

/// A rule and how well it explains the figures.
#[derive(Clone, Debug, Serialize)]
pub struct Ranked {
    /// Its name.
    pub rule: String,
    /// The natural logarithm of the probability of the figures under the rule.
    #[serde(serialize_with = "with_three_decimals")]
    pub log_likelihood: f64,
    /// What follows.
    pub verdict: Standing,
    /// Why, in words.
    pub why: String,
    /// How far behind the best it is, in the same measure.
    #[serde(skip)]
    pub difference: f64,
    /// How many unencrypted connections it predicts from the other figures, while TLS is preferred.
    #[serde(skip)]
    pub predicted: Figure,
    /// How many there were.
    #[serde(skip)]
    pub seen: Figure,
}

/// What is to be held of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It explains the figures best.
    Best,
    /// It explains them so well that it cannot be told from the best.
    Tied,
    /// The figures are unlikely under it.
    Unlikely,
    /// The figures are as good as impossible under it.
    #[serde(rename = "ruled out")]
    RuledOut,
}

/// A rule that is further behind is told from the best: the figures are less likely under it by a factor of 100 or more.
pub const UNLIKELY_FROM: f64 = 4.6;

/// A rule that is further behind is ruled out: a factor of 1,000 or more.
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

    /// The word for it.
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
    /// Ranks rules by evidence. Rules that explain it equally well stay in their order.
    pub fn new(rules: &[Rule], evidence: &Evidence) -> Self {
        let cells = Cells::new(evidence);
        let summaries: Vec<&Span> = evidence.intervals.iter().filter(|span| !span.detailed).collect();
        let mut ranked: Vec<(&Rule, Signature, f64)> = rules
            .iter()
            .map(|rule| {
                let signature = Signature::of(rule);
                // Rules that say the same in other words are equal, whatever the order of sums rounds to.
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

/// The log-likelihood of all the evidence: of details where there are any, of summaries elsewhere.
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
