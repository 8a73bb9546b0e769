//! Rows of a CSV file as they stand there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

use crate::error::Error;

/// The most bytes that a row may have. Without a limit, a quote that is never closed would take the rest of a file of
/// any size into memory as one field.
const MOST_ROW_BYTES: usize = 1 << 20;

/// How much of a file is read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// The rows of a file, one at a time. Lines end in LF or CRLF, and a byte-order mark is no part of the first of them.
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

    /// Takes the next row, if there is one.
    pub(crate) fn advance(&mut self) -> Result<bool, Error> {
        self.reader.get_mut().left = MOST_ROW_BYTES;
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(_) if self.reader.get_ref().left == 0 => {
                let found = format!("no end of it within {MOST_ROW_BYTES} bytes");
                refuse(&self.path, self.position(), "row", found, "a shorter one; is a quote not closed?")
            }
            csv::ErrorKind::Io(source) => Error::Unreadable { path: self.path.clone(), source },
            // Neither text nor a fixed number of fields was asked for.
            kind => Error::Unreadable { path: self.path.clone(), source: io::Error::other(format!("{kind:?}")) },
        })
    }

    /// The row that was taken last.
    #[inline]
    pub(crate) fn row(&self) -> &ByteRecord {
        &self.record
    }

    /// Where the row that was taken last begins, line ends before it included.
    pub(crate) fn position(&self) -> u64 {
        self.record.position().map_or(0, Position::byte)
    }

    /// Goes to where a row begins.
    pub(crate) fn seek(&mut self, byte: u64) -> Result<(), Error> {
        let mut position = Position::new();
        position.set_byte(byte);
        self.reader
            .seek(position)
            .map_err(|error| Error::Unreadable { path: self.path.clone(), source: io::Error::other(error) })
    }

    /// What is wrong with the row that was taken last.
    pub(crate) fn refuse(&self, column: &str, found: impl Into<String>, allowed: impl Into<String>) -> Error {
        refuse(&self.path, self.position(), column, found, allowed)
    }

    /// What is wrong with the row that begins at a byte.
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

/// The line that the row at a byte begins on. It is counted when it is asked for: the place of an error is rarely
/// wanted, and rows that are sought have no number.
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
        // Behind the row before stand the rest of its line's end and blank lines.
        let blank = buffer[before..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += buffer[before..before + blank].iter().filter(|&&byte| byte == b'\n').count() as u64;
        if length == 0 || before + blank < length {
            return Ok(line);
        }
        file.consume(length);
    }
}

/// Whether a file ends within a line.
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

/// A file of which only so many bytes may be read before somebody allows more.
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
