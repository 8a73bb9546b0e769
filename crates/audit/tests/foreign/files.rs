//! Directories of exports made by hand.

use std::fs;

use tempfile::TempDir;
use tollgate_audit::{Exports, Window};

/// A directory of exports with these files.
pub fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// The windows of these files, and the remarks on them.
pub fn read(files: &[(&str, &str)]) -> (Vec<Window>, Vec<String>) {
    let directory = directory(files);
    let exports = Exports::open(directory.path(), &[]).unwrap();
    (windows(&exports), exports.remarks().to_vec())
}

pub fn windows(exports: &Exports) -> Vec<Window> {
    exports.windows().unwrap().map(Result::unwrap).collect()
}

/// The error of these files, without their directory.
pub fn error(files: &[(&str, &str)]) -> String {
    let directory = directory(files);
    let error = Exports::open(directory.path(), &[]).unwrap_err().to_string();
    error.replace(&format!("{}{}", directory.path().display(), std::path::MAIN_SEPARATOR), "")
}
