//! Explains the ranking in words and numbers.

use tollgate_catalogue::{AfterFailure, Form, LossCondition};
use tollgate_wording::{count, counted};

use super::Standing;
use super::established::Established;
use super::evidence::{Evidence, Span, State};
use super::figure::{Figure, grouped};
use super::judge::Judgement;

/// Plain connections per message in the thread's week before the switch.
const USUAL_RATIO: f64 = 1.0 / 1.289;

/// Most sites have at least so many plain connections per message.
const LEAST_RATIO: f64 = 1.0 / 3.5;

/// A smaller share of missing connections is not worth a word.
pub(super) const LITTLE: f64 = 0.05;

/// The plain connections that are not shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missing {
    /// Their number. It is negative if more connections are shown than the messages needed.
    pub(super) number: f64,
    pub(super) basis: Basis,
}

/// The basis of a number of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// Table 37 counts all connections.
    Table37,
    /// Messages per connection were measured while TLS was off.
    Measured,
    /// Messages per connection are taken from another site.
    Assumed,
}

impl Missing {
    /// The words before a number that is not exact.
    pub(super) fn about(self) -> &'static str {
        match self.basis {
            Basis::Table37 => "",
            Basis::Measured | Basis::Assumed => "about ",
        }
    }
}

/// The sums of the figures, and the assumptions for predictions.
pub(crate) struct Words<'a> {
    pub(super) evidence: &'a Evidence,
    /// The name of the documented rule.
    pub(super) documented: &'a str,
    /// Number of judged intervals.
    pub(super) judged: usize,
    /// Plain connections per message.
    pub(super) ratio: f64,
    /// True if `ratio` was measured while TLS was off.
    is_measured: bool,
    pub(super) messages: Figure,
    pub(super) failures: Figure,
    pub(super) seen: Figure,
}

impl<'a> Words<'a> {
    pub(crate) fn new(evidence: &'a Evidence, documented: &'a str) -> Self {
        let judged = evidence.in_state(State::Preferred).count();
        // If TLS was never preferred, the figures of all intervals are shown.
        let spans = evidence.intervals.iter().filter(|span| judged == 0 || span.state == State::Preferred);
        let measured = evidence.measured().filter(|_| evidence.surely_off());
        let sum = |of: fn(&Span) -> Figure| spans.clone().fold(Figure::default(), |sum, span| sum + of(span));
        Words {
            evidence,
            documented,
            judged,
            ratio: measured.unwrap_or(USUAL_RATIO),
            is_measured: measured.is_some(),
            messages: sum(|span| span.messages),
            failures: sum(|span| span.failures),
            seen: sum(|span| span.unencrypted),
        }
    }

    /// The evidence in words.
    pub(crate) fn evidence(&self) -> String {
        if self.judged == 0 {
            return match self.evidence.has_no_clear_mail() {
                true => "Without mail in clear, there is nothing to diagnose.",
                false => "Either TLS was not preferred, or no destination offered it.",
            }
            .into();
        }
        let left_out = self.evidence.intervals.len() - self.judged;
        let all = match left_out {
            0 => counted(self.judged as u64, "interval"),
            _ => format!("{} of {}", count(self.judged as u64), counted((self.judged + left_out) as u64, "interval")),
        };
        let mut text = format!(
            "{}, {} and {} in {all}, assuming that TLS was preferred",
            figures(self.messages, "unencrypted message"),
            figures(self.seen, "unencrypted connection"),
            figures(self.failures, "failure"),
        );
        if self.evidence.is_detailed() {
            text += &format!(
                " and {} to which all mail went in clear",
                counted(self.evidence.domains_in_clear() as u64, "domain")
            );
        }
        text += ".";
        let source = match self.missing().basis {
            Basis::Table37 => None,
            Basis::Measured => Some("as measured while no connection used TLS"),
            Basis::Assumed => Some("as at the site of the forum thread; your site may differ"),
        };
        if let Some(source) = source {
            text += &format!(" Assumed: {:.3} messages per unencrypted connection, {source}.", 1.0 / self.ratio);
        }
        text
    }

