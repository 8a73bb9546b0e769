//! Counts the gateway's results.

use std::ops::Range;

use tollgate_gateway::{
    self as gateway, Admission, Chunk, Gateway, Mail, Match, Origin, OutgoingConnection, OutgoingTls, Received,
    ScanFinding, ScanResult, Stay,
};
use tollgate_ledger::{
    Counts, DeliveryKey, Filter, IncomingTls, Last, Ledger, Outbreak, Sender, SenderGroup, System, TlsOutcome,
    TlsSetting, User, Virus, filter_key,
};
use tollgate_scenario::{Action, Cost, DestinationTls, FilterAction, HOUR, Moment, Span};
use tollgate_traffic::{DomainId, RecipientGroup, ServiceMicros, UserId};

use crate::deliveries::{Handed, Route};
use crate::event::{Event, Happening};
use crate::machine::Machine;
use crate::occupancy::Occupancy;
use crate::shard::Recipients;
use crate::{Balance, Tally};

// A score has the same representation in traffic and ledger.
const _: () = assert!(tollgate_traffic::NO_SCORE == tollgate_ledger::NO_SCORE);

/// Counts one shard into a ledger, and tells what happens if somebody listens.
#[derive(Debug)]
pub(crate) struct Counter<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) cost: &'a Cost,
    pub(crate) cores: u64,
    pub(crate) machine: Machine<'a>,
    /// Processor time of reporting, which jobs spend later.
    pub(crate) reporting: u64,
    /// The exported span.
    pub(crate) span: Range<Moment>,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    /// Messages that go on to delivery.
    pub(crate) handed: Vec<Handed>,
    /// Bytes of the messages in the work queue.
    pub(crate) queue_bytes: Occupancy,
    pub(crate) matches: Vec<Match>,
    /// `None` if nobody listens.
    pub(crate) events: Option<Vec<Event>>,
    /// Connections of a run by the place of the sender group.
    pub(crate) admitted: Vec<u64>,
}

