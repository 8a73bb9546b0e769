//! Decides what becomes of each connection and message: HAT, recipients, TLS, scanning, work queue, delivery.
//!
//! A [`Gateway`] is made once from a scenario. [`Gateway::judge`] takes an hour up to the work queue, [`WorkQueue`] finds
//! how long each message stays in it, [`Gateway::scan`] says what is found in it, [`Gateway::deliver`] brings it out.

mod deliver;
mod hat;
mod one_by_one;
mod queue;
mod receive;
mod retries;
mod scan;

use tollgate_scenario::{BounceProfile, Policy, Scenario};
use tollgate_traffic::Schedule;

use crate::deliver::Controls;
use crate::hat::Hat;
use crate::scan::{Filter, OutbreakRule};

pub use deliver::{Delivery, OutgoingConnection, OutgoingTls};
pub use hat::Admissions;
pub use one_by_one::{Caller, OneByOne};
pub use queue::{Stay, WorkQueue};
pub use receive::{Batch, Drawn, IncomingTls, Judged, Mail, Received, connection_number};
pub use retries::Retries;
pub use scan::{Found, Match, Verdict};

/// What every appliance of a site does with mail.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// By listener.
    hats: Vec<Hat>,
    /// Of all listeners, one listener's after another's.
    policies: Vec<Policy>,
    filters: Vec<Filter>,
    /// In the order of the directory.
    outbreaks: Vec<OutbreakRule>,
    controls: Controls,
    bounce_profile: BounceProfile,
}

impl Gateway {
    /// Makes a scenario's settings ready. The schedule is of the same scenario.
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
            bounce_profile: scenario.bounce_profile,
        }
    }

    /// A policy by its number.
    pub fn policy(&self, number: u16) -> &Policy {
        &self.policies[usize::from(number)]
    }
}
