//! Exports that have been made, kept for whoever asks again.
//!
//! An entry is made once, by one thread, and read by any number of readers while it is being made and afterwards. Each
//! reader goes at its own pace, so a slow one costs a block and no thread. What is small stays in memory, what is larger
//! goes to a file without a name.

use std::collections::HashMap;
use std::fs::File;
use std::hash::Hash;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::task;

use crate::refusal::Refusal;

/// The most that a reader has in hand.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// An entry of more bytes goes to a file.
const MEMORY_BYTES: usize = 256 * 1024;

/// What an entry costs beside its bytes.
const ENTRY_BYTES: u64 = 1024;

/// The most files that are kept for nobody in particular, as a process may only have so many open.
const FILES: u64 = 128;

/// What is kept.
#[derive(Debug)]
pub(crate) struct Cache<Key> {
    shared: Arc<Shared<Key>>,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Above so many bytes entries that nobody reads go, those that were used longest ago first.
    pub(crate) kept_bytes: u64,
    /// Above so many bytes, as readers hold them, no new entry is made.
    pub(crate) most_bytes: u64,
    /// How many entries are made at once.
    pub(crate) makers: usize,
}

/// Reads one entry from its beginning. For as long as it exists the entry does.
#[derive(Debug)]
pub(crate) struct Reader {
    entry: Arc<Entry>,
    growth: watch::Receiver<Growth>,
    offset: u64,
}

/// Makes one entry. If it is dropped before the entry is whole, the entry has failed.
#[derive(Debug)]
pub(crate) struct Maker<Key: Clone + Eq + Hash> {
    /// What has been made and not announced.
    pub(crate) rows: Vec<u8>,
    shared: Arc<Shared<Key>>,
    key: Key,
    entry: Arc<Entry>,
}

#[derive(Debug)]
struct Shared<Key> {
    bounds: Bounds,
    usage: Arc<Usage>,
    makers: Arc<Semaphore>,
    entries: Mutex<Entries<Key>>,
}

/// What all entries come to, also those that only readers know of.
#[derive(Debug, Default)]
struct Usage {
    bytes: AtomicU64,
    files: AtomicU64,
}

#[derive(Debug)]
struct Entries<Key> {
    /// Each with the number of its latest use.
    by_key: HashMap<Key, (u64, Arc<Entry>)>,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    growth: watch::Sender<Growth>,
    content: Mutex<Content>,
    usage: Arc<Usage>,
}

/// How far an entry has come.
#[derive(Clone, Debug)]
struct Growth {
    length: u64,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Making,
    Whole,
    Failed(Refusal),
}

#[derive(Debug)]
enum Content {
    /// In the pieces in which it was announced; in one once it is whole.
    Memory(Vec<Bytes>),
    File(Arc<File>),
}

impl<Key: Clone + Eq + Hash + Send + 'static> Cache<Key> {
    /// Nothing kept yet.
    pub(crate) fn new(bounds: Bounds) -> Self {
        let entries = Entries { by_key: HashMap::new(), uses: 0 };
        let makers = Arc::new(Semaphore::new(bounds.makers));
        Cache { shared: Arc::new(Shared { bounds, usage: Arc::default(), makers, entries: Mutex::new(entries) }) }
    }

    /// A reader of the entry of a key. If there is none, `make` makes it, on a thread where it may block; it is told by
    /// an error of its maker when nobody reads any more.
    pub(crate) fn open(
        &self,
        key: Key,
        make: impl FnOnce(&mut Maker<Key>) -> Result<(), Refusal> + Send + 'static,
    ) -> Reader {
        let (reader, maker) = self.shared.find_or_begin(key);
        if let Some(mut maker) = maker {
            let makers = Arc::clone(&self.shared.makers);
            task::spawn(async move {
                let permit = makers.acquire_owned().await;
                let making = task::spawn_blocking(move || {
                    maker.make(make);
                    // With it goes what it holds of the entry, before the next one is made.
                    drop((maker, permit));
                });
                // A maker that panics says so to its readers.
                let _ = making.await;
            });
        }
        reader
    }
}

