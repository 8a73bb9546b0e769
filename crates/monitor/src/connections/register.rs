//! The open connections in the orders in which they may be closed.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::{Duration, Instant};

/// The part of the connections that one address keeps if others need room: a quarter.
const SHARE: usize = 4;

/// The open connections in the orders in which they may be closed. Every call takes time in proportion to the logarithm of their
/// number, for each connection that it closes.
#[derive(Debug)]
pub(super) struct Register {
    /// The connections of an address from which on it has its share.
    share: usize,
    yields: Duration,
    connections: HashMap<u64, Registered>,
    households: HashMap<IpAddr, Household>,
    /// The households with more than the share. There are fewer than `2 * SHARE`.
    crowded: BTreeSet<IpAddr>,
    all: Candidates,
    /// The admitted connections whose readers had not stopped for long enough when a connection was last chosen, by the moment of
    /// stopping.
    blocked: BTreeSet<(Instant, u64)>,
    /// The connections that are not admitted, by the bytes that they hold.
    by_bytes: BTreeSet<(Reverse<usize>, u64)>,
    /// The bytes that all connections hold.
    head_bytes: usize,
    /// The number of connections and of changes of stage so far, which is their clock.
    changes: u64,
}

/// An open connection.
#[derive(Debug)]
struct Registered {
    household: IpAddr,
    progress: Progress,
    closed: Arc<Notify>,
}

/// The progress of the present request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    stage: ConnectionStage,
    /// The moment of the last change of stage.
    since: u64,
    /// The moment since which the reader takes no bytes, while some wait to be sent.
    pub(super) blocked_since: Option<Instant>,
    /// The bytes that the connection is assumed to hold: those of its longest request.
    pub(super) head_bytes: usize,
}

/// The stage of the present request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConnectionStage {
    /// It has not come, or not completely.
    Idle,
    /// It has come. It has no access yet, or needs none.
    Asking,
    /// Its password or session is right.
    Admitted,
}

/// The connections of one address.
#[derive(Debug, Default)]
struct Household {
    open: usize,
    candidates: Candidates,
}

/// Connections that may be closed, in the order in which they are.
#[derive(Debug, Default)]
struct Candidates {
    unadmitted: BTreeSet<Rank>,
    /// Admitted connections whose readers have stopped for long enough.
    stalled: BTreeSet<Rank>,
}

/// The stage of a connection, the moment of its last change, and its number.
type Rank = (ConnectionStage, u64, u64);

impl Register {
    /// No connections yet. `most` is their maximum number, and `yields` the time after which a reader who has stopped gives way.
    pub(super) fn new(most: usize, yields: Duration) -> Register {
        Register {
            share: (most / SHARE).max(1),
            yields,
            connections: HashMap::new(),
            households: HashMap::new(),
            crowded: BTreeSet::new(),
            all: Candidates::default(),
            blocked: BTreeSet::new(),
            by_bytes: BTreeSet::new(),
            head_bytes: 0,
            changes: 0,
        }
    }

    /// The number of open connections.
    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// The bytes that all connections hold.
    pub(super) fn head_bytes(&self) -> usize {
        self.head_bytes
    }

    /// Adds a connection, and returns its number. `closed` is notified when another part of the program closes it.
    pub(super) fn add(&mut self, household: IpAddr, closed: Arc<Notify>) -> u64 {
        let number = self.tick();
        let progress = Progress { stage: ConnectionStage::Idle, since: number, blocked_since: None, head_bytes: 0 };
        let of_household = self.households.entry(household).or_default();
        of_household.open += 1;
        if of_household.open > self.share {
            self.crowded.insert(household);
        }
        let connection = Registered { household, progress, closed };
        self.link(number, &connection);
        self.connections.insert(number, connection);
        number
    }

    /// Changes the stage of a connection, unless it was closed.
    pub(super) fn change(&mut self, number: u64, stage: ConnectionStage) {
        let since = self.tick();
        self.update(number, |progress| (progress.stage, progress.since) = (stage, since));
    }

    /// Changes the progress of a connection, unless it was closed.
    pub(super) fn update(&mut self, number: u64, change: impl FnOnce(&mut Progress)) {
        let Some(mut connection) = self.connections.remove(&number) else { return };
        self.unlink(number, &connection);
        change(&mut connection.progress);
        self.link(number, &connection);
        self.connections.insert(number, connection);
    }

