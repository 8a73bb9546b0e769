//! Keeps exports that were made, for whoever asks for them again.
//!
//! One thread makes an entry, once. Any number of readers read it, also while it is being made. Each reader has its own
//! speed, so a slow one costs a block and no thread. A small entry stays in memory. A larger one goes to a file without a
//! name.

mod entry;
mod maker;
mod shelf;

use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task;

use self::shelf::Shelf;
use crate::refusal::HttpRefusal;

pub(crate) use self::entry::{BLOCK_BYTES, Reader};
pub(crate) use self::maker::EntryMaker;
pub(crate) use self::shelf::Bounds;

/// Exports that were made, by their keys.
#[derive(Debug)]
pub(crate) struct Cache<Key> {
    shelf: Arc<Shelf<Key>>,
    makers: Arc<Semaphore>,
}

impl<Key: Clone + Eq + Hash + Send + 'static> Cache<Key> {
    /// An empty cache.
    pub(crate) fn new(bounds: Bounds) -> Self {
        Cache { shelf: Arc::new(Shelf::new(bounds)), makers: Arc::new(Semaphore::new(bounds.makers)) }
    }

    /// A reader of the entry of a key. If there is none, `make` makes it, on a thread where it may block. When nobody
    /// reads the entry any more, its maker gives an error.
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
                    // The maker lets go of its entry before the next one is made.
                    drop((maker, permit));
                });
                // A maker that panics tells its readers.
                let _ = making.await;
            });
        }
        reader
    }
}

#[cfg(test)]
mod tests;
