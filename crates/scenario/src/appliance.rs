//! Appliances: their load, processing costs, limits and way of counting.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, HOUR, SECOND, Span};

/// One appliance of the site.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appliance {
    /// The name of the appliance and of its directory of exports: lower-case letters, digits, dots, hyphens and underscores.
    pub name: String,
    /// The load of the appliance, relative to the sum of the loads of all appliances.
    #[serde(default = "one")]
    pub load: Amount,
    /// The number of messages for which a connection that reputation filtering stops is counted.
    #[serde(default = "three")]
    pub reputation_multiplier: u32,
    /// The number of processor cores. CPU usage is a percentage of all cores.
    #[serde(default = "eight")]
    pub cores: u32,
    /// The number of messages in the work queue that are processed at the same time.
    #[serde(default = "six")]
    pub workers: u32,
    /// The processor time of each engine.
    #[serde(default)]
    pub cost: Cost,
    /// The counting of outgoing connections in the TLS categories.
    #[serde(default)]
    pub counting: Counting,
    /// The limits beyond which the appliance takes no more.
    #[serde(default)]
    pub limits: ApplianceLimits,
}

/// The limits beyond which an appliance takes no more. Listeners have limits of their own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApplianceLimits {
    /// The largest number of simultaneous outgoing connections. Further deliveries wait until a connection ends.
    pub outbound_connections: u32,
    /// The space for messages in the work queue and for messages that wait for delivery, in KiB. Listeners turn connections
    /// away while it is full.
    pub queue_kib: u64,
    /// The number of messages in the work queue above which listeners are suspended. By default they never are.
    pub suspend_above: Option<u32>,
    /// The number of messages in the work queue at which suspended listeners are resumed. The default is `suspend_above`.
    pub resume_at: Option<u32>,
    /// The number of messages in the work queue above which figures report a warning. It changes nothing else.
    pub queue_warning: u32,
}

/// The counting of outgoing connections in the TLS categories.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Counting {
    /// The counting rule: every-plain, as documented, or another one that `crates/catalogue/TABLES.md` lists.
    pub rule: String,
    /// For load-shed: unencrypted connections are not counted in base intervals with more outgoing connections a minute.
    pub busy_above: Amount,
    /// For first-contact: an unencrypted connection is counted once per destination in this time.
    pub known_for: Span,
}

/// The processor time of each engine. The defaults are assumptions: the vendor published no such times for a C650.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Anti-spam scanning, for each message in the work queue.
    pub anti_spam: MessageCost,
    /// Anti-virus scanning, for each message in the work queue.
    pub anti_virus: MessageCost,
    /// Content filters and all other mail processing, for each message in the work queue.
    pub mail_processing: MessageCost,
    /// Mail processing for each incoming connection, outside the work queue.
    pub connection: Span,
    /// Mail processing for each outgoing connection, outside the work queue.
    pub delivery: Span,
    /// Reporting, for each connection and for each message.
    pub reporting: Span,
    /// Quarantine, for each message that is quarantined.
    pub quarantine: Span,
}

/// The processor time that one engine needs for one message.
#[derive(Clone, Copy, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MessageCost {
    /// The time for each message of any size.
    pub message: Span,
    /// The additional time for each KiB of the message.
    pub kib: Span,
    /// The distribution of the time around its mean.
    pub spread: Spread,
    /// The sigma of the logarithm, if the distribution is lognormal.
    pub sigma: Amount,
}

/// The distribution of a time around its mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// The time is always the mean.
    #[default]
    Fixed,
    /// The time is exponential.
    Exponential,
    /// The time is lognormal, with `sigma`.
    Lognormal,
}

impl Default for Cost {
    fn default() -> Self {
        let millis = |millis: u64| Span::from_micros(millis * SECOND / 1000);
        let cost = |message, kib_micros, sigma| MessageCost {
            message: millis(message),
            kib: Span::from_micros(kib_micros),
            spread: Spread::Lognormal,
            sigma: Amount::new(sigma),
        };
        Cost {
            anti_spam: cost(120, 600, 0.8),
            anti_virus: cost(40, 900, 0.6),
            mail_processing: cost(25, 150, 0.4),
            connection: millis(6),
            delivery: millis(20),
            reporting: millis(3),
            quarantine: millis(40),
        }
    }
}

/// Three defaults are published: 10,000 outgoing connections, a mail queue of 71,303,168 KB, and a warning above 10,000
/// messages in the work queue. The vendor's list of alerts says that the size of the work queue suspends listeners. It does
/// not say at which size.
impl Default for ApplianceLimits {
    fn default() -> Self {
        ApplianceLimits {
            outbound_connections: 10_000,
            queue_kib: 71_303_168,
            suspend_above: None,
            resume_at: None,
            queue_warning: 10_000,
        }
    }
}

/// The default rule is the documented one. The thresholds of the other rules are assumptions.
impl Default for Counting {
    fn default() -> Self {
        Counting { rule: "every-plain".into(), busy_above: Amount::new(30.0), known_for: Span::from_micros(HOUR) }
    }
}

fn one() -> Amount {
    Amount::ONE
}

fn three() -> u32 {
    3
}

fn six() -> u32 {
    6
}

fn eight() -> u32 {
    8
}
