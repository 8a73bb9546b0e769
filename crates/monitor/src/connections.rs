//! The open connections, and the order in which they give way to new ones.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Duration, Instant, timeout};

use crate::access::household;
use crate::limits::{HEAD_BYTES, ServerLimits};
use crate::watched::BodyWatcher;

/// The part of the connections that one address keeps if others need room: a quarter.
const SHARE: usize = 4;
/// The time after which a new connection looks for room again.
const PAUSE: Duration = Duration::from_secs(1);

/// The open connections of a server.
///
/// If there is no room for a new connection, an open one is closed, in this order: first those of the new connection's own address if
/// it has its share, then those of other addresses with more than their share, then all others. Among these, connections without
/// a request are closed first, and the oldest first. So an address alone may have all connections, as a reverse proxy does.
///
/// A connection with an answer in progress to a request with the right password is closed only if its reader has not read for some
/// time, and after all others.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    most_head_bytes: usize,
    yields: Duration,
    open: Mutex<BTreeMap<u64, Arc<Connection>>>,
    /// Notified when a connection ends or may be closed.
    freed: Notify,
    /// The sum over the open connections.
    head_bytes: AtomicUsize,
    /// The number of changes of stage so far, which is their clock.
    changes: AtomicU64,
}

/// One open connection, as others see it.
#[derive(Debug)]
pub(crate) struct Connection {
    household: IpAddr,
    progress: Mutex<Progress>,
    closed: Notify,
}

/// The handle of a connection's own task. Dropping it ends the connection's entry.
#[derive(Debug)]
pub(crate) struct ConnectionHandle {
    number: u64,
    connections: Arc<Connections>,
    connection: Arc<Connection>,
}

/// Ends an answer when it is dropped.
#[derive(Debug)]
pub(crate) struct AnswerGuard(Arc<ConnectionHandle>);

#[derive(Clone, Copy, Debug)]
struct Progress {
    stage: ConnectionStage,
    /// The moment of the last change of stage.
    since: u64,
    /// The moment since which the reader takes no bytes, while some wait to be sent.
    blocked_since: Option<Instant>,
    /// True if the answer has been made. It may not have been sent yet.
    is_answered: bool,
    /// The bytes of the present request.
    request_bytes: usize,
    /// The bytes that the connection is assumed to hold: those of its longest request.
    head_bytes: usize,
    is_closed: bool,
}

/// The stage of the present request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ConnectionStage {
    /// It has not come, or not completely.
    Idle,
    /// It has come. It has no access yet, or needs none.
    Asking,
    /// Its password or session is right.
    Admitted,
}

impl Connections {
    /// No connections yet.
    pub(crate) fn new(limits: &ServerLimits) -> Arc<Connections> {
        Arc::new(Connections {
            most: limits.connections,
            most_head_bytes: limits.head_bytes,
            yields: limits.yields,
            open: Mutex::default(),
            freed: Notify::new(),
            head_bytes: AtomicUsize::new(0),
            changes: AtomicU64::new(0),
        })
    }

    /// Adds a connection, and closes another one if there is no room. Waits if none may be closed.
    pub(crate) async fn open(self: &Arc<Self>, peer: IpAddr) -> Arc<ConnectionHandle> {
        loop {
            let freed = self.freed.notified();
            if let Some(handle) = self.try_open(household(peer)) {
                return Arc::new(handle);
            }
            // Without a notification, a reader may have stopped reading for long enough by now.
            let _ = timeout(PAUSE, freed).await;
        }
    }

