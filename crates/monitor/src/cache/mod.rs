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
use std::sync::atomic::{AtomicU64, Ordering};

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
    hits: AtomicU64,
    misses: AtomicU64,
}

/// Figures about the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheFigures {
    /// The size of all entries, including those that only readers still hold.
    pub(crate) bytes: u64,
    pub(crate) files: u64,
    /// The number of times that an entry was found.
    pub(crate) hits: u64,
    /// The number of entries that were begun.
    pub(crate) misses: u64,
}

impl<Key: Clone + Eq + Hash + Send + 'static> Cache<Key> {
    /// An empty cache with the temporary files of a host.
    pub(crate) fn new(bounds: Bounds, host: Host) -> Self {
        Cache {
            shelf: Arc::new(Shelf::new(bounds, host)),
            makers: Arc::new(Semaphore::new(bounds.makers)),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// Drops all entries on the disk that nobody reads.
    pub(crate) fn give_back(&self) {
        self.shelf.give_back();
    }

    /// True if an attempt to store an entry in a file failed, until another one is stored.
    pub(crate) fn is_failing(&self) -> bool {
        self.shelf.is_failing()
    }

    /// The length of the entry with a key, if it is complete.
    pub(crate) fn length(&self, key: &Key) -> Option<u64> {
        self.shelf.length(key)
    }

    /// Figures about the cache.
    pub(crate) fn figures(&self) -> CacheFigures {
        let [bytes, files, hits, misses] = [&self.shelf.usage.bytes, &self.shelf.usage.files, &self.hits, &self.misses]
            .map(|figure| figure.load(Ordering::Relaxed));
        CacheFigures { bytes, files, hits, misses }
    }

    /// Opens a reader of the entry with a key. If there is no such entry, `make` makes it, on a thread where it may block. If
    /// all readers go away, the maker's methods return an error.
    pub(crate) fn open(
        &self,
        key: Key,
        make: impl FnOnce(&mut EntryMaker<Key>) -> Result<(), HttpRefusal> + Send + 'static,
    ) -> Reader {
        let (reader, entry) = self.shelf.find_or_begin(&key);
        let outcomes = if entry.is_some() { &self.misses } else { &self.hits };
        outcomes.fetch_add(1, Ordering::Relaxed);
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
