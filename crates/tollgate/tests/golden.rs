//! Compares the exports of quiet-hour byte by byte. This scenario uses every feature and every distribution, so a change to the
//! exports of any scenario shows here. Such a change is value-breaking: CONTRIBUTING.md lists the steps.
//!
//! `UPDATE=1 cargo nextest run -p tollgate a_quiet_hour_is_what_it_always_was` updates the golden files.

use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::support::{root, run_well};

/// Files that are kept whole, so that you can read a difference. The manifest has the SHA-256 of the others.
const WHOLE: [&str; 6] = [
    "quiet/overview_incoming_mail_summary.csv",
    "quiet/content_filters_content_filters_summary_outgoing_filters.csv",
    "quiet/virus_outbreaks_virus_outbreak_filter_details.csv",
    "quiet/tls_connections_outgoing_tls_connections_summary.csv",
    "quiet/tls_connections_outgoing_tls_connections_details.csv",
    "quiet/system_capacity_cpu_by_function.csv",
];

#[test]
fn a_quiet_hour_is_what_it_always_was() {
    let out = tempdir().unwrap();
    run_well(&["run", "scenarios/quiet-hour.toml", "--quiet", "--out", out.path().to_str().unwrap()]);
    let golden = root().join("crates/tollgate/tests/golden");
    for file in WHOLE.into_iter().chain(["manifest.json"]) {
        let found = fs::read(out.path().join("quiet-hour").join(file)).unwrap();
        let kept = golden.join(Path::new(file).file_name().unwrap());
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&golden).unwrap();
            fs::write(&kept, &found).unwrap();
        }
        let expected = fs::read(&kept).unwrap();
        assert!(found == expected, "{file} has changed:\n{}", String::from_utf8_lossy(&found));
    }
}
