//! Where mail comes from: how long sources live, and what their addresses are like.

use std::collections::HashMap;

use tollgate_ledger::Sender;
use tollgate_scenario::Scenario;
use tollgate_simulation::Simulation;

use crate::figures::judge;
use crate::{SEEDS, keep, scenario, total, watch};

/// What sends spam and nothing else.
const SPAMMERS: &[&str] = &["spam-bots", "spam-standing", "harvesters"];

/// Connections of an address, and the days on which it had any.
type Activity = (u64, u32);

fn activity_of_addresses(scenario: &Scenario) -> HashMap<u32, Activity> {
    let mut addresses: HashMap<u32, Activity> = HashMap::new();
    watch(&Simulation::new(scenario), |closed| {
        for row in closed.counts.addresses.rows() {
            let cells = [Sender::Accepted, Sender::Rejected, Sender::Refused];
            let connections: u64 = cells.map(|cell| row.cells[cell as usize]).iter().sum();
            // A message may leave the work queue on a day on which its sender no longer connects.
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
    // There are as many bots as the volume needs, but standing hosts are so many whatever the volume.
    let overrides = ["volume=0.1", "incoming.spam-standing.domains.count=150", "time.span=60d", "time.export_interval=1d"];
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
    judge("Spam sources active on one day at most of 60", shares.map(|shares| shares.1));
}

#[test]
fn addresses_connect_as_often_and_are_named_as_badly_as_published() {
    let measured = SEEDS.map(|seed| {
        let simulation = Simulation::new(&scenario("c650-week", seed, &["time.export_interval=1d"]));
        let counts = total(&simulation);
        let (mut connections, mut rejected, mut unverified) = (0, 0, 0);
        for row in counts.addresses.rows() {
            let [accepted, blocked, refused] =
                [Sender::Accepted, Sender::Rejected, Sender::Refused].map(|cell| row.cells[cell as usize]);
            connections += accepted + blocked + refused;
            rejected += blocked;
            let host = simulation.directory().host(row.note.population, row.key);
            unverified += if host.verified { 0 } else { blocked };
        }
        (connections as f64 / counts.addresses.rows().len() as f64, unverified as f64 / rejected as f64)
    });
    judge("Connections of an address in a week", measured.map(|measured| measured.0));
    judge("Reverse DNS missing or unmatched among rejected connections", measured.map(|measured| measured.1));
}
