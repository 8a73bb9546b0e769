//! The file with the self-signed certificate.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tollgate_scenario::regular_file;

use crate::output;

/// The first line of the file. Programs that read PEM ignore text before the certificate.
const TITLE: &str = "Self-signed certificate of one run of tollgate serve";

/// The largest size of a file that may be replaced.
const MOST_BYTES: u64 = 64 << 10;

/// Writes a certificate in PEM format to a file, which appears whole or not at all. The certificate of an earlier run is
/// replaced.
///
/// # Errors
/// If the file exists and does not come from an earlier run, or if it cannot be written.
pub(super) fn write(path: &Path, certificate: &str) -> Result<()> {
    match regular_file::read(path, MOST_BYTES) {
        Ok(found) if !found.starts_with(TITLE.as_bytes()) => bail!(
            "--tls-cert-out: found a file that is not a certificate of tollgate serve, {}, allowed are a new file and one that \
             --tls-cert-out wrote",
            path.display()
        ),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
        _ => {}
    }
    write_whole(path, &format!("{TITLE}\n{certificate}")).with_context(|| format!("cannot write {}", path.display()))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let file = output::write_beside(path, text)?;
    // A certificate is public, whatever the mask of the process is.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certificates_of_earlier_runs_are_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("server.pem");
        for certificate in ["first\n", "second\n"] {
            write(&path, certificate).expect("a file that may be written");
            assert_eq!(fs::read_to_string(&path).expect("a file"), format!("{TITLE}\n{certificate}"));
        }
        for found in ["", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\n"] {
            fs::write(&path, found).expect("a file");
            let error = write(&path, "third\n").expect_err("a refusal").to_string();
            assert!(error.contains("--tls-cert-out: found a file that is not a certificate"), "{error}");
            assert_eq!(fs::read_to_string(&path).expect("a file"), found);
        }
        let names = fs::read_dir(directory.path()).expect("a directory").count();
        assert_eq!(names, 1, "no temporary file is left");
    }
}
