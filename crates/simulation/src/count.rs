//! Counts the gateway's results.

use tollgate_gateway::{
    Batch, Found, Gateway, IncomingTls as TlsResult, Mail, Match, OutgoingConnection, OutgoingTls, Received, Stay,
    Verdict, connection_number,
};
use tollgate_ledger::{
    Control, Counts, DeliveryKey, Filter, Group, IncomingTls, Last, Ledger, Outbreak, Outcome, Sender, System, User,
    Virus, filter_key,
};
use tollgate_scenario::{Action, Cost, DestinationTls, FilterAction, HOUR};
use tollgate_traffic::Group as Destined;

use crate::deliveries::Handed;
use crate::occupancy::Occupancy;
use crate::shard::{Recipients, Shard};
use crate::{Balance, Tally};

// A score has the same representation in traffic and ledger.
const _: () = assert!(tollgate_traffic::NO_SCORE == tollgate_ledger::NO_SCORE);

/// Counts one shard into a ledger.
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
}

impl Counter<'_> {
    /// Counts a whole shard. `stays` are the stays of its mail in the work queue.
    pub(crate) fn count(&mut self, shard: &Shard, stays: &[Stay]) {
        self.all_connections(shard);
        for (entry, stay) in shard.order.iter().zip(stays) {
            let mail = &shard.judged.mail[entry.place()];
            self.mail(mail, shard.recipients(mail), *stay);
        }
    }

    /// Counts the connections of a shard and their mail.
    pub(crate) fn all_connections(&mut self, shard: &Shard) {
        let cores = self.cores;
        self.ledger.spread(shard.begin, shard.begin + HOUR, |counts, micros| {
            counts.system.add(System::Elapsed, micros);
            counts.system.add(System::CpuCapacity, micros * cores);
        });
        // Most connections have an address of their own. Growing step by step would copy their rows again and again.
        let in_interval = shard.connections * self.ledger.interval_micros().min(HOUR) / HOUR;
        self.ledger.at(shard.begin).addresses.reserve(in_interval as usize);
        for batch in &shard.judged.batches {
            self.connections(batch, 0..batch.connections.len());
            for received in &batch.received {
                self.received(batch, received);
            }
        }
    }

    /// Counts connections at the time of opening.
    pub(crate) fn connections(&mut self, batch: &Batch, range: std::ops::Range<usize>) {
        let opened = &batch.connections.opened;
        let mut from = range.start;
        while from < range.end {
            // Connections are in order of time, so those of one interval are neighbours.
            let boundary = self.ledger.interval_end(opened[from]);
            let run = from..from + opened[from..range.end].partition_point(|&opened| opened < boundary);
            self.run(batch, run.clone());
            let costs =
                [(System::CpuMailProcessing, self.cost.connection), (System::CpuReporting, self.cost.reporting)];
            for (cell, cost) in costs {
                // Almost all of this work ends before the interval does.
                let cost = cost.micros();
                let inside = opened[run.clone()].partition_point(|&opened| opened + cost <= boundary);
                self.ledger.at(opened[from]).system.add(cell, inside as u64 * cost);
                for &opened in &opened[from + inside..run.end] {
                    self.work(opened, cell, cost);
                }
            }
            from = run.end;
        }
    }

    /// Counts connections that were opened in one interval.
    fn run(&mut self, batch: &Batch, run: std::ops::Range<usize>) {
        let Some(&first) = batch.connections.opened.get(run.start) else { return };
        let counts = self.ledger.at(first);
        let mut relayed = 0;
        // Most neighbours have the same sender group and are counted together.
        let mut group = (batch.admissions.group[run.start], Group::Accept, 0);
        for at in run.clone() {
            let action = self.gateway.policy(batch.admissions.policy[at]).action;
            let (group_cell, cell) = match action {
                Action::Accept => (Group::Accept, Some(Sender::Accepted)),
                Action::Reject => (Group::Reject, Some(Sender::Rejected)),
                Action::TcpRefuse => (Group::TcpRefuse, Some(Sender::Refused)),
                Action::Relay => (Group::Relay, None),
            };
            if (group.0, group.1) != (batch.admissions.group[at], group_cell) {
                counts.groups.add(u32::from(group.0), group.1, group.2);
                group = (batch.admissions.group[at], group_cell, 0);
            }
            group.2 += 1;
            match cell {
                Some(cell) => {
                    let connections = &batch.connections;
                    let source = (connections.address[at], connections.domain[at], connections.owner[at]);
                    sender(counts, source, last(batch, at), cell, 1);
                }
                None => relayed += 1,
            }
        }
        counts.groups.add(u32::from(group.0), group.1, group.2);
        // The span begins and ends with an interval, so a run lies either inside it or outside.
        if self.span.0 <= first && first < self.span.1 {
            self.tally.incoming.connections += run.len() as u64 - relayed;
            self.tally.outgoing.connections += relayed;
        }
    }

    /// Counts the mail of a connection at the time of opening.
    pub(crate) fn received(&mut self, batch: &Batch, received: &Received) {
        let at = received.connection as usize;
        let opened = batch.connections.opened[at];
        let relayed = self.gateway.policy(batch.admissions.policy[at]).action == Action::Relay;
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
        let tls = counts.incoming_tls.row(batch.connections.domain[at]);
        let (cell, messages) = match received.tls {
            TlsResult::SuccessfulRequired => (IncomingTls::SuccessfulRequired, IncomingTls::EncryptedMessages),
            TlsResult::SuccessfulPreferred => (IncomingTls::SuccessfulPreferred, IncomingTls::EncryptedMessages),
            TlsResult::FailedRequired => (IncomingTls::FailedRequired, IncomingTls::UnencryptedMessages),
            TlsResult::FailedPreferred => (IncomingTls::FailedPreferred, IncomingTls::UnencryptedMessages),
            TlsResult::Unencrypted => (IncomingTls::Unencrypted, IncomingTls::UnencryptedMessages),
        };
        tls.cells[cell as usize] += 1;
        tls.cells[messages as usize] += u64::from(received.recipients);
        for (cell, count) in [(Sender::Throttled, received.throttled), (Sender::Invalid, received.invalid)] {
            if count > 0 {
                let connection = batch.connections.get(at);
                let source = (connection.address, connection.domain, connection.owner);
                sender(counts, source, last(batch, at), cell, u64::from(count));
            }
        }
    }

    /// Counts a message (transaction) when it leaves the work queue, and everything that follows.
    pub(crate) fn mail(&mut self, mail: &Mail, recipients: Recipients<'_>, stay: Stay) {
        self.queue_bytes.occupy(mail.entered, stay.left.min(self.span.1), u64::from(mail.message.size_bytes));
        let system = &mut self.ledger.at(stay.left).system;
        system.add(System::QueueLeft, 1);
        system.add(System::QueueTime, stay.left - mail.entered);
        let mut from = stay.started;
        let engines = [System::CpuAntiSpam, System::CpuAntiVirus, System::CpuMailProcessing];
        for (cell, service) in engines.into_iter().zip(mail.message.service) {
            let to = from + u64::from(service);
            self.ledger.spread(from, to, |counts, micros| counts.system.add(cell, micros));
            from = to;
        }
        self.work(stay.left, System::CpuReporting, self.cost.reporting.micros());
        match recipients {
            Recipients::Users(users) => self.incoming(mail, users, stay.left),
            Recipients::Groups(groups) => self.outgoing(mail, groups, stay.left),
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
        sender(counts, mail.source, last_of(mail), cell, count as u64);
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
            let row = &mut counts.users.row(user).cells;
            row[User::IncomingMatched as usize] += u64::from(outcome.matched);
            match outcome.stopped {
                Some(action) => {
                    row[User::IncomingFiltered as usize] += 1;
                    filtered += 1;
                    quarantined |= action == FilterAction::Quarantine;
                }
                None => row[User::IncomingClean as usize] += 1,
            }
        }
        let cells = [(Sender::Filtered, filtered), (Sender::Clean, users.len() as u64 - filtered)];
        for (cell, count) in cells.into_iter().filter(|&(_, count)| count > 0) {
            sender(counts, mail.source, last_of(mail), cell, count);
        }
        self.matches = matches;
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
        let row = &mut counts.users.row(user).cells;
        if outcome.matched {
            row[User::OutgoingMatched as usize] += recipients;
        }
        match outcome.stopped {
            None => {
                row[User::OutgoingClean as usize] += recipients;
                let Mail { message, .. } = mail;
                let (identity, size_bytes) = (message.identity, message.size_bytes);
                self.handed.push(Handed { at: found.at, identity, size_bytes, recipients: message.recipients });
            }
            Some(action) => {
                row[User::OutgoingFiltered as usize] += recipients;
                if action == FilterAction::Quarantine {
                    self.work(found.at, System::CpuQuarantine, self.cost.quarantine.micros());
                }
            }
        }
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
    fn work(&mut self, from: u64, cell: System, micros: u64) {
        self.ledger.spread(from, from + micros, |counts, micros| counts.system.add(cell, micros));
    }
}

