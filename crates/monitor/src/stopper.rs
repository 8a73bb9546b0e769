//! Stopping a server.

use tokio::sync::watch;

/// Stops a server from another thread. It counts the calls of [`Stopper::stop`].
#[derive(Clone, Debug)]
pub struct Stopper {
    times: watch::Sender<u32>,
}

impl Stopper {
    /// Tells the server to take no more requests and to finish the answers that it has begun. After a second call, the server
    /// does not wait for these answers.
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