    /// Number of unencrypted connections that were seen.
    pub(crate) fn seen(&self) -> Figure {
        self.seen
    }

    /// Number of unencrypted connections that a rule of this form predicts.
    pub(crate) fn predicted(&self, form: Form) -> Figure {
        let plain = self.plain();
        let is_assumed = self.judged > 0 && self.missing().basis == Basis::Assumed;
        let high = if is_assumed { f64::INFINITY } else { plain };
        let low = if is_assumed { (self.messages.low * LEAST_RATIO).round().min(plain) } else { plain };
        match form {
            _ if self.judged == 0 => Figure::exact(plain),
            Form::Every => Figure { low, high },
            Form::Lossy(_) => Figure { low: 0.0, high },
            Form::AfterFailure(AfterFailure::SecondConnection) => Figure { low: 0.0, high: self.failures.high },
            Form::AfterFailure(AfterFailure::FailedConnection) => self.failures,
        }
    }

    /// Number of plain connections: exact with table 37, or else as many as the messages needed.
    pub(super) fn plain(&self) -> f64 {
        self.seen.middle() + self.missing().number
    }

    /// The plain connections in words: an estimate is called one.
    pub(super) fn expected(&self) -> String {
        format!("{}{}", self.missing().about(), self.shown(self.plain()))
    }

    /// A number of connections in words. If it follows from an abbreviated figure, it has two digits.
    pub(super) fn shown(&self, number: f64) -> String {
        let is_exact = self.messages.low == self.messages.high || self.missing().basis == Basis::Table37;
        let unit = 10_f64.powi((number.abs().max(1.0).log10().floor() as i32 - 1).max(0));
        grouped(if is_exact { number } else { (number / unit).round() * unit })
    }

    /// The plain connections that are not shown.
    pub(super) fn missing(&self) -> Missing {
        // If table 37 shows fewer connections, it lacks some itself.
        let exact = self.evidence.established.map(Established::missing).filter(|missing| *missing >= 0.0);
        let estimate = || match self.judged {
            0 => 0.0,
            _ => (self.messages.middle() * self.ratio).round() - self.seen.middle(),
        };
        match exact {
            Some(number) if self.judged > 0 => Missing { number, basis: Basis::Table37 },
            _ if self.is_measured => Missing { number: estimate(), basis: Basis::Measured },
            _ => Missing { number: estimate(), basis: Basis::Assumed },
        }
    }

    /// The reason for a rule's verdict.
    pub(crate) fn why(&self, form: Form, standing: Standing, judgement: &Judgement) -> String {
        if self.judged == 0 {
            return "if TLS was not preferred, it counts like every other rule".into();
        }
        if standing > Standing::Possible {
            let established = self.evidence.established.filter(|established| !established.is_allowed(form));
            let shortfall = established.map_or_else(|| self.shortfall(form), Established::contradict);
            return match judgement.contradiction {
                true => format!("{shortfall}; {}", contradiction(form)),
                false => shortfall,
            };
        }
        match judgement.off {
            0 => self.account(form),
            off => format!(
                "{} (this assumes that TLS was off in {} of the {})",
                self.account(form),
                count(off as u64),
                counted(self.judged as u64, "interval")
            ),
        }
    }

