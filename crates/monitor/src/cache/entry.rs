//! One entry of the cache: the bytes of an export, and the progress in making them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task;
use tollgate_history::Host;

use crate::refusal::HttpRefusal;

/// The maximum size of a block that a reader gets at once.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;

/// An entry with more bytes than this goes to a file.
pub(super) const MEMORY_BYTES: usize = 256 * 1024;

/// The memory that an entry is assumed to take besides its bytes.
pub(super) const ENTRY_BYTES: u64 = 1024;

/// The sums over all entries, including those that only readers still hold.
#[derive(Debug, Default)]
pub(super) struct CacheUsage {
    pub(super) bytes: AtomicU64,
    pub(super) files: AtomicU64,
}

/// One entry. One thread appends to it, and any number of readers follow it.
#[derive(Debug)]
pub(super) struct CacheEntry {
    growth: watch::Sender<Growth>,
    bytes: Mutex<StoredBytes>,
    usage: Arc<CacheUsage>,
}

/// Reads one entry from its beginning, and keeps the entry alive.
#[derive(Debug)]
pub(crate) struct Reader {
    entry: Arc<CacheEntry>,
    growth: watch::Receiver<Growth>,
    offset: u64,
}

/// The progress of an entry.
#[derive(Clone, Debug)]
struct Growth {
    length: u64,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Making,
    Whole,
    Failed(HttpRefusal),
}

#[derive(Debug)]
enum StoredBytes {
    /// The bytes in the pieces that were announced, or in one piece when the entry is complete.
    Memory(Vec<Bytes>),
    File(Arc<File>),
}

impl CacheEntry {
    /// An empty entry.
    pub(super) fn new(usage: Arc<CacheUsage>) -> Arc<CacheEntry> {
        usage.bytes.fetch_add(ENTRY_BYTES, Ordering::Relaxed);
        Arc::new(CacheEntry {
            growth: watch::Sender::new(Growth { length: 0, stage: Stage::Making }),
            bytes: Mutex::new(StoredBytes::Memory(Vec::new())),
            usage,
        })
    }

    /// A reader at the beginning of the entry.
    pub(super) fn reader(self: &Arc<Self>) -> Reader {
        Reader { entry: Arc::clone(self), growth: self.growth.subscribe(), offset: 0 }
    }

    /// True if the entry has a reader.
    pub(super) fn is_read(&self) -> bool {
        !self.growth.is_closed()
    }