    /// Removes a connection, and tells its task to end.
    pub(super) fn close(&mut self, number: u64) {
        let Some(connection) = self.connections.remove(&number) else { return };
        self.unlink(number, &connection);
        connection.closed.notify_one();
        let Some(household) = self.households.get_mut(&connection.household) else { return };
        household.open -= 1;
        if household.open <= self.share {
            self.crowded.remove(&connection.household);
        }
        if household.open == 0 {
            self.households.remove(&connection.household);
        }
    }

    /// The connection that gives way to a new one at a moment, if any may be closed.
    pub(super) fn first_to_go(&mut self, newcomer: IpAddr, now: Instant) -> Option<u64> {
        self.note_stalled(now);
        let unadmitted = |candidates: &Candidates| candidates.unadmitted.first().copied();
        let stalled = |candidates: &Candidates| candidates.stalled.first().copied();
        let first = self.first_of(newcomer, unadmitted).or_else(|| self.first_of(newcomer, stalled));
        first.map(|(.., number)| number)
    }

    /// The connection that holds most bytes, except the admitted ones.
    pub(super) fn heaviest(&self) -> Option<u64> {
        self.by_bytes.first().map(|&(_, number)| number)
    }

    /// A connection that is not admitted.
    pub(super) fn unadmitted(&self) -> Option<u64> {
        self.all.unadmitted.first().map(|&(.., number)| number)
    }

    /// The first of the candidates of one kind: from the newcomer's own address if it has its share, or else from an address with more
    /// than its share, or else from any address.
    fn first_of(&self, newcomer: IpAddr, of: impl Fn(&Candidates) -> Option<Rank>) -> Option<Rank> {
        let first = |address: &IpAddr| self.households.get(address).and_then(|household| of(&household.candidates));
        let has_share = self.households.get(&newcomer).is_some_and(|household| household.open >= self.share);
        let own = if has_share { first(&newcomer) } else { None };
        own.or_else(|| self.crowded.iter().filter_map(first).min()).or_else(|| of(&self.all))
    }

    /// Makes candidates of the connections whose readers have stopped for long enough.
    fn note_stalled(&mut self, now: Instant) {
        while let Some(&(since, number)) = self.blocked.first() {
            if now.saturating_duration_since(since) < self.yields {
                return;
            }
            self.blocked.pop_first();
            if let Some(Registered { household, progress, .. }) = self.connections.get(&number) {
                let rank = (progress.stage, progress.since, number);
                let own = self.households.get_mut(household).map(|household| &mut household.candidates);
                for candidates in own.into_iter().chain([&mut self.all]) {
                    candidates.stalled.insert(rank);
                }
            }
        }
    }

    /// Adds a connection to the orders.
    fn link(&mut self, number: u64, connection: &Registered) {
        let Progress { stage, since, blocked_since, head_bytes, .. } = connection.progress;
        self.head_bytes += head_bytes;
        if stage == ConnectionStage::Admitted {
            self.blocked.extend(blocked_since.map(|since| (since, number)));
            return;
        }
        self.by_bytes.insert((Reverse(head_bytes), number));
        for candidates in self.candidates(connection.household) {
            candidates.unadmitted.insert((stage, since, number));
        }
    }

    /// Removes a connection from the orders.
    fn unlink(&mut self, number: u64, connection: &Registered) {
        let Progress { stage, since, blocked_since, head_bytes, .. } = connection.progress;
        self.head_bytes -= head_bytes;
        self.by_bytes.remove(&(Reverse(head_bytes), number));
        if let Some(since) = blocked_since {
            self.blocked.remove(&(since, number));
        }
        for candidates in self.candidates(connection.household) {
            candidates.unadmitted.remove(&(stage, since, number));
            candidates.stalled.remove(&(stage, since, number));
        }
    }

    /// The candidates of a household, and those of all.
    fn candidates(&mut self, household: IpAddr) -> impl Iterator<Item = &mut Candidates> {
        let own = self.households.get_mut(&household).map(|household| &mut household.candidates);
        own.into_iter().chain([&mut self.all])
    }

    /// The next moment of the clock.
    fn tick(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }
}

#[cfg(test)]
mod tests;
