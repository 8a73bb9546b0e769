//! The appliances of a site: what each of them can do, and how it counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, HOUR, SECOND, Span};

/// One gateway of the site.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appliance {
    /// The name of its directory of exports: lower-case letters, digits, dots, hyphens and underscores.
    pub name: String,
    /// Its part of the load; the parts of all appliances are set against their sum.
    #[serde(default = "one")]
    pub load: Amount,
    /// How many messages a connection stopped by reputation counts for.
    #[serde(default = "three")]
    pub reputation_multiplier: u32,
    /// Processor cores; CPU usage is a percentage of all of them.
    #[serde(default = "eight")]
    pub cores: u32,
    /// Messages of the work queue that are processed at the same time.
    #[serde(default = "six")]
    pub workers: u32,
    /// Processor time by engine.
    #[serde(default)]
    pub cost: Cost,
    /// How outgoing connections are counted in the TLS categories.
    #[serde(default)]
    pub counting: Counting,
    /// Where it stops taking more.
    #[serde(default)]
    pub limits: Limits,
}

/// Where an appliance stops taking more. The limits of listeners are their own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections to outside at the same time. Deliveries beyond wait until one ends.
    pub outbound_connections: u32,
    /// Room for the messages in the work queue and for those waiting for delivery, in KiB. As long as it is full, listeners
    /// turn connections away.
    pub queue_kib: u64,
    /// Messages in the work queue above which listeners are suspended; without it they never are.
    pub suspend_above: Option<u32>,
    /// Messages in the work queue down to which suspended listeners wait until they are resumed; without it `suspend_above`.
    pub resume_at: Option<u32>,
    /// Messages in the work queue above which there is reason to worry. Nothing hangs on it but figures.
    pub queue_warning: u32,
}

/// How an appliance counts outgoing connections in the TLS categories.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Counting {
    /// The counting rule: every-plain, as documented, or another one that `crates/catalogue/TABLES.md` lists.
    pub rule: String,
    /// Under load-shed: connections in clear are lost in base intervals with more outgoing connections a minute.
    pub busy_above: Amount,
    /// Under first-contact: a connection in clear is counted once per destination and stretch of so much time.
    pub known_for: Span,
}

/// Processor time by engine. What the defaults are for a C650 was never published: they are assumed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Anti-spam scanning of one message in the work queue.
    pub anti_spam: Work,
    /// Anti-virus scanning of one message in the work queue.
    pub anti_virus: Work,
    /// Content filters and all else that happens to one message in the work queue.
    pub mail_processing: Work,
    /// Mail processing for each incoming connection, outside the work queue.
    pub connection: Span,
    /// Mail processing for each outgoing connection, outside the work queue.
    pub delivery: Span,
    /// Reporting, for each connection and each message.
    pub reporting: Span,
    /// Quarantine, for each message that goes into one.
    pub quarantine: Span,
}

/// The processor time that one engine needs for one message.
#[derive(Clone, Copy, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Work {
    /// For every message, whatever its size.
    pub message: Span,
    /// For each KiB of the message, on top.
    pub kib: Span,
    /// How the time varies around that mean.
    pub spread: Spread,
    /// The sigma of the logarithm, where the spread is lognormal.
    pub sigma: Amount,
}

/// How a time varies around its mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// Not at all.
    #[default]
    Fixed,
    /// Exponentially.
    Exponential,
    /// Lognormally, with `sigma`.
    Lognormal,
}

impl Default for Cost {
    fn default() -> Self {
        let millis = |millis: u64| Span::from_micros(millis * SECOND / 1000);
        let work = |message, kib_micros, sigma| Work {
            message: millis(message),
            kib: Span::from_micros(kib_micros),
            spread: Spread::Lognormal,
            sigma: Amount::new(sigma),
        };
        Cost {
            anti_spam: work(120, 600, 0.8),
            anti_virus: work(40, 900, 0.6),
            mail_processing: work(25, 150, 0.4),
            connection: millis(6),
            delivery: millis(20),
            reporting: millis(3),
            quarantine: millis(40),
        }
    }
}

/// Published: 10,000 connections outwards, a mail queue of 71,303,168 KB, work-queue back-ups above 10,000 messages as the
/// warning. That listeners are suspended by the size of the work queue is in the vendor's list of alerts; from what size
/// on is not.
impl Default for Limits {
    fn default() -> Self {
        Limits {
            outbound_connections: 10_000,
            queue_kib: 71_303_168,
            suspend_above: None,
            resume_at: None,
            queue_warning: 10_000,
        }
    }
}

/// The rule is the documented one. The limits of the others are assumed: nothing was published about them.
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
