//! The maker of one entry of the cache.

use std::hash::Hash;
use std::sync::Arc;

use super::entry::{CacheEntry, broken};
use super::shelf::Shelf;
use crate::refusal::HttpRefusal;

/// Makes one entry. If the maker is dropped before the entry is complete, the entry fails.
#[derive(Debug)]
pub(crate) struct EntryMaker<Key: Clone + Eq + Hash> {
    /// Rows that are not stored yet.
    pub(crate) rows: Vec<u8>,
    /// The bytes that are stored but not announced to readers yet.
    unannounced: u64,
    /// True if readers get nothing before the entry is complete, because the last attempt to store an entry failed. They would otherwise
    /// get a part of an entry again and again.
    is_whole: bool,
    shelf: Arc<Shelf<Key>>,
    key: Key,
    entry: Arc<CacheEntry>,
}

impl<Key: Clone + Eq + Hash> EntryMaker<Key> {
    /// The maker of a new entry.
    pub(super) fn new(shelf: Arc<Shelf<Key>>, key: Key, entry: Arc<CacheEntry>) -> Self {
        let is_whole = shelf.is_failing();
        EntryMaker { rows: Vec::new(), unannounced: 0, is_whole, shelf, key, entry }
    }

    /// Stores the rows made so far, and announces them to readers unless they get only whole entries.
    ///
    /// # Errors
    /// If the entry has no reader any more, or the rows cannot be written.
    pub(crate) fn announce(&mut self) -> Result<(), HttpRefusal> {
        if !self.rows.is_empty() {
            self.store()?;
            if !self.is_whole {
                self.entry.announce(std::mem::take(&mut self.unannounced));
            }
        }
        self.shelf.check_wanted(&self.key, &self.entry)
    }

    /// Makes the whole entry. If that fails, readers get the error.
    pub(super) fn make(&mut self, make: impl FnOnce(&mut Self) -> Result<(), HttpRefusal>) {
        let outcome = self.shelf.check_room();
        let outcome = outcome.and_then(|()| self.shelf.check_wanted(&self.key, &self.entry));
        let outcome = outcome.and_then(|()| make(self)).and_then(|()| self.complete());
        if let Err(refusal) = outcome {
            self.fail(refusal);
        }
    }

    fn complete(&mut self) -> Result<(), HttpRefusal> {
        self.store()?;
        if self.entry.is_in_file() {
            self.shelf.note_outcome(&Ok(()));
        }
        self.entry.complete(std::mem::take(&mut self.unannounced));
        self.rows = Vec::new();
        self.shelf.trim();
        Ok(())
    }

    fn store(&mut self) -> Result<(), HttpRefusal> {
        let attempt = || self.entry.store(&self.rows, self.unannounced, self.shelf.host());
        let stored = attempt().or_else(|_| {
            self.shelf.give_back();
            attempt()
        });
        if stored.is_err() {
            self.shelf.note_outcome(&stored);
        }
        stored.map_err(|error| HttpRefusal::busy(format!("cannot store the export: {error}; try again later")))?;
        self.unannounced += self.rows.len() as u64;
        self.rows.clear();
        self.shelf.trim();
        Ok(())
    }

    fn fail(&mut self, refusal: HttpRefusal) {
        self.shelf.remove(&self.key, &self.entry);
        self.entry.forget(std::mem::take(&mut self.unannounced));
        self.entry.fail(refusal);
    }
}

impl<Key: Clone + Eq + Hash> Drop for EntryMaker<Key> {
    fn drop(&mut self) {
        if self.entry.is_unfinished() {
            self.fail(broken());
        }
    }
}