    /// True if the entry is complete and has no reader.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_read() && matches!(self.growth.borrow().stage, Stage::Whole)
    }

    /// True if the entry is still being made.
    pub(super) fn is_unfinished(&self) -> bool {
        matches!(self.growth.borrow().stage, Stage::Making)
    }

    /// The length of the entry, if it is complete.
    pub(super) fn whole_length(&self) -> Option<u64> {
        let growth = self.growth.borrow();
        matches!(growth.stage, Stage::Whole).then_some(growth.length)
    }

    /// True if the rows are in a file.
    pub(super) fn is_in_file(&self) -> bool {
        matches!(*lock(&self.bytes), StoredBytes::File(_))
    }

    /// Appends rows. If the entry becomes too large for memory, all its rows move to a file. Readers get rows only after they
    /// are announced. `unannounced` is the number of bytes that were stored and not announced before. After an error, it may be called
    /// again with the same rows.
    ///
    /// # Errors
    /// If the rows cannot be written.
    pub(super) fn store(&self, rows: &[u8], unannounced: u64, host: &Host) -> io::Result<()> {
        let stored = self.growth.borrow().length + unannounced;
        let length = stored as usize + rows.len();
        let mut bytes = lock(&self.bytes);
        if let StoredBytes::Memory(pieces) = &mut *bytes {
            if length <= MEMORY_BYTES {
                pieces.push(Bytes::copy_from_slice(rows));
            } else {
                let file = host.file()?;
                file.write_all_at(&pieces.concat(), 0)?;
                *bytes = StoredBytes::File(Arc::new(file));
                self.usage.files.fetch_add(1, Ordering::Relaxed);
            }
        }
        if let StoredBytes::File(file) = &*bytes {
            let file = Arc::clone(file);
            drop(bytes);
            // At its place, because an earlier attempt may have written a part of it.
            file.write_all_at(rows, stored)?;
        }
        self.usage.bytes.fetch_add(rows.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Announces `length` more bytes to the readers.
    pub(super) fn announce(&self, length: u64) {
        self.growth.send_modify(|growth| growth.length += length);
    }

    /// Announces the last bytes to the readers, and that the entry is complete.
    pub(super) fn complete(&self, length: u64) {
        if let StoredBytes::Memory(pieces) = &mut *lock(&self.bytes) {
            *pieces = vec![Bytes::from(pieces.concat())];
        }
        self.growth.send_modify(|growth| {
            growth.length += length;
            growth.stage = Stage::Whole;
        });
    }

    /// Takes stored bytes that are never announced out of the sums.
    pub(super) fn forget(&self, unannounced: u64) {
        self.usage.bytes.fetch_sub(unannounced, Ordering::Relaxed);
    }

    /// Tells readers why the rest cannot be made.
    pub(super) fn fail(&self, refusal: HttpRefusal) {
        self.growth.send_modify(|growth| growth.stage = Stage::Failed(refusal));
    }

    /// Reads a block that begins at an offset. `length` is the number of announced bytes.
    async fn read(&self, offset: u64, length: u64) -> io::Result<Bytes> {
        let file = match &*lock(&self.bytes) {
            StoredBytes::Memory(pieces) => return Ok(piece_at(pieces, offset as usize)),
            StoredBytes::File(file) => Arc::clone(file),
        };
        let mut block = vec![0; (length - offset).min(BLOCK_BYTES as u64) as usize];
        task::spawn_blocking(move || {
            file.read_exact_at(&mut block, offset)?;
            Ok(Bytes::from(block))
        })
        .await?
    }
}

impl Drop for CacheEntry {
    fn drop(&mut self) {
        let length = self.growth.borrow().length;
        self.usage.bytes.fetch_sub(length + ENTRY_BYTES, Ordering::Relaxed);
        if self.is_in_file() {
            self.usage.files.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Growth {
    /// Returns true if the entry is whole or has failed.
    fn is_over(&self) -> bool {
        !matches!(self.stage, Stage::Making)
    }
}

impl Reader {
    /// Waits for the first bytes of the entry. Gives its length if it is already complete.
    ///
    /// # Errors
    /// If the entry cannot be made.
    pub(crate) async fn begin(&mut self) -> Result<Option<u64>, HttpRefusal> {
        self.wait(|growth| growth.length > 0 || growth.is_over()).await
    }

    /// Waits for the whole entry. Gives its length.
    ///
    /// # Errors
    /// If the entry cannot be made.
    pub(crate) async fn complete(&mut self) -> Result<Option<u64>, HttpRefusal> {
        self.wait(Growth::is_over).await
    }

    async fn wait(&mut self, is_enough: impl Fn(&Growth) -> bool) -> Result<Option<u64>, HttpRefusal> {
        let growth = self.growth.wait_for(|growth| is_enough(growth)).await.map_err(|_| broken())?;
        match &growth.stage {
            Stage::Making => Ok(None),
            Stage::Whole => Ok(Some(growth.length)),
            Stage::Failed(refusal) => Err(refusal.clone()),
        }
    }

    /// The whole entry, if it is complete and in memory.
    pub(crate) fn whole(&self) -> Option<Bytes> {
        match (&self.growth.borrow().stage, &*lock(&self.entry.bytes)) {
            (Stage::Whole, StoredBytes::Memory(pieces)) => Some(pieces.first().cloned().unwrap_or_default()),
            _ => None,
        }
    }

    /// Waits for the next bytes and gives a block of them, or `None` at the end.
    ///
    /// # Errors
    /// If the rest cannot be made or read.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let offset = self.offset;
        let moved = |growth: &Growth| growth.length > offset || growth.is_over();
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

/// The answer for an entry that was not completed.
pub(super) fn broken() -> HttpRefusal {
    HttpRefusal::failed("the export could not be completed")
}

/// Locks a mutex, even after a panic, because no code leaves data inconsistent under these locks.
pub(super) fn lock<Any>(mutex: &Mutex<Any>) -> MutexGuard<'_, Any> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bytes from an offset to the end of its piece.
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
