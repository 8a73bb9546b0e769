//! Distributions, prepared from a scenario's values.

use rand::Rng;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_scenario::{Amount, CountBin, Mean, MessageCost, RecipientDistribution, Session, Size, Spread};

use crate::stream::{Chance, Generator};

/// A weighted choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// `None` if there is only one option, which needs no draw.
    alias: Option<WeightedAliasIndex<f64>>,
}

/// A number of things, at least one, from a geometric distribution.
#[derive(Clone, Copy, Debug)]
pub struct AtLeastOne {
    more: Option<Chance>,
}

/// A number of recipients.
#[derive(Clone, Debug)]
pub struct RecipientCount {
    choice: Choice,
    counts: Vec<(u32, u32)>,
}

/// A size in bytes.
#[derive(Clone, Debug)]
pub struct Bytes {
    choice: Choice,
    parts: Vec<Lognormal>,
    most: f64,
}

/// A lognormal time in microseconds.
#[derive(Clone, Debug)]
pub struct Duration(Lognormal);

/// Processor time that one engine needs for one message.
#[derive(Clone, Debug)]
pub struct Service {
    message_micros: f64,
    byte_micros: f64,
    factor: Factor,
}

/// A random factor for a mean time. Its own mean is one.
#[derive(Clone, Debug)]
enum Factor {
    One,
    Exponential,
    Lognormal(Lognormal),
}

/// A lognormal number. Exponentials come from a table because `exp` costs as much as the rest of a draw. Between two
/// points of the table, the interpolated value is off by less than sigma squared times 0.00003 of the value.
#[derive(Clone, Debug)]
struct Lognormal {
    mu: f64,
    sigma: f64,
    table: Vec<f64>,
}

/// The table covers this many standard deviations on either side of the mean, with this many steps for each.
const TABLE_SIGMAS: f64 = 6.0;
const TABLE_STEPS: f64 = 64.0;

impl Choice {
    /// A choice by weights, at least one of which is above zero.
    ///
    /// # Panics
    /// If no weight is above zero, or one is negative or not finite.
    pub fn new(weights: Vec<f64>) -> Self {
        assert!(weights.iter().sum::<f64>() > 0.0, "at least one weight must be above zero");
        let alone = weights.len() == 1;
        let alias = (!alone).then(|| WeightedAliasIndex::new(weights).expect("weights are finite and not negative"));
        Choice { alias }
    }

    /// Draws the place of one option.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> usize {
        self.alias.as_ref().map_or(0, |alias| alias.sample(generator))
    }
}

impl AtLeastOne {
    /// Numbers with this mean.
    pub fn new(mean: Mean) -> Self {
        let more = 1.0 - 1.0 / mean.get();
        AtLeastOne { more: (more > 0.0).then(|| Chance::new(more)) }
    }

    /// Draws one number.
    #[inline]
    pub fn draw(self, generator: &mut Generator) -> u32 {
        self.more.map_or(1, |more| 1 + run(more, generator, 10_000))
    }
}

/// Number of hits in a row, at most `most`.
#[inline]
pub fn run(chance: Chance, generator: &mut Generator, most: u32) -> u32 {
    let mut hits = 0;
    while hits < most && chance.hit(generator.next_u64()) {
        hits += 1;
    }
    hits
}

impl RecipientCount {
    /// The distribution that a scenario gives for recipients.
    pub fn new(recipients: &RecipientDistribution) -> Self {
        let probabilities = recipient_bins(recipients);
        let choice = Choice::new(probabilities.iter().map(|bin| bin.share.get()).collect());
        RecipientCount { choice, counts: probabilities.iter().map(|bin| (bin.from, bin.to)).collect() }
    }

    /// Draws one number.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        let (from, to) = self.counts[self.choice.draw(generator)];
        if from == to {
            from
        } else {
            from + crate::stream::below(generator.next_u64(), u64::from(to - from + 1)) as u32
        }
    }
}

