//! Reads the rows of a CSV file without interpreting them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::PathBuf;

use csv::{ByteRecord, Position, Reader, ReaderBuilder};
use tollgate_wording::count;

use crate::error::Error;

/// The largest size of a row. Without a limit, a quote that is never closed would read the rest of the file into memory as one
/// field.
const MOST_ROW_BYTES: usize = 1 << 20;

/// The byte-order marks of UTF-16.
const UTF_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// Number of bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// A CSV file on disk.
#[derive(Clone, Debug)]
pub(crate) struct CsvFile {
    /// Its path.
    pub(crate) path: PathBuf,
    /// The path that users know: within an archive, the path of the archive and the name in it.
    pub(crate) shown: PathBuf,
}

impl CsvFile {
    /// The error for a file that cannot be read.
    pub(crate) fn unreadable(&self, source: io::Error) -> Error {
        Error::Unreadable { path: self.shown.clone(), source }
    }
}

/// Reads the rows of a file one at a time. Lines end in LF or CRLF. A byte-order mark is skipped. Fields are separated by commas,
/// semicolons or tabs. If they are not separated by commas, numbers may have a decimal comma.
pub(crate) struct RowReader {
    file: CsvFile,
    reader: Reader<CappedFile>,
    separator: u8,
    record: ByteRecord,
}

impl RowReader {
    /// Opens a file. Its first row is the header.
    pub(crate) fn open(csv: &CsvFile) -> Result<RowReader, Error> {
        let unreadable = |source| csv.unreadable(source);
        let mut file = File::open(&csv.path).map_err(unreadable)?;
        // Files such as /proc/kmsg have a size of 0 and may wait for ever when they are read.
        let is_empty = file.metadata().map_err(unreadable)?.len() == 0;
        let start = if is_empty { Vec::new() } else { read_start(&mut file).map_err(unreadable)? };
        if UTF_16.iter().any(|mark| start.starts_with(mark)) {
            return Err(refuse(csv, 0, "header", "text in UTF-16", "text in UTF-8; save the file as UTF-8"));
        }
        let separator = find_separator(&start);
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(separator).buffer_capacity(BUFFER_BYTES);
        let reader = builder.from_reader(CappedFile { file, is_empty, left: MOST_ROW_BYTES });
        Ok(RowReader { file: csv.clone(), reader, separator, record: ByteRecord::new() })
    }

    /// Reads the next row. Returns false at the end of the file.
    pub(crate) fn advance(&mut self) -> Result<bool, Error> {
        self.reader.get_mut().left = MOST_ROW_BYTES;
        let read = self.reader.read_byte_record(&mut self.record);
        if self.separator != b',' {
            replace_decimal_commas(&mut self.record);
        }
        read.map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(_) if self.reader.get_ref().left == 0 => {
                let found = format!("no end of the row within {} bytes", count(MOST_ROW_BYTES as u64));
                self.refuse("row", found, "a shorter row; a closing quote may be missing")
            }
            csv::ErrorKind::Io(source) => self.file.unreadable(source),
            // Cannot happen: the reader accepts any bytes and any number of fields.
            kind => Error::Unreadable { path: self.file.shown.clone(), source: io::Error::other(format!("{kind:?}")) },
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
            .map_err(|error| Error::Unreadable { path: self.file.shown.clone(), source: io::Error::other(error) })
    }

    /// The error for a malformed current row.
    pub(crate) fn refuse(&self, column: &str, found: impl Into<String>, allowed: impl Into<String>) -> Error {
        refuse(&self.file, self.position(), column, found, allowed)
    }

    /// The error for a malformed row at a byte position.
    pub(crate) fn refuse_at(&self, byte: u64, column: &str, found: &str, allowed: &str) -> Error {
        refuse(&self.file, byte, column, found, allowed)
    }
}

/// Finds the separator of a file: whichever of comma, semicolon and tab stands most often in its first line, outside of quotes.
/// The comma wins a tie.
fn find_separator(start: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for &byte in start {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts.iter_mut().filter(|(separator, _)| *separator == byte).for_each(|(_, count)| *count += 1),
        }
    }
    let [mut best, others @ ..] = counts;
    for other in others {
        if other.1 > best.1 {
            best = other;
        }
    }
    best.0
}

/// The first bytes of a file. Leaves the file at its beginning.
fn read_start(file: &mut File) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(BUFFER_BYTES as u64).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start)
}

/// Writes numbers with a point instead of a comma.
fn replace_decimal_commas(record: &mut ByteRecord) {
    let has_comma = |cell: &[u8]| {
        let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
        cell.iter().filter(|byte| **byte == b',').count() == 1
            && digits > 0
            && cell.iter().all(|byte| matches!(byte, b'0'..=b'9' | b',' | b'%' | b'e' | b'-' | b'+' | b' '))
    };
    if !record.iter().any(has_comma) {
        return;
    }
    let position = record.position().cloned();
    let mut changed = ByteRecord::new();
    for cell in &*record {
        let point = |byte: &u8| if *byte == b',' { b'.' } else { *byte };
        if has_comma(cell) {
            changed.push_field(&cell.iter().map(point).collect::<Vec<_>>());
        } else {
            changed.push_field(cell);
        }
    }
    changed.set_position(position);
    *record = changed;
}

fn refuse(file: &CsvFile, byte: u64, column: &str, found: impl Into<String>, allowed: impl Into<String>) -> Error {
    match line_of(file, byte) {
        Ok(line) => Error::Malformed {
            path: file.shown.clone(),
            line,
            column: column.into(),
            found: found.into(),
            allowed: allowed.into(),
        },
        Err(source) => file.unreadable(source),
    }
}

/// The number of the line on which the row at a byte position begins. It is counted only for an error, because rows that are
/// reached by `seek` have no line number.
fn line_of(file: &CsvFile, byte: u64) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(&file.path)?);
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
pub(crate) fn ends_within_line(csv: &CsvFile) -> Result<bool, Error> {
    let last_byte = || -> io::Result<u8> {
        let mut file = File::open(&csv.path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    let last = last_byte().map_err(|source| csv.unreadable(source))?;
    Ok(!matches!(last, b'\r' | b'\n'))
}

/// A file that gives an error after `left` bytes. The reader sets `left` again for every row.
struct CappedFile {
    file: File,
    /// True if the file has a size of 0. It is not read then.
    is_empty: bool,
    left: usize,
}

impl Read for CappedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_empty {
            return Ok(0);
        }
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
