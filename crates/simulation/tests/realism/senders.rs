//! Lives of spam sources.

use std::collections::HashMap;

use tollgate_ledger::Sender;
use tollgate_scenario::Scenario;
use tollgate_simulation::Simulation;

use crate::realism::page::judge;
use crate::realism::{SEEDS, keep, scenario, watch};

/// The classes that send only spam.
const SPAMMERS: &[&str] = &["spam-bots", "spam-standing", "harvesters"];

/// An address's connections, and the number of days on which it had any.
type Activity = (u64, u32);

fn activity_of_addresses(scenario: &Scenario) -> HashMap<u32, Activity> {
    let mut addresses: HashMap<u32, Activity> = HashMap::new();
    watch(&Simulation::new(scenario), |closed| {
        for row in closed.counts.addresses.rows() {
            let cells = [Sender::Accepted, Sender::Rejected, Sender::Refused];
            let connections: u64 = cells.map(|cell| row.cells[cell as usize]).iter().sum();
            // A message may leave the work queue on a day on which its sender has no connections.
            if connections > 0 {
                let activity = addresses.entry(row.key).or_default();
                activity.0 += connections;
                activity.1 += 1;
            }
        }
    });
    addresses
}

#[test]
fn spam_sources_live_as_briefly_as_published() {
    // The number of bots follows the volume. The number of standing hosts does not, so it is reduced here.
    let overrides =
        ["volume=0.1", "incoming.spam-standing.domains.count=150", "time.span=60d", "time.export_interval=1d"];
    let shares = SEEDS.map(|seed| {
        let mut scenario = scenario("c650-week", seed, &overrides);
        keep(&mut scenario, SPAMMERS);
        let addresses = activity_of_addresses(&scenario);
        let share = |is: fn(&Activity) -> bool| {
            addresses.values().filter(|activity| is(activity)).count() as f64 / addresses.len() as f64
        };
        (share(|&(connections, _)| connections <= 10), share(|&(_, days)| days <= 1))
    });
    judge("Spam sources with at most 10 connections in 60 days", shares.map(|shares| shares.0));
    judge("Spam sources active on at most one of 60 days", shares.map(|shares| shares.1));
}
