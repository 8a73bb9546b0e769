//! The open connections, and the order in which they give way to new ones.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Duration, Instant, timeout};

use self::register::{ConnectionStage, Register};
use crate::access::household;
use crate::limits::{HEAD_BYTES, ServerLimits};
use crate::watched::BodyWatcher;

mod register;

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
    open: Mutex<OpenConnections>,
    /// Notified when a connection ends or may be closed.
    freed: Notify,
}

#[derive(Debug)]
struct OpenConnections {
    register: Register,
    /// True if the server stops: no further request is answered.
    stops: bool,
}

/// The handle of a connection's own task. Dropping it ends the connection's entry.
#[derive(Debug)]
pub(crate) struct ConnectionHandle {
    number: u64,
    connections: Arc<Connections>,
    closed: Arc<Notify>,
    request: Mutex<PresentRequest>,
}

/// The present request of a connection.
#[derive(Debug, Default)]
struct PresentRequest {
    bytes: usize,
    /// The bytes of the longest request so far.
    most_bytes: usize,
    /// True if the answer has been made. It may not have been sent yet.
    is_answered: bool,
}

/// Ends an answer when it is dropped.
#[derive(Debug)]
pub(crate) struct AnswerGuard(Arc<ConnectionHandle>);

impl Connections {
    /// No connections yet.
    pub(crate) fn new(limits: &ServerLimits) -> Arc<Connections> {
        let register = Register::new(limits.connections, limits.yields);
        Arc::new(Connections {
            most: limits.connections,
            most_head_bytes: limits.head_bytes,
            open: Mutex::new(OpenConnections { register, stops: false }),
            freed: Notify::new(),
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
        let OpenConnections { register, .. } = &mut *lock(&self.open);
        while register.len() >= self.most {
            let number = register.first_to_go(household, Instant::now())?;
            register.close(number);
        }
        let closed = Arc::new(Notify::new());
        let number = register.add(household, Arc::clone(&closed));
        Some(ConnectionHandle { number, connections: Arc::clone(self), closed, request: Mutex::default() })
    }

    /// Closes all connections except those with an answer in progress to a request with the right password, and returns the number
    /// of these. From now on, a connection with a further request is closed too.
    pub(crate) fn stop(&self) -> usize {
        let OpenConnections { register, stops } = &mut *lock(&self.open);
        *stops = true;
        while let Some(number) = register.unadmitted() {
            register.close(number);
        }
        register.len()
    }

    /// If all connections together hold too many bytes, closes those that hold most, down to seven eighths of the limit, so that
    /// not every further byte closes another one. None with an answer in progress to a request with the right password is closed.
    fn relieve(&self, register: &mut Register) {
        if register.head_bytes() <= self.most_head_bytes {
            return;
        }
        while register.head_bytes() > self.most_head_bytes / 8 * 7 {
            let Some(number) = register.heaviest() else { return };
            register.close(number);
        }
    }
}

impl ConnectionHandle {
    /// Waits until the connection has to give way to another one.
    pub(crate) async fn closed(&self) {
        self.closed.notified().await;
    }

    /// Counts bytes that the client sent.
    pub(crate) fn note_read(&self, bytes: usize) {
        let mut request = lock(&self.request);
        request.bytes = (request.bytes + bytes).min(HEAD_BYTES);
        if request.bytes <= request.most_bytes {
            return;
        }
        request.most_bytes = request.bytes;
        let OpenConnections { register, .. } = &mut *lock(&self.connections.open);
        register.update(self.number, |progress| progress.head_bytes = request.bytes);
        self.connections.relieve(register);
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
        self.note_blocked_since(Some(Instant::now()));
    }

    /// Notes that the reader has taken bytes.
    pub(crate) fn note_written(&self) {
        self.note_blocked_since(None);
    }

    /// Notes that everything made so far has been sent.
    pub(crate) fn note_flushed(&self) {
        if lock(&self.request).is_answered {
            self.change(ConnectionStage::Idle);
            self.connections.freed.notify_one();
        }
    }

    fn note_blocked_since(&self, moment: Option<Instant>) {
        let OpenConnections { register, .. } = &mut *lock(&self.connections.open);
        register.update(self.number, |progress| progress.blocked_since = moment);
    }

    fn change(&self, stage: ConnectionStage) {
        let mut request = lock(&self.request);
        request.is_answered = false;
        if stage == ConnectionStage::Idle {
            request.bytes = 0;
        }
        let OpenConnections { register, stops } = &mut *lock(&self.connections.open);
        if *stops && stage == ConnectionStage::Asking {
            register.close(self.number);
        } else {
            register.change(self.number, stage);
        }
        self.connections.relieve(register);
    }
}

impl Drop for ConnectionHandle {
    fn drop(&mut self) {
        lock(&self.connections.open).register.close(self.number);
        self.connections.freed.notify_one();
    }
}

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        lock(&self.0.request).is_answered = true;
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
