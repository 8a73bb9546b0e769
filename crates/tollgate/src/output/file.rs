//! A file of exports, hashed and measured as it is written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::manifest::{FileEntry, hex};

/// Size of a buffer. It is large enough to make hashing and writing cheap.
const BUFFER_BYTES: usize = 64 * 1024;

/// A file of exports, or a stream that replaces it.
#[derive(Debug)]
pub(crate) struct OutputFile<W: Write> {
    /// Its path in the directory of the run.
    path: String,
    /// Its name in errors.
    shown: String,
    rows: u64,
    writer: BufWriter<HashingWriter<W>>,
}

/// A writer that hashes and counts bytes.
#[derive(Debug)]
struct HashingWriter<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> OutputFile<W> {
    /// Wraps an empty file or a stream. `path` is its path in the directory of the run, `shown` its name in errors.
    pub(crate) fn new(inner: W, path: String, shown: String) -> Self {
        let measured = HashingWriter { inner, hash: Sha256::new(), bytes: 0 };
        OutputFile { path, shown, rows: 0, writer: BufWriter::with_capacity(BUFFER_BYTES, measured) }
    }

    /// Writes a number of rows. The heading is not counted as a row.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn write_rows(&mut self, rows: &[u8], count: u64) -> Result<()> {
        self.rows += count;
        self.writer.write_all(rows).with_context(|| format!("cannot write {}", self.shown))
    }

    /// Flushes the buffer, and returns the file or stream with its entry for the manifest.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(self) -> Result<(W, FileEntry)> {
        let OutputFile { path, shown, rows, writer } = self;
        let finish = || {
            let mut measured = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            measured.inner.flush()?;
            Ok::<_, io::Error>(measured)
        };
        let measured = finish().with_context(|| format!("cannot write {shown}"))?;
        let sha256 = hex(&measured.hash.finalize());
        Ok((measured.inner, FileEntry { path, rows, bytes: measured.bytes, sha256 }))
    }
}

/// A document as JSON text.
///
/// # Errors
/// If it cannot be written as JSON.
pub(crate) fn to_json(document: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    Ok(text)
}

/// Writes a file with a number of rows into a directory, and synchronises it with the disk.
///
/// # Errors
/// If it exists or cannot be written.
pub(crate) fn write_file(directory: &Path, name: &str, bytes: &[u8], rows: usize) -> Result<FileEntry> {
    let path = directory.join(name);
    let shown = || format!("cannot write {}", path.display());
    let file = File::create_new(&path).with_context(shown)?;
    let mut sheet = OutputFile::new(file, name.into(), path.display().to_string());
    sheet.write_rows(bytes, rows as u64)?;
    let (file, entry) = sheet.finish()?;
    file.sync_all().with_context(shown)?;
    Ok(entry)
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
