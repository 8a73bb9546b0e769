//! Compares the counts of a run with a second, slower way of counting: one appliance after another, one fact after
//! another, into one map, without shards, windows, runs of equal intervals or merging.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use tollgate_gateway::{Judged, Mail, OutgoingTls, Verdict, WorkQueue};
use tollgate_ledger::{
    Control, Delivery, DeliveryKey, Group, IncomingTls, Outcome, Part, Sender, System, User, Virus, filter_key,
};
use tollgate_scenario::{Action, DestinationTls, HOUR, Override, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation, Tally, Workers};

/// Counts by appliance, beginning of the interval, account, key and cell.
type Facts = BTreeMap<(usize, u64, &'static str, u64, usize), u64>;

/// Collects the counts of a run.
#[derive(Default)]
struct Collector {
    facts: Facts,
    intervals: Vec<(usize, u64)>,
}

impl Observer for Collector {
    type Error = std::convert::Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Self::Error> {
        self.intervals.push((closed.appliance, closed.begin_micros));
        for part in Part::ALL {
            for (key, last, cells) in closed.counts.rows(part) {
                for (cell, count) in cells.into_iter().enumerate().filter(|&(_, count)| count > 0) {
                    self.facts.insert((closed.appliance, closed.begin_micros, part.name(), key, cell), count);
                }
                if part == Part::Addresses {
                    let note = [last.opened.0, u64::from(last.group), u64::from(last.population)];
                    for (cell, value) in note.into_iter().enumerate().filter(|&(_, value)| value > 0) {
                        self.facts.insert((closed.appliance, closed.begin_micros, "address notes", key, cell), value);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The slow way of counting.
struct Oracle<'a> {
    scenario: &'a Scenario,
    simulation: &'a Simulation,
    appliance: usize,
    facts: Facts,
}

impl Oracle<'_> {
    fn add(&mut self, at: u64, account: &'static str, key: u64, cell: impl Into<usize>, count: u64) {
        let time = &self.scenario.time;
        if count > 0 && at < time.end().micros() {
            let interval = time.export_interval.micros();
            *self.facts.entry((self.appliance, at / interval * interval, account, key, cell.into())).or_default() +=
                count;
        }
    }

    fn add_time(&mut self, from: u64, to: u64, cell: System, weight: u64) {
        let interval = self.scenario.time.export_interval.micros();
        let mut at = from;
        while at < to {
            let next = ((at / interval + 1) * interval).min(to);
            self.add(at, "system", 0, cell, (next - at) * weight);
            at = next;
        }
    }

    fn sender(&mut self, at: u64, source: (u32, u32, u32), opened: u64, note: (u16, u16), cell: Sender, count: u64) {
        if count == 0 {
            return;
        }
        self.add(at, "domains", source.1.into(), cell, count);
        self.add(at, "owners", source.2.into(), cell, count);
        self.add(at, "addresses", source.0.into(), cell, count);
        let time = &self.scenario.time;
        if time.begin.micros() <= at && at < time.end().micros() {
            let interval = time.export_interval.micros();
            let begin = at / interval * interval;
            let note = [opened, note.0.into(), note.1.into()];
            let key = |cell| (self.appliance, begin, "address notes", u64::from(source.0), cell);
            let latest = self.facts.get(&key(0)).copied().unwrap_or(0);
            if opened > latest {
                for (cell, value) in note.into_iter().enumerate() {
                    self.facts.remove(&key(cell));
                    if value > 0 {
                        self.facts.insert(key(cell), value);
                    }
                }
            }
        }
    }

    fn count(&mut self) {
        let time = &self.scenario.time;
        let start = time.start().micros() / HOUR * HOUR;
        let hours: Vec<u64> = (start..time.end().micros()).step_by(HOUR as usize).collect();
        let schedule = self.simulation.schedule();
        let judge = |&begin: &u64| self.simulation.gateway().judge(schedule, &schedule.hour(self.appliance, begin));
        let judged: Vec<Judged> = hours.iter().map(judge).collect();
        let appliance = self.scenario.appliances[self.appliance].clone();
        let end = start + hours.len() as u64 * HOUR;
        self.add_time(start, end, System::Elapsed, 1);
        self.add_time(start, end, System::CpuCapacity, u64::from(appliance.cores));
        for hour in &judged {
            self.connections(hour);
        }
        // The mail of all hours passes through the queue at once. As in a run, mail that enters after the end is left
        // out.
        let mut mail: Vec<(&Judged, &Mail)> =
            judged.iter().flat_map(|hour| hour.mail.iter().map(move |mail| (hour, mail))).collect();
        mail.retain(|(_, mail)| mail.entered < end);
        mail.sort_by_key(|(_, mail)| (mail.entered, mail.message.identity));
        let mut queue = WorkQueue::new(appliance.workers as usize, start);
        let mut depths: Vec<(u64, u64, u64)> = Vec::new();
        let mut stays = Vec::new();
        for (_, mail) in &mail {
            stays.push(
                queue.enter(mail.entered, mail.service_micros(), |from, to, depth| depths.push((from, to, depth))),
            );
        }
        queue.advance(end, |from, to, depth| depths.push((from, to, depth)));
        self.depths(&depths);
        for ((hour, mail), stay) in mail.into_iter().zip(stays) {
            self.add(stay.left, "system", 0, System::QueueLeft, 1);
            self.add(stay.left, "system", 0, System::QueueTime, stay.left - mail.entered);
            let mut from = stay.started;
            for (cell, service) in [System::CpuAntiSpam, System::CpuAntiVirus, System::CpuMailProcessing]
                .into_iter()
                .zip(mail.message.service)
            {
                self.add_time(from, from + u64::from(service), cell, 1);
                from += u64::from(service);
            }
            self.add_time(stay.left, stay.left + appliance.cost.reporting.micros(), System::CpuReporting, 1);
            self.mail(hour, mail, stay.left);
        }
        self.delay_work(start);
        let begin = time.begin.micros();
        self.facts.retain(|&(_, interval, ..), _| interval >= begin);
    }

    /// Delays work that exceeds the time of the cores: reporting first, then quarantines, then mail processing.
    fn delay_work(&mut self, start: u64) {
        let interval = self.scenario.time.export_interval.micros();
        let mut late = [System::CpuReporting, System::CpuQuarantine, System::CpuMailProcessing].map(|cell| (cell, 0));
        for begin in (start / interval * interval..self.scenario.time.end().micros()).step_by(interval as usize) {
            let key = |cell: System| (self.appliance, begin, "system", 0, cell as usize);
            let engines = [System::CpuAntiSpam, System::CpuAntiVirus];
            let engines = engines.map(|cell| self.facts.get(&key(cell)).copied().unwrap_or(0));
            let mut room = self.facts[&key(System::CpuCapacity)] - engines.iter().sum::<u64>();
            // The first work to be delayed is the last to be done.
            for (cell, late) in late.iter_mut().rev() {
                let wanted = self.facts.remove(&key(*cell)).unwrap_or(0) + *late;
                let done = wanted.min(room);
                (*late, room) = (wanted - done, room - done);
                if done > 0 {
                    self.facts.insert(key(*cell), done);
                }
            }
        }
    }

    fn depths(&mut self, depths: &[(u64, u64, u64)]) {
        let interval = self.scenario.time.export_interval.micros();
        for &(from, to, depth) in depths {
            self.add_time(from, to, System::QueueDepthTime, depth);
            let mut begin = from / interval * interval;
            while begin < to {
                if depth > 0 && self.scenario.time.begin.micros() <= begin && begin < self.scenario.time.end().micros()
                {
                    let key = (self.appliance, begin, "system", 0, System::QueueDepthMax as usize);
                    let most = self.facts.entry(key).or_default();
                    *most = (*most).max(depth);
                }
                begin += interval;
            }
        }
    }

    fn connections(&mut self, hour: &Judged) {
        let cost = self.scenario.appliances[self.appliance].cost.clone();
        for batch in &hour.batches {
            for at in 0..batch.connections.len() {
                let connection = batch.connections.get(at);
                let opened = connection.opened;
                let source = (connection.address, connection.domain, connection.owner);
                let note = (batch.admissions.group[at], batch.population);
                let action = self.simulation.gateway().policy(batch.admissions.policy[at]).action;
                let (group, sender) = match action {
                    Action::Accept => (Group::Accept, Some(Sender::Accepted)),
                    Action::Relay => (Group::Relay, None),
                    Action::Reject => (Group::Reject, Some(Sender::Rejected)),
                    Action::TcpRefuse => (Group::TcpRefuse, Some(Sender::Refused)),
                };
                self.add(opened, "groups", note.0.into(), group, 1);
                if let Some(cell) = sender {
                    self.sender(opened, source, opened, note, cell, 1);
                }
                self.add_time(opened, opened + cost.connection.micros(), System::CpuMailProcessing, 1);
                self.add_time(opened, opened + cost.reporting.micros(), System::CpuReporting, 1);
                let Some(received) = batch.received.iter().find(|received| received.connection as usize == at) else {
                    continue;
                };
                if action == Action::Relay {
                    continue;
                }
                self.add(opened, "system", 0, System::IncomingMessages, received.messages.into());
                self.add(opened, "system", 0, System::IncomingBytes, received.bytes);
                let name = format!("{:?}", received.tls);
                let place =
                    ["SuccessfulRequired", "SuccessfulPreferred", "FailedRequired", "FailedPreferred", "Unencrypted"];
                let tls = place.iter().position(|&each| each == name).unwrap();
                self.add(opened, "incoming_tls", connection.domain.into(), tls, 1);
                let carried = if tls < 2 { IncomingTls::EncryptedMessages } else { IncomingTls::UnencryptedMessages };
                self.add(opened, "incoming_tls", connection.domain.into(), carried, received.recipients.into());
                self.sender(opened, source, opened, note, Sender::Throttled, received.throttled.into());
                self.sender(opened, source, opened, note, Sender::Invalid, received.invalid.into());
            }
        }
    }

    fn mail(&mut self, hour: &Judged, mail: &Mail, left: u64) {
        let gateway = self.simulation.gateway();
        let (first, count) = mail.message.recipients;
        let span = first as usize..(first + count) as usize;
        let found = gateway.scan(&mail.message, left);
        let note = (mail.standing.1, mail.standing.2);
        let quarantine = self.scenario.appliances[self.appliance].cost.quarantine.micros();
        let mut matches = Vec::new();
        gateway.matches(&mail.message, mail.outgoing, &mut matches);
        // The filters that act on a user: those that apply, up to the first that stops the message.
        let acting = |user: u32| {
            let mut acting = Vec::new();
            for &each in matches.iter().filter(|&&each| gateway.applies(each, user)) {
                acting.push(each);
                if each.action.stops() {
                    break;
                }
            }
            acting
        };
        if let Some(outbreak) = found.held_for {
            self.add(found.at, "outbreaks", outbreak.into(), 0usize, count.into());
            self.add_time(left, left + quarantine, System::CpuQuarantine, 1);
        }
        if mail.outgoing {
            return self.outgoing(hour, mail, found.at, found.verdict, &acting(mail.message.sender));
        }
        let mut held = false;
        for &user in &hour.users[span] {
            let (cell, user_cell) = match found.verdict {
                Verdict::Spam => (Sender::Spam, User::IncomingSpam),
                Verdict::Virus(virus) => {
                    self.add(found.at, "viruses", virus.into(), Virus::Incoming, 1);
                    (Sender::Virus, User::IncomingVirus)
                }
                Verdict::Clean => {
                    let acting = acting(user);
                    for each in &acting {
                        self.add(found.at, "filters", filter_key(each.filter.into(), user), 0usize, 1);
                        held |= each.action == tollgate_scenario::FilterAction::Quarantine;
                    }
                    self.add(found.at, "users", user.into(), User::IncomingMatched, u64::from(!acting.is_empty()));
                    if acting.last().is_some_and(|last| last.action.stops()) {
                        (Sender::Filtered, User::IncomingFiltered)
                    } else {
                        (Sender::Clean, User::IncomingClean)
                    }
                }
            };
            self.add(found.at, "users", user.into(), user_cell, 1);
            self.sender(found.at, mail.source, mail.opened.0, note, cell, 1);
        }
        if held {
            self.add_time(found.at, found.at + quarantine, System::CpuQuarantine, 1);
        }
    }

    fn outgoing(&mut self, hour: &Judged, mail: &Mail, at: u64, verdict: Verdict, acting: &[tollgate_gateway::Match]) {
        let (first, count) = mail.message.recipients;
        let groups = &hour.groups[first as usize..(first + count) as usize];
        let recipients: u64 = groups.iter().map(|group| u64::from(group.recipients)).sum();
        let user = mail.message.sender;
        if let Verdict::Virus(virus) = verdict {
            self.add(at, "viruses", virus.into(), Virus::Outgoing, recipients);
            self.add(at, "users", user.into(), User::OutgoingVirus, recipients);
            return;
        }
        for each in acting {
            self.add(at, "filters", filter_key(each.filter.into(), user), 0usize, recipients);
        }
        self.add(at, "users", user.into(), User::OutgoingMatched, if acting.is_empty() { 0 } else { recipients });
        let cost = self.scenario.appliances[self.appliance].cost.clone();
        if let Some(last) = acting.last().filter(|last| last.action.stops()) {
            self.add(at, "users", user.into(), User::OutgoingFiltered, recipients);
            if last.action == tollgate_scenario::FilterAction::Quarantine {
                self.add_time(at, at + cost.quarantine.micros(), System::CpuQuarantine, 1);
            }
            return;
        }
        self.add(at, "users", user.into(), User::OutgoingClean, recipients);
        let mut connections = Vec::new();
        for (number, group) in (0..).zip(groups) {
            let behaviour = self.simulation.schedule().behaviour(group.behaviour);
            let key = (mail.message.identity, number);
            self.simulation.gateway().deliver(group, behaviour, at, key, |each| connections.push((group.domain, each)));
        }
        for &(domain, each) in &connections {
            let control = match each.control {
                DestinationTls::No => Control::No,
                DestinationTls::Preferred | DestinationTls::PreferredVerify => Control::Preferred,
                DestinationTls::Required | DestinationTls::RequiredVerify => Control::Required,
            };
            let outcome = match each.tls {
                OutgoingTls::NotTried => Outcome::NotTried,
                OutgoingTls::NotOffered => Outcome::NotOffered,
                OutgoingTls::Negotiated => Outcome::Negotiated,
                OutgoingTls::FailedBefore220 => Outcome::FailedBefore220,
                OutgoingTls::FailedAfter220 => Outcome::FailedAfter220,
                OutgoingTls::NotVerified => Outcome::NotVerified,
                OutgoingTls::SecondConnection => Outcome::SecondConnection,
            };
            let base_interval = (each.at / self.scenario.time.base_interval.micros()) as u32;
            let key = DeliveryKey { domain, base_interval, control, outcome }.pack();
            self.add(each.at, "deliveries", key, Delivery::Connections, 1);
            self.add(each.at, "deliveries", key, Delivery::Attempts, each.first.into());
            self.add(each.at, "deliveries", key, Delivery::Copies, each.accepted.into());
            self.add(each.at, "deliveries", key, Delivery::Messages, each.delivered.into());
            self.add(each.at, "deliveries", key, Delivery::HardBounced, each.bounced.into());
            self.add_time(each.at, each.at + cost.delivery.micros(), System::CpuMailProcessing, 1);
        }
        if let Some(first) = connections.iter().filter(|(_, each)| each.accepted).map(|(_, each)| each.at).min() {
            self.add(first, "system", 0, System::OutgoingMessages, 1);
            self.add(first, "system", 0, System::OutgoingBytes, mail.message.size_bytes.into());
        }
    }
}

fn collect(simulation: &Simulation, threads: usize) -> (Collector, Vec<Tally>) {
    let mut collector = Collector::default();
    let Ok(tallies) = simulation.run(&Workers::new(Some(threads)).unwrap(), &mut collector);
    (collector, tallies)
}

/// `quiet-hour` with overrides. It uses every feature.
fn scenario(overrides: &[String]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    let overrides: Vec<Override> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn assert_counted_as_slowly(scenario: &Scenario, threads: usize) {
    let simulation = Simulation::new(scenario);
    let (run, tallies) = collect(&simulation, threads);
    let mut expected = Facts::new();
    for appliance in 0..scenario.appliances.len() {
        let mut oracle = Oracle { scenario, simulation: &simulation, appliance, facts: Facts::new() };
        oracle.count();
        expected.append(&mut oracle.facts);
    }
    for (fact, count) in &expected {
        assert_eq!(run.facts.get(fact), Some(count), "{fact:?}");
    }
    assert_eq!(run.facts.len(), expected.len(), "facts that should not be there");
    let count = (scenario.time.span.micros() / scenario.time.export_interval.micros()) as usize;
    assert_eq!(run.intervals.len(), count * scenario.appliances.len(), "every interval comes, and once");
    if scenario.time.warm_up.micros() == 0 {
        assert_nothing_is_lost(scenario, &run.facts, &tallies);
    }
}

/// Every accepted recipient was counted, or is still on the appliance at the end.
fn assert_nothing_is_lost(scenario: &Scenario, facts: &Facts, tallies: &[Tally]) {
    for (appliance, tally) in (0..scenario.appliances.len()).zip(tallies) {
        let sum = |account, cells: &[usize]| -> u64 {
            let wanted =
                facts.iter().filter(|(key, _)| key.0 == appliance && key.2 == account && cells.contains(&key.4));
            wanted.map(|(_, count)| count).sum()
        };
        let incoming = [Sender::Spam, Sender::Virus, Sender::Filtered, Sender::Clean].map(usize::from);
        let balance = tally.balance;
        assert_eq!(
            tally.incoming.recipients,
            sum("domains", &incoming) + balance.queued_incoming + balance.quarantined
        );
        let outgoing = [User::OutgoingVirus, User::OutgoingFiltered, User::OutgoingClean].map(usize::from);
        assert_eq!(tally.outgoing.recipients, sum("users", &outgoing) + balance.queued_outgoing);
        let ended = sum("deliveries", &[Delivery::Messages, Delivery::HardBounced].map(usize::from));
        assert_eq!(sum("users", &[User::OutgoingClean.into()]), ended + balance.waiting_for_retry);
    }
}

#[test]
fn a_quiet_hour_is_counted_as_slowly() {
    assert_counted_as_slowly(&scenario(&[]), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_scenario_is_counted_as_slowly(
        seed in 0u64..1_000_000,
        volume in 0.1f64..1.5,
        (span, interval) in prop_oneof![Just(("1h", "5m")), Just(("1h", "1h")), Just(("2h", "15m")), Just(("3h", "1h"))],
        // The scenario's outbreak begins in its warm-up.
        start in prop_oneof![Just(&["time.warm_up=0s", "outbreaks=[]"][..]), Just(&["time.warm_up=1h"][..])],
        workers in 1u32..=2,
        default in prop_oneof![Just("no"), Just("preferred"), Just("required"), Just("required-verify")],
        threads in 1usize..4,
    ) {
        let mut overrides = vec![
            format!("seed={seed}"),
            format!("volume={volume}"),
            format!("time.span={span}"),
            format!("time.export_interval={interval}"),
            format!("appliances.0.workers={workers}"),
            format!("destination_controls.default={default}"),
        ];
        overrides.extend(start.iter().map(|each| each.to_string()));
        assert_counted_as_slowly(&scenario(&overrides), threads);
    }
}
