//! Distributions, prepared from a scenario's values.

use rand_distr::{Distribution, Exp1};
use tollgate_scenario::{Amount, Cost, CountBin, Mean, MessageCost, RecipientDistribution, Session, Size, Spread};

use crate::stream::{Chance, Generator, unit};

/// A weighted choice, as an alias table (Walker 1977, Vose 1991). One number decides it.
#[derive(Clone, Debug)]
pub struct Choice {
    cells: Vec<AliasCell>,
}

/// A cell of an alias table: `own` up to the threshold, and `other` from there on.
#[derive(Clone, Copy, Debug)]
struct AliasCell {
    threshold: u32,
    own: u32,
    other: u32,
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

/// The processor time that a message needs in the work queue, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceMicros {
    /// For anti-spam scanning.
    pub anti_spam: u32,
    /// For anti-virus scanning.
    pub anti_virus: u32,
    /// For other processing.
    pub processing: u32,
}

/// The processor time that messages need on an appliance.
#[derive(Clone, Debug)]
pub struct Services {
    anti_spam: Service,
    anti_virus: Service,
    processing: Service,
}

/// Processor time that one engine needs for one message.
#[derive(Clone, Debug)]
struct Service {
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

/// A lognormal number, drawn by its quantiles. A table has the quantiles at equal steps of probability, and the values between are
/// interpolated. With a sigma of 1, an interpolated value is off by less than 0.08 % of the value, and the second moment by less than
/// 0.02 %. The first and the last steps, whose quantiles lie far apart, are not interpolated.
#[derive(Clone, Debug)]
struct Lognormal {
    mu: f64,
    sigma: f64,
    quantiles: Vec<f64>,
}

/// Number of steps of probability, and the number at each end that are not interpolated.
const STEPS: usize = 1 << STEP_BITS;
const STEP_BITS: u32 = 10;
const OUTER_STEPS: usize = 8;

impl Choice {
    /// A choice of a place by weights, at least one of which is above zero.
    ///
    /// # Panics
    /// If no weight is above zero, or one is negative or not finite.
    pub fn new(weights: &[f64]) -> Self {
        Choice::of(weights, |place| place)
    }

    /// A choice of a value by weights, at least one of which is above zero. `value` gives the value of each place.
    ///
    /// # Panics
    /// If no weight is above zero, or one is negative or not finite.
    pub fn of(weights: &[f64], value: impl Fn(u32) -> u32) -> Self {
        let total: f64 = weights.iter().sum();
        assert!(total > 0.0 && total.is_finite(), "at least one weight must be above zero, and all must be finite");
        assert!(weights.iter().all(|&weight| weight >= 0.0), "no weight may be negative");
        // The first number is what is left of a place's weight, in units of the mean.
        let scale = weights.len() as f64 / total;
        let mut left: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..weights.len() as u32).partition(|&place| left[place as usize] < 1.0);
        let full = |place| AliasCell { threshold: u32::MAX, own: value(place), other: value(place) };
        let mut cells: Vec<AliasCell> = (0..weights.len() as u32).map(full).collect();
        while let (Some(&filled), Some(&giver)) = (small.last(), large.last()) {
            small.pop();
            let share = left[filled as usize];
            let cell = &mut cells[filled as usize];
            (cell.threshold, cell.other) = ((share * 4_294_967_296.0) as u32, value(giver));
            left[giver as usize] -= 1.0 - share;
            if left[giver as usize] < 1.0 {
                large.pop();
                small.push(giver);
            }
        }
        Choice { cells }
    }

    /// Draws a value.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        if let [only] = self.cells[..] { only.own } else { self.pick(generator.bits()) }
    }

    /// The value that 64 uniform bits give.
    #[inline]
    pub fn pick(&self, bits: u64) -> u32 {
        // The whole part of the product is the place, and the fraction is compared with the threshold.
        let product = u128::from(bits) * self.cells.len() as u128;
        let cell = self.cells[(product >> 64) as usize];
        if ((product as u64 >> 32) as u32) < cell.threshold { cell.own } else { cell.other }
    }

    /// Replaces every value.
    pub fn map(&mut self, value: impl Fn(u32) -> u32) {
        for cell in &mut self.cells {
            (cell.own, cell.other) = (value(cell.own), value(cell.other));
        }
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
    while hits < most && chance.hit(generator.bits()) {
        hits += 1;
    }
    hits
}

impl RecipientCount {
    /// The distribution that a scenario gives for recipients.
    pub fn new(recipients: &RecipientDistribution) -> Self {
        let probabilities = recipient_bins(recipients);
        let choice = Choice::new(&probabilities.iter().map(|bin| bin.share.get()).collect::<Vec<_>>());
        RecipientCount { choice, counts: probabilities.iter().map(|bin| (bin.from, bin.to)).collect() }
    }

