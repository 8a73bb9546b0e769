//! Stopping a server.

use tokio::sync::watch;

/// Stops a server from another thread. It counts how often the server was told to stop.
#[derive(Clone, Debug)]
pub struct Stopper {
    times: watch::Sender<u32>,
}

impl Stopper {
    /// Lets answers that have begun end, and takes no more requests. A second call does not wait for them.
    pub fn stop(&self) {
        self.times.send_modify(|times| *times += 1);
    }

    /// A stopper that has not been used.
    pub(crate) fn new() -> Stopper {
        Stopper { times: watch::Sender::new(0) }
    }

    /// Tells how often the server was told to stop, and changes with each time.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u32> {
        self.times.subscribe()
    }
}