impl Counter<'_> {
    /// Counts the time of an hour.
    pub(crate) fn hour(&mut self, begin: Moment) {
        let (begin, length) = (begin.micros(), self.ledger.interval_micros().min(HOUR));
        for at in (begin..begin + HOUR).step_by(length as usize) {
            // Every interval is there, even if the appliance is down in all of it.
            let system = &mut self.ledger.interval(at).system;
            system.add(System::Elapsed, length);
            system.add(System::CpuCapacity, length * self.cores);
        }
        self.ledger.spread(begin, begin + HOUR, |counts, micros| counts.system.add(System::Up, micros));
        self.machine.count(begin, &mut self.ledger);
    }

    /// Counts the jobs that report the hour, which ends at `end`.
    pub(crate) fn report(&mut self, end: u64) {
        let reporting = std::mem::take(&mut self.reporting);
        self.machine.report(end, reporting, &mut self.ledger);
    }

    /// Counts connections at the time of opening.
    pub(crate) fn connections(&mut self, chunk: &Chunk) {
        let origins = &chunk.origins;
        let admissions = self.gateway.admissions(chunk.listener);
        let mut from = 0;
        while from < origins.len() {
            // Connections are in order of time, so those of one interval are neighbours.
            let boundary = Moment::from_micros(self.ledger.interval_end(origins[from].opened.micros()));
            let run = from..from + origins[from..].partition_point(|origin| origin.opened < boundary);
            self.run(&origins[run.clone()], &chunk.places[run.clone()], admissions);
            // Almost all of this work ends before the interval does.
            let cost = self.cost.connection;
            let inside = origins[run.clone()].partition_point(|origin| origin.opened.plus(cost) <= boundary);
            self.at(origins[from].opened).system.add(System::CpuMailProcessing, inside as u64 * cost.micros());
            for origin in &origins[from + inside..run.end] {
                self.work(origin.opened, System::CpuMailProcessing, cost);
            }
            from = run.end;
        }
        self.reporting += origins.len() as u64 * self.cost.reporting.micros();
        if let Some(events) = &mut self.events {
            events.extend(origins.iter().map(|&origin| Event::new(origin.opened, Happening::Opened(origin))));
        }
    }

    /// Counts connections that were opened in one interval.
    fn run(&mut self, origins: &[Origin], places: &[u16], admissions: &[Admission]) {
        let Some(first) = origins.first().map(|origin| origin.opened) else { return };
        let counts = self.ledger.at(first.micros());
        self.admitted.clear();
        self.admitted.resize(admissions.len(), 0);
        for (origin, &place) in origins.iter().zip(places) {
            let place = usize::from(place);
            self.admitted[place] += 1;
            if let Some(cell) = connection_cells(admissions[place].action).1 {
                sender(counts, origin, cell, 1);
            }
        }
        // The span begins and ends with an interval, so a run lies either inside it or outside.
        let is_inside = self.span.contains(&first);
        for (admission, &count) in admissions.iter().zip(&self.admitted).filter(|(_, count)| **count > 0) {
            counts.groups.add(u32::from(admission.group.number()), connection_cells(admission.action).0, count);
            if is_inside {
                let is_relayed = admission.action == Action::Relay;
                let way = if is_relayed { &mut self.tally.outgoing } else { &mut self.tally.incoming };
                way.connections += count;
            }
        }
    }

    /// Counts one connection at the time of opening.
    pub(crate) fn connection(&mut self, origin: &Origin) {
        let action = self.gateway.policy(origin.policy).action;
        let (group_cell, cell) = connection_cells(action);
        let counts = self.ledger.at(origin.opened.micros());
        counts.groups.add(u32::from(origin.group.number()), group_cell, 1);
        if let Some(cell) = cell {
            sender(counts, origin, cell, 1);
        }
        self.work(origin.opened, System::CpuMailProcessing, self.cost.connection);
        self.reporting += self.cost.reporting.micros();
        if self.span.contains(&origin.opened) {
            let is_relayed = action == Action::Relay;
            let way = if is_relayed { &mut self.tally.outgoing } else { &mut self.tally.incoming };
            way.connections += 1;
        }
        self.tell(origin.opened, || Happening::Opened(*origin));
    }

    /// Counts the mail of a connection at the time of opening.
    pub(crate) fn received(&mut self, origin: &Origin, received: &Received) {
        let opened = origin.opened;
        self.tell(opened, || Happening::Session(*origin, *received));
        let relayed = self.gateway.policy(origin.policy).action == Action::Relay;
        if self.span.contains(&opened) {
            let way = if relayed { &mut self.tally.outgoing } else { &mut self.tally.incoming };
            way.transactions += u64::from(received.messages);
            way.recipients += u64::from(received.recipients);
        }
        if relayed {
            return;
        }
        let counts = self.at(opened);
        let system = &mut counts.system;
        system.add(System::IncomingMessages, u64::from(received.messages));
        system.add(System::IncomingBytes, received.bytes);
        if counts.incoming_tls.is_kept() {
            incoming_tls(counts, origin, received);
        }
        for (cell, count) in [(Sender::Throttled, received.throttled), (Sender::Invalid, received.invalid)] {
            if count > 0 {
                sender(counts, origin, cell, u64::from(count));
            }
        }
    }

    /// Counts a message (transaction) when it leaves the work queue, and everything that follows.
    pub(crate) fn mail(&mut self, mail: &Mail, recipients: Recipients<'_>, stay: Stay) {
        self.queue_bytes.occupy(mail.entered(), stay.left.min(self.span.end), u64::from(mail.message.size_bytes));
        let ServiceMicros { anti_spam, anti_virus, processing } = mail.message.service;
        let [anti_spam, anti_virus, processing] =
            [anti_spam, anti_virus, processing].map(|micros| Span::from_micros(micros.into()));
        self.reporting += self.cost.reporting.micros();
        let begin = self.ledger.interval_begin(stay.left.micros());
        let end = begin + self.ledger.interval_micros();
        let is_in_one = begin <= stay.started.micros() && stay.left.micros() <= end;
        let waited = self.ledger.counted(mail.entered().micros(), stay.left.micros());
        let system = &mut self.at(stay.left).system;
        system.add(System::QueueLeft, 1);
        system.add(System::QueueTime, waited);
        if is_in_one {
            // Almost always, all of the work lies in one interval.
            system.add(System::CpuAntiSpam, anti_spam.micros());
            system.add(System::CpuAntiVirus, anti_virus.micros());
            system.add(System::CpuMailProcessing, processing.micros());
        } else {
            self.work(stay.started, System::CpuAntiSpam, anti_spam);
            self.work(stay.started.plus(anti_spam), System::CpuAntiVirus, anti_virus);
            let scanned = stay.started.plus(anti_spam).plus(anti_virus);
            self.work(scanned, System::CpuMailProcessing, processing);
        }
        let before = self.handed.len();
        match recipients {
            Recipients::Users(users) => self.incoming(mail, users, stay.left),
            Recipients::Groups(groups) => self.outgoing(mail, groups, stay.left),
        }
        if self.events.is_some() {
            self.tell_left(mail, recipients, stay, self.handed.len() > before);
        }
    }

    /// Scans a message that leaves the work queue. A quarantine releases nothing while the appliance is down.
    pub(crate) fn scan(&self, mail: &Mail, left: Moment) -> ScanResult {
        let found = self.gateway.scan(&mail.message, left);
        ScanResult { at: Moment::from_micros(self.ledger.after_gap(found.at.micros())), ..found }
    }

    fn incoming(&mut self, mail: &Mail, users: &[UserId], left: Moment) {
        let count = users.len();
        let found = self.scan(mail, left);
        if let Some(outbreak) = found.held_for {
            self.work(left, System::CpuQuarantine, self.cost.quarantine);
            let counts = self.ledger.at(found.at.micros());
            counts.outbreaks.add(u32::from(outbreak.number()), Outbreak::Released, count as u64);
        }
        self.note_balance(left, found, count as u64, false);
        let clean = match found.finding {
            ScanFinding::Spam => Some((Sender::Spam, User::IncomingSpam)),
            ScanFinding::Virus(_) => Some((Sender::Virus, User::IncomingVirus)),
            ScanFinding::Clean => None,
        };
        let Some((cell, user_cell)) = clean else { return self.incoming_clean(mail, users, found.at) };
        let counts = self.ledger.at(found.at.micros());
        if let ScanFinding::Virus(virus) = found.finding {
            counts.viruses.add(u32::from(virus.number()), Virus::Incoming, count as u64);
        }
        sender(counts, &mail.origin, cell, count as u64);
        for &user in users {
            counts.users.add(user.number(), user_cell, 1);
        }
    }

    /// Passes the recipients of a clean message through the content filters.
    fn incoming_clean(&mut self, mail: &Mail, users: &[UserId], at: Moment) {
        let mut matches = std::mem::take(&mut self.matches);
        self.gateway.matches(&mail.message, false, &mut matches);
        let counts = self.ledger.at(at.micros());
        let mut filtered = 0;
        let mut quarantined = false;
        for &user in users {
            let outcome = filter(counts, self.gateway, &matches, user, 1);
            let cell = if outcome.stopped.is_some() { User::IncomingFiltered } else { User::IncomingClean };
            filtered += u64::from(outcome.stopped.is_some());
            quarantined |= outcome.stopped == Some(FilterAction::Quarantine);
            if counts.users.is_kept() {
                counts.users.add_all(user.number(), [(User::IncomingMatched, u64::from(outcome.matched)), (cell, 1)]);
            }
        }
        let clean = users.len() as u64 - filtered;
        let cells = [(Sender::Filtered, filtered), (Sender::Clean, clean)];
        for (cell, count) in cells.into_iter().filter(|&(_, count)| count > 0) {
            sender(counts, &mail.origin, cell, count);
        }
        self.matches = matches;
        if clean > 0 && self.gateway.is_inside_unreachable(at) {
            self.hand(mail, at, Route::Inward { recipients: clean as u32 });
        }
        if quarantined {
            self.work(at, System::CpuQuarantine, self.cost.quarantine);
        }
    }

    fn outgoing(&mut self, mail: &Mail, groups: &[RecipientGroup], left: Moment) {
        let recipients: u64 = groups.iter().map(|group| u64::from(group.recipients)).sum();
        let user = mail.message.sender;
        // Outgoing spam is not stopped and counts as clean.
        let found = match self.scan(mail, left) {
            ScanResult { finding: ScanFinding::Spam, at, held_for } => {
                ScanResult { finding: ScanFinding::Clean, at, held_for }
            }
            found => found,
        };
        self.note_balance(left, found, recipients, true);
        if let ScanFinding::Virus(virus) = found.finding {
            let counts = self.ledger.at(found.at.micros());
            counts.viruses.add(u32::from(virus.number()), Virus::Outgoing, recipients);
            counts.users.add(user.number(), User::OutgoingVirus, recipients);
            return;
        }
        let mut matches = std::mem::take(&mut self.matches);
        self.gateway.matches(&mail.message, true, &mut matches);
        let counts = self.ledger.at(found.at.micros());
        let outcome = filter(counts, self.gateway, &matches, user, recipients);
        self.matches = matches;
        if outcome.matched {
            counts.users.add(user.number(), User::OutgoingMatched, recipients);
        }
        let cell = if outcome.stopped.is_some() { User::OutgoingFiltered } else { User::OutgoingClean };
        counts.users.add(user.number(), cell, recipients);
        match outcome.stopped {
            None => self.hand(mail, found.at, Route::Outward(mail.message.recipients)),
            Some(FilterAction::Quarantine) => {
                self.work(found.at, System::CpuQuarantine, self.cost.quarantine);
            }
            Some(_) => {}
        }
    }

    fn hand(&mut self, mail: &Mail, at: Moment, route: Route) {
        let (identity, size_bytes) = (mail.message.identity, mail.message.size_bytes);
        self.handed.push(Handed { at, identity, size_bytes, route });
    }

    fn note_balance(&mut self, left: Moment, found: ScanResult, recipients: u64, outgoing: bool) {
        let end = self.span.end;
        let Balance { queued_incoming, queued_outgoing, quarantined, .. } = &mut self.tally.balance;
        if left >= end {
            *(if outgoing { queued_outgoing } else { queued_incoming }) += recipients;
        } else if found.at >= end {
            *quarantined += recipients;
        }
    }

    /// Counts processor time from `from` on.
    pub(crate) fn work(&mut self, from: Moment, cell: System, work: Span) {
        let end = from.plus(work).micros();
        self.ledger.spread(from.micros(), end, |counts, micros| counts.system.add(cell, micros));
    }

    /// The counts of the interval that contains a moment.
    pub(crate) fn at(&mut self, moment: Moment) -> &mut Counts {
        self.ledger.at(moment.micros())
    }
}

