//! The machine that a history runs on.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::error::HistoryError;

/// The number of bytes that [`Host::check`] writes: enough to find a full file system.
const TEST_BYTES: usize = 64 << 10;

/// The pause before another attempt to write a temporary file.
const RETRY: Duration = Duration::from_secs(1);

/// The services of the machine that a history uses: unnamed temporary files, and a log for people. A clone uses the same services.
#[derive(Clone)]
pub struct Host {
    files: Arc<CreateFile>,
    log: Arc<WriteLine>,
    pub(crate) retry: Duration,
}

type CreateFile = dyn Fn() -> io::Result<File> + Send + Sync;
type WriteLine = dyn Fn(LineKind, &str) + Send + Sync;

/// The severity of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Something does not work.
    Error,
    /// Something may not work.
    Warning,
    /// Something works again.
    Note,
}

impl Host {
    /// A host with files in the system's directory for temporary files. `log` receives each line for people.
    pub fn new(log: impl Fn(LineKind, &str) + Send + Sync + 'static) -> Host {
        Host { files: Arc::new(tempfile::tempfile), log: Arc::new(log), retry: RETRY }
    }

    /// The same host with files from another source, and with another pause between two attempts to write one. A test can use it
    /// to let files fail.
    pub fn with_files(self, files: impl Fn() -> io::Result<File> + Send + Sync + 'static, retry: Duration) -> Host {
        Host { files: Arc::new(files), retry, ..self }
    }

    /// Creates a file that disappears when it is closed.
    ///
    /// # Errors
    /// If the system does not let the process create it.
    pub fn file(&self) -> io::Result<File> {
        (self.files)()
    }

    /// Writes a line to the log.
    pub fn log(&self, severity: LineKind, line: &str) {
        (self.log)(severity, line);
    }

    /// The directory of the files.
    pub fn directory(&self) -> String {
        std::env::temp_dir().display().to_string()
    }

    /// Checks that a file can be written and read.
    ///
    /// # Errors
    /// If it cannot be written, or if other bytes are read.
    pub(crate) fn check(&self) -> Result<(), HistoryError> {
        let written: Vec<u8> = (0..TEST_BYTES).map(|place| place as u8).collect();
        let attempt = || {
            let mut file = self.file()?;
            file.write_all(&written)?;
            file.rewind()?;
            let mut read = Vec::new();
            file.read_to_end(&mut read)?;
            let same = read == written;
            if same { Ok(()) } else { Err(io::Error::other("the bytes of a test file changed")) }
        };
        attempt().map_err(|error| HistoryError::NoFiles { directory: self.directory(), cause: Arc::new(error) })
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Host").field("directory", &self.directory()).finish_non_exhaustive()
    }
}
