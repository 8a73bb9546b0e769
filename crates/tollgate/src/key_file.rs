//! The file with the key of pseudonyms.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tollgate_wording::counted;

/// The fewest and the most bytes of a key.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=4096;

/// The key in a file. The file is made if it does not exist. `out` is the file of the scenario.
///
/// # Errors
/// If the file cannot be read or made, if others can read it, if its key is too short or too long, or if it is `out`.
pub(crate) fn key_of(path: &Path, out: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    if is_same(path, out) {
        bail!("{shown}: found the same file for --key-file and --out, allowed are different files");
    }
    let key = match read_key(path) {
        Ok(key) => key,
        Err(error) if error.downcast_ref().map(io::Error::kind) == Some(io::ErrorKind::NotFound) => {
            let key = random_key()?;
            write_key(path, &key).with_context(|| format!("cannot write {shown}"))?;
            key.to_vec()
        }
        Err(error) => return Err(error),
    };
    if !KEY_BYTES.contains(&key.len()) {
        bail!(
            "{shown}: found a key of {}, allowed are {} to {}",
            counted(key.len() as u64, "byte"),
            KEY_BYTES.start(),
            KEY_BYTES.end()
        );
    }
    Ok(key)
}

/// A random key.
///
/// # Errors
/// If the system has no random bytes.
pub(crate) fn random_key() -> Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("cannot get random bytes for the key of the pseudonyms")?;
    Ok(key)
}

/// True if two paths are the same file, which may not exist.
fn is_same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let in_directory = directory.canonicalize().ok()?.join(path.file_name()?);
        Some(in_directory.canonicalize().unwrap_or(in_directory))
    };
    let whole = |path: &Path| whole(path).unwrap_or_else(|| PathBuf::from(path));
    whole(one) == whole(other)
}

/// Reads a key, and one byte more than the longest. Others must not be able to read the file.
fn read_key(path: &Path) -> Result<Vec<u8>> {
    let failed = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(failed)?;
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().with_context(failed)?.permissions());
        if mode & 0o077 != 0 {
            bail!(
                "{}: found a key file that others may read or write (mode {:03o}), allowed is one that only its owner may: \
                 change it with chmod 600",
                path.display(),
                mode & 0o777
            );
        }
    }
    let mut key = Vec::new();
    file.take(*KEY_BYTES.end() as u64 + 1).read_to_end(&mut key).with_context(failed)?;
    Ok(key)
}

/// Writes a key that only its owner may read.
fn write_key(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(key)?;
    file.sync_all()
}
