//! Measurements of a run. All numbers are whole, so writing and reading a measurement does not change it.

use serde::{Deserialize, Serialize};
use tollgate_scenario::DAY;

use crate::hour::HourMeasurement;

/// The measurements of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteMeasurement {
    /// All appliances together, as if they were one.
    pub site: Measurement,
    /// Each appliance, in the order of the scenario.
    pub appliances: Vec<Measurement>,
}

/// The measurements of one appliance, or of several together, within the span of a scenario. Times are in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// The appliance's name; `all` for the whole site.
    pub name: String,
    /// The length of the span.
    pub span_micros: u64,
    /// Processor cores.
    pub cores: u64,
    /// Workers of the work queue.
    pub workers: u64,
    /// Connections to listeners, whatever the HAT decides about them. Connections that are turned away do not count.
    pub connections: u64,
    /// Messages (transactions) that entered the work queue.
    pub entered: u64,
    /// Messages that entered the work queue and had to wait for a worker.
    pub waited: u64,
    /// Messages (transactions) that left the work queue.
    pub left: u64,
    /// Messages (transactions) that at least one outside server accepted.
    pub delivered: u64,
    /// Waits for a worker, of the messages that enter within the span.
    pub wait: Waits,
    /// Times in the work queue, including service, of the same messages. The appliance's System Capacity page shows the mean
    /// of the messages that leave within an interval. The two differ while the queue grows or shrinks.
    pub delay: Waits,
    /// The backlog with the longest wait of a message.
    pub worst: Option<Backlog>,
    /// The longest backlog.
    pub longest: Option<Backlog>,
    /// Connections that are turned away until their senders give up.
    pub given_up: u64,
    /// Delivery attempts that had to wait until another connection ended.
    pub deferred: u64,
    /// The resources that are exhausted, in order of their first exhaustion, without repetition.
    pub exhausted: Vec<Exhaustion>,
    /// The measurements of each hour, or of each export interval if the span does not consist of whole hours.
    pub hours: Vec<HourMeasurement>,
}

/// The distribution of waits, in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// The number of waits.
    pub count: u64,
    /// The sum of all waits. At loads far above the limit it exceeds 64 bits.
    pub sum: u128,
    /// The median. All percentiles are exact to three digits.
    pub p50: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile.
    pub p99: u64,
    /// 99.9th percentile.
    pub p999: u64,
    /// The longest wait.
    pub longest: u64,
    /// The percentiles whose share of longer waits is 1, then 40 for each factor of ten down to one in a million, and the named
    /// percentiles, in ascending order. They describe the whole distribution.
    pub levels: Vec<u64>,
}

/// A backlog: a time in which every message that arrives has to wait. Moments are in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// The arrival of the first message that had to wait.
    pub begin: u64,
    /// The arrival of the message that waited longest.
    pub peak: u64,
    /// The wait of that message, in microseconds.
    pub wait: u64,
    /// The arrival of the first later message that finds a free worker. If there is none, the moment at which a worker starts
    /// the last message.
    pub end: u64,
    /// True if it ended. A backlog that is open at the end of the span is followed until it ends or has lasted a day.
    pub ended: bool,
}

impl SiteMeasurement {
    /// The measurements of each part: the whole site, then each appliance if there are several.
    pub fn parts(&self) -> Vec<&Measurement> {
        let each = self.appliances.iter().filter(|_| self.appliances.len() > 1);
        std::iter::once(&self.site).chain(each).collect()
    }
}

impl Backlog {
    /// Its length in microseconds.
    pub fn span_micros(&self) -> u64 {
        self.end - self.begin
    }

    /// True if it lasted a day. The workers then do not keep up.
    pub fn lasted_a_day(&self) -> bool {
        self.span_micros() >= DAY
    }
}

/// A limited resource of an appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// The workers of the work queue.
    Workers,
    /// The processor: all cores together.
    Processor,
    /// Connections to a public listener.
    PublicConnections,
    /// Connections to a private listener.
    PrivateConnections,
    /// Outgoing connections.
    #[serde(rename = "outbound-connections")]
    OutgoingConnections,
    /// The queue's disk.
    QueueDisk,
    /// The listeners, which the appliance suspends while the work queue is too long.
    SuspendedListeners,
}

/// The exhaustion of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhaustion {
    /// The resource.
    pub resource: Resource,
    /// The appliance.
    pub appliance: String,
    /// Its start, in microseconds since the Unix epoch. For the workers it is the start of the backlog that lasts a day, or of
    /// the span if that is later. For other resources it is the start of the first hour in which they are exhausted.
    pub begin: u64,
}
