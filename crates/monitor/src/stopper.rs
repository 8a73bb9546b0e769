//! Stopping a server.

use tokio::sync::watch;

/// Stops a server from another thread. It counts the calls of [`Stopper::stop`].
#[derive(Clone, Debug)]
pub struct Stopper {
    times: watch::Sender<u32>,
}

impl Stopper {
    /// Tells the server to close its connections, except those with an answer in progress to a request with the right password, and to
    /// finish these answers. After a second call, the server does not wait for them.
    pub fn stop(&self) {
        self.times.send_modify(|times| *times += 1);
    }

    /// A stopper that has not been used.
    pub(crate) fn new() -> Stopper {
        Stopper { times: watch::Sender::new(0) }
    }

    /// A receiver of the number of calls so far.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u32> {
        self.times.subscribe()
    }
}