/// The effect of the content filters on a recipient.
struct Effect {
    matched: bool,
    stopped: Option<FilterAction>,
}

/// Runs the filters that match a message for one user, up to the first that stops it.
fn filter(counts: &mut Counts, gateway: &Gateway, matches: &[Match], user: UserId, recipients: u64) -> Effect {
    let mut effect = Effect { matched: false, stopped: None };
    if recipients > 0 {
        for found in gateway.applied(matches, user) {
            effect.matched = true;
            let key = filter_key(u32::from(found.filter.number()), user.number());
            counts.filters.add(key, Filter::Messages, recipients);
            effect.stopped = found.action.stops().then_some(found.action);
        }
    }
    effect
}

/// The cells that count a connection: that of its sender group, and that of its sender if it comes from outside.
fn connection_cells(action: Action) -> (SenderGroup, Option<Sender>) {
    match action {
        Action::Accept => (SenderGroup::Accept, Some(Sender::Accepted)),
        Action::Reject => (SenderGroup::Reject, Some(Sender::Rejected)),
        Action::TcpRefuse => (SenderGroup::TcpRefuse, Some(Sender::Refused)),
        Action::Relay => (SenderGroup::Relay, None),
    }
}

/// Counts the TLS outcome of a connection, and its recipients.
fn incoming_tls(counts: &mut Counts, origin: &Origin, received: &Received) {
    let (cell, messages) = match received.tls {
        gateway::IncomingTls::SuccessfulRequired => (IncomingTls::SuccessfulRequired, IncomingTls::EncryptedMessages),
        gateway::IncomingTls::SuccessfulPreferred => (IncomingTls::SuccessfulPreferred, IncomingTls::EncryptedMessages),
        gateway::IncomingTls::FailedRequired => (IncomingTls::FailedRequired, IncomingTls::UnencryptedMessages),
        gateway::IncomingTls::FailedPreferred => (IncomingTls::FailedPreferred, IncomingTls::UnencryptedMessages),
        gateway::IncomingTls::Unencrypted => (IncomingTls::Unencrypted, IncomingTls::UnencryptedMessages),
    };
    counts.incoming_tls.add_all(origin.domain.number(), [(cell, 1), (messages, u64::from(received.recipients))]);
}