impl Reader {
    /// Waits for the beginning of the entry, and gives its length if it is whole by then.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) async fn begin(&mut self) -> Result<Option<u64>, Refusal> {
        let begun = |growth: &Growth| growth.length > 0 || !matches!(growth.stage, Stage::Making);
        let growth = self.growth.wait_for(begun).await.map_err(|_| broken())?;
        match &growth.stage {
            Stage::Making => Ok(None),
            Stage::Whole => Ok(Some(growth.length)),
            Stage::Failed(refusal) => Err(refusal.clone()),
        }
    }

    /// All of it at once, if it is whole and in memory.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        match (&self.growth.borrow().stage, &*lock(&self.entry.content)) {
            (Stage::Whole, Content::Memory(pieces)) => Some(pieces.first().cloned().unwrap_or_default()),
            _ => None,
        }
    }

    /// The next block, as soon as there is anything of it; none at the end.
    ///
    /// # Errors
    /// If the rest cannot be made or read.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let offset = self.offset;
        let moved = |growth: &Growth| growth.length > offset || !matches!(growth.stage, Stage::Making);
        let growth = self.growth.wait_for(moved).await.map_err(io::Error::other)?.clone();
        if growth.length > offset {
            let block = self.entry.read(offset, growth.length).await?;
            self.offset += block.len() as u64;
            return Ok(Some(block));
        }
        match growth.stage {
            Stage::Failed(refusal) => Err(io::Error::other(refusal.line)),
            Stage::Making | Stage::Whole => Ok(None),
        }
    }
}

impl<Key: Clone + Eq + Hash> Maker<Key> {
    /// Announces the rows made so far, so that readers have them.
    ///
    /// # Errors
    /// If nobody reads any more, or they cannot be written.
    pub(crate) fn announce(&mut self) -> Result<(), Refusal> {
        if !self.rows.is_empty() {
            self.store()?;
            let length = self.rows.len() as u64;
            self.rows.clear();
            self.entry.growth.send_modify(|growth| growth.length += length);
        }
        self.shared.check_wanted(&self.key, &self.entry)
    }

    fn make(&mut self, make: impl FnOnce(&mut Self) -> Result<(), Refusal>) {
        let outcome = self.shared.check_room();
        let outcome = outcome.and_then(|()| self.shared.check_wanted(&self.key, &self.entry));
        let outcome = outcome.and_then(|()| make(self)).and_then(|()| self.complete());
        if let Err(refusal) = outcome {
            self.fail(refusal);
        }
    }

    fn complete(&mut self) -> Result<(), Refusal> {
        self.store()?;
        if let Content::Memory(pieces) = &mut *lock(&self.entry.content) {
            *pieces = vec![Bytes::from(pieces.concat())];
        }
        let length = self.rows.len() as u64;
        self.entry.growth.send_modify(|growth| {
            growth.length += length;
            growth.stage = Stage::Whole;
        });
        self.rows = Vec::new();
        self.shared.trim();
        Ok(())
    }

    /// Appends the rows to the entry, which moves to a file if it becomes too large.
    fn store(&mut self) -> Result<(), Refusal> {
        let failed = |error: io::Error| Refusal::failed(format!("cannot keep an export: {error}"));
        let length = self.entry.growth.borrow().length as usize + self.rows.len();
        let mut content = lock(&self.entry.content);
        if let Content::Memory(pieces) = &mut *content {
            if length <= MEMORY_BYTES {
                pieces.push(Bytes::copy_from_slice(&self.rows));
            } else {
                let mut file = tempfile::tempfile().map_err(failed)?;
                file.write_all(&pieces.concat()).map_err(failed)?;
                *content = Content::File(Arc::new(file));
                self.entry.usage.files.fetch_add(1, Ordering::Relaxed);
            }
        }
        if let Content::File(file) = &*content {
            let file = Arc::clone(file);
            drop(content);
            (&*file).write_all(&self.rows).map_err(failed)?;
        }
        self.entry.usage.bytes.fetch_add(self.rows.len() as u64, Ordering::Relaxed);
        self.shared.trim();
        Ok(())
    }

    fn fail(&mut self, refusal: Refusal) {
        lock(&self.shared.entries).remove(&self.key, &self.entry);
        self.entry.growth.send_modify(|growth| growth.stage = Stage::Failed(refusal));
    }
}

impl<Key: Clone + Eq + Hash> Drop for Maker<Key> {
    fn drop(&mut self) {
        if matches!(self.entry.growth.borrow().stage, Stage::Making) {
            self.fail(broken());
        }
    }
}

