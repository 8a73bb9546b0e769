//! The slow way of counting.

use std::ops::Range;

use tollgate_gateway::{
    Caller, Chunk, HourlyLimits, Judged, Mail, Origin, OutgoingTls, Received, ScanFinding, WorkQueue,
};
use tollgate_ledger::{
    Delivery, DeliveryKey, IncomingTls, Sender, SenderGroup, System, TlsOutcome, TlsSetting, User, Virus, filter_key,
};
use tollgate_scenario::{Action, DAY, DestinationTls, HOUR, Moment, SECOND, Scenario};
use tollgate_simulation::Simulation;
use tollgate_traffic::{DomainId, Messages, UserId};

use super::Facts;

/// The connections of an hour in order of time, each with its mail if its policy accepts mail, and all mail.
struct JudgedHour {
    connections: Vec<(Origin, Option<Received>)>,
    judged: Judged,
}

/// The slow way of counting.
pub struct Oracle<'a> {
    pub scenario: &'a Scenario,
    pub simulation: &'a Simulation,
    pub appliance: usize,
    pub facts: Facts,
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

    fn sender(&mut self, at: u64, origin: &Origin, cell: Sender, count: u64) {
        if count == 0 {
            return;
        }
        self.add(at, "domains", origin.domain.number().into(), cell, count);
        self.add(at, "owners", origin.owner.number().into(), cell, count);
        self.add(at, "addresses", origin.address.bits().into(), cell, count);
        let time = &self.scenario.time;
        if time.begin.micros() <= at && at < time.end().micros() {
            let interval = time.export_interval.micros();
            let begin = at / interval * interval;
            let opened = origin.opened.micros();
            let note = [opened, origin.group.number().into(), origin.population.number().into()];
            let key = |cell| (self.appliance, begin, "address notes", u64::from(origin.address.bits()), cell);
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

    pub fn count(&mut self) {
        let time = &self.scenario.time;
        let start = time.start().micros() / HOUR * HOUR;
        let hours: Vec<u64> = (start..time.end().micros()).step_by(HOUR as usize).collect();
        let judged: Vec<JudgedHour> = hours.iter().map(|&begin| self.judge(begin)).collect();
        let appliance = self.scenario.appliances[self.appliance].clone();
        let end = start + hours.len() as u64 * HOUR;
        self.add_time(start, end, System::Elapsed, 1);
        self.add_time(start, end, System::Up, 1);
        self.add_time(start, end, System::CpuCapacity, u64::from(appliance.cores));
        // Processor time of reporting, by hour.
        let mut reporting: Vec<u64> = Vec::new();
        for hour in &judged {
            self.connections(hour);
            reporting.push(hour.connections.len() as u64 * appliance.cost.reporting.micros());
        }
        // The mail of all hours passes through the queue at once. As in a run, mail that enters after the end is left
        // out.
        let hours = judged.iter().map(|hour| &hour.judged);
        let mut mail: Vec<(&Judged, &Mail)> =
            hours.flat_map(|hour| hour.mail.iter().map(move |mail| (hour, mail))).collect();
        mail.retain(|(_, mail)| mail.entered().micros() < end);
        mail.sort_by_key(|(_, mail)| (mail.entered(), mail.message.identity));
        let mut queue = WorkQueue::new(appliance.workers as usize, Moment::from_micros(start));
        let mut depths: Vec<(Range<Moment>, u64)> = Vec::new();
        let mut stays = Vec::new();
        for (_, mail) in &mail {
            stays.push(queue.enter(mail.entered(), mail.service(), &[], |span, depth| depths.push((span, depth))));
        }
        queue.advance(Moment::from_micros(end), |span, depth| depths.push((span, depth)));
        self.depths(&depths);
        for ((hour, mail), stay) in mail.into_iter().zip(stays) {
            let left = stay.left.micros();
            self.add(left, "system", 0, System::QueueLeft, 1);
            self.add(left, "system", 0, System::QueueTime, left - mail.entered().micros());
            let (mut from, service) = (stay.started.micros(), mail.message.service);
            for (cell, service) in [System::CpuAntiSpam, System::CpuAntiVirus, System::CpuMailProcessing]
                .into_iter()
                .zip([service.anti_spam, service.anti_virus, service.processing])
            {
                self.add_time(from, from + u64::from(service), cell, 1);
                from += u64::from(service);
            }
            reporting[((mail.entered().micros() - start) / HOUR) as usize] += appliance.cost.reporting.micros();
            self.mail(hour, mail, stay.left);
        }
        for (begin, reporting) in (start..).step_by(HOUR as usize).zip(reporting) {
            self.reports(begin + HOUR, reporting);
        }
        self.delay_work(start);
        let begin = time.begin.micros();
        self.facts.retain(|&(_, interval, ..), _| interval >= begin);
    }

    /// Counts the reporting of the hour that ends at `end`, second by second: three tenths in the first twenty minutes after the next 02:00,
    /// and the rest in the first three minutes of the next hour.
    fn reports(&mut self, end: u64, reporting: u64) {
        let nightly = reporting * 3 / 10;
        let night = (0..).map(|day| day * DAY + 2 * HOUR).find(|&night| night >= end).unwrap_or(end);
        for (begin, minutes, time) in [(end, 3, reporting - nightly), (night, 20, nightly)] {
            let seconds = minutes * 60;
            let until = |second: u64| time * second / seconds;
            for second in 0..seconds {
                let at = begin + second * SECOND;
                self.add(at, "system", 0, System::CpuReporting, until(second + 1) - until(second));
            }
        }
    }

    /// Judges the connections of an hour one after another, in order of time.
    fn judge(&self, begin: u64) -> JudgedHour {
        let (schedule, gateway) = (self.simulation.schedule(), self.simulation.gateway());
        let mut callers = Vec::new();
        gateway.draw(schedule.traffic(&schedule.hour(self.appliance, begin)), &[], &mut Chunk::default(), |chunk| {
            for caller in chunk.everybody() {
                let mut messages = Messages::default();
                let places = messages.append(&chunk.messages, caller.messages, u32::MAX);
                callers.push((Caller { messages: places, ..caller }, messages));
            }
        });
        callers.sort_by_key(|(caller, _)| caller.origin.key());
        let mut hour = JudgedHour { connections: Vec::new(), judged: Judged::default() };
        let mut limits = HourlyLimits::default();
        for (caller, messages) in callers {
            let takes_mail = gateway.policy(caller.origin.policy).action.takes_mail();
            let received = takes_mail.then(|| gateway.receive(&caller, &messages, &mut limits, &mut hour.judged));
            hour.connections.push((caller.origin, received));
        }
        hour
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

    fn depths(&mut self, depths: &[(Range<Moment>, u64)]) {
        let interval = self.scenario.time.export_interval.micros();
        for (span, depth) in depths {
            let (from, to, depth) = (span.start.micros(), span.end.micros(), *depth);
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

    fn connections(&mut self, hour: &JudgedHour) {
        let cost = self.scenario.appliances[self.appliance].cost.clone();
        for (origin, received) in &hour.connections {
            let opened = origin.opened.micros();
            let action = self.simulation.gateway().policy(origin.policy).action;
            let (group, sender) = match action {
                Action::Accept => (SenderGroup::Accept, Some(Sender::Accepted)),
                Action::Relay => (SenderGroup::Relay, None),
                Action::Reject => (SenderGroup::Reject, Some(Sender::Rejected)),
                Action::TcpRefuse => (SenderGroup::TcpRefuse, Some(Sender::Refused)),
            };
            self.add(opened, "groups", origin.group.number().into(), group, 1);
            if let Some(cell) = sender {
                self.sender(opened, origin, cell, 1);
            }
            self.add_time(opened, opened + cost.connection.micros(), System::CpuMailProcessing, 1);
            let Some(received) = received else { continue };
            if action == Action::Relay {
                continue;
            }
            self.add(opened, "system", 0, System::IncomingMessages, received.messages.into());
            self.add(opened, "system", 0, System::IncomingBytes, received.bytes);
            let name = format!("{:?}", received.tls);
            let place =
                ["SuccessfulRequired", "SuccessfulPreferred", "FailedRequired", "FailedPreferred", "Unencrypted"];
            let tls = place.iter().position(|&each| each == name).unwrap();
            self.add(opened, "incoming_tls", origin.domain.number().into(), tls, 1);
            let carried = if tls < 2 { IncomingTls::EncryptedMessages } else { IncomingTls::UnencryptedMessages };
            self.add(opened, "incoming_tls", origin.domain.number().into(), carried, received.recipients.into());
            self.sender(opened, origin, Sender::Throttled, received.throttled.into());
            self.sender(opened, origin, Sender::Invalid, received.invalid.into());
        }
    }

    fn mail(&mut self, hour: &Judged, mail: &Mail, left: Moment) {
        let gateway = self.simulation.gateway();
        let recipients = mail.message.recipients;
        let (found, left) = (gateway.scan(&mail.message, left), left.micros());
        let quarantine = self.scenario.appliances[self.appliance].cost.quarantine.micros();
        let mut matches = Vec::new();
        gateway.matches(&mail.message, mail.outgoing, &mut matches);
        // The filters that act on a user: those that apply, up to the first that stops the message.
        let acting = |user: UserId| {
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
            self.add(found.at.micros(), "outbreaks", outbreak.number().into(), 0usize, recipients.count.into());
            self.add_time(left, left + quarantine, System::CpuQuarantine, 1);
        }
        if mail.outgoing {
            return self.outgoing(hour, mail, found.at.micros(), found.finding, &acting(mail.message.sender));
        }
        let mut held = false;
        for &user in &hour.users[recipients.range()] {
            let (cell, user_cell) = match found.finding {
                ScanFinding::Spam => (Sender::Spam, User::IncomingSpam),
                ScanFinding::Virus(virus) => {
                    self.add(found.at.micros(), "viruses", virus.number().into(), Virus::Incoming, 1);
                    (Sender::Virus, User::IncomingVirus)
                }
                ScanFinding::Clean => {
                    let acting = acting(user);
                    for each in &acting {
                        self.add(
                            found.at.micros(),
                            "filters",
                            filter_key(each.filter.number().into(), user.number()),
                            0usize,
                            1,
                        );
                        held |= each.action == tollgate_scenario::FilterAction::Quarantine;
                    }
                    self.add(
                        found.at.micros(),
                        "users",
                        user.number().into(),
                        User::IncomingMatched,
                        u64::from(!acting.is_empty()),
                    );
                    if acting.last().is_some_and(|last| last.action.stops()) {
                        (Sender::Filtered, User::IncomingFiltered)
                    } else {
                        (Sender::Clean, User::IncomingClean)
                    }
                }
            };
            self.add(found.at.micros(), "users", user.number().into(), user_cell, 1);
            self.sender(found.at.micros(), &mail.origin, cell, 1);
        }
        if held {
            self.add_time(found.at.micros(), found.at.micros() + quarantine, System::CpuQuarantine, 1);
        }
    }

    fn outgoing(
        &mut self,
        hour: &Judged,
        mail: &Mail,
        at: u64,
        finding: ScanFinding,
        acting: &[tollgate_gateway::Match],
    ) {
        let groups = &hour.groups[mail.message.recipients.range()];
        let recipients: u64 = groups.iter().map(|group| u64::from(group.recipients)).sum();
        let user = mail.message.sender;
        if let ScanFinding::Virus(virus) = finding {
            self.add(at, "viruses", virus.number().into(), Virus::Outgoing, recipients);
            self.add(at, "users", user.number().into(), User::OutgoingVirus, recipients);
            return;
        }
        for each in acting {
            self.add(at, "filters", filter_key(each.filter.number().into(), user.number()), 0usize, recipients);
        }
        self.add(
            at,
            "users",
            user.number().into(),
            User::OutgoingMatched,
            if acting.is_empty() { 0 } else { recipients },
        );
        let cost = self.scenario.appliances[self.appliance].cost.clone();
        if let Some(last) = acting.last().filter(|last| last.action.stops()) {
            self.add(at, "users", user.number().into(), User::OutgoingFiltered, recipients);
            if last.action == tollgate_scenario::FilterAction::Quarantine {
                self.add_time(at, at + cost.quarantine.micros(), System::CpuQuarantine, 1);
            }
            return;
        }
        self.add(at, "users", user.number().into(), User::OutgoingClean, recipients);
        let mut connections = Vec::new();
        for (number, group) in (0..).zip(groups) {
            let behaviour = self.simulation.schedule().behaviour(group.behaviour);
            let identity = mail.message.identity;
            self.simulation.gateway().deliver(group, behaviour, Moment::from_micros(at), identity, number, |each| {
                connections.push((group.domain, each));
            });
        }
        for &(domain, each) in &connections {
            assert_eq!(each.is_opened(), !self.is_unreachable(domain, each.at.micros()), "{each:?}");
            let setting = match each.control {
                DestinationTls::No => TlsSetting::No,
                DestinationTls::Preferred | DestinationTls::PreferredVerify => TlsSetting::Preferred,
                DestinationTls::Required | DestinationTls::RequiredVerify => TlsSetting::Required,
            };
            let outcome = match each.tls {
                OutgoingTls::NotTried | OutgoingTls::Unreachable => TlsOutcome::NotTried,
                OutgoingTls::NotOffered => TlsOutcome::NotOffered,
                OutgoingTls::Negotiated => TlsOutcome::Negotiated,
                OutgoingTls::FailedBefore220 => TlsOutcome::FailedBefore220,
                OutgoingTls::FailedAfter220 => TlsOutcome::FailedAfter220,
                OutgoingTls::NotVerified => TlsOutcome::NotVerified,
                OutgoingTls::SecondConnection => TlsOutcome::SecondConnection,
            };
            let base_interval = (each.at.micros() / self.scenario.time.base_interval.micros()) as u32;
            let key = DeliveryKey { domain: domain.number(), base_interval, setting, outcome }.pack();
            self.add(each.at.micros(), "deliveries", key, Delivery::HardBounced, each.bounced.into());
            if !each.is_opened() {
                assert_eq!((each.delivered, each.accepted), (0, false));
                continue;
            }
            self.add(each.at.micros(), "deliveries", key, Delivery::Connections, 1);
            self.add(each.at.micros(), "deliveries", key, Delivery::Attempts, each.first.into());
            self.add(each.at.micros(), "deliveries", key, Delivery::Copies, each.accepted.into());
            self.add(each.at.micros(), "deliveries", key, Delivery::Messages, each.delivered.into());
            self.add_time(each.at.micros(), each.at.micros() + cost.delivery.micros(), System::CpuMailProcessing, 1);
        }
        if let Some(first) =
            connections.iter().filter(|(_, each)| each.accepted).map(|(_, each)| each.at.micros()).min()
        {
            self.add(first, "system", 0, System::OutgoingMessages, 1);
            self.add(first, "system", 0, System::OutgoingBytes, mail.message.size_bytes.into());
        }
    }
}

impl Oracle<'_> {
    /// True if an event makes a domain unreachable at a moment. The events of the tests name domains as they are counted.
    fn is_unreachable(&self, domain: DomainId, at: u64) -> bool {
        let name = self.simulation.directory().domain(domain);
        let outages = self.scenario.events.iter().filter_map(|event| Some((event.at, event.destination.as_ref()?)));
        let is_named = outages.clone().any(|(_, outage)| outage.domain == name);
        let mut own = outages.filter(|(_, outage)| outage.domain == if is_named { name } else { "default" });
        own.any(|(from, outage)| from.micros() <= at && at - from.micros() < outage.unreachable.micros())
    }
}
