//! Measurements of one hour. The journal writes each group of numbers as an array, in the order of its fields.

use serde::{Deserialize, Serialize};
use tollgate_simulation::TurnedAway;

/// The measurements of one appliance in one hour, or of several together. Times are in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourMeasurement {
    /// Its start, since the Unix epoch.
    pub begin: u64,
    /// Its length.
    pub span: u64,
    /// Messages (transactions) that entered the work queue.
    pub accepted: u64,
    /// The number of messages in the work queue, integrated over time.
    pub depth_time: u64,
    /// The largest number of messages in the work queue.
    pub depth_max: u64,
    /// The time during which the work queue is above its warning.
    pub above_warning: u64,
    /// Processor time by function.
    pub cpu: CpuTime,
    /// The busy time, added up over the workers.
    pub workers_busy: u64,
    /// Connections to public listeners.
    pub public: ConnectionUse,
    /// Connections to private listeners.
    pub private: ConnectionUse,
    /// Outgoing connections.
    #[serde(rename = "outbound")]
    pub outgoing: ConnectionUse,
    /// The queue's disk.
    pub disk_kib: DiskUse,
    /// The largest use of each limited resource.
    pub used: Utilisation,
    /// Connections that were turned away.
    #[serde(with = "turned_away_as_array")]
    pub turned_away: TurnedAway,
    /// Delivery attempts that had to wait until another connection ended.
    pub deferred: u64,
}

/// Processor time by function, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 6]", into = "[u64; 6]")]
pub struct CpuTime {
    /// Anti-spam scanning.
    pub anti_spam: u64,
    /// Anti-virus scanning.
    pub anti_virus: u64,
    /// Mail processing.
    pub mail_processing: u64,
    /// Reporting.
    pub reporting: u64,
    /// Quarantines.
    pub quarantine: u64,
    /// Everything else, such as the operating system and updates.
    pub other: u64,
}

/// The use of connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct ConnectionUse {
    /// The open time in microseconds, added up over the connections.
    pub open_time: u64,
    /// The largest number of connections in one second. For listeners it is that of the listener with the most.
    pub most: u64,
}

/// The use of a disk, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct DiskUse {
    /// The mean over time.
    pub mean: u64,
    /// The maximum.
    pub most: u64,
}

/// The most that was used of each limited resource, in millionths of the resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u64; 4]", into = "[u64; 4]")]
pub struct Utilisation {
    /// Connections to the public listener that is nearest its limit.
    pub public: u64,
    /// Connections to the private listener that is nearest its limit.
    pub private: u64,
    /// Outgoing connections.
    pub outgoing: u64,
    /// The queue's disk.
    pub disk: u64,
}

impl CpuTime {
    /// The time of everything.
    pub fn total(self) -> u64 {
        <[u64; 6]>::from(self).iter().sum()
    }
}

impl Utilisation {
    /// The use of the resource that is nearest its limit.
    pub fn most(self) -> u64 {
        <[u64; 4]>::from(self).into_iter().max().unwrap_or_default()
    }
}

impl From<[u64; 6]> for CpuTime {
    fn from([anti_spam, anti_virus, mail_processing, reporting, quarantine, other]: [u64; 6]) -> Self {
        CpuTime { anti_spam, anti_virus, mail_processing, reporting, quarantine, other }
    }
}

impl From<CpuTime> for [u64; 6] {
    fn from(CpuTime { anti_spam, anti_virus, mail_processing, reporting, quarantine, other }: CpuTime) -> Self {
        [anti_spam, anti_virus, mail_processing, reporting, quarantine, other]
    }
}

impl From<(u64, u64)> for ConnectionUse {
    fn from((open_time, most): (u64, u64)) -> Self {
        ConnectionUse { open_time, most }
    }
}

impl From<ConnectionUse> for (u64, u64) {
    fn from(ConnectionUse { open_time, most }: ConnectionUse) -> Self {
        (open_time, most)
    }
}

impl From<(u64, u64)> for DiskUse {
    fn from((mean, most): (u64, u64)) -> Self {
        DiskUse { mean, most }
    }
}

impl From<DiskUse> for (u64, u64) {
    fn from(DiskUse { mean, most }: DiskUse) -> Self {
        (mean, most)
    }
}

impl From<[u64; 4]> for Utilisation {
    fn from([public, private, outgoing, disk]: [u64; 4]) -> Self {
        Utilisation { public, private, outgoing, disk }
    }
}

impl From<Utilisation> for [u64; 4] {
    fn from(Utilisation { public, private, outgoing, disk }: Utilisation) -> Self {
        [public, private, outgoing, disk]
    }
}

mod turned_away_as_array {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use tollgate_simulation::TurnedAway;

    pub(super) fn serialize<S: Serializer>(turned_away: &TurnedAway, serializer: S) -> Result<S::Ok, S::Error> {
        let &TurnedAway { public, private, suspended, disk } = turned_away;
        [public, private, suspended, disk].serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TurnedAway, D::Error> {
        let [public, private, suspended, disk] = Deserialize::deserialize(deserializer)?;
        Ok(TurnedAway { public, private, suspended, disk })
    }
}