/// Counts a fact about a sender in the three accounts that show it.
#[inline]
fn sender(counts: &mut Counts, origin: &Origin, cell: Sender, count: u64) {
    counts.domains.add(origin.domain.number(), cell, count);
    counts.owners.add(origin.owner.number(), cell, count);
    if !counts.addresses.is_kept() {
        return;
    }
    let last = counts.addresses.add_all(origin.address.bits(), [(cell, count)]);
    let opened = (origin.opened.micros(), origin.number);
    if last.opened < opened {
        *last =
            Last { opened, sbrs: origin.sbrs, group: origin.group.number(), population: origin.population.number() };
    }
}

pub(crate) fn delivery_key(domain: DomainId, base_interval: Span, connection: &OutgoingConnection) -> DeliveryKey {
    let setting = match connection.control {
        DestinationTls::No => TlsSetting::No,
        DestinationTls::Preferred | DestinationTls::PreferredVerify => TlsSetting::Preferred,
        DestinationTls::Required | DestinationTls::RequiredVerify => TlsSetting::Required,
    };
    let outcome = match connection.tls {
        OutgoingTls::NotTried | OutgoingTls::Unreachable => TlsOutcome::NotTried,
        OutgoingTls::NotOffered => TlsOutcome::NotOffered,
        OutgoingTls::Negotiated => TlsOutcome::Negotiated,
        OutgoingTls::FailedBefore220 => TlsOutcome::FailedBefore220,
        OutgoingTls::FailedAfter220 => TlsOutcome::FailedAfter220,
        OutgoingTls::NotVerified => TlsOutcome::NotVerified,
        OutgoingTls::SecondConnection => TlsOutcome::SecondConnection,
    };
    let base_interval = (connection.at.micros() / base_interval.micros()) as u32;
    DeliveryKey { domain: domain.number(), base_interval, setting, outcome }
}
