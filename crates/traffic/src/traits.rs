//! The properties of senders: SBRS and its changes, reverse DNS, use of TLS.

use tollgate_scenario::{BotKind, ClientTls, HOUR, ScoreShare};

use crate::stream::{StreamKey, below, mix};

/// The value that means no SBRS.
pub const NO_SCORE: i16 = i16::MIN;

/// A host's state in reverse DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dns {
    Verified,
    Unmatched,
    Missing,
}

/// The distribution of properties over the senders of a population. A property is found by a place from 0 to 2 to the power of 32 in
/// its cumulative distribution.
#[derive(Clone, Debug)]
pub struct Traits {
    scores: Vec<ScorePart>,
    /// The part to begin a search at, for each value of a place's first byte.
    first_parts: Vec<u8>,
    /// Hours of the spans in each of which the score of a sender changes once, or 0 if scores do not change.
    span_hours: u64,
    /// The ends of missing and of unmatched names.
    dns: [u64; 2],
    /// The ends of clients whose STARTTLS works, and fails.
    tls: [u64; 2],
}

/// A part of the SBRS density.
#[derive(Clone, Copy, Debug)]
struct ScorePart {
    begin: u64,
    end: u64,
    /// The lowest score in tenths.
    low: i16,
    /// Tenths for each place.
    slope: f64,
}

/// The changes of scores in one hour. Time is divided into spans that begin at a moment of each sender's own, and the score changes once in
/// each, at a random moment. A change moves the sender by up to a quarter of the distribution, and by 6 % on average, so that the
/// distribution over all senders stays the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScoresNow {
    hours: u64,
    /// Whole spans until the hour, and the hours that are left.
    spans: u64,
    rest: u64,
}

/// Number of places in a cumulative distribution.
const PLACES: f64 = 4_294_967_296.0;

impl Traits {
    /// The properties of a class of senders.
    pub fn new(class: &tollgate_scenario::Class) -> Self {
        let scores = class.scores();
        let total: f64 = scores.iter().map(|part| part.share.get()).sum();
        let mut sum = 0.0;
        let part = |part: &ScoreShare| {
            let begin = (sum * PLACES) as u64;
            sum += part.share.get() / total;
            let end = (sum * PLACES) as u64;
            let tenths = |score: Option<tollgate_scenario::Score>| score.map_or(NO_SCORE, |score| score.tenths());
            let (low, high) = (tenths(part.from), tenths(part.to));
            let scores = if low == NO_SCORE { 0.0 } else { f64::from(high - low + 1) };
            ScorePart { begin, end, low, slope: scores / (end - begin).max(1) as f64 }
        };
        let ends = |first: f64, second: f64| [(first * PLACES) as u64, ((first + second) * PLACES) as u64];
        let scores: Vec<ScorePart> = scores.iter().map(part).collect();
        let first_part = |byte: u64| {
            let part = scores.iter().position(|part| byte << 24 < part.end);
            part.unwrap_or(scores.len() - 1) as u8
        };
        let changes = class.score_changes.get();
        let hours = if changes > 0.0 { ((24.0 / changes) as u64).max(1) } else { 0 };
        Traits {
            first_parts: (0..256).map(first_part).collect(),
            scores,
            span_hours: hours,
            dns: ends(class.dns_missing.get(), class.dns_unmatched.get()),
            tls: ends(class.starttls.get(), class.starttls_fails.get()),
        }
    }

    /// The changes of scores in the hour that begins at `begin`, in microseconds since the Unix epoch.
    pub(crate) fn scores_at(&self, begin: u64) -> ScoresNow {
        let hours = self.span_hours;
        let hour = begin / HOUR;
        ScoresNow { hours, spans: hour / hours.max(1), rest: hour % hours.max(1) }
    }

    /// The end of the places that bots of a kind have, as a share of all places in units of 2 to the power of -32.
    pub(crate) fn reach(&self, kind: &BotKind, class: &tollgate_scenario::Class) -> u64 {
        self.scores[kind.scores(&class.scores()).len() - 1].end
    }

    /// The SBRS at a place.
    #[inline]
    pub(crate) fn score(&self, place: u32) -> i16 {
        let first = usize::from(self.first_parts[(place >> 24) as usize]);
        let place = u64::from(place);
        let part = self.scores[first..].iter().find(|part| place < part.end);
        // Rounding can leave the sum of the shares a little below one. A place above it gets the last score.
        let Some(part) = part.or(self.scores.last()) else { return NO_SCORE };
        let inside = place.min(part.end.saturating_sub(1)) - part.begin.min(place);
        part.low + (inside as f64 * part.slope) as i16
    }

    #[inline]
    pub(crate) fn dns(&self, place: u32) -> Dns {
        let place = u64::from(place);
        if place >= self.dns[1] {
            Dns::Verified
        } else if place >= self.dns[0] {
            Dns::Unmatched
        } else {
            Dns::Missing
        }
    }

    #[inline]
    pub(crate) fn tls(&self, place: u32) -> ClientTls {
        let place = u64::from(place);
        if place >= self.tls[1] {
            ClientTls::NotStarted
        } else if place >= self.tls[0] {
            ClientTls::Fails
        } else {
            ClientTls::Good
        }
    }
}

/// A place in the cumulative distribution for each weight. The weights are laid end to end in a random order, so that any interval of
/// places holds its share of the weight. A share of the senders is then the same share of their mail, even if a few
/// senders have most of it.
pub(crate) fn spread(weights: &[f64], key: StreamKey) -> Vec<u32> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_unstable_by_key(|&rank| key.number(rank as u64));
    let total: f64 = weights.iter().sum();
    let mut places = vec![0; weights.len()];
    let mut before = 0.0;
    for rank in order {
        places[rank] = ((before + weights[rank] / 2.0) / total * PLACES) as u32;
        before += weights[rank];
    }
    places
}

impl ScoresNow {
    /// The place in the distribution of the score that a sender has now. `place` is its mean place, and `bits` are uniform bits of its own.
    #[inline]
    pub(crate) fn place(&self, place: u32, bits: u64) -> u32 {
        if self.hours == 0 {
            return place;
        }
        let since = self.rest + below(bits << 32, self.hours);
        let is_next = since >= self.hours;
        let (span, since) = (self.spans + u64::from(is_next), if is_next { since - self.hours } else { since });
        // Before the change of this span, the sender has the score that the span before has left.
        let change = mix(bits ^ span);
        let has_changed = since >= below(change << 32, self.hours);
        let step = if has_changed { change } else { mix(bits ^ span.wrapping_sub(1)) };
        // Most changes are small: the width of a step is 1/4, 1/8, 1/16 or 1/32 of the distribution in either direction.
        let moved = i64::from(place) + i64::from((step >> 32) as i32 >> (1 + (step & 3)));
        // A sender at an end of the distribution turns back, so that no step leads from the lowest score to the highest.
        const LAST: i64 = u32::MAX as i64;
        (if moved < 0 {
            -1 - moved
        } else if moved > LAST {
            2 * LAST + 1 - moved
        } else {
            moved
        }) as u32
    }
}