impl<Key: Clone + Eq + Hash> Shared<Key> {
    fn find_or_begin(self: &Arc<Self>, key: Key) -> (Reader, Option<Maker<Key>>) {
        self.trim();
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.find(&key) {
            return (entry.reader(), None);
        }
        self.usage.bytes.fetch_add(ENTRY_BYTES, Ordering::Relaxed);
        let entry = Arc::new(Entry {
            growth: watch::Sender::new(Growth { length: 0, stage: Stage::Making }),
            content: Mutex::new(Content::Memory(Vec::new())),
            usage: Arc::clone(&self.usage),
        });
        entries.insert(key.clone(), Arc::clone(&entry));
        let reader = entry.reader();
        (reader, Some(Maker { rows: Vec::new(), shared: Arc::clone(self), key, entry }))
    }

    fn check_room(&self) -> Result<(), Refusal> {
        if self.usage.bytes.load(Ordering::Relaxed) <= self.bounds.most_bytes {
            return Ok(());
        }
        Err(Refusal::busy("too many large exports are being read, try again when some of them have been"))
    }

    /// An entry that nobody reads while it is being made goes.
    fn check_wanted(&self, key: &Key, entry: &Arc<Entry>) -> Result<(), Refusal> {
        // Readers come only while the entries are locked, so none can come in between.
        let mut entries = lock(&self.entries);
        if !entry.growth.is_closed() {
            return Ok(());
        }
        entries.remove(key, entry);
        Err(broken())
    }

    /// Lets go of entries that nobody reads, as far as the bounds demand and an eighth further, so that it need not be
    /// done for every new entry.
    fn trim(&self) {
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

impl<Key: Clone + Eq + Hash> Entries<Key> {
    fn find(&mut self, key: &Key) -> Option<&Arc<Entry>> {
        self.uses += 1;
        let (used, entry) = self.by_key.get_mut(key)?;
        *used = self.uses;
        Some(entry)
    }

    fn insert(&mut self, key: Key, entry: Arc<Entry>) {
        self.uses += 1;
        self.by_key.insert(key, (self.uses, entry));
    }

    /// Removes an entry, unless another one has taken its place.
    fn remove(&mut self, key: &Key, entry: &Arc<Entry>) {
        if self.by_key.get(key).is_some_and(|(_, found)| Arc::ptr_eq(found, entry)) {
            self.by_key.remove(key);
        }
    }
}

impl Entry {
    fn reader(self: &Arc<Self>) -> Reader {
        Reader { entry: Arc::clone(self), growth: self.growth.subscribe(), offset: 0 }
    }

    /// Whether it is whole and nobody reads it.
    fn is_idle(&self) -> bool {
        self.growth.is_closed() && matches!(self.growth.borrow().stage, Stage::Whole)
    }

    /// A block from an offset on, of what there is up to a length.
    async fn read(&self, offset: u64, length: u64) -> io::Result<Bytes> {
        let file = match &*lock(&self.content) {
            Content::Memory(pieces) => return Ok(piece_at(pieces, offset as usize)),
            Content::File(file) => Arc::clone(file),
        };
        let mut block = vec![0; (length - offset).min(BLOCK_BYTES as u64) as usize];
        task::spawn_blocking(move || {
            file.read_exact_at(&mut block, offset)?;
            Ok(Bytes::from(block))
        })
        .await?
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let length = self.growth.borrow().length;
        self.usage.bytes.fetch_sub(length + ENTRY_BYTES, Ordering::Relaxed);
        if matches!(*lock(&self.content), Content::File(_)) {
            self.usage.files.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What is behind an offset in the piece that it lies in.
fn piece_at(pieces: &[Bytes], offset: usize) -> Bytes {
    let mut begin = 0;
    for piece in pieces {
        if offset < begin + piece.len() {
            return piece.slice(offset - begin..);
        }
        begin += piece.len();
    }
    Bytes::new()
}

/// What is said of an entry whose making came to no end.
fn broken() -> Refusal {
    Refusal::failed("the export could not be made to its end")
}

fn lock<Any>(mutex: &Mutex<Any>) -> MutexGuard<'_, Any> {
    // Nothing is left half done under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
