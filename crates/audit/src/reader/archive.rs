//! Unpacks the exports of a ZIP archive.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use tempfile::TempDir;
use tollgate_wording::{ByteNames, bytes};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::error::Error;

/// The first bytes of a ZIP archive, and those of an empty one.
const SIGNATURES: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// The largest size of the files of an archive together, so that an archive cannot fill the disk.
const MOST_UNPACKED_BYTES: u64 = 64 << 30;

/// The largest size of these files compared with the archive, so that a small archive cannot take minutes. Exports are about ten
/// times as large as their archive. Few bytes may be of any size compared with the archive.
const MOST_EXPANSION: u64 = 100;
const SMALL_BYTES: u64 = 256 << 20;

/// The signature of an entry in the central directory of an archive, the length of its fixed fields, and the places of its lengths:
/// name, extra field and comment.
const ENTRY_SIGNATURE: [u8; 4] = *b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const ENTRY_LENGTHS: [usize; 3] = [28, 30, 32];

/// The instruction for an archive that cannot be read.
const REMEDY: &str = "Copy or pack the archive again, or unpack it and name the directory";

/// Returns true if a name ends in `.csv`.
pub(super) fn has_csv_ending(name: &Path) -> bool {
    name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// Returns true if a file is a ZIP archive.
///
/// # Errors
/// If it cannot be read, or if only its name is that of a ZIP archive.
pub(super) fn is_archive(path: &Path) -> Result<bool, Error> {
    let unreadable = |source| Error::Unreadable { path: path.into(), source };
    let mut start = Vec::new();
    File::open(path).map_err(unreadable)?.take(4).read_to_end(&mut start).map_err(unreadable)?;
    let is_archive = SIGNATURES.iter().any(|signature| start == signature);
    if !is_archive && path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip")) {
        return Err(Error::directory(path, "the file is not a ZIP archive", REMEDY));
    }
    Ok(is_archive)
}

/// Unpacks the files of an archive that are wanted into a temporary directory.
pub(super) fn unpack(path: &Path, is_wanted: impl Fn(&Path) -> bool) -> Result<TempDir, Error> {
    let unreadable = |source: io::Error| Error::Unreadable { path: path.into(), source };
    let directory = tempfile::tempdir().map_err(unreadable)?;
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let start = ZipArchive::new(&mut file).map_err(|error| refuse_archive(path, error))?.central_directory_start();
    if let Some(name) = find_repeated_name(&mut file, start).map_err(unreadable)? {
        return Err(Error::directory(path, &format!("the archive has two entries of the name {name}"), REMEDY));
    }
    let mut archive = ZipArchive::new(file).map_err(|error| refuse_archive(path, error))?;
    let archive_bytes = fs::metadata(path).map_err(unreadable)?.len();
    check_size(&mut archive, path, archive_bytes, &is_wanted)?;
    for place in 0..archive.len() {
        let entry = archive.by_index_raw(place).map_err(|error| refuse_archive(path, error))?;
        // A name that leads out of the directory is not used.
        let Some(name) = entry.enclosed_name() else { continue };
        if !entry.is_file() || !is_wanted(&name) {
            continue;
        }
        let shown = path.join(&name);
        if entry.encrypted() {
            return Err(Error::directory(
                &shown,
                "the entry is encrypted",
                "Unpack the archive and name the directory",
            ));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            let found = format!("the entry has the compression {}", entry.compression());
            return Err(Error::directory(
                &shown,
                &found,
                "Only Stored and Deflated are read. Unpack the archive and name the directory",
            ));
        }
        drop(entry);
        let target = directory.path().join(&name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(unreadable)?;
        }
        let mut target = match OpenOptions::new().write(true).create_new(true).open(target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(Error::directory(
                    path,
                    &format!("the archive has two entries of the name {}", name.display()),
                    REMEDY,
                ));
            }
            opened => opened.map_err(unreadable)?,
        };
        let entry = archive.by_index(place).map_err(|error| refuse_archive(path, error))?;
        let size = entry.size();
        // One byte more than the archive declares shows that the size is wrong.
        let copied = io::copy(&mut entry.take(size.saturating_add(1)), &mut target);
        if copied.map_err(|error| refuse_damaged(&shown, error))? > size {
            return Err(Error::directory(&shown, "the entry is damaged", REMEDY));
        }
    }
    Ok(directory)
}

/// Checks the size that the archive gives for the files that are wanted.
fn check_size(
    archive: &mut ZipArchive<BufReader<File>>,
    path: &Path,
    archive_bytes: u64,
    is_wanted: impl Fn(&Path) -> bool,
) -> Result<(), Error> {
    let mut total = 0u64;
    for place in 0..archive.len() {
        let entry = archive.by_index_raw(place).map_err(|error| refuse_archive(path, error))?;
        if entry.enclosed_name().is_some_and(|name| is_wanted(&name)) {
            total = total.saturating_add(entry.size());
        }
    }
    let most = MOST_UNPACKED_BYTES.min(SMALL_BYTES.max(archive_bytes.saturating_mul(MOST_EXPANSION)));
    if total <= most {
        return Ok(());
    }
    let [total, most, archive_bytes] = [total, most, archive_bytes].map(|size| bytes(size as f64, ByteNames::Binary));
    let problem = format!("its files have {total} when unpacked, more than {most} for an archive of {archive_bytes}");
    Err(Error::directory(path, &problem, "Unpack it and name the directory"))
}

/// The error for an archive or an entry that cannot be read.
fn refuse_archive(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(source) if !is_damage(&source) => Error::Unreadable { path: path.into(), source },
        ZipError::UnsupportedArchive(reason) => {
            Error::directory(path, &format!("the archive has an unknown form: {reason}"), REMEDY)
        }
        _ => Error::directory(path, "the ZIP archive is cut off or damaged", REMEDY),
    }
}

/// The error for an entry whose content cannot be read or written.
fn refuse_damaged(shown: &Path, source: io::Error) -> Error {
    if is_damage(&source) {
        Error::directory(shown, "the entry is damaged", REMEDY)
    } else {
        Error::Unreadable { path: shown.into(), source }
    }
}

fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | Other | UnexpectedEof)
}

/// A name that two entries have. The library keeps only the last of them. `start` is the position of the central directory.
fn find_repeated_name(file: &mut (impl Read + Seek), start: u64) -> io::Result<Option<String>> {
    file.seek(SeekFrom::Start(start))?;
    let mut names = BTreeSet::new();
    let mut fixed = [0; ENTRY_BYTES];
    while file.read_exact(&mut fixed).is_ok() && fixed.starts_with(&ENTRY_SIGNATURE) {
        let [name, extra, comment] = ENTRY_LENGTHS.map(|place| u16::from_le_bytes([fixed[place], fixed[place + 1]]));
        let mut bytes = vec![0; name.into()];
        file.read_exact(&mut bytes)?;
        file.seek_relative(i64::from(extra) + i64::from(comment))?;
        let name = String::from_utf8_lossy(&bytes).into_owned();
        if !names.insert(bytes) {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
