//! The properties of senders: SBRS, reverse DNS, use of TLS.

use tollgate_scenario::{ClientTls, ScoreShare};

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

/// Number of places in a cumulative distribution.
pub(crate) const PLACES: f64 = 4_294_967_296.0;

impl Traits {
    /// The properties of a class of senders.
    pub fn new(class: &tollgate_scenario::Class) -> Self {
        let total: f64 = class.sbrs.iter().map(|part| part.share.get()).sum();
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
        Traits {
            scores: class.sbrs.iter().map(part).collect(),
            dns: ends(class.dns_missing.get(), class.dns_unmatched.get()),
            tls: ends(class.starttls.get(), class.starttls_fails.get()),
        }
    }

    /// The SBRS at a place.
    #[inline]
    pub(crate) fn score(&self, place: u32) -> i16 {
        let place = u64::from(place);
        let part = self.scores.iter().find(|part| place < part.end);
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