    fn try_open(self: &Arc<Self>, household: IpAddr) -> Option<ConnectionHandle> {
        let mut open = lock(&self.open);
        while open.len() >= self.most {
            let number = self.first_to_go(&open, household)?;
            self.close(&mut open, number);
        }
        let number = self.changes.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(household, number));
        open.insert(number, Arc::clone(&connection));
        Some(ConnectionHandle { number, connections: Arc::clone(self), connection })
    }

    /// The connection that gives way to a new one, if any may be closed.
    fn first_to_go(&self, open: &BTreeMap<u64, Arc<Connection>>, newcomer: IpAddr) -> Option<u64> {
        let share = (self.most / SHARE).max(1);
        let mut counts: HashMap<IpAddr, usize> = HashMap::new();
        open.values().for_each(|connection| *counts.entry(connection.household).or_default() += 1);
        let order = |(&number, connection): (&u64, &Arc<Connection>)| {
            let Progress { stage, since, blocked_since, .. } = *lock(&connection.progress);
            let count = counts.get(&connection.household).copied().unwrap_or_default();
            let is_own = connection.household == newcomer && count >= share;
            let place = if is_own {
                0
            } else if count > share {
                1
            } else {
                2
            };
            let is_admitted = stage == ConnectionStage::Admitted;
            let has_stopped = blocked_since.is_some_and(|since| since.elapsed() >= self.yields);
            (!is_admitted || has_stopped).then_some((is_admitted, place, stage, since, number))
        };
        open.iter().filter_map(order).min().map(|(.., number)| number)
    }

    /// If all connections together hold too many bytes, closes those that hold most, down to seven eighths of the limit, so that
    /// not every further byte needs another search. None with an answer in progress to a request with the right password is closed.
    fn relieve(&self) {
        let holds_more = |bytes| self.head_bytes.load(Ordering::Relaxed) > bytes;
        if !holds_more(self.most_head_bytes) {
            return;
        }
        let mut open = lock(&self.open);
        let order = |(&number, connection): (&u64, &Arc<Connection>)| {
            let Progress { stage, head_bytes, .. } = *lock(&connection.progress);
            (stage != ConnectionStage::Admitted).then_some((Reverse(head_bytes), number))
        };
        let mut numbers: Vec<(Reverse<usize>, u64)> = open.iter().filter_map(order).collect();
        numbers.sort_unstable();
        for (_, number) in numbers {
            if !holds_more(self.most_head_bytes / 8 * 7) {
                return;
            }
            self.close(&mut open, number);
        }
    }

    /// Removes a connection, and tells its task to end.
    fn close(&self, open: &mut BTreeMap<u64, Arc<Connection>>, number: u64) {
        if let Some(connection) = open.remove(&number) {
            let mut progress = lock(&connection.progress);
            progress.is_closed = true;
            self.head_bytes.fetch_sub(std::mem::take(&mut progress.head_bytes), Ordering::Relaxed);
            connection.closed.notify_one();
        }
    }
}

impl Connection {
    fn new(household: IpAddr, since: u64) -> Self {
        let progress = Progress {
            stage: ConnectionStage::Idle,
            since,
            blocked_since: None,
            is_answered: false,
            request_bytes: 0,
            head_bytes: 0,
            is_closed: false,
        };
        Connection { household, progress: Mutex::new(progress), closed: Notify::new() }
    }
}

impl ConnectionHandle {
    /// Waits until the connection has to give way to another one.
    pub(crate) async fn closed(&self) {
        self.connection.closed.notified().await;
    }

    /// Counts bytes that the client sent.
    pub(crate) fn note_read(&self, bytes: usize) {
        let mut progress = lock(&self.connection.progress);
        if progress.is_closed {
            return;
        }
        progress.request_bytes = (progress.request_bytes + bytes).min(HEAD_BYTES);
        let more = progress.request_bytes.saturating_sub(progress.head_bytes);
        progress.head_bytes += more;
        // Under the lock, so that a thread that closes the connection does not subtract these bytes before they are added.
        self.connections.head_bytes.fetch_add(more, Ordering::Relaxed);
        drop(progress);
        self.connections.relieve();
    }

    /// Notes that a request has come. The answer ends with the guard.
    pub(crate) fn ask(self: &Arc<Self>) -> AnswerGuard {
        self.change(ConnectionStage::Asking);
        AnswerGuard(Arc::clone(self))
    }

    /// Notes that the present request has access.
    pub(crate) fn admit(&self) {
        self.change(ConnectionStage::Admitted);
    }

    /// Notes that bytes wait until the reader takes some.
    pub(crate) fn note_blocked(&self) {
        lock(&self.connection.progress).blocked_since = Some(Instant::now());
    }

    /// Notes that the reader has taken bytes.
    pub(crate) fn note_written(&self) {
        lock(&self.connection.progress).blocked_since = None;
    }

    /// Notes that everything made so far has been sent.
    pub(crate) fn note_flushed(&self) {
        if lock(&self.connection.progress).is_answered {
            self.change(ConnectionStage::Idle);
            self.connections.freed.notify_one();
        }
    }

    fn change(&self, stage: ConnectionStage) {
        let since = self.connections.changes.fetch_add(1, Ordering::Relaxed);
        let mut progress = lock(&self.connection.progress);
        (progress.stage, progress.since, progress.is_answered) = (stage, since, false);
        if stage == ConnectionStage::Idle {
            progress.request_bytes = 0;
        }
    }
}

impl Drop for ConnectionHandle {
    fn drop(&mut self) {
        self.connections.close(&mut lock(&self.connections.open), self.number);
        self.connections.freed.notify_one();
    }
}

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        lock(&self.0.connection.progress).is_answered = true;
    }
}

/// The answer ends when its body is dropped.
impl BodyWatcher for AnswerGuard {}

/// Locks a mutex, even after a panic, because no code leaves data inconsistent under these locks.
fn lock<Any>(mutex: &Mutex<Any>) -> MutexGuard<'_, Any> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
