//! The unencrypted connections of a whole interval, if all or some plain connections are counted.

use std::collections::BTreeMap;

use super::density::{Scattered, broad, negative_binomial, within};
use super::evidence::Span;
use super::figure::Figure;
use super::prior::USUAL_RATIO;

/// The unencrypted connections of an interval that do not follow from failures.
pub(crate) struct Booked {
    /// The probability of the connections.
    all: Scattered,
    /// The probability of one connection less.
    but_one: Scattered,
    messages: Vec<f64>,
    /// The probability of the connections if all are counted and the messages are few.
    few: Option<f64>,
}

/// The connections of an interval that carry no message, as the number of messages that would need as many connections.
pub(crate) const IDLE: f64 = 0.03;

impl Booked {
    pub(crate) fn new(span: &Span, few: &Few, for_failure: f64, shape: f64) -> Self {
        let less = |offset: f64| {
            let offset = offset + for_failure * span.failures.middle();
            Figure { low: span.unencrypted.low - offset, high: span.unencrypted.high - offset }
        };
        Booked {
            all: Scattered::new(less(0.0), shape),
            but_one: Scattered::new(less(1.0), shape),
            messages: span.messages.samples(),
            few: few_of(span).map(|messages| few.probability(messages, less(0.0).low)),
        }
    }

    /// The probability if every plain connection is counted, with `ratio` connections for each message after the first. The first
    /// message has one.
    pub(crate) fn wholly(&self, ratio: f64) -> f64 {
        self.few.unwrap_or_else(|| {
            self.over_messages(|messages| match messages < 1.0 {
                true => self.all.probability(IDLE * ratio),
                false => self.but_one.probability((messages - 1.0 + IDLE) * ratio),
            })
        })
    }

    /// The probability if a part is counted, with `ratio` connections per message.
    pub(crate) fn partly(&self, ratio: f64) -> f64 {
        self.over_messages(|messages| self.all.probability(ratio * messages.max(IDLE)))
    }

    /// The mean over the range of an abbreviated number of messages.
    fn over_messages(&self, probability: impl Fn(f64) -> f64) -> f64 {
        self.messages.iter().map(|&messages| probability(messages)).sum::<f64>() / self.messages.len() as f64
    }
}

/// The distribution of plain connections in intervals with few messages. As for details, it is tabulated from the intervals that have
/// unencrypted connections, and all rules use the same distribution.
pub(crate) struct Few {
    seen: BTreeMap<(u32, u32), f64>,
    of_messages: [f64; MOST as usize + 1],
}

/// The largest number of messages that counts as few.
const MOST: u32 = 8;

/// The messages of an interval, if they are few, and if messages and connections are exact.
pub(crate) fn few_of(span: &Span) -> Option<u32> {
    let exact = span.messages.low == span.messages.high && span.unencrypted.low == span.unencrypted.high;
    (exact && span.messages.low <= f64::from(MOST)).then_some(span.messages.low as u32)
}

impl Few {
    pub(crate) fn new(spans: &[&Span]) -> Self {
        let mut few = Few { seen: BTreeMap::new(), of_messages: [0.0; MOST as usize + 1] };
        for span in spans {
            let Some(messages) = few_of(span) else { continue };
            let connections = span.unencrypted.low as u32;
            if messages == 0 || connections > 0 {
                *few.seen.entry((messages, connections)).or_insert(0.0) += 1.0;
                few.of_messages[messages as usize] += 1.0;
            }
        }
        few
    }

    /// The probability that the messages have this number of connections.
    pub(crate) fn probability(&self, messages: u32, connections: f64) -> f64 {
        /// The weight of the assumed distribution beside the counted intervals, in intervals.
        const FORM_INTERVALS: f64 = 20.0;
        const SHAPE: f64 = 40.0;
        let form = match messages {
            0 => negative_binomial(connections, IDLE * USUAL_RATIO, 1.0),
            more => negative_binomial(connections - 1.0, (f64::from(more) - 1.0 + IDLE) * USUAL_RATIO, SHAPE),
        };
        if connections < 0.0 {
            return 0.0;
        }
        let seen = self.seen.get(&(messages, connections as u32)).copied().unwrap_or_default();
        (seen + FORM_INTERVALS * form) / (self.of_messages[messages as usize] + FORM_INTERVALS)
    }

    /// The probability that this number of the connections is counted, if each is counted with the probability `share`.
    pub(crate) fn thinned(&self, messages: u32, taken: f64, share: f64) -> f64 {
        if taken < 0.0 {
            return 0.0;
        }
        let mut ways = 1.0;
        let mut sum = 0.0;
        let mut left = 0.0;
        while left <= f64::from(messages) + 4.0 {
            let of_count = self.probability(messages, taken + left);
            sum += of_count * ways * libm::pow(share, taken) * libm::pow(1.0 - share, left);
            left += 1.0;
            ways *= (taken + left) / left;
        }
        sum
    }
}

/// The probability of an interval if it is odd.
pub(crate) fn odd(span: &Span) -> f64 {
    let bound = 2.0 * span.messages.high + span.failures.high + 10.0;
    within(span.unencrypted.low, span.unencrypted.high, |count| broad(count, bound))
}
