//! Delivery: retries, and the TLS settings for destinations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{HOUR, MINUTE, Span};

/// Retries of undelivered mail, by the appliance or by senders that it turned away.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BounceProfile {
    /// Wait before the first retry. Each further wait is twice as long.
    pub first_wait: Span,
    /// Longest wait between two retries.
    pub longest_wait: Span,
    /// Largest number of retries.
    #[schemars(range(max = 10_000))]
    pub max_retries: u32,
    /// Time after the first attempt in which a message is tried again, at most 30 days. It is given up when its next attempt would be
    /// later.
    pub max_time: Span,
}

/// TLS settings for destinations.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationControls {
    /// Setting for every domain that is not in `domains`.
    pub default: DestinationTls,
    /// Settings for single domains.
    #[schemars(length(max = 10_000))]
    pub domains: Vec<DestinationControl>,
}

/// TLS setting for one destination.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationControl {
    /// Destination domain.
    pub domain: String,
    /// TLS setting for the domain.
    pub tls: DestinationTls,
}

/// Use of TLS for mail to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationTls {
    /// TLS is never used.
    #[default]
    No,
    /// TLS is used if the destination offers it.
    Preferred,
    /// Mail is delivered only over TLS.
    Required,
    /// TLS is used if the destination offers it, and the certificate is verified.
    PreferredVerify,
    /// Mail is delivered only over TLS, and only if the certificate can be verified.
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
