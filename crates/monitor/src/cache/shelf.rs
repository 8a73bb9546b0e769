//! All entries of the cache by their keys, and the bounds of the cache.

use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tollgate_history::{Host, LineKind};

use super::entry::{CacheEntry, CacheUsage, Reader, broken, lock};
use crate::refusal::HttpRefusal;

/// The maximum number of files without a reader. It is bounded because a process may open only a limited number of files.
pub(crate) const FILES: u64 = 128;

/// The bounds of the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// If the cache has more bytes than this, entries without a reader are dropped, the least recently used first.
    pub(crate) kept_bytes: u64,
    /// If readers keep the cache above this number of bytes, no new entry is made.
    pub(crate) most_bytes: u64,
    /// The maximum number of entries that are made at once.
    pub(crate) makers: usize,
}

/// All entries by their keys.
#[derive(Debug)]
pub(super) struct Shelf<Key> {
    bounds: Bounds,
    pub(super) usage: Arc<CacheUsage>,
    entries: Mutex<EntriesByKey<Key>>,
    host: Host,
    /// True if an attempt to write to a file failed, until an entry in a file is complete.
    is_failing: AtomicBool,
}

#[derive(Debug)]
struct EntriesByKey<Key> {
    /// The entries, each with the number of its latest use.
    by_key: HashMap<Key, (u64, Arc<CacheEntry>)>,
    uses: u64,
}

impl<Key: Clone + Eq + Hash> Shelf<Key> {
    /// A shelf without entries.
    pub(super) fn new(bounds: Bounds, host: Host) -> Shelf<Key> {
        let entries = Mutex::new(EntriesByKey { by_key: HashMap::new(), uses: 0 });
        Shelf { bounds, usage: Arc::default(), entries, host, is_failing: AtomicBool::new(false) }
    }

    /// The source of the files.
    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    /// Records that writing to a file failed, or that an entry in a file is complete. A change goes to the log.
    pub(super) fn note_outcome(&self, outcome: &io::Result<()>) {
        let failed = self.is_failing.swap(outcome.is_err(), Ordering::AcqRel);
        let directory = self.host.directory();
        match outcome {
            Err(error) if !failed => {
                let line = format!(
                    "cannot store an export in {directory}: {error}; large exports are refused until it succeeds"
                );
                self.host.log(LineKind::Error, &line);
            }
            Ok(()) if failed => {
                self.host.log(LineKind::Note, &format!("exports can be stored in {directory} again"));
            }
            _ => {}
        }
    }

    /// True if an attempt to write to a file failed, until an entry in a file is complete.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Acquire)
    }

    /// Drops all entries in files that nobody reads.
    pub(super) fn give_back(&self) {
        lock(&self.entries).by_key.retain(|_, (_, entry)| !(entry.is_idle() && entry.is_in_file()));
    }

    /// Finds the entry with a key, or adds one, and gives a reader of it. If the entry is new, gives it too, and the caller makes it.
    pub(super) fn find_or_begin(&self, key: &Key) -> (Reader, Option<Arc<CacheEntry>>) {
        self.trim();
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.find(key) {
            return (entry.reader(), None);
        }
        let entry = CacheEntry::new(Arc::clone(&self.usage));
        entries.insert(key.clone(), Arc::clone(&entry));
        (entry.reader(), Some(entry))
    }

    /// The length of the entry with a key, if it is complete.
    pub(super) fn length(&self, key: &Key) -> Option<u64> {
        lock(&self.entries).by_key.get(key).and_then(|(_, entry)| entry.whole_length())
    }

    /// Checks that there is room for a new entry.
    ///
    /// # Errors
    /// If readers hold too many bytes.
    pub(super) fn check_room(&self) -> Result<(), HttpRefusal> {
        if self.usage.bytes.load(Ordering::Relaxed) <= self.bounds.most_bytes {
            return Ok(());
        }
        Err(HttpRefusal::busy("too many large exports are being read; try again later"))
    }

    /// Checks that an unfinished entry still has a reader. Drops it otherwise.
    ///
    /// # Errors
    /// If the entry was dropped.
    pub(super) fn check_wanted(&self, key: &Key, entry: &Arc<CacheEntry>) -> Result<(), HttpRefusal> {
        // New readers need this lock, so none can come between the check and the removal.
        let mut entries = lock(&self.entries);
        if entry.is_read() {
            return Ok(());
        }
        entries.remove(key, entry);
        Err(broken())
    }

    /// The keys of all entries.
    #[cfg(test)]
    pub(super) fn keys(&self) -> Vec<Key> {
        lock(&self.entries).by_key.keys().cloned().collect()
    }

    /// Drops an entry.
    pub(super) fn remove(&self, key: &Key, entry: &Arc<CacheEntry>) {
        lock(&self.entries).remove(key, entry);
    }

    /// Drops entries without readers if the cache exceeds its bounds. It drops down to seven eighths of the bounds, so that not
    /// every new entry needs another trim.
    pub(super) fn trim(&self) {
        let Bounds { kept_bytes, .. } = self.bounds;
        let is_over = |bytes: u64, files: u64| {
            self.usage.bytes.load(Ordering::Relaxed) > bytes || self.usage.files.load(Ordering::Relaxed) > files
        };
        if !is_over(kept_bytes, FILES) {
            return;
        }
        let mut entries = lock(&self.entries);
        let idle = entries.by_key.iter().filter(|(_, (_, entry))| entry.is_idle());
        let mut idle: Vec<(u64, Key)> = idle.map(|(key, (used, _))| (*used, key.clone())).collect();
        idle.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in idle {
            if !is_over(kept_bytes / 8 * 7, FILES / 8 * 7) {
                return;
            }
            entries.by_key.remove(&key);
        }
    }
}

impl<Key: Clone + Eq + Hash> EntriesByKey<Key> {
    fn find(&mut self, key: &Key) -> Option<&Arc<CacheEntry>> {
        self.uses += 1;
        let (used, entry) = self.by_key.get_mut(key)?;
        *used = self.uses;
        Some(entry)
    }

    fn insert(&mut self, key: Key, entry: Arc<CacheEntry>) {
        self.uses += 1;
        self.by_key.insert(key, (self.uses, entry));
    }

    /// Removes an entry, unless the key has a newer entry.
    fn remove(&mut self, key: &Key, entry: &Arc<CacheEntry>) {
        if self.by_key.get(key).is_some_and(|(_, found)| Arc::ptr_eq(found, entry)) {
            self.by_key.remove(key);
        }
    }
}
