//! Distributions, made ready from the scenario's own words.

use rand::Rng;
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_scenario::{Amount, CountBin, Mean, Recipients, Session, Size, Spread, Work};

use crate::stream::{Chance, Generator};

/// A choice by weights.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Nothing to draw where there is one thing to choose.
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
    parts: Vec<(f64, f64)>,
    most: f64,
}

/// A time in microseconds, lognormal.
#[derive(Clone, Copy, Debug)]
pub struct Duration {
    mu: f64,
    sigma: f64,
}

/// Processor time of one engine for one message.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    message_micros: f64,
    byte_micros: f64,
    spread: Spread,
    sigma: f64,
}

impl Choice {
    /// A choice by weights of which at least one is more than zero.
    pub fn new(weights: Vec<f64>) -> Self {
        assert!(weights.iter().sum::<f64>() > 0.0, "a choice among nothing");
        let alone = weights.len() == 1;
        let alias = (!alone).then(|| WeightedAliasIndex::new(weights).expect("weights are finite and not negative"));
        Choice { alias }
    }

    /// The number of one choice.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> usize {
        self.alias.as_ref().map_or(0, |alias| alias.sample(generator))
    }
}

impl AtLeastOne {
    /// Numbers with that mean.
    pub fn new(mean: Mean) -> Self {
        let more = 1.0 - 1.0 / mean.get();
        AtLeastOne { more: (more > 0.0).then(|| Chance::new(more)) }
    }

    /// One number.
    #[inline]
    pub fn draw(self, generator: &mut Generator) -> u32 {
        self.more.map_or(1, |more| 1 + run(more, generator, 10_000))
    }
}

/// How many times in a row a chance is hit, up to a limit.
#[inline]
pub fn run(chance: Chance, generator: &mut Generator, most: u32) -> u32 {
    let mut hits = 0;
    while hits < most && chance.hit(generator.next_u64()) {
        hits += 1;
    }
    hits
}

impl RecipientCount {
    /// What a scenario says of recipients.
    pub fn new(recipients: &Recipients) -> Self {
        let probabilities = recipient_bins(recipients);
        let choice = Choice::new(probabilities.iter().map(|bin| bin.share.get()).collect());
        RecipientCount { choice, counts: probabilities.iter().map(|bin| (bin.from, bin.to)).collect() }
    }

    /// One number.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        let (from, to) = self.counts[self.choice.draw(generator)];
        if from == to { from } else { from + crate::stream::below(generator.next_u64(), u64::from(to - from + 1)) as u32 }
    }
}

/// The probabilities of 1, 2, 3... recipients.
pub fn recipient_probabilities(recipients: &Recipients) -> Vec<f64> {
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

/// The mean of a list of probabilities of 1, 2, 3...
pub fn mean_count(probabilities: &[f64]) -> f64 {
    probabilities.iter().zip(1u32..).map(|(probability, count)| probability * f64::from(count)).sum()
}

fn recipient_bins(recipients: &Recipients) -> Vec<CountBin> {
    let Some(exponent) = recipients.zeta else { return recipients.bins.clone() };
    let share = |count: u32| Amount::new(libm::pow(f64::from(count), -exponent.get()));
    (1..=recipients.max).map(|count| CountBin { from: count, to: count, share: share(count) }).collect()
}

impl Bytes {
    /// What a scenario says of sizes.
    pub fn new(size: &Size) -> Self {
        Bytes {
            choice: Choice::new(size.parts.iter().map(|part| part.share.get()).collect()),
            parts: size.parts.iter().map(|part| (part.mu.get(), part.sigma.get())).collect(),
            most: f64::from(size.max_bytes),
        }
    }

    /// One size, 64 bytes or more.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        let (mu, sigma) = self.parts[self.choice.draw(generator)];
        let normal: f64 = StandardNormal.sample(generator);
        libm::exp(mu + sigma * normal).clamp(64.0, self.most) as u32
    }
}

impl Duration {
    /// What a scenario says of sessions.
    pub fn new(session: &Session) -> Self {
        Duration { mu: libm::log(session.median.micros().max(1) as f64), sigma: session.sigma.get() }
    }

    /// One duration in microseconds, at most an hour.
    #[inline]
    pub fn draw(self, generator: &mut Generator) -> u64 {
        let normal: f64 = StandardNormal.sample(generator);
        libm::exp(self.mu + self.sigma * normal).min(3.6e9) as u64
    }
}

impl Service {
    /// What a scenario says of an engine's work.
    pub fn new(work: &Work) -> Self {
        Service {
            message_micros: work.message.micros() as f64,
            byte_micros: work.kib.micros() as f64 / 1024.0,
            spread: work.spread,
            sigma: work.sigma.get(),
        }
    }

    /// The time for one message in microseconds, at most an hour.
    #[inline]
    pub fn draw(self, size_bytes: u32, generator: &mut Generator) -> u64 {
        let mean = self.message_micros + self.byte_micros * f64::from(size_bytes);
        let factor = match self.spread {
            Spread::Fixed => 1.0,
            Spread::Exponential => Exp1.sample(generator),
            Spread::Lognormal => {
                let normal: f64 = StandardNormal.sample(generator);
                libm::exp(self.sigma * (normal - 0.5 * self.sigma))
            }
        };
        (mean * factor).min(3.6e9) as u64
    }
}