    /// Draws one number.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        let (from, to) = self.counts[self.choice.draw(generator) as usize];
        if from == to { from } else { from + crate::stream::below(generator.bits(), u64::from(to - from + 1)) as u32 }
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

/// The weights of a rank-size law, the largest first: that of rank r is r^-slope.
pub(crate) fn rank_weights(count: usize, slope: f64) -> Vec<f64> {
    (1..=count).map(|rank| libm::pow(rank as f64, -slope)).collect()
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
            choice: Choice::new(&size.parts.iter().map(|part| part.share.get()).collect::<Vec<_>>()),
            parts: size.parts.iter().map(|part| Lognormal::new(part.mu.get(), part.sigma.get())).collect(),
            most: f64::from(size.max_bytes),
        }
    }

    /// Draws one size, at least 64 bytes.
    #[inline]
    pub fn draw(&self, generator: &mut Generator) -> u32 {
        self.parts[self.choice.draw(generator) as usize].draw(generator).clamp(64.0, self.most) as u32
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

impl Services {
    /// The distributions for an appliance, from its costs in the scenario.
    pub fn new(cost: &Cost) -> Self {
        let [anti_spam, anti_virus, processing] =
            [&cost.anti_spam, &cost.anti_virus, &cost.mail_processing].map(Service::new);
        Services { anti_spam, anti_virus, processing }
    }

    /// Draws the times for one message.
    #[inline]
    pub fn draw(&self, size_bytes: u32, generator: &mut Generator) -> ServiceMicros {
        ServiceMicros {
            anti_spam: self.anti_spam.draw(size_bytes, generator),
            anti_virus: self.anti_virus.draw(size_bytes, generator),
            processing: self.processing.draw(size_bytes, generator),
        }
    }
}

impl ServiceMicros {
    /// The whole time.
    #[inline]
    pub fn sum(self) -> u64 {
        u64::from(self.anti_spam) + u64::from(self.anti_virus) + u64::from(self.processing)
    }
}

impl Service {
    /// The distribution of the time that an engine needs, from its cost in the scenario.
    fn new(work: &MessageCost) -> Self {
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
    fn draw(&self, size_bytes: u32, generator: &mut Generator) -> u32 {
        let mean = self.message_micros + self.byte_micros * f64::from(size_bytes);
        let factor = match &self.factor {
            Factor::One => 1.0,
            Factor::Exponential => Exp1.sample(generator),
            Factor::Lognormal(lognormal) => lognormal.draw(generator),
        };
        (mean * factor).min(3.6e9) as u32
    }
}

impl Lognormal {
    fn new(mu: f64, sigma: f64) -> Self {
        let inner = |step: usize| (OUTER_STEPS..=STEPS - OUTER_STEPS).contains(&step);
        let quantile = |step: usize| {
            if inner(step) { libm::exp(mu + sigma * normal_quantile(step as f64 / STEPS as f64)) } else { 0.0 }
        };
        Lognormal { mu, sigma, quantiles: (0..=STEPS).map(quantile).collect() }
    }

    #[inline]
    fn draw(&self, generator: &mut Generator) -> f64 {
        // The first bits are the step, and the others the place in it.
        let bits = generator.bits();
        let step = (bits >> (64 - STEP_BITS)) as usize;
        if step.wrapping_sub(OUTER_STEPS) >= STEPS - 2 * OUTER_STEPS {
            return self.outer(unit(bits));
        }
        let (low, high) = (self.quantiles[step], self.quantiles[step + 1]);
        low + (high - low) * unit(bits << STEP_BITS)
    }

    #[cold]
    fn outer(&self, probability: f64) -> f64 {
        libm::exp(self.mu + self.sigma * normal_quantile(probability))
    }
}

/// The quantile of the standard normal distribution: Abramowitz and Stegun 26.2.23, which is off by less than 0.00045,
/// then two steps of Newton's method.
fn normal_quantile(probability: f64) -> f64 {
    // Zero has no quantile.
    let tail = probability.min(1.0 - probability).max(f64::MIN_POSITIVE);
    let t = libm::sqrt(-2.0 * libm::log(tail));
    let ratio = (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    let mut upper = t - ratio;
    for _ in 0..2 {
        let above = 0.5 * libm::erfc(upper * std::f64::consts::FRAC_1_SQRT_2);
        let density = libm::exp(-0.5 * upper * upper) / libm::sqrt(2.0 * std::f64::consts::PI);
        upper += (above - tail) / density;
    }
    if probability < 0.5 { -upper } else { upper }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::StreamKey;

    #[test]
    fn quantiles_of_the_normal_distribution_are_those_of_tables() {
        let known = [(0.5, 0.0), (0.841344746068543, 1.0), (0.975, 1.959963984540054), (0.001, -3.090232306167813)];
        for (probability, expected) in known {
            assert!((normal_quantile(probability) - expected).abs() < 1e-12, "{probability}");
        }
        assert!((normal_quantile(1e-15) + 7.941345326170997).abs() < 1e-9);
        assert!(normal_quantile(0.0).is_finite() && normal_quantile(1.0 - f64::EPSILON) > 8.0);
    }

    #[test]
    fn interpolated_values_are_close_to_exact_ones() {
        for sigma in [0.4, 2.0] {
            let lognormal = Lognormal::new(3.0, sigma);
            for number in 0..20_000 {
                let place = (f64::from(number) + 0.5) / 20_000.0 * STEPS as f64;
                let step = place as usize;
                if !(OUTER_STEPS..STEPS - OUTER_STEPS).contains(&step) {
                    continue;
                }
                let (low, high) = (lognormal.quantiles[step], lognormal.quantiles[step + 1]);
                let found = low + (high - low) * (place - step as f64);
                let exact = lognormal.outer(place / STEPS as f64);
                assert!(
                    (found / exact - 1.0).abs() < 0.0006 * (sigma + 0.4 * sigma * sigma),
                    "{place} {found} {exact}"
                );
            }
        }
    }

    #[test]
    fn a_choice_has_the_frequencies_of_its_weights() {
        let weights = [0.0, 5.0, 1.0, 0.25, 3.0, 0.75];
        let choice = Choice::of(&weights, |place| place + 10);
        let mut generator = StreamKey::new(7).generator();
        let mut counts = [0.0; 6];
        const DRAWS: u32 = 1_000_000;
        (0..DRAWS).for_each(|_| counts[choice.draw(&mut generator) as usize - 10] += 1.0);
        for (weight, count) in weights.into_iter().zip(counts) {
            let share = weight / 10.0;
            let expected = share * f64::from(DRAWS);
            assert!((count - expected).abs() <= 5.0 * (expected * (1.0 - share)).sqrt(), "{weight}: {count}");
        }
    }
}