    /// The explanation that a best or possible rule gives for the unencrypted connections.
    fn account(&self, form: Form) -> String {
        let (predicted, seen, expected) = (self.predicted(form), self.seen, self.expected());
        let missing = self.missing().number.round();
        match form {
            Form::Every => {
                let carried = self.messages.middle() / seen.middle();
                let is_estimate = self.missing().basis != Basis::Table37 && seen.middle() > 0.0;
                let each = match is_estimate && missing >= LITTLE * self.plain() {
                    true => format!("; each must have carried {carried:.1} messages"),
                    false => String::new(),
                };
                format!("{expected} connections are expected, and {seen} were seen{each}")
            }
            Form::Lossy(lost) if missing >= 1.0 => format!(
                "{seen} of {expected} connections were counted; the others, {}{}, would have been {}",
                self.missing().about(),
                self.shown(missing),
                match lost.when {
                    LossCondition::Busy => "made while the appliance was busy",
                    LossCondition::Known => "later connections to a destination in the same period",
                }
            ),
            Form::Lossy(lost) => format!(
                "{seen} connections were counted, and no more were expected; {}",
                match lost.when {
                    LossCondition::Busy => "the appliance would never have been busy",
                    LossCondition::Known => "no destination would have had a second connection in a period",
                }
            ),
            Form::AfterFailure(_) if seen.low > predicted.high => format!(
                "connections in clear count only after TLS failed; {} can explain at most {} of {seen}, so the others must have gone to \
                 destinations with the TLS setting No{}",
                self.failures_in_words(),
                grouped(predicted.high),
                if self.judged == 1 { ", or been made while TLS was off" } else { "" }
            ),
            Form::AfterFailure(_) => format!(
                "connections in clear count only after TLS failed; with {}, {predicted} are expected, and {seen} were seen",
                self.failures_in_words()
            ),
        }
    }

    fn failures_in_words(&self) -> String {
        figures(self.failures, "failure")
    }

    /// The reason why an unlikely or ruled-out rule does not explain the unencrypted connections.
    fn shortfall(&self, form: Form) -> String {
        let (predicted, seen, expected) = (self.predicted(form), self.seen, self.expected());
        match form {
            Form::Every => format!("{expected} connections are expected, and {seen} were seen"),
            Form::Lossy(lost) => {
                let condition = match lost.when {
                    LossCondition::Busy => "the load",
                    LossCondition::Known => "earlier connections to their destination",
                };
                match seen.middle() < self.plain() {
                    true => format!(
                        "{seen} of {expected} connections were seen, but the missing ones do not depend on {condition}"
                    ),
                    false => format!("the {seen} connections that were seen do not depend on {condition}"),
                }
            }
            Form::AfterFailure(_) if seen.high < predicted.low => {
                format!(
                    "{} would explain {predicted} unencrypted connections, but {seen} were seen",
                    self.failures_in_words()
                )
            }
            Form::AfterFailure(_) if seen.low <= predicted.high => {
                format!("the {seen} unencrypted connections do not follow the {}", self.failures_in_words())
            }
            Form::AfterFailure(_) if predicted.high == 0.0 => format!(
                "without failures, the {seen} unencrypted connections must have gone to destinations with the TLS setting No"
            ),
            Form::AfterFailure(_) => format!(
                "{} {} at most {} of {seen} unencrypted connections; the others must have gone to destinations with the TLS setting No",
                self.failures_in_words(),
                if self.failures == Figure::exact(1.0) { "explains" } else { "explain" },
                grouped(predicted.high)
            ),
        }
    }
}

/// The contradiction in the details, for a form that they exclude.
fn contradiction(form: Form) -> &'static str {
    match form {
        Form::Every => "in the details, domains have messages but no connection",
        Form::AfterFailure(_) => "in the details, domains have unencrypted connections without failures",
        Form::Lossy(lost) => match lost.when {
            LossCondition::Busy => "in the details, some domains are counted and others are not at the same time",
            LossCondition::Known => {
                "in the details, domains have several connections in a period, or have mail but no connection"
            }
        },
    }
}

/// A figure with its noun: `1 failure`, `12,550-12,649 failures`.
fn figures(figure: Figure, noun: &str) -> String {
    if figure == Figure::exact(1.0) { format!("1 {noun}") } else { format!("{figure} {noun}s") }
}
