//! Delivery: how mail is tried again, and the TLS settings for destinations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{HOUR, MINUTE, Span};

/// How undelivered mail is tried again: by the appliance, or by senders that it turned away.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BounceProfile {
    /// The wait before the first retry; it doubles with each that follows.
    pub first_wait: Span,
    /// The longest wait.
    pub longest_wait: Span,
    /// The most retries.
    pub max_retries: u32,
    /// How long after the first attempt a message is given up.
    pub max_time: Span,
}

/// The TLS settings for destinations.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationControls {
    /// For every domain that is not listed.
    pub default: DestinationTls,
    /// For the domains that are.
    pub domains: Vec<DestinationControl>,
}

/// The TLS setting for one destination.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationControl {
    /// The domain.
    pub domain: String,
    /// Its setting.
    pub tls: DestinationTls,
}

/// Whether mail to a destination is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationTls {
    /// Never.
    #[default]
    No,
    /// Where it can be had.
    Preferred,
    /// Always.
    Required,
    /// Where it can be had, and the certificate is looked at.
    PreferredVerify,
    /// Always, with a certificate that can be verified.
    RequiredVerify,
}

impl Default for BounceProfile {
    /// The appliance's own.
    fn default() -> Self {
        BounceProfile {
            first_wait: Span::from_micros(MINUTE),
            longest_wait: Span::from_micros(HOUR),
            max_retries: 100,
            max_time: Span::from_micros(72 * HOUR),
        }
    }
}
