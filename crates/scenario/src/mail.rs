//! Properties that classes and flows share: rhythms, recipients, sizes and sessions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, DAY, Moment, SECOND, Span};
use crate::variation::VariesLike;

/// Variation of a volume over the week, over the day and from day to day, in the site's time zone.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rhythm {
    /// Factors for Monday to Sunday, relative to their mean.
    pub week: [Amount; 7],
    /// Factors for the hours 00 to 23 of a working day, relative to their mean.
    pub day: [Amount; 24],
    /// Factors for the hours 00 to 23 of Saturday and Sunday, relative to their mean. Default: `day`.
    pub weekend_day: Option<[Amount; 24]>,
    /// Factors for the 168 hours of the week from Monday 00 on, relative to their mean. They replace `week`, `day` and `weekend_day`.
    /// Default: those three.
    #[schemars(length(min = 168, max = 168))]
    pub hours: Option<Vec<Amount>>,
    /// Factors of known days. They replace holidays and random variation from day to day. Default: none.
    pub days: Option<KnownDays>,
    /// The volume as it was in a span of time. It replaces the rhythm, holidays and all random variation there. Default: none.
    pub observed: Option<Observed>,
    /// Random variation from day to day, in addition to that of `variation`. Each day's volume is multiplied by a lognormal factor of mean
    /// 1, which depends on no other day or volume, and this is the sigma of its logarithm.
    #[schemars(extend("maximum" = 2.0))]
    pub day_to_day: Amount,
    /// The kind of mail whose levels the volume shares (see `variation`). Default: `sent` for flows, `spam` for classes with more than half `spam`, `virus` or
    /// `invalid_recipients`, and `received` for other classes.
    pub varies_like: Option<VariesLike>,
}

/// Factors of known days, which multiply the rhythm.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownDays {
    /// Beginning of the first day. Each day has 24 hours.
    pub begin: Moment,
    /// A factor for each day.
    #[schemars(length(min = 1, max = 10_000))]
    pub factors: Vec<Amount>,
}

/// A volume as it was in a span of time, step by step.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// Beginning of the first step, at a full five minutes.
    pub begin: Moment,
    /// Length of a step: 5 minutes or a multiple of it.
    pub step: Span,
    /// The volume of each step, relative to the mean volume of the class or flow.
    #[schemars(length(min = 1, max = 500_000))]
    pub factors: Vec<Amount>,
}

impl KnownDays {
    /// The factor at a moment, if the day is known.
    pub fn at(&self, moment: Moment) -> Option<f64> {
        factor_at(&self.factors, self.begin, DAY, moment)
    }
}

impl Observed {
    /// The factor at a moment, if it is in one of the steps.
    pub fn at(&self, moment: Moment) -> Option<f64> {
        factor_at(&self.factors, self.begin, self.step.micros(), moment)
    }
}

fn factor_at(factors: &[Amount], begin: Moment, step: u64, moment: Moment) -> Option<f64> {
    let since = moment.micros().checked_sub(begin.micros())?;
    factors.get((since / step) as usize).map(|factor| factor.get())
}

/// Distribution of the number of recipients per transaction: either a zeta law or bins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientDistribution {
    /// Exponent of a zeta law, above 1: n recipients have a probability in proportion to n^-zeta.
    #[serde(default)]
    #[schemars(extend("exclusiveMinimum" = 1.0))]
    pub zeta: Option<Amount>,
    /// Largest number that the zeta law gives.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 100_000))]
    pub max: u32,
    /// Bins of numbers. All numbers in a bin are equally probable.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub bins: Vec<CountBin>,
}

impl RecipientDistribution {
    /// The mean number.
    pub fn mean(&self) -> f64 {
        let (mut weight, mut weighted) = (0.0, 0.0);
        match self.zeta {
            Some(zeta) => {
                for count in 1..=self.max {
                    let probability = f64::from(count).powf(-zeta.get());
                    weight += probability;
                    weighted += probability * f64::from(count);
                }
            }
            None => {
                for bin in &self.bins {
                    weight += bin.share.get();
                    weighted += bin.share.get() * (f64::from(bin.from) + f64::from(bin.to)) / 2.0;
                }
            }
        }
        weighted / weight
    }
}

/// A bin of a distribution of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountBin {
    /// Smallest number, at least 1.
    #[schemars(range(min = 1, max = 100_000))]
    pub from: u32,
    /// Largest number.
    #[schemars(range(min = 1, max = 100_000))]
    pub to: u32,
    /// Weight of the bin, relative to the sum of all bins.
    pub share: Amount,
}

/// Distribution of sizes in bytes: a mixture of lognormal distributions, up to a largest size.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Lognormal distributions of the mixture.
    #[schemars(length(max = 20))]
    pub parts: Vec<SizePart>,
    /// Largest size in bytes. The headers of a message hardly fit into less than 64.
    #[serde(default = "twenty_megabytes")]
    #[schemars(range(min = 64))]
    pub max_bytes: u32,
}

/// One lognormal distribution of a mixture of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SizePart {
    /// Weight of this part, relative to the sum of all parts.
    #[serde(default = "one")]
    pub share: Amount,
    /// Mean of the natural logarithm of the size in bytes.
    #[schemars(extend("maximum" = 50.0))]
    pub mu: Amount,
    /// Sigma of the natural logarithm of the size.
    #[schemars(extend("maximum" = 10.0))]
    pub sigma: Amount,
}

/// Durations of sessions: lognormally distributed, at most an hour.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Median duration.
    pub median: Span,
    /// Sigma of the logarithm of the duration.
    #[schemars(extend("maximum" = 10.0))]
    pub sigma: Amount,
}

impl Default for Rhythm {
    fn default() -> Self {
        Rhythm {
            week: [Amount::ONE; 7],
            day: [Amount::ONE; 24],
            weekend_day: None,
            hours: None,
            days: None,
            observed: None,
            day_to_day: Amount::default(),
            varies_like: None,
        }
    }
}

impl Default for RecipientDistribution {
    fn default() -> Self {
        RecipientDistribution {
            zeta: None,
            max: hundred(),
            bins: vec![CountBin { from: 1, to: 1, share: Amount::ONE }],
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Session { median: Span::from_micros(2 * SECOND), sigma: Amount::ONE }
    }
}

fn one() -> Amount {
    Amount::ONE
}

fn hundred() -> u32 {
    100
}

fn twenty_megabytes() -> u32 {
    20_000_000
}
