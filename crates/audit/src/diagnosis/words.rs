//! Explains the ranking in words and numbers.

use tollgate_catalogue::LossCondition;

use super::Standing;
use super::evidence::{Evidence, Span, State};
use super::figure::{Figure, grouped};
use super::prior::USUAL_RATIO;
use super::signature::Signature;
use crate::reader::gmt;

/// The sums of the figures, and the assumptions for predictions.
pub(crate) struct Words<'a> {
    evidence: &'a Evidence,
    spans: Vec<&'a Span>,
    /// Plain connections per message.
    ratio: f64,
    /// True if `ratio` was measured while TLS was off.
    measured: bool,
    messages: Figure,
    failures: Figure,
    seen: Figure,
}

/// The range of the share of plain connections that are first contacts, as simulated for an hour of each of the thread's two sites.
const FIRST_CONTACTS: (f64, f64) = (0.3, 0.92);

/// The intervals that a rule explains.
struct Explained<'a> {
    count: usize,
    /// The interval that is furthest from its prediction, among those that the rule does not explain.
    worst: Option<(&'a Span, Figure)>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(evidence: &'a Evidence) -> Self {
        let spans: Vec<&Span> = evidence.in_state(State::Preferred).collect();
        let sum = |of: fn(&Span) -> Figure| spans.iter().fold(Figure::default(), |sum, span| sum + of(span));
        let off = |of: fn(&Span) -> Figure| evidence.in_state(State::Off).map(|span| of(span).middle()).sum::<f64>();
        let (connections, messages) = (off(|span| span.unencrypted), off(|span| span.messages));
        // The ratio is measured only if there are enough connections.
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

    /// The evidence in words.
    pub(crate) fn basis(&self) -> String {
        let count = |state| self.evidence.in_state(state).count();
        let (on, off, switched) = (count(State::Preferred), count(State::Off), count(State::Switched));
        let mut text = if on == 0 {
            "TLS was not preferred in any interval, so all rules count alike".to_owned()
        } else {
            format!(
                "{} unencrypted messages, {} unencrypted connections and {} failures, in {}",
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
                " Left out: {} before or after the time in which TLS was preferred{}.",
                intervals(off),
                if switched > 0 { ", and the one in which it may have been switched on" } else { "" }
            );
        }
        text
    }

    /// Number of unencrypted connections that were seen while TLS was preferred.
    pub(crate) fn seen(&self) -> Figure {
        self.seen
    }

    /// Number of unencrypted connections that a rule predicts.
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

    /// The intervals whose unencrypted connections a rule explains, within the usual scatter.
    fn explained(&self, signature: &Signature) -> Explained<'a> {
        // If few connections are unexplained, they may go to destinations with the setting No.
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

    /// The reason for a rule's verdict.
    pub(crate) fn why(&self, signature: &Signature, standing: Standing) -> String {
        if self.spans.is_empty() {
            return "while TLS is off, it counts like every other rule".into();
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

    /// The explanation that a best or tied rule gives for the unencrypted connections.
    fn account(&self, signature: &Signature) -> Option<String> {
        let predicted = self.predicted(signature);
        let seen = self.seen;
        match (signature.not_offered, signature.lost) {
            (false, _) if seen.low > predicted.high => Some(format!(
                "{} failures cause {predicted} unencrypted connections, and the other {} would go to destinations with the TLS setting No",
                self.failures,
                grouped(seen.low - predicted.high)
            )),
            (false, _) => Some(format!(
                "{} failures cause {predicted} unencrypted connections, and {seen} were seen",
                self.failures
            )),
            (true, Some((LossCondition::Busy, true))) => Some(format!(
                "it would have lost about {} of about {} connections while the appliance was busy",
                grouped((predicted.high - seen.low).max(0.0)),
                grouped(predicted.high)
            )),
            (true, Some((LossCondition::Known, true))) => {
                Some(format!("{seen} of about {} connections would be first contacts", grouped(self.plain())))
            }
            (true, _) => {
                Some(format!("about {} connections are expected, and {seen} were seen", grouped(predicted.high)))
            }
        }
    }

    /// The reason why an unlikely or ruled-out rule does not explain the unencrypted connections.
    fn shortfall(&self, signature: &Signature) -> String {
        let predicted = self.predicted(signature);
        let seen = self.seen;
        match (signature.not_offered, signature.lost) {
            (false, _) if seen.high < predicted.low => {
                format!(
                    "{} failures would cause at least {} unencrypted connections, but {seen} were seen",
                    self.failures,
                    grouped(predicted.low)
                )
            }
            (false, _) if seen.low > predicted.high => format!(
                "{} failures cause at most {} unencrypted connections, but {seen} were seen, and destinations with the TLS setting No do not explain the rest",
                self.failures,
                grouped(predicted.high)
            ),
            (false, _) => format!("{} failures do not explain {seen} unencrypted connections", self.failures),
            (true, Some((LossCondition::Busy, true))) if self.equals_failures() => format!(
                "{seen} of about {} connections were seen, and under this rule their equality with the {} failures would be a coincidence",
                grouped(predicted.high),
                self.failures
            ),
            (true, Some((LossCondition::Busy, true))) => format!(
                "{seen} of about {} connections were seen, but the missing ones do not follow the load",
                grouped(predicted.high)
            ),
            (true, Some((LossCondition::Known, true))) => format!(
                "about {} to {} of about {} connections would be first contacts, but {seen} were seen{}",
                grouped(predicted.low),
                grouped(predicted.high),
                grouped(self.plain()),
                if seen.low >= predicted.low && seen.high <= predicted.high {
                    " in other intervals or domains"
                } else {
                    ""
                }
            ),
            (true, _) => format!("it would need about {} connections, but {seen} were seen", grouped(predicted.high)),
        }
    }

    /// Describes the interval that is furthest from a rule's prediction.
    fn worst(&self, signature: &Signature, span: &Span, expected: Figure) -> String {
        let expected = match signature.not_offered {
            true => format!("about {expected}"),
            false => expected.to_string(),
        };
        format!("the worst interval begins {}: {expected} expected, {} seen", gmt(span.begin_seconds), span.unencrypted)
    }

    fn plain(&self) -> f64 {
        self.messages.middle() * self.ratio
    }

    fn equals_failures(&self) -> bool {
        let (seen, failures) = (self.seen, self.failures);
        seen.low > 0.0 && seen.low <= failures.high && failures.low <= seen.high
    }

    /// The assumed connections per message and their source.
    fn ratio_text(&self) -> String {
        let per_connection = 1.0 / self.ratio;
        match self.measured {
            true => format!("{per_connection:.3} messages per unencrypted connection, as measured while TLS was off"),
            false => {
                format!("{per_connection:.3} messages per unencrypted connection, as at the site of the forum thread")
            }
        }
    }

    /// Further figures that would separate tied rules.
    pub(crate) fn further(&self, tied: &[(&str, Signature)]) -> Vec<String> {
        if tied.len() < 2 {
            return Vec::new();
        }
        if self.spans.is_empty() {
            return vec![
                "figures from a time in which TLS is preferred by default: before that, all rules count alike".into(),
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
            let fewer = names(&|signature| !signature.not_offered && !signature.after.unencrypted);
            let equal = names(&|signature| !signature.not_offered && signature.after.unencrypted);
            further.push(self.separate_tries(&tries, &fewer, &equal));
        }
        if !busy.is_empty() && !tries.is_empty() {
            let quiet = if self.spans.len() > 1 {
                "figures from a quieter time"
            } else {
                "exports by interval that include a quiet time"
            };
            further.push(format!(
                "{quiet}: in a quiet time, the connections that are missing here are counted under {}, but not under {}",
                busy.join(" and "),
                tries.join(" and ")
            ));
        }
        if !busy.is_empty() && !every.is_empty() {
            further.push(format!(
                "figures from a busier time: then unencrypted connections are missing under {}, but not under {}",
                busy.join(" and "),
                every.join(" and ")
            ));
        }
        if !known.is_empty() && tied.len() > known.len() {
            further.push(match self.evidence.is_detailed() {
                false => format!("details by domain in short intervals: under {}, a domain has at most one unencrypted connection while it stays known", known.join(" and ")),
                true => format!("figures from a time with more messages to single domains: under {}, a domain has at most one unencrypted connection while it stays known", known.join(" and ")),
            });
        } else if !self.evidence.is_detailed() && (!tries.is_empty() && tied.len() > tries.len()) {
            further.push(format!(
                "details by domain: under {}, domains that never offer TLS have messages but no connections",
                tries.join(" and ")
            ));
        }
        further
    }

    /// `fewer` are the rules with fewer Unencrypted Connections than Failed - Preferred if second connections are refused,
    /// and `equal` those with as many.
    fn separate_tries(&self, tries: &[&str], fewer: &[&str], equal: &[&str]) -> String {
        let [names, fewer, equal] = [tries, fewer, equal].map(|rules| rules.join(" and "));
        let refused = "TLS failed after the 220 reply and second connections were refused";
        match self.failures.high > 0.0 {
            true => format!(
                "figures from a time in which {refused}. Only then do the tied rules differ: Unencrypted Connections is below Failed - Preferred under {fewer} and equal to it under {equal}"
            ),
            false => format!(
                "figures from a time with failures (Failed - Preferred above 0), ideally one in which {refused}: without failures, {names} give the same figures"
            ),
        }
    }
}

fn intervals(count: usize) -> String {
    if count == 1 { "1 interval".into() } else { format!("{} intervals", grouped(count as f64)) }
}
