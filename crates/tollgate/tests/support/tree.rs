//! The files of the repository.

use std::fs;
use std::path::Path;

use super::root;

/// Every text file of the repository: its path from the root and its text. Hidden files, builds and output are left out.
pub fn files() -> Vec<(String, String)> {
    fn walk(root: &Path, directory: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let hidden = path.file_name().unwrap().to_str().unwrap().starts_with('.') && name != ".ci";
            if hidden
                || ["target", "out"].contains(&name.as_str())
                || name.ends_with("__pycache__")
                || name.ends_with("node_modules")
            {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                // The rules apply only to text, so other files are skipped.
                found.extend(fs::read_to_string(&path).ok().map(|text| (name, text)));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &root(), &mut found);
    found.sort();
    found
}

/// Every file of Rust code, as [`files`] gives it.
pub fn rust_files() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter(|(name, _)| name.ends_with(".rs"))
}

/// Fails the test if anything was found, and lists it one item per line.
pub fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}
