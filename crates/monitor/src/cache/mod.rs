//! Caches exports for later requests.
//!
//! One thread makes an entry, once. Any number of readers can read it, even while it is being made. Each reader has its own
//! speed, so a slow reader costs one block of memory and no thread. A small entry stays in memory. A larger one goes to an
//! unnamed file.

mod entry;
mod maker;
mod shelf;

use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task;
use tollgate_history::Host;

use self::shelf::Shelf;
use crate::refusal::HttpRefusal;

pub(crate) use self::entry::{BLOCK_BYTES, Reader};
pub(crate) use self::maker::EntryMaker;
pub(crate) use self::shelf::{Bounds, FILES as CACHE_FILES};

/// A cache of exports by their keys.
#[derive(Debug)]
pub(crate) struct Cache<Key> {
    shelf: Arc<Shelf<Key>>,
    makers: Arc<Semaphore>,
}

impl<Key: Clone + Eq + Hash + Send + 'static> Cache<Key> {
    /// An empty cache with the temporary files of a host.
    pub(crate) fn new(bounds: Bounds, host: Host) -> Self {
        Cache { shelf: Arc::new(Shelf::new(bounds, host)), makers: Arc::new(Semaphore::new(bounds.makers)) }
    }

    /// Drops all entries on the disk that nobody reads.
    pub(crate) fn give_back(&self) {
        self.shelf.give_back();
    }

    /// Opens a reader of the entry with a key. If there is no such entry, `make` makes it, on a thread where it may block. If
    /// all readers go away, the maker's methods return an error.
    pub(crate) fn open(
        &self,
        key: Key,
        make: impl FnOnce(&mut EntryMaker<Key>) -> Result<(), HttpRefusal> + Send + 'static,
    ) -> Reader {
        let (reader, entry) = self.shelf.find_or_begin(&key);
        if let Some(entry) = entry {
            let mut maker = EntryMaker::new(Arc::clone(&self.shelf), key, entry);
            let makers = Arc::clone(&self.makers);
            task::spawn(async move {
                let permit = makers.acquire_owned().await;
                let making = task::spawn_blocking(move || {
                    maker.make(make);
                    // Drop the maker's entry before the permit lets the next maker start.
                    drop((maker, permit));
                });
                // If the maker panics, its destructor tells the readers.
                let _ = making.await;
            });
        }
        reader
    }
}

#[cfg(test)]
mod tests;
