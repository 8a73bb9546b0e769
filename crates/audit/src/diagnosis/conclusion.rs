//! The conclusion of a diagnosis for a customer.

use tollgate_catalogue::{AfterFailure, Form, Rule};
use tollgate_wording::list;

use super::words::{Basis, LITTLE, Words};
use super::{RULED_OUT_FROM, Ranked, Standing};

/// A documented rule that is further behind than this is not named first.
const HARDLY_BEHIND: f64 = 1.0;

impl Words<'_> {
    /// Number of connections that are not shown: exact, or an estimate if the documented rule does not explain the figures.
    pub(crate) fn missing_connections(&self, rules: &[Ranked]) -> Option<f64> {
        if let Some(established) = self.evidence.established {
            return Some(established.missing()).filter(|missing| *missing > 0.0);
        }
        let missing = self.missing().number.round();
        let documented = self.documented(rules)?;
        (documented.verdict > Standing::Possible && missing >= 1.0).then_some(missing)
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
                false => {
                    "These figures cannot tell how the appliance counts, because no connection used TLS under Preferred."
                }
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
                    Some(established) => format!(" {}", established.describe(self.may_count_twice(rules))),
                    None => " No connection is missing.".into(),
                };
            }
            Standing::Possible => {
                let behind = self.documented(rules).map_or(0.0, |ranked| ranked.difference);
                if behind < HARDLY_BEHIND {
                    text += &format!("The appliance may count as documented, by the rule {}.", self.documented);
                    text += &self.if_as_documented();
                    text += &format!(" But the figures also allow {}.", list(&others));
                } else {
                    text += &format!(
                        "The figures do not decide how the appliance counts. They fit {} best. The documented rule, {}, is {behind:.1} behind \
                         and also possible.",
                        others.first().copied().unwrap_or_default(),
                        self.documented
                    );
                    text += &self.if_as_documented();
                    if others.len() > 1 {
                        text += &format!(" Also possible: {}.", list(&others[1..]));
                    }
                }
                text += &self.missing_under(rules, &others, (LITTLE * self.plain()).max(1.0));
            }
            Standing::Unlikely => {
                text += &format!(
                    "The documented rule, {}, is unlikely but not ruled out. The figures fit {} better.",
                    self.documented,
                    list(&others)
                );
                text += &self.missing_under(rules, &others, 1.0);
            }
            Standing::RuledOut => {
                text +=
                    &format!("The appliance does not count as documented: the rule {} is ruled out. ", self.documented);
                text += &match others[..] {
                    [one] => format!("Of the known rules, it fits {one}. {}", certainty(rules)),
                    _ => format!("The figures fit each of these rules: {}.", list(&others)),
                };
                text += &self.missing_in_words(rules);
            }
        }
        text
    }

    /// The messages on each connection if no connection is missing, unless table 37 or the figures themselves show that.
    fn if_as_documented(&self) -> String {
        if self.evidence.established.is_some() {
            return String::new();
        }
        match self.missing().number < (LITTLE * self.plain()).max(1.0) || self.seen.middle() == 0.0 {
            true => " Under this rule, no connection is missing.".into(),
            false => format!(
                " Under this rule, no connection is missing, and each carried {:.1} messages.",
                self.messages.middle() / self.seen.middle(),
            ),
        }
    }

    /// The number of connections that are not shown: exact, or an estimate under some rules if it is at least `least`.
    fn missing_under(&self, rules: &[Ranked], names: &[&str], least: f64) -> String {
        let which = if names.len() == 1 { "this rule" } else { "these rules" };
        match self.evidence.established {
            Some(established) => format!(" {}", established.describe(self.may_count_twice(rules))),
            None if self.missing().number < least => String::new(),
            None => {
                let (number, connections, verb) = self.missing_estimate();
                format!(" Under {which}, {number} unencrypted {connections} {verb} not shown.")
            }
        }
    }

    /// True if a rule that is not ruled out may count a failed connection twice, and connections failed.
    fn may_count_twice(&self, rules: &[Ranked]) -> bool {
        let may_count = |ranked: &Ranked| {
            matches!(ranked.form, Form::AfterFailure(AfterFailure::FailedConnection))
                && ranked.verdict < Standing::RuledOut
        };
        self.failures.high > 0.0 && rules.iter().any(may_count)
    }

    /// The connections that are missing because the documented rule is ruled out.
    fn missing_in_words(&self, rules: &[Ranked]) -> String {
        const BUG: &str = " Such figures were reported as bug 42751, \"Outgoing TLS Summary is Probably lying\".";
        let missing = self.missing();
        let (text, is_missing) = match self.evidence.established {
            Some(established) => {
                (format!(" {}", established.describe(self.may_count_twice(rules))), established.missing() > 0.0)
            }
            None if missing.number < 1.0 => return String::new(),
            None => (self.explain_estimate(), true),
        };
        text + if is_missing { BUG } else { "" }
    }

    /// The estimate of the missing connections, and its origin.
    fn explain_estimate(&self) -> String {
        let (number, connections, verb) = self.missing_estimate();
        let limit = match self.missing().basis {
            Basis::Assumed => " Your site may have another number of messages on a connection.",
            Basis::Table37 | Basis::Measured => "",
        };
        format!(
            " {} unencrypted {connections} {verb} not shown: {} unencrypted messages need about {}, at {:.3} messages each, and the figures \
             show {}.{limit}",
            capitalized(&number),
            self.messages,
            self.shown(self.plain()),
            1.0 / self.ratio,
            self.seen
        )
    }

    /// The estimated number of missing connections, the noun for it, and the verb.
    fn missing_estimate(&self) -> (String, &'static str, &'static str) {
        let missing = self.missing();
        let number = self.shown(missing.number);
        let (connections, verb) = if number == "1" { ("connection", "is") } else { ("connections", "are") };
        (format!("{}{number}", missing.about()), connections, verb)
    }
}

/// The lead of the best rule in words.
fn certainty(rules: &[Ranked]) -> String {
    let lead = rules.get(1).map_or(f64::INFINITY, |second| second.difference);
    let second = rules.get(1).map_or("another rule", |second| &second.rule);
    match lead {
        lead if lead >= RULED_OUT_FROM => "All others are ruled out.".into(),
        _ => format!("The next rule, {second}, is unlikely."),
    }
}

/// A text that begins a sentence.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
