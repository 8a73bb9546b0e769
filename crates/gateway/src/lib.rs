//! Processes each connection and message: HAT, recipients, TLS, scanning, work queue, delivery.
//!
//! Make a [`Gateway`] once from a scenario. [`Gateway::draw`] draws an hour, [`Gateway::receive`] judges the mail of a
//! connection, [`WorkQueue`] computes each message's stay in the work queue, [`Gateway::scan`] gives the scan finding, and
//! [`Gateway::deliver`] delivers.

mod deliver;
mod hat;
mod outages;
mod queue;
mod receive;
mod retries;
mod scan;

use tollgate_scenario::{BounceProfile, Moment, Policy, Scenario};
use tollgate_traffic::Schedule;

use crate::deliver::Controls;
use crate::hat::Hat;
use crate::outages::Outages;
use crate::scan::{Filter, OutbreakRule};

pub use deliver::{Delivery, OutgoingConnection, OutgoingTls, attempt_key};
pub use hat::{Admission, PolicyId};
pub use queue::{Stay, Stop, WorkQueue};
pub use receive::{Caller, Chunk, ConnectionKey, HourlyLimits, IncomingTls, Judged, Mail, Origin, Received};
pub use retries::Retries;
pub use scan::{Match, ScanFinding, ScanResult};

/// The settings that every appliance of a site has.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// One for each listener.
    hats: Vec<Hat>,
    /// The policies of all listeners, one listener after another.
    policies: Vec<Policy>,
    filters: Vec<Filter>,
    /// In the order of the directory.
    outbreaks: Vec<OutbreakRule>,
    controls: Controls,
    outages: Outages,
    bounce_profile: BounceProfile,
}

impl Gateway {
    /// Prepares a scenario's settings. The schedule must be that of the same scenario.
    pub fn new(scenario: &Scenario, schedule: &Schedule) -> Self {
        let directory = schedule.directory();
        let mut policies = Vec::new();
        let mut hats = Vec::new();
        for listener in &scenario.listeners {
            hats.push(Hat::new(listener, policies.len(), directory));
            policies.extend(listener.policies.iter().cloned());
        }
        Gateway {
            hats,
            policies,
            filters: Filter::all(scenario, directory),
            outbreaks: OutbreakRule::all(scenario, directory),
            controls: Controls::new(scenario, directory),
            outages: Outages::new(scenario, directory),
            bounce_profile: scenario.bounce_profile,
        }
    }

    /// True if the internal hosts are unreachable at a moment.
    pub fn is_inside_unreachable(&self, at: Moment) -> bool {
        self.outages.cover_inside(at)
    }

    /// The policy with this identity.
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[usize::from(id.0)]
    }
}
