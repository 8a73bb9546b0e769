//! What an appliance was seen to do in one run. All of it in whole numbers, so that what is written down and read again is
//! the same.

use serde::{Deserialize, Serialize};

/// What all appliances of a site were seen to do in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// All of them together, as if they were one.
    pub site: Outcome,
    /// Each of them, in the order of the scenario.
    pub appliances: Vec<Outcome>,
}

/// What one appliance, or several together, were seen to do within the span of a scenario. Times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The appliance's name; of the whole site "all".
    pub name: String,
    /// The length of the span.
    pub span_micros: u64,
    /// Processor cores.
    pub cores: u64,
    /// Workers of the work queue.
    pub workers: u64,
    /// Connections that were taken up, whatever the Host Access Table said of them.
    pub connections: u64,
    /// Messages (transactions) that entered the work queue.
    pub entered: u64,
    /// Those of them that had to wait for a worker.
    pub waited: u64,
    /// Messages (transactions) that left the work queue.
    pub left: u64,
    /// Messages (transactions) of which outside accepted a copy.
    pub delivered: u64,
    /// How long messages that entered within the span waited for a worker.
    pub wait: Waits,
    /// How long they stayed in the work queue in all. The appliance's System Capacity page has the mean of those that
    /// left within an interval, which is another where the queue is longer at its end than at its beginning.
    pub delay: Waits,
    /// The backlog in which a message waited longest, if any had to wait.
    pub worst: Option<Backlog>,
    /// The longest backlog.
    pub longest: Option<Backlog>,
    /// Connections that were turned away and whose senders gave up.
    pub given_up: u64,
    /// Delivery attempts that had to wait for another connection to end.
    pub deferred: u64,
    /// What was exhausted, each resource once, in order of the first time.
    pub exhausted: Vec<Exhausted>,
    /// Hour by hour; of a span that is not whole hours, by the interval of its exports.
    pub hours: Vec<Hour>,
}

/// How long messages waited, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// How many.
    pub count: u64,
    /// The sum of all waits.
    pub sum: u64,
    /// What half of them did not exceed; this and the other percentiles are good to three digits.
    pub p50: u64,
    /// What 95 in 100 did not exceed.
    pub p95: u64,
    /// What 99 in 100 did not exceed.
    pub p99: u64,
    /// What 999 in 1,000 did not exceed.
    pub p999: u64,
    /// The longest.
    pub longest: u64,
}

/// A time in which messages were waiting without a break, in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// When the first message came that had to wait.
    pub begin: u64,
    /// When the message came that waited longest.
    pub peak: u64,
    /// How long that one waited.
    pub wait: u64,
    /// When the first message came that found a free worker again, or when a worker took the last of them up and no more
    /// came. Of one that did not end: when the last message that was seen to come is taken up.
    pub end: u64,
    /// Whether it ended. One that is not over when the span ends is watched until it is, or has lasted a day.
    pub ended: bool,
}

/// Something that an appliance has only so much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// The workers of the work queue.
    Workers,
    /// The processor, all cores of it.
    Processor,
    /// Connections to a public listener.
    PublicConnections,
    /// Connections to a private listener.
    PrivateConnections,
    /// Connections to outside.
    OutboundConnections,
    /// The queue's disk.
    QueueDisk,
    /// Listeners that take up connections: they are suspended as long as the work queue is too long.
    SuspendedListeners,
}

/// A resource that was exhausted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhausted {
    /// The resource.
    pub resource: Resource,
    /// The appliance.
    pub appliance: String,
    /// When that began, in microseconds since the Unix epoch: for the workers the begin of the backlog that lasted too long,
    /// or of the span if that is later; for all else the begin of the first hour in which there was not enough.
    pub begin: u64,
}

/// One hour of an appliance. Times are in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// When it begins, since the Unix epoch.
    pub begin: u64,
    /// How long it lasts.
    pub span: u64,
    /// Messages (transactions) accepted.
    pub accepted: u64,
    /// The integral of the messages in the work queue.
    pub depth_time: u64,
    /// The most messages in the work queue at once.
    pub depth_max: u64,
    /// Time with more of them than there is reason to worry from.
    pub above_warning: u64,
    /// Processor time by function: anti-spam, anti-virus, mail processing, reporting, quarantine.
    pub cpu: [u64; 5],
    /// Time that workers were busy.
    pub workers_busy: u64,
    /// The integral of the connections to public listeners, and the most in one second to any one.
    pub public: (u64, u64),
    /// The same of private listeners.
    pub private: (u64, u64),
    /// The same of connections to outside.
    pub outbound: (u64, u64),
    /// The mean and the most of the KiB on the queue's disk.
    pub disk_kib: (u64, u64),
    /// The most that was used of what there is, in millionths of it: of the connections to the public listener that had the
    /// fewest left, of those to the private one, of those to outside, and of the disk.
    pub used: [u64; 4],
    /// Connections turned away: as a public listener had all it may have, as a private one had, as listeners were
    /// suspended, as the disk was full.
    pub turned_away: [u64; 4],
    /// Delivery attempts that had to wait for another connection to end.
    pub deferred: u64,
}
