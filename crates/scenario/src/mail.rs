//! The properties that classes of senders and flows share: rhythms, listed domains, recipients, sizes and sessions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, SECOND, Span};

/// The variation of a volume over the week, over the day and from day to day, in the site's time zone.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rhythm {
    /// Factors for Monday to Sunday, relative to their mean.
    pub week: [Amount; 7],
    /// Factors for the hours 00 to 23 of a working day, relative to their mean.
    pub day: [Amount; 24],
    /// Factors for the hours 00 to 23 of Saturday and Sunday, relative to their mean. The default is `day`.
    pub weekend_day: Option<[Amount; 24]>,
    /// The volume of each day is multiplied by a lognormal factor of mean 1. This is the sigma of its logarithm.
    pub day_to_day: Amount,
}

/// A domain with a volume of its own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedDomain {
    /// The domain. A host name is counted under its domain.
    pub domain: String,
    /// Connections (incoming) or recipients (outgoing) a week, at the scenario's volume 1.
    pub per_week: Amount,
}

/// The number of recipients of a message (transaction): either a zeta law or bins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipientDistribution {
    /// The exponent of a zeta law: n recipients have a probability in proportion to n^-zeta.
    #[serde(default)]
    pub zeta: Option<Amount>,
    /// The largest number that the zeta law gives.
    #[serde(default = "hundred")]
    pub max: u32,
    /// Bins of numbers. Numbers within a bin are equally probable.
    #[serde(default)]
    pub bins: Vec<CountBin>,
}

/// A bin of a whole-number distribution.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountBin {
    /// The smallest number, 1 or more.
    pub from: u32,
    /// The largest number.
    pub to: u32,
    /// The weight of the bin, relative to the sum of all bins.
    pub share: Amount,
}

/// Sizes in bytes: a mixture of lognormals with a largest size.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// The lognormals of the mixture.
    pub parts: Vec<SizePart>,
    /// The largest size in bytes.
    #[serde(default = "twenty_megabytes")]
    pub max_bytes: u32,
}

/// One lognormal of a mixture of sizes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SizePart {
    /// The weight of the lognormal, relative to the sum of all parts.
    #[serde(default = "one")]
    pub share: Amount,
    /// The mean of the logarithm of the size in bytes.
    pub mu: Amount,
    /// The sigma of the logarithm of the size.
    pub sigma: Amount,
}

/// Durations of sessions, lognormal.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// The median duration.
    pub median: Span,
    /// The sigma of the logarithm of the duration.
    pub sigma: Amount,
}

impl Default for Rhythm {
    fn default() -> Self {
        Rhythm { week: [Amount::ONE; 7], day: [Amount::ONE; 24], weekend_day: None, day_to_day: Amount::default() }
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
