//! Every path that a page names exists.

use std::path::{Path, PathBuf};

use crate::support::root;
use crate::support::tree::{assert_none, files};

/// Endings of file names that a page may write without a directory.
const ENDINGS: [&str; 8] = [".rs", ".md", ".py", ".mjs", ".sh", ".tsv", ".toml", ".css"];

/// Names of output files, which are not in the tree.
const OUTPUT: [&str; 2] = ["scenario.toml", "compared.toml"];

/// Beginnings of paths outside the tree: output, build products, URLs and placeholders.
const ELSEWHERE: [&str; 8] = ["/", "http:", "https:", "out/", "target/", "c650-truth/", "DIR/", "PATH"];

#[test]
fn every_path_that_a_page_names_exists() {
    let mut found = Vec::new();
    let mut checked = 0;
    for (page, text) in files().into_iter().filter(|(name, _)| name.ends_with(".md")) {
        let mut section = None;
        let mut is_code = false;
        for (at, line) in text.lines().enumerate() {
            if line.starts_with("```") {
                is_code = !is_code;
            }
            if line.starts_with('#') && !is_code {
                section = line.trim_start_matches('#').trim().strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            }
            if is_code {
                continue;
            }
            let spans = line.split('`').skip(1).step_by(2).filter(|span| is_path(span)).map(str::to_owned);
            let named = spans.map(|span| (exists(&page, section, &span), span));
            let links = links(line).map(|link| (Path::new(&directory(&page)).join(link).exists(), link.to_owned()));
            for (exists, path) in named.chain(links) {
                checked += 1;
                if !exists {
                    found.push(format!("{page}:{}: {path}", at + 1));
                }
            }
        }
    }
    assert!(checked > 100, "too few paths are found");
    assert_none(found, "a page names a path that does not exist");
}

/// True if a code span is a path of the tree.
fn is_path(span: &str) -> bool {
    let is_plain = span.chars().all(|mark| mark.is_ascii_alphanumeric() || "._-/*".contains(mark));
    let is_elsewhere = OUTPUT.contains(&span) || ELSEWHERE.iter().any(|start| span.starts_with(start));
    // An ending alone, such as `.rs`, is not a file.
    let is_file = ENDINGS.iter().any(|ending| span.ends_with(ending) && span != *ending);
    is_plain && !is_elsewhere && (is_file || span.contains('/'))
}

/// True if a path exists below one of the places where readers look: the root, `crates/`, the directory of the page, or the crate
/// of the section with its code and tests.
fn exists(page: &str, section: Option<&str>, path: &str) -> bool {
    let crates = root().join("crates");
    let mut places = vec![root(), crates.clone(), directory(page)];
    for name in section.into_iter().filter(|name| crates.join(name).is_dir()) {
        places.extend(["", "src", "tests"].map(|part| crates.join(name).join(part)));
    }
    let (path, ending) = path.split_once("/*").map_or((path, None), |(path, ending)| (path, Some(ending)));
    places.iter().map(|place| place.join(path)).any(|path| match ending {
        None => path.exists(),
        Some(ending) => path.read_dir().is_ok_and(|mut entries| {
            entries.any(|entry| entry.unwrap().file_name().to_string_lossy().ends_with(ending.trim_start_matches('*')))
        }),
    })
}

/// The directory of a page.
fn directory(page: &str) -> PathBuf {
    root().join(page).parent().unwrap().to_path_buf()
}

/// The files that a line links to. Links to the web and to places in the page itself are left out.
fn links(line: &str) -> impl Iterator<Item = &str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter_map(|target| target.split('#').next());
    files.filter(|file| !file.is_empty() && !file.contains("://"))
}

#[test]
fn paths_are_told_from_other_code() {
    for path in ["value.rs", "scenario/src/value.rs", "catalogue/*.toml", "tests/browser/", "CONTRIBUTING.md"] {
        assert!(is_path(path), "{path}");
    }
    for other in ["/monitor", "plan.csv", "--set path=value", "out/quiet-hour", "tollgate run", ".rs", "scenario.toml"]
    {
        assert!(!is_path(other), "{other}");
    }
}
