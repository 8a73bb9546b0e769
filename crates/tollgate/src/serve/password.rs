//! The password of a file.

use std::fs::{self, Metadata};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tollgate_monitor::Password;
use tollgate_scenario::regular_file;

use super::log::Notes;

/// The largest size of a file with a password.
const MOST_BYTES: u64 = 64 << 10;

/// The password in the first line of a file. Warns if other users can read the file.
///
/// # Errors
/// If the file cannot be read or has no password.
pub(super) fn read(path: &Path, notes: Notes) -> Result<Password> {
    let shown = || format!("cannot read {}", path.display());
    let metadata = fs::metadata(path).with_context(shown)?;
    let bytes = regular_file::read(path, MOST_BYTES).with_context(shown)?;
    let Some(line) = String::from_utf8(bytes).ok().and_then(|text| text.lines().next().map(str::to_owned)) else {
        bail!(no_password(path));
    };
    if line.is_empty() {
        bail!(no_password(path));
    }
    if let Some(mode) = open_mode(&metadata) {
        notes.warn(&format!(
            "{}: found mode {mode:04o}, so other users may open the file; allowed is 0600 (chmod 600)",
            path.display()
        ));
    }
    Ok(Password::new(line))
}

fn no_password(path: &Path) -> String {
    format!("{}: found no password, allowed is a UTF-8 text file with the password in its first line", path.display())
}

/// The permissions of a file that give other users access. A pipe or a device has none.
#[cfg(unix)]
fn open_mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o7777;
    (metadata.is_file() && mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_mode(_: &Metadata) -> Option<u32> {
    None
}
