//! The limits that the system sets to this process.

use anyhow::Result;

/// Makes a write beyond the limit of the file size (`ulimit -f`) fail with an error. By default, the signal SIGXFSZ ends the program.
///
/// # Errors
/// If the signal cannot be handled.
#[cfg(unix)]
pub(crate) fn survive_file_size() -> Result<()> {
    use anyhow::Context;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    let received = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, received).context("cannot handle SIGXFSZ")?;
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn survive_file_size() -> Result<()> {
    Ok(())
}

/// Raises the limit of open files as far as the system allows, because each connection and each cached export is an open file.
/// Gives the limit, if there is one.
#[cfg(target_os = "linux")]
pub(crate) fn raise_open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    // If this fails, the old limit stays.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    getrlimit(Resource::Nofile).current
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn raise_open_files() -> Option<u64> {
    None
}

/// The limit of the address space of this process in bytes (`ulimit -v`), if there is one.
#[cfg(target_os = "linux")]
pub(crate) fn address_space_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn address_space_limit() -> Option<u64> {
    None
}
