//! The properties that classes of senders and flows share: rhythms, listed domains, recipients, sizes and sessions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, SECOND, Span};

/// How volume varies over the week, the day and from day to day, in the site's own time zone.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rhythm {
    /// Factors for Monday to Sunday, set against their mean.
    pub week: [Amount; 7],
    /// Factors for the hours 00 to 23 of a working day, set against their mean.
    pub day: [Amount; 24],
    /// Factors for the hours 00 to 23 of Saturday and Sunday; without them those of a working day.
    pub weekend_day: Option<[Amount; 24]>,
    /// The sigma of the logarithm of a factor, of mean one, that is drawn for each day.
    pub day_to_day: Amount,
}

/// A domain listed by itself.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedDomain {
    /// The domain, or the name of a host that is rolled up to its domain.
    pub domain: String,
    /// Connections (incoming) or messages (outgoing, in recipients) a week at the scenario's volume 1.
    pub per_week: Amount,
}

/// How many recipients a message (transaction) has: either by a zeta law or by bins.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// The exponent of a zeta law: n recipients with a probability in proportion to n^-zeta.
    #[serde(default)]
    pub zeta: Option<Amount>,
    /// The most recipients that the zeta law gives.
    #[serde(default = "hundred")]
    pub max: u32,
    /// Bins, each uniform from one number to another.
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
    /// The part, set against the sum of all bins.
    pub share: Amount,
}

/// Sizes in bytes: a mixture of lognormals, cut above.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// The lognormals.
    pub parts: Vec<SizePart>,
    /// The largest size in bytes.
    #[serde(default = "twenty_megabytes")]
    pub max_bytes: u32,
}

/// One lognormal of a mixture.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SizePart {
    /// Its part, set against the sum of all parts.
    #[serde(default = "one")]
    pub share: Amount,
    /// The mean of the logarithm of the size in bytes.
    pub mu: Amount,
    /// The sigma of the logarithm.
    pub sigma: Amount,
}

/// Durations of sessions: lognormal.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// The median.
    pub median: Span,
    /// The sigma of the logarithm.
    pub sigma: Amount,
}

impl Default for Rhythm {
    fn default() -> Self {
        Rhythm { week: [Amount::ONE; 7], day: [Amount::ONE; 24], weekend_day: None, day_to_day: Amount::default() }
    }
}

impl Default for Recipients {
    fn default() -> Self {
        Recipients { zeta: None, max: hundred(), bins: vec![CountBin { from: 1, to: 1, share: Amount::ONE }] }
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
