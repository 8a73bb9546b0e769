//! Several files that are the same table.

use std::fs::File;
use std::io::Read;

use super::Exports;
use super::indexed_file::{IndexedFile, KnownBy};
use super::rows::CsvFile;
use crate::error::Error;

/// Number of bytes that are compared at once.
const BLOCK_BYTES: usize = 1 << 16;

impl Exports {
    /// Uses the first of several files that can only be the same table. The others must be copies of it, because figures of another
    /// appliance or another time would go unchecked. If the caller names the file of a table, others are ignored.
    ///
    /// # Errors
    /// If two files of a table differ, or one of them cannot be read.
    pub(super) fn settle_doubles(&mut self) -> Result<(), Error> {
        for file in 0..self.files.len() {
            if let (None, [only]) = (self.files[file].table, &self.sources[file].layouts[..])
                && self.file_of(only.table.number).is_none()
            {
                self.settle_as(file, only.table.number);
            }
        }
        let mut copies = Vec::new();
        for (place, (file, source)) in self.files.iter().zip(&self.sources).enumerate() {
            if file.table.is_some() {
                continue;
            }
            let tables = source.layouts.iter().map(|layout| layout.table.number);
            let twins: Option<Vec<usize>> = tables.map(|table| self.place_of(table)).collect();
            let Some(twins) = twins else { continue };
            let Some(&first) = twins.first() else { continue };
            let is_named = twins.iter().any(|&twin| self.sources[twin].known_by == KnownBy::Word);
            if let Some(twin) = self.find_copy(source, &twins)? {
                copies.push((place, self.files[twin].name.clone()));
                continue;
            }
            if is_named {
                continue;
            }
            let (twin, name) = (&self.files[first], &file.name);
            return Err(Error::directory(
                self.directory(),
                &format!(
                    "{} and {name} are both table {}, but have different content",
                    twin.name, source.layouts[0].table.number
                ),
                "Separate the exports of different appliances or times, or choose a file with --as",
            ));
        }
        for (place, original) in copies {
            self.sources[place].copy_of = Some(original);
        }
        Ok(())
    }

    /// The place of the settled file of a table.
    fn place_of(&self, table: u32) -> Option<usize> {
        self.files.iter().position(|file| file.table == Some(table))
    }

    /// The first of some files that has the same bytes as another file.
    fn find_copy(&self, source: &IndexedFile, twins: &[usize]) -> Result<Option<usize>, Error> {
        for &twin in twins {
            if is_copy(&source.file, &self.sources[twin].file)? {
                return Ok(Some(twin));
            }
        }
        Ok(None)
    }
}

/// Returns true if two files have the same bytes.
fn is_copy(one: &CsvFile, other: &CsvFile) -> Result<bool, Error> {
    let (mut blocks, mut other_blocks) = (Blocks::open(one)?, Blocks::open(other)?);
    loop {
        let (block, other_block) = (blocks.advance()?, other_blocks.advance()?);
        if block != other_block {
            return Ok(false);
        }
        if block.is_empty() {
            return Ok(true);
        }
    }
}

/// Reads a file block by block.
struct Blocks<'a> {
    csv: &'a CsvFile,
    file: File,
    block: Vec<u8>,
}

impl Blocks<'_> {
    fn open(csv: &CsvFile) -> Result<Blocks<'_>, Error> {
        let file = File::open(&csv.path).map_err(|source| csv.unreadable(source))?;
        Ok(Blocks { csv, file, block: Vec::with_capacity(BLOCK_BYTES) })
    }

    /// Reads the next block. It is empty at the end of the file.
    fn advance(&mut self) -> Result<&[u8], Error> {
        self.block.clear();
        let read = self.file.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut self.block);
        read.map_err(|source| self.csv.unreadable(source))?;
        Ok(&self.block)
    }
}
