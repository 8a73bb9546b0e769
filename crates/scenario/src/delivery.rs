//! Delivery: retries, and the TLS settings for destinations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{HOUR, MINUTE, Span};

/// The retries of undelivered mail, by the appliance or by senders that it turned away.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BounceProfile {
    /// The wait before the first retry. Each further wait is twice as long.
    pub first_wait: Span,
    /// The longest wait between two retries.
    pub longest_wait: Span,
    /// The largest number of retries.
    pub max_retries: u32,
    /// The time after the first attempt at which a message is given up.
    pub max_time: Span,
}

/// The TLS settings for destinations.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationControls {
    /// The setting for every domain that is not in `domains`.
    pub default: DestinationTls,
    /// The settings for single domains.
    pub domains: Vec<DestinationControl>,
}

/// The TLS setting for one destination.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationControl {
    /// The destination domain.
    pub domain: String,
    /// The setting for it.
    pub tls: DestinationTls,
}

/// The use of TLS for mail to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationTls {
    /// TLS is never used.
    #[default]
    No,
    /// TLS is used if the destination offers it.
    Preferred,
    /// Mail is delivered over TLS only.
    Required,
    /// TLS is used if the destination offers it, and the certificate is verified.
    PreferredVerify,
    /// Mail is delivered over TLS only, to a destination whose certificate can be verified.
    RequiredVerify,
}

impl Default for BounceProfile {
    /// The defaults of the appliance.
    fn default() -> Self {
        BounceProfile {
            first_wait: Span::from_micros(MINUTE),
            longest_wait: Span::from_micros(HOUR),
            max_retries: 100,
            max_time: Span::from_micros(72 * HOUR),
        }
    }
}
