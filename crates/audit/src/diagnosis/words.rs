//! Says in words and numbers what the likelihoods amount to.

use tollgate_catalogue::LossCondition;

use super::Standing;
use super::evidence::{Evidence, Span, State};
use super::figure::{Figure, grouped};
use super::prior::USUAL_RATIO;
use super::signature::Signature;
use crate::reader::gmt;

/// The figures in sum, and what may be expected of them.
pub(crate) struct Words<'a> {
    evidence: &'a Evidence,
    spans: Vec<&'a Span>,
    /// Plain connections for a message.
    ratio: f64,
    /// Whether that was seen while TLS was off.
    measured: bool,
    messages: Figure,
    failures: Figure,
    seen: Figure,
}

/// The shares of plain connections that are first contacts, as simulated for an hour of either site of the thread.
const FIRST_CONTACTS: (f64, f64) = (0.3, 0.92);

/// The intervals that a rule explains.
struct Explained<'a> {
    count: usize,
    /// Of those that it does not, the one that is furthest from it.
    worst: Option<(&'a Span, Figure)>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(evidence: &'a Evidence) -> Self {
        let spans: Vec<&Span> = evidence.in_state(State::Preferred).collect();
        let sum = |of: fn(&Span) -> Figure| spans.iter().fold(Figure::default(), |sum, span| sum + of(span));
        let off = |of: fn(&Span) -> Figure| evidence.in_state(State::Off).map(|span| of(span).middle()).sum::<f64>();
        let (connections, messages) = (off(|span| span.unencrypted), off(|span| span.messages));
        // A few connections say little of their messages.
        let measured = connections >= 100.0;
        Words {
            evidence,
            ratio: if measured { connections / messages } else { USUAL_RATIO },
            measured,
            messages: sum(|span| span.messages),
            failures: sum(|span| span.failures),
            seen: sum(|span| span.unencrypted),
            spans,
        }
    }

    /// What the diagnosis is made of.
    pub(crate) fn basis(&self) -> String {
        let count = |state| self.evidence.in_state(state).count();
        let (on, off, switched) = (count(State::Preferred), count(State::Off), count(State::Switched));
        let mut text = if on == 0 {
            "In no interval was TLS attempted by preference, so that all rules count alike".to_owned()
        } else {
            format!(
                "{} plain messages, {} unencrypted connections and {} failures, in {}",
                self.messages,
                self.seen,
                self.failures,
                intervals(on)
            )
        };
        if on > 0 && self.evidence.is_detailed() {
            text += &format!(" and {} domains", grouped(self.evidence.domains as f64));
        }
        text += ".";
        if on > 0 {
            text += &format!(" Assumed: {}.", self.ratio_text());
        }
        if on > 0 && off + switched > 0 {
            text += &format!(
                " Left out: {} before or after the time in which TLS is preferred{}.",
                intervals(off),
                if switched > 0 { ", and the one in which that may have been switched on" } else { "" }
            );
        }
        text
    }

    /// How many unencrypted connections there were while TLS was preferred.
    pub(crate) fn seen(&self) -> Figure {
        self.seen
    }

    /// How many a rule predicts.
    pub(crate) fn predicted(&self, signature: &Signature) -> Figure {
        self.expected(signature, self.messages, self.failures)
    }

    fn expected(&self, signature: &Signature, messages: Figure, failures: Figure) -> Figure {
        let plain = |share: f64| messages.middle() * self.ratio * share;
        let readings = signature.per_failure();
        let least =
            readings.iter().map(|reading| reading.certain + reading.if_second.min(0.0)).fold(f64::INFINITY, f64::min);
        let most = readings.iter().map(|reading| reading.certain + reading.if_second.max(0.0)).fold(0.0, f64::max);
        let (low, high) = match (signature.not_offered, signature.lost) {
            (false, _) => (least * failures.low, most * failures.high),
            (true, Some((LossCondition::Busy, true))) => (0.0, plain(1.0)),
            (true, Some((LossCondition::Known, true))) => (plain(FIRST_CONTACTS.0), plain(FIRST_CONTACTS.1)),
            (true, _) => {
                let failed =
                    readings.iter().map(|reading| reading.total()).fold(f64::INFINITY, f64::min) * failures.middle();
                (plain(1.0) + failed, plain(1.0) + failed)
            }
        };
        Figure { low: low.round(), high: high.round() }
    }

    /// The intervals whose figure a rule explains, within what is usual of other sites.
    fn explained(&self, signature: &Signature) -> Explained<'a> {
        // The others are connections to destinations whose setting is No, if they are a small part of all.
        let others = (self.seen.low - self.predicted(signature).high).max(0.0) / self.messages.middle().max(1.0);
        let others = if others < self.ratio / 2.0 { 3.0 * others } else { 0.0 };
        let mut explained = Explained { count: 0, worst: None };
        let mut furthest = 0.0;
        for &span in &self.spans {
            let expected = self.expected(signature, span.messages, span.failures);
            let spread = if signature.not_offered { 5.0 + 3.0 * libm::sqrt(expected.high) } else { 0.0 };
            let more = if others > 0.0 { others * span.messages.high + 5.0 } else { 0.0 };
            let low = expected.low * if signature.not_offered { 0.5 } else { 1.0 } - spread;
            let high = expected.high * if signature.not_offered { 1.6 } else { 1.0 } + spread + more;
            let some =
                if signature.lost.is_none() && signature.not_offered && span.messages.low >= 1.0 { 1.0 } else { 0.0 };
            let distance = (low.max(some) - span.unencrypted.high).max(span.unencrypted.low - high);
            if distance <= 0.0 {
                explained.count += 1;
            } else if distance > furthest {
                furthest = distance;
                explained.worst = Some((span, expected));
            }
        }
        explained
    }

    /// Why a rule stands where it does.
    pub(crate) fn why(&self, signature: &Signature, standing: Standing) -> String {
        if self.spans.is_empty() {
            return "it counts as every other rule does while TLS is off".into();
        }
        let all = self.spans.len();
        let explained = self.explained(signature);
        let mut parts = Vec::new();
        if standing <= Standing::Tied {
            parts.push(match explained.count {
                _ if all == 1 => "it explains the figures".to_owned(),
                count if count == all => format!("it explains all {}", intervals(all)),
                count => format!("it explains {} of {}", grouped(count as f64), intervals(all)),
            });
            parts.extend(self.account(signature));
        } else {
            parts.push(self.shortfall(signature));
            if all > 1 {
                parts.extend(explained.worst.map(|(span, expected)| self.worst(signature, span, expected)));
            }
        }
        parts.join("; ")
    }

    /// How a rule that stands accounts for the unencrypted connections.
    fn account(&self, signature: &Signature) -> Option<String> {
        let predicted = self.predicted(signature);
        let seen = self.seen;
        match (signature.not_offered, signature.lost) {
            (false, _) if seen.low > predicted.high => Some(format!(
                "{} failures lead to {predicted} unencrypted connections, and the other {} would be to destinations whose setting is No",
                self.failures,
                grouped(seen.low - predicted.high)
            )),
            (false, _) => Some(format!(
                "{} failures lead to {predicted} unencrypted connections, and {seen} were seen",
                self.failures
            )),
            (true, Some((LossCondition::Busy, true))) => Some(format!(
                "of about {} connections it would have lost about {} while the appliance was busy",
                grouped(predicted.high),
                grouped((predicted.high - seen.low).max(0.0))
            )),
            (true, Some((LossCondition::Known, true))) => {
                Some(format!("of about {} connections {seen} would be first contacts", grouped(self.plain())))
            }
            (true, _) => {
                Some(format!("about {} connections are expected, and {seen} were seen", grouped(predicted.high)))
            }
        }
    }

    /// What a rule that does not stand would need.
    fn shortfall(&self, signature: &Signature) -> String {
        let predicted = self.predicted(signature);
        let seen = self.seen;
        match (signature.not_offered, signature.lost) {
            (false, _) if seen.high < predicted.low => {
                format!(
                    "{} failures would lead to at least {} unencrypted connections, and it saw {seen}",
                    self.failures,
                    grouped(predicted.low)
                )
            }
            (false, _) if seen.low > predicted.high => format!(
                "{} failures lead to no more than {}, it saw {seen}, and destinations whose setting is No do not account for the others",
                self.failures,
                grouped(predicted.high)
            ),
            (false, _) => format!("{} failures and {seen} unencrypted connections do not go together", self.failures),
            (true, Some((LossCondition::Busy, true))) if self.equals_failures() => format!(
                "{seen} unencrypted connections beside {} failures would be a coincidence, out of about {}",
                self.failures,
                grouped(predicted.high)
            ),
            (true, Some((LossCondition::Busy, true))) => format!(
                "{seen} were seen out of about {}, and what is missing does not go with the load",
                grouped(predicted.high)
            ),
            (true, Some((LossCondition::Known, true))) => format!(
                "first contacts would be about {} to {}, of about {} connections, and it saw {seen}{}",
                grouped(predicted.low),
                grouped(predicted.high),
                grouped(self.plain()),
                if seen.low >= predicted.low && seen.high <= predicted.high { ", but not where it would" } else { "" }
            ),
            (true, _) => format!("it would need about {} connections and saw {seen}", grouped(predicted.high)),
        }
    }

    /// The interval that is furthest from a rule.
    fn worst(&self, signature: &Signature, span: &Span, expected: Figure) -> String {
        let expected = match signature.not_offered {
            true => format!("about {expected}"),
            false => expected.to_string(),
        };
        format!("furthest off at {}: {expected} expected, {} seen", gmt(span.begin_seconds), span.unencrypted)
    }

    fn plain(&self) -> f64 {
        self.messages.middle() * self.ratio
    }

    fn equals_failures(&self) -> bool {
        let (seen, failures) = (self.seen, self.failures);
        seen.low > 0.0 && seen.low <= failures.high && failures.low <= seen.high
    }

    /// Where the connections for a message are from.
    fn ratio_text(&self) -> String {
        let per_connection = 1.0 / self.ratio;
        match self.measured {
            true => format!("{per_connection:.3} plain messages a connection, as while TLS was off"),
            false => format!("{per_connection:.3} plain messages a connection, as at the site of the thread"),
        }
    }

    /// What further figures would separate rules that are tied.
    pub(crate) fn further(&self, tied: &[(&str, Signature)]) -> Vec<String> {
        if tied.len() < 2 {
            return Vec::new();
        }
        if self.spans.is_empty() {
            return vec![
                "figures from a time in which TLS is preferred by default: before the switch all rules count alike"
                    .into(),
            ];
        }
        let names = |chosen: &dyn Fn(&Signature) -> bool| -> Vec<&str> {
            tied.iter().filter(|(_, signature)| chosen(signature)).map(|(name, _)| *name).collect()
        };
        let lost = |signature: &Signature, when| signature.not_offered && signature.lost == Some((when, true));
        let tries = names(&|signature| !signature.not_offered);
        let busy = names(&|signature| lost(signature, LossCondition::Busy));
        let known = names(&|signature| lost(signature, LossCondition::Known));
        let every = names(&|signature| signature.not_offered && signature.lost.is_none());
        let mut further = Vec::new();
        if tries.len() > 1 {
            further.push(self.separate_tries(&tries));
        }
        if !busy.is_empty() && !tries.is_empty() {
            let quiet =
                if self.spans.len() > 1 { "a quieter time" } else { "exports by interval, with a quiet time in them" };
            further.push(format!(
                "{quiet}: under {} plain connections come back in it, under {} they stay away",
                busy.join(" and "),
                tries.join(" and ")
            ));
        }
        if !busy.is_empty() && !every.is_empty() {
            further.push(format!(
                "a busier time: under {} plain connections are missing in it, under {} they are not",
                busy.join(" and "),
                every.join(" and ")
            ));
        }
        if !known.is_empty() && tied.len() > known.len() {
            further.push(match self.evidence.is_detailed() {
                false => format!("the details by domain, in short intervals: under {} a domain has no more than one in the time that it stays known", known.join(" and ")),
                true => format!("a time with more messages to single domains: under {} these have no more than one connection in the time that they stay known", known.join(" and ")),
            });
        } else if !self.evidence.is_detailed() && (!tries.is_empty() && tied.len() > tries.len()) {
            further.push(format!(
                "the details by domain: under {} domains that never offer TLS have messages and no connections at all",
                tries.join(" and ")
            ));
        }
        further
    }

    fn separate_tries(&self, tries: &[&str]) -> String {
        let names = tries.join(" and ");
        let refused = "a time in which second connections were refused, after TLS had failed after the 220 reply";
        match self.failures.high > 0.0 {
            true => format!(
                "{refused}: between {names} that is the difference, unencrypted below Failed - Preferred or equal to it"
            ),
            false => format!(
                "a time with failures (Failed - Preferred above 0), best {refused}: without any, {names} are the same"
            ),
        }
    }
}

fn intervals(count: usize) -> String {
    if count == 1 { "1 interval".into() } else { format!("{} intervals", grouped(count as f64)) }
}
