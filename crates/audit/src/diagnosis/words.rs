//! Explains the ranking in words and numbers.

use tollgate_catalogue::{AfterFailure, Form, LossCondition, Rule};
use tollgate_wording::{count, list};

use super::evidence::{Evidence, Span, State};
use super::figure::{Figure, grouped};
use super::judge::Judgement;
use super::{Ranked, Standing};

/// Plain connections per message in the thread's week before the switch.
const USUAL_RATIO: f64 = 1.0 / 1.289;

/// The sums of the figures, and the assumptions for predictions.
pub(crate) struct Words<'a> {
    evidence: &'a Evidence,
    /// Number of judged intervals.
    judged: usize,
    /// Plain connections per message.
    ratio: f64,
    /// True if `ratio` was measured while TLS was off.
    is_measured: bool,
    messages: Figure,
    failures: Figure,
    seen: Figure,
}

impl<'a> Words<'a> {
    pub(crate) fn new(evidence: &'a Evidence) -> Self {
        let judged = evidence.in_state(State::Preferred).count();
        // If TLS was never preferred, the figures of all intervals are shown.
        let spans = evidence.intervals.iter().filter(|span| judged == 0 || span.state == State::Preferred);
        let sum = |of: fn(&Span) -> Figure| spans.clone().fold(Figure::default(), |sum, span| sum + of(span));
        Words {
            evidence,
            judged,
            ratio: evidence.measured().unwrap_or(USUAL_RATIO),
            is_measured: evidence.measured().is_some(),
            messages: sum(|span| span.messages),
            failures: sum(|span| span.failures),
            seen: sum(|span| span.unencrypted),
        }
    }