/// The probabilities of 1, 2, 3... recipients.
pub fn recipient_probabilities(recipients: &RecipientDistribution) -> Vec<f64> {
    let bins = recipient_bins(recipients);
    let most = bins.iter().map(|bin| bin.to).max().unwrap_or(1) as usize;
    let total: f64 = bins.iter().map(|bin| bin.share.get()).sum();
    let mut probabilities = vec![0.0; most];
    for bin in bins {
        for count in bin.from..=bin.to {
            probabilities[count as usize - 1] += bin.share.get() / total / f64::from(bin.to - bin.from + 1);
        }
    }
    probabilities
}

/// The mean of a distribution given as the probabilities of 1, 2, 3...
pub fn mean_count(probabilities: &[f64]) -> f64 {
    probabilities.iter().zip(1u32..).map(|(probability, count)| probability * f64::from(count)).sum()
}

fn recipient_bins(recipients: &RecipientDistribution) -> Vec<CountBin> {
    let Some(exponent) = recipients.zeta else { return recipients.bins.clone() };
    let share = |count: u32| Amount::new(libm::pow(f64::from(count), -exponent.get()));
    (1..=recipients.max).map(|count| CountBin { from: count, to: count, share: share(count) }).collect()
}

impl Bytes {
    /// The distribution that a scenario gives for sizes.
    pub fn new(size: &Size) -> Self {
        Bytes {
            choice: Choice::new(size.parts.iter().map(|part| part.share.get()).collect()),
            parts: size.parts.iter().map(|part| Lognormal::new(part.mu.get(), part.sigma.get())).collect(),
            most: f64::from(size.max_bytes),
        }
    }

    /// Draws one size, at least 64 bytes.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        self.parts[self.choice.draw(generator)].draw(generator).clamp(64.0, self.most) as u32
    }
}

impl Duration {
    /// The distribution that a scenario gives for sessions.
    pub fn new(session: &Session) -> Self {
        Duration(Lognormal::new(libm::log(session.median.micros().max(1) as f64), session.sigma.get()))
    }

    /// Draws one duration in microseconds, at most an hour.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u64 {
        self.0.draw(generator).min(3.6e9) as u64
    }
}

impl Service {
    /// The distribution of the time that an engine needs, from its cost in the scenario.
    pub fn new(work: &MessageCost) -> Self {
        let sigma = work.sigma.get();
        Service {
            message_micros: work.message.micros() as f64,
            byte_micros: work.kib.micros() as f64 / 1024.0,
            factor: match work.spread {
                Spread::Fixed => Factor::One,
                Spread::Exponential => Factor::Exponential,
                Spread::Lognormal => Factor::Lognormal(Lognormal::new(-0.5 * sigma * sigma, sigma)),
            },
        }
    }

    /// Draws the time for one message in microseconds, at most an hour.
    #[inline]
    pub fn draw(&self, size_bytes: u32, generator: &mut Generator) -> u64 {
        let mean = self.message_micros + self.byte_micros * f64::from(size_bytes);
        let factor = match &self.factor {
            Factor::One => 1.0,
            Factor::Exponential => Exp1.sample(generator),
            Factor::Lognormal(lognormal) => lognormal.draw(generator),
        };
        (mean * factor).min(3.6e9) as u64
    }
}

impl Lognormal {
    fn new(mu: f64, sigma: f64) -> Self {
        let points = (2.0 * TABLE_SIGMAS * TABLE_STEPS) as usize;
        let at = |point: usize| libm::exp(mu + sigma * (point as f64 / TABLE_STEPS - TABLE_SIGMAS));
        Lognormal { mu, sigma, table: (0..=points).map(at).collect() }
    }

    #[inline]
    fn draw(&self, generator: &mut Generator) -> f64 {
        let normal: f64 = StandardNormal.sample(generator);
        let place = (normal + TABLE_SIGMAS) * TABLE_STEPS;
        let point = place as usize;
        match self.table.get(point..).and_then(|rest| rest.first_chunk()) {
            Some([low, high]) if place >= 0.0 => low + (high - low) * (place - point as f64),
            _ => libm::exp(self.mu + self.sigma * normal),
        }
    }
}
