//! Reads the rows of a CSV file without interpreting them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Position, Reader, ReaderBuilder};
use tollgate_wording::count;

use crate::error::Error;

/// The largest size of a row. Without a limit, a quote that is never closed would read the rest of the file into memory as one
/// field.
const MOST_ROW_BYTES: usize = 1 << 20;

/// Number of bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Reads the rows of a file one at a time. Lines end in LF or CRLF. A byte-order mark is skipped.
pub(crate) struct RowReader {
    path: PathBuf,
    reader: Reader<CappedFile>,
    record: ByteRecord,
}

impl RowReader {
    /// Opens a file. Its first row is the header.
    pub(crate) fn open(path: &Path) -> Result<RowReader, Error> {
        let file = File::open(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).buffer_capacity(BUFFER_BYTES);
        let reader = builder.from_reader(CappedFile { file, left: MOST_ROW_BYTES });
        Ok(RowReader { path: path.into(), reader, record: ByteRecord::new() })
    }

    /// Reads the next row. Returns false at the end of the file.
    pub(crate) fn advance(&mut self) -> Result<bool, Error> {
        self.reader.get_mut().left = MOST_ROW_BYTES;
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(_) if self.reader.get_ref().left == 0 => {
                let found = format!("no end of the row within {} bytes", count(MOST_ROW_BYTES as u64));
                refuse(&self.path, self.position(), "row", found, "a shorter row; a closing quote may be missing")
            }
            csv::ErrorKind::Io(source) => Error::Unreadable { path: self.path.clone(), source },
            // Cannot happen: the reader accepts any bytes and any number of fields.
            kind => Error::Unreadable { path: self.path.clone(), source: io::Error::other(format!("{kind:?}")) },
        })
    }

    /// The current row: the one that was read last.
    #[inline]
    pub(crate) fn row(&self) -> &ByteRecord {
        &self.record
    }

    /// Byte position of the current row, at the line ends before it if there are any.
    pub(crate) fn position(&self) -> u64 {
        self.record.position().map_or(0, Position::byte)
    }

    /// Goes to the byte position of a row.
    pub(crate) fn seek(&mut self, byte: u64) -> Result<(), Error> {
        let mut position = Position::new();
        position.set_byte(byte);
        self.reader
            .seek(position)
            .map_err(|error| Error::Unreadable { path: self.path.clone(), source: io::Error::other(error) })
    }

    /// The error for a malformed current row.
    pub(crate) fn refuse(&self, column: &str, found: impl Into<String>, allowed: impl Into<String>) -> Error {
        refuse(&self.path, self.position(), column, found, allowed)
    }

    /// The error for a malformed row at a byte position.
    pub(crate) fn refuse_at(&self, byte: u64, column: &str, found: &str, allowed: &str) -> Error {
        refuse(&self.path, byte, column, found, allowed)
    }
}

fn refuse(path: &Path, byte: u64, column: &str, found: impl Into<String>, allowed: impl Into<String>) -> Error {
    match line_of(path, byte) {
        Ok(line) => Error::Malformed {
            path: path.into(),
            line,
            column: column.into(),
            found: found.into(),
            allowed: allowed.into(),
        },
        Err(source) => Error::Unreadable { path: path.into(), source },
    }
}

/// The number of the line on which the row at a byte position begins. It is counted only for an error, because rows that are
/// reached by `seek` have no line number.
fn line_of(path: &Path, byte: u64) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let mut line = 1;
    let mut left = byte;
    loop {
        let buffer = file.fill_buf()?;
        let length = buffer.len();
        let before = left.min(length as u64) as usize;
        line += buffer[..before].iter().filter(|&&byte| byte == b'\n').count() as u64;
        left -= before as u64;
        // The rest of the previous line end and blank lines stand before the row.
        let blank = buffer[before..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += buffer[before..before + blank].iter().filter(|&&byte| byte == b'\n').count() as u64;
        if length == 0 || before + blank < length {
            return Ok(line);
        }
        file.consume(length);
    }
}

/// Returns true if the last line of a file has no line end.
pub(crate) fn ends_within_line(path: &Path) -> Result<bool, Error> {
    let last_byte = || -> io::Result<u8> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    let last = last_byte().map_err(|source| Error::Unreadable { path: path.into(), source })?;
    Ok(!matches!(last, b'\r' | b'\n'))
}

/// A file that gives an error after `left` bytes. The reader sets `left` again for every row.
struct CappedFile {
    file: File,
    left: usize,
}

impl Read for CappedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("too long"));
        }
        let most = buffer.len().min(self.left);
        let read = self.file.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl Seek for CappedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