/// The effect of the content filters on a recipient.
struct Filtered {
    matched: bool,
    stopped: Option<FilterAction>,
}

/// Runs the filters that match a message for one user, up to the first that stops it.
fn filter(counts: &mut Counts, gateway: &Gateway, matches: &[Match], user: u32, recipients: u64) -> Filtered {
    let mut matched = false;
    for &found in matches {
        if recipients > 0 && gateway.applies(found, user) {
            matched = true;
            counts.filters.add(filter_key(u32::from(found.filter), user), Filter::Messages, recipients);
            if found.action.stops() {
                return Filtered { matched, stopped: Some(found.action) };
            }
        }
    }
    Filtered { matched, stopped: None }
}

/// Counts a fact about a sender in the three accounts that show it.
#[inline]
fn sender(counts: &mut Counts, (address, domain, owner): (u32, u32, u32), last: Last, cell: Sender, count: u64) {
    counts.domains.add(domain, cell, count);
    counts.owners.add(owner, cell, count);
    let row = counts.addresses.row(address);
    row.cells[cell as usize] += count;
    row.note = row.note.max(last);
}

fn last(batch: &Batch, at: usize) -> Last {
    Last {
        opened: (batch.connections.opened[at], connection_number(batch.population, at)),
        sbrs: batch.connections.sbrs[at],
        group: batch.admissions.group[at],
        population: batch.population,
    }
}

fn last_of(mail: &Mail) -> Last {
    let (sbrs, group, population) = mail.standing;
    Last { opened: mail.opened, sbrs, group, population }
}

pub(crate) fn delivery_key(domain: u32, base_interval: u64, connection: &OutgoingConnection) -> DeliveryKey {
    let control = match connection.control {
        DestinationTls::No => Control::No,
        DestinationTls::Preferred | DestinationTls::PreferredVerify => Control::Preferred,
        DestinationTls::Required | DestinationTls::RequiredVerify => Control::Required,
    };
    let outcome = match connection.tls {
        OutgoingTls::NotTried => Outcome::NotTried,
        OutgoingTls::NotOffered => Outcome::NotOffered,
        OutgoingTls::Negotiated => Outcome::Negotiated,
        OutgoingTls::FailedBefore220 => Outcome::FailedBefore220,
        OutgoingTls::FailedAfter220 => Outcome::FailedAfter220,
        OutgoingTls::NotVerified => Outcome::NotVerified,
        OutgoingTls::SecondConnection => Outcome::SecondConnection,
    };
    DeliveryKey { domain, base_interval: (connection.at / base_interval) as u32, control, outcome }
}