    /// The evidence in words.
    pub(crate) fn basis(&self) -> String {
        if self.judged == 0 {
            return "TLS was not preferred in any interval, so all rules count alike.".into();
        }
        let state = |state| self.evidence.in_state(state).count();
        let (off, switched) = (state(State::Off), state(State::Switched));
        let mut text = format!(
            "{} unencrypted messages, {} unencrypted connections and {} failures while TLS was preferred, in {}",
            self.messages,
            self.seen,
            self.failures,
            intervals(self.judged)
        );
        if self.evidence.is_detailed() {
            text += &format!(" and {} domains", count(self.evidence.cells().len() as u64));
        }
        let per_connection = 1.0 / self.ratio;
        let source =
            if self.is_measured { "as measured while TLS was off" } else { "as at the site of the forum thread" };
        text += &format!(". Assumed: {per_connection:.3} messages per unencrypted connection, {source}.");
        if off + switched > 0 {
            let switch = if switched > 0 { ", and those in which it may have been switched" } else { "" };
            text += &format!(
                " Left out: {} before or after the time in which TLS was preferred{switch}.",
                intervals(off + switched)
            );
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
        match form {
            _ if self.judged == 0 => Figure::exact(plain),
            Form::Every => Figure::exact(plain),
            Form::Lossy(_) => Figure { low: 0.0, high: plain },
            Form::AfterFailure(AfterFailure::SecondConnection) => Figure { low: 0.0, high: self.failures.high },
            Form::AfterFailure(AfterFailure::FailedConnection) => self.failures,
        }
    }

    /// Number of plain connections that the messages needed.
    fn plain(&self) -> f64 {
        if self.judged == 0 { self.seen.middle() } else { (self.messages.middle() * self.ratio).round() }
    }

    /// The reason for a rule's verdict.
    pub(crate) fn why(&self, form: Form, standing: Standing, judgement: Judgement) -> String {
        if self.judged == 0 {
            return "while TLS is off, it counts like every other rule".into();
        }
        if standing <= Standing::Tied {
            return self.account(form);
        }
        let shortfall = self.shortfall(form);
        if judgement.details < judgement.sums { format!("{shortfall}; {}", contradiction(form)) } else { shortfall }
    }

    /// The explanation that a best or tied rule gives for the unencrypted connections.
    fn account(&self, form: Form) -> String {
        let (predicted, seen, plain) = (self.predicted(form), self.seen, self.plain());
        match form {
            Form::Every => format!("about {predicted} connections are expected, and {seen} were seen"),
            Form::Lossy(lost) => {
                let missing = grouped((plain - seen.middle()).max(0.0));
                let reason = match lost.when {
                    LossCondition::Busy => "were made while the appliance was busy",
                    LossCondition::Known => "were not the first to their destination in a period",
                };
                format!("{seen} of about {} connections were counted, and the other {missing} {reason}", grouped(plain))
            }
            Form::AfterFailure(_) if seen.low > predicted.high => format!(
                "{} failures cause {predicted} unencrypted connections, and the other {} went to destinations with the TLS setting No{}",
                self.failures,
                grouped(seen.low - predicted.high),
                if self.judged == 1 { ", or were made while TLS was off" } else { "" }
            ),
            Form::AfterFailure(_) => {
                format!("{} failures cause {predicted} unencrypted connections, and {seen} were seen", self.failures)
            }
        }
    }

    /// The reason why an unlikely or ruled-out rule does not explain the unencrypted connections.
    fn shortfall(&self, form: Form) -> String {
        let (predicted, seen, plain) = (self.predicted(form), self.seen, grouped(self.plain()));
        match form {
            Form::Every => format!("it would need about {plain} connections, but {seen} were seen"),
            Form::Lossy(lost) => {
                let condition = match lost.when {
                    LossCondition::Busy => "the load",
                    LossCondition::Known => "earlier connections to their destination",
                };
                format!(
                    "{seen} of about {plain} connections were seen, but the missing ones do not depend on {condition}"
                )
            }
            Form::AfterFailure(_) if seen.high < predicted.low => format!(
                "{} failures would cause {predicted} unencrypted connections, but {seen} were seen",
                self.failures
            ),
            Form::AfterFailure(_) => format!(
                "{} failures do not explain {seen} unencrypted connections, nor do destinations with the TLS setting No",
                self.failures
            ),
        }
    }

    /// The result for a customer. `held` are the rules that explain the figures, and the first of `rules` is the likeliest.
    pub(crate) fn conclusion(&self, held: &[&Rule], rules: &[Ranked]) -> String {
        if self.judged == 0 {
            return "These figures cannot tell how the appliance counts, because TLS was not preferred. No connection is missing.".into();
        }
        let names = list(held.iter().map(|rule| rule.name.clone()));
        let mut text = match held {
            [one] => format!("The appliance counts by the rule {}. {}", one.name, certainty(rules)),
            _ => format!("The appliance counts by one of the rules {names}. These figures do not tell which."),
        };
        let documented = held.iter().find(|rule| rule.form() == Form::Every);
        let missing = self.plain() - self.seen.middle();
        match documented {
            Some(_) if held.len() == 1 => text += " It is the documented rule, so no connection is missing.",
            Some(documented) => {
                text += &format!(" Under the documented rule, {}, no connection is missing.", documented.name);
            }
            None if missing >= 1.0 => {
                text += &format!(
                    " About {} unencrypted connections were made but are not shown: {} were needed, and {} are shown. Such figures \
                     were reported as bug 42751, \"Outgoing TLS Summary is Probably lying\".",
                    grouped(missing),
                    grouped(self.plain()),
                    self.seen
                );
            }
            None => text += " The documented rule does not explain the figures.",
        }
        text
    }

    /// Further figures that would separate tied rules.
    pub(crate) fn further(&self, held: &[&Rule]) -> Vec<String> {
        if held.len() < 2 {
            return Vec::new();
        }
        if self.judged == 0 {
            return vec![
                "figures from a time in which TLS is preferred by default: before that, all rules count alike".into(),
            ];
        }
        let names = |is_chosen: &dyn Fn(Form) -> bool| -> Vec<&str> {
            held.iter().filter(|rule| is_chosen(rule.form())).map(|rule| rule.name.as_str()).collect()
        };
        let lossy = |condition| names(&|form| matches!(form, Form::Lossy(lost) if lost.when == condition));
        let every = names(&|form| form == Form::Every);
        let tried = names(&|form| matches!(form, Form::AfterFailure(_)));
        let (busy, known) = (lossy(LossCondition::Busy), lossy(LossCondition::Known));
        let mut further = Vec::new();
        if !self.evidence.is_detailed() && held.len() > tried.len().max(1) {
            further.push("details by domain (table 29), in short intervals".into());
        }
        if self.judged == 1 && held.len() > tried.len().max(1) {
            further.push("exports of several intervals, without a time in which TLS was off".into());
        }
        if tried.len() > 1 {
            let refused =
                "figures from a time in which TLS failed after the 220 reply and second connections were refused";
            further.push(format!("{refused}: only then do {} differ", tried.join(" and ")));
        }
        if !busy.is_empty() && !tried.is_empty() {
            further.push(format!(
                "figures from a quieter time: under {}, connections that are missing here are then counted, but not under {}",
                busy.join(" and "),
                tried.join(" and ")
            ));
        }
        if !busy.is_empty() && !every.is_empty() {
            further
                .push(format!("figures from a busier time: connections are then missing under {}", busy.join(" and ")));
        }
        if !known.is_empty() && !every.is_empty() {
            further.push(format!(
                "figures from a time with more messages to single domains: connections are then missing under {}",
                known.join(" and ")
            ));
        }
        further
    }
}

/// The contradiction in the details, for a form that they exclude.
fn contradiction(form: Form) -> &'static str {
    match form {
        Form::Every => "in the details, domains have messages but no connection",
        Form::AfterFailure(_) => "in the details, domains have unencrypted connections without failures",
        Form::Lossy(lost) => match lost.when {
            LossCondition::Busy => "in the details, some domains are counted and others are not at the same time",
            LossCondition::Known => "in the details, domains have several connections in a period, or none",
        },
    }
}

/// The lead of the best rule in words.
fn certainty(rules: &[Ranked]) -> String {
    let lead = rules.get(1).map_or(f64::INFINITY, |second| second.difference);
    let second = rules.get(1).map_or("another rule", |second| &second.rule);
    match lead {
        lead if lead >= super::RULED_OUT_FROM => "All others are ruled out.".into(),
        _ => format!("The next rule, {second}, is unlikely."),
    }
}

fn intervals(number: usize) -> String {
    if number == 1 { "1 interval".into() } else { format!("{} intervals", count(number as u64)) }
}
