//! The equipment of an appliance: the sizes that its use is compared with.

use serde::Serialize;
use tollgate_scenario::{Appliance, ListenerKind, Scenario};
use tollgate_wording::{ByteNames, bytes, count, counted};

/// The equipment of an appliance or a whole site. For a site, cores and workers are sums. The other numbers are the smallest of
/// any appliance, because they are compared with maxima of single appliances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Equipment {
    /// Processor cores.
    pub cores: u64,
    /// Workers of the work queue.
    pub workers: u64,
    /// The warning of the work queue, in messages.
    pub queue_warning: u64,
    /// The highest limit of a public listener, in connections.
    pub public_connections: u64,
    /// The highest limit of a private listener, in connections.
    pub private_connections: u64,
    /// The limit of outgoing connections.
    pub outbound_connections: u64,
    /// The size of the queue's disk, in KiB.
    pub queue_kib: u64,
}

impl Equipment {
    /// The equipment in sentences.
    pub fn describe(&self) -> String {
        format!(
            "{} and {}; at most {} connections to a public listener, {} to a private listener and {} outgoing; {} of queue \
             disk. The work queue warns above {} messages.",
            counted(self.cores, "core"),
            counted(self.workers, "worker"),
            count(self.public_connections),
            count(self.private_connections),
            count(self.outbound_connections),
            bytes(self.queue_kib as f64 * 1024.0, ByteNames::Binary),
            count(self.queue_warning)
        )
    }

    /// The equipment of the whole site.
    pub(crate) fn of_site(scenario: &Scenario) -> Self {
        Equipment::of_appliances(scenario, &scenario.appliances)
    }

    /// The equipment of the appliance at that index in the scenario.
    pub(crate) fn of_appliance(scenario: &Scenario, place: usize) -> Self {
        Equipment::of_appliances(scenario, std::slice::from_ref(&scenario.appliances[place]))
    }

    fn of_appliances(scenario: &Scenario, appliances: &[Appliance]) -> Self {
        let sum = |of: fn(&Appliance) -> u64| appliances.iter().map(of).sum();
        let least = |of: fn(&Appliance) -> u64| appliances.iter().map(of).min().unwrap_or_default();
        let connections = |kind: ListenerKind| {
            let listeners = scenario.listeners.iter().filter(|listener| listener.kind == kind);
            listeners.map(|listener| u64::from(listener.max_connections())).max().unwrap_or_default()
        };
        Equipment {
            cores: sum(|appliance| u64::from(appliance.cores)),
            workers: sum(|appliance| u64::from(appliance.workers)),
            queue_warning: least(|appliance| u64::from(appliance.limits.queue_warning)),
            public_connections: connections(ListenerKind::Public),
            private_connections: connections(ListenerKind::Private),
            outbound_connections: least(|appliance| u64::from(appliance.limits.outbound_connections)),
            queue_kib: least(|appliance| appliance.limits.queue_kib),
        }
    }
}
