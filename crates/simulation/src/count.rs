//! Counts the gateway's results.

use tollgate_gateway::{
    Admission, Chunk, Found, Gateway, IncomingTls as TlsResult, Mail, Match, Origin, OutgoingConnection, OutgoingTls,
    Received, Stay, Verdict,
};
use tollgate_ledger::{
    Control, Counts, DeliveryKey, Filter, Group, IncomingTls, Last, Ledger, Outbreak, Outcome, Sender, System, User,
    Virus, filter_key,
};
use tollgate_scenario::{Action, Cost, DestinationTls, FilterAction, HOUR};
use tollgate_traffic::Group as Destined;

use crate::deliveries::{Handed, Route};
use crate::event::{Event, Happening};
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
    /// Beginning and end of the exported span.
    pub(crate) span: (u64, u64),
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
    pub(crate) fn hour(&mut self, begin: u64) {
        let cores = self.cores;
        self.ledger.spread(begin, begin + HOUR, |counts, micros| {
            counts.system.add(System::Elapsed, micros);
            counts.system.add(System::CpuCapacity, micros * cores);
        });
    }

    /// Counts connections at the time of opening.
    pub(crate) fn connections(&mut self, chunk: &Chunk) {
        let origins = &chunk.origins;
        let admissions = self.gateway.admissions(chunk.listener);
        let mut from = 0;
        while from < origins.len() {
            // Connections are in order of time, so those of one interval are neighbours.
            let boundary = self.ledger.interval_end(origins[from].opened);
            let run = from..from + origins[from..].partition_point(|origin| origin.opened < boundary);
            self.run(&origins[run.clone()], &chunk.places[run.clone()], admissions);
            let costs =
                [(System::CpuMailProcessing, self.cost.connection), (System::CpuReporting, self.cost.reporting)];
            for (cell, cost) in costs {
                // Almost all of this work ends before the interval does.
                let cost = cost.micros();
                let inside = origins[run.clone()].partition_point(|origin| origin.opened + cost <= boundary);
                self.ledger.at(origins[from].opened).system.add(cell, inside as u64 * cost);
                for origin in &origins[from + inside..run.end] {
                    self.work(origin.opened, cell, cost);
                }
            }
            from = run.end;
        }
        if let Some(events) = &mut self.events {
            events.extend(origins.iter().map(|&origin| Event::new(origin.opened, Happening::Opened(origin))));
        }
    }

    /// Counts connections that were opened in one interval.
    fn run(&mut self, origins: &[Origin], places: &[u16], admissions: &[Admission]) {
        let Some(first) = origins.first().map(|origin| origin.opened) else { return };
        let counts = self.ledger.at(first);
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
        let is_inside = self.span.0 <= first && first < self.span.1;
        for (admission, &count) in admissions.iter().zip(&self.admitted).filter(|(_, count)| **count > 0) {
            counts.groups.add(u32::from(admission.group), connection_cells(admission.action).0, count);
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
        let counts = self.ledger.at(origin.opened);
        counts.groups.add(u32::from(origin.group), group_cell, 1);
        if let Some(cell) = cell {
            sender(counts, origin, cell, 1);
        }
        self.work(origin.opened, System::CpuMailProcessing, self.cost.connection.micros());
        self.work(origin.opened, System::CpuReporting, self.cost.reporting.micros());
        if self.span.0 <= origin.opened && origin.opened < self.span.1 {
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
        if self.span.0 <= opened && opened < self.span.1 {
            let way = if relayed { &mut self.tally.outgoing } else { &mut self.tally.incoming };
            way.transactions += u64::from(received.messages);
            way.recipients += u64::from(received.recipients);
        }
        if relayed {
            return;
        }
        let counts = self.ledger.at(opened);
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
        self.queue_bytes.occupy(mail.entered(), stay.left.min(self.span.1), u64::from(mail.message.size_bytes));
        let [anti_spam, anti_virus, processing] = mail.message.service.map(u64::from);
        let reporting = self.cost.reporting.micros();
        let begin = self.ledger.interval_begin(stay.left);
        let is_in_one = begin <= stay.started && stay.left + reporting <= begin + self.ledger.interval_micros();
        let system = &mut self.ledger.at(stay.left).system;
        system.add(System::QueueLeft, 1);
        system.add(System::QueueTime, stay.left - mail.entered());
        if is_in_one {
            // Almost always, all of the work lies in one interval.
            system.add(System::CpuAntiSpam, anti_spam);
            system.add(System::CpuAntiVirus, anti_virus);
            system.add(System::CpuMailProcessing, processing);
            system.add(System::CpuReporting, reporting);
        } else {
            self.work(stay.started, System::CpuAntiSpam, anti_spam);
            self.work(stay.started + anti_spam, System::CpuAntiVirus, anti_virus);
            self.work(stay.started + anti_spam + anti_virus, System::CpuMailProcessing, processing);
            self.work(stay.left, System::CpuReporting, reporting);
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

    fn incoming(&mut self, mail: &Mail, users: &[u32], left: u64) {
        let count = users.len();
        let found = self.gateway.scan(&mail.message, left);
        if let Some(outbreak) = found.held_for {
            self.work(left, System::CpuQuarantine, self.cost.quarantine.micros());
            let counts = self.ledger.at(found.at);
            counts.outbreaks.add(u32::from(outbreak), Outbreak::Released, count as u64);
        }
        self.note_balance(left, found, count as u64, false);
        let clean = match found.verdict {
            Verdict::Spam => Some((Sender::Spam, User::IncomingSpam)),
            Verdict::Virus(_) => Some((Sender::Virus, User::IncomingVirus)),
            Verdict::Clean => None,
        };
        let Some((cell, user_cell)) = clean else { return self.incoming_clean(mail, users, found.at) };
        let counts = self.ledger.at(found.at);
        if let Verdict::Virus(virus) = found.verdict {
            counts.viruses.add(u32::from(virus), Virus::Incoming, count as u64);
        }
        sender(counts, &mail.origin, cell, count as u64);
        for &user in users {
            counts.users.add(user, user_cell, 1);
        }
    }

    /// Passes the recipients of a message with a clean verdict through the content filters.
    fn incoming_clean(&mut self, mail: &Mail, users: &[u32], at: u64) {
        let mut matches = std::mem::take(&mut self.matches);
        self.gateway.matches(&mail.message, false, &mut matches);
        let counts = self.ledger.at(at);
        let mut filtered = 0;
        let mut quarantined = false;
        for &user in users {
            let outcome = filter(counts, self.gateway, &matches, user, 1);
            let cell = if outcome.stopped.is_some() { User::IncomingFiltered } else { User::IncomingClean };
            filtered += u64::from(outcome.stopped.is_some());
            quarantined |= outcome.stopped == Some(FilterAction::Quarantine);
            if counts.users.is_kept() {
                counts.users.add_all(user, [(User::IncomingMatched, u64::from(outcome.matched)), (cell, 1)]);
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
            self.work(at, System::CpuQuarantine, self.cost.quarantine.micros());
        }
    }

    fn outgoing(&mut self, mail: &Mail, groups: &[Destined], left: u64) {
        let recipients: u64 = groups.iter().map(|group| u64::from(group.recipients)).sum();
        let user = mail.message.sender;
        // Outgoing spam is not stopped and counts as clean.
        let found = match self.gateway.scan(&mail.message, left) {
            Found { verdict: Verdict::Spam, at, held_for } => Found { verdict: Verdict::Clean, at, held_for },
            found => found,
        };
        self.note_balance(left, found, recipients, true);
        if let Verdict::Virus(virus) = found.verdict {
            let counts = self.ledger.at(found.at);
            counts.viruses.add(u32::from(virus), Virus::Outgoing, recipients);
            counts.users.add(user, User::OutgoingVirus, recipients);
            return;
        }
        let mut matches = std::mem::take(&mut self.matches);
        self.gateway.matches(&mail.message, true, &mut matches);
        let counts = self.ledger.at(found.at);
        let outcome = filter(counts, self.gateway, &matches, user, recipients);
        self.matches = matches;
        if outcome.matched {
            counts.users.add(user, User::OutgoingMatched, recipients);
        }
        let cell = if outcome.stopped.is_some() { User::OutgoingFiltered } else { User::OutgoingClean };
        counts.users.add(user, cell, recipients);
        match outcome.stopped {
            None => {
                let (first, count) = mail.message.recipients;
                self.hand(mail, found.at, Route::Outward { first, count });
            }
            Some(action) => {
                if action == FilterAction::Quarantine {
                    self.work(found.at, System::CpuQuarantine, self.cost.quarantine.micros());
                }
            }
        }
    }

    fn hand(&mut self, mail: &Mail, at: u64, route: Route) {
        let (identity, size_bytes) = (mail.message.identity, mail.message.size_bytes);
        self.handed.push(Handed { at, identity, size_bytes, route });
    }

    fn note_balance(&mut self, left: u64, found: Found, recipients: u64, outgoing: bool) {
        let end = self.span.1;
        let Balance { queued_incoming, queued_outgoing, quarantined, .. } = &mut self.tally.balance;
        if left >= end {
            *(if outgoing { queued_outgoing } else { queued_incoming }) += recipients;
        } else if found.at >= end {
            *quarantined += recipients;
        }
    }

    /// Counts processor time from `from` on.
    pub(crate) fn work(&mut self, from: u64, cell: System, micros: u64) {
        self.ledger.spread(from, from + micros, |counts, micros| counts.system.add(cell, micros));
    }
}

/// The effect of the content filters on a recipient.
struct Effect {
    matched: bool,
    stopped: Option<FilterAction>,
}

/// Runs the filters that match a message for one user, up to the first that stops it.
fn filter(counts: &mut Counts, gateway: &Gateway, matches: &[Match], user: u32, recipients: u64) -> Effect {
    let mut effect = Effect { matched: false, stopped: None };
    if recipients > 0 {
        for found in gateway.applied(matches, user) {
            effect.matched = true;
            counts.filters.add(filter_key(u32::from(found.filter), user), Filter::Messages, recipients);
            effect.stopped = found.action.stops().then_some(found.action);
        }
    }
    effect
}

/// The cells that count a connection: that of its sender group, and that of its sender if it comes from outside.
fn connection_cells(action: Action) -> (Group, Option<Sender>) {
    match action {
        Action::Accept => (Group::Accept, Some(Sender::Accepted)),
        Action::Reject => (Group::Reject, Some(Sender::Rejected)),
        Action::TcpRefuse => (Group::TcpRefuse, Some(Sender::Refused)),
        Action::Relay => (Group::Relay, None),
    }
}

/// Counts the TLS outcome of a connection, and its recipients.
fn incoming_tls(counts: &mut Counts, origin: &Origin, received: &Received) {
    let (cell, messages) = match received.tls {
        TlsResult::SuccessfulRequired => (IncomingTls::SuccessfulRequired, IncomingTls::EncryptedMessages),
        TlsResult::SuccessfulPreferred => (IncomingTls::SuccessfulPreferred, IncomingTls::EncryptedMessages),
        TlsResult::FailedRequired => (IncomingTls::FailedRequired, IncomingTls::UnencryptedMessages),
        TlsResult::FailedPreferred => (IncomingTls::FailedPreferred, IncomingTls::UnencryptedMessages),
        TlsResult::Unencrypted => (IncomingTls::Unencrypted, IncomingTls::UnencryptedMessages),
    };
    counts.incoming_tls.add_all(origin.domain, [(cell, 1), (messages, u64::from(received.recipients))]);
}

/// Counts a fact about a sender in the three accounts that show it.
#[inline]
fn sender(counts: &mut Counts, origin: &Origin, cell: Sender, count: u64) {
    counts.domains.add(origin.domain, cell, count);
    counts.owners.add(origin.owner, cell, count);
    if !counts.addresses.is_kept() {
        return;
    }
    let last = counts.addresses.add_all(origin.address, [(cell, count)]);
    if last.opened < (origin.opened, origin.number) {
        *last = Last {
            opened: (origin.opened, origin.number),
            sbrs: origin.sbrs,
            group: origin.group,
            population: origin.population,
        };
    }
}

pub(crate) fn delivery_key(domain: u32, base_interval: u64, connection: &OutgoingConnection) -> DeliveryKey {
    let control = match connection.control {
        DestinationTls::No => Control::No,
        DestinationTls::Preferred | DestinationTls::PreferredVerify => Control::Preferred,
        DestinationTls::Required | DestinationTls::RequiredVerify => Control::Required,
    };
    let outcome = match connection.tls {
        OutgoingTls::NotTried | OutgoingTls::Unreachable => Outcome::NotTried,
        OutgoingTls::NotOffered => Outcome::NotOffered,
        OutgoingTls::Negotiated => Outcome::Negotiated,
        OutgoingTls::FailedBefore220 => Outcome::FailedBefore220,
        OutgoingTls::FailedAfter220 => Outcome::FailedAfter220,
        OutgoingTls::NotVerified => Outcome::NotVerified,
        OutgoingTls::SecondConnection => Outcome::SecondConnection,
    };
    DeliveryKey { domain, base_interval: (connection.at / base_interval) as u32, control, outcome }
}
