//! Explains the ranking in words and numbers.

use tollgate_catalogue::{AfterFailure, Form, LossCondition, Rule};
use tollgate_wording::{count, counted, list};

use super::established::Established;
use super::evidence::{Evidence, Span, State};
use super::figure::{Figure, grouped};
use super::judge::Judgement;
use super::{Ranked, Standing};

/// Plain connections per message in the thread's week before the switch.
const USUAL_RATIO: f64 = 1.0 / 1.289;

/// A smaller share of missing connections is not worth a word.
const LITTLE: f64 = 0.05;

/// The sums of the figures, and the assumptions for predictions.
pub(crate) struct Words<'a> {
    evidence: &'a Evidence,
    /// The name of the documented rule.
    documented: &'a str,
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
                true => "No mail went out in clear, so there is nothing to diagnose.",
                false => "No connection used TLS. So either TLS was not preferred, or no destination offered it.",
            }
            .into();
        }
        let left_out = self.evidence.intervals.len() - self.judged;
        let all = match left_out {
            0 => counted(self.judged as u64, "interval"),
            _ => format!("{} of {}", count(self.judged as u64), counted((self.judged + left_out) as u64, "interval")),
        };
        let mut text = format!(
            "{}, {} and {} while TLS is taken as preferred, in {all}",
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
        if self.exact_missing().is_none() {
            let source = if self.is_measured {
                "as measured while no connection used TLS"
            } else {
                "as at the site of the forum thread"
            };
            text += &format!(" Assumed: {:.3} messages per unencrypted connection, {source}.", 1.0 / self.ratio);
        }
        if let Some(established) = self.evidence.established {
            text += &format!(" {}", established.describe(self.failures.high > 0.0));
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

    /// Number of plain connections: exact with table 37, or else as many as the messages needed.
    fn plain(&self) -> f64 {
        match self.exact_missing() {
            _ if self.judged == 0 => self.seen.middle(),
            Some(missing) => self.seen.middle() + missing,
            None => (self.messages.middle() * self.ratio).round(),
        }
    }

    /// The plain connections in words: an estimate is called one.
    fn expected(&self) -> String {
        let about = if self.exact_missing().is_some() { "" } else { "about " };
        format!("{about}{}", grouped(self.plain()))
    }

    /// Number of connections that table 27 lacks, if table 37 shows it and does not lack some itself.
    fn exact_missing(&self) -> Option<f64> {
        self.evidence.established.map(Established::missing).filter(|missing| *missing >= 0.0)
    }

    /// Number of plain connections that were not seen. It is negative if there are more than the messages needed.
    fn unseen(&self) -> f64 {
        self.plain() - self.seen.middle()
    }

    /// The reason for a rule's verdict.
    pub(crate) fn why(&self, form: Form, standing: Standing, judgement: &Judgement) -> String {
        if self.judged == 0 {
            return "if TLS was not preferred, it counts like every other rule".into();
        }
        if standing > Standing::Tied {
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
                "{} (TLS is taken as off or switched in {})",
                self.account(form),
                counted(off as u64, "interval")
            ),
        }
    }

    /// The explanation that a best or tied rule gives for the unencrypted connections.
    fn account(&self, form: Form) -> String {
        let (predicted, seen, expected) = (self.predicted(form), self.seen, self.expected());
        let missing = self.unseen().round();
        match form {
            Form::Every => format!("{expected} connections are expected, and {seen} were seen"),
            Form::Lossy(lost) if missing >= 1.0 => format!(
                "{seen} of {expected} connections were counted; the other {} would have been {}",
                grouped(missing),
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
            Form::AfterFailure(_) => format!(
                "{} do not explain {seen} unencrypted connections, unless much of the mail in clear went to destinations with the TLS setting \
                 No, which is unusual",
                self.failures_in_words()
            ),
        }
    }

    /// Number of connections that are not shown: exact, or an estimate if the documented rule does not explain the figures.
    pub(crate) fn missing(&self, rules: &[Ranked]) -> Option<f64> {
        if let Some(established) = self.evidence.established {
            return Some(established.missing()).filter(|missing| *missing > 0.0);
        }
        let missing = self.unseen().round();
        let documented = self.documented(rules)?;
        (documented.verdict > Standing::Tied && missing >= 1.0).then_some(missing)
    }

    /// The contradiction of table 37 with the rules that explain the other figures, if it contradicts all of them.
    pub(crate) fn contradiction(&self, held: &[&Rule]) -> Option<String> {
        let established = self.evidence.established?;
        let is_contradicted = |rule: &&Rule| !established.is_allowed(rule.form());
        let names: Vec<&str> = held.iter().map(|rule| rule.name.as_str()).collect();
        held.iter().all(is_contradicted).then(|| {
            format!(
                "table 37 contradicts the rule that fits the other figures, {}: {}",
                list(&names),
                established.describe(false)
            )
        })
    }

    fn documented<'r>(&self, rules: &'r [Ranked]) -> Option<&'r Ranked> {
        rules.iter().find(|ranked| ranked.rule == self.documented)
    }

    /// The result for a customer. `held` are the rules that explain the figures, and the first of `rules` is the likeliest.
    pub(crate) fn conclusion(&self, held: &[&Rule], rules: &[Ranked]) -> String {
        let mut text = match self.evidence.contradictions[..] {
            [] => String::new(),
            _ => "The figures contradict each other, so this result may be wrong. ".into(),
        };
        if self.judged == 0 {
            text += match self.evidence.has_no_clear_mail() {
                true => "These figures cannot tell how the appliance counts, because no mail went out in clear.",
                false => "These figures cannot tell how the appliance counts, because no connection used TLS.",
            };
            return text;
        }
        let documented = self.documented(rules).map_or(Standing::RuledOut, |ranked| ranked.verdict);
        let others: Vec<&str> =
            held.iter().map(|rule| rule.name.as_str()).filter(|name| *name != self.documented).collect();
        match documented {
            Standing::Best => {
                text += &format!(
                    "The appliance counts as documented, by the rule {}. {}",
                    self.documented,
                    certainty(rules)
                );
                text += &match self.evidence.established {
                    Some(established) => format!(" {}", established.describe(false)),
                    None => " No connection is missing.".into(),
                };
            }
            Standing::Tied => {
                text += &format!("The appliance may count as documented, by the rule {}.", self.documented);
                text += if self.evidence.established.is_none() { " Then no connection is missing." } else { "" };
                text += &format!(" But the figures also allow {}.", list(&others));
                text += &self.unseen_under(held, &others, (LITTLE * self.plain()).max(1.0));
            }
            Standing::Unlikely => {
                text += &format!(
                    "The documented rule, {}, is unlikely but not ruled out. The figures fit {} better.",
                    self.documented,
                    list(&others)
                );
                text += &self.unseen_under(held, &others, 1.0);
            }
            Standing::RuledOut => {
                text +=
                    &format!("The appliance does not count as documented: the rule {} is ruled out. ", self.documented);
                text += &match others[..] {
                    [one] => format!("It counts by the rule {one}. {}", certainty(rules)),
                    _ => format!("The figures fit each of these rules: {}.", list(&others)),
                };
                text += &self.missing_in_words(held);
            }
        }
        text
    }

    /// The number of connections that are not shown: exact, or an estimate under some rules if it is at least `least`.
    fn unseen_under(&self, held: &[&Rule], rules: &[&str], least: f64) -> String {
        let missing = self.unseen();
        let which = if rules.len() == 1 { "this rule" } else { "these rules" };
        match self.evidence.established {
            Some(established) => format!(" {}", established.describe(self.counts_twice(held))),
            None if missing < least => String::new(),
            None => {
                let verb = if rounded(missing) == "1" { "connection is" } else { "connections are" };
                format!(" Under {which}, about {} unencrypted {verb} not shown.", rounded(missing))
            }
        }
    }

    /// True if a rule that explains the figures may count a failed connection twice, and connections failed.
    fn counts_twice(&self, held: &[&Rule]) -> bool {
        self.failures.high > 0.0 && held.iter().any(|rule| matches!(rule.form(), Form::AfterFailure(_)))
    }

    /// The connections that are missing because the documented rule is ruled out.
    fn missing_in_words(&self, held: &[&Rule]) -> String {
        const BUG: &str = " Such figures were reported as bug 42751, \"Outgoing TLS Summary is Probably lying\".";
        let missing = self.unseen();
        let (text, is_missing) = match self.evidence.established {
            Some(established) => {
                (format!(" {}", established.describe(self.counts_twice(held))), established.missing() > 0.0)
            }
            None if missing < 1.0 => return String::new(),
            None => {
                let text = format!(
                    " About {} unencrypted {} not shown: {} unencrypted messages need about {}, at {:.3} \
                     messages each, and the figures show {}.",
                    rounded(missing),
                    if rounded(missing) == "1" {
                        "connection was made but is"
                    } else {
                        "connections were made but are"
                    },
                    self.messages,
                    rounded(self.plain()),
                    1.0 / self.ratio,
                    self.seen
                );
                (text, true)
            }
        };
        text + if is_missing { BUG } else { "" }
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
            further.push("exports of several hours, all of them after TLS was set to Preferred".into());
        }
        if tried.len() > 1 {
            let refused = "figures from a time in which destinations offered STARTTLS, TLS failed, and they refused the second connection";
            further.push(format!("{refused}: only then do {} differ", tried.join(" and ")));
        }
        if !busy.is_empty() && !tried.is_empty() {
            further.push(format!(
                "figures from a quiet hour: all connections are then counted under {}, but not under {}",
                busy.join(" and "),
                tried.join(" and ")
            ));
        }
        if !busy.is_empty() && !every.is_empty() {
            further.push(format!(
                "figures from a busier hour: connections are then left out under {}",
                busy.join(" and ")
            ));
        }
        if !known.is_empty() && !every.is_empty() {
            further.push(format!(
                "figures from a time with more messages to single domains: connections are then left out under {}",
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
            LossCondition::Known => {
                "in the details, domains have several connections in a period, or have mail but no connection"
            }
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

/// A figure with its noun: `1 failure`, `12,550-12,649 failures`.
fn figures(figure: Figure, noun: &str) -> String {
    if figure == Figure::exact(1.0) { format!("1 {noun}") } else { format!("{figure} {noun}s") }
}

/// A number of connections that is only estimated, with two significant digits.
fn rounded(number: f64) -> String {
    let unit = libm::pow(10.0, (libm::floor(libm::log10(number.max(1.0))) - 1.0).max(0.0));
    grouped(libm::round(number / unit) * unit)
}
