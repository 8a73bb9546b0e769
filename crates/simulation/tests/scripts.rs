//! Random scripts have their counts to the unit.

use proptest::prelude::*;
use tollgate_ledger::{Sender, User, Virus};
use tollgate_scenario::Scenario;
use tollgate_simulation::Simulation;

use crate::oracle::{Facts, assert_counted_as_slowly, collect};

/// A site without other mail. Its filters would match every message that is not of a script.
const SITE: &str = r#"
format = 1

[[appliances]]
name = "one"
machine = { none = true }

[users]
count = 20
domain = "example.com"

[[content_filters]]
name = "drops"
direction = "incoming"
action = "drop"
probability = 1
users = 0.5

[[content_filters]]
name = "holds"
direction = "incoming"
action = "quarantine"
probability = 1

[[virus_types]]
name = "A"
weight = 0

[[virus_types]]
name = "B"
weight = 1

[time]
begin = "2008-11-17T00:00:00Z"
span = "1h"
export_interval = "5m"
"#;

/// The counts of a script in the order of its keys, and its number of connections.
#[derive(Clone, Debug)]
struct Script {
    connections: u32,
    counts: [u64; 6],
    minutes: u32,
}

fn script() -> impl Strategy<Value = Script> {
    let count = prop_oneof![Just(0u64), 0u64..5, 0u64..400];
    (1u32..60, prop::array::uniform6(count), 0u32..50).prop_map(|(connections, counts, minutes)| Script {
        connections,
        counts,
        minutes,
    })
}

impl Script {
    fn incoming(&self) -> String {
        let Script { connections, counts: [messages, invalid, spam, virus, filtered, held], minutes } = self;
        format!(
            "[[scripted_incoming]]\nname = \"in\"\nbegin = \"2008-11-17T00:00:00Z\"\nspan = \"{minutes}m\"\n\
             host = \"mx.sender.example\"\naddress = \"203.0.113.7\"\nsbrs = 5\nconnections = {connections}\n\
             messages = {messages}\ninvalid = {invalid}\nspam = {spam}\nvirus = {virus}\nvirus_type = \"A\"\n\
             content_filter = {filtered}\ncontent_filter_name = \"drops\"\nquarantine = {held}\n"
        )
    }

    fn outgoing(&self) -> String {
        let Script { connections, counts: [messages, hard_bounces, _, virus, filtered, held], minutes } = self;
        format!(
            "[[scripted_outgoing]]\nname = \"out\"\nbegin = \"2008-11-17T00:00:00Z\"\nspan = \"{minutes}m\"\n\
             servers = {{ domain = \"example.com\", addresses = \"192.0.2.0/29\" }}\ndestination = \"bank.example\"\n\
             connections = {connections}\nmessages = {messages}\nhard_bounces = {hard_bounces}\nvirus = {virus}\n\
             virus_type = \"B\"\ncontent_filter = {filtered}\nquarantine = {held}\n"
        )
    }
}

/// The sum of a cell of an account over all keys and intervals.
fn sum(facts: &Facts, account: &str, cell: impl Into<usize>) -> u64 {
    let cell = cell.into();
    facts.iter().filter(|(fact, _)| fact.2 == account && fact.4 == cell).map(|(_, count)| count).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_script_has_its_counts(incoming in script(), outgoing in script()) {
        let text = format!("{SITE}{}{}", incoming.incoming(), outgoing.outgoing());
        let scenario = Scenario::parse(&text, "test.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
        let simulation = Simulation::new(&scenario);
        let (run, _) = collect(&simulation, 1);
        let [messages, invalid, spam, virus, filtered, held] = incoming.counts;
        for (cell, expected) in [
            (Sender::Clean, messages),
            (Sender::Invalid, invalid),
            (Sender::Spam, spam),
            (Sender::Virus, virus),
            (Sender::Filtered, filtered + held),
            (Sender::Throttled, 0),
        ] {
            for account in ["domains", "owners", "addresses"] {
                prop_assert_eq!(sum(&run.facts, account, cell), expected, "{} {:?}", account, cell);
            }
        }
        let [sent, hard_bounces, _, sent_virus, sent_filtered, sent_held] = outgoing.counts;
        for (cell, expected) in [
            (User::IncomingClean, messages),
            (User::IncomingSpam, spam),
            (User::IncomingVirus, virus),
            (User::IncomingFiltered, filtered + held),
            (User::IncomingMatched, filtered + held),
            (User::OutgoingClean, sent + hard_bounces),
            (User::OutgoingVirus, sent_virus),
            (User::OutgoingFiltered, sent_filtered + sent_held),
            (User::OutgoingMatched, sent_filtered + sent_held),
        ] {
            prop_assert_eq!(sum(&run.facts, "users", cell), expected, "{:?}", cell);
        }
        prop_assert_eq!(sum(&run.facts, "filters", 0usize), filtered + held + sent_filtered + sent_held);
        prop_assert_eq!(sum(&run.facts, "viruses", Virus::Incoming), virus);
        prop_assert_eq!(sum(&run.facts, "viruses", Virus::Outgoing), sent_virus);
        // The same on several threads, and counted in another way.
        assert_counted_as_slowly(&scenario, 3);
    }
}
