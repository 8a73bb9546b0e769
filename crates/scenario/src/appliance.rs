//! Appliances: loads, processor times, limits and counting rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, DAY, HOUR, SECOND, Share, Span};

/// The largest queue in KiB, a pebibyte. Products of its bytes and times do not overflow.
const MAX_QUEUE_KIB: u64 = 1 << 40;

/// One appliance of the site.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Appliance {
    /// Name of the appliance and of its directory of exports: lower-case letters, digits, dots, hyphens and underscores.
    pub name: String,
    /// Load of the appliance, relative to the sum of the loads of all appliances.
    #[serde(default = "one")]
    pub load: Amount,
    /// Number of messages that the reports count for one connection stopped by reputation filtering.
    #[serde(default = "three")]
    #[schemars(range(max = 1000))]
    pub reputation_multiplier: u32,
    /// Number of processor cores. CPU usage is a percentage of all cores.
    #[serde(default = "eight")]
    #[schemars(range(min = 1, max = 1000))]
    pub cores: u32,
    /// Number of messages of the work queue that are processed at the same time, at most `cores`.
    #[serde(default = "six")]
    #[schemars(range(min = 1, max = 1000))]
    pub workers: u32,
    /// Processor time of each engine.
    #[serde(default)]
    pub cost: Cost,
    /// Rule by which outgoing connections are counted in the TLS categories.
    #[serde(default)]
    pub counting: Counting,
    /// Limits of the appliance: outgoing connections, queue and work queue.
    #[serde(default)]
    pub limits: ApplianceLimits,
    /// The work of the machine beside its mail.
    #[serde(default)]
    pub machine: Machine,
}

/// The work of the machine beside its mail. All values are assumptions, within the few figures that status commands of appliances show: the
/// functions explain up to 17 points less than the whole CPU usage, and reporting is mostly at 0.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Machine {
    /// True switches all of this off: processors are used for mail and reports only.
    pub none: bool,
    /// Mean share of all cores that the operating system uses, at most 0.1. It is part of the CPU usage, but of none of its functions.
    #[schemars(extend("maximum" = 0.1))]
    pub idle: Share,
    /// Standard deviation of that share over base intervals, at most 0.02.
    #[schemars(extend("maximum" = 0.02))]
    pub noise: Share,
    /// Mean number of updates of engines in a week, at random moments.
    #[schemars(extend("maximum" = 100.0))]
    pub updates_per_week: Amount,
    /// Largest share of all cores that an update uses for five minutes, at most 0.1. The smallest is a quarter of it.
    #[schemars(extend("maximum" = 0.1))]
    pub update_load: Share,
    /// Median time for which an update stops the work queue, at most 10 minutes. A few updates stop it much longer than most.
    pub update_pause: Span,
    /// Share of the reporting that waits for a job after 02:00 GMT. Jobs after each hour do the rest.
    pub nightly_reports: Share,
    /// Mean time between restarts at random moments. A restart takes one or two base intervals, or one if they are longer than half an hour.
    /// Default: 58 days, the longest of three uptimes in published status pages. 0s means none; otherwise it is at least an hour. Events may add others.
    pub restarts_apart: Span,
}

/// Limits of an appliance: outgoing connections, queue and work queue. Listeners have their own limits.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApplianceLimits {
    /// Largest number of simultaneous outgoing connections. Further deliveries wait until a connection ends.
    #[schemars(range(min = 1))]
    pub outbound_connections: u32,
    /// Space for messages in the work queue and messages that wait for delivery, in KiB. While it is full, listeners turn
    /// connections away.
    #[schemars(range(min = 1, max = MAX_QUEUE_KIB))]
    pub queue_kib: u64,
    /// Number of messages in the work queue above which listeners are suspended. Default: listeners are never suspended.
    #[schemars(range(min = 1))]
    pub suspend_above: Option<u32>,
    /// Number of messages in the work queue at which suspended listeners resume. Default: `suspend_above`.
    pub resume_at: Option<u32>,
    /// Number of messages in the work queue above which plans report a warning. It has no effect on the mail.
    pub queue_warning: u32,
}

/// Rule by which outgoing connections are counted in the TLS categories.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Counting {
    /// Counting rule: every-plain, the documented rule, or another one that `crates/catalogue/TABLES.md` lists.
    pub rule: String,
    /// For load-shed: outgoing connections per minute above which a base interval counts no unencrypted connections.
    pub busy_above: Amount,
    /// For first-contact: time in which only the first unencrypted connection to a destination is counted.
    pub known_for: Span,
}

/// Processor time of each engine, each time at most 1h. The defaults are assumptions, because the vendor published no such times for a C650.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Anti-spam scanning, per transaction in the work queue.
    pub anti_spam: MessageCost,
    /// Anti-virus scanning, per transaction in the work queue.
    pub anti_virus: MessageCost,
    /// Content filters and all other mail processing, per transaction in the work queue.
    pub mail_processing: MessageCost,
    /// Mail processing per incoming connection, outside the work queue.
    pub connection: Span,
    /// Mail processing per outgoing connection, outside the work queue.
    pub delivery: Span,
    /// Reporting, per connection and per transaction.
    pub reporting: Span,
    /// Quarantine, per transaction that is quarantined.
    pub quarantine: Span,
}

/// Processor time of one engine for one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MessageCost {
    /// Mean time per transaction, whatever its size.
    pub message: Span,
    /// Mean additional time per KiB of the transaction.
    pub kib: Span,
    /// Distribution of the time around its mean.
    pub spread: Spread,
    /// Sigma of the logarithm of the time, if the distribution is lognormal.
    #[schemars(extend("maximum" = 10.0))]
    pub sigma: Amount,
}

/// Distribution of a time around its mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spread {
    /// The time is always the mean.
    #[default]
    Fixed,
    /// The time is exponentially distributed.
    Exponential,
    /// The time is lognormally distributed, with `sigma`.
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
/// messages in the work queue. The vendor's list of alerts says that the size of the work queue suspends listeners, but not
/// at which size.
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

impl Default for Machine {
    fn default() -> Self {
        Machine {
            none: false,
            idle: Share::new(0.03),
            noise: Share::new(0.004),
            updates_per_week: Amount::new(20.0),
            update_load: Share::new(0.08),
            update_pause: Span::from_micros(15 * SECOND),
            nightly_reports: Share::new(0.3),
            restarts_apart: Span::from_micros(58 * DAY),
        }
    }
}

/// The default is the documented rule. The thresholds of the other rules are assumptions.
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
