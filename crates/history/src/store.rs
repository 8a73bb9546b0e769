//! The store of counts: unnamed files, with an index in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::sync::Arc;

use tollgate_ledger::Part;

use crate::interval::ApplianceInterval;
use crate::resolution::Resolution;

/// Number of intervals in a chunk. The intervals of a chunk are dropped together.
pub(crate) const CHUNK: u64 = 24;

/// A section of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartSection {
    /// Its rows.
    Rows,
    /// The sums over its rows.
    Sum,
}

/// Number of sections of an interval: the rows and the sums of each part.
pub(crate) const SECTIONS: usize = 2 * Part::COUNT;

/// The index of all stored intervals.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// By resolution and beginning.
    chunks: BTreeMap<(Resolution, u64), Chunk>,
}

/// Neighbouring intervals of one resolution, of all appliances, in one file. The file disappears when the last reader
/// has closed it.
#[derive(Debug)]
struct Chunk {
    file: Arc<File>,
    size_bytes: u64,
    /// By appliance and beginning.
    intervals: BTreeMap<(usize, u64), IntervalSections>,
}

/// The sections of one interval in its file, one after another.
#[derive(Clone, Copy, Debug)]
struct IntervalSections {
    begin_bytes: u64,
    ends_bytes: [u64; SECTIONS],
}

/// The place of one part of an interval in its file.
#[derive(Debug)]
pub(crate) struct StoredPart {
    file: Arc<File>,
    begin_bytes: u64,
    size_bytes: u64,
}

impl Store {
    /// The place of a part of an interval, if the interval is kept.
    pub(crate) fn find(
        &self,
        interval: ApplianceInterval,
        length_micros: u64,
        part: Part,
        section: PartSection,
    ) -> Option<StoredPart> {
        let chunk = self.chunks.get(&chunk_of(interval, length_micros))?;
        let IntervalSections { begin_bytes, ends_bytes } =
            chunk.intervals.get(&(interval.appliance, interval.begin_micros))?;
        let place = 2 * part as usize + section as usize;
        let begin = if place == 0 { 0 } else { ends_bytes[place - 1] };
        let size_bytes = ends_bytes[place] - begin;
        Some(StoredPart { file: Arc::clone(&chunk.file), begin_bytes: begin_bytes + begin, size_bytes })
    }

    /// The file for an interval and its size, if the file exists.
    pub(crate) fn file(&self, interval: ApplianceInterval, length_micros: u64) -> Option<(Arc<File>, u64)> {
        let chunk = self.chunks.get(&chunk_of(interval, length_micros))?;
        Some((Arc::clone(&chunk.file), chunk.size_bytes))
    }

    /// Adds an interval that has been written at the end of a file. `ends_bytes` are the ends of its sections, counted
    /// from its beginning.
    pub(crate) fn note(
        &mut self,
        interval: ApplianceInterval,
        length_micros: u64,
        file: &Arc<File>,
        ends_bytes: [u64; SECTIONS],
    ) {
        let chunk = self.chunks.entry(chunk_of(interval, length_micros)).or_insert_with(|| Chunk {
            file: Arc::clone(file),
            size_bytes: 0,
            intervals: BTreeMap::new(),
        });
        let written = IntervalSections { begin_bytes: chunk.size_bytes, ends_bytes };
        chunk.size_bytes += ends_bytes[SECTIONS - 1];
        chunk.intervals.insert((interval.appliance, interval.begin_micros), written);
    }

    /// Drops the chunks whose intervals are all over by the given moment of their resolution.
    pub(crate) fn forget(&mut self, length_micros: impl Fn(Resolution) -> u64, before: impl Fn(Resolution) -> u64) {
        self.chunks.retain(|&(resolution, begin), _| begin + CHUNK * length_micros(resolution) > before(resolution));
    }

    /// Number of files, and their total size in bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.chunks.len(), self.chunks.values().map(|chunk| chunk.size_bytes).sum())
    }
}

impl StoredPart {
    /// Reads the bytes.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.size_bytes as usize];
        read_at(&self.file, &mut bytes, self.begin_bytes)?;
        Ok(bytes)
    }
}

fn chunk_of(interval: ApplianceInterval, length_micros: u64) -> (Resolution, u64) {
    let length = CHUNK * length_micros;
    (interval.resolution, interval.begin_micros / length * length)
}

/// Fills `bytes` from an offset of a file. It does not move the file's shared position.
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Writes bytes at an offset of a file, also without moving the shared position.
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}
