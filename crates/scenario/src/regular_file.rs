//! Reads files without waiting for more, and within a limit.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The error of a FIFO, a socket or a device.
pub const NOT_REGULAR: &str = "found a FIFO, a socket or a device, allowed is a regular file";

/// Reads a regular file, or what a link to it leads to. FIFOs and devices are refused, because reading them may never end.
///
/// # Errors
/// If it cannot be read, is not a regular file, or has more bytes than `most_bytes`.
pub fn read(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if !found.is_file() && !found.is_dir() {
        return Err(io::Error::new(ErrorKind::InvalidInput, NOT_REGULAR));
    }
    let file = File::open(path)?;
    // Files such as /proc/kmsg have a size of 0, and reading them may never end.
    if found.is_file() && found.len() == 0 {
        return Ok(Vec::new());
    }
    read_bounded(file, most_bytes)
}

/// Reads a stream to its end.
///
/// # Errors
/// If it cannot be read, or has more bytes than `most_bytes`.
pub fn read_bounded(stream: impl Read, most_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(most_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        let found = format!("found more than {most_bytes} bytes, allowed are at most {most_bytes}");
        return Err(io::Error::new(ErrorKind::FileTooLarge, found));
    }
    Ok(bytes)
}
